/*
 * Checks whether a root is on the chain already, before its batch is signed: it may be after a restored backup, a
 * transaction that was given up too early, or a revert. With our tree size the anchor is ours, and its transaction is
 * found by the event; with another size someone has spoiled this root (by a front-run transaction), and the batch is
 * resealed. The invariant: a batch is resealed only while none of its transactions is open, and once every provider
 * shows the other anchor at a final block.
 *
 * The contract's block number is used only as the first place to look for the event: on some rollups it counts the
 * blocks of the chain below.
 */
#include <stdio.h>
#include <string.h>

#include "anchor/anchor_internal.h"
#include "core/compiler.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define RECHECK_MS 10000
#define SPOILED_RETRY_MS 30000 /* an attacker who spoils every new root must not fill the disk */

static void no_transaction_shown(struct anchor *anchor)
{
    const char *name = providers_current(&anchor->providers)->name;
    char why[200];
    log_warn("batch is already anchored, but the provider does not return the transaction", job_log_field(&anchor->job),
             log_text("provider", name));
    snprintf(why, sizeof why, "it is already anchored, but %.50s does not return the transaction; add a provider",
             name);
    tracker_no_progress(anchor, why);
    anchor->tracker->publish_at_ms = anchor_now_ms(anchor) + RECHECK_MS;
    anchor_next_job(anchor);
}

static void receipt_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    if (json_is_null(reply->result))
        no_transaction_shown(anchor);
    else
        confirm_read(anchor, reply->result);
}

/* False if the logs do not contain the batch's event; else the step has ended. */
static bool take_event(struct anchor *anchor, const struct rpc_reply *reply)
{
    struct badge_hash transaction;
    uint64_t sequence;
    const struct job_registry registry = {&anchor->options.contract, &anchor->options.issuer};
    size_t n = json_array_size(reply->result);
    for (size_t i = 0; i < n; i++) {
        const json_t *entry = json_array_get(reply->result, i);
        if (!job_is_anchored(&anchor->job, &registry, entry, &sequence) ||
            rpc_read_hash(&transaction, json_object_get(entry, "transactionHash")) != BADGE_OK)
            continue;
        confirm_ask_receipt(anchor, &transaction, receipt_answered);
        return true;
    }
    return false;
}

static void ask_logs(struct anchor *anchor, uint64_t first_block, uint64_t last_block,
                     void (*ask)(struct anchor *, const char *, json_t *, anchor_step), anchor_step step)
{
    struct badge_hash topic, issuer = {{0}};
    if (!badge_registry_topic(&topic, "Anchored"))
        fatal("the contract has no event Anchored", LOG_FIELDS(log_none));
    for (size_t i = 0; i < 20; i++)
        issuer.b[12 + i] = anchor->options.issuer.b[i];
    json_t *filter = json_pack("{s:o, s:o, s:o, s:[o,o,o]}", "fromBlock", rpc_quantity(first_block), "toBlock",
                               rpc_quantity(last_block), "address", rpc_hex(anchor->options.contract.b, 20), "topics",
                               rpc_hex(topic.b, 32), rpc_hex(issuer.b, 32), rpc_hex(anchor->job.root.b, 32));
    ask(anchor, "eth_getLogs", json_pack("[o]", filter), step);
}

static void all_logs_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    if (!take_event(anchor, reply))
        no_transaction_shown(anchor);
}

/* The event of one root is rare enough to search the whole chain for, if the provider allows it. */
static void ask_all_logs(struct anchor *anchor)
{
    ask_logs(anchor, 0, anchor->head.number, anchor_ask_accept_refusal, all_logs_answered);
}

static void logs_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    if (!take_event(anchor, reply))
        ask_all_logs(anchor);
}

/* -- spoiled ------------------------------------------------------------------------------------------------------- */

static void reseal_work(struct pool_work *work)
{
    struct anchor *anchor = container_of(work, struct anchor, work);
    anchor->work_status = store_reseal_work(anchor->options.store, anchor->job.id.number, &anchor->resealed,
                                            &anchor->work_err);
}

static void after_reseal(struct pool_work *work)
{
    struct anchor *anchor = container_of(work, struct anchor, work);
    if (anchor->work_status == BADGE_OK) {
        metric_add(METRIC_BATCHES_SPOILED, 1);
        struct store_batch spoiled;
        if (store_batch(anchor->options.store, anchor->job.id.number, &spoiled))
            state_notify(anchor, &spoiled);
        state_notify(anchor, &anchor->resealed);
        tracker_forget(anchor, anchor->job.id);
        anchor->tracker = NULL;
        anchor->progress = true;
    } else {
        log_error("spoiled batch could not be resealed, will retry", job_log_field(&anchor->job),
                  log_text("why", anchor->work_err.text));
        anchor->tracker->publish_at_ms = anchor_now_ms(anchor) + RECHECK_MS;
    }
    if (anchor->closing)
        anchor_round_end(anchor);
    else
        anchor_next_job(anchor);
}

