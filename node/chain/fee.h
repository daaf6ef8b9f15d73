/*
 * What a transaction pays: EIP-1559 fees, or one gas price on a chain without a base fee; 0 is a price. Used by the
 * anchor and by the commands that send transactions. Pure; never above the caps, also for a replacement. Quantities
 * saturate: an absurd suggestion of a provider ends at a cap.
 */
#ifndef CHAIN_FEE_H
#define CHAIN_FEE_H

#include "chain/rpc.h"

struct fees {
    uint64_t max_fee_wei;
    uint64_t max_priority_fee_wei; /* equal to max_fee_wei for legacy pricing */
};

struct fee_caps {
    uint64_t max_fee_wei, max_priority_fee_wei;
};

/*
 * The method to ask for a price, after n_refused others were answered with an error; NULL: there are no more. Not every
 * provider has eth_maxPriorityFeePerGas: the standard does not name it.
 */
const char *fee_method(const struct block *head, unsigned n_refused);
/*
 * The suggestion, a tip or for legacy pricing the price, that the result of that method makes. result NULL: all were
 * refused; then the tip is a gwei. errors    BADGE_ETYPE: not a price, or none without a base fee
 */
enum badge_status fee_suggested(uint64_t *out_wei, const struct block *head, unsigned n_refused,
                                const json_t *result) BADGE_CHECKED;
/* The fees for a suggestion: legacy without a base fee. */
struct fees fee_of(const struct fee_caps *caps, const struct block *head, uint64_t suggested_wei);

/* EIP-1559: the suggested tip, and twice the base fee, in case it rises. */
struct fees fee_market(const struct fee_caps *caps, uint64_t base_fee_wei, uint64_t suggested_tip_wei);
/* Legacy: the suggested price; only caps->max_fee_wei limits it. */
struct fees fee_market_legacy(const struct fee_caps *caps, uint64_t suggested_price_wei);

/*
 * Fees of a replacement transaction in a pool like geth's, which demands at least 10 % more for both fields: an eighth
 * more plus one wei, or the market price if that is higher. False, with *out untouched, if a cap forbids it.
 */
bool fee_bump(struct fees *out, const struct fee_caps *caps, const struct fees *last, const struct fees *market,
              bool legacy);

/* A tenth more than the estimate, at most `most` and what fits a block (0: unknown). */
uint64_t fee_gas_limit(uint64_t estimate, uint64_t most, uint64_t block_gas_limit);

#endif
