/*
 * The arithmetic of fees: the anchor's send.c and the command line's chain.c read prices from the chain and call this.
 * The invariant: no result exceeds a cap, and the tip never exceeds the max fee.
 */
#include "chain/fee.h"

#define DEFAULT_TIP_WEI 1000000000 /* if the provider suggests nothing */

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

const char *fee_method(const struct block *head, unsigned n_refused)
{
    static const char *const with_base_fee[] = {"eth_maxPriorityFeePerGas", "eth_gasPrice", NULL};
    return with_base_fee[(head->has_base_fee ? 0 : 1) + n_refused];
}

enum badge_status fee_suggested(uint64_t *out_wei, const struct block *head, unsigned n_refused, const json_t *result)
{
    struct badge_wei price;
    *out_wei = DEFAULT_TIP_WEI;
    if (!result)
        return head->has_base_fee ? BADGE_OK : BADGE_ETYPE;
    if (rpc_read_wei(&price, result) != BADGE_OK)
        return BADGE_ETYPE;
    if (badge_wei_to_u64(out_wei, &price) != BADGE_OK)
        *out_wei = UINT64_MAX;
    if (head->has_base_fee && n_refused > 0) /* a gas price is base fee and tip */
        *out_wei = *out_wei > head->base_fee_wei ? *out_wei - head->base_fee_wei : 0;
    return BADGE_OK;
}

struct fees fee_of(const struct fee_caps *caps, const struct block *head, uint64_t suggested_wei)
{
    return head->has_base_fee ? fee_market(caps, head->base_fee_wei, suggested_wei)
                              : fee_market_legacy(caps, suggested_wei);
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

uint64_t fee_gas_limit(uint64_t estimate, uint64_t most, uint64_t block_gas_limit)
{
    uint64_t limit = at_most(add(estimate, estimate / 10), most);
    return block_gas_limit > 0 ? at_most(limit, block_gas_limit) : limit;
}
