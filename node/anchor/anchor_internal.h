/*
 * The inside of the anchor, shared by the files of the upper half. A round begins with a survey of the providers; then
 * it asks the chain step by step: the checks when they are due, then each job that is not final: a set of
 * revocations or a batch. A step is a function that gets an answer and ends in exactly one of these: the next question,
 * a cross_check, a broadcast, a signature, a move of the job, the next job, the end of the round. So nothing runs
 * beside anything else, and every step sees the state as the one before it left it.
 *
 *   anchor.c     rounds, questions, opening, closing        life.c       the transition table and the one move
 *   check.c      what was final, our right and funds        older.c      a store that is older than the chain
 *   keys.c       who signs                                  found.c      a root that is on the chain already; spoiled
 *   send.c       nonce, fees, signing, publishing, bumps    mined.c      receipts, reorganizations, finality
 *   gather.c     what is to be revoked becomes a set         job.c     batches and sets: where they differ
 *   cross_check.c    what all providers must agree on           health.c     what /readyz says of it
 *
 * The lower half knows nothing of batches or sets:
 *
 *   provider.c   survey, health and choice of providers     question.c   one question to one of them, with retries
 *   broadcast.c  a transaction to all of them               error.c      what their errors mean
 *   signer.c     the one user of the key                    signed.c     what a remote signer gave back
 *   fee.c        fees as arithmetic                         block.c      a block as they tell it
 */
#ifndef ANCHOR_ANCHOR_INTERNAL_H
#define ANCHOR_ANCHOR_INTERNAL_H

#include "anchor/anchor.h"
#include "anchor/job.h"
#include "anchor/signer.h"
#include "chain/broadcast.h"

/* An anchor as a receipt or a log tells it. */
struct tx_receipt {
    struct badge_hash transaction, block_hash;
    uint64_t block_number, gas_used, sequence;
    uint64_t gas_price_wei; /* 0: the provider does not tell */
    bool succeeded;
};

/* What is remembered of an job on its way; lost by a restart without harm. */
struct attempt_tracker {
    uint32_t number;
    uint64_t signed_at_ms;  /* when the last attempt was made, or this process began */
    uint64_t publish_at_ms; /* not again before */
    unsigned n_nonce_used;  /* sightings of a used nonce without a receipt of ours */
    unsigned n_reverted, n_unestimated;
    unsigned n_no_progress; /* tries in a row, of whatever kind, that brought it no further */
    bool refused_price;     /* a provider wants a higher fee: bump without waiting */
    bool at_cap;            /* no bump is possible; said once */
    bool stopped;           /* it can't go on by itself; said once */
    bool said_reverted;
    bool spoiled_before; /* the root of a batch that was sealed anew: it waits before the next time */
    struct attempt_tracker *next;
};

enum anchor_event {
    EVENT_SIGNED,   /* another attempt */
    EVENT_ACCEPTED, /* a provider took it */
    EVENT_MINED,    /* a receipt, or a receipt in another block */
    EVENT_GONE,     /* the block that held it is not on the chain any more */
    EVENT_DROPPED,  /* its nonce is used up without it */
    EVENT_FINAL,
};
#define ANCHOR_N_EVENTS 6
#define ANCHOR_N_STATES 6

/* How far the chain is trusted. */
enum trust {
    TRUST_NOTHING, /* not checked, or not ours */
    TRUST_READING, /* our chain and contract, but sending would fail */
    TRUST_SENDING,
};

/* What may be wrong, the weightiest first. */
enum condition_kind {
    CONDITION_PROVIDERS, /* none is there to be read from */
    CONDITION_ROUNDS,    /* they answer, but no round comes to its end */
    CONDITION_BROKEN,
    CONDITION_STORE,    /* it is older than the chain */
    CONDITION_KEY,      /* nobody signs */
    CONDITION_OPERATOR, /* its right, its funds */
    CONDITION_SENDING,
    CONDITION_STOPPED,
    CONDITION_FINALITY,
    CONDITION_DISAGREE,
    CONDITION_STALLED,
    N_CONDITIONS
};
struct condition {
    const char *code; /* NULL: none */
    char why[200];
};

/* The same question to every other provider that has a say. */
struct anchor;
typedef bool (*cross_check_matches)(struct anchor *anchor, const json_t *result);
struct cross_check {
    size_t n_open, n_failed, n_differ;
    size_t differing; /* one of those that differ */
    cross_check_matches agrees;
    void (*done)(struct anchor *anchor);
};

/* Who signs. */
struct retired {
    struct signer signer;
    struct retired *next;
};
struct key_rotation {
    bool has_candidate;
    struct signer candidate;
    struct retired *retired; /* accounts whose transactions are under way still and may need a higher fee */
    unsigned n_failed;       /* signatures in a row that did not come */
    uint64_t retry_at_ms;    /* none is asked for before */
};

