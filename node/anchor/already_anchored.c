/*
 * A root may be on the chain already after a restored backup, a transaction that was given up too early, or a revert.
 * With our tree size the anchor is ours, and its transaction is found by the event; with another size someone has
 * spoiled this root (by a front-run transaction), and the batch is resealed. The invariant: a batch is resealed only
 * while none of its transactions is open, and once every provider shows the other anchor at a final block.
 *
 * The contract's block number is used only as the first place to look for the event: on some rollups it counts the
 * blocks of the chain below.
 */
#include "anchor/already_anchored.h"

#include <stdio.h>
#include <string.h>

#include "anchor/confirm.h"
#include "anchor/state.h"
#include "core/address_word.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define RECHECK_MS 10000
#define SPOILED_RETRY_MS 30000

/* What the contract has for the root. */
struct root_entry {
    uint64_t tree_size, block_number;
};

static bool read_entry(struct root_entry *out, const json_t *result)
{
    uint8_t words[128];
    size_t len;
    uint64_t value[4]; /* sequence, treeSize, time, blockNumber */
    if (rpc_read_bytes(words, sizeof words, &len, result) != BADGE_OK ||
        badge_answer_u64s(value, 4, words, len) != BADGE_OK)
        return false;
    *out = (struct root_entry){.tree_size = value[1], .block_number = value[3]};
    return true;
}

/* The parameters of eth_call for it; block is taken. */
static json_t *entry_params(const struct round *round, const struct tx_job *job, json_t *block)
{
    uint8_t data[BADGE_CALL_MAX_LEN];
    size_t len = badge_call_anchor_of(data, &round->options.issuer, &job->root);
    return json_pack("[oo]", rpc_call_object(&round->options.contract, data, len), block);
}

static json_t *events_in(const struct round *round, const struct tx_job *job, uint64_t first_block, uint64_t last_block)
{
    return job_events(&round->options, first_block, rpc_quantity(last_block), &job->root);
}

/* -- ours ---------------------------------------------------------------------------------------------------------- */

static bool find_event(struct badge_hash *transaction, const struct round *round, const struct tx_job *job,
                       const json_t *events)
{
    uint64_t sequence;
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *entry = json_array_get(events, i);
        if (job_is_anchored(job, &round->options, entry, &sequence) &&
            rpc_read_hash(transaction, json_object_get(entry, "transactionHash")) == BADGE_OK)
            return true;
    }
    return false;
}

/* The event of one root is rare enough to search the whole chain for, if the provider allows it. */
static enum next find_ours(struct round *round, struct tx_job *job, uint64_t block_number)
{
    bool found = false;
    struct badge_hash transaction;
    if (block_number <= round->head.number) { /* some providers refuse a range above the head */
        const json_t *events = round_ask(round, "eth_getLogs", events_in(round, job, block_number, block_number));
        if (!events)
            return NEXT_ABORT;
        found = find_event(&transaction, round, job, events);
    }
    if (!found) {
        const struct rpc_reply *reply = round_ask_or_refused(round, "eth_getLogs",
                                                             events_in(round, job, 0, round->head.number));
        if (!reply)
            return NEXT_ABORT;
        found = find_event(&transaction, round, job, reply->result);
    }
    if (found) {
        enum next next = confirm_transaction(round, job, &transaction, &found);
        if (found || next != NEXT_STEP)
            return next;
    }
    char why[200];
    const char *name = providers_current(&round->providers)->name;
    log_warn("batch is already anchored, but the provider does not return the transaction", job_log_field(job),
             log_text("provider", name));
    snprintf(why, sizeof why, "it is already anchored, but %.50s does not return the transaction; add a provider",
             name);
    job_no_progress(round, job, why);
    return job_retry_in(round, job, RECHECK_MS);
}

/* -- spoiled ------------------------------------------------------------------------------------------------------- */

static bool is_spoiled(void *context, const json_t *result)
{
    struct root_entry entry;
    const struct tx_job *job = context;
    return read_entry(&entry, result) && decide_root(entry.tree_size, job->tree_size) == ROOT_SPOILED;
}

