/*
 * Encodes transactions: legacy, legacy with a chain id (EIP-155), type 2 (EIP-1559), unsigned and signed; and derives
 * contract addresses. Called by the anchor's signer and by the command line.
 *
 * Invariant: the signed hash covers exactly the fields that are then sent.
 */
#include "badge/eth.h"
#include "badge/rlp.h"
#include "eth/key.h"

#include <string.h>

#define TYPE_EIP1559 0x02
/* EIP-2294: with a larger one, v = 2 * chain id + 36 leaves 64 bits. */
#define MAX_EIP155_CHAIN_ID (UINT64_MAX / 2 - 36)

static void put_wei(struct badge_rlp *rlp, const struct badge_wei *wei)
{
    badge_rlp_integer(rlp, wei->b, sizeof wei->b);
}

static void put_access_list(struct badge_rlp *rlp, const struct badge_tx *tx)
{
    const size_t list = badge_rlp_list_open(rlp);
    for (size_t i = 0; i < tx->n_access; i++) {
        const struct badge_tx_access *access = &tx->access[i];
        const size_t entry = badge_rlp_list_open(rlp);
        badge_rlp_string(rlp, access->address.b, sizeof access->address.b);
        const size_t keys = badge_rlp_list_open(rlp);
        for (size_t k = 0; k < access->n_storage_keys; k++)
            badge_rlp_string(rlp, access->storage_key[k].b, sizeof access->storage_key[k].b);
        badge_rlp_list_close(rlp, keys);
        badge_rlp_list_close(rlp, entry);
    }
    badge_rlp_list_close(rlp, list);
}

static void put_signature(struct badge_rlp *rlp, uint64_t v, const struct badge_signature *signature)
{
    badge_rlp_uint(rlp, v);
    badge_rlp_integer(rlp, signature->r, sizeof signature->r);
    badge_rlp_integer(rlp, signature->s, sizeof signature->s);
}

/* signature NULL: unsigned. */
static void put_tx(struct badge_rlp *rlp, const struct badge_tx *tx, const struct badge_signature *signature)
{
    const bool typed = tx->kind == BADGE_TX_EIP1559;
    const size_t list = badge_rlp_list_open(rlp);
    if (typed)
        badge_rlp_uint(rlp, tx->chain_id);
    badge_rlp_uint(rlp, tx->nonce);
    if (typed)
        put_wei(rlp, &tx->max_priority_fee_per_gas);
    put_wei(rlp, &tx->max_fee_per_gas);
    badge_rlp_uint(rlp, tx->gas_limit);
    badge_rlp_string(rlp, tx->to.b, tx->has_to ? sizeof tx->to.b : 0);
    put_wei(rlp, &tx->value);
    badge_rlp_string(rlp, tx->data, tx->data_len);
    switch (tx->kind) {
    case BADGE_TX_LEGACY:
        if (signature)
            put_signature(rlp, 27u + signature->y_parity, signature);
        break;
    case BADGE_TX_EIP155:
        if (signature) {
            put_signature(rlp, 2 * tx->chain_id + 35 + signature->y_parity, signature);
        } else {
            badge_rlp_uint(rlp, tx->chain_id);
            badge_rlp_uint(rlp, 0);
            badge_rlp_uint(rlp, 0);
        }
        break;
    case BADGE_TX_EIP1559:
        put_access_list(rlp, tx);
        if (signature)
            put_signature(rlp, signature->y_parity, signature);
        break;
    }
    badge_rlp_list_close(rlp, list);
}

static enum badge_status serialize(uint8_t *out, size_t capacity, size_t *out_len, const struct badge_tx *tx,
                                   const struct badge_signature *signature)
{
    const size_t prefix_len = tx->kind == BADGE_TX_EIP1559 ? 1 : 0;
    if (capacity < prefix_len || (tx->kind == BADGE_TX_EIP155 && tx->chain_id > MAX_EIP155_CHAIN_ID))
        return BADGE_ELIMIT;
    if (prefix_len > 0)
        out[0] = TYPE_EIP1559;
    struct badge_rlp rlp;
    badge_rlp_begin(&rlp, out + prefix_len, capacity - prefix_len);
    put_tx(&rlp, tx, signature);
    *out_len = prefix_len + rlp.len;
    return badge_rlp_end(&rlp);
}

enum badge_status badge_tx_unsigned(uint8_t *out, size_t capacity, size_t *out_len, const struct badge_tx *tx)
{
    return serialize(out, capacity, out_len, tx, NULL);
}

enum badge_status badge_tx_sign(uint8_t *raw, size_t capacity, size_t *raw_len, struct badge_hash *hash,
                                const struct badge_tx *tx, const struct badge_key *key)
{
    /* raw is used for both forms: the unsigned one is never longer. */
    enum badge_status status = serialize(raw, capacity, raw_len, tx, NULL);
    if (status != BADGE_OK)
        return status;
    struct badge_hash to_sign;
    struct badge_signature signature;
    badge_keccak256(&to_sign, raw, *raw_len);
    badge_key_sign(&signature, key, &to_sign);
    status = serialize(raw, capacity, raw_len, tx, &signature);
    if (status == BADGE_OK)
        badge_keccak256(hash, raw, *raw_len);
    return status;
}

void badge_create_address(struct badge_address *out, const struct badge_address *sender, uint64_t nonce)
{
    uint8_t bytes[1 + 21 + 9]; /* the maximum length: the writer can't overflow */
    struct badge_rlp rlp;
    badge_rlp_begin(&rlp, bytes, sizeof bytes);
    const size_t list = badge_rlp_list_open(&rlp);
    badge_rlp_string(&rlp, sender->b, sizeof sender->b);
    badge_rlp_uint(&rlp, nonce);
    badge_rlp_list_close(&rlp, list);
    eth_address_from(out, bytes, rlp.len);
}

void badge_create2_address(struct badge_address *out, const struct badge_address *sender, const struct badge_hash *salt,
                           const struct badge_hash *init_code_hash)
{
    uint8_t bytes[1 + 20 + 32 + 32];
    bytes[0] = 0xff;
    memcpy(bytes + 1, sender->b, 20);
    memcpy(bytes + 21, salt->b, 32);
    memcpy(bytes + 53, init_code_hash->b, 32);
    eth_address_from(out, bytes, sizeof bytes);
}
