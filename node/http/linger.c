/*
 * Sockets that are read to their end after the last answer. The server hands them over as a connection closes; each
 * lives LINGER_MS and takes LINGER_MAX_LEN bytes at most, and there are never more than LINGER_MAX_SOCKETS of them.
 */
#include "http/linger.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_MS 2000
#define LINGER_MAX_LEN ((size_t)64 << 20)
#define LINGER_MAX_SOCKETS 256

struct late {
    uv_poll_t poll;
    struct late *next;
    struct loop *loop;
    int fd;
    uint64_t until_ms;
    size_t read;
};

static void on_closed(uv_handle_t *handle)
{
    struct late *late = handle->data;
    close(late->fd);
    free(late);
}

static void end(struct late *late)
{
    struct late **at = &late->loop->lingers;
    while (*at != late)
        at = &(*at)->next;
    *at = late->next;
    uv_close((uv_handle_t *)&late->poll, on_closed);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)events;
    struct late *late = poll->data;
    char waste[16 * 1024];
    ssize_t n = status < 0 ? 0 : recv(late->fd, waste, sizeof waste, MSG_DONTWAIT);
    if (n > 0)
        late->read += (size_t)n;
    if (n <= 0 || late->read > LINGER_MAX_LEN)
        end(late);
}

void linger_start(struct loop *loop, int fd)
{
    size_t n = 0;
    for (struct late *other = loop->lingers; other; other = other->next)
        n++;
    struct late *late = n < LINGER_MAX_SOCKETS ? calloc(1, sizeof *late) : NULL;
    if (!late)
        return;
    late->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (late->fd < 0 || shutdown(late->fd, SHUT_WR) != 0 || uv_poll_init(&loop->uv, &late->poll, late->fd) != 0) {
        if (late->fd >= 0)
            close(late->fd);
        free(late);
        return;
    }
    late->loop = loop;
    late->until_ms = uv_now(&loop->uv) + LINGER_MS;
    late->next = loop->lingers;
    loop->lingers = late;
    late->poll.data = late;
    if (uv_poll_start(&late->poll, UV_READABLE, on_readable) != 0)
        end(late);
}

void lingers_tick(struct loop *loop)
{
    for (struct late *late = loop->lingers, *next; late; late = next) {
        next = late->next;
        if (uv_now(&loop->uv) >= late->until_ms)
            end(late);
    }
}

void lingers_close(struct loop *loop)
{
    while (loop->lingers)
        end(loop->lingers);
}
