/*
 * The follower's rounds. daemon/node.c opens the follower after the anchor, whose health checks report new heads, and
 * closes it before the anchor. The invariants: an event goes into the store as final only if all providers that
 * answered returned it, from a block that all of them call final; recent events belong to the chain of block
 * `scanned_block`, whose hash was read before the events were; and a withdrawal, after which digests may be anchored
 * again, is final only if every configured provider returned it. A round that fails changes nothing but the age of the
 * data.
 */
#include "follow/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/compiler.h"
#include "follow/follow_internal.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define TICK_MS 250
#define MAX_SPAN 10000 /* blocks: the limit of most providers */
#define GROW_AFTER 32  /* successful ranges in a row */
#define EXCLUDED_MS 600000
#define MAX_HEAD_LAG_BLOCKS 5 /* another provider answers, and is this far behind: not a reorganization */

static uint64_t now_ms(const struct follow *follow)
{
    return uv_now(follow->options.loop);
}

/* -- opening and closing ------------------------------------------------------------------------------------------- */

static void on_follow_timer(uv_timer_t *timer);

enum badge_status follow_new(struct follow **out, const struct follow_options *options, struct badge_err *err)
{
    struct follow *follow = calloc(1, sizeof *follow);
    if (!follow || uv_mutex_init(&follow->lock) < 0) {
        free(follow);
        return badge_no_memory(err);
    }
    follow->options = *options;
    follow->final_block = follow->scanned_block = store_followed_block(options->store);
    follow->started = follow->final_block > 0;
    follow->span = MAX_SPAN;
    follow->health = (struct follow_health){.block = follow->final_block, .finalized = follow->final_block};
    struct store_gap gap;
    store_gap(options->store, &gap);
    if (gap.last_block > 0)
        follow_notify_gap(follow, &gap);
    (void)uv_timer_init(options->loop, &follow->timer); /* both always succeed */
    (void)uv_timer_start(&follow->timer, on_follow_timer, TICK_MS, TICK_MS);
    follow->timer.data = follow;
    *out = follow;
    return BADGE_OK;
}

void follow_close(struct follow *follow)
{
    if (!follow || follow->closing)
        return;
    follow->closing = true;
    (void)uv_timer_stop(&follow->timer); /* always succeeds */
    if (!follow->running)
        uv_close((uv_handle_t *)&follow->timer, follow_free);
}

/* -- health -------------------------------------------------------------------------------------------------------- */

static void set_metrics(struct follow *follow)
{
    struct follow_health health;
    follow_health(follow, &health);
    metric_set(METRIC_FOLLOWED_BLOCK, (int64_t)health.block);
    metric_set(METRIC_FOLLOWED_SECONDS, health.age_ms == UINT64_MAX ? -1 : (int64_t)(health.age_ms / 1000));
}

void follow_health(struct follow *follow, struct follow_health *out)
{
    uv_mutex_lock(&follow->lock);
    *out = follow->health;
    uint64_t now = uv_hrtime() / 1000000;
    out->age_ms = follow->last_ok_ms == 0 ? UINT64_MAX : now > follow->last_ok_ms ? now - follow->last_ok_ms : 0;
    uv_mutex_unlock(&follow->lock);
}

/* -- requests ------------------------------------------------------------------------------------------------------ */

/* All must return the same hash. */
static enum badge_status hash_answer(struct quorum *quorum, const json_t *result)
{
    struct follow *follow = quorum->context;
    struct block block;
    if (block_read(&block, result) != BADGE_OK || block.number != follow->number)
        return BADGE_ETYPE;
    if (follow->has_hash)
        return badge_hash_compare(&block.hash, &follow->hash) == 0 ? BADGE_OK : BADGE_EMISMATCH;
    follow->hash = block.hash;
    follow->has_hash = true;
    return BADGE_OK;
}

static void ask_hash(struct follow *follow, uint64_t number, void (*done)(struct quorum *quorum))
{
    follow->number = number;
    follow->has_hash = false;
    follow_ask(follow, "eth_getBlockByNumber", json_pack("[ob]", rpc_quantity(number), 0), hash_answer, done);
}

/* -- the write ----------------------------------------------------------------------------------------------------- */

static void read_next(struct follow *follow);

static void write_work(struct pool_work *work)
{
    struct follow *follow = container_of(work, struct follow, work);
    follow->work_status = store_chain_update_work(follow->options.store, &follow->update, &follow->work_err);
}

static void caught_up(struct follow *follow)
{
    if (!follow->live)
        log_info("registry synced", log_u64("block", follow->scanned_block), log_u64("final", follow->final_block));
    follow->live = true;
    follow->rescan = false;
    follow->seen_head = follow->quorum_members.head_hash;
    follow_mark_current(follow);
    follow_round_end(follow);
}

