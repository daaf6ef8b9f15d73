/*
 * From a sealed batch or a revocation set to a transaction in the pools: nonce, fees, gas, signature, broadcast, and
 * replacement transactions while it is not mined. The invariants: a nonce is chosen only while no transaction is open,
 * so there is no nonce gap, and a gap that a reorganization causes is filled; all attempts of a nonce carry the same
 * call; and nothing is broadcast before anchor_move() has persisted it.
 */
#include <string.h>

#include "anchor/anchor_internal.h"
#include "runtime/failpoint.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define REPUBLISH_MS 10000
#define REFUSED_MS 60000
#define NONCE_USED_MS 2000
#define MAX_NONCE_USED 3
#define MAX_REVERTED 3
#define MAX_UNESTIMATED 3
#define DEFAULT_TIP_WEI 1000000000 /* if the provider does not suggest one */
#define INVALID_COUNT "returned an invalid answer to eth_getTransactionCount"

static void broadcast_attempt(struct anchor *anchor);

static const struct store_attempt *last_attempt(const struct anchor *anchor)
{
    return &anchor->attempt[anchor->n_attempts - 1];
}

static void publish_after_ms(struct anchor *anchor, uint64_t ms)
{
    anchor->tracker->publish_at_ms = anchor_now_ms(anchor) + ms;
}

/* -- signing ------------------------------------------------------------------------------------------------------- */

static void persisted(struct anchor *anchor)
{
    anchor->attempt[anchor->n_attempts++] = anchor->signed_attempt;
    anchor->gap.found = false;
    anchor->tracker->signed_at_ms = anchor_now_ms(anchor);
    anchor->tracker->underpriced = anchor->tracker->at_cap = false;
    metric_set(METRIC_ANCHOR_AT_FEE_CAP, 0);
    broadcast_attempt(anchor);
}

static void sign_ended(struct signing *signing)
{
    struct anchor *anchor = signing->context;
    if (anchor->closing) {
        anchor_round_end(anchor);
    } else if (signing->status != BADGE_OK) {
        key_rotation_failed(anchor);
        bool may_sign_others = signing->status != BADGE_EIO && anchor->job.anchor.state == STORE_ANCHOR_SEALED;
        if (may_sign_others && job_is_revocation_set(&anchor->job)) /* else no batch would ever get a turn */
            anchor->tracker->publish_at_ms = anchor->key_rotation.retry_at_ms + REPUBLISH_MS;
        anchor_next_job(anchor);
    } else {
        key_rotation_signed(anchor);
        anchor->signed_attempt = signing->attempt;
        anchor_move(anchor, EVENT_SIGNED, persisted);
    }
}

static void sign(struct anchor *anchor, const struct signer *signer)
{
    struct badge_err err;
    struct signing *signing = &anchor->signing;
    signing->signer = signer;
    signing->call = anchor->call;
    signing->callback = sign_ended;
    signing->context = anchor;
    if (signer_start(signing, anchor->options.loop, &err) == BADGE_OK)
        return;
    log_error("transaction could not be signed", job_log_field(&anchor->job), log_text("why", err.text));
    publish_after_ms(anchor, REFUSED_MS);
    anchor_next_job(anchor);
}

/* -- fees ---------------------------------------------------------------------------------------------------------- */

static struct fees market_fees(const struct anchor *anchor, uint64_t suggested_wei)
{
    return anchor->call.legacy ? fee_market_legacy(&anchor->signer.caps, suggested_wei)
                               : fee_market(&anchor->signer.caps, anchor->head.base_fee_wei, suggested_wei);
}

/* An absurdly high suggestion is not an error: it is limited by the cap. */
static bool read_price(uint64_t *out, const struct anchor *anchor, const struct rpc_reply *reply)
{
    struct badge_wei wei;
    if (reply->status != BADGE_OK) {
        *out = DEFAULT_TIP_WEI;
        return !anchor->call.legacy;
    }
    if (rpc_read_wei(&wei, reply->result) != BADGE_OK)
        return false;
    if (badge_wei_to_u64(out, &wei) != BADGE_OK)
        *out = UINT64_MAX;
    return true;
}

static void ask_price(struct anchor *anchor, anchor_step step)
{
    anchor->call.legacy = !anchor->head.has_base_fee;
    const char *method = anchor->call.legacy ? "eth_gasPrice" : "eth_maxPriorityFeePerGas";
    anchor_ask_accept_refusal(anchor, method, json_array(), step);
}

