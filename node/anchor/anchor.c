/*
 * The rounds of the anchor: daemon/node.c opens it, wakes it after each seal and closes it; the API notifies it of
 * revocations; a timer starts the rounds. The invariant: while a round runs, exactly one operation is open: a health
 * check, a request to one provider or to all, a signature or a write; its result either starts the next one or ends the
 * round. Between rounds only the timer is active, and probes that were too late for their health check.
 */
#include "anchor/anchor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anchor/anchor_internal.h"
#include "net/retry.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define POLL_MIN_MS 500 /* between rounds: half the block time, doubled while the head does not change */
#define POLL_MAX_MS 4000
#define POLL_JITTER_PERCENT 25
#define POLL_UNKNOWN_MS 2000 /* the block time, before it is known */
#define CLOSING_MS 10
#define MAX_FAILED_ROUNDS 4 /* failed rounds in a row before this is reported: most failures are transient */

static void round_begin(struct anchor *anchor);

uint64_t anchor_now_ms(const struct anchor *anchor)
{
    return uv_now(anchor->options.loop);
}

static void free_anchor(struct anchor *anchor)
{
    while (anchor->trackers)
        tracker_forget(anchor, anchor->trackers->id);
    providers_release(&anchor->providers);
    key_rotation_release(anchor);
    uv_mutex_destroy(&anchor->lock);
    free(anchor);
}

static void on_timer_closed(uv_handle_t *timer)
{
    free_anchor(timer->data);
}

static void on_notice_closed(uv_handle_t *notice_async)
{
    struct anchor *anchor = notice_async->data;
    uv_close((uv_handle_t *)&anchor->timer, on_timer_closed);
}

static void on_grace_closed(uv_handle_t *grace)
{
    struct providers *providers = grace->data;
    struct anchor *anchor = providers->context;
    uv_close((uv_handle_t *)&anchor->notice_async, on_notice_closed);
}

static void schedule_round(struct anchor *anchor, uint64_t ms);

static void on_round_timer(uv_timer_t *timer)
{
    struct anchor *anchor = timer->data;
    if (anchor->closing)
        schedule_round(anchor, 0);
    else
        round_begin(anchor);
}

/* Between rounds. On shutdown, requests of a health check may still be open: net_client_close() ends them. */
static void schedule_round(struct anchor *anchor, uint64_t ms)
{
    anchor->running = false;
    (void)uv_timer_start(&anchor->timer, on_round_timer, anchor->closing ? CLOSING_MS : ms,
                         0); /* fails only when closing */
    if (!anchor->closing || providers_are_busy(&anchor->providers))
        return;
    (void)uv_timer_stop(&anchor->timer); /* always succeeds */
    uv_close((uv_handle_t *)&anchor->providers.grace, on_grace_closed);
}

static uint64_t clamp(uint64_t value, uint64_t least, uint64_t most)
{
    return value < least ? least : value > most ? most : value;
}

void anchor_round_end(struct anchor *anchor)
{
    bool head_new = anchor_head_is_new(anchor);
    anchor->watched_head = anchor->head.hash;
    anchor->n_failed_rounds = 0;
    anchor_clear(anchor, CONDITION_ROUNDS);
    anchor->n_idle_rounds = head_new || anchor->progress ? 0 : anchor->n_idle_rounds + 1;
    bool idle = job_first(anchor->options.store).number == 0;
    uint64_t block_ms = anchor->providers.block_time_ms > 0 ? anchor->providers.block_time_ms : POLL_UNKNOWN_MS;
    uint64_t max_ms = clamp(block_ms, 2 * POLL_MIN_MS, POLL_MAX_MS);
    const struct net_retry_policy pauses = {.first_ms = idle ? max_ms
                                                             : clamp(block_ms / 2, POLL_MIN_MS, POLL_MAX_MS / 2),
                                            .max_ms = max_ms,
                                            .jitter_percent = POLL_JITTER_PERCENT};
    if (anchor->progress || anchor->woken)
        schedule_round(anchor, 0);
    else
        schedule_round(anchor, net_retry_delay_ms(&pauses, anchor->n_idle_rounds + 1, 0, uv_hrtime()));
}

