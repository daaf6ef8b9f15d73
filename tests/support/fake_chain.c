/*
 * The fake chain. Nothing happens in it by itself: when a provider is asked, the blocks that have become due on the
 * simulated clock are mined first. Only the loop's thread, and who has the turn of the loop, may call it.
 */
#include "support/fake_chain.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/eth.h"
#include "chain/rpc.h"
#include "core/address_word.h"
#include "support/fake_clock.h"

#define BLOCK_MS 1000
#define REPLY_MS 1
#define N_PROVIDERS 2
#define MAX_SENT 512
#define MAX_MINED 16
#define MAX_REORGS 8
#define MAX_REQUESTS 1024
#define CHAIN_ID 31337

const struct badge_address fake_contract = {{0xc0, 1}}, fake_issuer = {{0x15, 2}};
const uint8_t fake_operator_key[32] = {[31] = 7};

struct mined {
    struct badge_hash hash, root;
    struct badge_address from;
    uint64_t block, tree_size;
    bool failed, is_foreign, is_set;
    size_t n_events; /* of a set */
};

static struct {
    uv_loop_t *loop;
    uint64_t chain_id, head, head_at_ms;
    uint64_t held_final, deployed_at, events_span, first_events;
    uint64_t fork_from[MAX_REORGS]; /* the first block that each reorganization replaced */
    uint8_t n_forks;
    bool includes, is_operator, is_legacy, is_frozen, on_demand, final_at_once, has_finality;
    uint64_t base_fee_wei, tip_wei, balance_wei, gas_limit, block_number_offset;
    enum fake_deployed deployed;
    enum fake_lie lie[N_PROVIDERS];
    unsigned n_calls[N_PROVIDERS], n_providers, n_lost;
    void (*on_reply)(void);

    struct badge_address operator_account;
    uint64_t nonce;
    const char *refusal;
    int64_t refusal_code;
    unsigned n_refusing, n_reverting;
    struct fake_sent sent[MAX_SENT];
    unsigned n_sent;
    struct badge_hash pool[MAX_SENT];
    unsigned n_pool;
    struct mined mined[MAX_MINED];
    unsigned n_mined;
    uint64_t revoked_at[MAX_REQUESTS]; /* a block; 0: not revoked */
} chain;

/* -- blocks -------------------------------------------------------------------------------------------------------- */

struct badge_hash fake_chain_block_hash(uint64_t number)
{
    struct badge_hash hash = {{0xb1}};
    for (uint8_t i = 0; i < chain.n_forks; i++)
        if (number >= chain.fork_from[i])
            hash.b[1] = (uint8_t)(i + 1);
    memcpy(hash.b + 2, &number, sizeof number);
    return hash;
}

static uint64_t final_block(void)
{
    if (chain.held_final > 0)
        return chain.held_final;
    uint64_t depth = chain.final_at_once ? 0 : 2;
    return chain.has_finality && chain.head > depth ? chain.head - depth : 0;
}

static bool is_anchor(const struct mined *mined)
{
    return !mined->failed && !mined->is_set;
}

/* The anchor's place in the issuer's log. */
static uint64_t sequence_of(const struct mined *anchor)
{
    uint64_t sequence = 1;
    for (const struct mined *mined = chain.mined; mined < chain.mined + chain.n_mined; mined++)
        sequence += is_anchor(mined) &&
                    (mined->block < anchor->block || (mined->block == anchor->block && mined < anchor));
    return sequence;
}

static struct mined *mined_root(const struct badge_hash *root)
{
    for (struct mined *mined = chain.mined; mined < chain.mined + chain.n_mined; mined++)
        if (is_anchor(mined) && badge_hash_compare(&mined->root, root) == 0)
            return mined;
    return NULL;
}

static void add_mined(const struct mined *mined)
{
    assert_true(chain.n_mined < MAX_MINED);
    chain.mined[chain.n_mined++] = *mined;
}

