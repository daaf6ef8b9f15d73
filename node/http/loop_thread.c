/*
 * One loop from its start to its end: the turns in which libmicrohttpd works, the ticks that check deadlines, and the
 * stop. The server starts one for each thread; libmicrohttpd's events go to request.c. The daemon runs in loop_turn()
 * only.
 */
#include "http/loop.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/compiler.h"
#include "http/connection.h"
#include "http/route.h"
#include "runtime/log.h"

#define BODIES_MAX_LEN ((size_t)256 << 20) /* in memory, over all loops */

/* -- turns and ticks ----------------------------------------------------------------------------------------------- */

static void loop_turn(struct loop *loop)
{
    loop->wants_turn = false;
    loop->in_turn = true;
    if (mhd_run(&loop->mhd)) {
        chunked_turned(loop);
        loop_wake(loop);
    }
    loop_flush_jobs(loop);
    loop->in_turn = false;
    if (loop->wants_turn)
        loop_wake(loop);
    else
        (void)uv_idle_stop(&loop->again);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    loop_turn(poll->data);
}

static void tick_modules(struct loop *loop)
{
    const struct http_options *options = loop->options;
    for (size_t i = 0; i < options->n_modules; i++)
        if (options->module[i].loop_tick)
            options->module[i].loop_tick(loop->module_state[i]);
}

static void on_handle_closed(uv_handle_t *handle)
{
    (void)handle;
}

/* Called every tick of a loop that stops: first the connections end, then pending operations, then the handles. */
static void finish_stop(struct loop *loop)
{
    if (loop->mhd.daemon) {
        bool is_idle = LIST_EMPTY(&loop->connections);
        bool is_overdue = uv_now(&loop->uv) >= loop->drain_until_ms;
        if (!is_idle && !(is_overdue && loop->n_refs == 0)) {
            loop_wake(loop);
            return;
        }
        (void)uv_poll_stop(&loop->poll); /* before its descriptor is closed */
        mhd_stop(&loop->mhd);
    }
    if (loop->n_refs || loop->is_closed)
        return;
    loop->is_closed = true;
    lingering_close_all(loop);
    mailbox_close(&loop->mailbox);
    uv_close((uv_handle_t *)&loop->poll, on_handle_closed);
    uv_close((uv_handle_t *)&loop->again, on_handle_closed);
    uv_close((uv_handle_t *)&loop->timer, on_handle_closed);
}

static void on_tick(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    connections_cut_overdue(loop);
    lingering_tick(loop);
    tick_modules(loop);
    if (loop->stopping)
        finish_stop(loop);
}

/* -- stop ---------------------------------------------------------------------------------------------------------- */

static void on_stop(struct message *message)
{
    struct loop *loop = container_of(message, struct loop, stop);
    loop->stopping = true;
    loop->drain_until_ms = uv_now(&loop->uv) + loop->options->drain_timeout_ms;
    if (mhd_stop_listening(&loop->mhd))
        close(loop->listen_fd);
    connections_cut_idle(loop);
    (void)uv_timer_start(&loop->timer, on_tick, 0, LOOP_TICK_MS);
    loop_wake(loop);
}

void loop_thread_stop(struct loop *loop)
{
    mailbox_post(&loop->mailbox, &loop->stop);
}

/* -- start --------------------------------------------------------------------------------------------------------- */

static void check_started(bool ok, const char *what)
{
    if (!ok)
        fatal("the HTTP server can't start", LOG_FIELDS(log_text("what", what), log_text("error", strerror(errno))));
}

static size_t budget_max(const struct http_options *options, size_t of_all_loops)
{
    size_t share = of_all_loops / options->n_loops;
    return share > options->max_request_memory ? share : options->max_request_memory;
}

void loop_thread_init(struct loop *loop, int listen_fd)
{
    const struct http_options *options = loop->options;
    loop->listen_fd = listen_fd;
    loop->turn = loop_turn;
    loop->last_job = &loop->jobs;
    loop->anonymous_budget.max = budget_max(options, BODIES_MAX_LEN / 4);
    loop->token_budget.max = budget_max(options, BODIES_MAX_LEN);
    loop->stop.handler = on_stop;
    ssize_t n = getrandom(&loop->id_prefix, sizeof loop->id_prefix, 0);
    check_started(n == (ssize_t)sizeof loop->id_prefix, "random bytes");
    check_started(uv_loop_init(&loop->uv) == 0, "event loop");
    check_started(mailbox_init(&loop->mailbox, &loop->uv) == 0, "mailbox");
    check_started(mhd_start(&loop->mhd, loop, listen_fd, loop->max_connections), "libmicrohttpd");
    check_started(uv_poll_init(&loop->uv, &loop->poll, loop->mhd.epoll_fd) == 0, "polling");
    int failed = uv_idle_init(&loop->uv, &loop->again) | uv_timer_init(&loop->uv, &loop->timer);
    loop->poll.data = loop->again.data = loop->timer.data = loop;
    failed |= uv_poll_start(&loop->poll, UV_READABLE, on_poll);
    failed |= uv_timer_start(&loop->timer, on_tick, LOOP_TICK_MS, LOOP_TICK_MS);
    failed |= uv_timer_stop(&loop->timer); /* until connection.c starts it again */
    BADGE_ASSERT(!failed);
    for (size_t i = 0; i < options->n_modules; i++)
        if (options->module[i].loop_new) {
            loop->module_state[i] = options->module[i].loop_new(options->module[i].context, loop);
            check_started(loop->module_state[i], "memory for a module");
        }
}

static void loop_main(void *arg)
{
    struct loop *loop = arg;
    loop_turn(loop);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    for (size_t i = 0; i < loop->options->n_modules; i++)
        if (loop->options->module[i].loop_free)
            loop->options->module[i].loop_free(loop->module_state[i]);
    int busy = uv_loop_close(&loop->uv);
    BADGE_ASSERT(busy == 0);
    loop->ended(loop);
}

void loop_thread_start(struct loop *loop)
{
    check_started(uv_thread_create(&loop->thread, loop_main, loop) == 0, "thread");
}
