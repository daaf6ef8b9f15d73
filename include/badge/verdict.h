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
    struct badge_err document_err; /* status != BADGE_OK: the document can't be read, or its claims can't */

    /* the receipt; absent when none was found */
    bool has_receipt;
    struct badge_receipt receipt;
    struct badge_err receipt_err; /* status != BADGE_OK: present but not understood */

    /* the registry that the verifier trusts, and what the chain says it is */
    bool has_trusted_registry;
    uint64_t trusted_chain_id;
    struct badge_address trusted_contract;
    struct badge_fact registry;   /* known: the chain was asked for both below */
    uint64_t chain_id;
    struct badge_hash code_hash; /* keccak-256 of the code at the trusted contract; compared with the built-in one */

    struct badge_anchor_fact anchor_final;  /* at the finalized block, or head − n */
    struct badge_anchor_fact anchor_latest; /* at the latest block */

    struct badge_fact withdrawn, revoked;      /* at the latest block */
    int64_t withdrawn_time_s, revoked_time_s;  /* 0: not */
    struct badge_address withdrawn_by, revoked_by;
    bool has_withdrawn_by, has_revoked_by; /* from the events, where the provider still has them */

    int64_t now_s;

    /* how the account is bound to the credential's issuer id */
    struct badge_fact issuer;
    bool issuer_bound;
    char issuer_how[200]; /* one clause: by whom or by what */
};

struct badge_finding {
    enum badge_outcome outcome;
    const char *code;  /* frozen, snake_case, static storage; listed in the manual */
    char detail[320];  /* one plain sentence */
};

struct badge_report {
    enum badge_verdict verdict;
    enum badge_check decided_by; /* meaningful unless the verdict is BADGE_VALID */
    struct badge_finding check[BADGE_N_CHECKS];
};

BADGE_API void badge_judge(struct badge_report *out, const struct badge_evidence *evidence);

BADGE_API const char *badge_check_name(enum badge_check check);       /* "digest" … */
BADGE_API const char *badge_outcome_name(enum badge_outcome outcome); /* "passed" "failed" "unknown" */
BADGE_API const char *badge_verdict_name(enum badge_verdict verdict); /* "valid", "unknown_issuer" … */
BADGE_API const char *badge_verdict_sentence(enum badge_verdict verdict);
BADGE_API int badge_verdict_exit_status(enum badge_verdict verdict);  /* 0 valid, 3 unverifiable, else 1 */

#endif
