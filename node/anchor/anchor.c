/*
 * The rounds of the anchor: badged.c opens it, wakes it after each seal and closes it; a timer begins the rounds. The
 * invariant: while a round runs exactly one thing is open, a question, a broadcast or a write, and its answer either
 * opens the next or ends the round; between rounds only the timer is there.
 */
#include "anchor/anchor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anchor/life.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define POLL_FIRST_MS 1000 /* between rounds, doubled while the head stands still, to */
#define POLL_LAST_MS 4000  /* and while nothing waits for the chain */
#define FAILED_FIRST_MS 500
#define FAILED_LAST_MS 30000

static void round_begin(struct anchor *anchor);

uint64_t anchor_now_ms(const struct anchor *anchor)
{
    return uv_now(anchor->options.loop);
}

static void free_anchor(struct anchor *anchor)
{
    while (anchor->chases != NULL)
        chase_forget(anchor, anchor->chases->number);
    providers_release(&anchor->providers);
    signer_release(&anchor->signer);
    uv_mutex_destroy(&anchor->lock);
    free(anchor);
}

static void on_closed(uv_handle_t *timer)
{
    free_anchor(timer->data);
}

static void on_timer(uv_timer_t *timer)
{
    round_begin(timer->data);
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

static void rest(struct anchor *anchor, uint64_t ms)
{
    anchor->running = false;
    if (anchor->closing)
        uv_close((uv_handle_t *)&anchor->timer, on_closed);
    else
        (void)uv_timer_start(&anchor->timer, on_timer, ms, 0); /* fails only on a closing handle */
}

void anchor_round_end(struct anchor *anchor)
{
    bool head_new = badge_hash_compare(&anchor->head.hash, &anchor->watched_head) != 0;
    anchor->watched_head = anchor->head.hash;
    anchor->n_failed = 0;
    anchor->n_quiet = head_new || anchor->progress ? 0 : anchor->n_quiet + 1;
    bool idle = store_first_unfinal(anchor->options.store) == 0;
    if (anchor->progress || anchor->woken)
        rest(anchor, 0);
    else
        rest(anchor, pause_ms(idle ? POLL_LAST_MS : POLL_FIRST_MS, POLL_LAST_MS, anchor->n_quiet));
}

void anchor_round_failed(struct anchor *anchor, const char *why)
{
    if (anchor->closing) {
        rest(anchor, 0);
        return;
    }
    const char *name = rpc_name(providers_current(&anchor->providers));
    enum log_level level = anchor->n_failed < anchor->providers.n ? LOG_WARN : LOG_DEBUG;
    log_write(level, "provider failed", LOG_FIELDS(log_text("provider", name), log_text("why", why)));
    anchor->n_failed++;
    anchor->trust = TRUST_NOTHING;
    if (anchor->n_failed > anchor->providers.n)
        anchor_set_health(anchor, "chain_unreachable", "no provider of chain.rpc answers, lastly %s: %s", name, why);
    providers_next(&anchor->providers);
    rest(anchor, pause_ms(FAILED_FIRST_MS, FAILED_LAST_MS, anchor->n_failed));
}

/* -- questions --------------------------------------------------------------------------------------------------- */

static void on_reply(void *context, const struct rpc_reply *reply)
{
    struct anchor *anchor = context;
    bool refused = reply->status == BADGE_EREFUSED;
    if (reply->status != BADGE_OK)
        metric_add(METRIC_RPC_ERRORS, 1);
    if (anchor->closing)
        rest(anchor, 0);
    else if (reply->status == BADGE_OK ||
             (refused && anchor->refusal_wanted && !rpc_error_is_transient(reply->error_code)))
        anchor->step(anchor, reply);
    else
        anchor_round_failed(anchor, refused ? reply->error_text : reply->err.text);
}

static void ask(struct anchor *anchor, const char *method, json_t *params, anchor_step step, bool refusal_wanted)
{
    struct badge_err err;
    anchor->step = step;
    anchor->refusal_wanted = refusal_wanted;
    metric_add(METRIC_RPC_REQUESTS, 1);
    if (rpc_call(providers_current(&anchor->providers), method, params, on_reply, anchor, &err) != BADGE_OK)
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

void anchor_next_batch(struct anchor *anchor)
{
    bool head_new = badge_hash_compare(&anchor->head.hash, &anchor->watched_head) != 0;
    while (anchor->cursor != 0 && store_batch(anchor->options.store, anchor->cursor, &anchor->batch)) {
        enum store_anchor_state state = anchor->batch.anchor.state;
        anchor->cursor++;
        anchor->chase = NULL;
        if (state == STORE_ANCHOR_FINAL || state == STORE_ANCHOR_SPOILED)
            continue;
        if (state == STORE_ANCHOR_MINED) {
            if (!head_new)
                continue; /* nothing can have changed */
            mined_watch(anchor);
            return;
        }
        bool sealed = state == STORE_ANCHOR_SEALED;
        if (sealed && (anchor->in_flight || anchor->trust != TRUST_SENDING))
            continue;
        anchor->chase = chase_of(anchor, anchor->batch.number);
        if (anchor->chase == NULL || anchor->chase->stopped)
            continue;
        anchor->in_flight = true;
        if (!sealed)
            mined_look(anchor);
        else if (anchor_now_ms(anchor) >= anchor->chase->publish_at_ms)
            send_begin(anchor);
        else
            continue;
        return;
    }
    anchor_round_end(anchor);
}

void anchor_checked(struct anchor *anchor)
{
    if (anchor->trust == TRUST_NOTHING) {
        anchor_round_end(anchor);
        return;
    }
    anchor->in_flight = false;
    anchor->cursor = store_first_unfinal(anchor->options.store);
    anchor_next_batch(anchor);
}

static void head_known(struct anchor *anchor)
{
    uv_mutex_lock(&anchor->lock);
    anchor->health.head = anchor->head.number;
    anchor->health.finalized = anchor->final_number;
    uv_mutex_unlock(&anchor->lock);
    metric_set(METRIC_HEAD_BLOCK, (int64_t)anchor->head.number);
    if (check_due(anchor))
        check_begin(anchor);
    else
        anchor_checked(anchor);
}

static void final_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    struct block block;
    if (reply->status == BADGE_OK && mined_read_block(&block, reply->result) == BADGE_OK) {
        anchor->final_number = block.number < anchor->head.number ? block.number : anchor->head.number;
    } else if (!anchor->said_no_finality) {
        anchor->said_no_finality = true;
        log_warn("the chain has no finalized block; if it never has, set chain.finality to a number of confirmations",
                 log_text("why", reply->status == BADGE_OK ? "no block yet" : reply->error_text));
    }
    head_known(anchor);
}

static void head_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    if (mined_read_block(&anchor->head, reply->result) != BADGE_OK) {
        anchor_round_failed(anchor, "its latest block can't be read");
        return;
    }
    uint64_t confirmations = anchor->options.confirmations;
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
    if (anchor->trust == TRUST_SENDING && check_due(anchor))
        providers_preferred(&anchor->providers);
    anchor_ask(anchor, "eth_getBlockByNumber", json_pack("[sb]", "latest", 0), head_answered);
}

