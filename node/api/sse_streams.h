/*
 * The listeners of GET /v1/events on one loop: streams without an end, asleep until there is something to send.
 */
#ifndef API_SSE_STREAMS_H
#define API_SSE_STREAMS_H

#include "api/events.h"

struct loop;
struct listener;

struct listeners {
    struct ear ear; /* attached while there is a listener */
    struct listener *first;
    uint64_t beat_at_ms;
};

void listeners_tick(struct loop *loop); /* often: heartbeats, and counts that are due */
void listeners_stop(struct loop *loop); /* the loop is stopping: every stream comes to its end */

#endif
