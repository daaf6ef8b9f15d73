/*
 * Collects requested revocations into a set as soon as that can be signed: so revocations that are requested while
 * another transaction is in flight all go into the next. Sets go before batches; but after some sets in a row one batch
 * has its turn, or a hundred thousand revocations would delay anchors for hours. Before it is signed, a set is pruned:
 * credentials that the issuer has restored since the request are dropped. The invariant: the contents of a set are on
 * disk before anything is signed for it, and never change after.
 */
#include "anchor/revocation_batcher.h"

#include "anchor/state.h"
#include "runtime/failpoint.h"
#include "runtime/log.h"

#define SETS_IN_A_ROW 4 /* while batches wait */
#define PRUNE_RETRY_MS 2000
/* Half an ether: geth refuses a transaction that may cost more than one (--rpc.txfeecap), and the fee may double. */
#define MAX_SET_WEI UINT64_C(500000000000000000)

/*
 * The gas that the balance pays for and that no node refuses, at the highest tip allowed: once a set is signed,
 * everything after it waits for it.
 */
static uint64_t affordable_gas(const struct round *round)
{
    uint64_t wei, base_fee_wei = round->head.base_fee_wei;
    const struct fee_caps *caps = &round->accounts.current.caps;
    uint64_t fee_wei = fee_market(caps, base_fee_wei, caps->max_priority_fee_wei).max_fee_wei;
    if (base_fee_wei == 0 || fee_wei == 0)
        return UINT64_MAX; /* gas is free, or its price is unknown yet */
    if (badge_wei_to_u64(&wei, &round->health.now.balance) != BADGE_OK || wei > MAX_SET_WEI)
        wei = MAX_SET_WEI;
    return wei / fee_wei;
}

/* One round without a new set is enough: a batch that can't be sent in it must not delay revocations. */
static bool is_batch_turn(struct round *round)
{
    bool is_its_turn = round->n_sets_in_a_row >= SETS_IN_A_ROW &&
                       round_has_job(round, STORE_JOB_BATCH, STORE_ANCHOR_SEALED);
    if (round->n_sets_in_a_row >= SETS_IN_A_ROW)
        round->n_sets_in_a_row = 0;
    return is_its_turn;
}

struct set_write {
    struct store *store;
    uint32_t max_size; /* of a new set */
    struct store_set set;
    enum badge_status status;
    struct badge_err err;
};

static void take_set_work(void *context)
{
    struct set_write *write = context;
    write->status = store_revocations_take_work(write->store, write->max_size, &write->set, &write->err);
}

enum next revocations_collect(struct round *round)
{
    struct store_revocations revocations;
    struct set_write write = {.store = round->options.store};
    store_revocations(write.store, &revocations);
    if (revocations.n_waiting == 0)
        round->n_sets_in_a_row = 0;
    if (revocations.n_waiting == 0 || !round_may_sign(round) ||
        round_has_job(round, STORE_JOB_SET, STORE_ANCHOR_SEALED) || is_batch_turn(round))
        return NEXT_STEP;
    write.max_size = decide_set_size(round->head.gas_limit, affordable_gas(round));
    if (write.max_size < STORE_MAX_SET)
        round_recheck(round); /* the next set is limited by the balance that remains */
    coroutine_on_pool(&round->coroutine, take_set_work, &write);
    if (write.status == BADGE_OK) {
        FAILPOINT("revocations", "gathered");
        round->n_sets_in_a_row++;
        log_info("revocation set created", log_u64("revocation_set", write.set.number),
                 log_u64("digests", write.set.n_digests));
    } else {
        log_error("revocation set could not be created, will retry", log_text("why", write.err.text));
    }
    return NEXT_STEP;
}

static void prune_work(void *context)
{
    struct set_write *write = context;
    write->status = store_revocations_prune_work(write->store, write->set.number, &write->set, &write->err);
}

enum next revocations_prune(struct round *round, struct tx_job *job)
{
    struct set_write write = {.store = round->options.store};
    if (!store_set(write.store, job->id.number, &write.set) || write.set.is_unseen) {
        job_no_progress(round, job,
                        "registry sync is behind, restored credentials may be in it; see `followed` in /v1/node");
        return job_retry_in(round, job, PRUNE_RETRY_MS);
    }
    coroutine_on_pool(&round->coroutine, prune_work, &write);
    if (round->closing)
        return NEXT_ABORT;
    if (write.status != BADGE_OK) {
        log_error("revocation set could not be pruned, will retry", log_text("why", write.err.text));
        return job_retry_in(round, job, PRUNE_RETRY_MS);
    }
    job->n_digests = write.set.n_digests;
    if (job->n_digests > 0)
        return NEXT_STEP;
    job_forget_tracker(round, job);
    round->progress = true;
    health_clear(&round->health, CONDITION_SENDING);
    return NEXT_JOB;
}
