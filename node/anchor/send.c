/*
 * Nonce, fees, gas, signature, broadcast, and replacement transactions while one is not mined. The invariants: a nonce
 * is chosen only while no transaction is open, so there is no nonce gap, and a gap that a reorganization causes is
 * filled; all attempts of a nonce carry the same call; and nothing is broadcast before job_add_attempt() has persisted
 * it.
 */
#include "anchor/send.h"

#include <string.h>

#include "anchor/confirm.h"
#include "anchor/stale_store.h"
#include "anchor/state.h"
#include "runtime/log.h"

#define SIGN_AGAIN_MS 10000 /* a set that the signer refused, after its retry: else no batch would ever get a turn */
#define UNSIGNABLE_MS 60000
#define REVERTS_MS 10000
#define UNESTIMATED_MS 2000
#define MAX_NONCE_USED 3
#define MAX_UNESTIMATED 3

/* A call, with its data. */
struct call {
    struct signer_call is;
    uint8_t data[JOB_MAX_CALL_LEN];
};

static void prepare(struct call *call, const struct round *round, const struct tx_job *job)
{
    call->is = (struct signer_call){.data = call->data, .legacy = !round->head.has_base_fee};
    call->is.data_len = job_call(call->data, job, &round->options);
}

/* -- nonce, fees, gas ---------------------------------------------------------------------------------------------- */

/* Takes the lowest: a nonce that is too low is refused and corrected, one that is too high would never be mined. */
static bool is_no_lower(void *context, const json_t *result)
{
    uint64_t count, *lowest = context;
    if (rpc_read_u64(&count, result) != BADGE_OK || count >= *lowest)
        return true;
    *lowest = count;
    return false;
}

static enum next choose_nonce(struct round *round, uint64_t *nonce)
{
    uint64_t count, ours;
    const struct badge_address *account = &round->accounts.current.address;
    if (!round_ask_count(round, &count, account))
        return NEXT_ABORT;
    bool has_signed = store_next_nonce(round->options.store, account, &ours);
    if (!has_signed || ours < count) /* the account was used elsewhere, if the others confirm that */
        (void)round_cross_check(round, "eth_getTransactionCount", round_count_params(account), is_no_lower, &count);
    if ((!has_signed || ours < count) && !stale_store_explains(round, count)) {
        stale_store_recheck(round, account, count);
        return NEXT_END;
    }
    *nonce = decide_nonce(count, has_signed ? ours : 0, account, &round->gap);
    return NEXT_STEP;
}

/* An absurdly high suggestion is not an error: it is limited by the cap. */
static bool choose_fees(struct round *round, struct fees *fees)
{
    uint64_t suggested_wei;
    const json_t *result = NULL;
    const char *method;
    unsigned n_refused = 0;
    for (; !result && (method = fee_method(&round->head, n_refused)); n_refused += !result) {
        const struct rpc_reply *reply = round_ask_or_refused(round, method, json_array());
        if (!reply)
            return false;
        if (reply->status == BADGE_OK)
            result = reply->result;
    }
    if (fee_suggested(&suggested_wei, &round->head, n_refused, result) != BADGE_OK) {
        (void)round_failed(round, "returned no gas price");
        return false;
    }
    *fees = fee_of(&round->accounts.current.caps, &round->head, suggested_wei);
    return true;
}

/* The call would fail, or this provider can't estimate its gas: then job_known_gas() is used. */
static enum next gas_refused(struct round *round, struct tx_job *job, const struct rpc_reply *reply,
                             uint64_t *gas_limit)
{
    const char *why = job_revert_reason(reply);
    bool reverts = reply->error_data[0] != '\0' || strstr(reply->error_text, "revert");
    log_warn(reverts ? "transaction would revert, not sent" : "gas estimate failed", job_log_field(job),
             log_text("why", why));
    if (!reverts && ++job->tracker->n_unestimated >= MAX_UNESTIMATED) {
        *gas_limit = job_known_gas(job);
        return NEXT_STEP;
    }
    if (reverts)
        job_no_progress(round, job, why);
    round_recheck(round); /* the cause may be one that the preflight checks find */
    return job_retry_in(round, job, reverts ? REVERTS_MS : UNESTIMATED_MS);
}