static void include(const struct badge_hash *hash)
{
    const struct fake_job *job = NULL;
    const struct store_attempt *attempt = fake_store_find(hash, &job);
    if (attempt->nonce != chain.nonce)
        return; /* replaced */
    chain.nonce++;
    struct mined mined = {.hash = *hash, .from = attempt->from, .block = chain.head, .is_set = fake_store_is_set(job)};
    mined.failed = chain.n_reverting > 0 || (!mined.is_set && mined_root(&job->root));
    chain.n_reverting -= chain.n_reverting > 0;
    if (!mined.is_set) {
        mined.root = job->root;
        mined.tree_size = job->tree_size;
    }
    size_t end = mined.is_set && !mined.failed ? job->first_request + job->n_digests : 0;
    for (size_t i = job->first_request; i < end; i++)
        if (chain.revoked_at[i] == 0) { /* like the contract, which skips what is already revoked */
            chain.revoked_at[i] = chain.head;
            mined.n_events++;
        }
    add_mined(&mined);
}

void fake_chain_mine(unsigned n_blocks)
{
    for (; n_blocks > 0; n_blocks--) {
        chain.head++;
        for (unsigned i = 0; chain.includes && i < chain.n_pool; i++)
            include(&chain.pool[i]);
        chain.n_pool = chain.includes ? 0 : chain.n_pool;
    }
    fake_store_set_final_block(final_block());
}

static void mine_what_is_due(void)
{
    while (fake_clock_ms() >= chain.head_at_ms + BLOCK_MS) {
        chain.head_at_ms += BLOCK_MS;
        if (!chain.is_frozen)
            fake_chain_mine(1);
    }
}

void fake_chain_set_head(uint64_t number)
{
    chain.head = number;
    fake_store_set_final_block(final_block());
}

void fake_chain_freeze(bool frozen)
{
    chain.is_frozen = frozen;
}

void fake_chain_on_demand(bool final)
{
    chain.is_frozen = chain.on_demand = true;
    chain.final_at_once = final;
}

void fake_chain_hold_final(void)
{
    chain.held_final = 0;
    chain.held_final = final_block();
}

void fake_chain_finalize_head(void)
{
    chain.final_at_once = true;
    chain.held_final = 0;
    fake_store_set_final_block(final_block());
}

void fake_chain_include(bool includes)
{
    chain.includes = includes;
}

void fake_chain_finality(bool has_finality)
{
    chain.has_finality = has_finality;
    fake_store_set_final_block(final_block());
}

void fake_chain_reorg(uint64_t depth)
{
    assert_true(chain.n_forks < MAX_REORGS && depth <= chain.head);
    chain.fork_from[chain.n_forks++] = chain.head - depth + 1;
}

void fake_chain_reorg_to_empty(uint64_t depth)
{
    fake_chain_reorg(depth);
    unsigned n_kept = 0;
    for (unsigned i = 0; i < chain.n_mined; i++) {
        if (chain.mined[i].block <= chain.head - depth)
            chain.mined[n_kept++] = chain.mined[i];
        else
            chain.nonce -= !chain.mined[i].is_foreign;
    }
    chain.n_mined = n_kept;
    chain.n_pool = 0;
    for (size_t i = 0; i < MAX_REQUESTS; i++)
        if (chain.revoked_at[i] > chain.head - depth)
            chain.revoked_at[i] = 0;
}

/* -- transactions -------------------------------------------------------------------------------------------------- */

void fake_chain_refuse(const char *error, unsigned n)
{
    chain.refusal = error;
    chain.n_refusing = n;
}

void fake_chain_refuse_with(int64_t code)
{
    chain.refusal_code = code;
}

unsigned fake_chain_n_refusing(void)
{
    return chain.n_refusing;
}

void fake_chain_revert(unsigned n)
{
    chain.n_reverting = n;
}

void fake_chain_set_nonce(uint64_t nonce)
{
    chain.nonce = nonce;
}

uint64_t fake_chain_nonce(void)
{
    return chain.nonce;
}

void fake_chain_forget_sent(void)
{
    chain.n_sent = chain.n_pool = 0;
}

