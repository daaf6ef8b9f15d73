/*
 * The rounds of the anchor: daemon/main.c opens it, wakes it after each seal and closes it; http tells it of
 * revocations; a timer begins the rounds. The invariant: while a round runs exactly one thing is open, a survey, a
 * question to one provider or to all, a signature or a write, and its answer either opens the next or ends the round;
 * between rounds there is the timer, and probes that came too late for their survey.
 */
#include "anchor/anchor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anchor/anchor_internal.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define POLL_LEAST_MS 500 /* between rounds: half of the time between blocks, doubled while the head stands still */
#define POLL_MOST_MS 4000
#define POLL_UNKNOWN_MS 2000 /* the time between blocks, before it is known */
#define CLOSING_MS 10
#define MAX_CUT 4 /* rounds that may fail in a row before it is said: a provider's trouble often passes */

static void round_begin(struct anchor *anchor);

uint64_t anchor_now_ms(const struct anchor *anchor)
{
    return uv_now(anchor->options.loop);
}

static void free_anchor(struct anchor *anchor)
{
    while (anchor->trackers)
        tracker_forget(anchor, anchor->trackers->number);
    providers_release(&anchor->providers);
    key_rotation_release(anchor);
    uv_mutex_destroy(&anchor->lock);
    free(anchor);
}

static void on_closed(uv_handle_t *timer)
{
    free_anchor(timer->data);
}

static void on_noticed_closed(uv_handle_t *noticed)
{
    struct anchor *anchor = noticed->data;
    uv_close((uv_handle_t *)&anchor->timer, on_closed);
}

static void on_grace_closed(uv_handle_t *grace)
{
    struct providers *providers = grace->data;
    struct anchor *anchor = providers->context;
    uv_close((uv_handle_t *)&anchor->noticed, on_noticed_closed);
}

static void rest(struct anchor *anchor, uint64_t ms);

static void on_timer(uv_timer_t *timer)
{
    struct anchor *anchor = timer->data;
    if (anchor->closing)
        rest(anchor, 0);
    else
        round_begin(anchor);
}

/* Doubles with each round in a row; up to a quarter more, so that nodes don't ask in step. */
static uint64_t pause_ms(uint64_t first_ms, uint64_t last_ms, unsigned n)
{
    uint64_t ms = first_ms;
    while (n-- > 0 && ms < last_ms)
        ms *= 2;
    ms = ms < last_ms ? ms : last_ms;
    return ms + uv_hrtime() % (ms / 4);
}

/* Between rounds. Where the end has come, the questions of a survey may be open still: net_client_close() ends them. */
static void rest(struct anchor *anchor, uint64_t ms)
{
    anchor->running = false;
    (void)uv_timer_start(&anchor->timer, on_timer, anchor->closing ? CLOSING_MS : ms, 0); /* fails only when closing */
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
    anchor->n_cut = 0;
    anchor_clear(anchor, CONDITION_ROUNDS);
    anchor->n_quiet = head_new || anchor->progress ? 0 : anchor->n_quiet + 1;
    bool idle = job_first(anchor->options.store) == 0;
    uint64_t block_ms = anchor->providers.block_time_ms > 0 ? anchor->providers.block_time_ms : POLL_UNKNOWN_MS;
    uint64_t last_ms = clamp(block_ms, 2 * POLL_LEAST_MS, POLL_MOST_MS);
    uint64_t first_ms = idle ? last_ms : clamp(block_ms / 2, POLL_LEAST_MS, POLL_MOST_MS / 2);
    if (anchor->progress || anchor->woken)
        rest(anchor, 0);
    else
        rest(anchor, pause_ms(first_ms, last_ms, anchor->n_quiet));
}

/* The next one goes on from the store, with another provider if there is one. */
static void cut_short(struct anchor *anchor)
{
    uint64_t ms = providers_pause_ms(&anchor->providers);
    for (size_t i = 0; i < anchor->providers.n; i++)
        if (anchor->providers.provider[i].up)
            ms = 0;
    anchor->watch_again = true;
    const struct provider *provider = providers_current(&anchor->providers);
    if (++anchor->n_cut >= MAX_CUT && !provider->up && !anchor->closing)
        anchor_raise(anchor, CONDITION_ROUNDS, "chain_unreachable", "%.190s", provider->why);
    rest(anchor, ms < POLL_MOST_MS ? ms : POLL_MOST_MS);
}

