/*
 * A loop for tests of runtime/, and which thread is the loop's. Include after support/test.h.
 */
#ifndef TESTS_TEST_LOOP_H
#define TESTS_TEST_LOOP_H

#include <stdbool.h>
#include <uv.h>

static uv_loop_t loop;
static uv_thread_t loop_thread;

static bool is_on_loop(void)
{
    uv_thread_t self = uv_thread_self();
    return uv_thread_equal(&self, &loop_thread);
}

/* Until nothing is open, and closes it. */
static void run_loop(void)
{
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* The setup of each test. */
static int open_loop(void **state)
{
    (void)state;
    loop_thread = uv_thread_self();
    return uv_loop_init(&loop);
}

#endif