static enum next estimate_gas(struct round *round, struct tx_job *job, struct signer_call *call)
{
    uint64_t gas, max_gas = signer_max_gas(call->data, call->data_len);
    json_t *params = rpc_call_object(&round->options.contract, call->data, call->data_len);
    (void)json_object_set_new(params, "from",
                              rpc_hex(round->accounts.current.address.b, 20)); /* or the estimate is refused */
    const struct rpc_reply *reply = round_ask_or_refused(round, "eth_estimateGas", json_pack("[o]", params));
    if (!reply)
        return NEXT_ABORT;
    if (reply->status == BADGE_EREFUSED)
        return gas_refused(round, job, reply, &call->gas_limit);
    if (rpc_read_u64(&gas, reply->result) != BADGE_OK || gas > max_gas)
        return round_failed(round, "returned an implausible answer to eth_estimateGas");
    call->gas_limit = fee_gas_limit(gas, max_gas, round->head.gas_limit);
    return NEXT_STEP;
}

/* -- signing ------------------------------------------------------------------------------------------------------- */

static enum next not_signed(struct round *round, struct tx_job *job, const struct signer *signer,
                            enum badge_status status, const struct badge_err *err)
{
    uint64_t now_ms = round_now_ms(round);
    accounts_failed(&round->accounts, &round->health, signer, job, status, err, now_ms);
    bool may_sign_others = status != BADGE_EIO && job->anchor.state == STORE_ANCHOR_SEALED;
    if (may_sign_others && job_is_revocation_set(job))
        job->tracker->publish_at_ms = round->accounts.retry_at_ms + SIGN_AGAIN_MS;
    return NEXT_JOB;
}

/* NEXT_STEP: another attempt is on disk. */
static enum next sign(struct round *round, struct tx_job *job, const struct signer *signer,
                      const struct signer_call *call)
{
    struct badge_err err = {.offset = BADGE_NO_OFFSET};
    struct store_attempt attempt;
    if (signer_check(signer, call, &err) != BADGE_OK) {
        log_error("transaction could not be signed", job_log_field(job), log_text("why", err.text));
        return job_retry_in(round, job, UNSIGNABLE_MS);
    }
    enum badge_status status = signer_request(&attempt, signer, call, &round->coroutine, &err);
    if (round->closing)
        return NEXT_ABORT;
    if (status != BADGE_OK)
        return not_signed(round, job, signer, status, &err);
    accounts_signed(&round->accounts, &round->health);
    if (!job_add_attempt(round, job, &attempt))
        return NEXT_END;
    job->attempts->attempt[job->attempts->n++] = attempt;
    round->gap.found = false;
    job->tracker->signed_at_ms = round_now_ms(round);
    job->tracker->underpriced = job->tracker->at_cap = false;
    health_at_fee_cap(&round->health, NULL);
    return NEXT_STEP;
}

/* -- broadcast ----------------------------------------------------------------------------------------------------- */

static enum next drop(struct round *round, struct tx_job *job)
{
    job->tracker->publish_at_ms = 0;
    return job_move(round, job, EVENT_DROPPED, &(struct store_anchor){0});
}

/*
 * No receipt of ours was found in this round; but the provider may be behind, so "nonce too low" counts only after
 * several times, and is ignored while the account's transaction count contradicts it.
 */
static enum next nonce_used(struct round *round, struct tx_job *job)
{
    uint64_t count;
    if (++job->tracker->n_nonce_used < MAX_NONCE_USED)
        return NEXT_JOB;
    if (!round_ask_count(round, &count, &job_last_attempt(job)->from))
        return NEXT_ABORT;
    if (count <= job_last_attempt(job)->nonce) {
        job_no_progress(round, job, round->broadcast.text);
        return NEXT_JOB;
    }
    enum next next = confirm_unused(round, job);
    if (next != NEXT_STEP)
        return next;
    log_error("nonce was used by a transaction of another program; give each node its own key", job_log_field(job),
              log_u64("nonce", job->anchor.nonce));
    job->tracker->n_nonce_used = 0;
    stale_store_recheck(round, &job_last_attempt(job)->from, count);
    return drop(round, job);
}

