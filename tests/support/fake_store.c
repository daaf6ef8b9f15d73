/*
 * The fake store: an array of batches, one of sets, one of requests. Writes come from threads of the pool and reads
 * from the loop, so each function of store/store.h locks.
 */
#include "support/fake_store.h"

#include <pthread.h>
#include <string.h>

#define MAX_BATCHES 4
#define MAX_SETS 12
#define MAX_JOBS (MAX_BATCHES + MAX_SETS)
#define MAX_REQUESTS 1024

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct {
    struct fake_job job[MAX_JOBS]; /* batches, then sets */
    uint32_t n_batches, n_sets;
    struct badge_hash request[MAX_REQUESTS];
    size_t n_requests, n_taken;
    uint32_t n_restored;
    unsigned n_failing, n_early;
    uint64_t final_block;
} fake;

static struct fake_job *batch_job(uint32_t number)
{
    assert_true(number > 0 && number <= MAX_BATCHES);
    return &fake.job[number - 1];
}

static struct fake_job *set_job(uint32_t number)
{
    assert_true(number > 0 && number <= MAX_SETS);
    return &fake.job[MAX_BATCHES + number - 1];
}

static struct fake_job *job_of(struct store_job_id id)
{
    return id.kind == STORE_JOB_SET ? set_job(id.number) : batch_job(id.number);
}

static bool is_open(const struct fake_job *job)
{
    return job->anchor.state != STORE_ANCHOR_FINAL && job->anchor.state != STORE_ANCHOR_SPOILED;
}

static struct store_batch batch_of(uint32_t number)
{
    const struct fake_job *job = batch_job(number);
    return (struct store_batch){.number = number,
                                .root = job->root,
                                .tree_size = job->tree_size,
                                .sealed_at_s = 1700000000,
                                .replaces = job->replaces,
                                .anchor = job->anchor};
}

static struct store_set set_of(uint32_t number)
{
    const struct fake_job *job = set_job(number);
    return (struct store_set){
        .number = number, .n_digests = job->n_digests, .is_unseen = job->is_unseen, .anchor = job->anchor};
}

/* -- what the test puts into it ------------------------------------------------------------------------------------ */

void fake_store_reset(void)
{
    memset(&fake, 0, sizeof fake);
}

void fake_store_seal(uint32_t tree_size)
{
    struct fake_job *job = batch_job(++fake.n_batches);
    job->tree_size = tree_size;
    memset(job->root.b, (int)(0x40 + fake.n_batches), sizeof job->root.b);
}

void fake_store_revoke(size_t n)
{
    assert_true(fake.n_requests + n <= MAX_REQUESTS);
    for (; n > 0; n--) {
        struct badge_hash *digest = &fake.request[fake.n_requests++];
        memcpy(digest->b, &fake.n_requests, sizeof fake.n_requests);
    }
}

static struct fake_job *take_set(size_t n)
{
    struct fake_job *job = set_job(++fake.n_sets);
    job->first_request = fake.n_taken;
    job->n_digests = (uint32_t)n;
    fake.n_taken += n;
    return job;
}

void fake_store_revoke_before_start(uint32_t n)
{
    fake_store_revoke(n);
    take_set(n)->is_unseen = true;
}

void fake_store_see_sets(void)
{
    for (uint32_t number = 1; number <= fake.n_sets; number++)
        set_job(number)->is_unseen = false;
}

void fake_store_restore(uint32_t n_digests)
{
    fake.n_restored = n_digests;
}

void fake_store_fail(unsigned n_writes)
{
    fake.n_failing = n_writes;
}

void fake_store_put_anchor(const struct fake_job *job, const struct store_anchor *anchor)
{
    fake.job[job - fake.job].anchor = *anchor;
}

static bool add_attempt(struct fake_job *job, const struct store_attempt *attempt)
{
    if (job->n_attempts == STORE_MAX_ATTEMPTS)
        return false;
    job->attempt[job->n_attempts++] = *attempt;
    return true;
}

void fake_store_put_attempt(const struct fake_job *job, const struct store_attempt *attempt)
{
    assert_true(add_attempt(&fake.job[job - fake.job], attempt));
}

/* -- what the test finds in it ------------------------------------------------------------------------------------- */

uint32_t fake_store_n_batches(void)
{
    return fake.n_batches;
}

uint32_t fake_store_n_sets(void)
{
    return fake.n_sets;
}

const struct fake_job *fake_store_batch(uint32_t number)
{
    return batch_job(number);
}

