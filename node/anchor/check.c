/*
 * Is this our chain, our contract, our right, and money enough? Asked of every provider before it is believed, and of
 * the one in use each minute. anchor.c begins it within a round; it ends in anchor_checked(). The invariant: nothing
 * is read for a decision or sent through a provider whose chain id and contract code were not seen to be right.
 */
#include "anchor/life.h"
#include "runtime/metrics.h"

#include <stdlib.h>

#define CHECK_EVERY_MS 60000
#define CHECK_SOON_MS 5000 /* while something is wrong */
#define ANCHOR_GAS_OR_SO 100000
#define CODE_MAX_LEN 24576 /* EIP-170 */

bool check_due(const struct anchor *anchor)
{
    uint64_t every_ms = anchor->trust == TRUST_SENDING ? CHECK_EVERY_MS : CHECK_SOON_MS;
    return anchor->checked_at_ms == 0 || anchor->checked_generation != anchor->providers.generation ||
           anchor_now_ms(anchor) - anchor->checked_at_ms >= every_ms;
}

void check_again(struct anchor *anchor)
{
    anchor->checked_at_ms = 0;
}

static const char *provider(const struct anchor *anchor)
{
    return rpc_name(providers_current(&anchor->providers));
}

static void end(struct anchor *anchor, enum trust trust)
{
    anchor->trust = trust;
    if (trust == TRUST_NOTHING)
        providers_next(&anchor->providers);
    anchor->checked_generation = anchor->providers.generation;
    anchor->checked_at_ms = anchor_now_ms(anchor);
    /* Where there is another provider it is asked at once. */
    if (trust == TRUST_NOTHING && anchor->providers.current != 0)
        anchor->checked_at_ms = 0;
    anchor_checked(anchor);
}

/* -- each answer, and the question that follows -------------------------------------------------------------------- */

static int64_t wei_to_gwei(const struct badge_wei *wei)
{
    uint64_t quotient = 0, rest = 0;
    for (size_t i = 0; i < sizeof wei->b; i++) {
        uint64_t digit = rest * 256 + wei->b[i];
        if (quotient > INT64_MAX / 256 - 1)
            return INT64_MAX;
        quotient = quotient * 256 + digit / 1000000000;
        rest = digit % 1000000000;
    }
    return (int64_t)quotient;
}

/* What one anchor may cost at today's base fee; nothing on a chain where gas is free. */
static struct badge_wei price_of_an_anchor(const struct anchor *anchor)
{
    struct fees fees = fee_market(&anchor->signer.caps, anchor->head.base_fee_wei, 0);
    uint64_t wei = fees.max_fee_wei > UINT64_MAX / ANCHOR_GAS_OR_SO ? UINT64_MAX : fees.max_fee_wei * ANCHOR_GAS_OR_SO;
    return badge_wei_from_u64(wei);
}

static void balance_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    struct badge_wei balance;
    if (rpc_read_wei(&balance, reply->result) != BADGE_OK) {
        anchor_round_failed(anchor, "its answer to eth_getBalance can't be read");
        return;
    }
    metric_set(METRIC_BALANCE_GWEI, wei_to_gwei(&balance));
    uv_mutex_lock(&anchor->lock);
    anchor->health.balance = balance;
    uv_mutex_unlock(&anchor->lock);

    struct badge_wei price = price_of_an_anchor(anchor);
    if (badge_wei_compare(&balance, &price) < 0) {
        char address[BADGE_ADDRESS_LEN + 1], has[96], needs[96];
        badge_address_format(address, &anchor->signer.address);
        badge_wei_format_ether(has, &balance);
        badge_wei_format_ether(needs, &price);
        anchor_set_health(anchor, "balance_too_low", "the operator %s has %s, an anchor may cost %s: send it funds",
                          address, has, needs);
        end(anchor, TRUST_READING);
        return;
    }
    anchor_set_health(anchor, NULL, "%s", "");
    end(anchor, TRUST_SENDING);
}

static void ask_balance(struct anchor *anchor)
{
    json_t *params = json_pack("[os]", rpc_hex(anchor->signer.address.b, 20), "latest");
    anchor_ask(anchor, "eth_getBalance", params, balance_answered);
}