static enum next accepted(struct round *round, struct tx_job *job)
{
    job->tracker->n_nonce_used = job->tracker->n_no_progress = 0;
    health_clear(&round->health, CONDITION_SENDING);
    return job->anchor.state == STORE_ANCHOR_SENT ? NEXT_JOB : job_move(round, job, EVENT_ACCEPTED, &job->anchor);
}

static void not_accepted(struct round *round, const struct tx_job *job, enum send_result result)
{
    char name[JOB_NAME_LEN];
    const char *why = round->broadcast.text;
    log_warn("transaction not accepted", job_log_field(job), log_text("meaning", send_result_name(result)),
             log_text("why", why));
    if (result == SEND_NO_FUNDS)
        health_raise(&round->health, CONDITION_SENDING, "balance_too_low",
                     "insufficient funds for %s (%.100s): send funds to the operator", job_name(name, job), why);
    if (result == SEND_REFUSED)
        health_raise(&round->health, CONDITION_SENDING, "not_sent",
                     "all providers refused the transaction of %s: %.120s", job_name(name, job), why);
}

static enum next broadcast(struct round *round, struct tx_job *job)
{
    if (!round_broadcast(round, job_last_attempt(job)))
        return NEXT_ABORT;
    enum send_result result = round->broadcast.result;
    const struct after_send after = decide_after_send(result);
    (void)job_retry_in(round, job, after.retry_ms);
    if (after.accepted)
        return accepted(round, job);
    if (after.count_nonce)
        return nonce_used(round, job);
    if (result != SEND_UNANSWERED) /* providers that do not answer are ejected, which is logged */
        not_accepted(round, job, result);
    if (after.underpriced && !job->tracker->underpriced) {
        job->tracker->underpriced = true;
        job->tracker->refused_at = round->head.number;
    }
    if (after.recheck)
        round_recheck(round);
    if (after.no_progress)
        job_no_progress(round, job, round->broadcast.text);
    return NEXT_JOB;
}

/* -- the first attempt --------------------------------------------------------------------------------------------- */

enum next send_first(struct round *round, struct tx_job *job)
{
    struct call call;
    prepare(&call, round, job);
    job_load_attempts(job, round->options.store);
    if (job->attempts->n_all == STORE_MAX_ATTEMPTS)
        return job_stop(round, job,
                        "none of its attempts was mined, and the store's limit of attempts is reached; see the log");
    job->attempts->n = 0;
    enum next next = choose_nonce(round, &call.is.nonce);
    if (next != NEXT_STEP)
        return next;
    if (!choose_fees(round, &call.is.fees))
        return NEXT_ABORT;
    next = estimate_gas(round, job, &call.is);
    if (next == NEXT_STEP)
        next = sign(round, job, &round->accounts.current, &call.is);
    return next == NEXT_STEP ? broadcast(round, job) : next;
}

/* -- while it is open: rebroadcast, or a replacement with a higher fee (replace-by-fee) ---------------------------- */

static enum next broadcast_if_due(struct round *round, struct tx_job *job)
{
    return round_now_ms(round) >= job->tracker->publish_at_ms ? broadcast(round, job) : NEXT_JOB;
}

/* Why the last attempt is not replaced; logged once. */
static void log_kept(const struct round *round, const struct tx_job *job, bool *logged, const char *why)
{
    if (!*logged)
        log_warn(why, job_log_field(job), log_u64("attempts", job->attempts->n_all),
                 log_u64("max_fee_wei", job_last_attempt(job)->max_fee_wei),
                 log_u64("base_fee_wei", round->head.base_fee_wei));
    *logged = true;
}

/* It is not replaced before bump_after_ms has passed once more. */
static enum next keep_attempt(struct round *round, struct tx_job *job)
{
    job->tracker->signed_at_ms = round_now_ms(round);
    job->tracker->underpriced = false;
    return broadcast_if_due(round, job);
}

