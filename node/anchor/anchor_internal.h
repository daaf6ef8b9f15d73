/*
 * The inside of the anchor, shared by the files of the upper half. A round begins with a survey of the providers; then
 * it asks the chain step by step: the checks when they are due, then each errand that is not final: a set of
 * revocations or a batch. A step is a function that gets an answer and ends in exactly one of these: the next question,
 * a council, a broadcast, a signature, a move of the errand, the next errand, the end of the round. So nothing runs
 * beside anything else, and every step sees the state as the one before it left it.
 *
 *   anchor.c     rounds, questions, opening, closing        life.c       the transition table and the one move
 *   check.c      what was final, our right and funds        older.c      a store that is older than the chain
 *   keys.c       who signs                                  found.c      a root that is on the chain already; spoiled
 *   send.c       nonce, fees, signing, publishing, bumps    mined.c      receipts, reorganizations, finality
 *   gather.c     what is to be revoked becomes a set         errand.c     batches and sets: where they differ
 *   council.c    what all providers must agree on           health.c     what /readyz says of it
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
struct sighting {
    struct badge_hash transaction, block_hash;
    uint64_t block_number, gas_used, sequence;
    uint64_t gas_price_wei; /* 0: the provider does not tell */
    bool succeeded;
};

/* What is remembered of an errand on its way; lost by a restart without harm. */
struct chase {
    uint32_t number;
    uint64_t signed_at_ms;  /* when the last attempt was made, or this process began */
    uint64_t publish_at_ms; /* not again before */
    unsigned n_nonce_used;  /* sightings of a used nonce without a receipt of ours */
    unsigned n_reverted, n_unestimated;
    unsigned n_in_vain; /* tries in a row, of whatever kind, that brought it no further */
    bool refused_price; /* a provider wants a higher fee: bump without waiting */
    bool at_cap;        /* no bump is possible; said once */
    bool stopped;       /* it can't go on by itself; said once */
    bool said_reverted;
    bool spoiled_before; /* the root of a batch that was sealed anew: it waits before the next time */
    struct chase *next;
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
enum complaint_kind {
    COMPLAINT_PROVIDERS, /* none is there to be read from */
    COMPLAINT_ROUNDS,    /* they answer, but no round comes to its end */
    COMPLAINT_BROKEN,
    COMPLAINT_STORE,    /* it is older than the chain */
    COMPLAINT_KEY,      /* nobody signs */
    COMPLAINT_OPERATOR, /* its right, its funds */
    COMPLAINT_SENDING,
    COMPLAINT_STOPPED,
    COMPLAINT_FINALITY,
    COMPLAINT_DISAGREE,
    COMPLAINT_STALLED,
    COMPLAINTS
};
struct complaint {
    const char *code; /* NULL: none */
    char why[200];
};

/* The same question to every other provider that has a say. */
struct anchor;
typedef bool (*council_agrees)(struct anchor *anchor, const json_t *result);
struct council {
    size_t n_open, n_failed, n_differ;
    size_t differing; /* one of those that differ */
    council_agrees agrees;
    void (*done)(struct anchor *anchor);
};

/* Who signs. */
struct retired {
    struct signer signer;
    struct retired *next;
};
struct keys {
    bool has_candidate;
    struct signer candidate;
    struct retired *retired; /* accounts whose transactions are under way still and may need a higher fee */
    unsigned n_failed;       /* signatures in a row that did not come */
    uint64_t retry_at_ms;    /* none is asked for before */
};

/* A nonce that was used by another transaction, until a reorganization has undone that: all above it waits for it. */
struct gap {
    bool found;
    struct badge_address account;
    uint64_t nonce;
};

/* Whether the store is older than the chain. */
struct older {
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
    struct keys keys;
    struct older older;
    struct signing signing;
    uv_timer_t timer;
    uv_async_t noticed; /* by anchor_notice(), from any thread */
    uv_mutex_t lock;    /* over health */
    struct anchor_health health;
    struct complaint complaint[COMPLAINTS];

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
        uint32_t number;   /* on the receipt of this errand */
    } disagreement;        /* of providers: the one that has lasted longest */

    /* the checks */
    enum trust trust;
    uint64_t checked_generation, checked_at_ms; /* of the providers; 0: never */

    /* the question */
    void (*step)(struct anchor *anchor, const struct rpc_reply *reply);
    bool refusal_wanted;
    struct broadcast broadcast;
    struct council council;

    /* the errand that the round has come to */
    struct errand errand;
    struct chase *chase, *chases;
    struct store_attempt attempt[STORE_MAX_ATTEMPTS]; /* those of the errand's present nonce */
    size_t n_attempts, i_attempt, n_all_attempts;     /* all: of given up nonces too */
    uint8_t data[ERRAND_MAX_CALL_LEN];
    struct signer_call call; /* what is about to be signed */
    struct gap gap;          /* what is signed next fills it */
    struct badge_hash asked; /* the transaction whose receipt was asked for */
    struct sighting sighting;
    void (*absent)(struct anchor *anchor);