/* The attacker's account is logged if known, but not required: a provider may be unable to return it. */
static void spoiler_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    struct badge_hash account = {{0}};
    char name[BADGE_ADDRESS_LEN + 1] = "unknown";
    const json_t *topics = json_object_get(json_array_get(reply->result, 0), "topics");
    if (reply->status == BADGE_OK && rpc_read_hash(&account, json_array_get(topics, 3)) == BADGE_OK) {
        struct badge_address operator_address;
        memcpy(operator_address.b, account.b + 12, sizeof operator_address.b);
        badge_address_format(name, &operator_address);
    }
    log_error("spoiled batch: its root was anchored with a different tree size; resealing it. If the account is not "
              "yours, run `badge operator remove`: its key may be stolen",
              job_log_field(&anchor->job), log_hex("root", anchor->job.root.b, 32), log_text("account", name));
    if (anchor->job.replaces != 0 && !anchor->tracker->spoiled_before) {
        anchor->tracker->spoiled_before = true;
        anchor->tracker->publish_at_ms = anchor_now_ms(anchor) + SPOILED_RETRY_MS;
        anchor_next_job(anchor);
        return;
    }
    pool_queue(anchor->options.loop, &anchor->work, reseal_work, after_reseal);
}

static bool read_anchor_of(uint64_t *tree_size, uint64_t *block_number, const json_t *result)
{
    uint8_t words[128];
    size_t len;
    uint64_t value[4]; /* sequence, treeSize, time, blockNumber */
    if (rpc_read_bytes(words, sizeof words, &len, result) != BADGE_OK ||
        badge_answer_u64s(value, 4, words, len) != BADGE_OK)
        return false;
    *tree_size = value[1];
    *block_number = value[3];
    return true;
}

static bool is_spoiled(struct anchor *anchor, const json_t *result)
{
    uint64_t tree_size, block_number;
    return read_anchor_of(&tree_size, &block_number, result) && tree_size != 0 && tree_size != anchor->job.tree_size;
}

static void spoil_judged(struct anchor *anchor)
{
    if (anchor->cross_check.n_differ == 0 && anchor->cross_check.n_failed == 0) {
        ask_logs(anchor, anchor->tx_receipt.block_number, anchor->tx_receipt.block_number, anchor_ask_accept_refusal,
                 spoiler_answered);
        return;
    }
    tracker_no_progress(anchor, "providers disagree whether its root is spoiled; remove the wrong one from chain.rpc");
    anchor->tracker->publish_at_ms = anchor_now_ms(anchor) + RECHECK_MS;
    anchor_next_job(anchor);
}

static json_t *call_anchor_of(const struct anchor *anchor, json_t *block)
{
    uint8_t data[BADGE_CALL_MAX_LEN];
    size_t len = badge_call_anchor_of(data, &anchor->options.issuer, &anchor->job.root);
    return json_pack("[oo]", rpc_call_object(&anchor->options.contract, data, len), block);
}

/* Resealing can't be undone: so not before the other anchor is final, and not if only one provider shows it. */
static void spoil_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    if (is_spoiled(anchor, reply->result))
        anchor_cross_check(anchor, "eth_call", call_anchor_of(anchor, rpc_quantity(anchor->final_number)), is_spoiled,
                           spoil_judged);
    else
        anchor_next_job(anchor);
}

static void spoil_seen(struct anchor *anchor, uint64_t block_number)
{
    anchor->tx_receipt.block_number = block_number;
    if (anchor->final_number > 0)
        anchor_ask(anchor, "eth_call", call_anchor_of(anchor, rpc_quantity(anchor->final_number)), spoil_answered);
    else
        anchor_next_job(anchor);
}

static void anchor_of_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    uint64_t tree_size, block_number;
    if (!read_anchor_of(&tree_size, &block_number, reply->result))
        anchor_round_failed(anchor, "returned an invalid answer to anchorOf");
    else if (tree_size == 0)
        anchor->absent(anchor);
    else if (tree_size != anchor->job.tree_size)
        spoil_seen(anchor, block_number);
    else if (block_number <= anchor->head.number)
        ask_logs(anchor, block_number, block_number, anchor_ask, logs_answered);
    else /* not a block of this chain; some providers refuse such a range, and would be ejected for it */
        ask_all_logs(anchor);
}

void already_anchored_check(struct anchor *anchor, void (*absent)(struct anchor *anchor))
{
    anchor->absent = absent;
    anchor_ask(anchor, "eth_call", call_anchor_of(anchor, json_string("latest")), anchor_of_answered);
}