static enum next bump(struct round *round, struct tx_job *job)
{
    struct call call;
    struct fees market;
    const struct store_attempt *last = job_last_attempt(job);
    const struct fees last_fees = {last->max_fee_wei, last->max_priority_fee_wei};
    prepare(&call, round, job);
    if (!choose_fees(round, &market))
        return NEXT_ABORT;
    switch (decide_bump(&call.is.fees, job->attempts->n_all, &round->accounts.current.caps, &last_fees, &market,
                        call.is.legacy)) {
    case BUMP_USED_UP:
        log_kept(round, job, &job->tracker->logged_used_up,
                 "transaction not mined after the maximum number of attempts; rebroadcasting the last one until it is "
                 "mined. Check that the providers in chain.rpc propagate transactions, or add one and restart the "
                 "node");
        return keep_attempt(round, job);
    case BUMP_AT_CAP:
        health_at_fee_cap(&round->health, job);
        log_kept(round, job, &job->tracker->at_cap,
                 "transaction stuck at the fee cap; if it is urgent, raise chain.max_fee and chain.max_priority_fee, "
                 "and restart the node");
        return keep_attempt(round, job);
    case BUMP:
        break;
    }
    call.is.nonce = last->nonce;
    call.is.gas_limit = last->gas_limit;
    enum next next = sign(round, job, accounts_signer(&round->accounts, &last->from), &call.is);
    return next == NEXT_STEP ? broadcast(round, job) : next;
}

/* -- a nonce gap -------------------------------------------------------------------------------------------------- */

/* Whether a transaction of ours that may still be mined has that nonce: then there is no gap, it comes first. */
static bool is_ours(const struct round *round, const struct badge_address *account, uint64_t nonce)
{
    struct store *store = round->options.store;
    struct tx_job job;
    for (struct store_job_id id = job_first(store); job_load(&job, store, id); id = job_after(store, id))
        if (job.anchor.state != STORE_ANCHOR_SEALED && job.anchor.nonce == nonce &&
            store_has_attempt(store, id, account, nonce))
            return true;
    return false;
}

static bool is_at_most(void *context, const json_t *result)
{
    uint64_t count;
    const uint64_t *most = context;
    return rpc_read_u64(&count, result) == BADGE_OK && count <= *most;
}

/* A nonce gap may be why it is stuck; then a higher fee would not help. */
static enum next replace(struct round *round, struct tx_job *job)
{
    uint64_t count;
    const struct store_attempt *last = job_last_attempt(job);
    if (!round_ask_count(round, &count, &last->from))
        return NEXT_ABORT;
    if (count >= last->nonce || is_ours(round, &last->from, count) ||
        round_cross_check(round, "eth_getTransactionCount", round_count_params(&last->from), is_at_most, &count) !=
            AGREED)
        return bump(round, job);
    log_warn("nonce gap after a reorg; signing the transaction again to fill it", job_log_field(job),
             log_u64("nonce", count), log_u64("waiting_nonce", job->anchor.nonce));
    round->gap = (struct nonce_gap){.found = true, .account = last->from, .nonce = count};
    job->tracker->underpriced = false;
    return drop(round, job);
}

/*
 * The key was replaced before a restart: so the fee can be raised only by a new transaction of the account in use. If
 * the old one is mined after all, the contract accepts only one of the two, and the batch is found by its event.
 */
static enum next abandon(struct round *round, struct tx_job *job)
{
    log_warn("key of a pending transaction is no longer available; signing a new one", job_log_field(job),
             log_hex("account", job_last_attempt(job)->from.b, 20));
    job->tracker->underpriced = false;
    return drop(round, job);
}

enum next send_open(struct round *round, struct tx_job *job)
{
    uint64_t now_ms = round_now_ms(round);
    bool has_key = accounts_signer(&round->accounts, &job_last_attempt(job)->from);
    switch (decide_open_step(job, round->options.bump_after_ms, round->head.number,
                             accounts_may_sign(&round->accounts, now_ms), has_key, now_ms)) {
    case OPEN_PUBLISH:
        break;
    case OPEN_ABANDON:
        return abandon(round, job);
    case OPEN_REPLACE:
        return replace(round, job);
    }
    return broadcast_if_due(round, job);
}