void fake_chain_add_anchor(const struct badge_hash *root, uint64_t tree_size, uint64_t block)
{
    add_mined(
        &(struct mined){.hash = {{0xee}}, .root = *root, .block = block, .tree_size = tree_size, .is_foreign = true});
}

void fake_chain_add_anchor_of_operator(const struct badge_hash *root)
{
    chain.head++;
    chain.nonce++;
    add_mined(&(struct mined){
        .hash = {{0xef}}, .from = chain.operator_account, .root = *root, .block = chain.head, .tree_size = 3});
    fake_store_set_final_block(final_block());
}

void fake_chain_limit_events(uint64_t span, uint64_t first)
{
    chain.events_span = span;
    chain.first_events = first;
}

void fake_chain_add_revoked(size_t request)
{
    chain.revoked_at[request] = 1;
}

bool fake_chain_is_revoked(size_t request)
{
    return chain.revoked_at[request] > 0;
}

unsigned fake_chain_n_sent(void)
{
    return chain.n_sent;
}

const struct fake_sent *fake_chain_sent(unsigned i)
{
    assert_true(i < chain.n_sent);
    return &chain.sent[i];
}

bool fake_chain_has_in_pool(const struct badge_hash *transaction)
{
    for (unsigned i = 0; i < chain.n_pool; i++)
        if (badge_hash_compare(&chain.pool[i], transaction) == 0)
            return true;
    return false;
}

unsigned fake_chain_n_mined(void)
{
    return chain.n_mined;
}

static unsigned n_anchored_at(uint64_t block)
{
    unsigned n = 0;
    for (unsigned i = 0; i < chain.n_mined; i++)
        n += is_anchor(&chain.mined[i]) && chain.mined[i].block <= block;
    return n;
}

unsigned fake_chain_n_anchored(void)
{
    return n_anchored_at(UINT64_MAX);
}

/* -- what the chain is like ---------------------------------------------------------------------------------------- */

void fake_chain_reset(uv_loop_t *loop)
{
    memset(&chain, 0, sizeof chain);
    chain.loop = loop;
    chain.chain_id = CHAIN_ID;
    chain.head = 10;
    chain.head_at_ms = fake_clock_ms();
    chain.base_fee_wei = chain.tip_wei = GWEI;
    chain.balance_wei = GWEI * GWEI;
    chain.includes = chain.is_operator = chain.has_finality = true;
    struct badge_key *key;
    assert_int_equal(badge_key_from_bytes(&key, fake_operator_key, NULL), BADGE_OK);
    badge_key_address(&chain.operator_account, key);
    badge_key_free(key);
    fake_store_set_final_block(final_block());
}

void fake_chain_deploy(enum fake_deployed deployed)
{
    chain.deployed = deployed;
}

void fake_chain_deploy_at(uint64_t block)
{
    chain.deployed_at = block;
}

void fake_chain_set_id(uint64_t chain_id)
{
    chain.chain_id = chain_id;
}

void fake_chain_set_operator(bool is_operator)
{
    chain.is_operator = is_operator;
}

void fake_chain_set_balance(uint64_t wei)
{
    chain.balance_wei = wei;
}

void fake_chain_set_base_fee(uint64_t wei)
{
    chain.base_fee_wei = wei;
}

void fake_chain_set_legacy(uint64_t gas_price_wei)
{
    chain.is_legacy = true;
    chain.tip_wei = gas_price_wei;
}

void fake_chain_set_gas_limit(uint64_t gas)
{
    chain.gas_limit = gas;
}

void fake_chain_set_block_number_offset(uint64_t offset)
{
    chain.block_number_offset = offset;
}

/* -- a provider's answers ------------------------------------------------------------------------------------------ */

static json_t *block_json(uint64_t number)
{
    struct badge_hash hash = fake_chain_block_hash(number);
    json_t *block = json_pack("{s:o,s:o,s:o}", "number", rpc_quantity(number), "hash", rpc_hex(hash.b, 32), "timestamp",
                              rpc_quantity(FAKE_CHAIN_START_S - 10 + number));
    if (!chain.is_legacy)
        json_object_set_new(block, "baseFeePerGas", rpc_quantity(chain.base_fee_wei));
    if (chain.gas_limit > 0)
        json_object_set_new(block, "gasLimit", rpc_quantity(chain.gas_limit));
    return block;
}

