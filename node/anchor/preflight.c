/*
 * Runs in each round, with a provider whose chain id and contract are right. The invariant: if a final block has
 * changed, nothing is sent and no state changes; after a restart the same check finds it again.
 */
#include "anchor/preflight.h"

#include "runtime/metrics.h"

#define ANCHOR_GAS_ESTIMATE 100000

static bool is_due(const struct round *round)
{
    bool has_checked = round->checked.at_ms != 0 && round->checked.generation == round->providers.generation;
    return decide_check_is_due(round->checked.trust,
                               has_checked ? round_now_ms(round) - round->checked.at_ms : UINT64_MAX);
}

static enum next checked(struct round *round, enum trust trust)
{
    round->checked.trust = trust;
    round->checked.generation = round->providers.generation;
    round->checked.at_ms = round_now_ms(round);
    health_clear(&round->health, CONDITION_PROVIDERS);
    return trust == TRUST_NOTHING ? NEXT_END : NEXT_STEP;
}

/* -- the last final block ------------------------------------------------------------------------------------------ */

/* The last final batch, or the last final set if that is in a later block: if its block is unchanged, so are all
 * before. */
static bool load_last_final(struct tx_job *out, struct store *store)
{
    struct store_revocations revocations;
    struct tx_job set;
    uint32_t unfinal = store_first_unfinal(store);
    uint32_t number = unfinal > 0 ? unfinal - 1 : store_n_batches(store);
    while (job_load(out, store, store_batch_id(number)) && out->anchor.state == STORE_ANCHOR_SPOILED)
        number--;
    store_revocations(store, &revocations);
    uint32_t open_set = revocations.first_open, last_set = open_set != 0 ? open_set - 1 : revocations.last_number;
    while (job_load(&set, store, store_set_id(last_set)) && set.anchor.state == STORE_ANCHOR_SPOILED)
        last_set--;
    bool has_batch = number > 0, has_set = job_load(&set, store, store_set_id(last_set));
    if (has_set && (!has_batch || set.anchor.block_number > out->anchor.block_number))
        *out = set;
    return has_batch || has_set;
}

static bool is_another_block(void *context, const json_t *result)
{
    struct block block;
    const struct store_anchor *known = context;
    return block_read(&block, result) != BADGE_OK || badge_hash_compare(&block.hash, &known->block_hash) != 0;
}

/* "broken" only if every other provider has answered that it does not have that block. */
static enum next check_last_final(struct round *round, struct tx_job *last)
{
    char name[JOB_NAME_LEN];
    unsigned long long number = last->anchor.block_number;
    struct provider *provider = providers_current(&round->providers);
    if (number > round->head.number) {
        provider_eject(provider, NULL, "out_of_sync",
                       "%.100s is at block %llu, behind a block that was final: wait until it has synced, or correct "
                       "chain.rpc",
                       provider->name, (unsigned long long)round->head.number);
        return NEXT_ABORT;
    }
    const json_t *result = round_ask(round, "eth_getBlockByNumber", round_block_params(number));
    if (!result)
        return NEXT_ABORT;
    if (!is_another_block(&last->anchor, result))
        return NEXT_STEP;
    switch (
        round_cross_check(round, "eth_getBlockByNumber", round_block_params(number), is_another_block, &last->anchor)) {
    case DIFFER:
        provider_eject(provider, NULL, "wrong_chain", "%.100s has another block %llu than the one that was final",
                       provider->name, number);
        return NEXT_ABORT;
    case NOT_ANSWERED:
        round_recheck(round); /* in the next round, even if the head is the same */
        return NEXT_END;
    case AGREED:
        break;
    }
    health_raise(&round->health, CONDITION_BROKEN, "broken",
                 "block %llu with %s was final and has been replaced (deep reorg): anchoring stopped until it is back; "
                 "check the chain, or start with a new store",
                 number, job_name(name, last));
    return checked(round, TRUST_NOTHING);
}

/* -- the account --------------------------------------------------------------------------------------------------- */

bool preflight_ask_operator(struct round *round, bool *allowed, const struct badge_address *account)
{
    uint8_t data[BADGE_CALL_MAX_LEN], word[32];
    size_t len = badge_call_is_operator(data, &round->options.issuer, account);
    const json_t *result = round_ask_contract(round, data, len);
    if (!result)
        return false;
    if (rpc_read_bytes(word, sizeof word, &len, result) == BADGE_OK &&
        badge_answer_bool(allowed, word, len) == BADGE_OK)
        return true;
    (void)round_failed(round, "returned an invalid answer to isOperator");
    return false;
}

bool preflight_ask_balance(struct round *round, struct badge_wei *balance, const struct badge_address *account)
{
    json_t *params = json_pack("[os]", rpc_hex(account->b, 20), "latest");
    const json_t *result = round_ask(round, "eth_getBalance", params);
    if (!result)
        return false;
    if (rpc_read_wei(balance, result) == BADGE_OK)
        return true;
    (void)round_failed(round, "returned an invalid answer to eth_getBalance");
    return false;
}

struct badge_wei preflight_price(const struct round *round)
{
    struct fees fees = fee_market(&round->accounts.current.caps, round->head.base_fee_wei, 0);
    uint64_t wei = fees.max_fee_wei > UINT64_MAX / ANCHOR_GAS_ESTIMATE ? UINT64_MAX
                                                                       : fees.max_fee_wei * ANCHOR_GAS_ESTIMATE;
    return badge_wei_from_u64(wei);
}

static enum next check_account(struct round *round)
{
    bool allowed;
    struct badge_wei balance, price = preflight_price(round);
    char address[BADGE_ADDRESS_LEN + 1], issuer[BADGE_ADDRESS_LEN + 1], has[96], needs[96];
    const struct badge_address *account = &round->accounts.current.address;
    badge_address_format(address, account);
    if (!preflight_ask_operator(round, &allowed, account))
        return NEXT_ABORT;
    if (!allowed) {
        badge_address_format(issuer, &round->options.issuer);
        health_raise(&round->health, CONDITION_OPERATOR, "not_operator",
                     "%s is not an operator of %s: run `badge operator add %s` with the issuer's key", address, issuer,
                     address);
        return checked(round, TRUST_READING);
    }
    if (!preflight_ask_balance(round, &balance, account))
        return NEXT_ABORT;
    round->health.now.balance = balance;
    metric_set(METRIC_BALANCE_GWEI, badge_wei_to_gwei(&balance));
    if (badge_wei_compare(&balance, &price) < 0) {
        badge_wei_format_ether(has, &balance);
        badge_wei_format_ether(needs, &price);
        health_raise(&round->health, CONDITION_OPERATOR, "balance_too_low",
                     "insufficient funds: operator %s has %s, an anchor may cost %s; send it funds", address, has,
                     needs);
        return checked(round, TRUST_READING);
    }
    health_clear(&round->health, CONDITION_OPERATOR);
    return checked(round, TRUST_SENDING);
}

enum next preflight_check(struct round *round)
{
    struct tx_job last;
    bool due = is_due(round);
    if ((due || round->head_is_new) && load_last_final(&last, round->options.store)) {
        enum next next = check_last_final(round, &last);
        if (next != NEXT_STEP)
            return next;
    }
    health_clear(&round->health, CONDITION_BROKEN);
    if (!due)
        return NEXT_STEP;
    return signer_is_there(&round->accounts.current) ? check_account(round) : checked(round, TRUST_READING);
}
