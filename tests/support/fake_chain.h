/*
 * A fake chain with a mempool for the tests of anchor/. It does what anvil never does: geth's errors, stuck
 * transactions, reorganizations, receipts that vanish, a spoiled root, a chain that was reset. It defines rpc_new(),
 * rpc_call() and their family in place of node/chain/rpc.c. At every broadcast it asserts that the transaction is
 * already in the store. Include it in one file of a test program. README.md here shows how to write a test with it.
 */
#ifndef TESTS_FAKE_CHAIN_H
#define TESTS_FAKE_CHAIN_H

#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/rpc.h"
#include "support/fake_store.h"

#define MAX_SENT 128
#define DEADLINE_MS 120000
#define GWEI UINT64_C(1000000000)

static const struct badge_address contract = {{0xc0, 1}}, issuer = {{0x15, 2}};

/* -- the chain ----------------------------------------------------------------------------------------------------- */

struct sent {
    struct badge_hash hash;
    struct store_job_id job;
    uint64_t nonce, max_fee_wei;
};
struct mined {
    struct badge_hash hash, root;
    uint64_t block, tree_size;
    bool failed;
    uint32_t set; /* the number of its set; 0: the anchor of a batch */
    size_t n_events;
};

static struct {
    uint64_t chain_id, head, base_fee_wei, tip_wei, nonce, balance_wei;
    uint8_t fork;     /* part of every block's hash */
    bool mining;      /* each new block includes the transactions of the pool */
    bool is_operator; /* what the contract's isOperator() returns */
    bool legacy, no_contract, wrong_contract, unreachable[2], no_finality;
    bool first_reports_spoiled;   /* the first provider reports every root as spoiled */
    uint64_t block_number_offset; /* added to the block numbers that the contract stores, as on a rollup */
    bool wrong_receipt;           /* returns the receipt of another transaction, which reverted */
    bool show_receipts;           /* false: transactions have no receipt */
    bool frozen;                  /* no new blocks */
    const char *refuse_send;      /* the error for the next n_refuse_sends broadcasts */
    unsigned n_refuse_sends;
    struct sent sent[MAX_SENT];
    unsigned n_sent;
    struct badge_hash pool[MAX_SENT];
    unsigned n_pool;
    struct mined mined[16];
    unsigned n_mined;
    bool revoked[MAX_REQUESTS]; /* by index in disk.request */
    bool extra_events;          /* receipts of sets have more events than a set may have digests */
    uint64_t gas_limit;         /* of blocks; 0: blocks don't state it */
    uint64_t include_failed;    /* the next so many transactions revert */
    unsigned n_calls;           /* JSON-RPC calls, to all providers */
    unsigned n_calls_to[2];     /* by provider */
    unsigned current_provider;  /* the one that answers now */
} chain;

static struct badge_hash block_hash(uint64_t number)
{
    struct badge_hash hash = {{0xb1, chain.fork}};
    memcpy(hash.b + 2, &number, sizeof number);
    return hash;
}

/* All blocks but the last two are final. */
static bool block_is_final(uint64_t number)
{
    return number + 2 <= chain.head && !chain.no_finality;
}

static const struct store_attempt *attempt_of(const struct badge_hash *hash, struct store_job_id *job)
{
    for (size_t i = 0; i < MAX_JOBS; i++)
        for (size_t k = 0; k < disk.n_attempts[i]; k++)
            if (badge_hash_compare(&disk.attempt[i][k].transaction, hash) == 0) {
                *job = job_at(i);
                return &disk.attempt[i][k];
            }
    return NULL;
}

static struct mined *mined_root(const struct badge_hash *root)
{
    for (unsigned i = 0; i < chain.n_mined; i++)
        if (!chain.mined[i].failed && chain.mined[i].set == 0 && badge_hash_compare(&chain.mined[i].root, root) == 0)
            return &chain.mined[i];
    return NULL;
}

/* Like the contract, skips a digest that is already revoked. */
static void include_set(const struct badge_hash *hash, uint32_t number)
{
    size_t first = first_request(number), n = disk.set[number - 1].n_digests, n_events = 0;
    bool failed = chain.include_failed > 0;
    chain.include_failed -= failed;
    for (size_t i = first; i < first + n && !failed; i++) {
        n_events += !chain.revoked[i];
        chain.revoked[i] = true;
    }
    chain.mined[chain.n_mined++] = (struct mined){
        .hash = *hash, .set = number, .block = chain.head, .n_events = n_events, .failed = failed};
}

