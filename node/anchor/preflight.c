/*
 * Checks that the last final block is unchanged, that the account is an operator, and that it has funds. anchor.c
 * starts this in each round, with a provider whose chain id and contract are right; it ends in anchor_checked(). The
 * invariant: if a final block has changed, nothing is sent and no state changes; after a restart the same check finds
 * it again.
 */
#include "anchor/anchor_internal.h"
#include "runtime/metrics.h"

#define CHECK_EVERY_MS 60000
#define CHECK_SOON_MS 5000 /* while something is wrong */
#define ANCHOR_GAS_ESTIMATE 100000

static bool is_due(const struct anchor *anchor)
{
    uint64_t every_ms = anchor->trust == TRUST_SENDING ? CHECK_EVERY_MS : CHECK_SOON_MS;
    return anchor->trust == TRUST_NOTHING || anchor->checked_at_ms == 0 ||
           anchor->checked_generation != anchor->providers.generation ||
           anchor_now_ms(anchor) - anchor->checked_at_ms >= every_ms;
}

void preflight_rerun(struct anchor *anchor)
{
    anchor->checked_at_ms = 0;
}

static void preflight_end(struct anchor *anchor, enum trust trust)
{
    anchor->trust = trust;
    anchor->checked_generation = anchor->providers.generation;
    anchor->checked_at_ms = anchor_now_ms(anchor);
    anchor_clear(anchor, CONDITION_PROVIDERS);
    anchor_checked(anchor);
}

/* -- each answer, and the request that follows --------------------------------------------------------------------- */

/* 0 on a chain where gas is free. */
struct badge_wei preflight_price(const struct anchor *anchor)
{
    struct fees fees = fee_market(&anchor->signer.caps, anchor->head.base_fee_wei, 0);
    uint64_t wei = fees.max_fee_wei > UINT64_MAX / ANCHOR_GAS_ESTIMATE ? UINT64_MAX
                                                                       : fees.max_fee_wei * ANCHOR_GAS_ESTIMATE;
    return badge_wei_from_u64(wei);
}

static void balance_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    struct badge_wei balance;
    if (rpc_read_wei(&balance, reply->result) != BADGE_OK) {
        anchor_round_failed(anchor, "returned an invalid answer to eth_getBalance");
        return;
    }
    metric_set(METRIC_BALANCE_GWEI, badge_wei_to_gwei(&balance));
    uv_mutex_lock(&anchor->lock);
    anchor->health.balance = balance;
    uv_mutex_unlock(&anchor->lock);

    struct badge_wei price = preflight_price(anchor);
    if (badge_wei_compare(&balance, &price) < 0) {
        char address[BADGE_ADDRESS_LEN + 1], has[96], needs[96];
        badge_address_format(address, &anchor->signer.address);
        badge_wei_format_ether(has, &balance);
        badge_wei_format_ether(needs, &price);
        anchor_raise(anchor, CONDITION_OPERATOR, "balance_too_low",
                     "insufficient funds: operator %s has %s, an anchor may cost %s; send it funds", address, has,
                     needs);
        preflight_end(anchor, TRUST_READING);
        return;
    }
    anchor_clear(anchor, CONDITION_OPERATOR);
    preflight_end(anchor, TRUST_SENDING);
}

static void ask_balance(struct anchor *anchor)
{
    json_t *params = json_pack("[os]", rpc_hex(anchor->signer.address.b, 20), "latest");
    anchor_ask(anchor, "eth_getBalance", params, balance_answered);
}

void preflight_ask_operator(struct anchor *anchor, const struct badge_address *account, anchor_step step)
{
    uint8_t data[BADGE_CALL_MAX_LEN];
    size_t len = badge_call_is_operator(data, &anchor->options.issuer, account);
    anchor_ask_contract(anchor, data, len, step);
}

