/*
 * What the operator's key sends: the anchor of a batch, or a set of revocations. Both have the same states: a nonce,
 * attempts that all carry the same call, a receipt, finality. This file has their differences: the call, what a receipt
 * must show, the name.
 */
#ifndef ANCHOR_JOB_H
#define ANCHOR_JOB_H

#include "badge/registry.h"
#include "chain/rpc.h"
#include "runtime/log.h"
#include "store/store.h"

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
 * The open jobs, and of some that are final, in the order of their turns: sets of revocations, which are
 * urgent, before batches, the oldest first. Number 0: no job, or no more.
 */
struct store_job_id job_first(struct store *store);
struct store_job_id job_after(struct store *store, struct store_job_id id);

#define JOB_MAX_CALL_LEN BADGE_CALL_REVOKE_LEN(STORE_MAX_SET)
/* The call data; returns its length. */
size_t job_call(uint8_t out[JOB_MAX_CALL_LEN], const struct tx_job *job, struct store *store,
                const struct badge_address *issuer);
uint64_t job_known_gas(const struct tx_job *job); /* an upper bound, if no provider estimates the gas */
#define JOB_GAS_PER_DIGEST 30000                  /* in a set, likewise */

struct job_registry {
    const struct badge_address *contract, *issuer;
};
/* Whether an entry of a receipt's logs or of eth_getLogs is the Anchored event of this batch. */
bool job_is_anchored(const struct tx_job *job, const struct job_registry *registry, const json_t *entry,
                     uint64_t *sequence);
/*
 * Whether the logs of a successful receipt may be those of the job: a batch's contain its event. A set's may contain no
 * event, because the contract skips digests that are revoked already.
 * *sequence    of a batch's anchor; of a set, the number of digests that this transaction revoked
 */
bool job_is_shown(const struct tx_job *job, const struct job_registry *registry, const json_t *logs,
                  uint64_t *sequence);

/* For the log: batch=7 or revocation_set=3. */
struct log_field job_log_field(const struct tx_job *job);
/* For sentences: "batch 7" or "revocation set 3". */
#define JOB_NAME_LEN 32
const char *job_name(char out[JOB_NAME_LEN], const struct tx_job *job);

#endif