void anchor_round_failed(struct anchor *anchor, const char *why)
{
    struct provider *provider = providers_current(&anchor->providers);
    if (!anchor->closing && provider->up)
        provider_eject(provider, NULL, "chain_unreachable", "%s: %.120s", provider->name, why);
    cut_short(anchor);
}

/* -- questions --------------------------------------------------------------------------------------------------- */

static void on_reply(void *context, const struct rpc_reply *reply)
{
    struct anchor *anchor = context;
    bool refused = reply->status == BADGE_EREFUSED && !rpc_reply_is_transient(reply);
    struct provider *provider = providers_current(&anchor->providers);
    if (anchor->closing) {
        rest(anchor, 0);
    } else if (reply->status == BADGE_OK || (refused && anchor->refusal_wanted)) {
        anchor->step(anchor, reply);
    } else {
        if (provider->up)
            provider_failed(provider, reply);
        cut_short(anchor);
    }
}

static void ask(struct anchor *anchor, const char *method, json_t *params, anchor_step step, bool refusal_wanted)
{
    struct badge_err err;
    anchor->step = step;
    anchor->refusal_wanted = refusal_wanted;
    struct provider *provider = providers_current(&anchor->providers);
    if (provider_ask(provider, method, params, on_reply, anchor, &err) != BADGE_OK)
        anchor_round_failed(anchor, err.text);
}

void anchor_ask(struct anchor *anchor, const char *method, json_t *params, anchor_step step)
{
    ask(anchor, method, params, step, false);
}

void anchor_ask_or_refuse(struct anchor *anchor, const char *method, json_t *params, anchor_step step)
{
    ask(anchor, method, params, step, true);
}

void anchor_ask_contract(struct anchor *anchor, const uint8_t *data, size_t data_len, anchor_step step)
{
    json_t *call = rpc_call_object(&anchor->options.contract, data, data_len);
    ask(anchor, "eth_call", json_pack("[os]", call, "latest"), step, false);
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

/* False where there is nothing to be done for the job in this round. */
static bool take_turn(struct anchor *anchor)
{
    const struct job *job = &anchor->job;
    enum store_anchor_state state = job->anchor.state;
    bool sealed = state == STORE_ANCHOR_SEALED;
    anchor->tracker = NULL;
    if (state == STORE_ANCHOR_FINAL || state == STORE_ANCHOR_SPOILED)
        return false;
    if (state == STORE_ANCHOR_MINED) {
        if (anchor->watching) /* else nothing can have changed */
            confirm_watch(anchor);
        return anchor->watching;
    }
    if (sealed && !anchor_may_sign(anchor))
        return false;
    anchor->tracker = tracker_of(anchor, job->number);
    if (!anchor->tracker || anchor->tracker->stopped)
        return false;
    bool waits = sealed && anchor_now_ms(anchor) < anchor->tracker->publish_at_ms;
    if (waits && job_is_revocation_set(job))
        return false; /* batches need not wait for it */
    anchor->in_flight = true;
    if (waits)
        return false;
    if (sealed)
        send_begin(anchor);
    else
        confirm_poll(anchor);
    return true;
}

static void walk_from(struct anchor *anchor, uint32_t number)
{
    struct store *store = anchor->options.store;
    for (; job_load(&anchor->job, store, number); number = job_after(store, number))
        if (take_turn(anchor))
            return;
    anchor_round_end(anchor);
}

void anchor_first_job(struct anchor *anchor)
{
    walk_from(anchor, job_first(anchor->options.store));
}

void anchor_next_job(struct anchor *anchor)
{
    walk_from(anchor, job_after(anchor->options.store, anchor->job.number));
}

/* What was signed and is not mined, wherever it stands in the order: nothing new is signed beside it. */
static bool is_in_flight(const struct anchor *anchor)
{
    struct store *store = anchor->options.store;
    struct job job;
    for (uint32_t number = job_first(store); job_load(&job, store, number); number = job_after(store, number))
        if ((job.anchor.state == STORE_ANCHOR_SIGNED || job.anchor.state == STORE_ANCHOR_SENT) &&
            !tracker_is_stopped(anchor, number))
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

static void head_known(struct anchor *anchor)
{
    uv_mutex_lock(&anchor->lock);
    anchor->health.head = anchor->head.number;
    anchor->health.finalized = anchor->final_number;
    uv_mutex_unlock(&anchor->lock);
    metric_set(METRIC_HEAD_BLOCK, (int64_t)anchor->head.number);
    preflight_start(anchor);
}

static void final_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    struct block block;
    if (reply->status == BADGE_OK && block_read(&block, reply->result) == BADGE_OK) {
        anchor->final_number = block.number < anchor->head.number ? block.number : anchor->head.number;
        anchor_clear(anchor, CONDITION_FINALITY);
    } else {
        const char *why = reply->status == BADGE_OK ? "it shows none" : reply->error_text;
        anchor_raise(anchor, CONDITION_FINALITY, "no_finality",
                     "the chain has no finalized block (%.60s): if it never has, set chain.finality to a number of "
                     "confirmations",
                     why);
    }
    head_known(anchor);
}

/* For /v1/node, once a round. */
static void show_providers(struct anchor *anchor)
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

/* Where none can be read from, one that answers and is wrong says more than one that is silent. */
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
                     anchor->providers.n > 1 ? "no provider is usable: " : "", provider->why);
    cut_short(anchor);
}

