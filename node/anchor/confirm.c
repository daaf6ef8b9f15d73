/*
 * Polls for receipts of open jobs, and watches mined ones whenever the head has changed. The invariants: MINED is
 * persisted only if the receipt contains the job's own event; FINAL only if the persisted block is still the one at its
 * height, at or below the finalized block, and every healthy provider shows the same receipt; and a nonce is abandoned
 * only if no provider has a receipt for it, or all show the same final revert.
 */
#include "anchor/confirm.h"

#include "anchor/state.h"
#include "runtime/log.h"

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

/*
 * The receipt of a transaction, into job->receipt; NULL: NEXT_ABORT; JSON null: the provider has none. Refuses one of
 * another transaction: a nonce is abandoned only for the job's own revert.
 */
static const json_t *ask_receipt(struct round *round, struct tx_job *job, const struct badge_hash *transaction)
{
    const json_t *receipt = round_ask(round, "eth_getTransactionReceipt", round_receipt_params(transaction));
    if (!receipt || json_is_null(receipt))
        return receipt;
    if (read_receipt(&job->receipt, receipt) == BADGE_OK &&
        badge_hash_compare(&job->receipt.transaction, transaction) == 0)
        return receipt;
    (void)round_failed(round, "returned an invalid receipt, or the receipt of another transaction");
    return NULL;
}

/* -- agreement ----------------------------------------------------------------------------------------------------- */

/* NEXT_STEP if all providers agree; else the job is done for this round. */
static enum next cross_check(struct round *round, struct tx_job *job,
                             bool (*matches)(void *context, const json_t *receipt))
{
    json_t *params = round_receipt_params(&job->receipt.transaction);
    switch (round_cross_check(round, "eth_getTransactionReceipt", params, matches, job)) {
    case AGREED:
        health_agree(&round->health, job->id);
        return NEXT_STEP;
    case DIFFER:
        health_disagree(&round->health, job, providers_current(&round->providers)->name,
                        round->providers.provider[round->quorum.differing].name, round_now_ms(round));
        break;
    case NOT_ANSWERED:
        break;
    }
    round->watch_again = true;
    return NEXT_JOB;
}

static bool is_same_receipt(void *context, const json_t *receipt)
{
    struct tx_receipt seen;
    const struct tx_receipt *known = &((const struct tx_job *)context)->receipt;
    return read_receipt(&seen, receipt) == BADGE_OK && seen.succeeded == known->succeeded &&
           badge_hash_compare(&seen.transaction, &known->transaction) == 0 &&
           badge_hash_compare(&seen.block_hash, &known->block_hash) == 0;
}

static bool is_not_in_block(void *context, const json_t *receipt)
{
    struct tx_receipt seen;
    const struct tx_job *job = context;
    return read_receipt(&seen, receipt) != BADGE_OK ||
           badge_hash_compare(&seen.block_hash, &job->anchor.block_hash) != 0;
}

static bool is_absent(void *context, const json_t *receipt)
{
    (void)context;
    return json_is_null(receipt);
}

/* -- reorganizations and reverts ----------------------------------------------------------------------------------- */

static enum next reorganized(struct round *round, struct tx_job *job)
{
    log_warn("reorg: the block with the transaction is not on the chain any more", job_log_field(job),
             log_u64("block", job->anchor.block_number), log_hex("block_hash", job->anchor.block_hash.b, 32));
    for (struct attempt_tracker *tracker = round->trackers; tracker; tracker = tracker->next)
        tracker->publish_at_ms = 0; /* later transactions have probably been dropped from the pools, too */
    job_load_attempts(job, round->options.store);
    if (job->attempts->n == 0) /* not sent by this node */
        return job_move(round, job, EVENT_DROPPED, &(struct store_anchor){0});
    round->in_flight = true; /* no new nonce after it in this round */
    return job_move(
        round, job, EVENT_GONE,
        &(struct store_anchor){.nonce = job->anchor.nonce, .transaction = job_last_attempt(job)->transaction});
}

/* Repeats the call on the state after the block, to get the contract's error. */
static enum next log_revert(struct round *round, struct tx_job *job)
{
    uint8_t data[JOB_MAX_CALL_LEN];
    const struct tx_receipt *seen = &job->receipt;
    size_t len = job_call(data, job, &round->options);
    json_t *call = rpc_call_object(&round->options.contract, data, len);
    (void)json_object_set_new(call, "from",
                              rpc_hex(round->accounts.current.address.b, 20)); /* only an operator's call succeeds */
    const struct rpc_reply *reply = round_ask_or_refused(round, "eth_call",
                                                         json_pack("[oo]", call, rpc_quantity(seen->block_number)));
    if (!reply)
        return NEXT_ABORT;
    const char *why = reply->status == BADGE_OK ? "unknown: the call succeeds now" : job_revert_reason(reply);
    log_error("anchor transaction reverted", job_log_field(job), log_hex("transaction", seen->transaction.b, 32),
              log_u64("block", seen->block_number), log_u64("gas", seen->gas_used), log_text("why", why),
              log_text("data", reply->error_data));
    job->tracker->logged_revert = true;
    round_recheck(round);
    return NEXT_STEP;
}

/*
 * Before the revert is final, a reorganization may still let the nonce carry the anchor: so no second one until then.
 * After, back to sealed: the next round checks whether the root is anchored already, and signs again if not.
 */
