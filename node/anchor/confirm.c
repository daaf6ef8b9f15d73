/*
 * From a receipt to finality. Polls for receipts of open jobs, and watches mined ones whenever the head has changed.
 * The invariants: MINED is persisted only if the receipt contains the job's own event; FINAL only if the persisted
 * block is still the one at its height, at or below the finalized block, and every healthy provider shows the same
 * receipt; and a nonce is abandoned only if no provider has a receipt for it, or all show the same final revert.
 */
#include <string.h>

#include "anchor/anchor_internal.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define DISAGREE_MS 20000 /* the time that a block may take to reach every provider */

#define INVALID_RECEIPT "returned an invalid receipt, or the receipt of another transaction"

static enum badge_status read_receipt(struct tx_receipt *out, const json_t *receipt)
{
    uint64_t status;
    *out = (struct tx_receipt){0};
    if (rpc_read_hash(&out->transaction, json_object_get(receipt, "transactionHash")) != BADGE_OK ||
        rpc_read_hash(&out->block_hash, json_object_get(receipt, "blockHash")) != BADGE_OK ||
        rpc_read_u64(&out->block_number, json_object_get(receipt, "blockNumber")) != BADGE_OK ||
        rpc_read_u64(&out->gas_used, json_object_get(receipt, "gasUsed")) != BADGE_OK ||
        rpc_read_u64(&status, json_object_get(receipt, "status")) != BADGE_OK)
        return BADGE_ETYPE;
    if (rpc_read_u64(&out->gas_price_wei, json_object_get(receipt, "effectiveGasPrice")) != BADGE_OK)
        out->gas_price_wei = 0; /* used for statistics only, and not every chain has it */
    out->succeeded = status == 1;
    return BADGE_OK;
}

static void disagree(struct anchor *anchor)
{
    uint64_t now = anchor_now_ms(anchor);
    const char *one = providers_current(&anchor->providers)->name;
    const char *other = anchor->providers.provider[anchor->cross_check.differing].name;
    char name[JOB_NAME_LEN];
    if (anchor->disagreement.since_ms == 0) {
        anchor->disagreement.since_ms = now;
        anchor->disagreement.id = anchor->job.id;
        metric_set(METRIC_PROVIDERS_DISAGREE, 1);
        log_warn("providers disagree about a receipt", job_log_field(&anchor->job), log_text("one", one),
                 log_text("other", other), log_hex("transaction", anchor->tx_receipt.transaction.b, 32));
    }
    if (job_id_equal(anchor->disagreement.id, anchor->job.id) && now - anchor->disagreement.since_ms >= DISAGREE_MS)
        anchor_raise(anchor, CONDITION_DISAGREE, "providers_disagree",
                     "%.50s and %.50s differ on %s; not final until they agree: remove the wrong one from chain.rpc",
                     one, other, job_name(name, &anchor->job));
    anchor->watch_again = true;
    anchor_next_job(anchor);
}

void confirm_agreed(struct anchor *anchor)
{
    if (!job_id_equal(anchor->disagreement.id, anchor->job.id))
        return; /* they disagree about another job */
    anchor->disagreement.since_ms = 0;
    anchor->disagreement.id.number = 0;
    metric_set(METRIC_PROVIDERS_DISAGREE, 0);
    anchor_clear(anchor, CONDITION_DISAGREE);
}

/* Whether all providers agree; if not, the job is done for this round. */
static bool all_agree(struct anchor *anchor)
{
    if (anchor->cross_check.n_differ > 0) {
        disagree(anchor);
        return false;
    }
    if (anchor->cross_check.n_failed > 0) {
        anchor->watch_again = true;
        anchor_next_job(anchor);
        return false;
    }
    confirm_agreed(anchor);
    return true;
}

/* Refuses a receipt of another transaction: a nonce is abandoned only for the job's own revert. */
static enum badge_status read_asked(struct anchor *anchor, const json_t *receipt)
{
    enum badge_status status = read_receipt(&anchor->tx_receipt, receipt);
    if (status == BADGE_OK && badge_hash_compare(&anchor->tx_receipt.transaction, &anchor->asked) != 0)
        status = BADGE_EMISMATCH;
    return status;
}