const struct fake_job *fake_store_set(uint32_t number)
{
    return set_job(number);
}

size_t fake_store_n_requests(void)
{
    return fake.n_requests;
}

const struct badge_hash *fake_store_request(size_t i)
{
    return &fake.request[i];
}

unsigned fake_store_n_failing(void)
{
    return fake.n_failing;
}

bool fake_store_all_final(void)
{
    for (size_t i = 0; i < MAX_JOBS; i++)
        if ((i < MAX_BATCHES ? i < fake.n_batches : i - MAX_BATCHES < fake.n_sets) && is_open(&fake.job[i]))
            return false;
    return fake.n_taken == fake.n_requests;
}

const struct store_attempt *fake_store_find(const struct badge_hash *transaction, const struct fake_job **job)
{
    const struct store_attempt *found = NULL;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < MAX_JOBS; i++)
        for (size_t k = 0; k < fake.job[i].n_attempts; k++)
            if (badge_hash_compare(&fake.job[i].attempt[k].transaction, transaction) == 0) {
                *job = &fake.job[i];
                found = &fake.job[i].attempt[k];
            }
    pthread_mutex_unlock(&lock);
    return found;
}

bool fake_store_is_set(const struct fake_job *job)
{
    return job >= fake.job + MAX_BATCHES;
}

void fake_store_set_final_block(uint64_t number)
{
    pthread_mutex_lock(&lock);
    fake.final_block = number;
    pthread_mutex_unlock(&lock);
}

unsigned fake_store_n_early(void)
{
    return fake.n_early;
}

/* -- store/store.h: batches ---------------------------------------------------------------------------------------- */

bool store_batch(struct store *store, uint32_t number, struct store_batch *out)
{
    (void)store;
    pthread_mutex_lock(&lock);
    bool is_there = number > 0 && number <= fake.n_batches;
    if (is_there)
        *out = batch_of(number);
    pthread_mutex_unlock(&lock);
    return is_there;
}

uint32_t store_n_batches(struct store *store)
{
    (void)store;
    pthread_mutex_lock(&lock);
    uint32_t n = fake.n_batches;
    pthread_mutex_unlock(&lock);
    return n;
}

uint32_t store_first_unfinal(struct store *store)
{
    (void)store;
    uint32_t first = 0;
    pthread_mutex_lock(&lock);
    for (uint32_t number = fake.n_batches; number > 0; number--)
        if (is_open(batch_job(number)))
            first = number;
    pthread_mutex_unlock(&lock);
    return first;
}

/* Called with the lock held, at the begin of each write. */
static enum badge_status write_result(struct badge_err *err)
{
    if (fake.n_failing == 0)
        return BADGE_OK;
    fake.n_failing--;
    return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "the disk is full");
}

enum badge_status store_reseal_work(struct store *store, uint32_t number, struct store_batch *out,
                                    struct badge_err *err)
{
    (void)store;
    pthread_mutex_lock(&lock);
    enum badge_status status = write_result(err);
    if (status == BADGE_OK) {
        batch_job(number)->anchor = (struct store_anchor){.state = STORE_ANCHOR_SPOILED};
        fake_store_seal(batch_job(number)->tree_size);
        batch_job(fake.n_batches)->replaces = number;
        *out = batch_of(fake.n_batches);
    }
    pthread_mutex_unlock(&lock);
    return status;
}

/* -- store/store.h: revocations ------------------------------------------------------------------------------------ */

bool store_set(struct store *store, uint32_t number, struct store_set *out)
{
    (void)store;
    pthread_mutex_lock(&lock);
    bool is_there = number > 0 && number <= fake.n_sets;
    if (is_there)
        *out = set_of(number);
    pthread_mutex_unlock(&lock);
    return is_there;
}

size_t store_set_digests(struct store *store, uint32_t number, struct badge_hash *out, size_t max)
{
    (void)store;
    pthread_mutex_lock(&lock);
    const struct fake_job *job = set_job(number);
    size_t n = job->n_digests;
    assert_true(n <= max);
    memcpy(out, &fake.request[job->first_request], n * sizeof *out);
    pthread_mutex_unlock(&lock);
    return n;
}

void store_revocations(struct store *store, struct store_revocations *out)
{
    (void)store;
    pthread_mutex_lock(&lock);
    *out = (struct store_revocations){.n_waiting = fake.n_requests - fake.n_taken, .last_number = fake.n_sets};
    for (uint32_t number = fake.n_sets; number > 0; number--)
        if (is_open(set_job(number)))
            out->first_open = number;
    pthread_mutex_unlock(&lock);
}

