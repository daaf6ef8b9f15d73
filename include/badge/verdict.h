/*
 * The verdict: what verification decides, as data.
 *
 * The caller collects evidence (the document, the issuer's signature, the receipt, the chain's answers) and judges it
 * here; daemon, command line and browser use the same table. Each check has passed, has failed or is unknown, and
 * unknown is never turned into either. The checks count in the order of the enum; the first that has not passed
 * decides, but a failed check takes precedence over an earlier unknown one: digest, inclusion and proof over any,
 * withdrawn, revoked, status and validity over registry, anchor, proof, withdrawn, revoked and status; issuer never.
 *
 * Where the issuer's signature holds, it stands for a record that is missing, not bound to the issuer or not known:
 * what is unknown of the record then does not decide, and where all else has passed the verdict is `signed`
 * (PROTOCOL.md, section 7).
 */
#ifndef BADGE_VERDICT_H
#define BADGE_VERDICT_H

#include "badge/reading.h"
#include "badge/receipt.h"
#include "badge/registry.h"

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
    BADGE_RECORDED,
    BADGE_SIGNED,
};

/* What binds the account to the credential's issuer id. */
enum badge_bound { BADGE_BY_NOTHING, BADGE_BY_SETTINGS, BADGE_BY_ID, BADGE_BY_ACCREDITOR, BADGE_BY_DOCUMENT };

/* Whether an answer of the chain is known; if not, why (one clause for the report). */
struct badge_fact {
    bool known;
    char why[160];
};

/*
 * The answer of anchorOf at one block. tree_size 0: not anchored at that block; if it is known, fact.why says so where
 * no final block can have a record yet, else it is empty.
 */
struct badge_anchor_fact {
    struct badge_fact fact;
    uint64_t sequence, tree_size, block_number;
    int64_t time_s;
};

/* -- what the issuer's own signature says (badge/proof.h) ---------------------------------------------------------- */

#define BADGE_MAX_PROOFS 8
#define BADGE_MAX_KNOWN_ACCOUNTS 8

/* How the issuer's id names somebody, where its key signed. */
enum badge_issuer_form {
    BADGE_ISSUER_FORM_KEY,     /* did:key, did:jwk: a key and nothing else */
    BADGE_ISSUER_FORM_DOMAIN,  /* did:web without a path: its document is the domain's own */
    BADGE_ISSUER_FORM_ADDRESS, /* did:web with a path, an https id, a kid URL: one address of a domain */
};

/* One proof of a set, or one signature of a JWS. */
struct badge_proof_item {
    enum badge_outcome outcome;
    const char *code;     /* one of those of `proof`; static storage */
    char suite[48];       /* "eddsa-rdfc-2022", "ES256" …, as it is written there, cut; "": none */
    char controller[200]; /* of the key, as far as it is known, cut; "": unknown */
    bool is_issuers;      /* it is by a key bound to the issuer, or claims to be by one */
    char detail[200];     /* one clause */
};

/* The presentation round the credential, or round several. What is found of it decides nothing. */
struct badge_presentation_view {
    bool is_there;
    char holder[200], challenge[200], domain[200]; /* as it says them, cut; "": it says none */
    /* Its own proof, by a key that the holder's id is, or its document lists for authentication: codes of `proof`, and
     * claims_hidden (unknown). is_issuers: of the holder. */
    struct badge_proof_item proof;
};

/* A plain value, which badge_proof_conclude() fills. All zero: no inquiry was made (`proof_not_checked`). */
struct badge_proof_view {
    bool is_made;
    enum badge_outcome outcome;
    const char *code; /* one of those of `proof` in the table below; static storage */
    char detail[240]; /* one clause, or "" */
    enum badge_issuer_form form;
    char address[300];   /* of BADGE_ISSUER_FORM_ADDRESS and _DOMAIN: where the key was read, without the scheme */
    bool document_given; /* the document with the key was given by hand */
    bool hides_claims;   /* the proof holds, but what was signed is not what was read: claims_hidden */
    /* Of a passed one: from this moment on (a key's or proof's own end) it holds only if it was made before it, which
     * an anchor by then proves; else `late_code` counts. 0: no such end. */
    int64_t made_before_s;
    const char *late_code; /* proof_expired, proof_key_expired, proof_key_revoked */
    bool has_made;         /* `created`, or iat, or the credential's first moment */
    int64_t made_s;
    size_t n_proofs;
    struct badge_proof_item proof[BADGE_MAX_PROOFS];
    struct badge_presentation_view presentation;
    /* Of the document at the issuer's own id, where one was read: its accounts on any chain (CAIP-10), and whether it
     * states that all it signs is recorded (service BadgeRegistry). */
    size_t n_accounts;
    bool has_more_accounts; /* than fit */
    struct {
        uint64_t chain_id;
        struct badge_address account;
    } account[BADGE_MAX_KNOWN_ACCOUNTS];
    bool records_all;
    uint64_t records_chain_id;
    struct badge_address records_contract, records_account;
    int64_t records_since_s;
};