/* A nonce that was used by another transaction, until a reorganization has undone that: all above it waits for it. */
struct nonce_gap {
    bool found;
    struct badge_address account;
    uint64_t nonce;
};

/* Whether the store is older than the chain. */
struct stale_store {
    enum anchor_store_age age;
    struct badge_address account; /* for which it was looked */
    uint64_t checked_at_ms;       /* 0: look at once */
    bool has_nonce;               /* that account has signed from this store */
    unsigned n_asked;             /* for its events, in a row and in vain */
    bool said;
};

struct anchor {
    struct anchor_options options; /* strings and lists borrowed only by anchor_new() */
    struct providers providers;
    struct signer signer; /* the one in use */
    struct key_rotation key_rotation;
    struct stale_store stale_store;
    struct signing signing;
    uv_timer_t timer;
    uv_async_t noticed; /* by anchor_notice(), from any thread */
    uv_mutex_t lock;    /* over health */
    struct anchor_health health;
    struct condition condition[N_CONDITIONS];

    /* the round */
    bool running, closing;
    bool woken;       /* a batch was sealed meanwhile, or something is to be revoked */
    bool progress;    /* something moved: begin the next round at once */
    bool in_flight;   /* a transaction is open: nothing new is signed in this round */
    unsigned n_quiet; /* rounds in a row without news */
    unsigned n_cut;   /* rounds in a row that a provider's failure has ended */
    struct block head;
    struct badge_hash watched_head; /* the head of the last round that came to its end */
    uint64_t final_number;          /* the highest block that is final, 0: none */
    bool watching, watch_again;     /* what is mined; in the next round, though the head be the same */
    struct {
        uint64_t since_ms; /* 0: they agree */
        uint32_t number;   /* on the receipt of this job */
    } disagreement;        /* of providers: the one that has lasted longest */

    /* the checks */
    enum trust trust;
    uint64_t checked_generation, checked_at_ms; /* of the providers; 0: never */

    /* the question */
    void (*step)(struct anchor *anchor, const struct rpc_reply *reply);
    bool refusal_wanted;
    struct broadcast broadcast;
    struct cross_check cross_check;

    /* the job that the round has come to */
    struct job job;
    struct attempt_tracker *tracker, *trackers;
    struct store_attempt attempt[STORE_MAX_ATTEMPTS]; /* those of the job's present nonce */
    size_t n_attempts, i_attempt, n_all_attempts;     /* all: of given up nonces too */
    uint8_t data[JOB_MAX_CALL_LEN];
    struct signer_call call; /* what is about to be signed */
    struct nonce_gap gap;    /* what is signed next fills it */
    struct badge_hash asked; /* the transaction whose receipt was asked for */
    struct tx_receipt tx_receipt;
    void (*absent)(struct anchor *anchor);

    /* the move */
    uv_work_t work;
    enum anchor_event event;
    struct store_anchor moved;
    struct store_attempt signed_attempt;
    struct store_batch resealed;
    struct store_set taken_set;
    uint32_t max_set_size;
    unsigned n_sets_in_a_row; /* taken_set since a batch had its turn */
    enum badge_status work_status;
    struct badge_err work_err;
    void (*after_move)(struct anchor *anchor);
};

/* -- anchor.c: questions and rounds; each of these ends the step that calls it ------------------------------------ */

typedef void (*anchor_step)(struct anchor *anchor, const struct rpc_reply *reply);

/* The step gets a result; where the provider fails or refuses, the round ends and another provider's turn comes. */
void anchor_ask(struct anchor *anchor, const char *method, json_t *params, anchor_step step);
/* The step gets a refusal (BADGE_EREFUSED) too. */
void anchor_ask_or_refuse(struct anchor *anchor, const char *method, json_t *params, anchor_step step);
/* eth_call of the contract, at the latest block. */
void anchor_ask_contract(struct anchor *anchor, const uint8_t *data, size_t data_len, anchor_step step);
void anchor_round_failed(struct anchor *anchor, const char *why); /* the provider said nothing usable */
void anchor_round_end(struct anchor *anchor);
void anchor_checked(struct anchor *anchor);   /* check.c has come to its end */
void anchor_next_job(struct anchor *anchor);  /* done with this job for the round */
void anchor_first_job(struct anchor *anchor); /* gather.c has come to its end: the first job */

bool anchor_may_sign(const struct anchor *anchor);    /* something new */
bool anchor_head_is_new(const struct anchor *anchor); /* not that of the last round */
uint64_t anchor_now_ms(const struct anchor *anchor);

/* -- health.c ----------------------------------------------------------------------------------------------------- */

/* code: static. A condition stands until it is withdrawn or replaced by another of its kind. */
void anchor_raise(struct anchor *anchor, enum condition_kind kind, const char *code, const char *format, ...)
    BADGE_PRINTF(4, 5);
