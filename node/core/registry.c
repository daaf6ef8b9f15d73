/*
 * The contract BadgeRegistry as bytes: call data, answers, errors and event topics in the Solidity ABI, and the hash
 * chain of an issuer's anchors. Used by all code that reads or writes the chain: anchor, audit, the command line.
 *
 * Invariant: each selector and topic is listed with the signature whose keccak-256 it is; the unit test computes each
 * again. Answers come from providers that may lie: a word outside its type's range is refused, never truncated.
 */
#include "badge/registry.h"
#include "core/compiler.h"

#include <string.h>

#define WORD ((size_t)32)

const struct badge_address badge_create2_proxy = {{0x4e, 0x59, 0xb4, 0x48, 0x47, 0xb3, 0x79, 0x57, 0x85, 0x88,
                                                   0x92, 0x0c, 0xa7, 0x8f, 0xbf, 0x26, 0xc0, 0xb4, 0x95, 0x6c}};

#define SELECT_ANCHOR 0x72113990u        /* anchor(address,bytes32,uint64) */
#define SELECT_SET_OPERATOR 0x558a7297u  /* setOperator(address,bool) */
#define SELECT_ACCREDIT 0xc9787a59u      /* accredit(address,bytes32,bool) */
#define SELECT_WITHDRAW 0x8e19899eu      /* withdraw(bytes32) */
#define SELECT_REVOKE 0xd05989e8u        /* revoke(address,bytes32[]) */
#define SELECT_RESTORE 0xf2ed5292u       /* restore(bytes32[]) */
#define SELECT_ANCHOR_OF 0xecbe7ca5u     /* anchorOf(address,bytes32) */
#define SELECT_LOG_OF 0x3a41d43fu        /* logOf(address) */
#define SELECT_WITHDRAWN_AT 0xe0466e2du  /* withdrawnAt(address,bytes32) */
#define SELECT_REVOKED_AT 0x02673e5cu    /* revokedAt(address,bytes32) */
#define SELECT_IS_OPERATOR 0xb6363cf2u   /* isOperator(address,address) */
#define SELECT_ACCREDITED_BY 0x0a194bbdu /* accreditedBy(address,address,bytes32) */

static const struct {
    uint32_t selector;
    const char *name; /* its signature is name() */
} contract_error[] = {
    {0x7c214f04, "NotOperator"},     {0x91363287, "EmptyTree"},   {0xcb5fbcf0, "TreeTooLarge"},
    {0xa0094ce3, "AlreadyAnchored"}, {0x0c4ba7e5, "NotAnchored"}, {0x6507689f, "AlreadyWithdrawn"},
};

static const struct {
    const char *name;
    const char *topic;
} contract_event[] = {
    /* Anchored(address,bytes32,address,uint64,uint64) */
    {"Anchored", "66596fff779cef2d6ca6ce4637c669c0eda82be992e017b37acddb8aef3769e0"},
    /* Withdrawn(address,bytes32) */
    {"Withdrawn", "6ecbc70c26b02b821204839571ea973742fdc445dbfd00b71c513370f5d458ad"},
    /* Revoked(address,bytes32,address) */
    {"Revoked", "15f61124e5cb7b3055be040ec154cce1f708ce3b55478e5a5657ca9c6eff6670"},
    /* Restored(address,bytes32) */
    {"Restored", "05a54ebab7c84dbe0880693d8691004afab00991beafaa0c459d8cd842f729ef"},
    /* OperatorChanged(address,address,bool) */
    {"OperatorChanged", "360a624a90a46b5efa2724062dd6494f28d0b3afb636c74291727f5ffd160b3f"},
    /* ProfileChanged(address,string) */
    {"ProfileChanged", "a572f7f0d539a420294e333f38b0e9e3a61a70b1298aea939f9ec1d1d552a796"},
    /* Accredited(address,address,bytes32,bool) */
    {"Accredited", "ee4fbac620a06166dcd6081512901768974a5fa677ac47cf19d5a32e3208ce4f"},
};

/* -- calls --------------------------------------------------------------------------------------------------------- */

static struct badge_hash address_word(const struct badge_address *address)
{
    struct badge_hash word = {{0}};
    memcpy(word.b + WORD - sizeof address->b, address->b, sizeof address->b);
    return word;
}

