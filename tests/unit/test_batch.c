/*
 * When a batch closes, with a mock store: by size, by age, on request, again after a failure; one seal at a
 * time, every request answered once.
 */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "batch/batch.h"
#include "support/fake_clock.h"

/* -- the mock store ------------------------------------------------------------------------------------------------ */

static struct {
    uv_mutex_t lock;
    size_t n_pending, n_failures;
    int64_t oldest_s;
    uint32_t n_batches, n_running;
    bool overlapped;
} fake;

size_t store_n_pending(struct store *store)
{
    (void)store;
    uv_mutex_lock(&fake.lock);
    size_t n = fake.n_pending;
    uv_mutex_unlock(&fake.lock);
    return n;
}

int64_t store_oldest_pending_s(struct store *store)
{
    (void)store;
    uv_mutex_lock(&fake.lock);
    int64_t oldest_s = fake.n_pending > 0 ? fake.oldest_s : 0;
    uv_mutex_unlock(&fake.lock);
    return oldest_s;
}

enum badge_status store_seal_work(struct store *store, size_t max_leaves, struct store_batch *out,
                                  struct badge_err *err)
{
    (void)store;
    enum badge_status status = BADGE_OK;
    *out = (struct store_batch){0};
    uv_mutex_lock(&fake.lock);
    fake.overlapped |= ++fake.n_running > 1;
    if (fake.n_failures > 0) {
        fake.n_failures--;
        status = badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "the disk is full");
    } else if (fake.n_pending > 0) {
        size_t n = fake.n_pending < max_leaves ? fake.n_pending : max_leaves;
        fake.n_pending -= n;
        *out = (struct store_batch){.number = ++fake.n_batches, .tree_size = (uint32_t)n};
    }
    fake.n_running--;
    uv_mutex_unlock(&fake.lock);
    return status;
}

/* -- the rest ------------------------------------------------------------------------------------------------------ */

static struct {
    uv_loop_t loop;
    struct mailbox mailbox;
    struct batch *batch;
    uint32_t size[8];
    size_t n_sealed, stop_after, n_answered;
} t;

static void on_sealed(void *context, const struct store_batch *sealed)
{
    (void)context;
    t.size[t.n_sealed++] = sealed->tree_size;
    if (t.n_sealed == t.stop_after)
        uv_stop(&t.loop);
}

static void on_answer(struct message *message)
{
    (void)message;
    t.n_answered++;
    if (t.stop_after == 0)
        uv_stop(&t.loop);
}

static int open_all(void **state)
{
    (void)state;
    memset(&t, 0, sizeof t);
    memset(&fake, 0, sizeof fake);
    uv_mutex_init(&fake.lock);
    uv_loop_init(&t.loop);
    fake_clock_start(&t.loop, 1700000000);
    return mailbox_init(&t.mailbox, &t.loop);
}

static int close_all(void **state)
{
    (void)state;
    batch_close(t.batch);
    mailbox_close(&t.mailbox);
    uv_run(&t.loop, UV_RUN_DEFAULT);
    fake_clock_stop();
    uv_mutex_destroy(&fake.lock);
    assert_false(fake.overlapped);
    return uv_loop_close(&t.loop);
}

static void begin(size_t n_pending, int64_t age_s, uint64_t max_age_ms)
{
    fake.n_pending = n_pending;
    fake.oldest_s = (int64_t)time(NULL) - age_s;
    const struct batch_options options = {
        .loop = &t.loop, .max_leaves = 10, .max_age_ms = max_age_ms, .on_sealed = on_sealed};
    assert_int_equal(batch_new(&t.batch, &options, NULL), BADGE_OK);
}

static void ask(struct batch_request *request)
{
    *request = (struct batch_request){.reply_to = &t.mailbox, .done = {.handler = on_answer}, .status = BADGE_ECORRUPT};
    batch_seal(t.batch, request);
}

static void by_size_and_the_rest_waits(void **state)
{
    (void)state;
    begin(25, 0, 3600000);
    t.stop_after = 2;
    uv_run(&t.loop, UV_RUN_DEFAULT);
    uv_run(&t.loop, UV_RUN_NOWAIT);
    assert_int_equal(t.n_sealed, 2);
    assert_int_equal(t.size[0], 10);
    assert_int_equal(fake.n_pending, 5);
}

