/*
 * A fake store in memory for the tests of anchor/. Each of its writes can fail (disk.n_failures), and it keeps the
 * history of the first batch's states. It counts the anchors that were recorded as final before their block was final:
 * fake_chain.h knows which blocks are.
 */
#ifndef TESTS_FAKE_STORE_H
#define TESTS_FAKE_STORE_H

#include "support/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anchor/anchor.h"
#include "badge/registry.h"

#define MAX_BATCHES 4
#define MAX_SETS 12
#define MAX_JOBS (MAX_BATCHES + MAX_SETS)
#define MAX_REQUESTS 1024

/* Held by writes on the pool, and by each idle callback of the loop, which reads what they write. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static struct {
    struct store_batch batch[MAX_BATCHES]; /* batch number i + 1 */
    uint32_t n_batches;
    struct store_set set[MAX_SETS]; /* set number i + 1 */
    uint32_t n_sets;
    struct badge_hash request[MAX_REQUESTS];
    size_t n_requests, n_taken;
    struct store_attempt attempt[MAX_JOBS][STORE_MAX_ATTEMPTS]; /* of batches, then of sets */
    size_t n_attempts[MAX_JOBS];
    uint32_t n_restored;                 /* restored by the issuer meanwhile: the next prune drops so many digests */
    unsigned n_failures;                 /* the next so many writes fail */
    unsigned n_early;                    /* anchors recorded as final before their block was */
    enum store_anchor_state history[64]; /* of the first batch */
    unsigned n_history;
} disk;

static void disk_seal(uint32_t tree_size)
{
    uint32_t i = disk.n_batches++;
    disk.batch[i] = (struct store_batch){.number = i + 1, .tree_size = tree_size, .sealed_at_s = 1700000000};
    memset(disk.batch[i].root.b, (int)(0x40 + i), 32);
}

static size_t job_index(struct store_job_id job)
{
    return (job.kind == STORE_JOB_SET ? MAX_BATCHES : 0) + job.number - 1;
}

static struct store_job_id job_at(size_t index)
{
    return index < MAX_BATCHES ? store_batch_id((uint32_t)index + 1)
                               : store_set_id((uint32_t)(index - MAX_BATCHES + 1));
}

static struct store_anchor *job_anchor(struct store_job_id job)
{
    return job.kind == STORE_JOB_SET ? &disk.set[job.number - 1].anchor : &disk.batch[job.number - 1].anchor;
}

bool store_batch(struct store *store, uint32_t number, struct store_batch *out)
{
    (void)store;
    if (number == 0 || number > disk.n_batches)
        return false;
    *out = disk.batch[number - 1];
    return true;
}

uint32_t store_n_batches(struct store *store)
{
    (void)store;
    return disk.n_batches;
}

uint32_t store_first_unfinal(struct store *store)
{
    (void)store;
    for (uint32_t i = 0; i < disk.n_batches; i++)
        if (disk.batch[i].anchor.state != STORE_ANCHOR_FINAL && disk.batch[i].anchor.state != STORE_ANCHOR_SPOILED)
            return i + 1;
    return 0;
}

static enum badge_status write_fails(struct badge_err *err)
{
    if (disk.n_failures == 0)
        return BADGE_OK;
    disk.n_failures--;
    return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "the disk is full");
}

/* -- revocations -- */

static inline void disk_revoke(size_t n)
{
    assert_true(disk.n_requests + n <= MAX_REQUESTS);
    for (; n > 0; n--) {
        struct badge_hash *digest = &disk.request[disk.n_requests++];
        memcpy(digest->b, &disk.n_requests, sizeof disk.n_requests);
    }
}

bool store_set(struct store *store, uint32_t number, struct store_set *out)
{
    (void)store;
    if (number == 0 || number > disk.n_sets)
        return false;
    *out = disk.set[number - 1];
    return true;
}

/* The index of a set's first request. */
static size_t first_request(uint32_t number)
{
    size_t first = 0;
    for (uint32_t i = 0; i + 1 < number; i++)
        first += disk.set[i].n_digests;
    return first;
}

size_t store_set_digests(struct store *store, uint32_t number, struct badge_hash *out, size_t max)
{
    (void)store;
    size_t n = disk.set[number - 1].n_digests;
    assert_true(n <= max);
    memcpy(out, &disk.request[first_request(number)], n * sizeof *out);
    return n;
}

void store_revocations(struct store *store, struct store_revocations *out)
{
    (void)store;
    *out = (struct store_revocations){.n_waiting = disk.n_requests - disk.n_taken, .last_number = disk.n_sets};
    for (uint32_t i = disk.n_sets; i-- > 0;)
        if (disk.set[i].anchor.state != STORE_ANCHOR_FINAL && disk.set[i].anchor.state != STORE_ANCHOR_SPOILED)
            out->first_open = i + 1;
}

