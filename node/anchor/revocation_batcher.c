/*
 * Collects requested revocations into a set, which is one transaction, as soon as that can be signed: so revocations
 * that are requested while another transaction is in flight all go into the next. anchor.c starts this in each round
 * before the jobs, where sets go first; but after some sets in a row one batch has its turn, or a hundred thousand
 * revocations would delay anchors for hours. Before it is signed, a set is pruned: credentials that the issuer has
 * restored since the request are dropped. The invariant: the contents of a set are on disk before anything is signed
 * for it, and never change after.
 */
#include "anchor/anchor_internal.h"
#include "core/compiler.h"
#include "runtime/failpoint.h"

#define SETS_IN_A_ROW 4 /* while batches wait */
#define SET_GAS 60000   /* more than a transaction without digests takes */
#define PRUNE_RETRY_MS 2000
/* Half an ether: geth refuses a transaction that may cost more than one (--rpc.txfeecap), and the fee may double. */
#define MAX_SET_WEI UINT64_C(500000000000000000)

/* The gas that the balance pays for and that no node refuses, at the highest tip allowed. */
static uint64_t affordable_gas(const struct anchor *anchor)
{
    uint64_t wei, base_fee_wei = anchor->head.base_fee_wei;
    const struct fee_caps *caps = &anchor->signer.caps;
    uint64_t fee_wei = fee_market(caps, base_fee_wei, caps->max_priority_fee_wei).max_fee_wei;
    if (base_fee_wei == 0 || fee_wei == 0)
        return UINT64_MAX; /* gas is free, or its price is unknown yet */
    if (badge_wei_to_u64(&wei, &anchor->health.balance) != BADGE_OK || wei > MAX_SET_WEI)
        wei = MAX_SET_WEI;
    return wei / fee_wei;
}

/*
 * A set takes at most half a block, so that it fits into one, and costs at most the operator's balance: once it is
 * signed, everything after it waits for it.
 */
static uint32_t max_digests(const struct anchor *anchor)
{
    uint64_t affordable = affordable_gas(anchor), gas = anchor->head.gas_limit / 2;
    if (gas == 0 || affordable < gas)
        gas = affordable;
    uint64_t n = gas > SET_GAS ? (gas - SET_GAS) / JOB_GAS_PER_DIGEST : 0;
    return n == 0 ? 1 : n < STORE_MAX_SET ? (uint32_t)n : STORE_MAX_SET;
}

/* Whether a set waits to be signed; it goes first. */
static bool set_waits(const struct anchor *anchor)
{
    struct store *store = anchor->options.store;
    struct tx_job job;
    for (struct store_job_id id = job_first(store); job_load(&job, store, id) && job_is_revocation_set(&job);
         id = job_after(store, id))
        if (job.anchor.state == STORE_ANCHOR_SEALED && !tracker_is_stopped(anchor, id))
            return true;
    return false;
}

static bool batch_waits(const struct anchor *anchor)
{
    struct store *store = anchor->options.store;
    struct tx_job job;
    for (struct store_job_id id = job_first(store); job_load(&job, store, id); id = job_after(store, id))
        if (!job_is_revocation_set(&job) && job.anchor.state == STORE_ANCHOR_SEALED && !tracker_is_stopped(anchor, id))
            return true;
    return false;
}

/* One round without a new set is enough: a batch that can't be sent in it must not delay revocations. */
static bool is_batch_turn(struct anchor *anchor)
{
    bool is_its_turn = anchor->n_sets_in_a_row >= SETS_IN_A_ROW && batch_waits(anchor);
    if (anchor->n_sets_in_a_row >= SETS_IN_A_ROW)
        anchor->n_sets_in_a_row = 0;
    return is_its_turn;
}

static void take_set_work(struct pool_work *work)
{
    struct anchor *anchor = container_of(work, struct anchor, work);
    anchor->work_status = store_revocations_take_work(anchor->options.store, anchor->max_set_size, &anchor->taken_set,
                                                      &anchor->work_err);
}

static void after_take_set(struct pool_work *work)
{
    struct anchor *anchor = container_of(work, struct anchor, work);
    if (anchor->work_status == BADGE_OK) {
        FAILPOINT("revocations", "gathered");
        anchor->n_sets_in_a_row++;
        log_info("revocation set created", log_u64("revocation_set", anchor->taken_set.number),
                 log_u64("digests", anchor->taken_set.n_digests));
    } else {
        log_error("revocation set could not be created, will retry", log_text("why", anchor->work_err.text));
    }
    if (anchor->closing)
        anchor_round_end(anchor);
    else
        anchor_first_job(anchor);
}

void revocations_collect(struct anchor *anchor)
{
    struct store_revocations revocations;
    store_revocations(anchor->options.store, &revocations);
    if (revocations.n_waiting == 0)
        anchor->n_sets_in_a_row = 0;
    if (revocations.n_waiting == 0 || !anchor_may_sign(anchor) || set_waits(anchor) || is_batch_turn(anchor)) {
        anchor_first_job(anchor);
        return;
    }
    anchor->max_set_size = max_digests(anchor);
    if (anchor->max_set_size < STORE_MAX_SET)
        preflight_rerun(anchor); /* the next set is limited by the balance that remains */
    pool_queue(anchor->options.loop, &anchor->work, take_set_work, after_take_set);
}

/* -- a set that is about to be signed ------------------------------------------------------------------------------ */

static void prune_work(struct pool_work *work)
{
    struct anchor *anchor = container_of(work, struct anchor, work);
    anchor->work_status = store_revocations_prune_work(anchor->options.store, anchor->job.id.number, &anchor->taken_set,
                                                       &anchor->work_err);
}

static void after_prune(struct pool_work *work)
{
    struct anchor *anchor = container_of(work, struct anchor, work);
    if (anchor->closing) {
        anchor_round_end(anchor);
    } else if (anchor->work_status != BADGE_OK) {
        log_error("revocation set could not be pruned, will retry", log_text("why", anchor->work_err.text));
        anchor->tracker->publish_at_ms = anchor_now_ms(anchor) + PRUNE_RETRY_MS;
        anchor_next_job(anchor);
    } else if (anchor->taken_set.n_digests == 0) {
        tracker_forget(anchor, anchor->job.id);
        anchor->tracker = NULL;
        anchor->progress = true;
        anchor_clear(anchor, CONDITION_SENDING);
        anchor_next_job(anchor);
    } else {
        anchor->job.n_digests = anchor->taken_set.n_digests;
        send_set(anchor);
    }
}

void revocations_prune(struct anchor *anchor)
{
    struct store_set set;
    if (store_set(anchor->options.store, anchor->job.id.number, &set) && set.is_unseen) {
        tracker_no_progress(anchor,
                            "registry sync is behind, restored credentials may be in it; see `followed` in /v1/node");
        anchor->tracker->publish_at_ms = anchor_now_ms(anchor) + PRUNE_RETRY_MS;
        anchor_next_job(anchor);
        return;
    }
    pool_queue(anchor->options.loop, &anchor->work, prune_work, after_prune);
}