static enum next reverted(struct round *round, struct tx_job *job)
{
    if (job->anchor.state == STORE_ANCHOR_SEALED) /* found by its event, so it can't have reverted */
        return round_failed(round, "returned an event of a transaction that reverted");
    enum next next = job->tracker && !job->tracker->logged_revert ? log_revert(round, job) : NEXT_STEP;
    if (next != NEXT_STEP)
        return next;
    if (job->anchor.state == STORE_ANCHOR_MINED)
        return reorganized(round, job);
    if (job->receipt.block_number > round->final_number)
        return NEXT_JOB;
    next = cross_check(round, job, is_same_receipt);
    if (next != NEXT_STEP)
        return next;
    if (job->tracker) {
        job->tracker->n_reverted++;
        job->tracker->logged_revert = false;
        job->tracker->publish_at_ms = 0;
    }
    round_recheck(round);
    return job_move(round, job, EVENT_DROPPED, &(struct store_anchor){0});
}

/* -- receipts ------------------------------------------------------------------------------------------------------ */

/* job->receipt is that of `receipt`. */
static enum next mined(struct round *round, struct tx_job *job, const json_t *receipt)
{
    struct block block;
    struct tx_receipt *seen = &job->receipt;
    if (!seen->succeeded)
        return reverted(round, job);
    if (!job_is_shown(job, &round->options, json_object_get(receipt, "logs"), &seen->sequence))
        return round_failed(round, "returned a receipt without the contract's event, or with others");
    json_t *params = json_pack("[ob]", rpc_hex(seen->block_hash.b, 32), 0);
    const json_t *result = round_ask(round, "eth_getBlockByHash", params);
    if (!result)
        return NEXT_ABORT;
    if (json_is_null(result)) /* reorganized in between */
        return NEXT_JOB;
    if (block_read(&block, result) != BADGE_OK || block.number != seen->block_number ||
        badge_hash_compare(&block.hash, &seen->block_hash) != 0)
        return round_failed(round, "returned another block to eth_getBlockByHash");
    return job_move(round, job, EVENT_MINED,
                    &(struct store_anchor){
                        .nonce = job->anchor.nonce,
                        .transaction = seen->transaction,
                        .sequence = seen->sequence,
                        .block_number = seen->block_number,
                        .gas_used = seen->gas_used,
                        .block_hash = seen->block_hash,
                        .block_time_s = block.time_s,
                    });
}

enum next confirm_transaction(struct round *round, struct tx_job *job, const struct badge_hash *transaction,
                              bool *found)
{
    const json_t *receipt = ask_receipt(round, job, transaction);
    *found = receipt && !json_is_null(receipt);
    if (*found)
        return mined(round, job, receipt);
    return receipt ? NEXT_STEP : NEXT_ABORT;
}

enum next confirm_poll(struct round *round, struct tx_job *job)
{
    bool found = false;
    enum next next = NEXT_STEP;
    for (size_t i = job->attempts->n; i-- > 0 && next == NEXT_STEP && !found;)
        next = confirm_transaction(round, job, &job->attempts->attempt[i].transaction, &found);
    return next;
}

enum next confirm_unused(struct round *round, struct tx_job *job)
{
    for (size_t i = job->attempts->n; i-- > 0;) {
        json_t *params = round_receipt_params(&job->attempts->attempt[i].transaction);
        switch (round_cross_check(round, "eth_getTransactionReceipt", params, is_absent, NULL)) {
        case AGREED:
            break;
        case DIFFER: /* it has a receipt: the next round reads from it */
            round->providers.preferred = round->quorum.differing;
            return NEXT_END;
        case NOT_ANSWERED:
            return NEXT_JOB;
        }
    }
    return NEXT_STEP;
}

/* -- watching a mined job ------------------------------------------------------------------------------------------ */

static enum next finalize(struct round *round, struct tx_job *job)
{
    struct block block;
    const json_t *result = round_ask(round, "eth_getBlockByNumber", round_block_params(job->anchor.block_number));
    if (!result)
        return NEXT_ABORT;
    if (block_read(&block, result) != BADGE_OK)
        return round_failed(round, "returned an invalid answer to eth_getBlockByNumber");
    if (badge_hash_compare(&block.hash, &job->anchor.block_hash) != 0)
        return round_failed(round, "returned a receipt with another block hash than the block's at that height");
    enum next next = cross_check(round, job, is_same_receipt);
    return next == NEXT_STEP ? job_move(round, job, EVENT_FINAL, &job->anchor) : next;
}

enum next confirm_watch(struct round *round, struct tx_job *job)
{
    const json_t *receipt = ask_receipt(round, job, &job->anchor.transaction);
    if (!receipt)
        return NEXT_ABORT;
    if (json_is_null(receipt)) { /* if another provider still shows it, this one may only be behind */
        job->receipt.transaction = job->anchor.transaction;
        enum next next = cross_check(round, job, is_not_in_block);
        return next == NEXT_STEP ? reorganized(round, job) : next;
    }
    switch (decide_mined_step(&job->anchor, &job->receipt, round->final_number)) {
    case MINED_READ:
        return mined(round, job, receipt);
    case MINED_FINAL:
        return finalize(round, job);
    case MINED_WAIT:
        break;
    }
    return NEXT_JOB;
}