static void operator_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    uint8_t word[32];
    size_t len;
    bool allowed;
    if (rpc_read_bytes(word, sizeof word, &len, reply->result) != BADGE_OK ||
        badge_answer_bool(&allowed, word, len) != BADGE_OK) {
        anchor_round_failed(anchor, "its answer to isOperator can't be read");
        return;
    }
    if (!allowed) {
        char address[BADGE_ADDRESS_LEN + 1], issuer[BADGE_ADDRESS_LEN + 1];
        badge_address_format(address, &anchor->signer.address);
        badge_address_format(issuer, &anchor->options.issuer);
        anchor_set_health(anchor, "not_operator",
                          "%s is no operator of %s: `badge operator add %s` with the issuer's key", address, issuer,
                          address);
        end(anchor, TRUST_READING);
        return;
    }
    ask_balance(anchor);
}

static void ask_operator(struct anchor *anchor)
{
    uint8_t data[BADGE_CALL_MAX_LEN];
    size_t len = badge_call_is_operator(data, &anchor->options.issuer, &anchor->signer.address);
    anchor_ask_contract(anchor, data, len, operator_answered);
}

/* The last batch that was final: a chain that does not know it was reset, or is another with the same id. */
static uint32_t last_final(const struct anchor *anchor)
{
    struct store_batch batch;
    uint32_t unfinal = store_first_unfinal(anchor->options.store);
    uint32_t number = unfinal > 0 ? unfinal - 1 : store_n_batches(anchor->options.store);
    while (store_batch(anchor->options.store, number, &batch) && batch.anchor.state == STORE_ANCHOR_SPOILED)
        number--;
    return number;
}

static void history_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    uint8_t words[128];
    size_t len;
    uint64_t value[4]; /* sequence, treeSize, time, blockNumber */
    if (rpc_read_bytes(words, sizeof words, &len, reply->result) != BADGE_OK ||
        badge_answer_u64s(value, 4, words, len) != BADGE_OK) {
        anchor_round_failed(anchor, "its answer to anchorOf can't be read");
        return;
    }
    if (value[1] != anchor->batch.tree_size) {
        anchor_set_health(
            anchor, "wrong_chain",
            "%s does not know batch %u, which was final: point chain.rpc at that chain, or begin a new store",
            provider(anchor), (unsigned)anchor->batch.number);
        end(anchor, TRUST_NOTHING);
        return;
    }
    ask_operator(anchor);
}

static void ask_history(struct anchor *anchor)
{
    if (!store_batch(anchor->options.store, last_final(anchor), &anchor->batch)) {
        ask_operator(anchor);
        return;
    }
    uint8_t data[BADGE_CALL_MAX_LEN];
    size_t len = badge_call_anchor_of(data, &anchor->options.issuer, &anchor->batch.root);
    anchor_ask_contract(anchor, data, len, history_answered);
}

static void code_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    size_t len;
    uint8_t *code = malloc(CODE_MAX_LEN);
    if (code == NULL || rpc_read_bytes(code, CODE_MAX_LEN, &len, reply->result) != BADGE_OK) {
        free(code);
        anchor_round_failed(anchor, "its answer to eth_getCode can't be read");
        return;
    }
    struct badge_hash hash;
    badge_keccak256(&hash, code, len);
    free(code);
    char address[BADGE_ADDRESS_LEN + 1];
    badge_address_format(address, &anchor->options.contract);
    if (len == 0) {
        anchor_set_health(anchor, "no_contract",
                          "there is no contract at %s: `badge deploy`, or correct chain.contract", address);
        end(anchor, TRUST_NOTHING);
    } else if (badge_hash_compare(&hash, &badge_registry_code_hash) != 0) {
        anchor_set_health(anchor, "wrong_contract", "the contract at %s is not BadgeRegistry: correct chain.contract",
                          address);
        end(anchor, TRUST_NOTHING);
    } else {
        ask_history(anchor);
    }
}

static void chain_id_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    uint64_t chain_id;
    if (rpc_read_u64(&chain_id, reply->result) != BADGE_OK) {
        anchor_round_failed(anchor, "its answer to eth_chainId can't be read");
        return;
    }
    if (chain_id != anchor->options.chain_id) {
        anchor_set_health(anchor, "wrong_chain", "%s serves chain %llu, chain.id is %llu: correct one of them",
                          provider(anchor), (unsigned long long)chain_id, (unsigned long long)anchor->options.chain_id);
        end(anchor, TRUST_NOTHING);
        return;
    }
    json_t *params = json_pack("[os]", rpc_hex(anchor->options.contract.b, 20), "latest");
    anchor_ask(anchor, "eth_getCode", params, code_answered);
}

void check_begin(struct anchor *anchor)
{
    anchor_ask(anchor, "eth_chainId", json_array(), chain_id_answered);
}