static void include(const struct badge_hash *hash)
{
    struct store_job_id job;
    const struct store_attempt *attempt = attempt_of(hash, &job);
    if (attempt->nonce != chain.nonce)
        return; /* replaced */
    chain.nonce++;
    if (job.kind == STORE_JOB_SET) {
        include_set(hash, job.number);
        return;
    }
    const struct store_batch *batch = &disk.batch[job.number - 1];
    bool failed = chain.include_failed > 0 || mined_root(&batch->root) != NULL;
    chain.include_failed -= chain.include_failed > 0;
    chain.mined[chain.n_mined++] = (struct mined){
        .hash = *hash, .root = batch->root, .block = chain.head, .tree_size = batch->tree_size, .failed = failed};
}

static json_t *block_json(uint64_t number)
{
    struct badge_hash hash = block_hash(number);
    json_t *block = json_pack("{s:o,s:o,s:o}", "number", rpc_quantity(number), "hash", rpc_hex(hash.b, 32), "timestamp",
                              rpc_quantity(1700000000 + number));
    if (!chain.legacy)
        json_object_set_new(block, "baseFeePerGas", rpc_quantity(chain.base_fee_wei));
    if (chain.gas_limit)
        json_object_set_new(block, "gasLimit", rpc_quantity(chain.gas_limit));
    return block;
}

static json_t *event_json(const struct mined *mined)
{
    struct badge_hash topic, who = {{0}}, block = block_hash(mined->block);
    assert_true(badge_registry_topic(&topic, "Anchored"));
    memcpy(who.b + 12, issuer.b, 20);
    uint8_t data[64] = {[31] = 9}; /* sequence */
    data[62] = (uint8_t)(mined->tree_size >> 8);
    data[63] = (uint8_t)mined->tree_size;
    return json_pack("{s:o,s:[o,o,o,o],s:o,s:o,s:o}", "address", rpc_hex(contract.b, 20), "topics",
                     rpc_hex(topic.b, 32), rpc_hex(who.b, 32), rpc_hex(mined->root.b, 32), rpc_hex(who.b, 32), "data",
                     rpc_hex(data, sizeof data), "transactionHash", rpc_hex(mined->hash.b, 32), "blockHash",
                     rpc_hex(block.b, 32));
}

static void add_revoked(json_t *logs, size_t n)
{
    struct badge_hash topic, who = {{0}};
    assert_true(badge_registry_topic(&topic, "Revoked"));
    memcpy(who.b + 12, issuer.b, 20);
    for (; n > 0; n--)
        json_array_append_new(logs,
                              json_pack("{s:o,s:[o,o,o,o],s:s}", "address", rpc_hex(contract.b, 20), "topics",
                                        rpc_hex(topic.b, 32), rpc_hex(who.b, 32),
                                        rpc_hex((uint8_t[32]){(uint8_t)n}, 32), rpc_hex(who.b, 32), "data", "0x"));
}

static json_t *receipt_json(const struct badge_hash *hash)
{
    if (chain.wrong_receipt)
        return json_pack("{s:o,s:o,s:o,s:o,s:o,s:[]}", "transactionHash", rpc_hex((uint8_t[32]){7}, 32), "blockHash",
                         rpc_hex(block_hash(1).b, 32), "blockNumber", rpc_quantity(1), "gasUsed", rpc_quantity(55000),
                         "status", rpc_quantity(0), "logs");
    for (unsigned i = 0; chain.show_receipts && i < chain.n_mined; i++) {
        const struct mined *mined = &chain.mined[i];
        if (badge_hash_compare(&mined->hash, hash) != 0)
            continue;
        struct badge_hash block = block_hash(mined->block);
        json_t *logs = json_array();
        if (mined->set != 0)
            add_revoked(logs, chain.extra_events ? STORE_MAX_SET + 1 : mined->n_events);
        else if (!mined->failed)
            json_array_append_new(logs, event_json(mined));
        return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "transactionHash", rpc_hex(hash->b, 32), "blockHash",
                         rpc_hex(block.b, 32), "blockNumber", rpc_quantity(mined->block), "gasUsed",
                         rpc_quantity(55000), "status", rpc_quantity(!mined->failed), "logs", logs);
    }
    return json_null();
}

static json_t *latest(void)
{
    chain.head += !chain.frozen;
    for (unsigned i = 0; chain.mining && i < chain.n_pool; i++)
        include(&chain.pool[i]);
    if (chain.mining)
        chain.n_pool = 0;
    return block_json(chain.head);
}