/* The next round continues from the store, with another provider if there is one. */
static void round_abort(struct anchor *anchor)
{
    uint64_t ms = providers_pause_ms(&anchor->providers);
    for (size_t i = 0; i < anchor->providers.n; i++)
        if (anchor->providers.provider[i].up)
            ms = 0;
    anchor->watch_again = true;
    const struct provider *provider = providers_current(&anchor->providers);
    if (++anchor->n_failed_rounds >= MAX_FAILED_ROUNDS && !provider->up && !anchor->closing)
        anchor_raise(anchor, CONDITION_ROUNDS, "chain_unreachable", "%.190s", provider->why);
    schedule_round(anchor, ms < POLL_MAX_MS ? ms : POLL_MAX_MS);
}

void anchor_round_failed(struct anchor *anchor, const char *why)
{
    struct provider *provider = providers_current(&anchor->providers);
    if (!anchor->closing && provider->up)
        provider_eject(provider, NULL, "chain_unreachable", "%s: %.120s", provider->name, why);
    round_abort(anchor);
}

/* -- requests ---------------------------------------------------------------------------------------------------- */

static void on_anchor_reply(void *context, const struct rpc_reply *reply)
{
    struct anchor *anchor = context;
    bool refused = reply->status == BADGE_EREFUSED && !rpc_reply_is_transient(reply);
    struct provider *provider = providers_current(&anchor->providers);
    if (anchor->closing) {
        schedule_round(anchor, 0);
    } else if (reply->status == BADGE_OK || (refused && anchor->accepts_refusal)) {
        anchor->step(anchor, reply);
    } else {
        if (provider->up)
            provider_failed(provider, reply);
        round_abort(anchor);
    }
}

static void send_request(struct anchor *anchor, const char *method, json_t *params, anchor_step step,
                         bool accepts_refusal)
{
    struct badge_err err;
    anchor->step = step;
    anchor->accepts_refusal = accepts_refusal;
    struct provider *provider = providers_current(&anchor->providers);
    if (provider_ask(provider, method, params, on_anchor_reply, anchor, &err) != BADGE_OK)
        anchor_round_failed(anchor, err.text);
}

void anchor_ask(struct anchor *anchor, const char *method, json_t *params, anchor_step step)
{
    send_request(anchor, method, params, step, false);
}

void anchor_ask_accept_refusal(struct anchor *anchor, const char *method, json_t *params, anchor_step step)
{
    send_request(anchor, method, params, step, true);
}

void anchor_ask_contract(struct anchor *anchor, const uint8_t *data, size_t data_len, anchor_step step)
{
    json_t *call = rpc_call_object(&anchor->options.contract, data, data_len);
    send_request(anchor, "eth_call", json_pack("[os]", call, "latest"), step, false);
}

static enum badge_status on_cross_check_result(struct quorum *quorum, const json_t *result)
{
    struct anchor *anchor = quorum->context;
    return anchor->matches(anchor, result) ? BADGE_OK : BADGE_EMISMATCH;
}

static void on_cross_check_done(struct quorum *quorum)
{
    struct anchor *anchor = quorum->context;
    if (anchor->closing)
        anchor_round_end(anchor);
    else
        anchor->judge(anchor);
}

void anchor_cross_check(struct anchor *anchor, const char *method, json_t *params, anchor_matcher matches,
                        void (*judge)(struct anchor *anchor))
{
    struct quorum *quorum = &anchor->cross_check;
    struct quorum_members others;
    quorum_members_others(&others, &anchor->providers);
    quorum->answer = on_cross_check_result;
    quorum->done = on_cross_check_done;
    quorum->context = anchor;
    quorum->cross_check = true;
    anchor->matches = matches;
    anchor->judge = judge;
    if (quorum_ask(quorum, &others, method, params) != BADGE_OK)
        judge(anchor);
}

/* -- the round --------------------------------------------------------------------------------------------------- */

bool anchor_head_is_new(const struct anchor *anchor)
{
    return badge_hash_compare(&anchor->head.hash, &anchor->watched_head) != 0;
}

bool anchor_may_sign(const struct anchor *anchor)
{
    return !anchor->in_flight && anchor->trust == TRUST_SENDING && key_rotation_ready(anchor) &&
           stale_store_allows(anchor);
}

