/*
 * The internals of the anchor, shared by its files. A round starts with a health check of the providers; then it reads
 * the chain step by step: the preflight checks if they are due, then each job that is not final: a set of revocations
 * or a batch. A step is a function that gets an answer and ends in exactly one of these: the next request, a
 * cross-check, a broadcast, a signature, a state change of the job, the next job, the end of the round. So nothing runs
 * concurrently, and every step sees the state as the one before left it.
 *
 *   anchor.c             rounds, requests, opening, closing       state.c        transition table and state change
 *   preflight.c          final block, operator right, funds       stale_store.c  a store that is older than the chain
 *   key_rotation.c       the account that signs                   send.c         nonce, fees, signing, broadcast, bumps
 *   already_anchored.c   a root that is on the chain; spoiled     confirm.c      receipts, reorganizations, finality
 *   revocation_batcher.c revocations become a set                 job.c          how batches and sets differ
 *   health.c             the conditions in /readyz
 *
 * These know nothing of batches or sets: signer.c, the only user of the key; signed.c, which checks the answer of a
 * remote signer; fee.c, the arithmetic of fees; and node/chain.
 */
#ifndef ANCHOR_ANCHOR_INTERNAL_H
#define ANCHOR_ANCHOR_INTERNAL_H

#include "anchor/anchor.h"
#include "anchor/job.h"
#include "anchor/signer.h"
#include "chain/broadcast.h"
#include "chain/quorum.h"
#include "runtime/pool.h"

/* A transaction's receipt, or what a log says of it. */
struct tx_receipt {
    struct badge_hash transaction, block_hash;
    uint64_t block_number, gas_used, sequence;
    uint64_t gas_price_wei; /* 0: unknown */
    bool succeeded;
};

/* Retry state of a job, in memory only; losing it in a restart is harmless. */
struct attempt_tracker {
    struct store_job_id id;
    uint64_t signed_at_ms;  /* when the last attempt was made, or the process started */
    uint64_t publish_at_ms; /* no retry before */
    unsigned n_nonce_used;  /* "nonce too low" errors without a receipt of one of our transactions */
    unsigned n_reverted, n_unestimated;
    unsigned n_no_progress; /* tries of any kind in a row without progress */
    bool underpriced;       /* a provider wants a higher fee: bump without waiting */
    bool at_cap;            /* the fee cap forbids a bump; logged once */
    bool logged_used_up;    /* STORE_MAX_ATTEMPTS are made */
    bool stopped;           /* can't continue without the operator; logged once */
    bool logged_revert;
    bool spoiled_before; /* the root of a resealed batch: it waits before the next reseal */
    struct attempt_tracker *next;
};

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

/* How far the chain is trusted. */
enum trust {
    TRUST_NOTHING, /* not checked, or the wrong chain or contract */
    TRUST_READING, /* chain and contract are right, but sending would fail */
    TRUST_SENDING,
};

/* What may be wrong, the most severe first. */
enum condition_kind {
    CONDITION_PROVIDERS, /* none is usable */
    CONDITION_ROUNDS,    /* they answer, but no round completes */
    CONDITION_BROKEN,
    CONDITION_STORE,    /* older than the chain */
    CONDITION_KEY,      /* no signer */
    CONDITION_OPERATOR, /* not an operator, or no funds */
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

/* The accounts that sign. */
struct retired_key {
    struct signer signer;
    struct retired_key *next;
};
struct key_rotation {
    bool has_candidate;
    struct signer candidate;
    struct retired_key *retired; /* old accounts with open transactions, which may need a higher fee */
    unsigned n_failed;           /* failed signatures in a row */
    uint64_t retry_at_ms;        /* no signature is requested before */
};

/* A nonce gap: another transaction had used the nonce until a reorganization; all higher nonces wait for it. */
struct nonce_gap {
    bool found;
    struct badge_address account;
    uint64_t nonce;
};

/* Whether the store is older than the chain. */
struct stale_store {
    enum anchor_store_age age;
    struct badge_address account; /* that was checked */
    uint64_t checked_at_ms;       /* 0: check at once */
    bool has_nonce;               /* that account has signed from this store */
    unsigned n_event_requests;    /* failed requests for its events in a row */
    bool logged_used_elsewhere;
};

struct anchor;
typedef bool (*anchor_matcher)(struct anchor *anchor, const json_t *result); /* false: it differs */

struct anchor {
    struct anchor_options options; /* strings and lists borrowed only by anchor_new() */
    struct providers providers;
    struct signer signer; /* the one in use */
    struct key_rotation key_rotation;
    struct stale_store stale_store;
    struct signing signing;
    uv_timer_t timer;
    uv_async_t notice_async; /* for anchor_notice(), from any thread */
    uv_mutex_t lock;         /* over health */
    struct anchor_health health;
    struct condition condition[N_CONDITIONS];

