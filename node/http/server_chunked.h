/*
 * Chunked bodies that stand still. Within libmicrohttpd 0.9.75 one may keep the loop turning for nothing: such a
 * connection sleeps until its client sends more, or is given up. The server calls these, on the loop.
 */
#ifndef HTTP_SERVER_CHUNKED_H
#define HTTP_SERVER_CHUNKED_H

#include <stdbool.h>
#include <stdint.h>

struct connection;
struct loop;
struct readable;

struct chunked {                    /* in a connection; zero: no such body is on its way */
    struct connection *prev, *next; /* of those that are awake */
    bool is_awake;
    struct readable *sleep; /* until its client sends more; NULL: awake, or none */
    uint64_t seen_len;      /* of the body */
    int unread_len;         /* in the socket, when it woke; -1: it has not slept since the body moved */
    unsigned n_still, n_refusals;
};

void chunked_begin(struct connection *connection); /* its headers are there */
void chunked_end(struct connection *connection);   /* its body is there, or the exchange is over; harmless twice */

/* After a turn of a daemon that asks for the next one at once. */
void chunked_turned(struct loop *loop);
/* Its socket was shut down: the daemon must see that. */
void chunked_hang_up(struct connection *connection);

#endif
