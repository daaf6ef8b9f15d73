/*
 * One inquiry after the issuer's own signature (badge/proof.h): computed and verified on libuv's pool; the documents
 * that it wants are those given by hand, or fetched where that is allowed. Only on the loop, but for read_work().
 */
#ifndef AUDIT_PROOF_QUERY_H
#define AUDIT_PROOF_QUERY_H

#include "audit/issuer_documents.h"
#include "audit/processors.h"
#include "badge/proof.h"

/* Which hosts are asked for documents with keys. */
enum issuer_fetch { ISSUER_FETCH_OFF, ISSUER_FETCH_KNOWN, ISSUER_FETCH_ON };

struct issuer_fetch_policy {
    enum issuer_fetch mode;
    const char (*host)[ISSUER_HOST_LEN]; /* of ISSUER_FETCH_KNOWN: in the form of issuer_host_of_id() */
    size_t n_hosts;
};
/* NULL: it may be asked for. Else why not: one clause, in static storage. */
const char *issuer_fetch_refusal(const struct issuer_fetch_policy *policy, const char *url);

struct proof_query {
    struct processors *processors;      /* held until the callback */
    struct issuer_documents *documents; /* the cache */
    const struct issuer_fetch_policy *fetch;
    const uint8_t *client;                 /* as for issuer_documents_ask() */
    const struct badge_digester *digester; /* that has read the document; borrowed until read_work() returns */
    int64_t now_s;
    size_t max_memory;                /* of the inquiry; 0: the default */
    void (*read_work)(void *context); /* on the pool, once: the digester is not needed any more; may be NULL */
    /* It begins to wait for hosts, and ends, each time both; may be NULL. */
    void (*waits)(void *context, bool begins);
    /* Once. The view is zero if there was not enough memory for an inquiry. */
    void (*callback)(void *context, const struct badge_proof_view *view);
    void *context;
};
/* On success the callback runs exactly once, later. errors    BADGE_ENOMEM */
enum badge_status proof_query_start(const struct proof_query *query, struct badge_err *err) BADGE_CHECKED;

#endif
