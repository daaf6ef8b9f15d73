/*
 * Moves jobs between states. The invariant is persist before effect: the effects of a state happen only after that
 * state is on disk, so a node that crashes at any moment finds at its next start every transaction that it may have
 * sent.
 */
#include "anchor/state.h"

#include <time.h>

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

struct move {
    struct store *store;
    struct store_job_id id;
    enum anchor_event event;
    struct store_anchor to;
    const struct store_attempt *attempt; /* of EVENT_SIGNED */
    enum badge_status status;
    struct badge_err err;
};

static void persist_work(void *context)
{
    struct move *move = context;
    if (move->event == EVENT_SIGNED)
        move->status = store_anchor_attempt_work(move->store, move->id, move->attempt, &move->err);
    else
        move->status = store_anchor_move_work(move->store, move->id, &move->to, &move->err);
}

static void log_move(const struct tx_job *job, const struct move *move)
{
    bool is_replacement = move->event == EVENT_SIGNED && job->anchor.state != STORE_ANCHOR_SEALED;
    log_info(is_replacement               ? "replacement transaction signed"
             : job_is_revocation_set(job) ? "revocation set state changed"
                                          : "anchor state changed",
             job_log_field(job), log_text("from", state_names[job->anchor.state]),
             log_text("event", event_names[move->event]), log_text("to", state_names[move->to.state]),
             log_u64("nonce", move->to.nonce), log_hex("transaction", move->to.transaction.b, 32),
             move->to.block_number > 0 ? log_u64("block", move->to.block_number) : log_none);
}

static void count_final(const struct tx_job *job)
{
    if (job_is_revocation_set(job)) {
        metric_add(METRIC_REVOCATIONS_FINAL, job->n_digests);
        metric_add(METRIC_REVOCATION_GAS, job->anchor.gas_used);
        return;
    }
    int64_t seconds = job->anchor.changed_at_s - job->since_s;
    metric_add(METRIC_ANCHORS_FINAL, 1);
    metric_add(METRIC_ANCHOR_GAS, job->anchor.gas_used);
    metric_observe(METRIC_ANCHOR_SECONDS, seconds > 0 ? (double)seconds : 0);
}

/* The fee of the transaction with the batch's anchor, if its receipt was the last one read; else 0. */
void job_notify(const struct round *round, const struct tx_job *job, const struct store_batch *batch)
{
    uint64_t fee_wei;
    const struct tx_receipt *seen = &job->receipt;
    bool is_seen = badge_hash_compare(&seen->transaction, &batch->anchor.transaction) == 0;
    if (!is_seen || __builtin_mul_overflow(seen->gas_used, seen->gas_price_wei, &fee_wei))
        fee_wei = 0;
    if (round->options.on_moved)
        round->options.on_moved(round->options.context, batch, fee_wei);
}

static void after_move(struct round *round, struct tx_job *job, enum anchor_event event)
{
    struct store_batch batch;
    round->progress = true;
    health_agree(&round->health, job->id); /* in the new state providers do not disagree yet */
    if (!job_is_revocation_set(job) && store_batch(round->options.store, job->id.number, &batch))
        job_notify(round, job, &batch);
    if (event == EVENT_MINED) {
        round->watch_again = true; /* a chain that makes blocks on demand may have no other head for days */
        job_forget_tracker(round, job);
        health_at_fee_cap(&round->health, NULL);
        health_clear(&round->health, CONDITION_SENDING);
        if (!round->trackers && signer_is_there(&round->accounts.current)) /* no job waits for a signature */
            accounts_signed(&round->accounts, &round->health);
    }
    if (event == EVENT_FINAL)
        count_final(job);
}

static bool persist(struct round *round, struct tx_job *job, enum anchor_event event, const struct store_anchor *fields,
                    const struct store_attempt *attempt)
{
    struct move move = {
        .store = round->options.store, .id = job->id, .event = event, .to = *fields, .attempt = attempt};
    if (!state_next(&move.to.state, job->anchor.state, event)) {
        log_broken("internal error: event is not possible in this state", job_log_field(job),
                   log_text("state", state_names[job->anchor.state]), log_text("event", event_names[event]));
        return false;
    }
    move.to.changed_at_s = (int64_t)time(NULL);
    coroutine_on_pool(&round->coroutine, persist_work, &move);
    if (move.status != BADGE_OK) {
        log_error("state could not be written to disk, will retry", job_log_field(job), log_text("why", move.err.text));
        if (job->tracker)
            (void)job_retry_in(round, job, RETRY_DISK_MS);
        round->watch_again = true;
        return false;
    }
    log_move(job, &move);
    job->anchor = move.to;
    after_move(round, job, event);
    return !round->closing;
}

enum next job_move(struct round *round, struct tx_job *job, enum anchor_event event, const struct store_anchor *fields)
{
    return persist(round, job, event, fields, NULL) ? NEXT_JOB : NEXT_END;
}

bool job_add_attempt(struct round *round, struct tx_job *job, const struct store_attempt *attempt)
{
    const struct store_anchor fields = {.nonce = attempt->nonce, .transaction = attempt->transaction};
    return persist(round, job, EVENT_SIGNED, &fields, attempt);
}

void job_forget_tracker(struct round *round, struct tx_job *job)
{
    tracker_forget(&round->trackers, job->id);
    job->tracker = NULL;
}

enum next job_stop(struct round *round, struct tx_job *job, const char *why)
{
    char name[JOB_NAME_LEN];
    job->tracker->stopped = true;
    health_raise(&round->health, CONDITION_STOPPED, "anchor_stopped", "%s: %s", job_name(name, job), why);
    log_error("anchor stopped", job_log_field(job), log_hex("root", job->root.b, 32), log_text("why", why));
    return NEXT_JOB;
}

enum next job_retry_in(struct round *round, struct tx_job *job, uint64_t ms)
{
    job->tracker->publish_at_ms = round_now_ms(round) + ms;
    return NEXT_JOB;
}

void job_no_progress(struct round *round, struct tx_job *job, const char *why)
{
    char name[JOB_NAME_LEN];
    if (++job->tracker->n_no_progress >= MAX_NO_PROGRESS)
        health_raise(&round->health, CONDITION_SENDING, "not_sent", "%s is not on the chain yet, retrying: %.140s",
                     job_name(name, job), why);
}
