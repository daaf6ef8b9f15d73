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
    uint64_t confirmations;  /* 0: the `finalized` tag */
    uint64_t max_head_age_s; /* an older head is unverifiable */
};

struct verify_request {
    uv_loop_t *loop;        /* that of the rpcs' client */
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
 * Reads a file or body that is to be verified into the evidence: a credential, a bundle with its receipts beside it, or
 * a receipt alone. What can't be read is evidence too (document_err, claims_err, receipt_err). The claims borrow from
 * the digester.
 *
 * receipt   came by another way and goes over that of a bundle; NULL: none did
 * policy    chooses among a bundle's receipts: that of the trusted registry, else the first
 */
void verify_read(struct badge_evidence *evidence, struct badge_digester *digester, const void *bytes, size_t len,
                 const char *receipt, size_t receipt_len, const struct verify_policy *policy);
/* Adds a receipt that came later. */
void verify_read_receipt(struct badge_evidence *evidence, const char *receipt, size_t receipt_len);

/*
 * The report as JSON: verdict, sentence, digest, checks, the receipt it is about, the providers relied on. A new
 * reference; NULL where there is no memory.
 */
json_t *verify_report_json(const struct badge_report *report, const struct verify_request *request);

#endif
