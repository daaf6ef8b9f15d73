/*
 * Parses blocks that providers return. Everything that reads a head, a finalized block or a block at some height comes
 * here; a block with a value out of range is refused.
 */
#include "chain/block.h"

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