static json_t *get_block(const json_t *params, enum fake_lie lie)
{
    const char *which = json_string_value(json_array_get(params, 0));
    if (strcmp(which, "latest") == 0)
        return block_json(lie == FAKE_IS_BEHIND ? chain.head - 3 : chain.head);
    if (strcmp(which, "finalized") == 0)
        return chain.has_finality ? block_json(final_block()) : NULL;
    uint64_t number;
    assert_int_equal(rpc_read_u64(&number, json_array_get(params, 0)), BADGE_OK);
    return block_json(number);
}

static json_t *get_block_by_hash(const json_t *params)
{
    struct badge_hash asked;
    assert_int_equal(rpc_read_hash(&asked, json_array_get(params, 0)), BADGE_OK);
    uint64_t number;
    memcpy(&number, asked.b + 2, sizeof number);
    struct badge_hash there = fake_chain_block_hash(number);
    return badge_hash_compare(&asked, &there) == 0 ? block_json(number) : json_null();
}

/* The runtime code is the end of the init code: the part that has the built-in hash. */
static size_t find_code(void)
{
    static size_t found;
    struct badge_hash hash;
    for (size_t at = 0; found == 0 && at < badge_registry_init_code_len; at++) {
        badge_keccak256(&hash, badge_registry_init_code + at, badge_registry_init_code_len - at);
        if (badge_hash_compare(&hash, &badge_registry_code_hash) == 0)
            found = at;
    }
    assert_true(found > 0);
    return found;
}

static json_t *get_code(const json_t *params)
{
    uint64_t number = chain.head;
    const char *which = json_string_value(json_array_get(params, 1));
    if (strcmp(which, "latest") != 0)
        assert_int_equal(rpc_read_u64(&number, json_array_get(params, 1)), BADGE_OK);
    if (chain.deployed == FAKE_NO_CONTRACT || number < chain.deployed_at)
        return json_string("0x");
    size_t at = find_code();
    return rpc_hex(badge_registry_init_code + at,
                   badge_registry_init_code_len - at - (chain.deployed == FAKE_OTHER_CONTRACT));
}

/* Of the operator, at a block or at "latest". */
static uint64_t nonce_at(const json_t *block)
{
    uint64_t number, nonce = chain.nonce;
    if (rpc_read_u64(&number, block) != BADGE_OK)
        return nonce;
    for (unsigned i = 0; i < chain.n_mined; i++)
        nonce -= chain.mined[i].block > number && !chain.mined[i].is_foreign;
    return nonce;
}

static json_t *words(const uint64_t *value, size_t n)
{
    uint8_t bytes[128] = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 8; k++)
            bytes[i * 32 + 31 - k] = (uint8_t)(value[i] >> (8 * k));
    return rpc_hex(bytes, n * 32);
}

static json_t *call(const json_t *params, enum fake_lie lie)
{
    uint8_t data[BADGE_CALL_MAX_LEN], anchor_of[BADGE_CALL_MAX_LEN];
    struct badge_hash root;
    uint64_t height;
    size_t len;
    if (rpc_read_u64(&height, json_array_get(params, 1)) != BADGE_OK)
        height = chain.head; /* "latest" */
    const json_t *bytes = json_object_get(json_array_get(params, 0), "data");
    assert_int_equal(rpc_read_bytes(data, sizeof data, &len, bytes), BADGE_OK);
    (void)badge_call_log_of(anchor_of, &fake_issuer);
    if (memcmp(data, anchor_of, 36) == 0)
        return words((uint64_t[]){n_anchored_at(height), 0}, 2);
    (void)badge_call_anchor_of(anchor_of, &fake_issuer, &(struct badge_hash){{0}});
    if (memcmp(data, anchor_of, 36) != 0)
        return words(&(uint64_t){chain.is_operator}, 1);
    memcpy(root.b, data + 36, 32);
    const struct mined *mined = mined_root(&root);
    if (lie == FAKE_SPOILS_ROOTS)
        return words((uint64_t[]){1, 1000, 1700000001, 1}, 4);
    if (!mined || mined->block > height)
        return words((uint64_t[]){0, 0, 0, 0}, 4);
    return words((uint64_t[]){sequence_of(mined), mined->tree_size, 1700000000 + mined->block,
                              mined->block + chain.block_number_offset},
                 4);
}