static json_t *get_block(const json_t *params)
{
    const char *which = json_string_value(json_array_get(params, 0));
    if (strcmp(which, "latest") == 0)
        return latest();
    if (strcmp(which, "finalized") == 0)
        return chain.no_finality ? NULL : block_json(chain.head > 2 ? chain.head - 2 : 0);
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
    struct badge_hash there = block_hash(number);
    return badge_hash_compare(&asked, &there) == 0 ? block_json(number) : json_null();
}

static json_t *words(const uint64_t *value, size_t n)
{
    uint8_t bytes[128] = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 8; k++)
            bytes[i * 32 + 31 - k] = (uint8_t)(value[i] >> (8 * k));
    return rpc_hex(bytes, n * 32);
}

static json_t *call(const json_t *params)
{
    uint8_t data[BADGE_CALL_MAX_LEN], anchor_of[BADGE_CALL_MAX_LEN];
    struct badge_hash root;
    size_t len;
    const json_t *bytes = json_object_get(json_array_get(params, 0), "data");
    assert_int_equal(rpc_read_bytes(data, sizeof data, &len, bytes), BADGE_OK);
    (void)badge_call_anchor_of(anchor_of, &issuer, &(struct badge_hash){{0}});
    if (memcmp(data, anchor_of, 36) != 0)
        return words(&(uint64_t){chain.is_operator}, 1);
    memcpy(root.b, data + 36, 32);
    const struct mined *mined = mined_root(&root);
    if (chain.first_reports_spoiled && chain.current_provider == 0)
        return words((uint64_t[]){9, 1000, 1700000001, 1}, 4);
    uint64_t height;
    if (rpc_read_u64(&height, json_array_get(params, 1)) != BADGE_OK)
        height = chain.head; /* "latest" */
    if (mined == NULL || mined->block > height)
        return words((uint64_t[]){0, 0, 0, 0}, 4);
    return words((uint64_t[]){9, mined->tree_size, 1700000000 + mined->block, mined->block + chain.block_number_offset},
                 4);
}

static json_t *get_logs(const json_t *filter)
{
    struct badge_hash root;
    uint64_t first, last;
    if (rpc_read_hash(&root, json_array_get(json_object_get(filter, "topics"), 2)) != BADGE_OK ||
        rpc_read_u64(&first, json_object_get(filter, "fromBlock")) != BADGE_OK ||
        rpc_read_u64(&last, json_object_get(filter, "toBlock")) != BADGE_OK || last > chain.head)
        return NULL; /* as some providers that are behind do */
    const struct mined *mined = mined_root(&root);
    bool is_there = mined != NULL && mined->block >= first && mined->block <= last;
    return is_there ? json_pack("[o]", event_json(mined)) : json_array();
}

/* The runtime code is the end of the init code: the part that has the built-in hash. */
static json_t *get_code(void)
{
    if (chain.no_contract)
        return json_string("0x");
    for (size_t at = 0; at < badge_registry_init_code_len; at++) {
        struct badge_hash hash;
        size_t len = badge_registry_init_code_len - at;
        badge_keccak256(&hash, badge_registry_init_code + at, len);
        if (badge_hash_compare(&hash, &badge_registry_code_hash) == 0)
            return rpc_hex(badge_registry_init_code + at, len - chain.wrong_contract);
    }
    fail_msg("the artifact's code is not the end of its init code");
    return NULL;
}

static const char *send_raw(const json_t *params, json_t **result)
{
    uint8_t raw[STORE_MAX_RAW_LEN];
    size_t len;
    struct badge_hash hash;
    struct store_job_id job;
    assert_int_equal(rpc_read_bytes(raw, sizeof raw, &len, json_array_get(params, 0)), BADGE_OK);
    badge_keccak256(&hash, raw, len);
    const struct store_attempt *attempt = attempt_of(&hash, &job);
    assert_non_null(attempt); /* persist before effect */
    assert_true(chain.n_sent < MAX_SENT);
    chain.sent[chain.n_sent++] = (struct sent){hash, job, attempt->nonce, attempt->max_fee_wei};
    if (chain.n_refuse_sends > 0) {
        chain.n_refuse_sends--;
        return chain.refuse_send;
    }
    for (unsigned i = 0; i < chain.n_pool; i++)
        if (badge_hash_compare(&chain.pool[i], &hash) == 0)
            return "already known";
    if (attempt->nonce < chain.nonce)
        return "nonce too low";
    chain.pool[chain.n_pool++] = hash;
    *result = rpc_hex(hash.b, 32);
    return NULL;
}