/* False if there is nothing to do for the job in this round. */
static bool job_step(struct anchor *anchor)
{
    const struct tx_job *job = &anchor->job;
    enum store_anchor_state state = job->anchor.state;
    bool sealed = state == STORE_ANCHOR_SEALED;
    anchor->tracker = NULL;
    if (state == STORE_ANCHOR_FINAL || state == STORE_ANCHOR_SPOILED)
        return false;
    if (state == STORE_ANCHOR_MINED) {
        if (anchor->watching) /* otherwise nothing can have changed */
            confirm_watch(anchor);
        return anchor->watching;
    }
    if (sealed && !anchor_may_sign(anchor))
        return false;
    anchor->tracker = tracker_of(anchor, job->id);
    if (!anchor->tracker || anchor->tracker->stopped)
        return false;
    bool waits = sealed && anchor_now_ms(anchor) < anchor->tracker->publish_at_ms;
    if (waits && job_is_revocation_set(job))
        return false; /* batches do not wait for it */
    anchor->in_flight = true;
    if (waits)
        return false;
    if (sealed)
        send_begin(anchor);
    else
        confirm_poll(anchor);
    return true;
}

static void run_jobs_from(struct anchor *anchor, struct store_job_id id)
{
    struct store *store = anchor->options.store;
    for (; job_load(&anchor->job, store, id); id = job_after(store, id))
        if (job_step(anchor))
            return;
    anchor_round_end(anchor);
}

void anchor_first_job(struct anchor *anchor)
{
    run_jobs_from(anchor, job_first(anchor->options.store));
}

void anchor_next_job(struct anchor *anchor)
{
    run_jobs_from(anchor, job_after(anchor->options.store, anchor->job.id));
}

/* Whether any job is signed but not mined: nothing new is signed beside it. */
static bool is_in_flight(const struct anchor *anchor)
{
    struct store *store = anchor->options.store;
    struct tx_job job;
    for (struct store_job_id id = job_first(store); job_load(&job, store, id); id = job_after(store, id))
        if ((job.anchor.state == STORE_ANCHOR_SIGNED || job.anchor.state == STORE_ANCHOR_SENT) &&
            !tracker_is_stopped(anchor, id))
            return true;
    return false;
}

void anchor_checked(struct anchor *anchor)
{
    if (anchor->trust == TRUST_NOTHING) {
        anchor_round_end(anchor);
        return;
    }
    if (key_rotation_due(anchor)) {
        key_rotation_start(anchor);
        return;
    }
    if (stale_store_due(anchor)) {
        stale_store_start(anchor);
        return;
    }
    anchor->in_flight = is_in_flight(anchor);
    anchor->watching = anchor->watch_again || anchor_head_is_new(anchor);
    anchor->watch_again = false;
    revocations_collect(anchor);
}

static void head_read(struct anchor *anchor)
{
    uv_mutex_lock(&anchor->lock);
    anchor->health.head = anchor->head.number;
    anchor->health.finalized = anchor->final_number;
    uv_mutex_unlock(&anchor->lock);
    metric_set(METRIC_HEAD_BLOCK, (int64_t)anchor->head.number);
    preflight_start(anchor);
}

static void finalized_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    struct block block;
    if (reply->status == BADGE_OK && block_read(&block, reply->result) == BADGE_OK) {
        anchor->final_number = block.number < anchor->head.number ? block.number : anchor->head.number;
        anchor_clear(anchor, CONDITION_FINALITY);
    } else {
        const char *why = reply->status == BADGE_OK ? "none returned" : reply->error_text;
        anchor_raise(anchor, CONDITION_FINALITY, "no_finality",
                     "no finalized block (%.60s): if this chain has no finality, set chain.finality to a number of "
                     "confirmations",
                     why);
    }
    head_read(anchor);
}

/* For /v1/node, once a round. */
static void publish_providers(struct anchor *anchor)
{
    const struct providers *providers = &anchor->providers;
    size_t n = providers->n < ANCHOR_MAX_PROVIDERS ? providers->n : ANCHOR_MAX_PROVIDERS;
    uv_mutex_lock(&anchor->lock);
    anchor->health.n_providers = n;
    for (size_t i = 0; i < n; i++) {
        struct anchor_provider *shown = &anchor->health.provider[i];
        snprintf(shown->url, sizeof shown->url, "%.127s", providers->provider[i].name);
        shown->healthy = provider_is_healthy(&providers->provider[i]);
        shown->head = providers->provider[i].head.number;
    }
    uv_mutex_unlock(&anchor->lock);
}

/* If no provider is usable, the error of one that gives wrong answers is more useful than that of an unreachable one.
 */
static void no_provider(struct anchor *anchor)
{
    const struct providers *providers = &anchor->providers;
    const struct provider *provider = &providers->provider[0];
    for (size_t i = providers->n; i-- > 0;)
        if (!providers->provider[i].up && strcmp(providers->provider[i].code, "chain_unreachable") != 0)
            provider = &providers->provider[i];
    anchor->trust = TRUST_NOTHING;
    if (!provider->up)
        anchor_raise(anchor, CONDITION_PROVIDERS, provider->code, "%s%s",
                     anchor->providers.n > 1 ? "no usable provider: " : "", provider->why);
    round_abort(anchor);
}