/* -- what the issuer's status lists say (badge/status_list.h) -------------------------------------------------------
 */

#define BADGE_MAX_STATUSES 8

/* One entry of `credentialStatus`, or the list or hosted copy of Open Badges 2.0. */
struct badge_status_item {
    enum badge_outcome outcome;
    const char *code;  /* one of those of `status`; static storage */
    char purpose[32];  /* "revocation" "suspension" "refresh" "message" …, cut; "": none is stated */
    char list[300];    /* the address of the list, cut; "": none */
    bool has_value;    /* the list was read: */
    uint32_t value;    /* 0 or 1, or of an entry with statusSize more */
    char message[200]; /* what the list or entry says of this value, cut; "": nothing */
    char detail[200];  /* one clause: why, and what was read leniently; or "" */
    bool is_plain;     /* its list has no signature: it is its site's word alone */
    bool has_read;     /* read_s: when the list was fetched; a list given by hand has none */
    int64_t read_s;
};

/* A plain value, which badge_status_conclude() fills. All zero: no inquiry was made (`status_not_checked`). */
struct badge_status_view {
    bool is_made;
    enum badge_outcome outcome;
    const char *code; /* one of those of `status` in the table below; static storage */
    char detail[240]; /* one clause, or "" */
    size_t n_items;
    struct badge_status_item item[BADGE_MAX_STATUSES];
};

/* What was found of the credentials inside (badge/inside.h), each judged by itself. */
struct badge_inside_counts {
    size_t n;      /* that there are; 0: none, or they were not looked for */
    size_t n_hold; /* valid, signed, recorded, anchored */
    size_t n_fail; /* invalid, revoked, suspended, withdrawn, expired, not_yet_valid */
    size_t n_open; /* any other verdict, or not judged */
    bool has_more; /* there are more than were looked at, which count as open and are not in n */
};

struct badge_evidence {
    /* the document, with the digest derived from its bytes; absent if only a digest or a receipt was given */
    bool has_document;
    struct badge_digest document;
    struct badge_claims claims;
    struct badge_err document_err; /* status != BADGE_OK: there is a document, but it has no digest */
    size_t n_inner; /* the digests of the credentials opened inside, which may be revoked by themselves */
    struct badge_hash inner[BADGE_MAX_INNER];

    /* the receipt; absent if none was found */
    bool has_receipt;
    struct badge_receipt receipt;
    struct badge_err receipt_err; /* status != BADGE_OK: there is a receipt, but it can't be read */

    /* the registry that the verifier trusts, and what the chain says about it */
    bool has_trusted_registry;
    uint64_t trusted_chain_id;
    struct badge_address trusted_contract;
    struct badge_fact registry; /* of the two below */
    uint64_t chain_id;
    struct badge_hash code_hash; /* keccak-256 of the code at the trusted contract; compared with the built-in one */

    struct badge_anchor_fact anchor_final;  /* at the finalized block, or head − n */
    struct badge_anchor_fact anchor_latest; /* at the latest block */

    struct badge_fact withdrawn, revoked;     /* at the latest block */
    int64_t withdrawn_time_s, revoked_time_s; /* 0: not */
    enum badge_reason revoked_reason;
    struct badge_address withdrawn_by, revoked_by;
    bool has_withdrawn_by, has_revoked_by; /* from the events, if the provider still has them */

    /*
     * What the accounts that are known to be the issuer's say of the document's digests, receipt or none: a revocation
     * by any of them counts, and none is known only if all have answered.
     */
    size_t n_accounts;
    struct badge_fact account_revoked;
    int64_t account_revoked_time_s; /* 0: not */
    enum badge_reason account_revoked_reason;
    struct badge_address account_revoked_by; /* the account, not its operator */

    int64_t now_s; /* seconds since 1970 */

    struct badge_proof_view proof; /* the issuer's own signature */
    bool issuer_is_named;          /* the verifier's settings name the issuer's id */
    struct badge_status_view status;
    struct badge_inside_counts inside; /* of the sentence; they decide nothing */

