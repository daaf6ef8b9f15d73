/*
 * The states of an anchor, and of a set of revocations, as a table, and the only function that moves a job between
 * them; but "spoiled" is set by store_reseal_work(), which already_anchored.c calls. The invariant is persist before
 * effect: the effects of a state happen only after that state is on disk, so a node that crashes at any moment finds at
 * its next start every transaction that it may have sent.
 */
#include "anchor/anchor_internal.h"

#include <stdlib.h>
#include <time.h>

#include "core/compiler.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define RETRY_DISK_MS 5000
#define MAX_NO_PROGRESS 4

enum { NONE = -1, SEALED = STORE_ANCHOR_SEALED, SIGNED = STORE_ANCHOR_SIGNED, SENT = STORE_ANCHOR_SENT };
enum { MINED = STORE_ANCHOR_MINED, FINAL = STORE_ANCHOR_FINAL, SPOILED = STORE_ANCHOR_SPOILED };

/*
 * From SIGNED and SENT another attempt leads to SIGNED again: a replacement that no provider has accepted yet. SEALED
 * becomes MINED if the root is on the chain already, and MINED becomes SEALED if such an anchor is reorganized away.
 */
// clang-format off
static const signed char next_state[ANCHOR_N_STATES][ANCHOR_N_EVENTS] = {
    /*           SIGNED  ACCEPTED MINED  GONE  DROPPED FINAL */
    [SEALED]  = {SIGNED, NONE,    MINED, NONE, NONE,   NONE},
    [SIGNED]  = {SIGNED, SENT,    MINED, NONE, SEALED, NONE},
    [SENT]    = {SIGNED, NONE,    MINED, NONE, SEALED, NONE},
    [MINED]   = {NONE,   NONE,    MINED, SENT, SEALED, FINAL},
    [FINAL]   = {NONE,   NONE,    NONE,  NONE, NONE,   NONE},
    [SPOILED] = {NONE,   NONE,    NONE,  NONE, NONE,   NONE}, /* store_reseal_work() leads here */
};
// clang-format on

static const char *const state_names[ANCHOR_N_STATES] = {"sealed", "signed", "sent", "mined", "final", "spoiled"};
static const char *const event_names[ANCHOR_N_EVENTS] = {"signed", "accepted", "mined", "gone", "dropped", "final"};

bool state_next(enum store_anchor_state *out, enum store_anchor_state state, enum anchor_event event)
{
    if (next_state[state][event] == NONE)
        return false;
    *out = (enum store_anchor_state)next_state[state][event];
    return true;
}

static void persist_work(struct pool_work *work)
{
    struct anchor *anchor = container_of(work, struct anchor, work);
    struct store *store = anchor->options.store;
    if (anchor->event == EVENT_SIGNED)
        anchor->work_status = store_anchor_attempt_work(store, anchor->job.id, &anchor->signed_attempt,
                                                        &anchor->work_err);
    else
        anchor->work_status = store_anchor_move_work(store, anchor->job.id, &anchor->moved, &anchor->work_err);
}

static void log_move(const struct anchor *anchor)
{
    const struct store_anchor *moved = &anchor->moved;
    bool is_replacement = anchor->event == EVENT_SIGNED && anchor->job.anchor.state != STORE_ANCHOR_SEALED;
    log_info(is_replacement                        ? "replacement transaction signed"
             : job_is_revocation_set(&anchor->job) ? "revocation set state changed"
                                                   : "anchor state changed",
             job_log_field(&anchor->job), log_text("from", state_names[anchor->job.anchor.state]),
             log_text("event", event_names[anchor->event]), log_text("to", state_names[moved->state]),
             log_u64("nonce", moved->nonce), log_hex("transaction", moved->transaction.b, 32),
             moved->block_number > 0 ? log_u64("block", moved->block_number) : log_none);
}

static void count_final(const struct anchor *anchor)
{
    if (job_is_revocation_set(&anchor->job)) {
        metric_add(METRIC_REVOCATIONS_FINAL, anchor->job.n_digests);
        metric_add(METRIC_REVOCATION_GAS, anchor->moved.gas_used);
        return;
    }
    int64_t seconds = anchor->moved.changed_at_s - anchor->job.since_s;
    metric_add(METRIC_ANCHORS_FINAL, 1);
    metric_add(METRIC_ANCHOR_GAS, anchor->moved.gas_used);
    metric_observe(METRIC_ANCHOR_SECONDS, seconds > 0 ? (double)seconds : 0);
}

/* The fee of the transaction with the batch's anchor, if its receipt was the last one read; else 0. */
static uint64_t fee_of(const struct anchor *anchor, const struct store_batch *batch)
{
    const struct tx_receipt *seen = &anchor->tx_receipt;
    uint64_t fee_wei;
    bool is_seen = badge_hash_compare(&seen->transaction, &batch->anchor.transaction) == 0;
    return is_seen && !__builtin_mul_overflow(seen->gas_used, seen->gas_price_wei, &fee_wei) ? fee_wei : 0;
}

