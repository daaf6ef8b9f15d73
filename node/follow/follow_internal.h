/*
 * The inside of the follower, shared by its files. A round looks at the chain once: how far it is final, whether
 * what was read above that is still there, then range by range up to the head. Exactly one thing is open at a time, a
 * quorum, a scan or a write, and what it brings begins the next or ends the round.
 *
 *   follow.c        rounds, what was read and is not final yet, what the store is given
 *   follow_notify.c   what is told of it: each change once
 *   follow_from.c   where to begin, and what to do where no provider has the events any more
 */
#ifndef FOLLOW_FOLLOW_INTERNAL_H
#define FOLLOW_FOLLOW_INTERNAL_H

#include "follow/event_scan.h"
#include "follow/follow.h"

struct follow {
    struct follow_options options;
    uv_timer_t timer;
    uv_mutex_t lock; /* over health and last_ok_ms */
    struct follow_health health;
    uint64_t last_ok_ms; /* 0: never */
    bool closing, running;
    bool begun;        /* where to begin is known */
    bool live;         /* the present was reached once: what comes is news */
    bool rescan;       /* look again, though the head be the same */
    unsigned n_failed; /* rounds in a row */
    uint64_t not_before_ms, silent_until_ms;
    const char *lasting_code; /* of what stays wrong for the rest of this process; NULL: nothing */
    char lasting_why[PROVIDER_WHY_LEN];

    /* what was read */
    uint64_t final_block;            /* finally, and the store has it */
    uint64_t scanned_block;          /* in all */
    struct badge_hash scanned_hash;  /* of that block, asked for before its events were, where it is above `through` */
    struct registry_events events;   /* above `through`, up to `at` */
    size_t n_notified;               /* of them, from the first */
    struct registry_events reverted; /* told, and reorganized away since */
    struct store_gap gap;            /* before `at`, and the store does not know of it yet */
    uint64_t first_unconfirmed_withdrawal; /* block of the first withdrawal that not all providers have told; 0: none is
                                              there */

    /* the round */
    struct quorum_members quorum_members;
    uint64_t head, final;
    struct badge_hash seen_head; /* that of the last round that came to its end */
    struct quorum quorum;
    struct badge_hash hash; /* what a quorum brings: of a block; a number, whether there was one */
    uint64_t number;
    bool has_hash, is_active;
    struct event_scan scan;
    uint64_t span; /* so many blocks in one question */
    unsigned n_good;
    uint64_t low, high; /* of a search */
    uint32_t batch;     /* whose withdrawal is asked for */
    uint8_t bytes[BADGE_CALL_MAX_LEN];

    /* the write */
    uv_work_t work;
    struct store_change *changes;
    struct store_chain_update news;
    enum badge_status work_status;
    struct badge_err work_err;
};

/* -- follow.c ------------------------------------------------------------------------------------------------------ */

/* Each of these ends the step that calls it. */
void follow_continue(struct follow *follow); /* from `at` */
void follow_failed(struct follow *follow, const char *code, const char *why);

/* A question to all; the answer function sees follow as the quorum's context. */
void follow_ask(struct follow *follow, const char *method, json_t *params, quorum_reader answer,
                void (*done)(struct quorum *quorum));
/* Whether a quorum brought something to go on with; else the step has been ended. */
bool follow_may_continue(struct follow *follow, const struct quorum *quorum);
/* by_all: every provider there is has told it. */
enum badge_status follow_add_event(struct follow *follow, const struct registry_event *event,
                                   bool by_all) BADGE_CHECKED;

/* -- follow_notify.c -------------------------------------------------------------------------------------------------
 */

struct store_change follow_change_of(const struct follow *follow, const struct registry_event *event);
void follow_notify(struct follow *follow); /* the store has all events */
/* The events are about to be forgotten: those that were told are kept in mind. */
void follow_keep_reverted(struct follow *follow);

/* -- follow_from.c: they go on from the `at` that they found ------------------------------------------------------- */

void follow_start(struct follow *follow);
/* All refuse the events of the one block after `at`. */
void follow_over_gap(struct follow *follow);
void follow_notify_gap(struct follow *follow, const struct store_gap *gap); /* from now on, and after each restart */

#endif
