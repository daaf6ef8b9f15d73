/*
 * What a transaction pays: EIP-1559 fees, or one gas price on a chain without a base fee. Pure; never above the
 * operator's caps, also for a replacement. Quantities saturate: an absurd suggestion of a provider ends at a cap.
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

#endif