/* -- opening and closing ----------------------------------------------------------------------------------------- */

enum badge_status anchor_new(struct anchor **out, const struct anchor_options *options, struct badge_err *err)
{
    enum badge_status status = BADGE_ENOMEM;
    struct anchor *anchor = calloc(1, sizeof *anchor);
    if (anchor == NULL || uv_mutex_init(&anchor->lock) < 0) {
        badge_key_free(options->operator_key);
        free(anchor);
        return badge_fail(err, status, BADGE_NO_OFFSET, "no memory for the anchor");
    }
    anchor->options = *options;
    const struct fee_caps caps = {options->max_fee_wei, options->max_priority_fee_wei};
    signer_init(&anchor->signer, options->operator_key, options->chain_id, &options->contract, &caps);
    anchor->health.operator_address = anchor->signer.address;
    anchor->health.code = "chain_unreachable";
    snprintf(anchor->health.why, sizeof anchor->health.why, "the chain has not answered yet; wait a moment");
    status = providers_init(&anchor->providers, options->client, options->rpc_url, options->n_rpc_urls, err);
    if (status != BADGE_OK) {
        free_anchor(anchor);
        return status;
    }
    (void)uv_timer_init(options->loop, &anchor->timer); /* always succeeds */
    anchor->timer.data = anchor;
    rest(anchor, 0);
    *out = anchor;
    return BADGE_OK;
}

void anchor_wake(struct anchor *anchor)
{
    if (anchor->running)
        anchor->woken = true;
    else if (!anchor->closing && anchor->n_failed == 0)
        rest(anchor, 0);
}

void anchor_close(struct anchor *anchor)
{
    if (anchor == NULL || anchor->closing)
        return;
    anchor->closing = true;
    if (!anchor->running)
        rest(anchor, 0);
}

void anchor_health(struct anchor *anchor, struct anchor_health *out)
{
    uv_mutex_lock(&anchor->lock);
    *out = anchor->health;
    uv_mutex_unlock(&anchor->lock);
}

void anchor_set_health(struct anchor *anchor, const char *code, const char *format, ...)
{
    char why[sizeof anchor->health.why];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);

    const char *before = anchor->health.connected ? NULL : anchor->health.code;
    bool news = (before == NULL) != (code == NULL) || (code != NULL && strcmp(before, code) != 0);
    uv_mutex_lock(&anchor->lock);
    anchor->health.connected = code == NULL;
    anchor->health.code = code;
    memcpy(anchor->health.why, why, sizeof why);
    uv_mutex_unlock(&anchor->lock);
    if (news && code == NULL)
        log_info("chain ready", log_text("provider", rpc_name(providers_current(&anchor->providers))),
                 log_u64("head", anchor->head.number));
    else if (news)
        log_warn("chain not ready", log_text("code", code), log_text("why", why));
}