    /* the round */
    bool running, closing;
    bool woken;               /* a batch was sealed meanwhile, or a revocation was requested */
    bool progress;            /* a state has changed: start the next round at once */
    bool in_flight;           /* a transaction is open: nothing new is signed in this round */
    unsigned n_idle_rounds;   /* rounds in a row without a change */
    unsigned n_failed_rounds; /* rounds in a row that a provider's failure has ended */
    struct block head;
    struct badge_hash watched_head; /* the head of the last complete round */
    uint64_t final_number;          /* the highest final block, 0: none */
    bool watching, watch_again;     /* mined jobs; watch_again: in the next round, even if the head is the same */
    struct {
        uint64_t since_ms;      /* 0: they agree */
        struct store_job_id id; /* on the receipt of this job */
    } disagreement;             /* of providers: the longest */

    /* the checks */
    enum trust trust;
    uint64_t checked_generation, checked_at_ms; /* of the providers; 0: never */

    /* the request */
    void (*step)(struct anchor *anchor, const struct rpc_reply *reply);
    bool accepts_refusal;
    struct broadcast broadcast;
    struct quorum cross_check;
    anchor_matcher matches; /* of the cross-check */
    void (*judge)(struct anchor *anchor);

    /* the present job of the round */
    struct tx_job job;
    struct attempt_tracker *tracker, *trackers;
    struct store_attempt attempt[STORE_MAX_ATTEMPTS]; /* those of the job's present nonce */
    size_t n_attempts, i_attempt, n_all_attempts;     /* n_all_attempts: includes those of abandoned nonces */
    uint8_t data[JOB_MAX_CALL_LEN];
    struct signer_call call; /* to be signed next */
    struct nonce_gap gap;    /* to be filled by the next signature */
    struct badge_hash asked; /* the transaction whose receipt was requested */
    struct tx_receipt tx_receipt;
    void (*absent)(struct anchor *anchor);

