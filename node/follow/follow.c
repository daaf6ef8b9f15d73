/*
 * The follower's rounds. daemon/node.c opens the follower after the anchor, whose health checks report new heads, and
 * closes it before the anchor. A round reads the chain once: the final block, whether the events above it are still
 * there, then range by range up to the head; it is read here from run() on. Between rounds the coroutine waits for the
 * timer.
 *
 * The invariants: an event goes into the store as final only if all providers that answered returned it, from a block
 * that all of them call final; recent events belong to the chain of block `scanned`, whose hash was read before the
 * events were; and a withdrawal, after which digests may be anchored again, is final only if every configured provider
 * returned it. A round that fails changes nothing but the age of the data.
 */
#include "follow/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "follow/start.h"
#include "net/retry.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define TICK_MS 250
#define EXCLUDED_MS 600000
#define LOOK_AGAIN_MS 5000 /* for a block that has become final without a new head */
#define REPORT_AFTER 4     /* failed rounds in a row: most failures are transient */

static const struct net_retry_policy failed_rounds = {.first_ms = 500, .max_ms = 30000};

struct follow {
    struct follow_options options;
    uv_timer_t timer;
    struct reader reader;
    bool idle;       /* the coroutine waits for the timer */
    uv_mutex_t lock; /* over health and last_ok_ms */
    struct follow_health health;
    uint64_t last_ok_ms; /* 0: never */

    struct follow_position at;
    struct badge_hash scanned_hash; /* of block at.scanned, read before its events were, if it is above at.stored */
    struct recent recent;           /* above at.stored, up to at.scanned */
    struct store_gap gap;           /* before at.scanned, and not in the store yet */
    struct badge_hash seen_head;    /* of the last complete round; zero: scan, even if the head is the same */
    bool started;                   /* the first block is known */
    bool live;                      /* the head was reached once: further changes are reported */
    uint64_t span;                  /* blocks in one request */
    unsigned n_ok, n_failed;        /* ranges, rounds in a row */
    uint64_t not_before_ms, excluded_until_ms, looked_at_ms;
};

static uint64_t now_ms(const struct follow *follow)
{
    return uv_now(follow->options.loop);
}

/* -- health -------------------------------------------------------------------------------------------------------- */

void follow_health(struct follow *follow, struct follow_health *out)
{
    uv_mutex_lock(&follow->lock);
    *out = follow->health;
    uint64_t now = uv_hrtime() / 1000000;
    out->age_ms = follow->last_ok_ms == 0 ? UINT64_MAX : now > follow->last_ok_ms ? now - follow->last_ok_ms : 0;
    uv_mutex_unlock(&follow->lock);
}

static void set_metrics(struct follow *follow)
{
    struct follow_health health;
    follow_health(follow, &health);
    metric_set(METRIC_FOLLOWED_BLOCK, (int64_t)health.block);
    metric_set(METRIC_FOLLOWED_SECONDS, health.age_ms == UINT64_MAX ? -1 : (int64_t)(health.age_ms / 1000));
}

static void publish_position(struct follow *follow)
{
    uv_mutex_lock(&follow->lock);
    follow->health.block = follow->at.scanned;
    follow->health.finalized = follow->at.stored;
    if (follow->gap.last_block > 0)
        follow->health.gap = follow->gap; /* for good: until the restart, and after it as the store has it */
    uv_mutex_unlock(&follow->lock);
}

/* code NULL: recovered */
static void set_condition(struct follow *follow, const char *code, const char *why)
{
    struct follow_health *health = &follow->health;
    bool is_change = (!health->code) != (!code) || (code && strcmp(health->code, code) != 0);
    uv_mutex_lock(&follow->lock);
    health->code = code;
    snprintf(health->why, sizeof health->why, "%s", why);
    uv_mutex_unlock(&follow->lock);
    if (is_change && code)
        log_warn("registry sync degraded", log_text("code", code), log_text("why", why));
    else if (is_change)
        log_info("registry sync recovered", log_u64("block", follow->at.scanned));
}

