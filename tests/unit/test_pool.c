/*
 * Work on the pool: it runs once on another thread, and its end is reported once on the loop's thread.
 */
#include "support/test.h"

#include <stdbool.h>
#include <stdlib.h>

#include "core/compiler.h"
#include "runtime/pool.h"
#include "support/test_loop.h"

#define N_JOBS 200

static unsigned n_freed;

struct job {
    unsigned n_runs, n_dones;
    bool ran_on_loop;
    struct pool_work work;
};

static void run_work(struct pool_work *work)
{
    struct job *job = container_of(work, struct job, work);
    job->ran_on_loop = job->ran_on_loop || is_on_loop(); /* cmocka's assertions are for the test's own thread */
    job->n_runs++;
}

static void done(struct pool_work *work)
{
    struct job *job = container_of(work, struct job, work);
    assert_true(is_on_loop());
    assert_false(job->ran_on_loop);
    job->n_dones++;
    assert_int_equal(job->n_runs, job->n_dones);
}

static void each_runs_once_on_the_pool_and_is_done_once_on_the_loop(void **state)
{
    (void)state;
    static struct job job[N_JOBS];
    for (size_t i = 0; i < N_JOBS; i++)
        pool_queue(&loop, &job[i].work, run_work, done);
    for (size_t i = 0; i < N_JOBS; i++)
        assert_int_equal(job[i].n_dones, 0); /* later, never from within the call */
    run_loop();
    for (size_t i = 0; i < N_JOBS; i++) {
        assert_int_equal(job[i].n_runs, 1);
        assert_int_equal(job[i].n_dones, 1);
    }
}

static void done_then_again(struct pool_work *work)
{
    done(work);
    if (container_of(work, struct job, work)->n_dones < 3)
        pool_queue(&loop, work, run_work, done_then_again);
}

static void done_may_queue_it_again(void **state)
{
    (void)state;
    struct job job = {0};
    pool_queue(&loop, &job.work, run_work, done_then_again);
    run_loop();
    assert_int_equal(job.n_runs, 3);
    assert_int_equal(job.n_dones, 3);
}

static void done_then_free(struct pool_work *work)
{
    done(work);
    free(container_of(work, struct job, work));
    n_freed++;
}

static void done_may_free_it(void **state)
{
    (void)state;
    struct job *job = calloc(1, sizeof *job);
    assert_non_null(job);
    pool_queue(&loop, &job->work, run_work, done_then_free);
    run_loop();
    assert_int_equal(n_freed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_runs_once_on_the_pool_and_is_done_once_on_the_loop, open_loop),
        cmocka_unit_test_setup(done_may_queue_it_again, open_loop),
        cmocka_unit_test_setup(done_may_free_it, open_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
