/*
 * The clock is simulated below libuv: this file defines clock_gettime(), time(), epoll_wait() and epoll_pwait() in
 * place of the C library's, for the test program and for the shared libraries that it uses. libuv asks
 * for the time with the first, and with the last two it waits for a file descriptor or until its next timer is due.
 * While no clock was started, they do what the C library does, but for the time that was skipped.
 */
#include "support/fake_clock.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define REPLACES_LIBC __attribute__((visibility("default")))
#define MOST_MS (3600 * 1000)
#define MONOTONIC_START_S 1000 /* the same in every run, because jitter comes from it */

static struct {
    uv_loop_t *loop;
    int64_t unix_s;
    _Atomic uint64_t passed_ms; /* read by all threads, as the next two are */
    _Atomic uint64_t skipped_ms;
    atomic_bool is_running;
} fake;

static int64_t real_ns(clockid_t clock)
{
    struct timespec now;
    (void)syscall(SYS_clock_gettime, clock, &now); /* fails only for a clock that does not exist */
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

REPLACES_LIBC int clock_gettime(clockid_t clock, struct timespec *now)
{
    bool is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    bool is_monotonic = clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE;
    if (!is_wall && !is_monotonic)
        return (int)syscall(SYS_clock_gettime, clock, now);
    int64_t ns = real_ns(clock) + (int64_t)fake.skipped_ms * 1000000;
    if (fake.is_running)
        ns = (is_wall ? fake.unix_s : MONOTONIC_START_S) * INT64_C(1000000000) + (int64_t)fake.passed_ms * 1000000;
    *now = (struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    return 0;
}

REPLACES_LIBC time_t time(time_t *out)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

REPLACES_LIBC int epoll_pwait(int epoll_fd, struct epoll_event *events, int max, int timeout_ms, const sigset_t *mask)
{
    /* Found by name, so that a sanitizer's own version is called where there is one. */
    int (*real)(int, struct epoll_event *, int, int, const sigset_t *);
    *(void **)&real = dlsym(RTLD_NEXT, "epoll_pwait");
    if (!fake.is_running || epoll_fd != uv_backend_fd(fake.loop))
        return real(epoll_fd, events, max, timeout_ms, mask);
    int n = real(epoll_fd, events, max, 0, mask);
    if (n != 0 || timeout_ms == 0)
        return n;
    if (timeout_ms < 0 || fake.loop->active_reqs.count > 0) /* another thread is at work for the loop */
        return real(epoll_fd, events, max, -1, mask);
    fake.passed_ms += (uint64_t)timeout_ms;
    return 0;
}

REPLACES_LIBC int epoll_wait(int epoll_fd, struct epoll_event *events, int max, int timeout_ms)
{
    return epoll_pwait(epoll_fd, events, max, timeout_ms, NULL);
}

void fake_clock_start(uv_loop_t *loop, int64_t unix_s)
{
    assert_false(fake.is_running);
    fake.loop = loop;
    fake.unix_s = unix_s;
    fake.passed_ms = 0;
    fake.is_running = true;
    uv_update_time(loop);
}

void fake_clock_stop(void)
{
    fake.is_running = false;
}

void fake_clock_set_wall(int64_t later_s)
{
    fake.unix_s += later_s;
}

void fake_clock_skip(uint64_t ms)
{
    fake.skipped_ms += ms;
}

uint64_t fake_clock_ms(void)
{
    return fake.passed_ms;
}

void fake_clock_run_until(bool (*done)(void))
{
    uint64_t began_ms = fake.passed_ms;
    while (fake.loop->active_reqs.count > 0 || !done()) {
        if (uv_run(fake.loop, UV_RUN_ONCE) == 0 && !done())
            fail_msg("nothing is left that could make the condition hold");
        if (fake.passed_ms - began_ms > MOST_MS)
            fail_msg("the condition did not hold within an hour of simulated time");
    }
}

static bool is_over;

static void on_over(uv_timer_t *timer)
{
    (void)timer;
    is_over = true;
}

static bool time_is_over(void)
{
    return is_over;
}

void fake_clock_run_for(uint64_t ms)
{
    uv_timer_t timer;
    is_over = false;
    uv_timer_init(fake.loop, &timer);
    uv_timer_start(&timer, on_over, ms, 0);
    fake_clock_run_until(time_is_over);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(fake.loop, UV_RUN_NOWAIT);
}
