/*
 * The contract BadgeRegistry as bytes: call data, answers, errors and event topics in the Solidity ABI, and the hash
 * chain of an issuer's anchors. Used by all code that reads or writes the chain: anchor, audit, the command line.
 *
 * Invariant: answers come from providers that may lie: a word outside its type's range is refused, never truncated.
 */
#include "badge/registry.h"
#include "core/address_word.h"
#include "core/compiler.h"
#include "core/format.h"

#include <string.h>

#define WORD ((size_t)32)
#define SELECTOR_LEN 4

const struct badge_address badge_create2_proxy = {{0x4e, 0x59, 0xb4, 0x48, 0x47, 0xb3, 0x79, 0x57, 0x85, 0x88,
                                                   0x92, 0x0c, 0xa7, 0x8f, 0xbf, 0x26, 0xc0, 0xb4, 0x95, 0x6c}};

/* None of them has arguments. */
static const char *const contract_error[] = {
    "NotOperator", "EmptyTree", "TreeTooLarge", "AlreadyAnchored", "NotAnchored", "AlreadyWithdrawn", "EmptyPeriod",
};

static const char *const contract_event[] = {
    "Anchored(address,bytes32,address,uint64,uint64)",
    "Withdrawn(address,bytes32)",
    "Revoked(address,bytes32,address,uint8)",
    "Restored(address,bytes32)",
    "OperatorChanged(address,address,bool)",
    "ProfileChanged(address,string)",
    "Accredited(address,address,bytes32,uint64,uint64)",
};

/* -- calls --------------------------------------------------------------------------------------------------------- */

static struct badge_hash number_word(uint64_t value)
{
    struct badge_hash word = {{0}};
    for (size_t i = 0; i < 8; i++)
        word.b[WORD - 1 - i] = (uint8_t)(value >> (8 * i));
    return word;
}

/* Call data of n words, after the selector: the first bytes of the signature's hash. Returns its length. */
static size_t call(uint8_t *out, const char *signature, const struct badge_hash *word, size_t n)
{
    struct badge_hash hash;
    badge_keccak256(&hash, signature, strlen(signature));
    memcpy(out, hash.b, SELECTOR_LEN);
    memcpy(out + SELECTOR_LEN, word, n * WORD);
    return SELECTOR_LEN + n * WORD;
}
/* The same with the words as arguments. */
#define CALL(out, signature, ...)                                                                                      \
    call(out, signature, (const struct badge_hash[]){__VA_ARGS__},                                                     \
         sizeof((const struct badge_hash[]){__VA_ARGS__}) / WORD)

size_t badge_call_anchor(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                         const struct badge_hash *root, uint64_t tree_size)
{
    return CALL(out, "anchor(address,bytes32,uint64)", core_address_word(issuer), *root, number_word(tree_size));
}

size_t badge_call_set_operator(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *op, bool allowed)
{
    return CALL(out, "setOperator(address,bool)", core_address_word(op), number_word(allowed));
}

size_t badge_call_accredit(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                           const struct badge_hash *subject, uint64_t since_s, uint64_t until_s)
{
    return CALL(out, "accredit(address,bytes32,uint64,uint64)", core_address_word(issuer), *subject,
                number_word(since_s), number_word(until_s));
}

size_t badge_call_withdraw(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_hash *root)
{
    return CALL(out, "withdraw(bytes32)", *root);
}

/* In place of a list is its offset from the first argument; its length and elements follow the last one. */
static size_t call_revoke_head(uint8_t *out, const struct badge_address *issuer, size_t n_digests, uint64_t reason)
{
    return CALL(out, "revoke(address,bytes32[],uint8)", core_address_word(issuer), number_word(3 * WORD),
                number_word(reason), number_word(n_digests));
}

size_t badge_call_revoke(uint8_t *out, const struct badge_address *issuer, const struct badge_hash *digest,
                         size_t n_digests, enum badge_reason reason)
{
    size_t len = call_revoke_head(out, issuer, n_digests, reason);
    memcpy(out + len, digest, n_digests * WORD);
    return len + n_digests * WORD;
}

