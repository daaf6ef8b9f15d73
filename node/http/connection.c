/*
 * The connections of a loop. request.c opens and closes them as libmicrohttpd reports it, the loop's tick cuts those
 * whose deadline has expired. A connection has at most one exchange, embedded in it.
 */
#include "http/connection.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "http/limits.h"
#include "http/loop.h"
#include "runtime/descriptors.h"
#include "runtime/metrics.h"

#define NEVER UINT64_MAX

int connection_unread_len(int fd)
{
    int len = 0;
    return ioctl(fd, FIONREAD, &len) == 0 ? len : 0;
}

void connection_cut(struct connection *connection)
{
    if (!connection->cut) {
        connection->cut = true;
        (void)shutdown(connection->fd, SHUT_RDWR); /* libmicrohttpd reads the end and closes */
        /* unless it neither reads nor writes for a while: then its own timeout has to end the connection */
        mhd_set_timeout(connection->mhd, 1);
        chunked_hang_up(connection);
    }
}

/* -- deadlines ----------------------------------------------------------------------------------------------------- */

void connection_body_moved(struct connection *connection)
{
    uint64_t silence_ms = connection->loop->options->request_timeout_ms, now = uv_now(&connection->loop->uv);
    uint64_t slowest = connection->slow_since_ms + 2 * silence_ms + connection->x.body_len;
    connection->deadline_ms = now + silence_ms < slowest ? now + silence_ms : slowest;
}

void connection_pause_deadline(struct connection *connection)
{
    connection->waits_since_ms = uv_now(&connection->loop->uv);
    connection->deadline_ms = NEVER;
}

void connection_resume_deadline(struct connection *connection)
{
    connection->slow_since_ms += uv_now(&connection->loop->uv) - connection->waits_since_ms;
    connection_body_moved(connection);
}

/*
 * When most connections are in use, deadlines are short: a client that is idle between requests or slower than
 * SENDING_RATE loses its connection to the next client.
 */
static uint64_t short_deadline(const struct connection *connection)
{
    const struct exchange *x = &connection->x;
    uint64_t len = !connection->in_exchange ? 0 : x->stage == EXCHANGE_SENT ? connection->sending_len : x->body_len;
    return connection->slow_since_ms + connection->loop->options->request_timeout_ms / 10 + len / SENDING_RATE;
}

static bool is_overdue(const struct connection *connection, uint64_t now_ms)
{
    const struct loop *loop = connection->loop;
    bool crowded = loop->n_connections > loop->max_connections - loop->max_connections / 8;
    if (now_ms >= connection->deadline_ms)
        return true;
    return crowded && connection->deadline_ms != NEVER && now_ms >= short_deadline(connection);
}

void connections_cut_overdue(struct loop *loop)
{
    uint64_t now = uv_now(&loop->uv);
    bool drained = loop->stopping && now >= loop->drain_until_ms;
    for (struct connection *connection = LIST_FIRST(&loop->connections); connection;
         connection = LIST_NEXT(connection, in_loop))
        if (!connection->cut && (drained || is_overdue(connection, now))) {
            connection_cut(connection);
            metric_add(METRIC_CONNECTIONS_CUT, connection->in_exchange ? 1 : 0);
        } else if (connection->cut) {
            loop_wake(loop); /* for libmicrohttpd's timeout */
        }
}

void connections_cut_idle(struct loop *loop)
{
    for (struct connection *connection = LIST_FIRST(&loop->connections); connection;
         connection = LIST_NEXT(connection, in_loop))
        if (!connection->in_exchange || (reply_is_endless(&connection->x.reply) && !connection->x.waiting))
            connection_cut(connection); /* an endless stream that does not wait: its client reads nothing */
}

/* -- open and close ------------------------------------------------------------------------------------------------ */

static void add_to_loop(struct connection *connection)
{
    struct loop *loop = connection->loop;
    if (LIST_EMPTY(&loop->connections))
        (void)uv_timer_again(&loop->timer);
    LIST_INSERT_HEAD(&loop->connections, connection, in_loop);
    loop->n_connections++;
    metric_change(METRIC_CONNECTIONS, 1);
}

struct connection *connection_open(struct loop *loop, struct MHD_Connection *mhd, int fd, const struct sockaddr *from)
{
    struct ip_address peer;
    ip_address_from_socket(&peer, from);
    bool is_counted = !networks_contain(loop->proxies, &peer);
    bool granted = descriptors_allow(fd) && (!is_counted || limits_enter(loop->limits, LIMITS_CONNECTIONS, &peer));
    struct connection *connection = granted ? calloc(1, sizeof *connection) : NULL;
    if (!connection) {
        if (granted && is_counted)
            limits_leave(loop->limits, LIMITS_CONNECTIONS, &peer);
        metric_add(METRIC_CONNECTIONS_REFUSED, 1);
        (void)shutdown(fd, SHUT_RDWR); /* libmicrohttpd reads the end and closes */
        return NULL;
    }
    connection->loop = loop;
    connection->mhd = mhd;
    connection->fd = fd;
    connection->peer = peer;
    connection->is_counted = is_counted;
    connection->slow_since_ms = uv_now(&loop->uv);
    connection->deadline_ms = connection->slow_since_ms + loop->options->request_timeout_ms;
    add_to_loop(connection);
    return connection;
}

void connection_close(struct connection *connection)
{
    struct loop *loop = connection->loop;
    bool has_unread = connection_unread_len(connection->fd) > 0; /* after an answer of libmicrohttpd's own */
    if ((connection->lingers || has_unread) && !connection->cut && !loop->stopping)
        linger_start(loop, connection->fd);
    LIST_REMOVE(connection, in_loop);
    if (LIST_EMPTY(&loop->connections) && LIST_EMPTY(&loop->lingering) && !loop->stopping)
        (void)uv_timer_stop(&loop->timer);
    if (connection->is_counted)
        limits_leave(loop->limits, LIMITS_CONNECTIONS, &connection->peer);
    free(connection);
    loop->n_connections--;
    metric_change(METRIC_CONNECTIONS, -1);
}
