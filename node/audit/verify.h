/*
 * Verifies one credential: queries the providers, then core judges. The same for `badge verify` and `POST /v1/verify`.
 * Runs on a loop. Makes no request to a node, and at most one to an issuer's host, for its DID document.
 */
#ifndef AUDIT_VERIFY_H
#define AUDIT_VERIFY_H

#include "audit/issuer_documents.h"
#include "badge/evidence.h"
#include "chain/rpc.h"

struct verify_request {
    uv_loop_t *loop;        /* that of the rpcs' client */
    struct rpc *const *rpc; /* all must agree; n_rpcs 0: what depends on the chain is unknown */
    size_t n_rpcs;
    struct issuer_documents *documents;   /* the cache for issuers' DID documents */
    const struct badge_policy *policy;    /* borrowed until the callback */
    struct badge_evidence *evidence;      /* the caller fills document and receipt; verify_start() the rest */
    void (*chain_queried)(void *context); /* once, before the callback: all providers have answered; may be NULL */
    void (*callback)(void *context, const struct badge_report *report);
    void *context;
};
/* On success the callback runs exactly once, later. errors    BADGE_ENOMEM */
enum badge_status verify_start(const struct verify_request *request, struct badge_err *err) BADGE_CHECKED;

/* The report of badge_report_encode() with the names of the providers. A new reference; NULL if out of memory. */
json_t *verify_report_json(const struct badge_report *report, const struct verify_request *request);

#endif
