/*
 * The verdict: what verification decides, as data.
 *
 * A caller gathers evidence (the document, the receipt, what the chain said) and judges it here; the same table
 * serves daemon, command line and browser. Each check passed, failed or is unknown: could not tell, never turned into
 * either. They are decided in the order of the enum; the first that does not pass decides, but a failed digest,
 * inclusion or proof decides over an earlier unknown.
 */
#ifndef BADGE_VERDICT_H
#define BADGE_VERDICT_H

#include "badge/receipt.h"

enum badge_check {
    BADGE_CHECK_DIGEST,
    BADGE_CHECK_INCLUSION,
    BADGE_CHECK_REGISTRY,
    BADGE_CHECK_ANCHOR,
    BADGE_CHECK_PROOF,
    BADGE_CHECK_WITHDRAWN,
    BADGE_CHECK_REVOKED,
    BADGE_CHECK_STATUS,
    BADGE_CHECK_VALIDITY,
    BADGE_CHECK_ISSUER,
};
#define BADGE_N_CHECKS 10

enum badge_outcome { BADGE_UNKNOWN, BADGE_PASSED, BADGE_FAILED };

enum badge_verdict {
    BADGE_VALID,
    BADGE_INVALID,
    BADGE_REVOKED,
    BADGE_SUSPENDED,
    BADGE_WITHDRAWN,
    BADGE_EXPIRED,
    BADGE_NOT_YET_VALID,
    BADGE_UNKNOWN_ISSUER,
    BADGE_PENDING,
    BADGE_ANCHORED,
    BADGE_UNVERIFIABLE,
};

/* One answer of the chain: known or not, and if not, why (one clause for the report). */
struct badge_fact {
    bool known;
    char why[160];
};

/* What anchorOf answered at one height. tree_size 0: not anchored there. */
struct badge_anchor_fact {
    struct badge_fact fact;
    uint64_t sequence, tree_size, block_number;
    int64_t time_s;
};

struct badge_evidence {
    /* the document: bytes' digest derived again; absent when only a digest or a receipt is at hand */
    bool has_document;
    struct badge_digest document;
    struct badge_claims claims;
    struct badge_err document_err; /* status != BADGE_OK: there is a document, and it has no digest */
    struct badge_err claims_err;   /* status != BADGE_OK: it has a digest, but what it claims can't be read */

    /* the receipt; absent when none was found */
    bool has_receipt;
    struct badge_receipt receipt;
    struct badge_err receipt_err; /* status != BADGE_OK: present but not understood */

    /* the registry that the verifier trusts, and what the chain says it is */
    bool has_trusted_registry;
    uint64_t trusted_chain_id;
    struct badge_address trusted_contract;
    struct badge_fact registry; /* known: the chain was asked for both below */
    uint64_t chain_id;
    struct badge_hash code_hash; /* keccak-256 of the code at the trusted contract; compared with the built-in one */

    struct badge_anchor_fact anchor_final;  /* at the finalized block, or head − n */
    struct badge_anchor_fact anchor_latest; /* at the latest block */

    struct badge_fact withdrawn, revoked;     /* at the latest block */
    int64_t withdrawn_time_s, revoked_time_s; /* 0: not */
    struct badge_address withdrawn_by, revoked_by;
    bool has_withdrawn_by, has_revoked_by; /* from the events, where the provider still has them */

    int64_t now_s;

    /* how the account is bound to the credential's issuer id */
    struct badge_fact issuer;
    bool issuer_bound;
    char issuer_how[200];          /* one clause: by whom or by what; where it is not, why not, or "" */
    struct badge_fact accreditors; /* known: none of them is silent; for when the issuer's DID document has been read */
};