/* What was read is current as of now. */
static void mark_current(struct follow *follow)
{
    const struct store_gap *gap = &follow->health.gap;
    char why[PROVIDER_WHY_LEN];
    uv_mutex_lock(&follow->lock);
    follow->last_ok_ms = uv_hrtime() / 1000000;
    uv_mutex_unlock(&follow->lock);
    follow->n_failed = 0;
    if (gap->last_block > 0) {
        snprintf(why, sizeof why,
                 "events of blocks %llu to %llu are pruned at all providers, so revocations in them are unknown; add "
                 "an archive node to chain.rpc, stop this node and remove store.path/standing",
                 (unsigned long long)gap->first_block, (unsigned long long)gap->last_block);
        set_condition(follow, "logs_pruned", why);
    } else if (follow->recent.first_unconfirmed_withdrawal > 0) {
        set_condition(follow, "withdrawal_unconfirmed",
                      "a withdrawal becomes final only when all providers in chain.rpc return it, and one of them does "
                      "not answer");
    } else {
        set_condition(follow, NULL, "");
    }
}

/* -- the store ----------------------------------------------------------------------------------------------------- */

struct write {
    struct store *store;
    struct store_chain_update update;
    enum badge_status status;
    struct badge_err err;
};

static void write_work(void *context)
{
    struct write *write = context;
    write->status = store_chain_update_work(write->store, &write->update, &write->err);
}

static bool write_changes(struct follow *follow)
{
    const struct changes *changes = &follow->recent.changes;
    bool at_head = follow->at.scanned == follow->at.head;
    uint64_t through = follow_final_through(&follow->at, follow->recent.first_unconfirmed_withdrawal);
    size_t n_final = 0;
    for (size_t i = 0; i < changes->n; i++)
        n_final += changes->change[i].block_number <= through;
    struct write write = {.store = follow->options.store,
                          .update = {.final = changes->change,
                                     .n_final = n_final,
                                     .through = through,
                                     .reached_head = at_head,
                                     .recent = changes->change + n_final,
                                     .n_recent = changes->n - n_final,
                                     .gap = follow->gap}};
    coroutine_on_pool(&follow->reader.coroutine, write_work, &write);
    if (follow->reader.closing)
        return false;
    if (write.status != BADGE_OK)
        return reader_fail(&follow->reader, "not_kept", write.err.text);
    recent_report(&follow->recent, follow->live, at_head);
    recent_remove(&follow->recent, n_final);
    follow->at.stored = through;
    follow->gap = (struct store_gap){0};
    publish_position(follow);
    return true;
}

/* -- range by range ------------------------------------------------------------------------------------------------ */

/* All refuse the events of the one block after at.scanned. */
static bool skip_gap(struct follow *follow)
{
    struct follow_position *at = &follow->at;
    if (!start_find_gap(&follow->reader, at->scanned + 1, at->final, &follow->gap))
        return false;
    publish_position(follow);
    log_warn("events pruned at all providers; reading withdrawals of this store's batches from the contract instead",
             log_u64("from", follow->gap.first_block), log_u64("to", follow->gap.last_block));
    if (!start_read_withdrawals(&follow->reader, at->final, follow->options.store, follow->gap.last_block,
                                &follow->recent))
        return false;
    at->scanned = follow->gap.last_block;
    return true;
}

/* Reads one range; where providers refuse it, a smaller or a newer one. */
static bool read_range(struct follow *follow)
{
    struct reader *reader = &follow->reader;
    struct follow_position *at = &follow->at;
    for (;;) {
        uint64_t to = follow_range_end(at, follow->span), n_blocks = to - at->scanned;
        struct badge_hash hash = {{0}};
        if (to > at->final && !reader_block_hash(reader, to, &hash))
            return false;
        struct registry_events events;
        bool by_all;
        switch (reader_events(reader, at->scanned + 1, to, &events, &by_all)) {
        case SCAN_DONE: {
            bool added = recent_add(&follow->recent, &events, by_all);
            registry_events_release(&events);
            if (!added)
                return reader_fail(reader, "not_kept", RECENT_FULL);
            at->scanned = to;
            follow->scanned_hash = hash;
            follow->n_failed = 0;
            follow->span = follow_span_after(follow->span, ++follow->n_ok);
            publish_position(follow);
            return true;
        }
        case SCAN_REFUSED:
            follow->n_ok = 0;
            if (n_blocks > 1)
                follow->span = n_blocks / 2;
            else if (!skip_gap(follow))
                return false;
            break;
        case SCAN_FAILED: /* the range may be too long: next time half of it */
            follow->n_ok = 0;
            follow->span = follow->span > 1 ? follow->span / 2 : 1;
            return false;
        case SCAN_DIFFERS:
        case SCAN_UNASKED:
            return false;
        }
    }
}

