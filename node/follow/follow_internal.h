/*
 * The inside of the follower, shared by its files. A round looks at the chain once: how far it is final, whether
 * what was read above that is still there, then range by range up to the head. Exactly one thing is open at a time, a
 * poll, a reading or a write, and what it brings begins the next or ends the round.
 *
 *   follow.c        rounds, what was read and is not final yet, what the store is given
 *   follow_tell.c   what is told of it: each change once
 *   follow_from.c   where to begin, and what to do where no provider has the events any more
 */
#ifndef FOLLOW_FOLLOW_INTERNAL_H
#define FOLLOW_FOLLOW_INTERNAL_H

#include "follow/event_scan.h"
#include "follow/follow.h"

struct follow {
    struct follow_options options;
    uv_timer_t timer;
    uv_mutex_t lock; /* over health and well_at_ms */
    struct follow_health health;
    uint64_t well_at_ms; /* 0: never */
    bool closing, running;
    bool begun;        /* where to begin is known */
    bool live;         /* the present was reached once: what comes is news */
    bool dirty;        /* look again, though the head be the same */
    unsigned n_failed; /* rounds in a row */
    uint64_t not_before_ms, silent_until_ms;
    const char *lasting_code; /* of what stays wrong for the rest of this process; NULL: nothing */
    char lasting_why[PROVIDER_WHY_LEN];

    /* what was read */
    uint64_t through;           /* finally, and the store has it */
    uint64_t at;                /* in all */
    struct badge_hash at_hash;  /* of that block, asked for before its events were, where it is above `through` */
    struct chain_events events; /* above `through`, up to `at` */
    size_t n_told;              /* of them, from the first */
    struct chain_events lost;   /* told, and reorganized away since */
    struct store_gap gap;       /* before `at`, and the store does not know of it yet */
    uint64_t doubted;           /* block of the first withdrawal that not all providers have told; 0: none is there */

    /* the round */
    struct voters voters;
    uint64_t head, final;
    struct badge_hash seen_head; /* that of the last round that came to its end */
    struct poll poll;
    struct badge_hash hash; /* what a poll brings: of a block; a number, whether there was one */
    uint64_t number;
    bool has_hash, is_active;
    struct reading reading;
    uint64_t span; /* so many blocks in one question */
    unsigned n_good;
    uint64_t low, high; /* of a search */
    uint32_t batch;     /* whose withdrawal is asked for */
    uint8_t bytes[BADGE_CALL_MAX_LEN];

    /* the write */
    uv_work_t work;
    struct store_change *changes;
    struct store_news news;
    enum badge_status work_status;
    struct badge_err work_err;
};

/* -- follow.c ------------------------------------------------------------------------------------------------------ */

/* Each of these ends the step that calls it. */
void follow_go_on(struct follow *follow); /* from `at` */
void follow_failed(struct follow *follow, const char *code, const char *why);

/* A question to all; the answer function sees follow as the poll's context. */
void follow_ask(struct follow *follow, const char *method, json_t *params, poll_answer answer,
                void (*done)(struct poll *poll));
/* Whether a poll brought something to go on with; else the step has been ended. */
bool follow_may_go_on(struct follow *follow, const struct poll *poll);
/* by_all: every provider there is has told it. */
enum badge_status follow_add_event(struct follow *follow, const struct chain_event *event, bool by_all)
    __attribute__((warn_unused_result));

/* -- follow_tell.c ------------------------------------------------------------------------------------------------- */

struct store_change follow_change_of(const struct follow *follow, const struct chain_event *event);
void follow_tell(struct follow *follow); /* the store has all events */
/* The events are about to be forgotten: those that were told are kept in mind. */
void follow_lose(struct follow *follow);

/* -- follow_from.c: they go on from the `at` that they found ------------------------------------------------------- */

void follow_find_start(struct follow *follow);
/* All refuse the events of the one block after `at`. */
void follow_over_gap(struct follow *follow);
void follow_tell_gap(struct follow *follow, const struct store_gap *gap); /* from now on, and after each restart */

#endif
