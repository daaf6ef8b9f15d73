/*
 * The order of a round, the rounds one after another, opening and closing. daemon/node.c opens the anchor, wakes it
 * after each seal and closes it; the API notifies it of revocations. The invariant: all steps run in one coroutine, so
 * one at a time; between rounds only the timer is active, and probes that were too late for their health check.
 */
#include "anchor/anchor.h"

#include <stdlib.h>
#include <string.h>

#include "anchor/already_anchored.h"
#include "anchor/confirm.h"
#include "anchor/key_rotation.h"
#include "anchor/preflight.h"
#include "anchor/revocation_batcher.h"
#include "anchor/send.h"
#include "anchor/stale_store.h"
#include "anchor/state.h"
#include "anchor/waiting.h"
#include "core/compiler.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define CLOSING_MS 10
#define MAX_REVERTED 3
#define MAX_FAILED_ROUNDS 4 /* failed rounds in a row before this is reported: most failures are transient */

struct anchor {
    struct round round;
    uv_timer_t timer;
    uv_async_t notice_async; /* for anchor_notice(), from any thread */
    unsigned n_open_handles;
    bool paused;              /* between rounds */
    bool woken;               /* a batch was sealed meanwhile, or a revocation was requested */
    unsigned n_idle_rounds;   /* rounds in a row without a change */
    unsigned n_failed_rounds; /* rounds in a row that a provider's failure has ended */
};

/* -- one job, from sealed to final --------------------------------------------------------------------------------- */

static enum next send_sealed(struct round *round, struct tx_job *job)
{
    if (job->tracker->n_reverted >= MAX_REVERTED)
        return job_stop(round, job, "its transaction keeps reverting; find out why, then restart the node");
    /* a set needs no check: the contract skips digests that are revoked already */
    enum next next = job_is_revocation_set(job) ? revocations_prune(round, job) : already_anchored_check(round, job);
    return next == NEXT_STEP ? send_first(round, job) : next;
}

static enum next poll_open(struct round *round, struct tx_job *job)
{
    job_load_attempts(job, round->options.store);
    if (job->attempts->n == 0)
        return job_stop(round, job,
                        "its transactions are missing from the store; restore a backup of the file `anchors`");
    enum next next = confirm_poll(round, job);
    return next == NEXT_STEP ? send_open(round, job) : next;
}

static enum next run_job(struct round *round, struct tx_job *job, bool watching)
{
    uint64_t now_ms = round_now_ms(round);
    job->attempts = &round->attempts;
    job->tracker = tracker_find(round->trackers, job->id);
    enum job_step step = decide_job_step(job, round_may_sign(round), watching, now_ms);
    if (step == JOB_SKIP)
        return NEXT_JOB;
    if (step == JOB_WATCH)
        return confirm_watch(round, job);
    round->in_flight = true;
    job->tracker = tracker_of(&round->trackers, job->id, now_ms);
    if (step == JOB_HOLD || !job->tracker)
        return NEXT_JOB;
    return step == JOB_SEND ? send_sealed(round, job) : poll_open(round, job);
}

static enum next run_jobs(struct round *round)
{
    struct store *store = round->options.store;
    struct tx_job job;
    bool watching = round->watch_again;
    round->watch_again = false;
    for (struct store_job_id id = job_first(store); job_load(&job, store, id); id = job_after(store, id)) {
        enum next next = run_job(round, &job, watching);
        if (next == NEXT_END || next == NEXT_ABORT) {
            round->watch_again = watching || round->watch_again; /* not all were looked at */
            return next;
        }
        if (round->closing)
            return NEXT_ABORT;
    }
    waiting_check_jobs(round);
    return NEXT_END;
}

/* -- a round ------------------------------------------------------------------------------------------------------- */

/* If no provider is usable, the error of one that gives wrong answers is more useful than that of an unreachable one.
 */
