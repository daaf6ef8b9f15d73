/*
 * One wait for one descriptor, polled by the loop itself. chunked.c uses it for connections that are suspended in
 * libmicrohttpd's own epoll set.
 */
#include "http/wait_readable.h"

#include <stdlib.h>
#include <sys/ioctl.h>

struct readable {
    uv_poll_t poll;
    void (*ready)(void *context);
    void *context;
};

static void on_wait_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void readable_cancel(struct readable *readable)
{
    uv_close((uv_handle_t *)&readable->poll, on_wait_closed); /* stops at once, frees later */
}

static void on_wait_readable(uv_poll_t *poll, int status, int events)
{
    (void)status; /* an error is left to the reader */
    (void)events;
    struct readable *readable = poll->data;
    readable_cancel(readable);
    readable->ready(readable->context);
}

struct readable *wait_readable(uv_loop_t *loop, int fd, void (*ready)(void *context), void *context)
{
    struct readable *readable = malloc(sizeof *readable);
    if (!readable)
        return NULL;
    *readable = (struct readable){.ready = ready, .context = context};
    if (uv_poll_init(loop, &readable->poll, fd) != 0) {
        free(readable);
        return NULL;
    }
    readable->poll.data = readable;
    if (uv_poll_start(&readable->poll, UV_READABLE, on_wait_readable) != 0) {
        readable_cancel(readable);
        return NULL;
    }
    return readable;
}

int readable_len(int fd)
{
    int len = 0;
    return ioctl(fd, FIONREAD, &len) == 0 ? len : 0;
}
