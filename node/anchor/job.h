/*
 * What the operator's key sends: the anchor of a batch, or a set of revocations. Both have the same life: a nonce,
 * attempts that all carry the same call, a receipt, finality. This says where they differ: what is called, what a
 * receipt has to show, what it is named. The store's number tells which kind it is.
 */
#ifndef ANCHOR_JOB_H
#define ANCHOR_JOB_H

#include "badge/registry.h"
#include "chain/rpc.h"
#include "runtime/log.h"
#include "store/store.h"

struct job {
    uint32_t number;            /* of a batch or, with STORE_SET, of a set */
    struct store_anchor anchor; /* how far it is */
    /* a batch's */
    struct badge_hash root;
    uint32_t tree_size, replaces;
    /* a set's */
    uint32_t n_digests;

    int64_t since_s; /* when it was sealed or taken_set */
};

static inline bool job_is_revocation_set(const struct job *job)
{
    return (job->number & STORE_SET) != 0;
}

/* False where the store has none of that number. */
bool job_load(struct job *out, struct store *store, uint32_t number);
/*
 * The numbers of those that are on their way, and of some that are final, in the order in which their turn comes: sets
 * of revocations, which are urgent, before batches, the oldest first. 0: there is none, or no more.
 */
uint32_t job_first(struct store *store);
uint32_t job_after(struct store *store, uint32_t number);

#define JOB_MAX_CALL_LEN BADGE_CALL_REVOKE_LEN(STORE_MAX_SET)
/* The call data; returns its length. */
size_t job_call(uint8_t out[JOB_MAX_CALL_LEN], const struct job *job, struct store *store,
                const struct badge_address *issuer);
uint64_t job_known_gas(const struct job *job); /* for sure enough, where no provider estimates */
#define JOB_GAS_PER_DIGEST 30000               /* in a set, likewise */

struct job_registry {
    const struct badge_address *contract, *issuer;
};
/* Whether an entry of a receipt's logs or of eth_getLogs is the Anchored event of this batch. */
bool job_is_anchored(const struct job *job, const struct job_registry *registry, const json_t *entry,
                     uint64_t *sequence);
/*
 * Whether the logs of a successful receipt may be those of the job: a batch's have its event. A set's may lack any,
 * for the contract passes over what is revoked already.
 * *sequence    of a batch's anchor; of a set, how many digests were revoked by this very transaction
 */
bool job_is_shown(const struct job *job, const struct job_registry *registry, const json_t *logs, uint64_t *sequence);

/* For the log: batch=7 or revocation_set=3. */
struct log_field job_log_field(const struct job *job);
/* For sentences: "batch 7" or "revocation set 3". */
#define JOB_NAME_LEN 32
const char *job_name(char out[JOB_NAME_LEN], const struct job *job);

#endif