void state_notify(const struct anchor *anchor, const struct store_batch *batch)
{
    if (anchor->options.on_moved)
        anchor->options.on_moved(anchor->options.context, batch, fee_of(anchor, batch));
}

static void notify_batch(const struct anchor *anchor)
{
    struct store_batch batch;
    if (store_batch(anchor->options.store, anchor->job.id.number, &batch))
        state_notify(anchor, &batch);
}

static void after_persist(struct pool_work *work)
{
    struct anchor *anchor = container_of(work, struct anchor, work);
    if (anchor->work_status != BADGE_OK) {
        log_error("state could not be written to disk, will retry", job_log_field(&anchor->job),
                  log_text("why", anchor->work_err.text));
        if (anchor->tracker)
            anchor->tracker->publish_at_ms = anchor_now_ms(anchor) + RETRY_DISK_MS;
        anchor->watch_again = true;
        anchor_round_end(anchor);
        return;
    }
    log_move(anchor);
    anchor->job.anchor = anchor->moved;
    anchor->progress = true;
    confirm_agreed(anchor); /* in the new state providers do not disagree yet */
    notify_batch(anchor);
    if (anchor->event == EVENT_MINED) {
        tracker_forget(anchor, anchor->job.id);
        anchor->tracker = NULL;
        metric_set(METRIC_ANCHOR_AT_FEE_CAP, 0);
        anchor_clear(anchor, CONDITION_SENDING);
        if (!anchor->trackers)
            key_rotation_idle(anchor);
    }
    if (anchor->event == EVENT_FINAL)
        count_final(anchor);
    if (anchor->closing)
        anchor_round_end(anchor);
    else
        anchor->after_move(anchor);
}

void anchor_move(struct anchor *anchor, enum anchor_event event, void (*after)(struct anchor *anchor))
{
    enum store_anchor_state state;
    if (!state_next(&state, anchor->job.anchor.state, event)) {
        log_broken("internal error: event is not possible in this state", job_log_field(&anchor->job),
                   log_text("state", state_names[anchor->job.anchor.state]), log_text("event", event_names[event]));
        anchor_next_job(anchor);
        return;
    }
    if (event == EVENT_SIGNED)
        anchor->moved = (struct store_anchor){.nonce = anchor->signed_attempt.nonce,
                                              .transaction = anchor->signed_attempt.transaction};
    anchor->moved.state = state;
    anchor->moved.changed_at_s = (int64_t)time(NULL);
    anchor->event = event;
    anchor->after_move = after;
    pool_queue(anchor->options.loop, &anchor->work, persist_work, after_persist);
}

struct attempt_tracker *tracker_of(struct anchor *anchor, struct store_job_id id)
{
    for (struct attempt_tracker *tracker = anchor->trackers; tracker; tracker = tracker->next)
        if (job_id_equal(tracker->id, id))
            return tracker;
    struct attempt_tracker *tracker = calloc(1, sizeof *tracker);
    if (!tracker)
        return NULL;
    tracker->id = id;
    tracker->signed_at_ms = anchor_now_ms(anchor);
    tracker->next = anchor->trackers;
    anchor->trackers = tracker;
    return tracker;
}

bool tracker_is_stopped(const struct anchor *anchor, struct store_job_id id)
{
    for (const struct attempt_tracker *tracker = anchor->trackers; tracker; tracker = tracker->next)
        if (job_id_equal(tracker->id, id))
            return tracker->stopped;
    return false;
}

void tracker_forget(struct anchor *anchor, struct store_job_id id)
{
    for (struct attempt_tracker **at = &anchor->trackers; *at; at = &(*at)->next) {
        if (!job_id_equal((*at)->id, id))
            continue;
        struct attempt_tracker *tracker = *at;
        *at = tracker->next;
        free(tracker);
        return;
    }
}

void tracker_stop(struct anchor *anchor, const char *why)
{
    anchor->tracker->stopped = true;
    char name[JOB_NAME_LEN];
    anchor_raise(anchor, CONDITION_STOPPED, "anchor_stopped", "%s: %s", job_name(name, &anchor->job), why);
    log_error("anchor stopped", job_log_field(&anchor->job), log_hex("root", anchor->job.root.b, 32),
              log_text("why", why));
    anchor_next_job(anchor);
}

void tracker_no_progress(struct anchor *anchor, const char *why)
{
    char name[JOB_NAME_LEN];
    if (++anchor->tracker->n_no_progress >= MAX_NO_PROGRESS)
        anchor_raise(anchor, CONDITION_SENDING, "not_sent", "%s is not on the chain yet, retrying: %.140s",
                     job_name(name, &anchor->job), why);
}