/*
 * Every code, frozen: a code never changes its meaning, new ones may come. A code is unique within its check.
 * "→" is the verdict it leads to where it decides; "·" does not decide.
 *
 *   digest      passed   digest_matches
 *               failed   digest_differs          → invalid         the document is not the one of the receipt
 *                        label_differs           → invalid         its digest, but the receipt calls it another kind
 *                        label_external          → invalid         its digest, but the receipt is of a bare digest
 *                        document_malformed      → invalid         not well-formed, so it has no digest
 *               unknown  document_unsupported    → unverifiable    a kind of document this version does not read
 *                        document_unread         → unverifiable    too large, or memory or the disk failed
 *                        no_receipt              → unverifiable
 *                        receipt_malformed       → unverifiable    (inclusion then fails, and decides)
 *                        receipt_unsupported     → unverifiable    a version, algorithm or label not known here
 *                        receipt_unread          → unverifiable    too large, or memory or the disk failed
 *                        no_document             → anchored        only if nothing else decides
 *   inclusion   passed   inclusion_holds
 *               failed   path_broken             → invalid
 *                        receipt_malformed       → invalid
 *               unknown  no_receipt              → unverifiable
 *                        receipt_unsupported     → unverifiable
 *                        receipt_unread          → unverifiable
 *   registry    passed   registry_trusted
 *               unknown  no_receipt              → unverifiable
 *                        registry_not_named      → unverifiable    the verifier names none that it trusts
 *                        registry_not_trusted    → unverifiable    the receipt names another chain or contract
 *                        registry_unreachable    → unverifiable
 *                        wrong_chain             → unverifiable    the provider serves another chain
 *                        wrong_code              → unverifiable    other code stands at the contract's address
 *   anchor      passed   anchor_final
 *                        anchor_hints_differ                       final; sequence, block or time of the receipt differ
 *               failed   not_anchored            → invalid
 *                        tree_size_differs       → invalid
 *               unknown  anchor_not_final        → pending         at the latest block only
 *                        anchor_awaited          → pending         nowhere yet; the receipt says sealed or sent
 *                        anchor_contradictory    → unverifiable    final, and not so at the latest block
 *                        chain_unreachable       → unverifiable
 *                        registry_unknown        → unverifiable    the registry check did not pass
 *                        no_receipt              → unverifiable
 *   proof       unknown  proof_not_checked       ·                 the verdict then rests on `issuer`
 *                        no_proof                ·                 the same
 *                        no_document             ·
 *                        document_unread         ·
 *                        claims_malformed        ·
 *   withdrawn   passed   not_withdrawn
 *               failed   withdrawn               → withdrawn
 *               unknown  chain_unreachable registry_unknown no_receipt → unverifiable
 *   revoked     passed   not_revoked
 *               failed   revoked                 → revoked
 *               unknown  chain_unreachable registry_unknown no_receipt → unverifiable
 *   status      passed   no_status                                 the credential names no status of its own
 *               unknown  status_not_checked      → unverifiable
 *                        document_unread         → unverifiable
 *                        claims_malformed        → unverifiable
 *                        no_document             ·
 *   validity    passed   in_force
 *                        no_period                                 it has neither a first nor a last day
 *               failed   not_yet_valid           → not_yet_valid
 *                        expired                 → expired
 *               unknown  document_unread         → unverifiable
 *                        claims_malformed        → unverifiable
 *                        no_document             ·
 *   issuer      passed   issuer_bound
 *               failed   issuer_not_bound        → unknown_issuer
 *               unknown  issuer_unreachable      → unknown_issuer
 *                        document_unread         → unknown_issuer
 *                        claims_malformed        → unknown_issuer
 *                        no_receipt              → unknown_issuer
 *                        no_document             ·
 */
struct badge_finding {
    enum badge_outcome outcome;
    const char *code; /* one of the table above; static storage */
    char detail[400]; /* one plain sentence */
};

struct badge_report {
    enum badge_verdict verdict;
    enum badge_check decided_by; /* meaningful unless the verdict is BADGE_VALID */
    struct badge_finding check[BADGE_N_CHECKS];
};

/* Pure and total: any evidence has a verdict, and every check a finding. */
BADGE_API void badge_judge(struct badge_report *out, const struct badge_evidence *evidence);

BADGE_API const char *badge_check_name(enum badge_check check);       /* "digest" … */
BADGE_API const char *badge_outcome_name(enum badge_outcome outcome); /* "passed" "failed" "unknown" */
BADGE_API const char *badge_verdict_name(enum badge_verdict verdict); /* "valid", "unknown_issuer" … */
BADGE_API const char *badge_verdict_sentence(enum badge_verdict verdict);
BADGE_API int badge_verdict_exit_status(enum badge_verdict verdict); /* 0 valid, 3 unverifiable, else 1 */

#endif