/* -- the first attempt: nonce, price, gas -------------------------------------------------------------------------- */

const char *send_revert_reason(const struct rpc_reply *refusal)
{
    uint8_t selector[4];
    const char *data = refusal->error_data, *name = NULL;
    if (strlen(data) >= 10 && badge_hex_decode(selector, sizeof selector, data + 2, 8) == BADGE_OK)
        name = badge_registry_error(selector, sizeof selector);
    return name ? name : refusal->error_text;
}

/* The call would fail, or this provider can't estimate its gas: then job_known_gas() is used. */
static void gas_refused(struct anchor *anchor, const struct rpc_reply *reply)
{
    bool reverts = reply->error_data[0] != '\0' || strstr(reply->error_text, "revert");
    log_warn(reverts ? "transaction would revert, not sent" : "gas estimate failed", job_log_field(&anchor->job),
             log_text("why", send_revert_reason(reply)));
    if (!reverts && ++anchor->tracker->n_unestimated >= MAX_UNESTIMATED) {
        anchor->call.gas_limit = job_known_gas(&anchor->job);
        sign(anchor, &anchor->signer);
        return;
    }
    if (reverts)
        tracker_no_progress(anchor, send_revert_reason(reply));
    publish_after_ms(anchor, reverts ? REPUBLISH_MS : NONCE_USED_MS);
    preflight_rerun(anchor); /* the cause may be one that the preflight checks find */
    anchor_next_job(anchor);
}

static void gas_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    uint64_t gas, max_gas = signer_max_gas(anchor->call.data, anchor->call.data_len);
    if (reply->status == BADGE_EREFUSED) {
        gas_refused(anchor, reply);
    } else if (rpc_read_u64(&gas, reply->result) != BADGE_OK || gas > max_gas) {
        anchor_round_failed(anchor, "returned an implausible answer to eth_estimateGas");
    } else {
        anchor->call.gas_limit = gas + gas / 10 < max_gas ? gas + gas / 10 : max_gas;
        sign(anchor, &anchor->signer);
    }
}

static void price_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    uint64_t suggested_wei;
    if (!read_price(&suggested_wei, anchor, reply)) {
        anchor_round_failed(anchor, "returned no gas price");
        return;
    }
    anchor->call.fees = market_fees(anchor, suggested_wei);
    json_t *call = rpc_call_object(&anchor->options.contract, anchor->call.data, anchor->call.data_len);
    (void)json_object_set_new(call, "from", rpc_hex(anchor->signer.address.b, 20)); /* or the estimate is refused */
    anchor_ask_accept_refusal(anchor, "eth_estimateGas", json_pack("[o]", call), gas_answered);
}

/* Takes the lowest: a nonce that is too low is refused and corrected, one that is too high would never be mined. */
static bool is_no_lower(struct anchor *anchor, const json_t *result)
{
    uint64_t count;
    if (rpc_read_u64(&count, result) != BADGE_OK || count >= anchor->call.nonce)
        return true;
    anchor->call.nonce = count;
    return false;
}

static bool fills_gap(const struct anchor *anchor)
{
    const struct nonce_gap *gap = &anchor->gap;
    return gap->found && gap->nonce == anchor->call.nonce &&
           memcmp(&gap->account, &anchor->signer.address, sizeof gap->account) == 0;
}

static void nonce_judged(struct anchor *anchor)
{
    uint64_t ours;
    if (fills_gap(anchor)) {
        ask_price(anchor, price_answered);
        return;
    }
    if (store_next_nonce(anchor->options.store, &anchor->signer.address, &ours) && ours > anchor->call.nonce)
        anchor->call.nonce = ours;
    ask_price(anchor, price_answered);
}

static json_t *count_of(const struct badge_address *account)
{
    return json_pack("[os]", rpc_hex(account->b, 20), "latest");
}

