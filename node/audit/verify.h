/*
 * Verification of one credential: has the providers asked, and core judge. The same for `badge verify` and
 * `POST /v1/verify`. Runs on a loop; asks nothing of any node, and of an issuer's host at most for its DID document.
 */
#ifndef AUDIT_VERIFY_H
#define AUDIT_VERIFY_H

#include "audit/did_documents.h"
#include "badge/evidence.h"
#include "chain/rpc.h"

struct verify_request {
    uv_loop_t *loop;        /* that of the rpcs' client */
    struct rpc *const *rpc; /* all of them must agree; n_rpcs 0: what can be checked is, the rest is unknown */
    size_t n_rpcs;
    struct did_documents *documents;   /* where issuers' DID documents come from */
    const struct badge_policy *policy; /* borrowed until the callback */
    struct badge_evidence *evidence;   /* document and receipt filled in by the caller; the rest is filled here */
    void (*asked)(void *context);      /* once, before the callback: the providers are asked no more; may be NULL */
    void (*callback)(void *context, const struct badge_report *report);
    void *context;
};
/* On success the callback runs exactly once, later. errors    BADGE_ENOMEM */
enum badge_status verify_start(const struct verify_request *request, struct badge_err *err) BADGE_CHECKED;

/*
 * The report of badge_report_encode(), and the providers relied on. A new reference; NULL where there is no memory.
 */
json_t *verify_report_json(const struct badge_report *report, const struct verify_request *request);

#endif
