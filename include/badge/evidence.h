/*
 * From a file and a chain's answers to the evidence that badge_judge() takes: what was handed over is told apart, the
 * chain's questions follow from it, and the account that anchored is bound to the issuer that the credential names.
 * Pure, like the verdict itself: daemon, command line and browser differ only in how they reach a provider.
 *
 * The order of calls: badge_evidence_read(); now_s; badge_evidence_question(), an query (badge/query.h) for each
 * provider; badge_chain_view_merge(); badge_evidence_take(); the issuer's DID document, where one is needed;
 * badge_judge().
 */
#ifndef BADGE_EVIDENCE_H
#define BADGE_EVIDENCE_H

#include "badge/chain_query.h"
#include "badge/did.h"

#define BADGE_MAX_HEAD_AGE_S 3600 /* a chain that stands still for so long can't be told from one that was cut off */

/* The verifier's own word: this account acts for the issuer with this id. */
struct badge_pair {
    struct badge_text id; /* bytes NULL: the account counts for documents that name no issuer */
    struct badge_address account;
};

/* What a verifier trusts. */
struct badge_policy {
    bool has_registry;
    uint64_t chain_id;
    struct badge_address contract;
    const struct badge_pair *pair;
    size_t n_pairs;
    const struct badge_address *accreditor;
    size_t n_accreditors;    /* at most BADGE_MAX_ACCREDITORS */
    uint64_t confirmations;  /* 0: the `finalized` tag */
    uint64_t max_head_age_s; /* an older head is unverifiable */
};

/*
 * Reads a file or body that is to be verified into the evidence: a credential, a bundle with its receipts beside it, or
 * a receipt alone. What can't be read is evidence too (document_err, claims_err, receipt_err). The claims borrow from
 * the digester.
 *
 * receipt   came by another way and goes over that of a bundle; NULL: none did
 * policy    chooses among a bundle's receipts: that of the trusted registry, else the first
 */
BADGE_API void badge_evidence_read(struct badge_evidence *evidence, struct badge_digester *digester, const void *bytes,
                                   size_t len, const char *receipt, size_t receipt_len,
                                   const struct badge_policy *policy);
/*
 * The bytes of a bundle's credential, in the arena, for whoever has a receipt to add. False: it is no bundle, or
 * carries no credential or a receipt already.
 */
BADGE_API bool badge_bundle_credential(struct badge_text *out, struct badge_arena *arena, const char *bytes,
                                       size_t len);
/* Adds a receipt that came later. */
BADGE_API void badge_evidence_read_receipt(struct badge_evidence *evidence, const char *receipt, size_t receipt_len);

/*
 * What to ask the chain; it borrows the policy's accreditors. Returns NULL, or why there is nothing to ask or nobody
 * to ask it of: one clause.
 */
BADGE_API const char *badge_evidence_question(struct badge_chain_query_params *out,
                                              const struct badge_evidence *evidence, const struct badge_policy *policy,
                                              size_t n_providers);

/* Adds what the providers agree on, what is trusted, and how the account is bound to the credential's issuer. */
BADGE_API void badge_evidence_take(struct badge_evidence *evidence, const struct badge_policy *policy,
                                   const struct badge_chain_view *all);

/*
 * The issuer's DID document, where its word would count: nothing that the verifier trusts binds the account, the issuer
 * is a did:web, and the credential is proven to be recorded. So nobody has a document fetched by naming it in a file.
 * True: url is to be fetched, and then one of the two below is called, once. False: nothing is to be fetched.
 */
BADGE_API bool badge_evidence_document_url(char url[BADGE_DID_URL_LEN], const struct badge_evidence *evidence);
/* Any bytes: what is no document of that DID leaves it unknown who the issuer is. */
BADGE_API void badge_evidence_take_document(struct badge_evidence *evidence, const char *bytes, size_t len);
/* It could not be fetched, and why: one clause. */
BADGE_API void badge_evidence_fail_document(struct badge_evidence *evidence, const char *why);

/*
 * The report as JSON: verdict, sentence, digest, checks, receipt (digest and receipt null where there is none that can
 * be read). Returns its length; a NUL follows.
 */
#define BADGE_REPORT_MAX_LEN 20480
BADGE_API size_t badge_report_encode(char out[BADGE_REPORT_MAX_LEN], const struct badge_report *report,
                                     const struct badge_evidence *evidence);

#endif
