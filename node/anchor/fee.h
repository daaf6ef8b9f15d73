/*
 * What a transaction pays: EIP-1559 fees, or one gas price on a chain without a base fee. Pure; never over the
 * operator's caps, by a replacement neither. Quantities saturate: a provider's absurd answer ends at a cap.
 */
#ifndef ANCHOR_FEE_H
#define ANCHOR_FEE_H

#include <stdbool.h>
#include <stdint.h>

struct fees {
    uint64_t max_fee_wei;
    uint64_t max_priority_fee_wei; /* equal to max_fee_wei for legacy pricing */
};

struct fee_caps {
    uint64_t max_fee_wei, max_priority_fee_wei;
};

/* EIP-1559: the tip as suggested, and room for the base fee to double. */
struct fees fee_market(const struct fee_caps *caps, uint64_t base_fee_wei, uint64_t suggested_tip_wei);
/* Legacy: the price as suggested; only caps->max_fee_wei binds. */
struct fees fee_market_legacy(const struct fee_caps *caps, uint64_t suggested_price_wei);

/*
 * Fees that replace a transaction in a pool like geth's, which wants at least 10 % more on both fields: an eighth more
 * and one wei, or the market where that is higher. False, with *out untouched, where a cap forbids it.
 */
bool fee_bump(struct fees *out, const struct fee_caps *caps, const struct fees *last, const struct fees *market,
              bool legacy);

#endif
