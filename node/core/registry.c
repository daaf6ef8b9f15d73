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

static uint8_t *put_selector(uint8_t *at, uint32_t selector)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        *at++ = (uint8_t)(selector >> shift);
    return at;
}

static uint8_t *put_address(uint8_t *at, const struct badge_address *address)
{
    memset(at, 0, WORD);
    memcpy(at + WORD - sizeof address->b, address->b, sizeof address->b);
    return at + WORD;
}

static uint8_t *put_hash(uint8_t *at, const struct badge_hash *hash)
{
    memcpy(at, hash->b, WORD);
    return at + WORD;
}

static uint8_t *put_u64(uint8_t *at, uint64_t value)
{
    memset(at, 0, WORD);
    for (size_t i = 0; i < 8; i++)
        at[WORD - 1 - i] = (uint8_t)(value >> (8 * i));
    return at + WORD;
}

size_t badge_call_anchor(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                         const struct badge_hash *root, uint64_t tree_size)
{
    uint8_t *at = put_selector(out, SELECT_ANCHOR);
    at = put_address(at, issuer);
    at = put_hash(at, root);
    return (size_t)(put_u64(at, tree_size) - out);
}

size_t badge_call_set_operator(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *op, bool allowed)
{
    uint8_t *at = put_selector(out, SELECT_SET_OPERATOR);
    at = put_address(at, op);
    return (size_t)(put_u64(at, allowed) - out);
}

size_t badge_call_accredit(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                           const struct badge_hash *subject, bool accredited)
{
    uint8_t *at = put_selector(out, SELECT_ACCREDIT);
    at = put_address(at, issuer);
    at = put_hash(at, subject);
    return (size_t)(put_u64(at, accredited) - out);
}

size_t badge_call_withdraw(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_hash *root)
{
    uint8_t *at = put_selector(out, SELECT_WITHDRAW);
    return (size_t)(put_hash(at, root) - out);
}

/* A dynamic array as the last argument: its offset from the first argument, its length, its elements. */
static uint8_t *put_list(uint8_t *at, size_t n_arguments, const struct badge_hash *hash, size_t n)
{
    at = put_u64(at, n_arguments * WORD);
    at = put_u64(at, n);
    for (size_t i = 0; i < n; i++)
        at = put_hash(at, &hash[i]);
    return at;
}

size_t badge_call_revoke(uint8_t *out, const struct badge_address *issuer, const struct badge_hash *digest,
                         size_t n_digests)
{
    uint8_t *at = put_selector(out, SELECT_REVOKE);
    at = put_address(at, issuer);
    return (size_t)(put_list(at, 2, digest, n_digests) - out);
}

size_t badge_call_restore(uint8_t *out, const struct badge_hash *digest, size_t n_digests)
{
    uint8_t *at = put_selector(out, SELECT_RESTORE);
    return (size_t)(put_list(at, 1, digest, n_digests) - out);
}

size_t badge_call_is_revoke(const uint8_t *call, size_t len)
{
    uint8_t model[BADGE_CALL_REVOKE_LEN(0)];
    if (len <= sizeof model || (len - sizeof model) % WORD != 0)
        return 0;
    size_t n_digests = (len - sizeof model) / WORD, issuer_at = 4 + WORD - 20;
    struct badge_address issuer;
    memcpy(issuer.b, call + issuer_at, sizeof issuer.b);
    uint8_t *at = put_address(put_selector(model, SELECT_REVOKE), &issuer);
    put_u64(put_u64(at, 2 * WORD), n_digests);
    return memcmp(call, model, sizeof model) == 0 ? n_digests : 0;
}

static size_t call_address_hash(uint8_t *out, uint32_t selector, const struct badge_address *issuer,
                                const struct badge_hash *hash)
{
    uint8_t *at = put_selector(out, selector);
    at = put_address(at, issuer);
    return (size_t)(put_hash(at, hash) - out);
}

size_t badge_call_anchor_of(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                            const struct badge_hash *root)
{
    return call_address_hash(out, SELECT_ANCHOR_OF, issuer, root);
}

size_t badge_call_log_of(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer)
{
    uint8_t *at = put_selector(out, SELECT_LOG_OF);
    return (size_t)(put_address(at, issuer) - out);
}

size_t badge_call_withdrawn_at(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                               const struct badge_hash *root)
{
    return call_address_hash(out, SELECT_WITHDRAWN_AT, issuer, root);
}

size_t badge_call_revoked_at(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                             const struct badge_hash *digest)
{
    return call_address_hash(out, SELECT_REVOKED_AT, issuer, digest);
}

size_t badge_call_is_operator(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *issuer,
                              const struct badge_address *op)
{
    uint8_t *at = put_selector(out, SELECT_IS_OPERATOR);
    at = put_address(at, issuer);
    return (size_t)(put_address(at, op) - out);
}

size_t badge_call_accredited_by(uint8_t out[BADGE_CALL_MAX_LEN], const struct badge_address *accreditor,
                                const struct badge_address *issuer, const struct badge_hash *subject)
{
    uint8_t *at = put_selector(out, SELECT_ACCREDITED_BY);
    at = put_address(at, accreditor);
    at = put_address(at, issuer);
    return (size_t)(put_hash(at, subject) - out);
}

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
    memcpy(link, log->head, sizeof log->head);
    memcpy(link + sizeof log->head, root->b, WORD);
    for (size_t i = 0; i < 8; i++)
        link[sizeof link - 1 - i] = (uint8_t)(tree_size >> (8 * i));
    struct badge_hash hash;
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