static void health_checked(void *context)
{
    struct anchor *anchor = context;
    bool found = !anchor->closing && providers_choose(&anchor->providers);
    show_providers(anchor);
    if (anchor->closing) {
        rest(anchor, 0);
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
                     "the chain stands still at block %llu since %llu s, it made one each %llu s: ask its providers",
                     (unsigned long long)anchor->head.number, (unsigned long long)stalled_ms / 1000,
                     (unsigned long long)(anchor->providers.block_time_ms + 500) / 1000);
    else
        anchor_clear(anchor, CONDITION_STALLED);
    if (confirmations == 0) {
        anchor_ask_or_refuse(anchor, "eth_getBlockByNumber", json_pack("[sb]", "finalized", 0), final_answered);
        return;
    }
    anchor->final_number = anchor->head.number > confirmations ? anchor->head.number - confirmations : 0;
    head_known(anchor);
}

static void round_begin(struct anchor *anchor)
{
    anchor->running = true;
    anchor->woken = anchor->progress = false;
    anchor->final_number = 0;
    providers_check_health(&anchor->providers);
}

/* -- opening and closing ----------------------------------------------------------------------------------------- */

static void on_noticed(uv_async_t *noticed)
{
    anchor_wake(noticed->data);
}

void anchor_notice(struct anchor *anchor)
{
    (void)uv_async_send(&anchor->noticed); /* fails only when closed */
}

enum badge_status anchor_new(struct anchor **out, const struct anchor_options *options, struct badge_err *err)
{
    enum badge_status status = BADGE_ENOMEM;
    struct anchor *anchor = calloc(1, sizeof *anchor);
    if (!anchor || uv_mutex_init(&anchor->lock) < 0) {
        badge_key_free(options->operator_key);
        free(anchor);
        return badge_fail(err, status, BADGE_NO_OFFSET, "no memory for the anchor");
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
    status = providers_init(&anchor->providers, &providers, err);
    if (status != BADGE_OK) {
        free_anchor(anchor);
        return status;
    }
    if (uv_async_init(options->loop, &anchor->noticed, on_noticed) < 0)
        fatal("the anchor could not be made", LOG_FIELDS(log_none));
    (void)uv_timer_init(options->loop, &anchor->timer); /* always succeeds */
    anchor->noticed.data = anchor->timer.data = anchor;
    anchor->health.code = "chain_unreachable"; /* so that it is no news */
    anchor_raise(anchor, CONDITION_PROVIDERS, "chain_unreachable", "the chain has not answered yet; wait a moment");
    if (!options->operator_key)
        anchor_raise(anchor, CONDITION_KEY, "key_opening", "the operator's key is being opened; wait a moment");
    rest(anchor, 0);
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
        rest(anchor, 0);
}

void anchor_close(struct anchor *anchor)
{
    if (!anchor || anchor->closing)
        return;
    anchor->closing = true;
    providers_stop(&anchor->providers);
    if (!anchor->running)
        rest(anchor, 0);
}
