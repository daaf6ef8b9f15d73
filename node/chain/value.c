/*
 * The values of Ethereum's JSON-RPC: quantities and byte strings as 0x-hex, and blocks. The anchor, the verifier and
 * `badge` use it to write parameters and to read results, which are untrusted: a reader accepts any JSON of any length.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "badge/registry.h"
#include "chain/rpc.h"

json_t *rpc_hex(const void *bytes, size_t len)
{
    char *text = malloc(2 * len + 3);
    if (!text)
        return NULL;
    memcpy(text, "0x", 2);
    badge_hex_encode(text + 2, bytes, len);
    json_t *value = json_string(text);
    free(text);
    return value;
}

json_t *rpc_quantity(uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "0x%" PRIx64, value);
    return json_string(text);
}

/* The digits after "0x" and their number; NULL if the value is not a 0x-hex string. */
static const char *digits_of(const json_t *value, size_t *len)
{
    const char *text = json_string_value(value);
    size_t text_len = json_string_length(value);
    if (!text || text_len < 2 || text[0] != '0' || text[1] != 'x')
        return NULL;
    *len = text_len - 2;
    return strspn(text + 2, "0123456789abcdefABCDEF") == *len ? text + 2 : NULL;
}

enum badge_status rpc_read_u64(uint64_t *out, const json_t *value)
{
    size_t len;
    const char *digits = digits_of(value, &len);
    if (!digits || len == 0 || len - strspn(digits, "0") > 16)
        return BADGE_ETYPE;
    *out = strtoull(digits, NULL, 16);
    return BADGE_OK;
}

enum badge_status rpc_read_wei(struct badge_wei *out, const json_t *value)
{
    size_t len;
    if (!digits_of(value, &len) ||
        badge_wei_parse_hex(out, json_string_value(value), json_string_length(value)) != BADGE_OK)
        return BADGE_ETYPE;
    return BADGE_OK;
}

enum badge_status rpc_read_bytes(uint8_t *out, size_t capacity, size_t *len, const json_t *value)
{
    size_t n_digits;
    const char *digits = digits_of(value, &n_digits);
    if (!digits || n_digits % 2 != 0 || n_digits / 2 > capacity ||
        badge_hex_decode(out, n_digits / 2, digits, n_digits) != BADGE_OK)
        return BADGE_ETYPE;
    *len = n_digits / 2;
    return BADGE_OK;
}

static enum badge_status read_exactly(uint8_t *out, size_t len, const json_t *value)
{
    size_t n_read;
    return rpc_read_bytes(out, len, &n_read, value) == BADGE_OK && n_read == len ? BADGE_OK : BADGE_ETYPE;
}

enum badge_status rpc_read_hash(struct badge_hash *out, const json_t *value)
{
    return read_exactly(out->b, sizeof out->b, value);
}

enum badge_status rpc_read_address(struct badge_address *out, const json_t *value)
{
    return read_exactly(out->b, sizeof out->b, value);
}

enum badge_status rpc_read_chain_id(uint64_t *out, const json_t *value, const char *name, struct badge_err *err)
{
    struct badge_wei id;
    if (rpc_read_wei(&id, value) != BADGE_OK || (badge_wei_to_u64(out, &id) == BADGE_OK && *out == 0))
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                          "%s returned an invalid answer to eth_chainId: try another provider", name);
    if (badge_wei_to_u64(out, &id) == BADGE_OK && *out <= BADGE_MAX_CHAIN_ID)
        return BADGE_OK;
    return badge_fail(
        err, BADGE_EREFUSED, BADGE_NO_OFFSET,
        "%s serves a chain whose id is above %llu, the highest that a receipt can name: use another chain", name,
        (unsigned long long)BADGE_MAX_CHAIN_ID);
}

#define LAST_TIME_S UINT64_C(253402300799) /* the end of the year 9999, the last that RFC 3339 can write */

enum badge_status block_read(struct block *out, const json_t *value)
{
    uint64_t time_s;
    *out = (struct block){0};
    if (rpc_read_u64(&out->number, json_object_get(value, "number")) != BADGE_OK ||
        rpc_read_hash(&out->hash, json_object_get(value, "hash")) != BADGE_OK ||
        rpc_read_u64(&time_s, json_object_get(value, "timestamp")) != BADGE_OK || time_s > LAST_TIME_S)
        return BADGE_ETYPE;
    out->time_s = (int64_t)time_s;
    struct badge_wei base_fee;
    out->has_base_fee = rpc_read_wei(&base_fee, json_object_get(value, "baseFeePerGas")) == BADGE_OK;
    if (out->has_base_fee && badge_wei_to_u64(&out->base_fee_wei, &base_fee) != BADGE_OK)
        out->base_fee_wei = UINT64_MAX;
    if (rpc_read_u64(&out->gas_limit, json_object_get(value, "gasLimit")) != BADGE_OK)
        out->gas_limit = 0;
    return BADGE_OK;
}

json_t *rpc_call_object(const struct badge_address *to, const uint8_t *data, size_t data_len)
{
    return json_pack("{s:o,s:o}", "to", rpc_hex(to->b, sizeof to->b), "data", rpc_hex(data, data_len));
}

json_t *rpc_at_block(const struct block *block, bool by_number)
{
    return by_number ? rpc_quantity(block->number)
                     : json_pack("{s:o}", "blockHash", rpc_hex(block->hash.b, sizeof block->hash.b));
}