bool preflight_read_operator(bool *allowed, struct anchor *anchor, const struct rpc_reply *reply)
{
    uint8_t word[32];
    size_t len;
    if (rpc_read_bytes(word, sizeof word, &len, reply->result) == BADGE_OK &&
        badge_answer_bool(allowed, word, len) == BADGE_OK)
        return true;
    anchor_round_failed(anchor, "returned an invalid answer to isOperator");
    return false;
}

static void operator_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    bool allowed;
    if (!preflight_read_operator(&allowed, anchor, reply))
        return;
    if (!allowed) {
        char address[BADGE_ADDRESS_LEN + 1], issuer[BADGE_ADDRESS_LEN + 1];
        badge_address_format(address, &anchor->signer.address);
        badge_address_format(issuer, &anchor->options.issuer);
        anchor_raise(anchor, CONDITION_OPERATOR, "not_operator",
                     "%s is not an operator of %s: run `badge operator add %s` with the issuer's key", address, issuer,
                     address);
        preflight_end(anchor, TRUST_READING);
        return;
    }
    ask_balance(anchor);
}

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

static void final_block_seen(struct anchor *anchor)
{
    anchor_clear(anchor, CONDITION_BROKEN);
    if (!is_due(anchor))
        anchor_checked(anchor);
    else if (signer_is_there(&anchor->signer))
        preflight_ask_operator(anchor, &anchor->signer.address, operator_answered);
    else
        preflight_end(anchor, TRUST_READING);
}

static bool is_that_block(const struct anchor *anchor, const json_t *result)
{
    struct block block;
    return block_read(&block, result) == BADGE_OK &&
           badge_hash_compare(&block.hash, &anchor->job.anchor.block_hash) == 0;
}

static bool is_another_block(struct anchor *anchor, const json_t *result)
{
    return !is_that_block(anchor, result);
}

static json_t *that_height(const struct anchor *anchor)
{
    return json_pack("[ob]", rpc_quantity(anchor->job.anchor.block_number), 0);
}

/* Every other provider has answered whether it has that block. "broken": a finalized block changed. */
static void final_block_judged(struct anchor *anchor)
{
    char name[JOB_NAME_LEN];
    const struct store_anchor *known = &anchor->job.anchor;
    struct provider *provider = providers_current(&anchor->providers);
    if (anchor->cross_check.n_differ > 0) {
        provider_eject(provider, NULL, "wrong_chain", "%.100s has another block %llu than the one that was final",
                       provider->name, (unsigned long long)known->block_number);
        anchor_round_failed(anchor, "");
        return;
    }
    if (anchor->cross_check.n_failed > 0) {
        preflight_rerun(anchor); /* in the next round, even if the head is the same */
        anchor_round_end(anchor);
        return;
    }
    anchor_raise(anchor, CONDITION_BROKEN, "broken",
                 "block %llu with %s was final and has been replaced (deep reorg): anchoring stopped until it is back; "
                 "check the chain, or start with a new store",
                 (unsigned long long)known->block_number, job_name(name, &anchor->job));
    preflight_end(anchor, TRUST_NOTHING);
}

static void final_block_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    if (is_that_block(anchor, reply->result))
        final_block_seen(anchor);
    else
        anchor_cross_check(anchor, "eth_getBlockByNumber", that_height(anchor), is_another_block, final_block_judged);
}

void preflight_start(struct anchor *anchor)
{
    struct provider *provider = providers_current(&anchor->providers);
    bool wanted = is_due(anchor) || anchor_head_is_new(anchor);
    if (!wanted || !load_last_final(&anchor->job, anchor->options.store)) {
        final_block_seen(anchor);
    } else if (anchor->job.anchor.block_number > anchor->head.number) {
        provider_eject(provider, NULL, "out_of_sync",
                       "%.100s is at block %llu, behind a block that was final: wait until it has synced, or correct "
                       "chain.rpc",
                       provider->name, (unsigned long long)anchor->head.number);
        anchor_round_failed(anchor, "");
    } else {
        anchor_ask(anchor, "eth_getBlockByNumber", that_height(anchor), final_block_answered);
    }
}