    /* how the account is bound to the credential's issuer id */
    struct badge_fact issuer;
    bool issuer_bound;
    enum badge_bound issuer_by;             /* for the report; decides nothing */
    struct badge_address issuer_accreditor; /* of BADGE_BY_ACCREDITOR */
    char issuer_how[200];                   /* one clause: by whom or by what; if not bound, why not, or "" */
    struct badge_fact accreditors; /* known: all of them answered; used once the issuer's DID document has been read */
};

/*
 * All codes. They are frozen: a code never changes its meaning, new ones may be added. A code is unique within its
 * check. "→" is the verdict if it decides; "·" does not decide. If all have passed, the verdict is valid, but recorded
 * of a document that names no issuer, dates or status, or is a record by its type. Where the signature holds, the
 * unknown codes of digest, inclusion, registry, anchor, withdrawn and revoked give way to what it says, but for
 * record_missing, and revoked where an account of the issuer is known and did not answer.
 *
 *   digest      passed   digest_matches
 *               failed   digest_differs          → invalid         the document is not the one of the receipt
 *                        label_differs           → invalid         its digest, but the receipt calls it another kind
 *                        label_external          → invalid         its digest, but the receipt is for a bare digest
 *                        document_malformed      → invalid         not well-formed, so it has no digest
 *               unknown  document_unsupported    → unverifiable    a kind of document this version does not read
 *                        document_unread         → unverifiable    too large, or memory or the disk failed
 *                        no_receipt              → unverifiable
 *                        receipt_malformed       → unverifiable    (inclusion then fails, and decides)
 *                        receipt_unsupported     → unverifiable    an unknown version, algorithm or label
 *                        receipt_unread          → unverifiable    too large, or memory or the disk failed
 *                        no_document             → anchored        only if nothing else decides
 *   inclusion   passed   inclusion_holds
 *               failed   path_broken             → invalid
 *                        receipt_malformed       → invalid
 *               unknown  no_receipt              → unverifiable
 *                        receipt_unsupported     → unverifiable
 *                        receipt_unread          → unverifiable
 *                        record_missing          → unverifiable    its issuer records all that it signs
 *   registry    passed   registry_trusted
 *               unknown  no_receipt              → unverifiable
 *                        registry_not_named      → unverifiable    the verifier does not name one that it trusts
 *                        registry_not_trusted    → unverifiable    the receipt names another chain or contract
 *                        registry_unreachable    → unverifiable
 *                        wrong_chain             → unverifiable    the provider serves another chain
 *                        wrong_code              → unverifiable    the contract's address has other code
 *   anchor      passed   anchor_final
 *                        anchor_hints_differ                       final; the receipt's sequence, block or time differ
 *               failed   not_anchored            → invalid
 *                        tree_size_differs       → invalid
 *               unknown  anchor_not_final        → pending         at the latest block only
 *                        no_final_block          → pending         the same, and no final block can have it yet
 *                        anchor_awaited          → pending         not recorded yet; the receipt says sealed or sent
 *                        anchor_contradictory    → unverifiable    at the finalized block, but not at the latest
 *                        chain_unreachable       → unverifiable
 *                        registry_unknown        → unverifiable    the registry check did not pass
 *                        no_receipt              → unverifiable
 *   proof       passed   proof_holds                               by a key that is bound to the issuer
 *               failed   proof_broken            → invalid         the document or the signature was altered
 *                        proof_malformed         → invalid
 *                        proof_wrong_purpose     → invalid         made for something else than issuing
 *                        proof_wrong_controller  → invalid         the issuer's document lists other keys
 *                        proof_key_revoked       → invalid
 *                        proof_key_expired       → invalid
 *                        jwt_claim_differs       → invalid         token and credential contradict each other
 *                        context_unsafe          → invalid         no context defines it: not signed as it is shown
 *                        proof_expired           → expired         the signature's own end
 *                        proof_from_future       → not_yet_valid
 *               unknown  proof_not_checked       ·                 no inquiry was made
 *                        no_proof                ·
 *                        proof_suite_unknown     ·
 *                        proof_key_unreachable   ·
 *                        proof_key_not_bound     ·                 it holds, but nothing binds its key to the issuer
 *                        context_unknown         ·
 *                        proof_too_large         ·
 *                        proof_no_crypto         ·                 this program or browser can't compute it
 *                        document_not_read       ·                 no credential: a signature was not looked for
 *                        no_document             ·
 *                        document_unread         ·
 *                        claims_hidden           ·                 also: it holds, of other claims than were read
 *   withdrawn   passed   not_withdrawn
 *               failed   withdrawn               → withdrawn
 *               unknown  chain_unreachable registry_unknown no_receipt → unverifiable
 *   revoked     passed   not_revoked
 *               failed   revoked                 → revoked         by an account known to be the issuer's: over any
 *               unknown  chain_unreachable registry_unknown no_receipt → unverifiable
 *   status      passed   no_status                                 the credential names no list or service
 *                        status_good                               none of its lists says that it was taken back
 *               failed   status_revoked          → revoked         a list of its issuer says so, or it does itself
 *                        status_suspended        → suspended
 *               unknown  status_not_checked      → unverifiable    no inquiry was made
 *                        status_unreachable      → unverifiable    a list could not be fetched
 *                        status_list_invalid     → unverifiable    it is not a list by its issuer that holds today
 *                        status_out_of_range     → unverifiable    the list has no such place
 *                        status_type_unknown     → unverifiable    a kind of status that this version does not read
 *                        document_unread         → unverifiable
 *                        claims_malformed        → unverifiable    what it says of this can't be read
 *                        claims_hidden           → unverifiable    it may say something of this that was not read
 *                        no_document             ·
 *   validity    passed   in_force
 *                        no_period                                 it has neither a first nor a last date
 *               failed   not_yet_valid           → not_yet_valid
 *                        expired                 → expired
 *               unknown  document_unread         → unverifiable
 *                        claims_malformed        → unverifiable
 *                        claims_hidden           → unverifiable
 *                        no_document             ·
 *   issuer      passed   issuer_bound                              the account that recorded it acts for the issuer
 *                        issuer_named                              signed; the verifier's settings name the issuer's id
 *                        issuer_domain                             signed, by the key of a whole domain
 *                        issuer_address                            signed, by the key of one address of a domain
 *               failed   issuer_not_bound        → unknown_issuer
 *                        issuer_not_named        → unknown_issuer  signed, by a key that is the issuer, and not named
 *               unknown  issuer_unreachable      → unknown_issuer
 *                        document_unread         → unknown_issuer
 *                        claims_malformed        → unknown_issuer
 *                        issuer_elsewhere        → unknown_issuer  named only behind a URL, which is not fetched
 *                        claims_hidden           → unverifiable    hidden, or wrapper and credential differ
 *                        no_receipt              → unknown_issuer
 *                        no_document             ·
 */
