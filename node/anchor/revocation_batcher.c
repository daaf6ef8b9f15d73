/*
 * What is to be revoked becomes a set, one transaction, once that can be signed at once: so whatever comes while
 * another transaction is in flight goes along with the next. anchor.c begins this in each round before the errands have
 * their turns, where sets go first; but after some in a row one batch has its turn, or a hundred thousand revocations
 * would hold up anchors for hours. Before it is signed, a set is compared with what the chain has told: what the issuer
 * has restored since it was requested leaves it. The invariant: what a set holds is on disk before anything is signed
 * for it, and never changes after.
 */
#include "anchor/anchor_internal.h"
#include "runtime/failpoint.h"

#define SETS_IN_A_ROW 4 /* while batches wait */
#define SET_GAS 60000   /* of a transaction without digests, and some more */
#define COMPARE_AGAIN_MS 2000
/* Half an ether: geth takes none that may cost more than one (--rpc.txfeecap), and the fee may have to be doubled. */
#define MAX_SET_WEI UINT64_C(500000000000000000)

/* What the balance pays for, and no node refuses, whatever tip comes to be offered. */
static uint64_t affordable_gas(const struct anchor *anchor)
{
    uint64_t wei, base_fee_wei = anchor->head.base_fee_wei;
    const struct fee_caps *caps = &anchor->signer.caps;
    uint64_t fee_wei = fee_market(caps, base_fee_wei, caps->max_priority_fee_wei).max_fee_wei;
    if (base_fee_wei == 0 || fee_wei == 0)
        return UINT64_MAX; /* gas is free, or its price is not known yet */
    if (badge_wei_to_u64(&wei, &anchor->health.balance) != BADGE_OK || wei > MAX_SET_WEI)
        wei = MAX_SET_WEI;
    return wei / fee_wei;
}

/*
 * A set fills no more than half of a block, so that it finds room in one, and costs no more than the operator has: once
 * it is signed all that follows waits for it.
 */
static uint32_t max_digests(const struct anchor *anchor)
{
    uint64_t affordable = affordable_gas(anchor), gas = anchor->head.gas_limit / 2;
    if (gas == 0 || affordable < gas)
        gas = affordable;
    uint64_t n = gas > SET_GAS ? (gas - SET_GAS) / JOB_GAS_PER_DIGEST : 0;
    return n == 0 ? 1 : n < STORE_MAX_SET ? (uint32_t)n : STORE_MAX_SET;
}

/* One that waits has to go first. */
static bool set_waits(const struct anchor *anchor)
{
    struct store *store = anchor->options.store;
    struct job job;
    for (uint32_t number = job_first(store); job_load(&job, store, number) && job_is_revocation_set(&job);
         number = job_after(store, number))
        if (job.anchor.state == STORE_ANCHOR_SEALED && !tracker_is_stopped(anchor, number))
            return true;
    return false;
}

static bool batch_waits(const struct anchor *anchor)
{
    struct store *store = anchor->options.store;
    struct job job;
    for (uint32_t number = job_first(store); job_load(&job, store, number); number = job_after(store, number))
        if (!job_is_revocation_set(&job) && job.anchor.state == STORE_ANCHOR_SEALED &&
            !tracker_is_stopped(anchor, number))
            return true;
    return false;
}

/* One round without a new set is enough: a batch that can't go in it must not hold up revocations. */
static bool batch_has_its_turn(struct anchor *anchor)
{
    bool is_its_turn = anchor->n_sets_in_a_row >= SETS_IN_A_ROW && batch_waits(anchor);
    if (anchor->n_sets_in_a_row >= SETS_IN_A_ROW)
        anchor->n_sets_in_a_row = 0;
    return is_its_turn;
}

static void gather_work(uv_work_t *work)
{
    struct anchor *anchor = work->data;
    anchor->work_status = store_revocations_take_work(anchor->options.store, anchor->max_set_size, &anchor->taken_set,
                                                      &anchor->work_err);
}

static void after_gather(uv_work_t *work, int cancelled)
{
    struct anchor *anchor = work->data;
    (void)cancelled; /* nothing cancels it */
    if (anchor->work_status == BADGE_OK) {
        FAILPOINT("revocations", "gathered");
        anchor->n_sets_in_a_row++;
        log_info("revocations gathered", log_u64("revocation_set", anchor->taken_set.number & ~STORE_SET),
                 log_u64("digests", anchor->taken_set.n_digests));
    } else {
        log_error("revocations not gathered, it will be tried again", log_text("why", anchor->work_err.text));
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
    if (revocations.n_waiting == 0 || !anchor_may_sign(anchor) || set_waits(anchor) || batch_has_its_turn(anchor)) {
        anchor_first_job(anchor);
        return;
    }
    anchor->max_set_size = max_digests(anchor);
    if (anchor->max_set_size < STORE_MAX_SET)
        preflight_rerun(anchor); /* the next one is measured by what this one leaves */
    anchor->work.data = anchor;
    int code = uv_queue_work(anchor->options.loop, &anchor->work, gather_work, after_gather);
    if (code < 0) /* only for a missing callback */
        fatal("revocations could not be gathered", LOG_FIELDS(log_text("why", uv_strerror(code))));
}

/* -- a set that is about to be signed ------------------------------------------------------------------------------ */

static void compare_work(uv_work_t *work)
{
    struct anchor *anchor = work->data;
    anchor->work_status = store_revocations_prune_work(anchor->options.store, anchor->job.number, &anchor->taken_set,
                                                       &anchor->work_err);
}

static void after_compare(uv_work_t *work, int cancelled)
{
    struct anchor *anchor = work->data;
    (void)cancelled; /* nothing cancels it */
    if (anchor->closing) {
        anchor_round_end(anchor);
    } else if (anchor->work_status != BADGE_OK) {
        log_error("revocations not compared with the chain, it will be tried again",
                  log_text("why", anchor->work_err.text));
        anchor->tracker->publish_at_ms = anchor_now_ms(anchor) + COMPARE_AGAIN_MS;
        anchor_next_job(anchor);
    } else if (anchor->taken_set.n_digests == 0) {
        tracker_forget(anchor, anchor->job.number);
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
    if (store_set(anchor->options.store, anchor->job.number, &set) && set.is_unseen) {
        tracker_no_progress(anchor,
                            "what the issuer has restored meanwhile is not known yet, `followed` in /v1/node says why");
        anchor->tracker->publish_at_ms = anchor_now_ms(anchor) + COMPARE_AGAIN_MS;
        anchor_next_job(anchor);
        return;
    }
    anchor->work.data = anchor;
    int code = uv_queue_work(anchor->options.loop, &anchor->work, compare_work, after_compare);
    if (code < 0) /* only for a missing callback */
        fatal("revocations could not be compared", LOG_FIELDS(log_text("why", uv_strerror(code))));
}
