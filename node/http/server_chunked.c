/*
 * The server's part on chunked bodies that stand still.
 *
 * A chunk-size line, extensions included, that is longer than the room there is leaves libmicrohttpd 0.9.75 with a full
 * buffer. It can't read on then, and yet has the connection among those that are ready: it scans the same bytes in
 * every turn and asks for the next turn at once, until somebody ends the connection. Nothing in its interface tells
 * such a connection from an idle one. So a body that stands still for some turns while the daemon asks for more of them
 * is put to sleep: suspended there, and polled here. It wakes by what its client sends, the daemon reads that, and
 * where it leaves it lying several times the connection is cut.
 */
#include "http/server_chunked.h"

#include <microhttpd.h>
#include <sys/epoll.h>

#include "http/connection.h"
#include "http/wait_readable.h"
#include "runtime/metrics.h"

#define STILL_TURNS 4 /* without a byte, before it sleeps: the library's own 400 or 413 has left by then */
#define REFUSALS 3    /* to read what was sent; one or two may be bytes that came at that very moment */

static void awake(struct connection *connection)
{
    struct loop *loop = connection->loop;
    struct chunked *chunked = &connection->chunked;
    chunked->is_awake = true;
    chunked->prev = NULL;
    chunked->next = loop->chunked;
    if (chunked->next)
        chunked->next->chunked.prev = connection;
    loop->chunked = connection;
}

void chunked_begin(struct connection *connection)
{
    connection->chunked = (struct chunked){.unread_len = -1};
    awake(connection);
}

static void leave(struct connection *connection)
{
    struct chunked *chunked = &connection->chunked;
    chunked->is_awake = false;
    *(chunked->prev ? &chunked->prev->chunked.next : &connection->loop->chunked) = chunked->next;
    if (chunked->next)
        chunked->next->chunked.prev = chunked->prev;
}

void chunked_end(struct connection *connection)
{
    BADGE_ASSERT(!connection->chunked.sleep); /* what is suspended does not end */
    if (connection->chunked.is_awake)
        leave(connection);
}

static void on_readable(void *context)
{
    struct connection *connection = context;
    struct chunked *chunked = &connection->chunked;
    chunked->sleep = NULL;
    chunked->unread_len = readable_len(connection->fd);
    chunked->n_still = STILL_TURNS - 1;
    awake(connection);
    MHD_resume_connection(connection->mhd);
    loop_wake(connection->loop);
}

static void fall_asleep(struct connection *connection)
{
    struct chunked *chunked = &connection->chunked;
    chunked->sleep = wait_readable(&connection->loop->uv, connection->fd, on_readable, connection);
    if (!chunked->sleep)
        return; /* no memory: the next turn tries again */
    leave(connection);
    MHD_suspend_connection(connection->mhd);
}

static bool is_stuck(struct connection *connection)
{
    struct chunked *chunked = &connection->chunked;
    bool is_refused = chunked->unread_len >= 0 && readable_len(connection->fd) >= chunked->unread_len;
    chunked->n_refusals = is_refused ? chunked->n_refusals + 1 : 0;
    return chunked->n_refusals == REFUSALS;
}

void chunked_turned(struct loop *loop)
{
    for (struct connection *connection = loop->chunked, *next; connection; connection = next) {
        struct chunked *chunked = &connection->chunked;
        next = chunked->next;
        if (connection->cut)
            continue;
        if (connection->x.body_len != chunked->seen_len || connection->x.waiting) {
            chunked->seen_len = connection->x.body_len;
            chunked->unread_len = -1;
            chunked->n_still = 0;
        } else if (++chunked->n_still >= STILL_TURNS) {
            if (is_stuck(connection)) {
                metric_add(METRIC_CONNECTIONS_CUT, 1);
                connection_cut(connection);
            } else {
                fall_asleep(connection);
            }
        }
    }
}

/*
 * With a full buffer the daemon reads no end either, and a socket that it has not read dry it has not in its epoll set.
 * So it is put there, as the daemon itself would do it, and hears of the hang-up in its next turn (EEXIST: it has it
 * already). Only while the body stands still: no handler can suspend the connection before that turn.
 */
void chunked_hang_up(struct connection *connection)
{
    struct chunked *chunked = &connection->chunked;
    if (chunked->sleep) {
        readable_cancel(chunked->sleep);
        on_readable(connection);
    } else if (!chunked->is_awake || chunked->n_still < STILL_TURNS) {
        return;
    }
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = connection->mhd};
    (void)epoll_ctl(connection->loop->epoll_fd, EPOLL_CTL_ADD, connection->fd, &event);
}
