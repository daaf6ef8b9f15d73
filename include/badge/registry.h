/*
 * The contract BadgeRegistry as bytes: the call data and answers of its functions (Solidity ABI), and the hash of the
 * genuine code.
 */
#ifndef BADGE_REGISTRY_H
#define BADGE_REGISTRY_H

#include "badge/text.h"

/* Of a chain that can have a registry: receipts name it in JSON, exactly (RFC 7493); it is within EIP-2294's bound. */
#define BADGE_MAX_CHAIN_ID ((UINT64_C(1) << 53) - 1)

/* From the committed artifact: its CREATE2 address on every chain, keccak-256 of its code, and its init code. */
BADGE_API extern const struct badge_address badge_registry_address;
BADGE_API extern const struct badge_hash badge_registry_code_hash;
BADGE_API extern const uint8_t badge_registry_init_code[];
BADGE_API extern const size_t badge_registry_init_code_len;
/*
 * Why this code is not the registry, if it is one that a development version used before: one clause; else NULL. Its
 * revocations have no reasons and its accreditations no periods, so its answers are never used.
 */
BADGE_API const char *badge_registry_superseded(const struct badge_hash *code_hash);
/* The deterministic deployment proxy, 0x4e59b44847b379578588920cA78FbF26c0B4956C. */
BADGE_API extern const struct badge_address badge_create2_proxy;

/*
 * Why a credential was revoked, as revoke() records it, public for ever. The contract records any number; readers show
 * another one as BADGE_REASON_UNSPECIFIED.
 */
enum badge_reason {
    BADGE_REASON_UNSPECIFIED = 0,
    BADGE_REASON_ERROR = 1,    /* it was issued in error */
    BADGE_REASON_REPLACED = 2, /* by another credential */
    BADGE_REASON_UNMET = 3,    /* its conditions are no longer met */
    BADGE_REASON_ANNULLED = 4,
    BADGE_REASON_HOLDER = 5, /* the holder's wish */
};
#define BADGE_N_REASONS 6
/* The number that the contract records, or another word of an answer, as one of the reasons. */
BADGE_API enum badge_reason badge_reason_of(uint64_t number);
/* "unspecified" "error" "replaced" "unmet" "annulled" "holder" */
BADGE_API const char *badge_reason_name(enum badge_reason reason);
/* False: no reason has this name. */
BADGE_API bool badge_reason_parse(enum badge_reason *out, const char *name);

/* Call data: a four-byte selector and 32-byte words. Each writer returns the length. */
#define BADGE_CALL_MAX_LEN 196
BADGE_API size_t badge_call_anchor(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                                   const struct badge_hash *root, uint64_t tree_size);
BADGE_API size_t badge_call_set_operator(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *op, bool allowed);
/* The period is from since_s until before until_s, in seconds since 1970; until_s 0: no end; both 0: removed. */
BADGE_API size_t badge_call_accredit(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                                     const struct badge_hash *subject, uint64_t since_s, uint64_t until_s);
BADGE_API size_t badge_call_withdraw(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_hash *root);
BADGE_API size_t badge_call_anchor_of(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                                      const struct badge_hash *root);
BADGE_API size_t badge_call_log_of(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer);
BADGE_API size_t badge_call_withdrawn_at(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                                         const struct badge_hash *root);
BADGE_API size_t badge_call_revoked_at(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                                       const struct badge_hash *digest);
BADGE_API size_t badge_call_is_operator(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                                        const struct badge_address *op);
BADGE_API size_t badge_call_accredited_by(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *accreditor,
                                          const struct badge_address *issuer, const struct badge_hash *subject);

/* Calls with a list: out has room for this many bytes; n_digests is at least 1. */
#define BADGE_CALL_REVOKE_LEN(n_digests) (4 + 32 * (4 + (size_t)(n_digests)))
#define BADGE_CALL_RESTORE_LEN(n_digests) (4 + 32 * (2 + (size_t)(n_digests)))
BADGE_API size_t badge_call_revoke(uint8_t *out, const struct badge_address *issuer, const struct badge_hash *digest,
                                   size_t n_digests, enum badge_reason reason);
BADGE_API size_t badge_call_restore(uint8_t *out, const struct badge_hash *digest, size_t n_digests);
/* The number of digests in a call of `revoke`, for any issuer and reason; 0 for bytes that are not exactly such a call.
 */
BADGE_API size_t badge_call_is_revoke(const uint8_t *call, size_t len);

/* Answers, and the data of events: exactly n words. errors    BADGE_ETYPE (another length, a value out of its type's
 * range) */
BADGE_API enum badge_status badge_answer_u64s(uint64_t *out, size_t n_words, const uint8_t *bytes,
                                              size_t len) BADGE_CHECKED;
BADGE_API enum badge_status badge_answer_bool(bool *out, const uint8_t *bytes, size_t len) BADGE_CHECKED;
/* revokedAt: time_s 0: not revoked. */
struct badge_revocation {
    int64_t time_s;
    enum badge_reason reason;
};
BADGE_API enum badge_status badge_answer_revocation(struct badge_revocation *out, const uint8_t *bytes,
                                                    size_t len) BADGE_CHECKED;
/* The data of the event Revoked. */
BADGE_API enum badge_status badge_answer_reason(enum badge_reason *out, const uint8_t *bytes, size_t len) BADGE_CHECKED;
/* logOf: the count, and a bytes24 head (left-aligned in its word). */
struct badge_log_head {
    uint64_t count;
    uint8_t head[24];
};
BADGE_API enum badge_status badge_answer_log(struct badge_log_head *out, const uint8_t *bytes,
                                             size_t len) BADGE_CHECKED;

/* head' = bytes24(keccak256(head ‖ root ‖ treeSize)): 24 + 32 + 8 bytes; begins at zero. Adds one to count. */
BADGE_API void badge_log_append(struct badge_log_head *log, const struct badge_hash *root, uint64_t tree_size);

/* The name of the contract's error with this selector, such as "AlreadyAnchored"; NULL: not an error of it. */
BADGE_API const char *badge_registry_error(const uint8_t *revert_data, size_t len);
/* topic 0 of an event, such as "Withdrawn"; false: no such event. */
BADGE_API bool badge_registry_topic(struct badge_hash *out, const char *event_name);

#endif
