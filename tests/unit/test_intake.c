/*
 * The writer thread with a mock store: requests queued during an append join the next one, replies come in the order of
 * the requests and after their append, a request larger than a group is not truncated.
 */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "intake/intake.h"

/* -- the mock store ------------------------------------------------------------------------------------------------ */

static struct {
    uv_mutex_t lock;
    uv_cond_t changed;
    bool held;
    size_t n_appends, n_submissions, largest;
    enum store_outcome outcome;
} fake;

void store_append_work(struct store *store, struct store_submission *const submission[], size_t n)
{
    (void)store;
    uv_mutex_lock(&fake.lock);
    fake.n_appends++;
    fake.n_submissions += n;
    fake.largest = n > fake.largest ? n : fake.largest;
    uv_cond_broadcast(&fake.changed);
    while (fake.held)
        uv_cond_wait(&fake.changed, &fake.lock);
    for (size_t i = 0; i < n; i++)
        submission[i]->outcome = fake.outcome;
    uv_mutex_unlock(&fake.lock);
}

static void hold(bool held)
{
    uv_mutex_lock(&fake.lock);
    fake.held = held;
    uv_cond_broadcast(&fake.changed);
    uv_mutex_unlock(&fake.lock);
}

static void wait_for_append(size_t n)
{
    uv_mutex_lock(&fake.lock);
    while (fake.n_appends < n)
        uv_cond_wait(&fake.changed, &fake.lock);
    uv_mutex_unlock(&fake.lock);
}

/* -- a loop that receives the replies -------------------------------------------------------------------------------
 */

static struct {
    uv_loop_t loop;
    struct mailbox mailbox;
    struct intake *intake;
    struct intake_request *answered[8];
    size_t n_answered, n_expected, n_durable;
} t;

static void on_answer(struct message *message)
{
    struct intake_request *request = (struct intake_request *)((char *)message - offsetof(struct intake_request, done));
    t.answered[t.n_answered++] = request;
    if (t.n_answered == t.n_expected)
        uv_stop(&t.loop);
}

static void on_durable(void *context)
{
    (*(size_t *)context)++;
}

static int open_all(void **state)
{
    (void)state;
    memset(&t, 0, sizeof t);
    memset(&fake, 0, sizeof fake);
    uv_mutex_init(&fake.lock);
    uv_cond_init(&fake.changed);
    uv_loop_init(&t.loop);
    const struct intake_options options = {.on_durable = on_durable, .context = &t.n_durable};
    return mailbox_init(&t.mailbox, &t.loop) < 0 || intake_new(&t.intake, &options, NULL) != BADGE_OK;
}

static int close_all(void **state)
{
    (void)state;
    intake_free(t.intake);
    mailbox_close(&t.mailbox);
    uv_run(&t.loop, UV_RUN_DEFAULT);
    uv_cond_destroy(&fake.changed);
    uv_mutex_destroy(&fake.lock);
    return uv_loop_close(&t.loop);
}

static struct intake_request *submit(size_t n)
{
    struct intake_request *request = calloc(1, sizeof *request);
    request->submission = calloc(n, sizeof *request->submission);
    for (size_t i = 0; i < n; i++)
        request->submission[i].outcome = STORE_FAILED;
    request->n = n;
    request->reply_to = &t.mailbox;
    request->done.handler = on_answer;
    intake_submit(t.intake, request);
    return request;
}

static void discard(struct intake_request *request)
{
    free(request->submission);
    free(request);
}

/* -- tests --------------------------------------------------------------------------------------------------------- */

static void waiting_requests_share_one_append(void **state)
{
    (void)state;
    struct intake_request *request[4];
    hold(true);
    request[0] = submit(1);
    wait_for_append(1);
    for (size_t i = 1; i < 4; i++)
        request[i] = submit(2);
    hold(false);
    t.n_expected = 4;
    uv_run(&t.loop, UV_RUN_DEFAULT);
    assert_int_equal(fake.n_appends, 2);
    assert_int_equal(fake.n_submissions, 7);
    for (size_t i = 0; i < 4; i++) {
        assert_ptr_equal(t.answered[i], request[i]);
        assert_int_equal(request[i]->submission[0].outcome, STORE_NEW);
        discard(request[i]);
    }
}

static void a_large_request_is_answered_once_whole(void **state)
{
    (void)state;
    size_t n = 40000;
    struct intake_request *request = submit(n), *small = submit(1);
    t.n_expected = 2;
    uv_run(&t.loop, UV_RUN_DEFAULT);
    assert_int_equal(fake.n_submissions, n + 1);
    assert_true(fake.largest <= 16384);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(request->submission[i].outcome, STORE_NEW);
    assert_ptr_equal(t.answered[0], request);
    assert_ptr_equal(t.answered[1], small);
    discard(request);
    discard(small);
}

static void only_new_ones_are_notified(void **state)
{
    (void)state;
    fake.outcome = STORE_KNOWN;
    struct intake_request *request = submit(3);
    t.n_expected = 1;
    uv_run(&t.loop, UV_RUN_DEFAULT);
    intake_free(t.intake); /* the writer thread has ended */
    t.intake = NULL;
    assert_int_equal(t.n_durable, 0);
    discard(request);
}

static void free_drains(void **state)
{
    (void)state;
    struct intake_request *request[3];
    for (size_t i = 0; i < 3; i++)
        request[i] = submit(1);
    intake_free(t.intake);
    t.intake = NULL;
    t.n_expected = 3;
    uv_run(&t.loop, UV_RUN_DEFAULT);
    assert_int_equal(fake.n_submissions, 3);
    assert_true(t.n_durable >= 1);
    for (size_t i = 0; i < 3; i++)
        discard(request[i]);
}

static void only_accepted_issuers(void **state)
{
    (void)state;
    const char *const ids[] = {"did:web:a.example", "https://b.example/issuer"};
    const struct intake_options options = {.issuers = ids, .n_issuers = 2};
    struct intake *intake;
    struct badge_err err;
    assert_int_equal(intake_new(&intake, &options, &err), BADGE_OK);
    struct badge_claims claims = {.issuer = {"https://b.example/issuer", 24}};
    assert_int_equal(intake_accepts(intake, &claims, &err), BADGE_OK);
    claims.issuer.len = 23;
    assert_int_equal(intake_accepts(intake, &claims, &err), BADGE_EREFUSED);
    claims.issuer = (struct badge_text){"did:web:a.example\0x", 19};
    assert_int_equal(intake_accepts(intake, &claims, &err), BADGE_EREFUSED);
    claims.issuer.len = 0;
    assert_int_equal(intake_accepts(intake, &claims, &err), BADGE_EREFUSED);
    assert_int_equal(intake_accepts(t.intake, &claims, &err), BADGE_OK);
    intake_free(intake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(waiting_requests_share_one_append, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_large_request_is_answered_once_whole, open_all, close_all),
        cmocka_unit_test_setup_teardown(only_new_ones_are_notified, open_all, close_all),
        cmocka_unit_test_setup_teardown(free_drains, open_all, close_all),
        cmocka_unit_test_setup_teardown(only_accepted_issuers, open_all, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