static json_t *event_json(const char *name, const struct badge_hash *subject, const struct badge_address *from,
                          const void *data, size_t data_len)
{
    struct badge_hash topic, issuer = core_address_word(&fake_issuer), sender = core_address_word(from);
    assert_true(badge_registry_topic(&topic, name));
    return json_pack("{s:o,s:[o,o,o,o],s:o}", "address", rpc_hex(fake_contract.b, 20), "topics", rpc_hex(topic.b, 32),
                     rpc_hex(issuer.b, 32), rpc_hex(subject->b, 32), rpc_hex(sender.b, 32), "data",
                     rpc_hex(data, data_len));
}

static json_t *anchored_json(const struct mined *mined)
{
    struct badge_hash block = fake_chain_block_hash(mined->block);
    uint8_t data[64] = {[31] = (uint8_t)sequence_of(mined)};
    data[62] = (uint8_t)(mined->tree_size >> 8);
    data[63] = (uint8_t)mined->tree_size;
    json_t *event = event_json("Anchored", &mined->root, &mined->from, data, sizeof data);
    json_object_set_new(event, "blockNumber", rpc_quantity(mined->block));
    json_object_set_new(event, "logIndex", rpc_quantity(sequence_of(mined)));
    json_object_set_new(event, "transactionHash", rpc_hex(mined->hash.b, 32));
    json_object_set_new(event, "blockHash", rpc_hex(block.b, 32));
    return event;
}

static json_t *events_json(const struct mined *mined, enum fake_lie lie)
{
    json_t *events = json_array();
    if (is_anchor(mined))
        json_array_append_new(events, anchored_json(mined));
    size_t n_revoked = mined->is_set && lie == FAKE_TOO_MANY_EVENTS ? STORE_MAX_SET + 1 : mined->n_events;
    for (; n_revoked > 0; n_revoked--)
        json_array_append_new(events,
                              event_json("Revoked", &(struct badge_hash){{(uint8_t)n_revoked}}, &mined->from, "", 0));
    return events;
}

static json_t *receipt_json(const struct badge_hash *hash, enum fake_lie lie)
{
    const struct mined *mined = NULL, other = {.hash = {{7}}, .block = 1, .failed = true};
    for (unsigned i = 0; i < chain.n_mined && !mined; i++)
        if (badge_hash_compare(&chain.mined[i].hash, hash) == 0)
            mined = &chain.mined[i];
    if (lie == FAKE_OTHER_RECEIPT)
        mined = &other;
    if (!mined)
        return json_null();
    struct badge_hash block = fake_chain_block_hash(mined->block);
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "transactionHash", rpc_hex(mined->hash.b, 32), "blockHash",
                     rpc_hex(block.b, 32), "blockNumber", rpc_quantity(mined->block), "gasUsed", rpc_quantity(55000),
                     "status", rpc_quantity(!mined->failed), "logs", events_json(mined, lie));
}

static json_t *anchors_between(uint64_t first, uint64_t last, enum fake_lie lie)
{
    json_t *events = json_array();
    for (const struct mined *mined = chain.mined; mined < chain.mined + chain.n_mined; mined++) {
        const struct badge_address *from = lie == FAKE_INVENTS_ANCHORS ? &chain.operator_account : &mined->from;
        bool is_hidden = lie == FAKE_HIDES_ANCHORS && mined->hash.b[0] == 0xef;
        if (is_anchor(mined) && !is_hidden && mined->block >= first && mined->block <= last) {
            json_t *event = anchored_json(mined);
            struct badge_hash sender = core_address_word(from);
            json_array_set_new(json_object_get(event, "topics"), 3, rpc_hex(sender.b, 32));
            json_array_append_new(events, event);
        }
    }
    return events;
}