static void update_written(struct pool_work *work)
{
    struct follow *follow = container_of(work, struct follow, work);
    size_t n_final = follow->update.n_final;
    free(follow->changes);
    follow->changes = NULL;
    if (follow->closing) {
        follow_round_end(follow);
        return;
    }
    if (follow->work_status != BADGE_OK) {
        follow_failed(follow, "not_kept", follow->work_err.text);
        return;
    }
    follow_notify(follow);
    struct registry_events *events = &follow->events;
    if (n_final > 0)
        memmove(events->event, events->event + n_final, (events->n - n_final) * sizeof *events->event);
    events->n -= n_final;
    follow->n_notified -= n_final;
    follow->final_block = follow->update.through;
    follow->gap = (struct store_gap){0};
    follow_publish_position(follow);
    if (follow->scanned_block < follow->head)
        read_next(follow);
    else
        caught_up(follow);
}

static void write_update(struct follow *follow)
{
    const struct registry_events *events = &follow->events;
    uint64_t through = follow->final < follow->scanned_block ? follow->final : follow->scanned_block;
    if (follow->first_unconfirmed_withdrawal > 0 && through >= follow->first_unconfirmed_withdrawal)
        through = follow->first_unconfirmed_withdrawal - 1;
    size_t n_final = 0;
    follow->changes = malloc((events->n + 1) * sizeof *follow->changes);
    if (!follow->changes) {
        follow_failed(follow, "not_kept", "out of memory");
        return;
    }
    for (size_t i = 0; i < events->n; i++) {
        follow->changes[i] = follow_change_of(follow, &events->event[i]);
        n_final += events->event[i].block_number <= through;
    }
    follow->update = (struct store_chain_update){.final = follow->changes,
                                                 .n_final = n_final,
                                                 .through = through,
                                                 .reached_head = follow->scanned_block == follow->head,
                                                 .recent = follow->changes + n_final,
                                                 .n_recent = events->n - n_final,
                                                 .gap = follow->gap};
    pool_queue(follow->options.loop, &follow->work, write_work, update_written);
}

/* -- range by range ------------------------------------------------------------------------------------------------ */

static void range_refused(struct follow *follow)
{
    uint64_t n_blocks = follow->scan.wanted.to - follow->scan.wanted.from + 1;
    follow->n_ok = 0;
    if (n_blocks > 1) {
        follow->span = n_blocks / 2;
        read_next(follow);
    } else {
        follow_skip_gap(follow, read_next);
    }
}

static void range_scanned(struct event_scan *scan, enum event_scan_outcome outcome)
{
    struct follow *follow = scan->context;
    if (follow->closing) {
        follow_round_end(follow);
        return;
    }
    switch (outcome) {
    case SCAN_DONE:
        break;
    case SCAN_REFUSED:
        range_refused(follow);
        return;
    case SCAN_FAILED: /* the range may be too long: next time half of it */
        follow->span = follow->span > 1 ? follow->span / 2 : 1;
        follow->n_ok = 0;
        follow_failed(follow, "chain_unreachable", scan->why);
        return;
    case SCAN_DIFFERS:
        follow_failed(follow, "providers_disagree", scan->why);
        return;
    }
    for (size_t i = 0; i < scan->events.n; i++)
        if (follow_add_event(follow, &scan->events.event[i], scan->logs.by_all) != BADGE_OK) {
            follow->events.n -= i;
            follow_failed(follow, "not_kept", TOO_MANY_EVENTS);
            return;
        }
    follow->scanned_block = scan->wanted.to;
    follow->scanned_hash = follow->hash;
    follow->n_failed = 0;
    if (++follow->n_ok % GROW_AFTER == 0 && follow->span < MAX_SPAN)
        follow->span = follow->span * 2 < MAX_SPAN ? follow->span * 2 : MAX_SPAN;
    follow_publish_position(follow);
    if (follow->scanned_block <= follow->final)
        write_update(follow);
    else
        read_next(follow);
}

static void scan_range(struct follow *follow)
{
    follow->scan.done = range_scanned;
    if (event_scan_start(&follow->scan) == BADGE_OK)
        return;
    memset(follow->scan.excluded, 0, sizeof follow->scan.excluded); /* next time those, too */
    follow_failed(follow, "chain_unreachable", "no provider could be queried for events");
}

static void hash_known(struct quorum *quorum)
{
    struct follow *follow = quorum->context;
    if (follow_may_continue(follow, quorum))
        scan_range(follow);
}