static bool is_same_receipt(struct anchor *anchor, const json_t *receipt)
{
    struct tx_receipt seen;
    const struct tx_receipt *known = &anchor->tx_receipt;
    return read_receipt(&seen, receipt) == BADGE_OK && seen.succeeded == known->succeeded &&
           badge_hash_compare(&seen.transaction, &known->transaction) == 0 &&
           badge_hash_compare(&seen.block_hash, &known->block_hash) == 0;
}

static void confirm_receipt(struct anchor *anchor, void (*done)(struct anchor *anchor))
{
    json_t *params = json_pack("[o]", rpc_hex(anchor->tx_receipt.transaction.b, 32));
    anchor_cross_check(anchor, "eth_getTransactionReceipt", params, is_same_receipt, done);
}

/* -- reverts ------------------------------------------------------------------------------------------------------- */

/* Back to sealed: the next round checks whether the root is anchored already, and signs again if not. */
static void revert_judged(struct anchor *anchor)
{
    if (!all_agree(anchor))
        return;
    struct attempt_tracker *tracker = tracker_of(anchor, anchor->job.id);
    if (tracker) {
        tracker->n_reverted++;
        tracker->logged_revert = false;
        tracker->publish_at_ms = 0;
    }
    preflight_rerun(anchor);
    anchor->moved = (struct store_anchor){0};
    anchor_move(anchor, EVENT_DROPPED, anchor_next_job);
}

static void block_reorged(struct anchor *anchor);

/* Before the revert is final, a reorganization may still let the nonce carry the anchor: so no second one until then.
 */
static void wait_for_revert(struct anchor *anchor)
{
    if (anchor->job.anchor.state == STORE_ANCHOR_MINED)
        block_reorged(anchor);
    else if (anchor->tx_receipt.block_number > anchor->final_number)
        anchor_next_job(anchor);
    else
        confirm_receipt(anchor, revert_judged);
}

/* Repeats the call on the state after the block, to get the contract's error. */
static void reason_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    const struct tx_receipt *seen = &anchor->tx_receipt;
    const char *why = reply->status == BADGE_OK ? "unknown: the call succeeds now" : send_revert_reason(reply);
    log_error("anchor transaction reverted", job_log_field(&anchor->job),
              log_hex("transaction", seen->transaction.b, 32), log_u64("block", seen->block_number),
              log_u64("gas", seen->gas_used), log_text("why", why), log_text("data", reply->error_data));
    if (anchor->tracker)
        anchor->tracker->logged_revert = true;
    preflight_rerun(anchor);
    wait_for_revert(anchor);
}

static void reverted(struct anchor *anchor)
{
    if (anchor->job.anchor.state == STORE_ANCHOR_SEALED) { /* found by its event, so it can't have reverted */
        anchor_round_failed(anchor, "returned an event of a transaction that reverted");
        return;
    }
    if (!anchor->tracker || anchor->tracker->logged_revert) {
        wait_for_revert(anchor);
        return;
    }
    size_t len = job_call(anchor->data, &anchor->job, anchor->options.store, &anchor->options.issuer);
    json_t *call = rpc_call_object(&anchor->options.contract, anchor->data, len);
    (void)json_object_set_new(call, "from",
                              rpc_hex(anchor->signer.address.b, 20)); /* only an operator's call succeeds */
    json_t *params = json_pack("[oo]", call, rpc_quantity(anchor->tx_receipt.block_number));
    anchor_ask_accept_refusal(anchor, "eth_call", params, reason_answered);
}

/* -- receipts ------------------------------------------------------------------------------------------------------ */