    /* the state change */
    struct pool_work work;
    enum anchor_event event;
    struct store_anchor moved;
    struct store_attempt signed_attempt;
    struct store_batch resealed;
    struct store_set taken_set;
    uint32_t max_set_size;
    unsigned n_sets_in_a_row; /* since the last batch */
    enum badge_status work_status;
    struct badge_err work_err;
    void (*after_move)(struct anchor *anchor);
};

/* -- anchor.c: requests and rounds; each of these ends the step that calls it ------------------------------------- */

typedef void (*anchor_step)(struct anchor *anchor, const struct rpc_reply *reply);

/* The step gets a result; if the provider fails or refuses, the round ends, and the next uses another provider. */
void anchor_ask(struct anchor *anchor, const char *method, json_t *params, anchor_step step);
/* The step gets a refusal (BADGE_EREFUSED) too. */
void anchor_ask_accept_refusal(struct anchor *anchor, const char *method, json_t *params, anchor_step step);
/* eth_call of the contract, at the latest block. */
void anchor_ask_contract(struct anchor *anchor, const uint8_t *data, size_t data_len, anchor_step step);
/*
 * Compares the answers of the other quorum members, before something irreversible is written: that an anchor is final,
 * that a nonce is abandoned, that a final block has changed, that a root is spoiled. One provider alone decides none of
 * these. Ends in judge(), which reads anchor->cross_check, at once if there is no other provider; params is taken.
 */
void anchor_cross_check(struct anchor *anchor, const char *method, json_t *params, anchor_matcher matches,
                        void (*judge)(struct anchor *anchor));
void anchor_round_failed(struct anchor *anchor, const char *why); /* the provider's answer is not usable */
void anchor_round_end(struct anchor *anchor);
void anchor_checked(struct anchor *anchor);   /* the preflight checks are done */
void anchor_next_job(struct anchor *anchor);  /* this job is done for the round */
void anchor_first_job(struct anchor *anchor); /* revocation_batcher.c is done: start with the first job */

bool anchor_may_sign(const struct anchor *anchor);    /* a new transaction */
bool anchor_head_is_new(const struct anchor *anchor); /* since the last round */
uint64_t anchor_now_ms(const struct anchor *anchor);

/* -- health.c ----------------------------------------------------------------------------------------------------- */

/* code: static. A condition lasts until it is cleared or replaced by another of its kind. */
void anchor_raise(struct anchor *anchor, enum condition_kind kind, const char *code, const char *format, ...)
    BADGE_PRINTF(4, 5);
void anchor_clear(struct anchor *anchor, enum condition_kind kind);

/* -- preflight.c -------------------------------------------------------------------------------------------------- */

void preflight_start(struct anchor *anchor);
void preflight_rerun(struct anchor *anchor); /* in the next round, before anything is sent */
void preflight_ask_operator(struct anchor *anchor, const struct badge_address *account, anchor_step step);
bool preflight_read_operator(bool *allowed, struct anchor *anchor,
                             const struct rpc_reply *reply); /* false: round failed */
/* What an anchor may cost, at the current base fee. */
struct badge_wei preflight_price(const struct anchor *anchor);

/* -- state.c ------------------------------------------------------------------------------------------------------ */

/* The state after an event; false if the event is not possible in that state. */
bool state_next(enum store_anchor_state *out, enum store_anchor_state state, enum anchor_event event);
/*
 * The only function that changes a job's state, except to SPOILED (store_reseal_work(), called by already_anchored.c):
 * checks the table, persists, logs, and only then calls `after`, on the loop. anchor->moved has the fields of the new
 * state, or anchor->signed_attempt for EVENT_SIGNED.
 */
void anchor_move(struct anchor *anchor, enum anchor_event event, void (*after)(struct anchor *anchor));

/* Found or created; NULL if out of memory. */
struct attempt_tracker *tracker_of(struct anchor *anchor, struct store_job_id id);
bool tracker_is_stopped(const struct anchor *anchor, struct store_job_id id);
void state_notify(const struct anchor *anchor, const struct store_batch *batch); /* calls on_moved() */
void tracker_forget(struct anchor *anchor, struct store_job_id id);
void tracker_stop(struct anchor *anchor, const char *why); /* stops the present job; continues with the next */
/* Another try of the present job without progress: reported after some in a row, because most failures are transient.
 */
void tracker_no_progress(struct anchor *anchor, const char *why);

/* -- key_rotation.c ----------------------------------------------------------------------------------------------- */

bool key_rotation_due(struct anchor *anchor);         /* a new account is waiting */
void key_rotation_start(struct anchor *anchor);       /* checks it on the chain; ends in anchor_checked() */
bool key_rotation_ready(const struct anchor *anchor); /* a signature may be requested now */
void key_rotation_signed(struct anchor *anchor);      /* a signature succeeded */
void key_rotation_failed(struct anchor *anchor);      /* a signature failed; anchor->signing has the error */
void key_rotation_idle(struct anchor *anchor);        /* no job waits for a signature: clears an old failure */
void key_rotation_release(struct anchor *anchor);
/* The signer of an account; NULL if its key is no longer available. */
const struct signer *key_rotation_signer(const struct anchor *anchor, const struct badge_address *account);

/* -- stale_store.c ------------------------------------------------------------------------------------------------ */

bool stale_store_due(const struct anchor *anchor);
void stale_store_start(struct anchor *anchor);        /* ends in anchor_checked() */
bool stale_store_allows(const struct anchor *anchor); /* a new transaction */

/* -- revocation_batcher.c ----------------------------------------------------------------------------------------- */

void revocations_collect(struct anchor *anchor); /* into a set, if one is due; ends in anchor_first_job() */
/* Drops restored credentials from the present job, a set that is about to be signed; then send_set() if any are left.
 */
void revocations_prune(struct anchor *anchor);

/* -- one job in the round ----------------------------------------------------------------------------------------- */

void send_begin(struct anchor *anchor);                          /* sealed: sign and send */
void send_set(struct anchor *anchor);                            /* a sealed set, after revocations_prune() */
const char *send_revert_reason(const struct rpc_reply *refusal); /* the contract's error name, or the provider's text */
void send_open(struct anchor *anchor);                           /* signed or sent, and not mined: publish, bump */
void confirm_poll(struct anchor *anchor);                        /* signed or sent: checks if an attempt is mined */
void confirm_watch(struct anchor *anchor);                       /* mined: checks for a reorg and for finality */
void confirm_ask_receipt(struct anchor *anchor, const struct badge_hash *transaction, anchor_step step);
void confirm_agreed(struct anchor *anchor);                      /* providers agree on the present job */
void confirm_read(struct anchor *anchor, const json_t *receipt); /* the receipt that confirm_ask_receipt() requested */
/* Calls unused() if no provider has a receipt of any attempt. */
void confirm_nonce_unused(struct anchor *anchor, void (*unused)(struct anchor *anchor));
/* Calls absent() if the root is not on the chain yet. */
void already_anchored_check(struct anchor *anchor, void (*absent)(struct anchor *anchor));

#endif