static bool read_to_head(struct follow *follow)
{
    struct follow_position *at = &follow->at;
    do {
        if (at->scanned < at->head && !read_range(follow))
            return false;
        if ((at->scanned <= at->final || at->scanned == at->head) && !write_changes(follow))
            return false;
    } while (at->scanned < at->head);
    if (!follow->live) {
        log_info("registry synced", log_u64("block", at->scanned), log_u64("final", at->stored));
        if (follow->recent.has_older && follow->options.on_synced)
            follow->options.on_synced(follow->options.context);
    }
    follow->live = true;
    follow->seen_head = follow->reader.members.head_hash;
    follow->looked_at_ms = now_ms(follow);
    mark_current(follow);
    return true;
}

/* -- the round ----------------------------------------------------------------------------------------------------- */

/* Takes the lowest: the block that is final for all. A young chain has none yet, which is null. */
static enum badge_status final_answer(struct quorum *quorum, const json_t *result)
{
    uint64_t *final = quorum->context;
    struct block block = {.number = 0};
    if (!json_is_null(result) && block_read(&block, result) != BADGE_OK)
        return BADGE_ETYPE;
    *final = block.number < *final ? block.number : *final;
    return BADGE_OK;
}

/* A chain without finality is followed in memory only; the anchor reports the missing finality. */
static bool read_final(struct follow *follow)
{
    struct follow_position *at = &follow->at;
    uint64_t confirmations = follow->options.confirmations, final = UINT64_MAX;
    if (confirmations > 0)
        final = at->head > confirmations ? at->head - confirmations : 0;
    else if (!reader_ask(&follow->reader, "eth_getBlockByNumber", json_pack("[sb]", "finalized", 0), final_answer,
                         &final)) {
        if (!reader_all_refused(&follow->reader))
            return false;
        final = at->stored;
    }
    at->final = final < at->head ? final : at->head;
    at->final = at->final > at->stored ? at->final : at->stored;
    return true;
}

/* Everything above the last stored block is read again. */
static void drop_recent(struct follow *follow)
{
    recent_drop(&follow->recent);
    follow->gap = (struct store_gap){0}; /* not in the store yet: perhaps it can be read this time */
    follow->at.scanned = follow->at.stored;
}

static bool read_chain(struct follow *follow)
{
    struct follow_position *at = &follow->at;
    struct badge_hash hash;
    at->head = follow->reader.members.head;
    if (!read_final(follow))
        return false;
    if (!follow->started) {
        if (!start_find(&follow->reader, at->final, &at->stored))
            return false;
        at->scanned = at->stored;
        follow->started = true;
    }
    enum follow_way way = follow_way(at);
    if (way == WAY_CHECK_BLOCK) {
        if (!reader_block_hash(&follow->reader, at->scanned, &hash))
            return false;
        if (badge_hash_compare(&hash, &follow->scanned_hash) != 0)
            way = WAY_REORGANIZED;
    }
    if (way == WAY_WAIT)
        return true;
    if (way == WAY_BEHIND)
        return reader_fail(&follow->reader, "chain_unreachable", "the providers are behind a block that was final");
    if (way == WAY_REORGANIZED)
        log_info("reorg: reading blocks that are not final again", log_u64("from", at->stored + 1),
                 log_u64("to", at->scanned));
    if (way != WAY_CHECK_BLOCK)
        drop_recent(follow);
    return read_to_head(follow);
}

/*
 * With the head that was read before: whether changes that wait for their final block may have it now. On a quiet chain
 * it comes without a new head. False: *ok, and nothing more is to be read.
 */
