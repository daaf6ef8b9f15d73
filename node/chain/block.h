/* The fields of a block header that the anchor needs. */
#ifndef CHAIN_BLOCK_H
#define CHAIN_BLOCK_H

#include <stdbool.h>

#include "chain/rpc.h"

struct block {
    uint64_t number;
    struct badge_hash hash;
    int64_t time_s;
    bool has_base_fee;
    uint64_t base_fee_wei;
    uint64_t gas_limit; /* 0: unknown */
};

/* Parses the result of eth_getBlockByNumber or …ByHash. errors    BADGE_ETYPE */
enum badge_status block_read(struct block *out, const json_t *value) BADGE_CHECKED;

#endif