size_t badge_call_restore(uint8_t *out, const struct badge_hash *digest, size_t n_digests)
{
    size_t len = CALL(out, "restore(bytes32[])", number_word(WORD), number_word(n_digests));
    memcpy(out + len, digest, n_digests * WORD);
    return len + n_digests * WORD;
}

size_t badge_call_is_revoke(const uint8_t *bytes, size_t len)
{
    uint8_t model[BADGE_CALL_REVOKE_LEN(0)];
    if (len <= sizeof model || (len - sizeof model) % WORD != 0)
        return 0;
    size_t n_digests = (len - sizeof model) / WORD;
    struct badge_address issuer;
    memcpy(issuer.b, bytes + SELECTOR_LEN + WORD - sizeof issuer.b, sizeof issuer.b);
    call_revoke_head(model, &issuer, n_digests, bytes[SELECTOR_LEN + 3 * WORD - 1]);
    return memcmp(bytes, model, sizeof model) == 0 ? n_digests : 0;
}

size_t badge_call_anchor_of(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                            const struct badge_hash *root)
{
    return CALL(out, "anchorOf(address,bytes32)", core_address_word(issuer), *root);
}

size_t badge_call_log_of(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer)
{
    return CALL(out, "logOf(address)", core_address_word(issuer));
}

size_t badge_call_withdrawn_at(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                               const struct badge_hash *root)
{
    return CALL(out, "withdrawnAt(address,bytes32)", core_address_word(issuer), *root);
}

size_t badge_call_revoked_at(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                             const struct badge_hash *digest)
{
    return CALL(out, "revokedAt(address,bytes32)", core_address_word(issuer), *digest);
}

size_t badge_call_is_operator(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                              const struct badge_address *op)
{
    return CALL(out, "isOperator(address,address)", core_address_word(issuer), core_address_word(op));
}

size_t badge_call_accredited_by(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *accreditor,
                                const struct badge_address *issuer, const struct badge_hash *subject)
{
    return CALL(out, "accreditedBy(address,address,bytes32)", core_address_word(accreditor), core_address_word(issuer),
                *subject);
}

/* -- answers ------------------------------------------------------------------------------------------------------- */

static bool all_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static bool read_u64(uint64_t *out, const uint8_t word[WORD])
{
    uint64_t value = 0;
    for (size_t i = WORD - 8; i < WORD; i++)
        value = value << 8 | word[i];
    *out = value;
    return all_zero(word, WORD - 8);
}

enum badge_status badge_answer_u64s(uint64_t *out, size_t n_words, const uint8_t *bytes, size_t len)
{
    if (len / WORD != n_words || len % WORD != 0)
        return BADGE_ETYPE;
    for (size_t i = 0; i < n_words; i++)
        if (!read_u64(&out[i], bytes + i * WORD))
            return BADGE_ETYPE;
    return BADGE_OK;
}

enum badge_status badge_answer_bool(bool *out, const uint8_t *bytes, size_t len)
{
    uint64_t value;
    if (badge_answer_u64s(&value, 1, bytes, len) != BADGE_OK || value > 1)
        return BADGE_ETYPE;
    *out = value == 1;
    return BADGE_OK;
}

enum badge_status badge_answer_revocation(struct badge_revocation *out, const uint8_t *bytes, size_t len)
{
    uint64_t word[2];
    if (badge_answer_u64s(word, 2, bytes, len) != BADGE_OK || word[0] > INT64_MAX || word[1] > UINT8_MAX ||
        (word[0] == 0 && word[1] != 0))
        return BADGE_ETYPE;
    *out = (struct badge_revocation){(int64_t)word[0], badge_reason_of(word[1])};
    return BADGE_OK;
}

enum badge_status badge_answer_reason(enum badge_reason *out, const uint8_t *bytes, size_t len)
{
    uint64_t word;
    if (badge_answer_u64s(&word, 1, bytes, len) != BADGE_OK || word > UINT8_MAX)
        return BADGE_ETYPE;
    *out = badge_reason_of(word);
    return BADGE_OK;
}

