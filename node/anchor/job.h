/*
 * What the operator's key sends: the anchor of a batch, or a set of revocations. Both have the same states: a nonce,
 * attempts that all carry the same call, a receipt, finality. This file has their differences: the call, what a receipt
 * must show, the name.
 */
#ifndef ANCHOR_JOB_H
#define ANCHOR_JOB_H

#include "anchor/options.h"
#include "badge/registry.h"
#include "chain/rpc.h"
#include "runtime/log.h"

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
    uint64_t since_ms;      /* when the node began to send it, or the process started */
    uint64_t signed_at_ms;  /* when the last attempt was made, or the process started */
    uint64_t publish_at_ms; /* no retry before */
    unsigned n_nonce_used;  /* "nonce too low" errors without a receipt of one of our transactions */
    unsigned n_reverted, n_unestimated;
    unsigned n_no_progress; /* tries of any kind in a row without progress */
    bool underpriced;       /* the last attempt was refused because of its fee */
    uint64_t refused_at;    /* the head block then */
    bool at_cap;            /* the fee cap forbids a bump; logged once */
    bool logged_used_up;    /* STORE_MAX_ATTEMPTS are made */
    bool stopped;           /* can't continue without the operator; logged once */
    bool logged_revert;
    bool spoiled_before; /* the root of a resealed batch: it waits before the next reseal */
    struct attempt_tracker *next;
};

/* The attempts of a job with its present nonce, oldest first. */
struct attempts {
    struct store_attempt attempt[STORE_MAX_ATTEMPTS];
    size_t n, n_all; /* n_all: includes those of abandoned nonces */
};

struct tx_job {
    struct store_job_id id;
    struct store_anchor anchor; /* its state */
    /* a batch's */
    struct badge_hash root;
    uint32_t tree_size, replaces;
    /* a set's */
    uint32_t n_digests;
    enum badge_reason reason;

    int64_t since_s; /* when the batch was sealed, or the set created */

    /* while a round processes it; job_load() leaves them empty */
    struct attempt_tracker *tracker; /* NULL: it is mined, and had no retries */
    struct attempts *attempts;       /* borrowed */
    struct tx_receipt receipt;       /* the last one that was read */
};

static inline bool job_is_revocation_set(const struct tx_job *job)
{
    return job->id.kind == STORE_JOB_SET;
}

static inline bool job_id_equal(struct store_job_id a, struct store_job_id b)
{
    return a.kind == b.kind && a.number == b.number;
}

/* False if the store has no such job. */
bool job_load(struct tx_job *out, struct store *store, struct store_job_id id);
/*
 * The open jobs, and some that are final, in the order of their turns: sets of revocations, which are urgent, before
 * batches, the oldest first. Number 0: no job, or no more.
 */
struct store_job_id job_first(struct store *store);
struct store_job_id job_after(struct store *store, struct store_job_id id);
/* Attempts with an abandoned nonce are left out: they can't be mined any more, or have failed. */
void job_load_attempts(struct tx_job *job, struct store *store);
static inline const struct store_attempt *job_last_attempt(const struct tx_job *job)
{
    return &job->attempts->attempt[job->attempts->n - 1];
}

#define JOB_MAX_CALL_LEN BADGE_CALL_REVOKE_LEN(STORE_MAX_SET)
/* The call data; returns its length. */
size_t job_call(uint8_t out[JOB_MAX_CALL_LEN], const struct tx_job *job, const struct anchor_options *options);
uint64_t job_known_gas(const struct tx_job *job);               /* an upper bound, if no provider estimates the gas */
#define JOB_GAS_PER_DIGEST 30000                                /* in a set, likewise */
const char *job_revert_reason(const struct rpc_reply *refusal); /* the contract's error name, or the provider's text */

/* The parameters of eth_getLogs for the event Anchored of a root. to: taken. */
json_t *job_events(const struct anchor_options *options, uint64_t first_block, json_t *to,
                   const struct badge_hash *root);
/* Whether an entry of a receipt's logs or of eth_getLogs is the Anchored event of this batch. */
bool job_is_anchored(const struct tx_job *job, const struct anchor_options *options, const json_t *entry,
                     uint64_t *sequence);
/*
 * Whether the logs of a successful receipt may be those of the job: a batch's contain its event. A set's may contain no
 * event, because the contract skips digests that are revoked already.
 * *sequence    of a batch's anchor; of a set, the number of digests that this transaction revoked
 */
bool job_is_shown(const struct tx_job *job, const struct anchor_options *options, const json_t *logs,
                  uint64_t *sequence);

/* For the log: batch=7 or revocation_set=3. */
struct log_field job_log_field(const struct tx_job *job);
/* For sentences: "batch 7" or "revocation set 3". */
#define JOB_NAME_LEN 32
const char *job_name(char out[JOB_NAME_LEN], const struct tx_job *job);

/* -- trackers: a list ---------------------------------------------------------------------------------------------- */

/* Found or created; NULL if out of memory. */
struct attempt_tracker *tracker_of(struct attempt_tracker **first, struct store_job_id id, uint64_t now_ms);
struct attempt_tracker *tracker_find(struct attempt_tracker *first, struct store_job_id id); /* NULL: none */
void tracker_forget(struct attempt_tracker **first, struct store_job_id id);

#endif
