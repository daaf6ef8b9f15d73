/*
 * Chunked bodies that stall. libmicrohttpd 0.9.75 may spin on one: it asks for turn after turn without making progress.
 * Such a connection is suspended until its client sends more, or is cut. All on the loop.
 */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct connection;
struct loop;
struct sleep;

struct chunked {                    /* in a connection; zero: it receives no such body */
    LIST_ENTRY(connection) in_loop; /* of those that are awake */
    bool is_awake;
    struct sleep *sleep; /* until its client sends more; NULL: awake, or no such body */
    uint64_t seen_len;   /* of the body */
    int unread_len;      /* bytes in the socket when it woke; -1: it has not slept since the body moved */
    unsigned n_stalled_turns, n_refusals;
};

void chunked_begin(struct connection *connection); /* its headers are complete */
void chunked_end(struct connection *connection);   /* its body is complete, or the exchange is over; harmless twice */

/* After a turn of a daemon that asks for the next one at once. stuck: called for connections that must be cut. */
void chunked_turned(struct loop *loop, void (*stuck)(struct connection *connection));
/* Its socket was shut down: wakes it, so that the daemon reads the end. */
void chunked_hang_up(struct connection *connection);

#endif