static void health_checked(void *context)
{
    struct anchor *anchor = context;
    bool found = !anchor->closing && providers_choose(&anchor->providers);
    publish_providers(anchor);
    if (anchor->closing) {
        schedule_round(anchor, 0);
        return;
    }
    if (!found) {
        no_provider(anchor);
        return;
    }
    const struct provider *provider = providers_current(&anchor->providers);
    uint64_t confirmations = anchor->options.confirmations, stalled_ms = provider_stalled_ms(provider);
    anchor->head = provider->head;
    if (stalled_ms > 0)
        anchor_raise(anchor, CONDITION_STALLED, "chain_stalled",
                     "chain stalled at block %llu: no new block for %llu s, block time is %llu s: check the providers",
                     (unsigned long long)anchor->head.number, (unsigned long long)stalled_ms / 1000,
                     (unsigned long long)(anchor->providers.block_time_ms + 500) / 1000);
    else
        anchor_clear(anchor, CONDITION_STALLED);
    if (confirmations == 0) {
        anchor_ask_accept_refusal(anchor, "eth_getBlockByNumber", json_pack("[sb]", "finalized", 0),
                                  finalized_answered);
        return;
    }
    anchor->final_number = anchor->head.number > confirmations ? anchor->head.number - confirmations : 0;
    head_read(anchor);
}

static void round_begin(struct anchor *anchor)
{
    anchor->running = true;
    anchor->woken = anchor->progress = false;
    anchor->final_number = 0;
    providers_check_health(&anchor->providers);
}

/* -- opening and closing ----------------------------------------------------------------------------------------- */

static void on_notice(uv_async_t *notice_async)
{
    anchor_wake(notice_async->data);
}

void anchor_notice(struct anchor *anchor)
{
    (void)uv_async_send(&anchor->notice_async); /* fails only when closed */
}

enum badge_status anchor_new(struct anchor **out, const struct anchor_options *options, struct badge_err *err)
{
    struct anchor *anchor = calloc(1, sizeof *anchor);
    if (!anchor || uv_mutex_init(&anchor->lock) < 0) {
        badge_key_free(options->operator_key);
        free(anchor);
        return badge_no_memory(err);
    }
    anchor->options = *options;
    const struct fee_caps caps = {options->max_fee_wei, options->max_priority_fee_wei};
    signer_init(&anchor->signer, options->operator_key, options->chain_id, &options->contract, &caps);
    anchor->health.has_operator = options->operator_key;
    anchor->health.operator_address = anchor->signer.address;
    const struct providers_options providers = {.loop = options->loop,
                                                .client = options->client,
                                                .url = options->rpc_url,
                                                .n_urls = options->n_rpc_urls,
                                                .chain_id = options->chain_id,
                                                .contract = options->contract,
                                                .health_checked = health_checked,
                                                .context = anchor};
    enum badge_status status = providers_init(&anchor->providers, &providers, err);
    if (status != BADGE_OK) {
        free_anchor(anchor);
        return status;
    }
    if (uv_async_init(options->loop, &anchor->notice_async, on_notice) < 0)
        fatal("anchor could not be created", LOG_FIELDS(log_none));
    (void)uv_timer_init(options->loop, &anchor->timer); /* always succeeds */
    anchor->notice_async.data = anchor->timer.data = anchor;
    anchor->health.code = "chain_unreachable"; /* so that this is not logged as a change */
    anchor_raise(anchor, CONDITION_PROVIDERS, "chain_unreachable", "no answer from the chain yet; wait a moment");
    if (!options->operator_key)
        anchor_raise(anchor, CONDITION_KEY, "key_opening", "opening the operator key; wait a moment");
    schedule_round(anchor, 0);
    *out = anchor;
    return BADGE_OK;
}

struct providers *anchor_providers(struct anchor *anchor)
{
    return &anchor->providers;
}

void anchor_wake(struct anchor *anchor)
{
    if (anchor->running)
        anchor->woken = true;
    else if (!anchor->closing && providers_current(&anchor->providers)->up)
        schedule_round(anchor, 0);
}

void anchor_close(struct anchor *anchor)
{
    if (!anchor || anchor->closing)
        return;
    anchor->closing = true;
    providers_stop(&anchor->providers);
    if (!anchor->running)
        schedule_round(anchor, 0);
}
