/*
 * Messages from many threads: each runs once, on the loop's thread, in the order its thread posted it.
 */
#include "support/test.h"

#include <stdbool.h>
#include <stdlib.h>

#include "runtime/mailbox.h"

#define N_THREADS 8
#define N_MESSAGES 5000

struct numbered {
    struct message message;
    struct receiver *receiver;
    unsigned thread, number;
};

struct receiver {
    struct mailbox mailbox;
    uv_thread_t loop_thread;
    unsigned next[N_THREADS], n_run;
    struct numbered numbered[N_THREADS][N_MESSAGES];
};

struct poster {
    struct receiver *receiver;
    unsigned thread;
};

static void on_message(struct message *message)
{
    struct numbered *numbered = (struct numbered *)message;
    struct receiver *receiver = numbered->receiver;
    uv_thread_t self = uv_thread_self();
    assert_true(uv_thread_equal(&self, &receiver->loop_thread));
    assert_int_equal(numbered->number, receiver->next[numbered->thread]);
    receiver->next[numbered->thread]++;
    /* The last message closes the mailbox, perhaps before the poster's call has returned. */
    if (++receiver->n_run == N_THREADS * N_MESSAGES)
        mailbox_close(&receiver->mailbox);
}

static void post_all(void *context)
{
    struct poster *poster = context;
    for (unsigned i = 0; i < N_MESSAGES; i++) {
        struct numbered *numbered = &poster->receiver->numbered[poster->thread][i];
        *numbered = (struct numbered){
            .message.handler = on_message, .receiver = poster->receiver, .thread = poster->thread, .number = i};
        mailbox_post(&poster->receiver->mailbox, &numbered->message);
    }
}

static void many_threads(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct receiver *receiver = calloc(1, sizeof *receiver);
    struct poster poster[N_THREADS];
    uv_thread_t thread[N_THREADS];
    assert_int_equal(uv_loop_init(&loop), 0);
    receiver->loop_thread = uv_thread_self();
    assert_int_equal(mailbox_init(&receiver->mailbox, &loop), 0);
    for (unsigned i = 0; i < N_THREADS; i++) {
        poster[i] = (struct poster){receiver, i};
        assert_int_equal(uv_thread_create(&thread[i], post_all, &poster[i]), 0);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < N_THREADS; i++)
        uv_thread_join(&thread[i]);
    assert_int_equal(receiver->n_run, N_THREADS * N_MESSAGES);
    assert_int_equal(uv_loop_close(&loop), 0);
    free(receiver);
}

static struct mailbox box;
static unsigned n_run;

static void count(struct message *message)
{
    free(message); /* its own memory, as an operation that ends does */
    n_run++;
}

static void close_box(struct message *message)
{
    count(message);
    mailbox_close(&box);
}

static struct message *new_message(void (*handler)(struct message *))
{
    struct message *message = calloc(1, sizeof *message);
    message->handler = handler;
    return message;
}

static void close_runs_what_is_queued(void **state)
{
    (void)state;
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(mailbox_init(&box, &loop), 0);
    n_run = 0;
    for (int i = 0; i < 3; i++)
        mailbox_post(&box, new_message(count));
    mailbox_close(&box);
    assert_int_equal(n_run, 3);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void a_message_may_close(void **state)
{
    (void)state;
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(mailbox_init(&box, &loop), 0);
    n_run = 0;
    mailbox_post(&box, new_message(count));
    mailbox_post(&box, new_message(close_box));
    mailbox_post(&box, new_message(count));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(n_run, 3);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static uv_timer_t timer;
static bool timer_ran;

static void on_timer(uv_timer_t *handle)
{
    timer_ran = true;
    uv_close((uv_handle_t *)handle, NULL);
}

static void post_again(struct message *message)
{
    n_run++;
    if (timer_ran)
        mailbox_close(&box);
    else
        mailbox_post(&box, message);
}

static void a_message_that_posts_itself_lets_others_run(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct message message = {.handler = post_again};
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(mailbox_init(&box, &loop), 0);
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_timer, 20, 0);
    timer_ran = false;
    mailbox_post(&box, &message);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(timer_ran);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_threads),
        cmocka_unit_test(close_runs_what_is_queued),
        cmocka_unit_test(a_message_may_close),
        cmocka_unit_test(a_message_that_posts_itself_lets_others_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
