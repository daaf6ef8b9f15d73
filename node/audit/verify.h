/*
 * Verifies one credential: the issuer's own signature, the chain, the status lists, what is inside of it; then core
 * judges. The same for `badge verify` and `POST /v1/verify`. Runs on a loop. Makes no request to a node; to issuers'
 * hosts a few, for documents with their keys and accounts, and for status lists.
 */
#ifndef AUDIT_VERIFY_H
#define AUDIT_VERIFY_H

#include <stdio.h>

#include "audit/proof_query.h"
#include "badge/evidence.h"
#include "chain/rpc.h"

struct inside_place;
struct inside_scope;
struct status_lists;

/* Borrowed until the callback returns. */
struct verify_result {
    const struct badge_report *report;
    const char *conformance;           /* as badge_conformance_encode() writes it; NULL: no document was read */
    const struct inside_scope *inside; /* what was found inside; NULL: it is inside of another itself */
};

struct verify_request {
    uv_loop_t *loop;        /* that of the rpcs' client */
    struct rpc *const *rpc; /* all must agree; n_rpcs 0: what depends on the chain is unknown */
    size_t n_rpcs;
    struct issuer_documents *documents;      /* the cache */
    struct status_lists *lists;              /* another one */
    struct processors *processors;           /* with what was given by hand; held until the callback */
    const struct issuer_fetch_policy *fetch; /* borrowed until the callback, as is the policy */
    const uint8_t *client;                   /* ISSUER_CLIENT_LEN bytes; NULL: not a stranger */
    const struct badge_policy *policy;
    struct badge_evidence *evidence; /* the caller fills document and receipt; verify_start() the rest */
    /* That has read the document, which has a digest; NULL: there is none, and nobody's signature is looked for.
     * Borrowed until read_work() returns, or without it until the callback. */
    const struct badge_digester *digester;
    size_t max_memory;                /* of the inquiry after signatures; 0: the default */
    const struct inside_place *place; /* of a document inside of another; NULL: it is the outermost */
    void (*read_work)(void *context); /* on the pool, once, if there is a digester: it is not needed any more */
    /* It begins to wait for issuers' hosts before it asks the chain, and ends, each time both; for what is inside too.
     */
    void (*waits)(void *context, bool begins);
    /* Once, before the callback: all providers have answered, and nothing is inside that has not been verified. */
    void (*chain_queried)(void *context);
    void (*callback)(void *context, const struct verify_result *result);
    void *context;
}; /* all but the last callback may be NULL */
/* On success the callback runs exactly once, later. errors    BADGE_ENOMEM */
enum badge_status verify_start(const struct verify_request *request, struct badge_err *err) BADGE_CHECKED;

/*
 * The report of badge_report_encode() with the names of the providers, `conformance` (badge/conformance.h) and
 * `inside`. A new reference; NULL if out of memory.
 */
json_t *verify_report_json(const struct verify_result *result, const struct verify_request *request);
/* The same as a line of text, without a tree of it in memory. more: an object of further members, which is taken. */
bool verify_report_write(FILE *out, json_t *more, const struct verify_result *result,
                         const struct verify_request *request) BADGE_CHECKED;

#endif