static struct badge_hash number_word(uint64_t value)
{
    struct badge_hash word = {{0}};
    for (size_t i = 0; i < 8; i++)
        word.b[WORD - 1 - i] = (uint8_t)(value >> (8 * i));
    return word;
}

static void put_selector(uint8_t out[4], uint32_t selector)
{
    for (size_t i = 0; i < 4; i++)
        out[i] = (uint8_t)(selector >> (24 - 8 * i));
}

/* Call data of n words; returns its length. */
static size_t call(uint8_t *out, uint32_t selector, const struct badge_hash *word, size_t n)
{
    put_selector(out, selector);
    memcpy(out + 4, word, n * WORD);
    return 4 + n * WORD;
}
/* The same with the words as arguments. */
#define CALL(out, selector, ...)                                                                                       \
    call(out, selector, (const struct badge_hash[]){__VA_ARGS__},                                                      \
         sizeof((const struct badge_hash[]){__VA_ARGS__}) / WORD)

size_t badge_call_anchor(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                         const struct badge_hash *root, uint64_t tree_size)
{
    return CALL(out, SELECT_ANCHOR, address_word(issuer), *root, number_word(tree_size));
}

size_t badge_call_set_operator(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *op, bool allowed)
{
    return CALL(out, SELECT_SET_OPERATOR, address_word(op), number_word(allowed));
}

size_t badge_call_accredit(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                           const struct badge_hash *subject, bool accredited)
{
    return CALL(out, SELECT_ACCREDIT, address_word(issuer), *subject, number_word(accredited));
}

size_t badge_call_withdraw(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_hash *root)
{
    return CALL(out, SELECT_WITHDRAW, *root);
}

/* A list is the last argument: its offset from the first one, its length, its elements. */
size_t badge_call_revoke(uint8_t *out, const struct badge_address *issuer, const struct badge_hash *digest,
                         size_t n_digests)
{
    size_t len = CALL(out, SELECT_REVOKE, address_word(issuer), number_word(2 * WORD), number_word(n_digests));
    memcpy(out + len, digest, n_digests * WORD);
    return len + n_digests * WORD;
}

size_t badge_call_restore(uint8_t *out, const struct badge_hash *digest, size_t n_digests)
{
    size_t len = CALL(out, SELECT_RESTORE, number_word(WORD), number_word(n_digests));
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
    memcpy(issuer.b, bytes + 4 + WORD - sizeof issuer.b, sizeof issuer.b);
    CALL(model, SELECT_REVOKE, address_word(&issuer), number_word(2 * WORD), number_word(n_digests));
    return memcmp(bytes, model, sizeof model) == 0 ? n_digests : 0;
}

size_t badge_call_anchor_of(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                            const struct badge_hash *root)
{
    return CALL(out, SELECT_ANCHOR_OF, address_word(issuer), *root);
}

size_t badge_call_log_of(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer)
{
    return CALL(out, SELECT_LOG_OF, address_word(issuer));
}

size_t badge_call_withdrawn_at(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                               const struct badge_hash *root)
{
    return CALL(out, SELECT_WITHDRAWN_AT, address_word(issuer), *root);
}

size_t badge_call_revoked_at(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                             const struct badge_hash *digest)
{
    return CALL(out, SELECT_REVOKED_AT, address_word(issuer), *digest);
}

size_t badge_call_is_operator(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                              const struct badge_address *op)
{
    return CALL(out, SELECT_IS_OPERATOR, address_word(issuer), address_word(op));
}

size_t badge_call_accredited_by(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *accreditor,
                                const struct badge_address *issuer, const struct badge_hash *subject)
{
    return CALL(out, SELECT_ACCREDITED_BY, address_word(accreditor), address_word(issuer), *subject);
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

const char *badge_registry_error(const uint8_t *revert_data, size_t len)
{
    if (len != 4) /* none of them has arguments */
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(contract_error); i++) {
        uint8_t selector[4];
        put_selector(selector, contract_error[i].selector);
        if (memcmp(selector, revert_data, sizeof selector) == 0)
            return contract_error[i].name;
    }
    return NULL;
}

bool badge_registry_topic(struct badge_hash *out, const char *event_name)
{
    for (size_t i = 0; i < ARRAY_LEN(contract_event); i++)
        if (strcmp(contract_event[i].name, event_name) == 0)
            return badge_hex_decode(out->b, sizeof out->b, contract_event[i].topic, BADGE_HEX_LEN) == BADGE_OK;
    return false;
}