void anchor_clear(struct anchor *anchor, enum condition_kind kind);

/* -- cross_check.c ----------------------------------------------------------------------------------------------------
 */

/* Ends in done(), at once where there is no other provider; params is taken. */
void cross_check_ask(struct anchor *anchor, const char *method, json_t *params, cross_check_matches agrees,
                     void (*done)(struct anchor *anchor));

/* -- check.c ------------------------------------------------------------------------------------------------------ */

void preflight_start(struct anchor *anchor);
void preflight_rerun(struct anchor *anchor); /* in the next round, before anything is sent */
void preflight_ask_operator(struct anchor *anchor, const struct badge_address *account, anchor_step step); /* may it? */
bool preflight_read_operator(bool *allowed, struct anchor *anchor,
                             const struct rpc_reply *reply); /* false: round failed */
/* What an anchor may cost, at today's base fee. */
struct badge_wei preflight_price(const struct anchor *anchor);

/* -- life.c ------------------------------------------------------------------------------------------------------- */

/* The state that an event leads to; false where the event can't be in that state. */
bool state_next(enum store_anchor_state *out, enum store_anchor_state state, enum anchor_event event);
/*
 * The one function that changes an job's state: checks the table, persists, logs, and only then calls `after`, on
 * the loop. anchor->moved holds what is known in the new state, for EVENT_SIGNED anchor->signed_attempt does.
 */
void anchor_move(struct anchor *anchor, enum anchor_event event, void (*after)(struct anchor *anchor));

struct attempt_tracker *tracker_of(struct anchor *anchor,
                                   uint32_t number); /* found or made; NULL where there is no memory */
bool tracker_is_stopped(const struct anchor *anchor, uint32_t number);
void state_notify(const struct anchor *anchor, const struct store_batch *batch); /* whom it concerns, of its state */
void tracker_forget(struct anchor *anchor, uint32_t number);
void tracker_stop(struct anchor *anchor, const char *why); /* the present job; goes on to the next */
/* Another try of the present job that brought it no further: told once it is no passing trouble. */
void tracker_no_progress(struct anchor *anchor, const char *why);

/* -- keys.c ------------------------------------------------------------------------------------------------------- */

bool key_rotation_due(struct anchor *anchor);         /* another account wants to take over */
void key_rotation_start(struct anchor *anchor);       /* asks the chain about it; ends in anchor_checked() */
bool key_rotation_ready(const struct anchor *anchor); /* a signature may be asked for now */
void key_rotation_signed(struct anchor *anchor);      /* one came */
void key_rotation_failed(struct anchor *anchor);      /* anchor->signing says why none did */
void key_rotation_idle(struct anchor *anchor);        /* nobody waits for one: a signer that failed is of no account */
void key_rotation_release(struct anchor *anchor);
/* Who signs for an account; NULL where its key is not here any more. */
const struct signer *key_rotation_signer(const struct anchor *anchor, const struct badge_address *account);

/* -- older.c ------------------------------------------------------------------------------------------------------ */

bool stale_store_due(const struct anchor *anchor);
void stale_store_start(struct anchor *anchor);        /* ends in anchor_checked() */
bool stale_store_allows(const struct anchor *anchor); /* a new transaction */

/* -- gather.c ----------------------------------------------------------------------------------------------------- */

void revocations_collect(struct anchor *anchor); /* a set, where one is due; ends in anchor_first_job() */
/* The present job, a set that is about to be signed, against what the chain has told; send_set() where some is left.
 */
void revocations_prune(struct anchor *anchor);

/* -- an job's turn in the round --------------------------------------------------------------------------------- */

void send_begin(struct anchor *anchor);                          /* sealed: sign and send */
void send_set(struct anchor *anchor);                            /* a sealed set that revocations_prune() let pass */
const char *send_revert_reason(const struct rpc_reply *refusal); /* the contract's name for it, else the provider's */
void send_open(struct anchor *anchor);                           /* signed or sent, and not mined: publish, bump */
void confirm_poll(struct anchor *anchor);                        /* signed or sent: is one of the attempts mined? */
void confirm_watch(struct anchor *anchor);                       /* mined: is it still, is it final? */
void confirm_ask_receipt(struct anchor *anchor, const struct badge_hash *transaction, anchor_step step);
void confirm_agreed(struct anchor *anchor);                      /* on the present job */
void confirm_read(struct anchor *anchor, const json_t *receipt); /* one that confirm_ask_receipt() has asked for */
/* Goes on where no provider knows a receipt of any attempt. */
void confirm_nonce_unused(struct anchor *anchor, void (*unused)(struct anchor *anchor));
void already_anchored_check(struct anchor *anchor,
                            void (*absent)(struct anchor *anchor)); /* is the root anchored already? */

#endif
