/*
 * A connection: its place among the others of its loop, and its deadlines. Handlers know its exchange only.
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include "core/compiler.h"
#include "http/exchange.h"

#define SENDING_RATE 16 /* bytes a millisecond: a client must take an answer at least this fast */

/* For a body that comes in chunks; zero: it receives no such body. */
struct chunked {
    LIST_ENTRY(connection) in_loop; /* of those that are awake */
    bool is_awake;
    struct sleep *sleep; /* until its client sends more; NULL: awake, or no such body */
    uint64_t seen_len;   /* of the body */
    int unread_len;      /* bytes in the socket when it woke; -1: it has not slept since the body moved */
    unsigned n_stalled_turns, n_refusals;
};

struct connection {
    LIST_ENTRY(connection) in_loop;
    struct loop *loop;
    struct MHD_Connection *mhd;
    int fd;
    bool cut;         /* the socket is shut down: nothing more comes or goes */
    bool in_exchange; /* x holds a request */
    bool lingers;     /* its client may still be sending: linger.c */
    bool is_counted;  /* in the limits of its client; trusted proxies are not */
    uint64_t deadline_ms, slow_since_ms, waits_since_ms;
    uint64_t sending_len; /* of the answer, or of its block */
    struct ip_address peer;
    struct chunked chunked;
    struct exchange x;
};

static inline struct connection *connection_of(struct exchange *x)
{
    return container_of(x, struct connection, x);
}

/* NULL: the client has too many connections, or descriptors or memory are short; the socket is shut down then. */
struct connection *connection_open(struct loop *loop, struct MHD_Connection *mhd, int fd, const struct sockaddr *peer);
/* Its exchange was released. */
void connection_close(struct connection *connection);
/* Bytes in the socket that were not read yet; 0 at its end, too. */
int connection_unread_len(int fd);
/* Shuts the socket down; libmicrohttpd then closes the connection. Does nothing the second time. */
void connection_cut(struct connection *connection);

/* No deadline until connection_resume_deadline(): it waits for the node. */
void connection_pause_deadline(struct connection *connection);
void connection_resume_deadline(struct connection *connection);
/* The next byte has request_timeout_ms from now; a body must average a thousand bytes a second besides. */
void connection_body_moved(struct connection *connection);

/* Those of a loop: with an expired deadline, or all once a stopping loop has used up its time to drain. */
void connections_cut_overdue(struct loop *loop);
/* Those that no request or only an endless stream keeps open: the loop stops. */
void connections_cut_idle(struct loop *loop);

/*
 * chunked.c: chunked bodies that stall. libmicrohttpd 0.9.75 may spin on one: it asks for turn after turn without
 * making progress. Such a connection is suspended until its client sends more, or is cut.
 */
void chunked_begin(struct connection *connection); /* its headers are complete */
void chunked_end(struct connection *connection);   /* its body is complete, or the exchange is over; harmless twice */

/* After a turn of a daemon that asks for the next one at once. */
void chunked_turned(struct loop *loop);
/* Its socket was shut down: wakes it, so that the daemon reads the end. */
void chunked_hang_up(struct connection *connection);

#endif
