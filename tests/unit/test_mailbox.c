/*
 * Letters from many threads: each runs once, on the loop's thread, in the order its thread posted it.
 */
#include "support/test.h"

#include <stdbool.h>
#include <stdlib.h>

#include "runtime/mailbox.h"

#define N_THREADS 8
#define N_LETTERS 5000

struct letter {
    struct message message;
    struct office *office;
    unsigned thread, number;
};

struct office {
    struct mailbox mailbox;
    uv_thread_t loop_thread;
    unsigned next[N_THREADS], n_opened;
    struct letter letter[N_THREADS][N_LETTERS];
};

struct poster {
    struct office *office;
    unsigned thread;
};

static void on_message(struct message *message)
{
    struct letter *letter = (struct letter *)message;
    struct office *office = letter->office;
    uv_thread_t self = uv_thread_self();
    assert_true(uv_thread_equal(&self, &office->loop_thread));
    assert_int_equal(letter->number, office->next[letter->thread]);
    office->next[letter->thread]++;
    /* The last letter of all closes the mailbox, perhaps before the poster's call has returned. */
    if (++office->n_opened == N_THREADS * N_LETTERS)
        mailbox_close(&office->mailbox);
}

static void post_all(void *context)
{
    struct poster *poster = context;
    for (unsigned i = 0; i < N_LETTERS; i++) {
        struct letter *letter = &poster->office->letter[poster->thread][i];
        *letter = (struct letter){
            .message.handler = on_message, .office = poster->office, .thread = poster->thread, .number = i};
        mailbox_post(&poster->office->mailbox, &letter->message);
    }
}

static void many_threads(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct office *office = calloc(1, sizeof *office);
    struct poster poster[N_THREADS];
    uv_thread_t thread[N_THREADS];
    assert_int_equal(uv_loop_init(&loop), 0);
    office->loop_thread = uv_thread_self();
    assert_int_equal(mailbox_init(&office->mailbox, &loop), 0);
    for (unsigned i = 0; i < N_THREADS; i++) {
        poster[i] = (struct poster){office, i};
        assert_int_equal(uv_thread_create(&thread[i], post_all, &poster[i]), 0);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < N_THREADS; i++)
        uv_thread_join(&thread[i]);
    assert_int_equal(office->n_opened, N_THREADS * N_LETTERS);
    assert_int_equal(uv_loop_close(&loop), 0);
    free(office);
}

static struct mailbox box;
static unsigned n_opened;

static void count(struct message *message)
{
    free(message); /* its own memory, as an operation that ends does */
    n_opened++;
}

static void close_box(struct message *message)
{
    count(message);
    mailbox_close(&box);
}

static struct message *new_mail(void (*open)(struct message *))
{
    struct message *message = calloc(1, sizeof *message);
    message->handler = open;
    return message;
}

static void close_runs_what_is_queued(void **state)
{
    (void)state;
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(mailbox_init(&box, &loop), 0);
    n_opened = 0;
    for (int i = 0; i < 3; i++)
        mailbox_post(&box, new_mail(count));
    mailbox_close(&box);
    assert_int_equal(n_opened, 3);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void a_letter_may_close(void **state)
{
    (void)state;
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(mailbox_init(&box, &loop), 0);
    n_opened = 0;
    mailbox_post(&box, new_mail(count));
    mailbox_post(&box, new_mail(close_box));
    mailbox_post(&box, new_mail(count));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(n_opened, 3);
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
    n_opened++;
    if (timer_ran)
        mailbox_close(&box);
    else
        mailbox_post(&box, message);
}

static void a_letter_that_posts_itself_lets_others_run(void **state)
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
        cmocka_unit_test(a_letter_may_close),
        cmocka_unit_test(a_letter_that_posts_itself_lets_others_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