/* The attacker's account is logged if known, but not required: a provider may be unable to return it. */
static void log_spoiler(const struct tx_job *job, const struct rpc_reply *reply)
{
    struct badge_hash account;
    char name[BADGE_ADDRESS_LEN + 1] = "unknown";
    const json_t *topics = json_object_get(json_array_get(reply->result, 0), "topics");
    if (reply->status == BADGE_OK && rpc_read_hash(&account, json_array_get(topics, 3)) == BADGE_OK) {
        struct badge_address operator_address = core_address_of_word(&account);
        badge_address_format(name, &operator_address);
    }
    log_error("spoiled batch: its root was anchored with a different tree size; resealing it. If the account is not "
              "yours, run `badge operator remove`: its key may be stolen",
              job_log_field(job), log_hex("root", job->root.b, 32), log_text("account", name));
}

struct reseal {
    struct store *store;
    uint32_t number;
    struct store_batch batch;
    enum badge_status status;
    struct badge_err err;
};

static void reseal_work(void *context)
{
    struct reseal *reseal = context;
    reseal->status = store_reseal_work(reseal->store, reseal->number, &reseal->batch, &reseal->err);
}

static enum next reseal(struct round *round, struct tx_job *job)
{
    struct store_batch spoiled;
    struct reseal reseal = {.store = round->options.store, .number = job->id.number};
    coroutine_on_pool(&round->coroutine, reseal_work, &reseal);
    if (reseal.status != BADGE_OK) {
        log_error("spoiled batch could not be resealed, will retry", job_log_field(job),
                  log_text("why", reseal.err.text));
        return job_retry_in(round, job, RECHECK_MS);
    }
    metric_add(METRIC_BATCHES_SPOILED, 1);
    if (store_batch(reseal.store, reseal.number, &spoiled))
        job_notify(round, job, &spoiled);
    job_notify(round, job, &reseal.batch);
    job_forget_tracker(round, job);
    round->progress = true;
    return NEXT_JOB;
}

/* Resealing can't be undone: so not before the other anchor is final, and not if only one provider shows it. */
static enum next spoiled(struct round *round, struct tx_job *job, uint64_t block_number)
{
    if (round->final_number == 0)
        return NEXT_JOB;
    const json_t *result = round_ask(round, "eth_call", entry_params(round, job, rpc_quantity(round->final_number)));
    if (!result)
        return NEXT_ABORT;
    if (!is_spoiled(job, result))
        return NEXT_JOB;
    json_t *params = entry_params(round, job, rpc_quantity(round->final_number));
    if (round_cross_check(round, "eth_call", params, is_spoiled, job) != AGREED) {
        job_no_progress(round, job,
                        "providers disagree whether its root is spoiled; remove the wrong one from chain.rpc");
        return job_retry_in(round, job, RECHECK_MS);
    }
    const struct rpc_reply *reply = round_ask_or_refused(round, "eth_getLogs",
                                                         events_in(round, job, block_number, block_number));
    if (!reply)
        return NEXT_ABORT;
    log_spoiler(job, reply);
    if (!decide_reseals_now(job)) {
        job->tracker->spoiled_before = true;
        return job_retry_in(round, job, SPOILED_RETRY_MS);
    }
    return reseal(round, job);
}

enum next already_anchored_check(struct round *round, struct tx_job *job)
{
    struct root_entry entry;
    const json_t *result = round_ask(round, "eth_call", entry_params(round, job, json_string("latest")));
    if (!result)
        return NEXT_ABORT;
    if (!read_entry(&entry, result))
        return round_failed(round, "returned an invalid answer to anchorOf");
    switch (decide_root(entry.tree_size, job->tree_size)) {
    case ROOT_ABSENT:
        break;
    case ROOT_OURS:
        return find_ours(round, job, entry.block_number);
    case ROOT_SPOILED:
        return spoiled(round, job, entry.block_number);
    }
    return NEXT_STEP;
}
