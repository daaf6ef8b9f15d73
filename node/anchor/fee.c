/*
 * The arithmetic of fees: send.c reads prices from the chain and calls this. The invariant: no result exceeds a cap,
 * and the tip never exceeds the max fee.
 */
#include "anchor/fee.h"

static uint64_t at_most(uint64_t value, uint64_t cap)
{
    return value < cap ? value : cap;
}

static uint64_t at_least(uint64_t value, uint64_t floor)
{
    return value > floor ? value : floor;
}

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* floor(x * 1125 / 1000) + 1 */
static uint64_t an_eighth_more(uint64_t x)
{
    return add(add(x, x / 8), 1);
}

struct fees fee_market(const struct fee_caps *caps, uint64_t base_fee_wei, uint64_t suggested_tip_wei)
{
    uint64_t tip = at_most(suggested_tip_wei, caps->max_priority_fee_wei);
    uint64_t fee = at_most(add(tip, add(base_fee_wei, base_fee_wei)), caps->max_fee_wei);
    return (struct fees){.max_fee_wei = fee, .max_priority_fee_wei = at_most(tip, fee)};
}

struct fees fee_market_legacy(const struct fee_caps *caps, uint64_t suggested_price_wei)
{
    uint64_t price = at_most(suggested_price_wei, caps->max_fee_wei);
    return (struct fees){.max_fee_wei = price, .max_priority_fee_wei = price};
}

bool fee_bump(struct fees *out, const struct fee_caps *caps, const struct fees *last, const struct fees *market,
              bool legacy)
{
    uint64_t tip_cap = legacy ? caps->max_fee_wei : caps->max_priority_fee_wei;
    uint64_t fee = at_least(market->max_fee_wei, an_eighth_more(last->max_fee_wei));
    uint64_t tip = at_least(market->max_priority_fee_wei, an_eighth_more(last->max_priority_fee_wei));
    if (fee > caps->max_fee_wei || tip > tip_cap)
        return false;
    *out = (struct fees){.max_fee_wei = fee, .max_priority_fee_wei = at_most(tip, fee)};
    return true;
}