enum badge_status badge_answer_log(struct badge_log_head *out, const uint8_t *bytes, size_t len)
{
    if (len != 2 * WORD || !read_u64(&out->count, bytes))
        return BADGE_ETYPE;
    memcpy(out->head, bytes + WORD, sizeof out->head);
    return all_zero(bytes + WORD + sizeof out->head, WORD - sizeof out->head) ? BADGE_OK : BADGE_ETYPE;
}

void badge_log_append(struct badge_log_head *log, const struct badge_hash *root, uint64_t tree_size)
{
    uint8_t link[sizeof log->head + WORD + 8];
    struct badge_hash hash = number_word(tree_size);
    memcpy(link, log->head, sizeof log->head);
    memcpy(link + sizeof log->head, root->b, WORD);
    memcpy(link + sizeof link - 8, hash.b + WORD - 8, 8);
    badge_keccak256(&hash, link, sizeof link);
    memcpy(log->head, hash.b, sizeof log->head);
    log->count++;
}

/* -- names --------------------------------------------------------------------------------------------------------- */

static const char *const reason_name[BADGE_N_REASONS] = {
    [BADGE_REASON_UNSPECIFIED] = "unspecified", [BADGE_REASON_ERROR] = "error",
    [BADGE_REASON_REPLACED] = "replaced",       [BADGE_REASON_UNMET] = "unmet",
    [BADGE_REASON_ANNULLED] = "annulled",       [BADGE_REASON_HOLDER] = "holder",
};

enum badge_reason badge_reason_of(uint64_t number)
{
    return number < BADGE_N_REASONS ? (enum badge_reason)number : BADGE_REASON_UNSPECIFIED;
}

const char *badge_reason_name(enum badge_reason reason)
{
    BADGE_ASSERT((size_t)reason < BADGE_N_REASONS);
    return reason_name[reason];
}

bool badge_reason_parse(enum badge_reason *out, const char *name)
{
    for (size_t i = 0; i < BADGE_N_REASONS; i++) {
        if (strcmp(name, reason_name[i]) == 0) {
            *out = (enum badge_reason)i;
            return true;
        }
    }
    return false;
}

const char *badge_registry_superseded(const struct badge_hash *code_hash)
{
    static const struct badge_hash without_reasons = {{0x7a, 0xd1, 0xfe, 0xc8, 0x8c, 0xe8, 0xcb, 0xc1, 0x5a, 0x8c, 0x94,
                                                       0x0c, 0x21, 0xcf, 0x69, 0x12, 0xc9, 0x24, 0x8f, 0xe3, 0x21, 0xf3,
                                                       0xa8, 0x23, 0xef, 0xca, 0x30, 0xd2, 0xc5, 0x84, 0x0f, 0x15}};
    return badge_hash_compare(code_hash, &without_reasons) == 0
               ? "it is the registry of an earlier development version, which this version does not use: deploy and "
                 "name the present one"
               : NULL;
}

const char *badge_registry_error(const uint8_t *revert_data, size_t len)
{
    for (size_t i = 0; len == SELECTOR_LEN && i < ARRAY_LEN(contract_error); i++) {
        char signature[32];
        struct badge_hash hash;
        badge_keccak256(&hash, signature, core_format(signature, sizeof signature, "%s()", contract_error[i]));
        if (memcmp(hash.b, revert_data, SELECTOR_LEN) == 0)
            return contract_error[i];
    }
    return NULL;
}

bool badge_registry_topic(struct badge_hash *out, const char *event_name)
{
    const size_t len = strlen(event_name);
    for (size_t i = 0; i < ARRAY_LEN(contract_event); i++) {
        const char *signature = contract_event[i];
        if (strncmp(signature, event_name, len) != 0 || signature[len] != '(')
            continue;
        badge_keccak256(out, signature, strlen(signature));
        return true;
    }
    return false;
}