enum badge_status store_revocations_take_work(struct store *store, uint32_t max, struct store_set *out,
                                              struct badge_err *err)
{
    (void)store;
    pthread_mutex_lock(&lock);
    enum badge_status status = write_result(err);
    size_t n = fake.n_requests - fake.n_taken;
    if (status == BADGE_OK) {
        assert_true(n > 0 && max <= STORE_MAX_SET);
        take_set(n < max ? n : max);
        *out = set_of(fake.n_sets);
    }
    pthread_mutex_unlock(&lock);
    return status;
}

enum badge_status store_revocations_prune_work(struct store *store, uint32_t number, struct store_set *out,
                                               struct badge_err *err)
{
    (void)store;
    pthread_mutex_lock(&lock);
    enum badge_status status = write_result(err);
    struct fake_job *job = set_job(number);
    assert_int_equal(job->anchor.state, STORE_ANCHOR_SEALED);
    assert_false(job->is_unseen);
    if (status == BADGE_OK) {
        job->n_digests -= fake.n_restored;
        fake.n_restored = 0;
        if (job->n_digests == 0)
            job->anchor.state = STORE_ANCHOR_SPOILED;
        *out = set_of(number);
    }
    pthread_mutex_unlock(&lock);
    return status;
}

/* -- store/store.h: transactions ----------------------------------------------------------------------------------- */

static void write_anchor(struct fake_job *job, const struct store_anchor *anchor)
{
    fake.n_early += anchor->state == STORE_ANCHOR_FINAL && anchor->block_number > fake.final_block;
    job->anchor = *anchor;
    if (job->n_history < FAKE_STORE_HISTORY)
        job->history[job->n_history++] = anchor->state;
}

enum badge_status store_anchor_attempt_work(struct store *store, struct store_job_id id,
                                            const struct store_attempt *attempt, struct badge_err *err)
{
    (void)store;
    pthread_mutex_lock(&lock);
    struct fake_job *job = job_of(id);
    enum badge_status status = write_result(err);
    if (status == BADGE_OK && !add_attempt(job, attempt))
        status = badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "too many attempts");
    if (status == BADGE_OK)
        write_anchor(job, &(struct store_anchor){.state = STORE_ANCHOR_SIGNED,
                                                 .nonce = attempt->nonce,
                                                 .transaction = attempt->transaction});
    pthread_mutex_unlock(&lock);
    return status;
}

enum badge_status store_anchor_move_work(struct store *store, struct store_job_id id, const struct store_anchor *anchor,
                                         struct badge_err *err)
{
    (void)store;
    pthread_mutex_lock(&lock);
    enum badge_status status = write_result(err);
    if (status == BADGE_OK)
        write_anchor(job_of(id), anchor);
    pthread_mutex_unlock(&lock);
    return status;
}

size_t store_attempts(struct store *store, struct store_job_id id, struct store_attempt *out, size_t max)
{
    (void)store;
    pthread_mutex_lock(&lock);
    const struct fake_job *job = job_of(id);
    size_t n = job->n_attempts < max ? job->n_attempts : max;
    memcpy(out, job->attempt, n * sizeof *out);
    pthread_mutex_unlock(&lock);
    return n;
}

static bool is_of(const struct store_attempt *attempt, const struct badge_address *account)
{
    return memcmp(&attempt->from, account, sizeof *account) == 0;
}

bool store_has_attempt(struct store *store, struct store_job_id id, const struct badge_address *account, uint64_t nonce)
{
    (void)store;
    bool found = false;
    pthread_mutex_lock(&lock);
    const struct fake_job *job = job_of(id);
    for (size_t k = 0; k < job->n_attempts; k++)
        found = found || (job->attempt[k].nonce == nonce && is_of(&job->attempt[k], account));
    pthread_mutex_unlock(&lock);
    return found;
}

bool store_next_nonce(struct store *store, const struct badge_address *account, uint64_t *out)
{
    (void)store;
    uint64_t next = 0;
    pthread_mutex_lock(&lock);
    for (const struct fake_job *job = fake.job; job < fake.job + MAX_JOBS; job++)
        for (size_t k = 0; k < job->n_attempts; k++)
            if (is_of(&job->attempt[k], account) && job->attempt[k].nonce >= next)
                next = job->attempt[k].nonce + 1;
    pthread_mutex_unlock(&lock);
    if (next > 0)
        *out = next;
    return next > 0;
}