static enum next no_provider(struct round *round)
{
    const struct providers *providers = &round->providers;
    const struct provider *provider = &providers->provider[0];
    for (size_t i = providers->n; i-- > 0;)
        if (!providers->provider[i].up && strcmp(providers->provider[i].code, "chain_unreachable") != 0)
            provider = &providers->provider[i];
    round->checked.trust = TRUST_NOTHING;
    if (!provider->up)
        health_raise(&round->health, CONDITION_PROVIDERS, provider->code, "%s%s",
                     providers->n > 1 ? "no usable provider: " : "", provider->why);
    return NEXT_ABORT;
}

/* Chooses the provider that this round reads from, and so its head. */
static enum next choose_provider(struct round *round)
{
    round_check_providers(round);
    if (round->closing)
        return NEXT_ABORT;
    if (!providers_choose(&round->providers))
        return no_provider(round);
    const struct provider *provider = providers_current(&round->providers);
    unsigned long long stalled_ms = provider_stalled_ms(provider);
    round->head = provider->head;
    round->head_is_new = badge_hash_compare(&round->head.hash, &round->complete_head) != 0;
    round->watch_again = round->watch_again || round->head_is_new;
    if (stalled_ms > 0)
        health_raise(&round->health, CONDITION_STALLED, "chain_stalled",
                     "chain stalled at block %llu: no new block for %llu s, block time is %llu s: check the providers",
                     (unsigned long long)round->head.number, stalled_ms / 1000,
                     (unsigned long long)(round->providers.block_time_ms + 500) / 1000);
    else
        health_clear(&round->health, CONDITION_STALLED);
    return NEXT_STEP;
}

static enum next read_finality(struct round *round)
{
    struct block block;
    uint64_t head = round->head.number, confirmations = round->options.confirmations;
    bool has_finality = true;
    round->final_number = head > confirmations ? head - confirmations : 0;
    if (confirmations == 0) {
        const struct rpc_reply *reply = round_ask_or_refused(round, "eth_getBlockByNumber",
                                                             json_pack("[sb]", "finalized", 0));
        if (!reply)
            return NEXT_ABORT;
        if (reply->status == BADGE_OK && block_read(&block, reply->result) == BADGE_OK) {
            round->final_number = block.number < head ? block.number : head;
        } else {
            round->final_number = 0;
            has_finality = false;
            health_raise(&round->health, CONDITION_FINALITY, "no_finality",
                         "no finalized block (%.60s): wait if the chain is new; if it has no finality, set "
                         "chain.finality to a number of confirmations",
                         reply->status == BADGE_OK ? "none returned" : reply->error_text);
        }
    }
    if (has_finality)
        waiting_check_finality(round);
    /* On a quiet chain a block may become final long after it was the head, and none comes after it. */
    round->watch_again = round->watch_again || round->final_number != round->known_final_number;
    round->known_final_number = round->final_number;
    round->health.now.head = head;
    round->health.now.finalized = round->final_number;
    metric_set(METRIC_HEAD_BLOCK, (int64_t)head);
    return waiting_check_registry(round);
}

/* Nothing new is signed beside a job that is signed but not mined. */
static enum next collect_revocations(struct round *round)
{
    round->in_flight = false;
    for (enum store_job_kind kind = STORE_JOB_BATCH; kind <= STORE_JOB_SET; kind++)
        round->in_flight = round->in_flight || round_has_job(round, kind, STORE_ANCHOR_SIGNED) ||
                           round_has_job(round, kind, STORE_ANCHOR_SENT);
    return revocations_collect(round);
}

static enum next run_round(struct round *round)
{
    static enum next (*const steps[])(struct round *) = {
        choose_provider,     /* one that has the right chain and contract, and the highest head */
        read_finality,       /* the last final block */
        preflight_check,     /* what was final is unchanged; operator right, funds */
        key_rotation_check,  /* a new account that signs */
        stale_store_check,   /* a store that is older than the chain */
        collect_revocations, /* into a set */
        run_jobs,            /* sets, then batches: sent, mined, final */
    };
    enum next next = NEXT_STEP;
    round->progress = false;
    round->final_number = 0;
    for (size_t i = 0; i < ARRAY_LEN(steps) && next == NEXT_STEP; i++)
        next = steps[i](round);
    return next;
}

