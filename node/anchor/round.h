/*
 * A round reads the chain and moves jobs on, step by step, in straight-line code: a step asks, waits for the answer
 * (runtime/coroutine.h), and ends in an enum next. So nothing runs concurrently, and every step sees the state as the
 * one before left it. This file has what a round knows, and its waits; anchor.c has the order of its steps.
 *
 * An answer that does not come, or that the node no longer waits for because it closes, ends the round: the step
 * returns NEXT_ABORT.
 */
#ifndef ANCHOR_ROUND_H
#define ANCHOR_ROUND_H

#include "anchor/accounts.h"
#include "anchor/decide.h"
#include "anchor/health.h"
#include "chain/broadcast.h"
#include "chain/quorum.h"
#include "runtime/coroutine.h"

enum next {
    NEXT_STEP,  /* go on with the next step, of this job or of the round */
    NEXT_JOB,   /* this job is done for the round */
    NEXT_END,   /* the round is complete */
    NEXT_ABORT, /* the provider failed: the next round continues from the store, with another if there is one */
};

/* Whether the store is older than the chain. */
struct stale_store {
    struct badge_address account; /* that was checked */
    uint64_t checked_at_ms;       /* 0: check at once */
    uint64_t explained;           /* up to this nonce it is known what the account's transactions are */
    uint64_t to_explain;          /* a nonce that another program has caused: its anchors are looked for; 0: none */
    bool has_unknown;             /* anchors that the store does not have */
    bool logged_used_elsewhere;
    struct {
        uint64_t below, span;         /* span 0: not begun */
        uint64_t nonce;               /* of the account, when it began */
        uint64_t sequence;            /* of the newest anchor below */
        unsigned n_failed;            /* requests in a row */
        bool excluded[PROVIDERS_MAX]; /* do not have such old events */
    } search;                         /* of the issuer's anchors, backwards: all from block `below` on are known */
};

struct round {
    struct anchor_options options; /* strings and lists borrowed only by anchor_new() */
    struct coroutine coroutine;
    struct providers providers;
    struct accounts accounts;
    struct health health;
    bool closing;

    /* this round */
    struct block head;
    bool head_is_new;      /* since complete_head */
    uint64_t final_number; /* the highest final block, 0: none */
    bool progress;         /* a state has changed: start the next round at once */
    bool in_flight;        /* a transaction is open: nothing new is signed in this round */

    /* for the next one */
    struct badge_hash complete_head; /* the head of the last complete round */
    uint64_t known_final_number;     /* of the last round */
    uint64_t final_moved_ms;         /* when it has changed; 0: never read */
    uint64_t final_pause_ms;         /* the longest time between two changes since the start */
    bool registry_is_final;          /* the registry is in a final block */
    bool watch_again;                /* mined jobs: something has changed since they were looked at */
    struct {
        enum trust trust;
        uint64_t generation, at_ms; /* of the providers; 0: never */
    } checked;                      /* by preflight.c */
    struct stale_store stale_store;
    struct nonce_gap gap; /* to be filled by the next signature */
    struct attempt_tracker *trackers;
    struct attempts attempts; /* of the present job */
    unsigned n_sets_in_a_row; /* of revocations, since the last batch */

    /* the waits */
    const struct rpc_reply *reply;
    struct quorum quorum;
    bool (*matches)(void *context, const json_t *result);
    void *matches_context;
    struct broadcast broadcast;
};

uint64_t round_now_ms(const struct round *round);
bool round_may_sign(const struct round *round); /* a new transaction */
/* Whether a job of this kind is in that state, and not stopped. */
bool round_has_job(const struct round *round, enum store_job_kind kind, enum store_anchor_state state);
void round_recheck(struct round *round); /* the preflight checks, in the next round, before anything is sent */

/* The provider's answer is not usable: it is ejected. Returns NEXT_ABORT. */
enum next round_failed(struct round *round, const char *why);

/* -- waits --------------------------------------------------------------------------------------------------------- */

/* params are taken. What is returned is valid until the next wait; NULL or false: NEXT_ABORT. */
void round_check_providers(struct round *round);
/* If the provider refuses, that is a failure. */
const json_t *round_ask(struct round *round, const char *method, json_t *params);
/* Its status is BADGE_OK or BADGE_EREFUSED. */
const struct rpc_reply *round_ask_or_refused(struct round *round, const char *method, json_t *params);
/* eth_call of the contract, at the latest block. */
const json_t *round_ask_contract(struct round *round, const uint8_t *data, size_t data_len);
/* eth_getTransactionCount, at the latest block. */
bool round_ask_count(struct round *round, uint64_t *count, const struct badge_address *account);

enum agreement { AGREED, DIFFER, NOT_ANSWERED };
/*
 * Compares the answers of the other quorum members, before something irreversible is written: that an anchor is final,
 * that a nonce is abandoned, that a final block has changed, that a root is spoiled. One provider alone decides none of
 * these; without others, all agree. Which one differs: quorum.differing.
 * matches    false: the answer differs
 */
enum agreement round_cross_check(struct round *round, const char *method, json_t *params,
                                 bool (*matches)(void *context, const json_t *result), void *context);
/* Asks all quorum members. False: none has answered, or the node closes: NEXT_ABORT. */
bool round_ask_quorum(struct round *round, const struct quorum_members *members, const char *method, json_t *params,
                      quorum_reader answer, void *context);
/* To all providers that are up; the result is in `broadcast`. */
bool round_broadcast(struct round *round, const struct store_attempt *attempt);

json_t *round_count_params(const struct badge_address *account); /* of eth_getTransactionCount */
json_t *round_receipt_params(const struct badge_hash *transaction);
json_t *round_block_params(uint64_t number); /* of eth_getBlockByNumber */

#endif