static void read_next(struct follow *follow)
{
    if (follow->closing) {
        follow_round_end(follow);
        return;
    }
    if (follow->scanned_block >= follow->head) {
        write_update(follow);
        return;
    }
    uint64_t last = follow->scanned_block < follow->final ? follow->final : follow->head,
             n = last - follow->scanned_block;
    struct event_scan *scan = &follow->scan;
    scan->quorum_members = &follow->quorum_members;
    scan->context = follow;
    scan->wanted = (struct registry_events_filter){.contract = follow->options.contract,
                                                   .issuer = follow->options.issuer,
                                                   .from = follow->scanned_block + 1,
                                                   .to = follow->scanned_block + (n < follow->span ? n : follow->span)};
    if (scan->wanted.to > follow->final)
        ask_hash(follow, scan->wanted.to, hash_known);
    else
        scan_range(follow);
}

/* -- the round ----------------------------------------------------------------------------------------------------- */

/* Everything above the last final block is read again; an event that is found again is not reported again. */
static void drop_recent(struct follow *follow)
{
    follow_keep_reverted(follow);
    registry_events_release(&follow->events);
    follow->n_notified = 0;
    follow->first_unconfirmed_withdrawal = 0;
    follow->gap = (struct store_gap){0}; /* not in the store yet: perhaps it can be read this time */
    follow->scanned_block = follow->final_block;
}

static void reorganized(struct follow *follow)
{
    log_info("reorg: reading blocks that are not final again", log_u64("from", follow->final_block + 1),
             log_u64("to", follow->scanned_block));
    drop_recent(follow);
    read_next(follow);
}

static void position_answered(struct quorum *quorum)
{
    struct follow *follow = quorum->context;
    if (!follow_may_continue(follow, quorum))
        return;
    if (badge_hash_compare(&follow->hash, &follow->scanned_hash) != 0)
        reorganized(follow);
    else
        read_next(follow);
}

/*
 * Whether the events above the last final block are still on the chain. Blocks that have become final are read again in
 * any case: a provider is many machines, and one that is behind silently leaves out events of blocks that it does not
 * have yet.
 */
static void check_position(struct follow *follow)
{
    if (follow->scanned_block <= follow->head) {
        if (follow->scanned_block == follow->final_block || follow->final > follow->final_block) {
            drop_recent(follow);
            read_next(follow);
        } else {
            ask_hash(follow, follow->scanned_block, position_answered);
        }
    } else if (follow->scanned_block - follow->head <= MAX_HEAD_LAG_BLOCKS) {
        follow_round_end(follow); /* the providers that answer now are behind: wait for them */
    } else if (follow->scanned_block == follow->final_block) {
        follow_failed(follow, "chain_unreachable", "the providers are behind a block that was final");
    } else {
        reorganized(follow);
    }
}

static void final_known(struct follow *follow)
{
    if (follow->final > follow->head)
        follow->final = follow->head;
    if (follow->final < follow->final_block)
        follow->final = follow->final_block;
    if (follow->started)
        check_position(follow);
    else
        follow_start(follow, read_next);
}

/* Takes the lowest: the block that is final for all. */
static enum badge_status final_answer(struct quorum *quorum, const json_t *result)
{
    struct follow *follow = quorum->context;
    struct block block;
    if (block_read(&block, result) != BADGE_OK)
        return BADGE_ETYPE;
    follow->final = block.number < follow->final ? block.number : follow->final;
    return BADGE_OK;
}

/* A chain without finality is followed in memory only; the anchor reports the missing finality. */
static void final_answered(struct quorum *quorum)
{
    struct follow *follow = quorum->context;
    if (quorum->n_answered == 0 && quorum->n_refused == 0) {
        (void)follow_may_continue(follow, quorum);
        return;
    }
    if (quorum->n_answered == 0)
        follow->final = follow->final_block;
    final_known(follow);
}

static void round_begin(struct follow *follow)
{
    uint64_t confirmations = follow->options.confirmations;
    follow->running = true;
    follow->head = follow->quorum_members.head;
    if (now_ms(follow) >= follow->excluded_until_ms) {
        memset(follow->scan.excluded, 0, sizeof follow->scan.excluded);
        follow->excluded_until_ms = now_ms(follow) + EXCLUDED_MS;
    }
    if (confirmations == 0) {
        follow->final = UINT64_MAX;
        follow_ask(follow, "eth_getBlockByNumber", json_pack("[sb]", "finalized", 0), final_answer, final_answered);
        return;
    }
    follow->final = follow->head > confirmations ? follow->head - confirmations : 0;
    final_known(follow);
}

static void on_follow_timer(uv_timer_t *timer)
{
    struct follow *follow = timer->data;
    set_metrics(follow);
    if (follow->running || follow->closing || now_ms(follow) < follow->not_before_ms)
        return;
    if (!quorum_members_choose(&follow->quorum_members, follow->options.providers)) {
        follow_failed(follow, "chain_unreachable", "no provider answers");
        return;
    }
    if (!follow->rescan && follow->live &&
        badge_hash_compare(&follow->quorum_members.head_hash, &follow->seen_head) == 0)
        follow_mark_current(follow);
    else
        round_begin(follow);
}