/* -- one round after another --------------------------------------------------------------------------------------- */

static uint64_t pause_after_failure(struct anchor *anchor)
{
    struct round *round = &anchor->round;
    const struct provider *provider = providers_current(&round->providers);
    uint64_t ms = providers_pause_ms(&round->providers);
    for (size_t i = 0; i < round->providers.n; i++)
        if (round->providers.provider[i].up)
            ms = 0;
    round->watch_again = true;
    bool is_told = !provider->up && strcmp(provider->code, "chain_unreachable") != 0;
    if (is_told && round->health.condition[CONDITION_PROVIDERS].code) /* no round has got beyond the first checks yet */
        health_raise(&round->health, CONDITION_PROVIDERS, provider->code, "%.190s", provider->why);
    if (++anchor->n_failed_rounds >= MAX_FAILED_ROUNDS && !provider->up)
        health_raise(&round->health, CONDITION_ROUNDS, provider->code, "%.190s", provider->why);
    return ms < POLL_MAX_MS ? ms : POLL_MAX_MS;
}

static uint64_t pause_after_round(struct anchor *anchor)
{
    struct round *round = &anchor->round;
    anchor->n_failed_rounds = 0;
    health_clear(&round->health, CONDITION_ROUNDS);
    anchor->n_idle_rounds = round->head_is_new || round->progress ? 0 : anchor->n_idle_rounds + 1;
    round->complete_head = round->head.hash;
    if (round->progress || anchor->woken)
        return 0;
    bool idle = job_first(round->options.store).number == 0;
    return decide_pause_ms(idle, anchor->n_idle_rounds, round->providers.block_time_ms, uv_hrtime());
}

static void on_timer(uv_timer_t *timer)
{
    struct anchor *anchor = timer->data;
    anchor->paused = false;
    coroutine_resume(&anchor->round.coroutine);
}

static void pause_rounds(struct anchor *anchor, uint64_t ms)
{
    (void)uv_timer_start(&anchor->timer, on_timer, ms, 0); /* always succeeds */
    anchor->paused = true;
    coroutine_wait(&anchor->round.coroutine);
}

/* On shutdown, requests of a health check may still be open: net_client_close() ends them. */
static void run_rounds(void *context)
{
    struct anchor *anchor = context;
    struct round *round = &anchor->round;
    while (!round->closing) {
        anchor->woken = false;
        enum next next = run_round(round);
        health_publish(&round->health);
        if (!round->closing)
            pause_rounds(anchor, next == NEXT_ABORT ? pause_after_failure(anchor) : pause_after_round(anchor));
    }
    while (providers_are_busy(&round->providers))
        pause_rounds(anchor, CLOSING_MS);
}

/* -- opening and closing ------------------------------------------------------------------------------------------- */

static void free_anchor(struct anchor *anchor)
{
    struct round *round = &anchor->round;
    while (round->trackers)
        tracker_forget(&round->trackers, round->trackers->id);
    providers_release(&round->providers);
    accounts_release(&round->accounts);
    uv_mutex_destroy(&round->health.lock);
    free(anchor);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct anchor *anchor = handle->data;
    if (--anchor->n_open_handles == 0)
        free_anchor(anchor);
}

