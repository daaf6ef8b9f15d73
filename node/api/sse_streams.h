/*
 * The streams of GET /v1/events on one loop: endless streams, suspended until there is something to send.
 */
#ifndef API_SSE_STREAMS_H
#define API_SSE_STREAMS_H

#include <sys/queue.h>

#include "api/events.h"

struct loop;

struct sse_streams {
    struct loop *loop;
    struct events *events;
    struct subscriber subscriber; /* attached while there is a stream */
    LIST_HEAD(, sse_stream) open;
    uint64_t heartbeat_at_ms;
};

void sse_streams_init(struct sse_streams *streams, struct loop *loop, struct events *events);
void sse_streams_tick(struct sse_streams *streams); /* often: sends heartbeats, and counts that are due */
void sse_streams_stop(struct sse_streams *streams); /* the loop is stopping: ends every stream */

#endif
