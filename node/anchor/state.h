/*
 * The states of an anchor, and of a set of revocations, and the only functions that move a job between them; but
 * "spoiled" is set by store_reseal_work(), which already_anchored.c calls.
 */
#ifndef ANCHOR_STATE_H
#define ANCHOR_STATE_H

#include "anchor/round.h"

enum anchor_event {
    EVENT_SIGNED,   /* another attempt */
    EVENT_ACCEPTED, /* a provider accepted it */
    EVENT_MINED,    /* a receipt, or a receipt in another block */
    EVENT_GONE,     /* its block is not on the chain any more (reorg) */
    EVENT_DROPPED,  /* its nonce was used by another transaction, or it is signed again with another nonce */
    EVENT_FINAL,
};
#define ANCHOR_N_EVENTS 6
#define ANCHOR_N_STATES 6

/* The state after an event; false if the event is not possible in that state. */
bool state_next(enum store_anchor_state *out, enum store_anchor_state state, enum anchor_event event);
/*
 * Checks the table, persists, logs, and only then returns.
 * fields    those of the new state; `state` and `changed_at_s` are filled in
 */
enum next job_move(struct round *round, struct tx_job *job, enum anchor_event event, const struct store_anchor *fields);
/* The same for another attempt (EVENT_SIGNED). False: it may not be sent, and the round ends. */
bool job_add_attempt(struct round *round, struct tx_job *job, const struct store_attempt *attempt);

/* Calls on_moved(). job: whose receipt may be that of the batch */
void job_notify(const struct round *round, const struct tx_job *job, const struct store_batch *batch);
/* It needs no more retries. */
void job_forget_tracker(struct round *round, struct tx_job *job);
/* It can't continue without the operator. */
enum next job_stop(struct round *round, struct tx_job *job, const char *why);
/* Nothing is published before. */
enum next job_retry_in(struct round *round, struct tx_job *job, uint64_t ms);
/* Another try without progress: reported after some in a row, because most failures are transient. */
void job_no_progress(struct round *round, struct tx_job *job, const char *why);

#endif
