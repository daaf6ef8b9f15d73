/*
 * Sockets that are read to their end after the last answer. A connection that closes hands its socket over; each is
 * kept for LINGER_MS and LINGER_MAX_LEN bytes at most, and there are never more than LINGER_MAX_SOCKETS of them.
 */
#include "http/loop.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/descriptors.h"

#define LINGER_MS 2000
#define LINGER_MAX_LEN ((size_t)64 << 20)
#define LINGER_MAX_SOCKETS 256

struct lingering {
    uv_poll_t poll;
    LIST_ENTRY(lingering) in_loop;
    int fd;
    uint64_t until_ms;
    size_t read;
};

static void on_lingering_closed(uv_handle_t *handle)
{
    struct lingering *lingering = handle->data;
    close(lingering->fd);
    free(lingering);
}

static void stop_reading(struct lingering *lingering)
{
    LIST_REMOVE(lingering, in_loop);
    uv_close((uv_handle_t *)&lingering->poll, on_lingering_closed);
}

static void on_lingering_readable(uv_poll_t *poll, int status, int events)
{
    (void)events;
    struct lingering *lingering = poll->data;
    char waste[16 * 1024];
    ssize_t n = status < 0 ? 0 : recv(lingering->fd, waste, sizeof waste, MSG_DONTWAIT);
    if (n > 0)
        lingering->read += (size_t)n;
    if (n <= 0 || lingering->read > LINGER_MAX_LEN)
        stop_reading(lingering);
}

void linger_start(struct loop *loop, int fd)
{
    size_t n = 0;
    for (struct lingering *other = LIST_FIRST(&loop->lingering); other; other = LIST_NEXT(other, in_loop))
        n++;
    struct lingering *lingering = n < LINGER_MAX_SOCKETS ? calloc(1, sizeof *lingering) : NULL;
    if (!lingering)
        return;
    lingering->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (lingering->fd < 0 || !descriptors_allow(lingering->fd) || shutdown(lingering->fd, SHUT_WR) != 0 ||
        uv_poll_init(&loop->uv, &lingering->poll, lingering->fd) != 0) {
        if (lingering->fd >= 0)
            close(lingering->fd);
        free(lingering);
        return;
    }
    lingering->until_ms = uv_now(&loop->uv) + LINGER_MS;
    LIST_INSERT_HEAD(&loop->lingering, lingering, in_loop);
    lingering->poll.data = lingering;
    if (uv_poll_start(&lingering->poll, UV_READABLE, on_lingering_readable) != 0)
        stop_reading(lingering);
}

void lingering_tick(struct loop *loop)
{
    for (struct lingering *lingering = LIST_FIRST(&loop->lingering), *next; lingering; lingering = next) {
        next = LIST_NEXT(lingering, in_loop);
        if (uv_now(&loop->uv) >= lingering->until_ms)
            stop_reading(lingering);
    }
}

void lingering_close_all(struct loop *loop)
{
    while (!LIST_EMPTY(&loop->lingering))
        stop_reading(LIST_FIRST(&loop->lingering));
}