/* The chain's count is only a lower bound: a provider may lag behind this node's own transactions. */
static void nonce_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    uint64_t ours;
    if (rpc_read_u64(&anchor->call.nonce, reply->result) != BADGE_OK)
        anchor_round_failed(anchor, INVALID_COUNT);
    else if (store_next_nonce(anchor->options.store, &anchor->signer.address, &ours) && ours >= anchor->call.nonce)
        nonce_judged(anchor);
    else /* the account was used elsewhere, if the others confirm that */
        anchor_cross_check(anchor, "eth_getTransactionCount", count_of(&anchor->signer.address), is_no_lower,
                           nonce_judged);
}

static void absent(struct anchor *anchor)
{
    if (store_attempts(anchor->options.store, anchor->job.id, anchor->attempt, STORE_MAX_ATTEMPTS) ==
        STORE_MAX_ATTEMPTS) {
        tracker_stop(anchor,
                     "none of its attempts was mined, and the store's limit of attempts is reached; see the log");
        return;
    }
    anchor_ask(anchor, "eth_getTransactionCount", count_of(&anchor->signer.address), nonce_answered);
}

static void prepare_call(struct anchor *anchor)
{
    anchor->call = (struct signer_call){.data = anchor->data};
    anchor->call.data_len = job_call(anchor->data, &anchor->job, anchor->options.store, &anchor->options.issuer);
}

void send_begin(struct anchor *anchor)
{
    if (anchor->tracker->n_reverted >= MAX_REVERTED) {
        tracker_stop(anchor, "its transaction keeps reverting; find out why, then restart the node");
        return;
    }
    anchor->n_attempts = 0;
    if (job_is_revocation_set(&anchor->job)) {
        revocations_prune(anchor);
        return;
    }
    prepare_call(anchor);
    already_anchored_check(anchor, absent);
}

/* A set needs no check: the contract skips digests that are revoked already. */
void send_set(struct anchor *anchor)
{
    prepare_call(anchor);
    absent(anchor);
}

/* -- broadcast ----------------------------------------------------------------------------------------------------- */

static void accepted(struct anchor *anchor)
{
    publish_after_ms(anchor, REPUBLISH_MS);
    anchor->tracker->n_nonce_used = anchor->tracker->n_no_progress = 0;
    anchor_clear(anchor, CONDITION_SENDING);
    if (anchor->job.anchor.state == STORE_ANCHOR_SENT) {
        anchor_next_job(anchor);
        return;
    }
    anchor->moved = anchor->job.anchor;
    anchor_move(anchor, EVENT_ACCEPTED, anchor_next_job);
}

/* No provider has a receipt of one of our transactions. */
static void nonce_lost(struct anchor *anchor)
{
    log_error("nonce was used by a transaction of another program; give each node its own key",
              job_log_field(&anchor->job), log_u64("nonce", anchor->job.anchor.nonce));
    anchor->tracker->n_nonce_used = 0;
    anchor->tracker->publish_at_ms = 0;
    anchor->moved = (struct store_anchor){0};
    anchor_move(anchor, EVENT_DROPPED, anchor_next_job);
}

/* "Nonce too low" is ignored while the account's transaction count contradicts it. */
static void used_counted(struct anchor *anchor, const struct rpc_reply *reply)
{
    uint64_t count;
    if (rpc_read_u64(&count, reply->result) != BADGE_OK) {
        anchor_round_failed(anchor, INVALID_COUNT);
    } else if (count > last_attempt(anchor)->nonce) {
        confirm_nonce_unused(anchor, nonce_lost);
    } else {
        tracker_no_progress(anchor, anchor->broadcast.text);
        anchor_next_job(anchor);
    }
}

/* This round found no receipt of ours; but the provider may be behind, so this counts only after several times. */
static void nonce_used(struct anchor *anchor)
{
    publish_after_ms(anchor, NONCE_USED_MS);
    if (++anchor->tracker->n_nonce_used < MAX_NONCE_USED)
        anchor_next_job(anchor);
    else
        anchor_ask(anchor, "eth_getTransactionCount", count_of(&last_attempt(anchor)->from), used_counted);
}

