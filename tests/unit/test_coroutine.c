/*
 * A coroutine takes turns with its loop: it waits where it says so, works on the pool, and ends once, on the loop.
 */
#include "support/test.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/compiler.h"
#include "runtime/coroutine.h"
#include "support/test_loop.h"

struct sum {
    struct coroutine coroutine;
    uv_timer_t timer;
    unsigned n_timers, n_waits, n_on_pool, n_ended;
    unsigned turns; /* written by both, without a lock */
    bool ran_on_loop, pool_ran_on_loop, sigterm_blocked;
};

static void count_on_pool(void *context)
{
    struct sum *sum = context;
    sum->pool_ran_on_loop = sum->pool_ran_on_loop || is_on_loop();
    sum->n_on_pool++;
}

static void on_timer(uv_timer_t *timer)
{
    struct sum *sum = timer->data;
    sum->turns++;
    sum->n_timers++;
    coroutine_resume(&sum->coroutine);
}

/* cmocka's assertions are for the test's own thread. */
static void run(void *context)
{
    struct sum *sum = context;
    sigset_t blocked;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    sum->sigterm_blocked = sigismember(&blocked, SIGTERM) == 1;
    sum->ran_on_loop = is_on_loop();
    for (unsigned i = 0; i < 100; i++) {
        sum->turns++;
        (void)uv_timer_start(&sum->timer, on_timer, i % 3, 0);
        coroutine_wait(&sum->coroutine);
        sum->n_waits++;
        coroutine_on_pool(&sum->coroutine, count_on_pool, sum);
    }
    uv_close((uv_handle_t *)&sum->timer, NULL);
}

static void on_ended(void *context)
{
    struct sum *sum = context;
    assert_true(is_on_loop());
    sum->n_ended++;
}

static void it_takes_turns_with_the_loop(void **state)
{
    (void)state;
    struct sum sum = {.coroutine = {.loop = &loop, .name = "sum", .run = run, .ended = on_ended, .context = &sum}};
    assert_int_equal(uv_timer_init(&loop, &sum.timer), 0);
    sum.timer.data = &sum;
    assert_int_equal(coroutine_start(&sum.coroutine, NULL), BADGE_OK);
    assert_int_equal(sum.turns, 0); /* not before it is resumed */
    coroutine_resume(&sum.coroutine);
    assert_int_equal(sum.turns, 1);
    assert_int_equal(sum.n_waits, 0);
    run_loop();
    assert_int_equal(sum.turns, 200);
    assert_int_equal(sum.n_waits, 100);
    assert_int_equal(sum.n_on_pool, 100);
    assert_int_equal(sum.n_ended, 1);
    assert_false(sum.ran_on_loop);
    assert_false(sum.pool_ran_on_loop);
    assert_true(sum.sigterm_blocked);
}

static void the_loop_keeps_its_signals(void **state)
{
    (void)state;
    struct sum sum = {.coroutine = {.loop = &loop, .name = "sum", .run = run, .ended = on_ended, .context = &sum}};
    assert_int_equal(uv_timer_init(&loop, &sum.timer), 0);
    sum.timer.data = &sum;
    assert_int_equal(coroutine_start(&sum.coroutine, NULL), BADGE_OK);
    sigset_t blocked;
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
    assert_false(sigismember(&blocked, SIGTERM));
    coroutine_resume(&sum.coroutine);
    run_loop();
}

struct once {
    struct coroutine coroutine;
    unsigned *n_freed;
};

static void return_at_once(void *context)
{
    (void)context;
}

static void free_once(void *context)
{
    struct once *once = context;
    (*once->n_freed)++;
    free(once);
}

static void ended_may_free_it(void **state)
{
    (void)state;
    unsigned n_freed = 0;
    struct once *once = calloc(1, sizeof *once);
    assert_non_null(once);
    *once = (struct once){.n_freed = &n_freed};
    once->coroutine = (struct coroutine){
        .loop = &loop, .name = "once", .run = return_at_once, .ended = free_once, .context = once};
    assert_int_equal(coroutine_start(&once->coroutine, NULL), BADGE_OK);
    coroutine_resume(&once->coroutine);
    assert_int_equal(n_freed, 1);
    run_loop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_takes_turns_with_the_loop, open_loop),
        cmocka_unit_test_setup(the_loop_keeps_its_signals, open_loop),
        cmocka_unit_test_setup(ended_may_free_it, open_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