static void block_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    struct block block;
    const struct tx_receipt *seen = &anchor->tx_receipt;
    if (json_is_null(reply->result)) { /* reorganized in between */
        anchor_next_job(anchor);
        return;
    }
    if (block_read(&block, reply->result) != BADGE_OK || block.number != seen->block_number ||
        badge_hash_compare(&block.hash, &seen->block_hash) != 0) {
        anchor_round_failed(anchor, "returned another block to eth_getBlockByHash");
        return;
    }
    uint64_t nonce = anchor->job.anchor.nonce;
    anchor->moved = (struct store_anchor){
        .nonce = nonce,
        .transaction = seen->transaction,
        .sequence = seen->sequence,
        .block_number = seen->block_number,
        .gas_used = seen->gas_used,
        .block_hash = seen->block_hash,
        .block_time_s = block.time_s,
    };
    anchor_move(anchor, EVENT_MINED, anchor_next_job);
}

void confirm_read(struct anchor *anchor, const json_t *receipt)
{
    struct tx_receipt *seen = &anchor->tx_receipt;
    if (read_asked(anchor, receipt) != BADGE_OK) {
        anchor_round_failed(anchor, INVALID_RECEIPT);
        return;
    }
    if (!seen->succeeded) {
        reverted(anchor);
        return;
    }
    const struct job_registry registry = {&anchor->options.contract, &anchor->options.issuer};
    if (!job_is_shown(&anchor->job, &registry, json_object_get(receipt, "logs"), &seen->sequence)) {
        anchor_round_failed(anchor, "returned a receipt without the contract's event, or with others");
        return;
    }
    json_t *params = json_pack("[ob]", rpc_hex(seen->block_hash.b, 32), 0);
    anchor_ask(anchor, "eth_getBlockByHash", params, block_answered);
}

/* -- polling for the receipt of an open job ------------------------------------------------------------------------ */

void confirm_ask_receipt(struct anchor *anchor, const struct badge_hash *transaction, anchor_step step)
{
    anchor->asked = *transaction;
    anchor_ask(anchor, "eth_getTransactionReceipt", json_pack("[o]", rpc_hex(transaction->b, 32)), step);
}

static void poll_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    if (!json_is_null(reply->result))
        confirm_read(anchor, reply->result);
    else if (anchor->i_attempt > 0)
        confirm_ask_receipt(anchor, &anchor->attempt[--anchor->i_attempt].transaction, poll_answered);
    else
        send_open(anchor);
}

/* Attempts with an abandoned nonce can't be mined any more, or have failed. */
static void load_attempts(struct anchor *anchor)
{
    size_t n = store_attempts(anchor->options.store, anchor->job.id, anchor->attempt, STORE_MAX_ATTEMPTS);
    uint64_t nonce = anchor->job.anchor.nonce;
    struct badge_address from = {{0}}; /* of the last attempt with that nonce: another account may have used it, too */
    anchor->n_all_attempts = n;
    anchor->n_attempts = 0;
    for (size_t i = 0; i < n; i++)
        if (anchor->attempt[i].nonce == nonce)
            from = anchor->attempt[i].from;
    for (size_t i = 0; i < n; i++)
        if (anchor->attempt[i].nonce == nonce && memcmp(&anchor->attempt[i].from, &from, sizeof from) == 0)
            anchor->attempt[anchor->n_attempts++] = anchor->attempt[i];
}

void confirm_poll(struct anchor *anchor)
{
    load_attempts(anchor);
    if (anchor->n_attempts == 0) {
        tracker_stop(anchor, "its transactions are missing from the store; restore a backup of the file `anchors`");
        return;
    }
    anchor->i_attempt = anchor->n_attempts - 1;
    confirm_ask_receipt(anchor, &anchor->attempt[anchor->i_attempt].transaction, poll_answered);
}

/* -- a nonce that was used by another program ---------------------------------------------------------------------- */

static bool is_null(struct anchor *anchor, const json_t *receipt)
{
    (void)anchor;
    return json_is_null(receipt);
}

static void confirm_next(struct anchor *anchor);

static void attempt_judged(struct anchor *anchor)
{
    if (anchor->cross_check.n_differ > 0) { /* it has a receipt: the next round reads from it */
        anchor->providers.preferred = anchor->cross_check.differing;
        anchor_round_end(anchor);
    } else if (anchor->cross_check.n_failed > 0) {
        anchor_next_job(anchor);
    } else {
        confirm_next(anchor);
    }
}