static void not_accepted(struct anchor *anchor, enum send_result result)
{
    char name[JOB_NAME_LEN];
    (void)job_name(name, &anchor->job);
    log_warn("transaction not accepted", job_log_field(&anchor->job), log_text("meaning", send_result_name(result)),
             log_text("why", anchor->broadcast.text));
    publish_after_ms(anchor, result == SEND_REFUSED ? REFUSED_MS : REPUBLISH_MS);
    if (result == SEND_UNDERPRICED)
        anchor->tracker->underpriced = true;
    if (result == SEND_NO_FUNDS) {
        preflight_rerun(anchor);
        anchor_raise(anchor, CONDITION_SENDING, "balance_too_low",
                     "insufficient funds for %s (%.100s): send funds to the operator", name, anchor->broadcast.text);
    }
    if (result == SEND_TRY_LATER)
        tracker_no_progress(anchor, anchor->broadcast.text);
    if (result == SEND_REFUSED)
        anchor_raise(anchor, CONDITION_SENDING, "not_sent", "all providers refused the transaction of %s: %.120s", name,
                     anchor->broadcast.text);
    anchor_next_job(anchor);
}

static void on_broadcast_done(struct broadcast *broadcast)
{
    struct anchor *anchor = broadcast->context;
    FAILPOINT("broadcast", "answered");
    if (anchor->closing) {
        anchor_round_end(anchor);
        return;
    }
    switch (broadcast->result) {
    case SEND_ACCEPTED:
        accepted(anchor);
        return;
    case SEND_NONCE_USED:
        nonce_used(anchor);
        return;
    case SEND_UNDERPRICED:
    case SEND_NO_FUNDS:
    case SEND_REFUSED:
    case SEND_TRY_LATER:
        not_accepted(anchor, broadcast->result);
        return;
    case SEND_UNANSWERED:
        tracker_no_progress(anchor, anchor->broadcast.text);
        publish_after_ms(anchor, NONCE_USED_MS);
        anchor_next_job(anchor); /* the providers that did not answer are ejected */
        return;
    }
}

static void broadcast_attempt(struct anchor *anchor)
{
    const struct store_attempt *attempt = last_attempt(anchor);
    anchor->broadcast.callback = on_broadcast_done;
    anchor->broadcast.context = anchor;
    FAILPOINT("broadcast", "send");
    if (!broadcast_start(&anchor->broadcast, &anchor->providers, attempt->raw, attempt->raw_len))
        anchor_round_failed(anchor, "could not be sent the transaction");
}

/* -- while it is open: rebroadcast, or a replacement with a higher fee (replace-by-fee) ---------------------------- */

static void broadcast_if_due(struct anchor *anchor)
{
    if (anchor_now_ms(anchor) >= anchor->tracker->publish_at_ms)
        broadcast_attempt(anchor);
    else
        anchor_next_job(anchor);
}

/* The last attempt is not replaced before bump_after_ms has passed once more. */
static void keep_attempt(struct anchor *anchor)
{
    anchor->tracker->signed_at_ms = anchor_now_ms(anchor);
    anchor->tracker->underpriced = false;
    broadcast_if_due(anchor);
}

static void at_cap(struct anchor *anchor)
{
    if (!anchor->tracker->at_cap) {
        anchor->tracker->at_cap = true;
        metric_set(METRIC_ANCHOR_AT_FEE_CAP, 1);
        log_warn("transaction stuck at the fee cap; if it is urgent, raise chain.max_fee and chain.max_priority_fee, "
                 "and restart the node",
                 job_log_field(&anchor->job), log_u64("max_fee_wei", last_attempt(anchor)->max_fee_wei),
                 log_u64("base_fee_wei", anchor->head.base_fee_wei));
    }
    keep_attempt(anchor);
}

static void attempts_used_up(struct anchor *anchor)
{
    if (!anchor->tracker->logged_used_up) {
        anchor->tracker->logged_used_up = true;
        log_warn("transaction not mined after the maximum number of attempts; rebroadcasting the last one until it is "
                 "mined. Check that the providers in chain.rpc propagate transactions, or add one and restart the node",
                 job_log_field(&anchor->job), log_u64("attempts", STORE_MAX_ATTEMPTS),
                 log_u64("max_fee_wei", last_attempt(anchor)->max_fee_wei),
                 log_u64("base_fee_wei", anchor->head.base_fee_wei));
    }
    keep_attempt(anchor);
}

