/*
 * Chunked bodies that stall.
 *
 * A chunk-size line, extensions included, that is longer than the buffer leaves libmicrohttpd 0.9.75 with a full
 * buffer. It can't read on then, yet keeps the connection in its list of ready ones: it scans the same bytes in every
 * turn and asks for the next turn at once, until the connection is closed. Its interface does not distinguish such a
 * connection from an idle one. So a body that makes no progress for some turns, while the daemon asks for more of them,
 * is put to sleep: suspended there, and polled here. It wakes when its client sends something and the daemon reads
 * that; if the daemon leaves it unread several times, the connection is cut.
 */
#include "http/connection.h"

#include <stdlib.h>

#include "runtime/metrics.h"

#define STALLED_TURNS 4 /* without a byte, before it sleeps: the library has sent its own 400 or 413 by then */
#define MAX_REFUSALS 3  /* to read what was sent; one or two may be bytes that came at that very moment */

/* Waits for a socket to be readable: bytes, its end or an error. Outlives its connection until the handle is closed. */
struct sleep {
    uv_poll_t poll;
    struct connection *connection;
};

static void mark_awake(struct connection *connection)
{
    connection->chunked.is_awake = true;
    LIST_INSERT_HEAD(&connection->loop->chunked, connection, chunked.in_loop);
}

void chunked_begin(struct connection *connection)
{
    connection->chunked = (struct chunked){.unread_len = -1};
    mark_awake(connection);
}

static void unmark_awake(struct connection *connection)
{
    connection->chunked.is_awake = false;
    LIST_REMOVE(connection, chunked.in_loop);
}

void chunked_end(struct connection *connection)
{
    BADGE_ASSERT(!connection->chunked.sleep); /* a suspended exchange does not end */
    if (connection->chunked.is_awake)
        unmark_awake(connection);
}

static void on_sleep_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void wake(struct connection *connection)
{
    struct chunked *chunked = &connection->chunked;
    uv_close((uv_handle_t *)&chunked->sleep->poll, on_sleep_closed); /* stops at once, frees later */
    chunked->sleep = NULL;
    chunked->unread_len = connection_unread_len(connection->fd);
    chunked->n_stalled_turns = STALLED_TURNS - 1;
    mark_awake(connection);
    mhd_resume(connection->mhd);
    loop_wake(connection->loop);
}

static void on_sleeper_readable(uv_poll_t *poll, int status, int events)
{
    (void)status; /* an error is left to the reader */
    (void)events;
    wake(((struct sleep *)poll->data)->connection);
}

static void fall_asleep(struct connection *connection)
{
    struct sleep *sleep = malloc(sizeof *sleep);
    if (!sleep || uv_poll_init(&connection->loop->uv, &sleep->poll, connection->fd) != 0) {
        free(sleep);
        return; /* the next turn tries again */
    }
    sleep->connection = connection;
    sleep->poll.data = sleep;
    connection->chunked.sleep = sleep;
    unmark_awake(connection);
    mhd_suspend(connection->mhd);
    if (uv_poll_start(&sleep->poll, UV_READABLE, on_sleeper_readable) != 0)
        wake(connection);
}

static bool is_stuck(struct connection *connection)
{
    struct chunked *chunked = &connection->chunked;
    bool is_refused = chunked->unread_len >= 0 && connection_unread_len(connection->fd) >= chunked->unread_len;
    chunked->n_refusals = is_refused ? chunked->n_refusals + 1 : 0;
    return chunked->n_refusals == MAX_REFUSALS;
}

void chunked_turned(struct loop *loop)
{
    for (struct connection *connection = LIST_FIRST(&loop->chunked), *next; connection; connection = next) {
        struct chunked *chunked = &connection->chunked;
        next = LIST_NEXT(connection, chunked.in_loop);
        if (connection->cut)
            continue;
        if (connection->x.body_len != chunked->seen_len || connection->x.waiting) {
            chunked->seen_len = connection->x.body_len;
            chunked->unread_len = -1;
            chunked->n_stalled_turns = 0;
        } else if (++chunked->n_stalled_turns >= STALLED_TURNS) {
            if (!is_stuck(connection)) {
                fall_asleep(connection);
                continue;
            }
            metric_add(METRIC_CONNECTIONS_CUT, 1);
            connection_cut(connection);
        }
    }
}

/*
 * With a full buffer the daemon does not read the end either, so it is made to. Only while the body stalls: then no
 * handler can suspend the connection before the daemon's next turn.
 */
void chunked_hang_up(struct connection *connection)
{
    struct chunked *chunked = &connection->chunked;
    if (chunked->sleep)
        wake(connection);
    else if (!chunked->is_awake || chunked->n_stalled_turns < STALLED_TURNS)
        return;
    mhd_read_again(&connection->loop->mhd, connection->mhd, connection->fd);
}