static void by_age(void **state)
{
    (void)state;
    begin(3, 0, 1000);
    t.stop_after = 1;
    uv_run(&t.loop, UV_RUN_DEFAULT);
    assert_int_equal(t.size[0], 3);
    assert_int_equal(fake_clock_ms(), 1000);
}

static void a_clock_set_back_does_not_delay_it(void **state)
{
    (void)state;
    begin(3, -86400, 500);
    fake.oldest_s = (int64_t)time(NULL) + 86400;
    uv_run(&t.loop, UV_RUN_NOWAIT);
    uv_run(&t.loop, UV_RUN_NOWAIT);
    assert_true(uv_backend_timeout(&t.loop) <= 500);
}

static bool one_is_sealed(void)
{
    return t.n_sealed == 1;
}

static void what_was_received_in_the_future_is_sealed_at_once(void **state)
{
    (void)state;
    begin(3, -30 * 86400, 600000); /* the clock was a month ahead, and was set right before this start */
    fake_clock_run_until(one_is_sealed);
    assert_int_equal(t.size[0], 3);
    assert_int_equal(fake_clock_ms(), 0);
}

static void a_clock_that_is_set_right_while_it_waits_changes_nothing(void **state)
{
    (void)state;
    begin(3, 0, 600000);
    fake_clock_run_for(200000);
    fake_clock_set_wall(-30 * 86400);
    fake_clock_run_until(one_is_sealed);
    assert_int_equal(fake_clock_ms(), 600000);
}

static void on_request_all_that_was_pending(void **state)
{
    (void)state;
    begin(0, 0, 3600000);
    uv_run(&t.loop, UV_RUN_NOWAIT);
    fake.n_pending = 8;
    struct batch_request first, second;
    ask(&first);
    ask(&second);
    uv_run(&t.loop, UV_RUN_DEFAULT);
    uv_run(&t.loop, UV_RUN_NOWAIT);
    assert_int_equal(t.n_answered, 2);
    assert_int_equal(first.status, BADGE_OK);
    assert_int_equal(first.sealed.number, 1);
    assert_int_equal(second.sealed.number, 1);
    assert_int_equal(fake.n_pending, 0);

    ask(&first); /* nothing is pending */
    uv_run(&t.loop, UV_RUN_DEFAULT);
    assert_int_equal(first.status, BADGE_OK);
    assert_int_equal(first.sealed.number, 0);
}

static void a_request_covers_more_than_one_batch(void **state)
{
    (void)state;
    begin(0, 0, 3600000);
    uv_run(&t.loop, UV_RUN_NOWAIT);
    fake.n_pending = 24;
    fake.oldest_s = (int64_t)time(NULL);
    t.stop_after = 3;
    struct batch_request request;
    ask(&request);
    uv_run(&t.loop, UV_RUN_DEFAULT);
    assert_int_equal(request.sealed.number, 1);
    assert_int_equal(t.size[2], 4);
}

static void a_failure_is_reported_and_retried(void **state)
{
    (void)state;
    begin(0, 0, 3600000);
    uv_run(&t.loop, UV_RUN_NOWAIT);
    fake.n_failures = 1;
    fake.n_pending = 10;
    fake.oldest_s = (int64_t)time(NULL);
    struct batch_request request;
    ask(&request);
    t.stop_after = 1;
    uv_run(&t.loop, UV_RUN_DEFAULT);
    assert_int_equal(request.status, BADGE_EIO);
    assert_string_equal(request.err.text, "the disk is full");
    assert_int_equal(t.size[0], 10);
}

static void closing_refuses_waiting_requests(void **state)
{
    (void)state;
    begin(5, 0, 3600000);
    uv_run(&t.loop, UV_RUN_NOWAIT);
    struct batch_request request;
    ask(&request);
    batch_close(t.batch);
    t.batch = NULL;
    uv_run(&t.loop, UV_RUN_DEFAULT);
    assert_int_equal(t.n_answered, 1);
    assert_int_equal(request.status, BADGE_EREFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(by_size_and_the_rest_waits, open_all, close_all),
        cmocka_unit_test_setup_teardown(by_age, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_clock_set_back_does_not_delay_it, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_was_received_in_the_future_is_sealed_at_once, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_clock_that_is_set_right_while_it_waits_changes_nothing, open_all, close_all),
        cmocka_unit_test_setup_teardown(on_request_all_that_was_pending, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_request_covers_more_than_one_batch, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_failure_is_reported_and_retried, open_all, close_all),
        cmocka_unit_test_setup_teardown(closing_refuses_waiting_requests, open_all, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