static void confirm_next(struct anchor *anchor)
{
    if (anchor->i_attempt == 0) {
        anchor->absent(anchor);
        return;
    }
    json_t *params = json_pack("[o]", rpc_hex(anchor->attempt[--anchor->i_attempt].transaction.b, 32));
    anchor_cross_check(anchor, "eth_getTransactionReceipt", params, is_null, attempt_judged);
}

void confirm_nonce_unused(struct anchor *anchor, void (*unused)(struct anchor *anchor))
{
    anchor->i_attempt = anchor->n_attempts;
    anchor->absent = unused;
    confirm_next(anchor);
}

/* -- watching a mined job ------------------------------------------------------------------------------------------ */

static void final_judged(struct anchor *anchor)
{
    if (!all_agree(anchor))
        return;
    anchor->moved = anchor->job.anchor;
    anchor_move(anchor, EVENT_FINAL, anchor_next_job);
}

static void height_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    struct block block;
    if (block_read(&block, reply->result) != BADGE_OK) {
        anchor_round_failed(anchor, "returned an invalid answer to eth_getBlockByNumber");
        return;
    }
    if (badge_hash_compare(&block.hash, &anchor->job.anchor.block_hash) != 0) {
        anchor_round_failed(anchor, "returned a receipt with another block hash than the block's at that height");
        return;
    }
    confirm_receipt(anchor, final_judged);
}

static void block_reorged(struct anchor *anchor)
{
    log_warn("reorg: the block with the transaction is not on the chain any more", job_log_field(&anchor->job),
             log_u64("block", anchor->job.anchor.block_number),
             log_hex("block_hash", anchor->job.anchor.block_hash.b, 32));
    for (struct attempt_tracker *tracker = anchor->trackers; tracker; tracker = tracker->next)
        tracker->publish_at_ms = 0; /* later transactions have probably been dropped from the pools, too */
    load_attempts(anchor);
    anchor->moved = (struct store_anchor){0};
    if (anchor->n_attempts == 0) { /* not sent by this node */
        anchor_move(anchor, EVENT_DROPPED, anchor_next_job);
        return;
    }
    anchor->in_flight = true; /* no new nonce after it in this round */
    anchor->moved.nonce = anchor->job.anchor.nonce;
    anchor->moved.transaction = anchor->attempt[anchor->n_attempts - 1].transaction;
    anchor_move(anchor, EVENT_GONE, anchor_next_job);
}

static bool is_no_such_receipt(struct anchor *anchor, const json_t *receipt)
{
    struct tx_receipt seen;
    return read_receipt(&seen, receipt) != BADGE_OK ||
           badge_hash_compare(&seen.block_hash, &anchor->job.anchor.block_hash) != 0;
}

/* If another provider still shows the receipt, this one may only be behind. */
static void reorg_judged(struct anchor *anchor)
{
    anchor->tx_receipt.transaction = anchor->job.anchor.transaction;
    if (all_agree(anchor))
        block_reorged(anchor);
}

static void watch_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    struct tx_receipt *seen = &anchor->tx_receipt;
    const struct store_anchor *known = &anchor->job.anchor;
    if (json_is_null(reply->result)) {
        json_t *params = json_pack("[o]", rpc_hex(known->transaction.b, 32));
        anchor_cross_check(anchor, "eth_getTransactionReceipt", params, is_no_such_receipt, reorg_judged);
    } else if (read_asked(anchor, reply->result) != BADGE_OK) {
        anchor_round_failed(anchor, INVALID_RECEIPT);
    } else if (badge_hash_compare(&seen->block_hash, &known->block_hash) != 0 || !seen->succeeded) {
        confirm_read(anchor, reply->result);
    } else if (known->block_number <= anchor->final_number) {
        json_t *params = json_pack("[ob]", rpc_quantity(known->block_number), 0);
        anchor_ask(anchor, "eth_getBlockByNumber", params, height_answered);
    } else {
        anchor_next_job(anchor);
    }
}

void confirm_watch(struct anchor *anchor)
{
    confirm_ask_receipt(anchor, &anchor->job.anchor.transaction, watch_answered);
}