enum badge_status store_revocations_take_work(struct store *store, uint32_t max, struct store_set *out,
                                              struct badge_err *err)
{
    (void)store;
    pthread_mutex_lock(&turn);
    enum badge_status status = write_fails(err);
    size_t n = disk.n_requests - disk.n_taken;
    if (status == BADGE_OK) {
        assert_true(n > 0 && disk.n_sets < MAX_SETS && max <= STORE_MAX_SET);
        *out = disk.set[disk.n_sets] = (struct store_set){.number = disk.n_sets + 1,
                                                          .n_digests = (uint32_t)(n < max ? n : max)};
        disk.n_taken += out->n_digests;
        disk.n_sets++;
    }
    pthread_mutex_unlock(&turn);
    return status;
}

enum badge_status store_revocations_prune_work(struct store *store, uint32_t number, struct store_set *out,
                                               struct badge_err *err)
{
    (void)store;
    pthread_mutex_lock(&turn);
    enum badge_status status = write_fails(err);
    struct store_set *set = &disk.set[number - 1];
    assert_int_equal(set->anchor.state, STORE_ANCHOR_SEALED);
    assert_false(set->is_unseen);
    if (status == BADGE_OK) {
        set->n_digests -= disk.n_restored;
        disk.n_restored = 0;
        if (set->n_digests == 0)
            set->anchor.state = STORE_ANCHOR_SPOILED;
        *out = *set;
    }
    pthread_mutex_unlock(&turn);
    return status;
}

static bool block_is_final(uint64_t number);

static void remember(struct store_job_id job)
{
    if (job.kind == STORE_JOB_BATCH && job.number == 1 && disk.n_history < 64)
        disk.history[disk.n_history++] = disk.batch[0].anchor.state;
}

static enum badge_status write_attempt(struct store_job_id job, const struct store_attempt *attempt,
                                       struct badge_err *err)
{
    if (write_fails(err) != BADGE_OK)
        return BADGE_EIO;
    size_t *n = &disk.n_attempts[job_index(job)];
    if (*n == STORE_MAX_ATTEMPTS)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "too many attempts");
    disk.attempt[job_index(job)][(*n)++] = *attempt;
    *job_anchor(job) = (struct store_anchor){
        .state = STORE_ANCHOR_SIGNED, .nonce = attempt->nonce, .transaction = attempt->transaction};
    remember(job);
    return BADGE_OK;
}

enum badge_status store_anchor_attempt_work(struct store *store, struct store_job_id job,
                                            const struct store_attempt *attempt, struct badge_err *err)
{
    (void)store;
    pthread_mutex_lock(&turn);
    enum badge_status status = write_attempt(job, attempt, err);
    pthread_mutex_unlock(&turn);
    return status;
}

static enum badge_status write_move(struct store_job_id job, const struct store_anchor *anchor, struct badge_err *err)
{
    if (write_fails(err) != BADGE_OK)
        return BADGE_EIO;
    disk.n_early += anchor->state == STORE_ANCHOR_FINAL && !block_is_final(anchor->block_number);
    *job_anchor(job) = *anchor;
    remember(job);
    return BADGE_OK;
}

enum badge_status store_anchor_move_work(struct store *store, struct store_job_id job,
                                         const struct store_anchor *anchor, struct badge_err *err)
{
    (void)store;
    pthread_mutex_lock(&turn);
    enum badge_status status = write_move(job, anchor, err);
    pthread_mutex_unlock(&turn);
    return status;
}

size_t store_attempts(struct store *store, struct store_job_id job, struct store_attempt *out, size_t max)
{
    (void)store;
    size_t i = job_index(job), n = disk.n_attempts[i] < max ? disk.n_attempts[i] : max;
    memcpy(out, disk.attempt[i], n * sizeof *out);
    return n;
}

bool store_has_attempt(struct store *store, struct store_job_id job, const struct badge_address *account,
                       uint64_t nonce)
{
    (void)store;
    size_t i = job_index(job);
    for (size_t k = 0; k < disk.n_attempts[i]; k++)
        if (disk.attempt[i][k].nonce == nonce && memcmp(&disk.attempt[i][k].from, account, sizeof *account) == 0)
            return true;
    return false;
}

bool store_next_nonce(struct store *store, const struct badge_address *account, uint64_t *out)
{
    (void)store;
    bool any = false;
    for (size_t i = 0; i < MAX_JOBS; i++)
        for (size_t k = 0; k < disk.n_attempts[i]; k++) {
            if (memcmp(&disk.attempt[i][k].from, account, sizeof *account) != 0)
                continue;
            uint64_t next = disk.attempt[i][k].nonce + 1;
            *out = any && *out > next ? *out : next;
            any = true;
        }
    return any;
}

static enum badge_status write_reseal(uint32_t number, struct store_batch *out, struct badge_err *err)
{
    if (write_fails(err) != BADGE_OK)
        return BADGE_EIO;
    disk.batch[number - 1].anchor = (struct store_anchor){.state = STORE_ANCHOR_SPOILED};
    disk_seal(disk.batch[number - 1].tree_size);
    *out = disk.batch[disk.n_batches - 1];
    disk.batch[disk.n_batches - 1].replaces = out->replaces = number;
    return BADGE_OK;
}

enum badge_status store_reseal_work(struct store *store, uint32_t number, struct store_batch *out,
                                    struct badge_err *err)
{
    (void)store;
    pthread_mutex_lock(&turn);
    enum badge_status status = write_reseal(number, out, err);
    pthread_mutex_unlock(&turn);
    return status;
}

#endif