static void on_rounds_ended(void *context)
{
    struct anchor *anchor = context;
    uv_handle_t *const handles[] = {(uv_handle_t *)&anchor->timer, (uv_handle_t *)&anchor->notice_async,
                                    (uv_handle_t *)&anchor->round.providers.grace};
    anchor->n_open_handles = sizeof handles / sizeof *handles;
    for (size_t i = 0; i < sizeof handles / sizeof *handles; i++) {
        handles[i]->data = anchor;
        uv_close(handles[i], on_handle_closed);
    }
}

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
    if (!anchor || uv_mutex_init(&anchor->round.health.lock) < 0) {
        badge_key_free(options->operator_key);
        free(anchor);
        return badge_no_memory(err);
    }
    struct round *round = &anchor->round;
    const struct fee_caps caps = {options->max_fee_wei, options->max_priority_fee_wei};
    round->options = *options;
    round->health.providers = &round->providers;
    signer_init(&round->accounts.current, options->operator_key, options->chain_id, &options->contract, &caps);
    round->health.now.has_operator = options->operator_key;
    round->health.now.operator_address = round->accounts.current.address;
    const struct providers_options providers = {.loop = options->loop,
                                                .client = options->client,
                                                .url = options->rpc_url,
                                                .n_urls = options->n_rpc_urls,
                                                .chain_id = options->chain_id,
                                                .contract = options->contract};
    enum badge_status status = providers_init(&round->providers, &providers, err);
    if (status != BADGE_OK) {
        free_anchor(anchor);
        return status;
    }
    round->coroutine = (struct coroutine){
        .loop = options->loop, .name = "anchor", .run = run_rounds, .ended = on_rounds_ended, .context = anchor};
    if (uv_async_init(options->loop, &anchor->notice_async, on_notice) < 0 ||
        coroutine_start(&round->coroutine, NULL) != BADGE_OK)
        fatal("anchor could not be created", LOG_FIELDS(log_none));
    (void)uv_timer_init(options->loop, &anchor->timer); /* always succeeds */
    anchor->notice_async.data = anchor->timer.data = anchor;
    anchor->paused = true;
    (void)uv_timer_start(&anchor->timer, on_timer, 0, 0);
    round->health.now.code = "chain_unreachable"; /* so that this is not logged as a change */
    health_raise(&round->health, CONDITION_PROVIDERS, "chain_unreachable",
                 "no answer from the chain yet; wait a moment");
    if (!options->operator_key)
        health_raise(&round->health, CONDITION_KEY, "key_opening", "opening the operator key; wait a moment");
    *out = anchor;
    return BADGE_OK;
}

enum badge_status anchor_use(struct anchor *anchor, const struct anchor_account *account, struct badge_err *err)
{
    struct round *round = &anchor->round;
    struct accounts *accounts = &round->accounts;
    const struct anchor_options *options = &round->options;
    const struct fee_caps caps = {options->max_fee_wei, options->max_priority_fee_wei};
    struct signer signer;
    signer_init(&signer, account->key, options->chain_id, &options->contract, &caps);
    if (!account->key) {
        signer.address = account->address;
        enum badge_status status = rpc_new(&signer.remote, options->client, account->signer_url, err);
        if (status != BADGE_OK)
            return status;
    }
    if (!signer_is_there(&accounts->current)) { /* so nothing is being signed */
        accounts->current = signer;
        accounts_activated(accounts, &round->health);
        round_recheck(round);
    } else {
        if (accounts->has_candidate)
            signer_release(&accounts->candidate);
        accounts->candidate = signer;
        accounts->has_candidate = true;
    }
    anchor_wake(anchor);
    return BADGE_OK;
}

void anchor_accept_stale_store(struct anchor *anchor)
{
    if (stale_store_accept(&anchor->round))
        anchor_wake(anchor);
}

void anchor_health(struct anchor *anchor, struct anchor_health *out)
{
    struct health *health = &anchor->round.health;
    uv_mutex_lock(&health->lock);
    *out = health->shown;
    uv_mutex_unlock(&health->lock);
}

struct providers *anchor_providers(struct anchor *anchor)
{
    return &anchor->round.providers;
}

void anchor_wake(struct anchor *anchor)
{
    const struct round *round = &anchor->round;
    if (!anchor->paused)
        anchor->woken = true;
    else if (!round->closing && providers_current(&round->providers)->up)
        (void)uv_timer_start(&anchor->timer, on_timer, 0, 0);
}

void anchor_close(struct anchor *anchor)
{
    if (!anchor || anchor->round.closing)
        return;
    anchor->round.closing = true;
    providers_stop(&anchor->round.providers);
    if (anchor->paused)
        (void)uv_timer_start(&anchor->timer, on_timer, 0, 0);
}