/* Returns the error, or NULL if *result is set. */
static const char *answer(const char *method, const json_t *params, json_t **result)
{
    struct badge_hash hash;
    *result = NULL;
    if (strcmp(method, "eth_sendRawTransaction") == 0)
        return send_raw(params, result);
    if (strcmp(method, "eth_getBlockByNumber") == 0)
        *result = get_block(params);
    else if (strcmp(method, "eth_getBlockByHash") == 0)
        *result = get_block_by_hash(params);
    else if (strcmp(method, "eth_chainId") == 0)
        *result = rpc_quantity(chain.chain_id);
    else if (strcmp(method, "eth_getCode") == 0)
        *result = get_code();
    else if (strcmp(method, "eth_call") == 0)
        *result = call(params);
    else if (strcmp(method, "eth_getBalance") == 0)
        *result = rpc_quantity(chain.balance_wei);
    else if (strcmp(method, "eth_getTransactionCount") == 0)
        *result = rpc_quantity(chain.nonce);
    else if (strcmp(method, chain.legacy ? "eth_gasPrice" : "eth_maxPriorityFeePerGas") == 0)
        *result = rpc_quantity(chain.tip_wei);
    else if (strcmp(method, "eth_estimateGas") == 0)
        *result = rpc_quantity(56000);
    else if (strcmp(method, "eth_getTransactionReceipt") == 0 &&
             rpc_read_hash(&hash, json_array_get(params, 0)) == BADGE_OK)
        *result = receipt_json(&hash);
    else if (strcmp(method, "eth_getLogs") == 0)
        *result = get_logs(json_array_get(params, 0));
    return *result == NULL ? "the method does not exist" : NULL;
}

/* -- the transport: a reply arrives one loop iteration later ------------------------------------------------------- */

struct rpc {
    unsigned index;
};
struct pending_call {
    struct rpc *rpc;
    char method[40];
    json_t *params;
    rpc_callback callback;
    void *context;
    struct pending_call *next;
};

static struct {
    uv_loop_t loop;
    uv_idle_t idle;
    struct pending_call *first, **last;
    struct anchor *anchor;
    uint64_t began_ms;
    bool (*done)(void);
    unsigned close_after; /* closes the anchor after so many calls; 0: never */
    unsigned n_rpcs;
} t;