static json_t *get_logs(const json_t *filter, enum fake_lie lie)
{
    struct badge_hash root;
    uint64_t first, last;
    const json_t *root_topic = json_array_get(json_object_get(filter, "topics"), 2);
    if (!root_topic && rpc_read_u64(&first, json_object_get(filter, "fromBlock")) == BADGE_OK &&
        rpc_read_u64(&last, json_object_get(filter, "toBlock")) == BADGE_OK) {
        bool refused = (chain.events_span > 0 && last - first >= chain.events_span) || first < chain.first_events ||
                       lie == FAKE_NO_EVENTS;
        return refused || last > chain.head ? NULL : anchors_between(first, last, lie);
    }
    if (rpc_read_hash(&root, root_topic) != BADGE_OK ||
        rpc_read_u64(&first, json_object_get(filter, "fromBlock")) != BADGE_OK ||
        rpc_read_u64(&last, json_object_get(filter, "toBlock")) != BADGE_OK || last > chain.head)
        return NULL; /* as some providers that are behind do */
    const struct mined *mined = mined_root(&root);
    bool is_there = mined && mined->block >= first && mined->block <= last;
    return is_there ? json_pack("[o]", anchored_json(mined)) : json_array();
}

static const char *send_raw(const json_t *params, json_t **result)
{
    static uint8_t raw[STORE_MAX_RAW_LEN];
    size_t len;
    struct badge_hash hash;
    const struct fake_job *job;
    assert_int_equal(rpc_read_bytes(raw, sizeof raw, &len, json_array_get(params, 0)), BADGE_OK);
    badge_keccak256(&hash, raw, len);
    const struct store_attempt *attempt = fake_store_find(&hash, &job);
    assert_non_null(attempt); /* persist before effect */
    assert_true(chain.n_sent < MAX_SENT);
    chain.sent[chain.n_sent++] = (struct fake_sent){hash, attempt->nonce, attempt->max_fee_wei, chain.head};
    if (chain.n_refusing > 0) {
        chain.n_refusing--;
        return chain.refusal;
    }
    if (fake_chain_has_in_pool(&hash))
        return "already known";
    if (attempt->nonce < chain.nonce)
        return "nonce too low";
    chain.pool[chain.n_pool++] = hash;
    if (chain.on_demand)
        fake_chain_mine(1);
    *result = rpc_hex(hash.b, 32);
    return NULL;
}

/* Returns the error, or NULL if *result is set. */
static const char *answer(const char *method, const json_t *params, enum fake_lie lie, json_t **result)
{
    struct badge_hash hash;
    *result = NULL;
    if (strcmp(method, "eth_sendRawTransaction") == 0)
        return send_raw(params, result);
    if (strcmp(method, "eth_getBlockByNumber") == 0)
        *result = get_block(params, lie);
    else if (strcmp(method, "eth_getBlockByHash") == 0)
        *result = get_block_by_hash(params);
    else if (strcmp(method, "eth_chainId") == 0)
        *result = rpc_quantity(chain.chain_id);
    else if (strcmp(method, "eth_getCode") == 0)
        *result = get_code(params);
    else if (strcmp(method, "eth_call") == 0)
        *result = call(params, lie);
    else if (strcmp(method, "eth_getBalance") == 0)
        *result = rpc_quantity(chain.balance_wei);
    else if (strcmp(method, "eth_getTransactionCount") == 0)
        *result = rpc_quantity(lie == FAKE_HIDES_NONCE ? 0 : nonce_at(json_array_get(params, 1)));
    else if (strcmp(method, chain.is_legacy ? "eth_gasPrice" : "eth_maxPriorityFeePerGas") == 0)
        *result = rpc_quantity(chain.tip_wei);
    else if (strcmp(method, "eth_estimateGas") == 0)
        *result = rpc_quantity(56000);
    else if (strcmp(method, "eth_getTransactionReceipt") == 0 &&
             rpc_read_hash(&hash, json_array_get(params, 0)) == BADGE_OK)
        *result = receipt_json(&hash, lie);
    else if (strcmp(method, "eth_getLogs") == 0)
        *result = get_logs(json_array_get(params, 0), lie);
    return *result ? NULL : "the method does not exist";
}