struct badge_finding {
    enum badge_outcome outcome;
    const char *code; /* one from the table above; static storage */
    char detail[512]; /* one plain sentence */
};

struct badge_report {
    enum badge_verdict verdict;
    char sentence[800];          /* that of the verdict, with who and when, and what is not known */
    enum badge_check decided_by; /* undefined if the verdict is BADGE_VALID, BADGE_RECORDED or BADGE_SIGNED */
    struct badge_finding check[BADGE_N_CHECKS];
};

/* Pure and total: any evidence gets a verdict, and every check a finding. */
BADGE_API void badge_judge(struct badge_report *out, const struct badge_evidence *evidence);

/*
 * Whether a finding is a caution: it says what is not confirmed, and nothing against the credential. That is an issuer
 * that nobody confirms, and a document without a signature.
 */
BADGE_API bool badge_finding_is_caution(enum badge_check check, const struct badge_finding *finding);

BADGE_API const char *badge_check_name(enum badge_check check);       /* "digest" … */
BADGE_API const char *badge_outcome_name(enum badge_outcome outcome); /* "passed" "failed" "unknown" */
BADGE_API const char *badge_verdict_name(enum badge_verdict verdict); /* "valid", "unknown_issuer" … */
/* The general one; that of a report may say more. */
BADGE_API const char *badge_verdict_sentence(enum badge_verdict verdict);
BADGE_API int badge_verdict_exit_status(enum badge_verdict verdict); /* 0 valid, recorded; 3 unverifiable; else 1 */

/* Of whom a signature alone is good enough for exit status 0; issuer_address never is. */
enum badge_accept {
    BADGE_ACCEPT_NOTHING,
    BADGE_ACCEPT_SIGNED,        /* issuer_named */
    BADGE_ACCEPT_SIGNED_DOMAIN, /* issuer_named and issuer_domain */
};
BADGE_API int badge_report_exit_status(const struct badge_report *report, enum badge_accept accept);

#endif