enum badge_status rpc_new(struct rpc **out, struct net_client *client, const char *url, struct badge_err *err)
{
    (void)client, (void)url, (void)err;
    *out = calloc(1, sizeof **out);
    (*out)->index = t.n_rpcs++;
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

enum badge_status rpc_call(struct rpc *rpc, const char *method, json_t *params, rpc_callback callback, void *context,
                           struct badge_err *err)
{
    (void)err;
    assert_non_null(params);
    struct pending_call *pending = calloc(1, sizeof *pending);
    *pending = (struct pending_call){.rpc = rpc, .params = params, .callback = callback, .context = context};
    snprintf(pending->method, sizeof pending->method, "%s", method);
    *t.last = pending;
    t.last = &pending->next;
    return BADGE_OK;
}

static void deliver(struct pending_call *pending)
{
    struct rpc_reply reply = {.error_text = "", .error_data = "", .err = {.text = "connection refused"}};
    chain.n_calls++;
    chain.n_calls_to[pending->rpc->index]++;
    chain.current_provider = pending->rpc->index;
    if (chain.unreachable[pending->rpc->index]) {
        reply.status = BADGE_EIO;
    } else {
        json_t *result;
        const char *error = answer(pending->method, pending->params, &result);
        reply.status = error == NULL ? BADGE_OK : BADGE_EREFUSED;
        reply.error_text = error == NULL ? "" : error;
        reply.error_code = error == NULL ? 0 : -32000;
        reply.result = result;
    }
    pending->callback(pending->context, &reply);
    json_decref(reply.result);
    json_decref(pending->params);
    free(pending);
}

static void on_idle(uv_idle_t *idle)
{
    pthread_mutex_lock(&turn);
    struct pending_call *pending = t.first;
    if (pending != NULL) {
        t.first = pending->next;
        if (t.first == NULL)
            t.last = &t.first;
        deliver(pending);
    }
    if (t.close_after > 0 && chain.n_calls >= t.close_after && t.anchor != NULL) {
        anchor_close(t.anchor);
        t.anchor = NULL;
    }
    if (t.anchor != NULL)
        anchor_wake(t.anchor); /* the next round, without a pause */
    if (t.done != NULL && t.done())
        uv_stop(idle->loop);
    pthread_mutex_unlock(&turn);
    if (uv_now(idle->loop) - t.began_ms > DEADLINE_MS)
        fail_msg("the condition did not hold within %d s", DEADLINE_MS / 1000);
}

/* -- setup, teardown, the loop ------------------------------------------------------------------------------------- */

static int open_all(void **state)
{
    (void)state;
    memset(&disk, 0, sizeof disk);
    memset(&chain, 0, sizeof chain);
    memset(&t, 0, sizeof t);
    t.last = &t.first;
    chain.chain_id = 31337;
    chain.head = 10;
    chain.base_fee_wei = GWEI;
    chain.tip_wei = GWEI;
    chain.balance_wei = GWEI * GWEI;
    chain.mining = chain.is_operator = chain.show_receipts = true;
    uv_loop_init(&t.loop);
    uv_idle_init(&t.loop, &t.idle);
    return uv_idle_start(&t.idle, on_idle);
}

static void start_anchor(uint64_t bump_after_ms)
{
    static const char *const urls[] = {"http://first/", "http://second/"};
    struct badge_key *key;
    assert_int_equal(badge_key_from_bytes(&key, (const uint8_t[32]){[31] = 7}, NULL), BADGE_OK);
    const struct anchor_options options = {
        .loop = &t.loop,
        .rpc_url = urls,
        .n_rpc_urls = 2,
        .chain_id = 31337,
        .contract = contract,
        .issuer = issuer,
        .operator_key = key,
        .max_fee_wei = 200 * GWEI,
        .max_priority_fee_wei = 5 * GWEI,
        .bump_after_ms = bump_after_ms,
    };
    t.n_rpcs = 0;
    assert_int_equal(anchor_new(&t.anchor, &options, NULL), BADGE_OK);
}

static void run_until(bool (*done)(void))
{
    t.done = done;
    uv_update_time(&t.loop);
    t.began_ms = uv_now(&t.loop);
    uv_run(&t.loop, UV_RUN_DEFAULT);
}

/* Closes the anchor as the daemon does when it stops. */
static void stop_anchor(void)
{
    anchor_close(t.anchor);
    t.anchor = NULL;
    t.done = NULL;
    while (t.first != NULL)
        uv_run(&t.loop, UV_RUN_NOWAIT);
    uv_idle_stop(&t.idle);
    uv_run(&t.loop, UV_RUN_DEFAULT);
    uv_idle_start(&t.idle, on_idle);
}

static int close_all(void **state)
{
    (void)state;
    if (t.anchor != NULL)
        stop_anchor();
    assert_int_equal(disk.n_early, 0);
    uv_close((uv_handle_t *)&t.idle, NULL);
    uv_run(&t.loop, UV_RUN_DEFAULT);
    return uv_loop_close(&t.loop);
}

static bool all_final(void)
{
    struct store_revocations revocations;
    store_revocations(NULL, &revocations);
    return store_first_unfinal(NULL) == 0 && revocations.first_open == 0 && revocations.n_waiting == 0;
}

/* Closes the anchor after its first call to the chain, then after its second …; each time a new anchor finishes the
 * work that add_work() added. */
static inline void close_after_each_call(unsigned n_calls, void (*add_work)(void))
{
    for (unsigned n = 1; n < n_calls; n++) {
        uint64_t nonce = chain.nonce;
        add_work();
        chain.n_calls = chain.n_sent = 0;
        start_anchor(60000);
        t.close_after = n;
        t.done = NULL;
        t.began_ms = uv_now(&t.loop);
        while (t.anchor != NULL || t.first != NULL)
            uv_run(&t.loop, UV_RUN_NOWAIT);
        uv_idle_stop(&t.idle);
        uv_run(&t.loop, UV_RUN_DEFAULT); /* it frees itself; otherwise the leak check fails */
        uv_idle_start(&t.idle, on_idle);
        t.close_after = 0;
        start_anchor(60000);
        run_until(all_final);
        stop_anchor();
        assert_int_equal(chain.nonce, nonce + 1); /* one transaction, no matter after which call it was closed */
        memset(&disk, 0, sizeof disk);
        memset(chain.revoked, 0, sizeof chain.revoked);
        chain.n_mined = 0;
    }
}

static inline bool first_mined(void)
{
    return disk.batch[0].anchor.state == STORE_ANCHOR_MINED;
}

static inline unsigned n_anchored(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < chain.n_mined; i++)
        n += !chain.mined[i].failed;
    return n;
}

static inline bool tried_for_a_while(void)
{
    return uv_now(&t.loop) - t.began_ms > 700;
}

static inline bool first_sent(void)
{
    return disk.batch[0].anchor.state == STORE_ANCHOR_SENT;
}

static inline bool something_sent(void)
{
    return chain.n_sent > 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_all, close_all)

#endif
