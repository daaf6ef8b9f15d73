/*
 * Verification of one credential: gathers the evidence (the document, its receipt, what the chain says) and has core
 * judge it. The same for `badge verify` and `POST /v1/verify`. Runs on a loop; asks nothing of any node.
 */
#ifndef AUDIT_VERIFY_H
#define AUDIT_VERIFY_H

#include "badge/verdict.h"
#include "net/rpc.h"

struct verify_pair {
    const char *id; /* a credential issuer's id; NULL: the account counts for bytes that name no issuer */
    struct badge_address account;
};

/* What a verifier trusts. Borrowed until the callback. */
struct verify_policy {
    bool has_registry;
    uint64_t chain_id;
    struct badge_address contract;
    const struct verify_pair *pair;
    size_t n_pairs;
    const struct badge_address *accreditor;
    size_t n_accreditors;
    uint64_t confirmations; /* 0: the `finalized` tag */
    uint64_t max_head_age_s; /* an older head is unverifiable */
};

struct verify_request {
    struct rpc *const *rpc; /* all of them must agree; n_rpcs 0: what can be checked is, the rest is unknown */
    size_t n_rpcs;
    const struct verify_policy *policy;
    struct badge_evidence *evidence; /* document and receipt filled in by the caller; the rest is filled here */
    void (*callback)(void *context, const struct badge_report *report);
    void *context;
};
/* On success the callback runs exactly once, later. errors    BADGE_ENOMEM */
enum badge_status verify_start(const struct verify_request *request, struct badge_err *err)
    __attribute__((warn_unused_result));

/*
 * Reads a file or body that is to be verified: a credential, or a bundle with a receipt beside it, into the evidence.
 * receipt (may be NULL) is a receipt that came by another way, over that of the bundle.
 * chain_id and contract choose among a bundle's receipts.
 */
void verify_read(struct badge_evidence *evidence, struct badge_digester *digester, const void *bytes, size_t len,
                 const void *receipt, size_t receipt_len, const struct verify_policy *policy);

/* The report as JSON (INTERFACES: verdict, digest, checks, receipt); a new reference. */
json_t *verify_report_json(const struct badge_report *report, const struct badge_evidence *evidence);

#endif
