/*
 * Collects the evidence for badge_judge() from a file and the chain's answers: reads the file, derives the chain query
 * from it, and binds the account that anchored to the issuer that the credential names. Pure, like the verdict itself:
 * daemon, command line and browser differ only in how they reach a provider.
 *
 * Order of calls: badge_evidence_read(); set now_s; the inquiry into the issuer's signature (badge/proof.h), into
 * evidence.proof; badge_evidence_query(), and a query (badge/chain_query.h) to each provider; badge_chain_view_merge();
 * badge_evidence_take(); the issuer's DID document, if one is needed; badge_judge(). Where no provider is asked,
 * badge_evidence_take() gets a view that is all zero: it also looks up whether the issuer's id is named.
 */
#ifndef BADGE_EVIDENCE_H
#define BADGE_EVIDENCE_H

#include "badge/chain_query.h"
#include "badge/did.h"

#define BADGE_MAX_HEAD_AGE_S 3600 /* a chain without a new block for this long may be a provider that is cut off */

/* A setting of the verifier: this id names an issuer that it knows, and this account acts for it. */
struct badge_pair {
    struct badge_text id; /* bytes NULL: the account counts for documents that name no issuer */
    bool has_account;     /* false: the id alone is named, so that its signature counts and no account does */
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
    uint64_t max_head_age_s; /* a head older than this is stale: unverifiable */
};

/*
 * Reads a file or body to be verified into the evidence: a credential, a bundle with its receipts, or a receipt alone.
 * What can't be read is evidence too (document_err, the errors of claims, receipt_err). The claims borrow from the
 * digester.
 *
 * receipt   a receipt from another source, which takes precedence over one in a bundle; NULL: none
 * policy    chooses among a bundle's receipts: the one of the trusted registry, else the first
 */
BADGE_API void badge_evidence_read(struct badge_evidence *evidence, struct badge_digester *digester, const void *bytes,
                                   size_t len, const char *receipt, size_t receipt_len,
                                   const struct badge_policy *policy);
/*
 * The bytes of a bundle's credential, in the arena, for a caller that can add a receipt. False: not a bundle, or one
 * without a credential, or one that has a receipt already.
 */
BADGE_API bool badge_bundle_credential(struct badge_text *out, struct badge_arena *arena, const char *bytes,
                                       size_t len);
/* Adds a receipt later. */
BADGE_API void badge_evidence_read_receipt(struct badge_evidence *evidence, const char *receipt, size_t receipt_len);

/*
 * The parameters of the chain query; they borrow the policy's accreditors. Without a receipt only the accounts known to
 * be the issuer's are asked whether they revoked the credential: those that the policy names for its id, and those of
 * its DID document (evidence.proof) on the trusted chain. Returns NULL, or the reason why there is nothing to query or
 * no provider: one clause.
 */
BADGE_API const char *badge_evidence_query(struct badge_chain_query_params *out, const struct badge_evidence *evidence,
                                           const struct badge_policy *policy, size_t n_providers);

/* Adds what the providers agree on, the trusted registry, and how the account is bound to the credential's issuer. */
BADGE_API void badge_evidence_take(struct badge_evidence *evidence, const struct badge_policy *policy,
                                   const struct badge_chain_view *all);

/*
 * Whether to fetch the issuer's DID document: only if no setting of the verifier binds the account, the issuer is a
 * did:web whose accounts evidence.proof does not have, and the credential is proven to be recorded.
 * True: the caller fetches url, and then calls one of the two functions below, once. False: there is nothing to fetch.
 */
BADGE_API bool badge_evidence_document_url(char url[BADGE_DID_URL_LEN], const struct badge_evidence *evidence);
/* Any bytes: if they are not the document of that DID, the issuer stays unknown. */
BADGE_API void badge_evidence_take_document(struct badge_evidence *evidence, const char *bytes, size_t len);
/* The document could not be fetched; why: one clause. */
BADGE_API void badge_evidence_fail_document(struct badge_evidence *evidence, const char *why);

/*
 * The report as JSON: verdict, sentence, digest, decidedBy (the check that decided; null if all passed, and of signed),
 * checks, proofs, presentation, statuses, receipt (digest and receipt are null if missing or not readable). What the
 * sentence of a check says is there as data too: `time` of a passed anchor; `time`, and `account` if it is known, of a
 * failed withdrawn or revoked, and of the latter `reason`; `by` of a passed issuer ("settings" "id" "accreditor"
 * "document", with the accreditor's `account`; of one that signed "named" "domain" "address", with the `address` at
 * which its key was read, and `documentGiven`: true, if that document was given by hand); and `caution`: true, where it
 * is one. `proofs` has the suite, controller (null: none, not known), outcome, code, detail of each proof, and whether
 * it is `ofIssuer`. `presentation` (null: there is none round it) has the holder, challenge, domain (null: it says
 * none) and its own `proof`, with the members of those in `proofs` without the last; it decides nothing. `statuses` has
 * of each entry of its status the purpose, list (null: none), outcome, code, value, message (null: not known), detail,
 * whether it is `bySiteAlone` (no signature but that of the site), and when the list was read, `readAt` (null: not
 * read, or given by hand). Returns its length; a NUL follows.
 */
#define BADGE_REPORT_MAX_LEN 98304
BADGE_API size_t badge_report_encode(char out[BADGE_REPORT_MAX_LEN], const struct badge_report *report,
                                     const struct badge_evidence *evidence);

#endif