/* -- providers, in place of chain/rpc.c ---------------------------------------------------------------------------- */

struct rpc {
    unsigned index;
};
struct pending_call {
    uv_timer_t timer; /* until the reply */
    struct rpc rpc;   /* a copy: the rpc may be freed meanwhile */
    char method[40];
    json_t *params;
    rpc_callback callback;
    void *context;
};

void fake_provider_lies(unsigned provider, enum fake_lie lie)
{
    chain.lie[provider] = lie;
}

void fake_providers_lie(enum fake_lie lie)
{
    for (unsigned i = 0; i < N_PROVIDERS; i++)
        chain.lie[i] = lie;
}

unsigned fake_provider_n_calls(unsigned provider)
{
    return chain.n_calls[provider];
}

unsigned fake_providers_n_lost(void)
{
    return chain.n_lost;
}

void fake_providers_on_reply(void (*on_reply)(void))
{
    chain.on_reply = on_reply;
}

enum badge_status rpc_new(struct rpc **out, struct net_client *client, const char *url, struct badge_err *err)
{
    (void)client, (void)url, (void)err;
    *out = calloc(1, sizeof **out);
    assert_non_null(*out);
    (*out)->index = chain.n_providers++ % N_PROVIDERS;
    return BADGE_OK;
}

void rpc_free(struct rpc *rpc)
{
    free(rpc);
}

const char *rpc_name(const struct rpc *rpc)
{
    return rpc->index == 0 ? "http://first" : "http://second";
}

static void on_closed(uv_handle_t *timer)
{
    struct pending_call *pending = timer->data;
    json_decref(pending->params);
    free(pending);
}

static void on_reply_due(uv_timer_t *timer)
{
    struct pending_call *pending = timer->data;
    enum fake_lie lie = chain.lie[pending->rpc.index];
    struct rpc_reply reply = {.error_text = "", .error_data = "", .err = {.text = "connection refused"}};
    chain.n_calls[pending->rpc.index]++;
    mine_what_is_due();
    bool is_lost = lie == FAKE_LOSES_EVENTS && strcmp(pending->method, "eth_getLogs") == 0;
    chain.n_lost += is_lost;
    if (lie == FAKE_UNREACHABLE || is_lost) {
        reply.status = BADGE_EIO;
    } else {
        const char *error = answer(pending->method, pending->params, lie, &reply.result);
        reply.status = error ? BADGE_EREFUSED : BADGE_OK;
        reply.error_text = error ? error : "";
        reply.error_code = !error ? 0 : error == chain.refusal && chain.refusal_code != 0 ? chain.refusal_code : -32000;
    }
    pending->callback(pending->context, &reply);
    json_decref(reply.result);
    uv_close((uv_handle_t *)timer, on_closed);
    if (chain.on_reply)
        chain.on_reply();
}

enum badge_status rpc_call(struct rpc *rpc, const char *method, json_t *params, rpc_callback callback, void *context,
                           struct badge_err *err)
{
    (void)err;
    assert_non_null(params);
    struct pending_call *pending = calloc(1, sizeof *pending);
    assert_non_null(pending);
    pending->rpc = *rpc;
    pending->params = params;
    pending->callback = callback;
    pending->context = context;
    snprintf(pending->method, sizeof pending->method, "%s", method);
    uv_timer_init(chain.loop, &pending->timer);
    pending->timer.data = pending;
    uv_timer_start(&pending->timer, on_reply_due, REPLY_MS, 0);
    return BADGE_OK;
}
