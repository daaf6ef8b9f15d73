/*
 * Compares a signed transaction with the requested one; signer.c calls it with a remote signer's answer. The invariant:
 * an accepted transaction consists of exactly the fields of the unsigned form, encoded in the same bytes, and one
 * well-formed signature of our account, so that a remote signer can do nothing that a local key could not.
 */
#include "anchor/signed.h"

#include <string.h>

#include "badge/rlp.h"
#include "core/compiler.h"

#define TYPE_EIP1559 0x02

static const char *const fields_eip1559[] = {"chain id",  "nonce", "tip",  "fee",        "gas limit",
                                             "recipient", "value", "data", "access list"};
static const char *const fields_eip155[] = {"nonce", "gas price", "gas limit", "recipient", "value", "data"};
#define N_EIP1559 ARRAY_LEN(fields_eip1559)
#define N_EIP155 ARRAY_LEN(fields_eip155)

/* Half of secp256k1's order, rounded down: the greatest s that EIP-2 allows. */
static const uint8_t half_order[32] = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4,
                                       0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};

struct bytes {
    const uint8_t *at;
    size_t len;
};

static enum badge_status differs(struct badge_err *err, const char *what)
{
    return badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "the signed transaction has another %s than requested",
                      what);
}

static enum badge_status malformed(struct badge_err *err)
{
    return badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "the result is not a signed transaction");
}

/* The items of a transaction: one list after the type byte, and nothing after it. */
static bool open_list(struct bytes *items, const uint8_t *bytes, size_t len, bool typed)
{
    struct badge_rlp_item list;
    if (typed && (len == 0 || *bytes++ != TYPE_EIP1559 || len-- == 0))
        return false;
    if (badge_rlp_read(&list, &bytes, &len) != BADGE_OK || len != 0 || !list.is_list)
        return false;
    *items = (struct bytes){list.payload, list.len};
    return true;
}

/* The next item with its length prefix. */
static bool next_item(struct bytes *encoded, struct bytes *items)
{
    struct badge_rlp_item item;
    encoded->at = items->at;
    if (badge_rlp_read(&item, &items->at, &items->len) != BADGE_OK)
        return false;
    encoded->len = (size_t)(items->at - encoded->at);
    return true;
}

/* An integer without leading zeros, at most capacity bytes, right-aligned. */
static bool next_integer(uint8_t *out, size_t capacity, struct bytes *items)
{
    struct badge_rlp_item item;
    if (badge_rlp_read(&item, &items->at, &items->len) != BADGE_OK || item.is_list || item.len > capacity ||
        (item.len > 0 && item.payload[0] == 0))
        return false;
    memset(out, 0, capacity);
    if (item.len > 0)
        memcpy(out + capacity - item.len, item.payload, item.len);
    return true;
}

static enum badge_status same_fields(struct bytes *theirs, struct bytes ours, const char *const names[], size_t n,
                                     struct badge_err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct bytes their, our;
        BADGE_ASSERT(next_item(&our, &ours));
        if (!next_item(&their, theirs))
            return malformed(err);
        if (their.len != our.len || memcmp(their.at, our.at, our.len) != 0)
            return differs(err, names[i]);
    }
    return BADGE_OK;
}

static enum badge_status read_signature(struct badge_signature *out, struct bytes *rest, const struct badge_tx *tx,
                                        struct badge_err *err)
{
    uint8_t v_bytes[8];
    if (!next_integer(v_bytes, sizeof v_bytes, rest) || !next_integer(out->r, sizeof out->r, rest) ||
        !next_integer(out->s, sizeof out->s, rest) || rest->len != 0)
        return malformed(err);
    uint64_t v = 0, base = tx->kind == BADGE_TX_EIP155 ? 2 * tx->chain_id + 35 : 0;
    for (size_t i = 0; i < sizeof v_bytes; i++)
        v = v << 8 | v_bytes[i];
    if (v < base || v - base > 1)
        return differs(err, tx->kind == BADGE_TX_EIP155 ? "chain id in its signature" : "form of signature");
    if (memcmp(out->s, half_order, sizeof half_order) > 0)
        return differs(err, "form of signature (a high s)");
    out->y_parity = (uint8_t)(v - base);
    return BADGE_OK;
}

enum badge_status signed_check(struct badge_hash *hash, const uint8_t *raw, size_t raw_len, const struct badge_tx *tx,
                               const struct badge_address *account, struct badge_err *err)
{
    bool typed = tx->kind == BADGE_TX_EIP1559;
    uint8_t unsigned_form[SIGNED_MAX_LEN];
    size_t unsigned_len;
    struct bytes ours, theirs;
    BADGE_ASSERT(tx->kind != BADGE_TX_LEGACY && tx->n_access == 0);
    if (badge_tx_unsigned(unsigned_form, sizeof unsigned_form, &unsigned_len, tx) != BADGE_OK)
        return badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "the call is too long to sign");
    BADGE_ASSERT(open_list(&ours, unsigned_form, unsigned_len, typed));
    if (!open_list(&theirs, raw, raw_len, typed))
        return malformed(err);
    enum badge_status status = same_fields(&theirs, ours, typed ? fields_eip1559 : fields_eip155,
                                           typed ? N_EIP1559 : N_EIP155, err);
    struct badge_signature signature;
    if (status == BADGE_OK)
        status = read_signature(&signature, &theirs, tx, err);
    if (status != BADGE_OK)
        return status;
    struct badge_hash to_sign;
    struct badge_address signer;
    badge_keccak256(&to_sign, unsigned_form, unsigned_len);
    if (badge_recover_address(&signer, &signature, &to_sign) != BADGE_OK ||
        memcmp(&signer, account, sizeof signer) != 0)
        return differs(err, "signer");
    badge_keccak256(hash, raw, raw_len);
    return BADGE_OK;
}