static bool final_has_moved(struct follow *follow, bool *ok)
{
    struct follow_position *at = &follow->at;
    *ok = true;
    if (follow->recent.changes.n > 0 && now_ms(follow) - follow->looked_at_ms >= LOOK_AGAIN_MS) {
        follow->looked_at_ms = now_ms(follow);
        at->head = follow->reader.members.head;
        *ok = read_final(follow);
        if (*ok && at->final > at->stored)
            return true;
    }
    if (*ok)
        mark_current(follow);
    return false;
}

static bool round_run(struct follow *follow)
{
    bool ok;
    struct reader *reader = &follow->reader;
    if (!quorum_members_choose(&reader->members, follow->options.providers))
        return reader_fail(reader, "chain_unreachable", "no provider answers");
    if (badge_hash_compare(&reader->members.head_hash, &follow->seen_head) == 0 && !final_has_moved(follow, &ok))
        return ok;
    if (now_ms(follow) >= follow->excluded_until_ms) {
        memset(reader->excluded, 0, sizeof reader->excluded);
        follow->excluded_until_ms = now_ms(follow) + EXCLUDED_MS;
    }
    ok = read_chain(follow);
    publish_position(follow);
    return ok;
}

static void round_failed(struct follow *follow)
{
    follow->n_failed++;
    follow->not_before_ms = now_ms(follow) + net_retry_delay_ms(&failed_rounds, follow->n_failed, 0, 0);
    follow->seen_head = (struct badge_hash){{0}};
    if (follow->n_failed >= REPORT_AFTER && !follow->reader.closing)
        set_condition(follow, follow->reader.code, follow->reader.why);
}

static void run(void *context)
{
    struct follow *follow = context;
    while (!follow->reader.closing) {
        if (!round_run(follow))
            round_failed(follow);
        follow->idle = true;
        if (!follow->reader.closing)
            coroutine_wait(&follow->reader.coroutine);
    }
}

/* -- opening and closing ------------------------------------------------------------------------------------------- */

static void on_follow_timer(uv_timer_t *timer)
{
    struct follow *follow = timer->data;
    set_metrics(follow);
    if (!follow->idle || now_ms(follow) < follow->not_before_ms)
        return;
    follow->idle = false;
    coroutine_resume(&follow->reader.coroutine);
}

static void on_closed(uv_handle_t *timer)
{
    struct follow *follow = timer->data;
    recent_release(&follow->recent);
    uv_mutex_destroy(&follow->lock);
    free(follow);
}

static void on_ended(void *context)
{
    struct follow *follow = context;
    uv_close((uv_handle_t *)&follow->timer, on_closed);
}

enum badge_status follow_new(struct follow **out, const struct follow_options *options, struct badge_err *err)
{
    struct follow *follow = calloc(1, sizeof *follow);
    if (!follow || uv_mutex_init(&follow->lock) < 0) {
        free(follow);
        return badge_no_memory(err);
    }
    uint64_t stored = store_followed_block(options->store);
    *follow = (struct follow){
        .options = *options,
        .lock = follow->lock,
        .reader =
            {.contract = options->contract,
             .issuer = options->issuer,
             .coroutine = {.loop = options->loop, .name = "follow", .run = run, .ended = on_ended, .context = follow}},
        .recent = {.issuer = options->issuer, .on_change = options->on_change, .context = options->context},
        .health = {.block = stored, .finalized = stored},
        .at = {.stored = stored, .scanned = stored},
        .started = stored > 0,
        .span = SPAN_MAX_BLOCKS,
        .idle = true,
    };
    enum badge_status status = coroutine_start(&follow->reader.coroutine, err);
    if (status != BADGE_OK) {
        uv_mutex_destroy(&follow->lock);
        free(follow);
        return status;
    }
    store_gap(options->store, &follow->health.gap);
    (void)uv_timer_init(options->loop, &follow->timer); /* both always succeed */
    (void)uv_timer_start(&follow->timer, on_follow_timer, TICK_MS, TICK_MS);
    follow->timer.data = follow;
    *out = follow;
    return BADGE_OK;
}

void follow_close(struct follow *follow)
{
    if (!follow || follow->reader.closing)
        return;
    follow->reader.closing = true;
    (void)uv_timer_stop(&follow->timer); /* always succeeds */
    if (follow->idle)
        coroutine_resume(&follow->reader.coroutine);
}