    /* the move */
    uv_work_t work;
    enum anchor_event event;
    struct store_anchor moved;
    struct store_attempt signed_attempt;
    struct store_batch resealed;
    struct store_set gathered;
    uint32_t gather_max;
    unsigned n_sets_in_a_row; /* gathered since a batch had its turn */
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
void anchor_checked(struct anchor *anchor); /* check.c has come to its end */
void anchor_next(struct anchor *anchor);    /* done with this errand for the round */
void anchor_walk(struct anchor *anchor);    /* gather.c has come to its end: the first errand */

bool anchor_may_sign(const struct anchor *anchor);    /* something new */
bool anchor_head_is_new(const struct anchor *anchor); /* not that of the last round */
uint64_t anchor_now_ms(const struct anchor *anchor);

/* -- health.c ----------------------------------------------------------------------------------------------------- */

/* code: static. A complaint stands until it is withdrawn or replaced by another of its kind. */
void anchor_complain(struct anchor *anchor, enum complaint_kind kind, const char *code, const char *format, ...)
    BADGE_PRINTF(4, 5);
void anchor_withdraw(struct anchor *anchor, enum complaint_kind kind);

/* -- council.c ---------------------------------------------------------------------------------------------------- */

/* Ends in done(), at once where there is no other provider; params is taken. */
void council_ask(struct anchor *anchor, const char *method, json_t *params, council_agrees agrees,
                 void (*done)(struct anchor *anchor));

/* -- check.c ------------------------------------------------------------------------------------------------------ */

void check_begin(struct anchor *anchor);
void check_again(struct anchor *anchor); /* in the next round, before anything is sent */
void check_ask_operator(struct anchor *anchor, const struct badge_address *account, anchor_step step); /* may it? */
bool check_read_operator(bool *allowed, struct anchor *anchor, const struct rpc_reply *reply); /* false: round failed */
/* What an anchor may cost, at today's base fee. */
struct badge_wei check_price(const struct anchor *anchor);

/* -- life.c ------------------------------------------------------------------------------------------------------- */

/* The state that an event leads to; false where the event can't be in that state. */
bool life_next_state(enum store_anchor_state *out, enum store_anchor_state state, enum anchor_event event);
/*
 * The one function that changes an errand's state: checks the table, persists, logs, and only then calls `after`, on
 * the loop. anchor->moved holds what is known in the new state, for EVENT_SIGNED anchor->signed_attempt does.
 */
void anchor_move(struct anchor *anchor, enum anchor_event event, void (*after)(struct anchor *anchor));

struct chase *chase_of(struct anchor *anchor, uint32_t number); /* found or made; NULL where there is no memory */
bool chase_is_stopped(const struct anchor *anchor, uint32_t number);
void life_tell(const struct anchor *anchor, const struct store_batch *batch); /* whom it concerns, of its state */
void chase_forget(struct anchor *anchor, uint32_t number);
void chase_stop(struct anchor *anchor, const char *why); /* the present errand; goes on to the next */
/* Another try of the present errand that brought it no further: told once it is no passing trouble. */
void chase_in_vain(struct anchor *anchor, const char *why);

/* -- keys.c ------------------------------------------------------------------------------------------------------- */

bool keys_due(struct anchor *anchor);         /* another account wants to take over */
void keys_begin(struct anchor *anchor);       /* asks the chain about it; ends in anchor_checked() */
bool keys_ready(const struct anchor *anchor); /* a signature may be asked for now */
void keys_worked(struct anchor *anchor);      /* one came */
void keys_failed(struct anchor *anchor);      /* anchor->signing says why none did */
void keys_idle(struct anchor *anchor);        /* nobody waits for one: a signer that failed is of no account */
void keys_release(struct anchor *anchor);
/* Who signs for an account; NULL where its key is not here any more. */
const struct signer *keys_signer(const struct anchor *anchor, const struct badge_address *account);

/* -- older.c ------------------------------------------------------------------------------------------------------ */

bool older_due(const struct anchor *anchor);
void older_begin(struct anchor *anchor);        /* ends in anchor_checked() */
bool older_allows(const struct anchor *anchor); /* a new transaction */

/* -- gather.c ----------------------------------------------------------------------------------------------------- */

void gather_begin(struct anchor *anchor); /* a set, where one is due; ends in anchor_walk() */
/* The present errand, a set that is about to be signed, against what the chain has told; send_set() where some is left.
 */
void gather_compare(struct anchor *anchor);

/* -- an errand's turn in the round --------------------------------------------------------------------------------- */

void send_begin(struct anchor *anchor);                          /* sealed: sign and send */
void send_set(struct anchor *anchor);                            /* a sealed set that gather_compare() let pass */
const char *send_revert_reason(const struct rpc_reply *refusal); /* the contract's name for it, else the provider's */
void send_open(struct anchor *anchor);                           /* signed or sent, and not mined: publish, bump */
void mined_look(struct anchor *anchor);                          /* signed or sent: is one of the attempts mined? */
void mined_watch(struct anchor *anchor);                         /* mined: is it still, is it final? */
void mined_ask_receipt(struct anchor *anchor, const struct badge_hash *transaction, anchor_step step);
void mined_agreed(struct anchor *anchor);                      /* on the present errand */
void mined_read(struct anchor *anchor, const json_t *receipt); /* one that mined_ask_receipt() has asked for */
/* Goes on where no provider knows a receipt of any attempt. */
void mined_confirm_unused(struct anchor *anchor, void (*unused)(struct anchor *anchor));
void found_look(struct anchor *anchor, void (*absent)(struct anchor *anchor)); /* is the root anchored already? */

#endif
