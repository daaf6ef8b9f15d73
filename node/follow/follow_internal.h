/*
 * The internals of the follower, shared by its files. A round reads the chain once: the final block, whether the events
 * above it are still there, then range by range up to the head. Exactly one operation is open at a time, a quorum, a
 * scan or a write, and its result starts the next one or ends the round.
 *
 *   follow.c   rounds, range by range, updates of the store
 *   step.c     ends of a step: requests, failures with backoff, what others see of the state
 *   notify.c   reports each change once
 *   start.c    the first block, and what to do if no provider has the events any more
 */
#ifndef FOLLOW_FOLLOW_INTERNAL_H
#define FOLLOW_FOLLOW_INTERNAL_H

#include "follow/event_scan.h"
#include "follow/follow.h"
#include "runtime/pool.h"

struct follow {
    struct follow_options options;
    uv_timer_t timer;
    uv_mutex_t lock; /* over health and last_ok_ms */
    struct follow_health health;
    uint64_t last_ok_ms; /* 0: never */
    bool closing, running;
    bool started;      /* the first block is known */
    bool live;         /* the head was reached once: further events are reported */
    bool rescan;       /* scan in the next round, even if the head is the same */
    unsigned n_failed; /* rounds in a row */
    uint64_t not_before_ms, excluded_until_ms;
    const char *permanent_code; /* a condition that lasts until the restart; NULL: none */
    char permanent_why[PROVIDER_WHY_LEN];

    /* what was read */
    uint64_t final_block;                  /* final up to here, and stored */
    uint64_t scanned_block;                /* read up to here */
    struct badge_hash scanned_hash;        /* of that block, read before its events were, if it is above final_block */
    struct registry_events events;         /* above final_block, up to scanned_block */
    size_t n_notified;                     /* of them, from the first */
    struct registry_events reverted;       /* reported, and reorganized away since */
    struct store_gap gap;                  /* before scanned_block, and not in the store yet */
    uint64_t first_unconfirmed_withdrawal; /* block of the first withdrawal that not all providers returned; 0: none */

    /* the round */
    struct quorum_members quorum_members;
    uint64_t head, final;
    struct badge_hash seen_head; /* of the last complete round */
    struct quorum quorum;
    struct badge_hash hash; /* results of a quorum: a block's hash, a number, whether there was one */
    uint64_t number;
    bool has_hash, is_active;
    struct event_scan scan;
    uint64_t span; /* blocks in one request */
    unsigned n_ok;
    uint64_t low, high;                   /* of a search */
    void (*found)(struct follow *follow); /* continues after the search */
    uint32_t batch;                       /* whose withdrawal is being read */
    uint8_t bytes[BADGE_CALL_MAX_LEN];

    /* the write */
    struct pool_work work;
    struct store_change *changes;
    struct store_chain_update update;
    enum badge_status work_status;
    struct badge_err work_err;
};

/* -- step.c -------------------------------------------------------------------------------------------------------- */

#define TOO_MANY_EVENTS "too many registry events that are not final yet, or out of memory"

/* Each of these two ends the step that calls it. */
void follow_round_end(struct follow *follow);
void follow_failed(struct follow *follow, const char *code, const char *why);

/* A request to all quorum members; the answer function gets follow as the quorum's context. */
void follow_ask(struct follow *follow, const char *method, json_t *params, quorum_reader answer,
                void (*done)(struct quorum *quorum));
/* Whether a quorum has an answer to continue with; if not, the step has been ended. */
bool follow_may_continue(struct follow *follow, const struct quorum *quorum);
/* by_all: every configured provider returned it. */
enum badge_status follow_add_event(struct follow *follow, const struct registry_event *event,
                                   bool by_all) BADGE_CHECKED;

void follow_set_condition(struct follow *follow, const char *code, const char *why); /* code NULL: recovered */
void follow_publish_position(struct follow *follow);
void follow_mark_current(struct follow *follow); /* what was read is current as of now */
void follow_free(uv_handle_t *timer);            /* the last handle is closed */

/* -- notify.c ------------------------------------------------------------------------------------------------------ */

struct store_change follow_change_of(const struct follow *follow, const struct registry_event *event);
void follow_notify(struct follow *follow); /* the store has all events */
/* Before the events are dropped: remembers those that were reported. */
void follow_keep_reverted(struct follow *follow);

/* -- start.c: sets scanned_block, then calls found() ----------------------------------------------------------------
 */

void follow_start(struct follow *follow, void (*found)(struct follow *follow));
/* All refuse the events of the one block after scanned_block. */
void follow_skip_gap(struct follow *follow, void (*found)(struct follow *follow));
void follow_notify_gap(struct follow *follow, const struct store_gap *gap); /* from now on, and after each restart */

#endif