static void bump_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    uint64_t suggested_wei;
    if (!read_price(&suggested_wei, anchor, reply)) {
        anchor_round_failed(anchor, "returned no gas price");
        return;
    }
    const struct store_attempt *last = last_attempt(anchor);
    const struct fees last_fees = {last->max_fee_wei, last->max_priority_fee_wei},
                      now = market_fees(anchor, suggested_wei);
    if (anchor->n_all_attempts == STORE_MAX_ATTEMPTS) {
        attempts_used_up(anchor);
        return;
    }
    if (!fee_bump(&anchor->call.fees, &anchor->signer.caps, &last_fees, &now, anchor->call.legacy)) {
        at_cap(anchor);
        return;
    }
    anchor->call.nonce = last->nonce;
    anchor->call.gas_limit = last->gas_limit;
    sign(anchor, key_rotation_signer(anchor, &last->from));
}

static void bump(struct anchor *anchor)
{
    prepare_call(anchor);
    ask_price(anchor, bump_answered);
}

/*
 * The key was replaced before a restart: so the fee can be raised only by a new transaction of the account in use. If
 * the old one is mined after all, the contract accepts only one of the two, and the batch is found by its event.
 */
static void key_unavailable(struct anchor *anchor)
{
    log_warn("key of a pending transaction is no longer available; signing a new one", job_log_field(&anchor->job),
             log_hex("account", last_attempt(anchor)->from.b, 20));
    anchor->tracker->underpriced = false;
    anchor->tracker->publish_at_ms = 0;
    anchor->moved = (struct store_anchor){0};
    anchor_move(anchor, EVENT_DROPPED, anchor_next_job);
}

/* -- a nonce gap -------------------------------------------------------------------------------------------------- */

/* Whether a transaction of ours that may still be mined has that nonce: then there is no gap, it comes first. */
static bool is_ours(const struct anchor *anchor, const struct badge_address *account, uint64_t nonce)
{
    struct store *store = anchor->options.store;
    struct tx_job job;
    for (struct store_job_id id = job_first(store); job_load(&job, store, id); id = job_after(store, id)) {
        enum store_anchor_state state = job.anchor.state;
        if (state != STORE_ANCHOR_SEALED && job.anchor.nonce == nonce && store_has_attempt(store, id, account, nonce))
            return true;
    }
    return false;
}

static bool is_below(struct anchor *anchor, const json_t *result)
{
    uint64_t count;
    return rpc_read_u64(&count, result) == BADGE_OK && count <= anchor->gap.nonce;
}

static void gap_judged(struct anchor *anchor)
{
    if (anchor->cross_check.n_differ > 0 || anchor->cross_check.n_failed > 0) {
        bump(anchor);
        return;
    }
    log_warn("nonce gap after a reorg; signing the transaction again to fill it", job_log_field(&anchor->job),
             log_u64("nonce", anchor->gap.nonce), log_u64("waiting_nonce", anchor->job.anchor.nonce));
    anchor->gap.found = true;
    anchor->tracker->underpriced = false;
    anchor->tracker->publish_at_ms = 0;
    anchor->moved = (struct store_anchor){0};
    anchor_move(anchor, EVENT_DROPPED, anchor_next_job);
}

/* A nonce gap may be why it is stuck; then a higher fee would not help. */
static void stuck_counted(struct anchor *anchor, const struct rpc_reply *reply)
{
    uint64_t count;
    const struct store_attempt *last = last_attempt(anchor);
    if (rpc_read_u64(&count, reply->result) != BADGE_OK) {
        anchor_round_failed(anchor, INVALID_COUNT);
    } else if (count >= last->nonce || is_ours(anchor, &last->from, count)) {
        bump(anchor);
    } else {
        anchor->gap = (struct nonce_gap){.account = last->from, .nonce = count};
        anchor_cross_check(anchor, "eth_getTransactionCount", count_of(&last->from), is_below, gap_judged);
    }
}

void send_open(struct anchor *anchor)
{
    const struct attempt_tracker *tracker = anchor->tracker;
    bool sent = anchor->job.anchor.state == STORE_ANCHOR_SENT;
    bool stuck = sent && anchor_now_ms(anchor) - tracker->signed_at_ms >= anchor->options.bump_after_ms;
    if ((!stuck && !tracker->underpriced) || !key_rotation_ready(anchor)) {
        broadcast_if_due(anchor);
        return;
    }
    if (!key_rotation_signer(anchor, &last_attempt(anchor)->from)) {
        key_unavailable(anchor);
        return;
    }
    anchor_ask(anchor, "eth_getTransactionCount", count_of(&last_attempt(anchor)->from), stuck_counted);
}
