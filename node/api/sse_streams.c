/*
 * GET /v1/events: one stream of server-sent events for each stream. The ring (events.h) is what all of them read, so
 * a stream is a number in it and one event's room; it sleeps in a suspended connection until its loop hears of news.
 *
 * A reader that lags is written to as fast as it reads, with nothing kept for it: when the ring has gone over its
 * place, or when it has taken nothing for the request time-out, its connection is cut and it may resume by its last id.
 * A comment every HEARTBEAT_MS finds out peers that are gone, and keeps proxies from closing a quiet stream.
 */
#include "api/handlers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/compiler.h"
#include "http/limits.h"
#include "runtime/metrics.h"

#define HEARTBEAT_MS 15000

struct sse_stream {
    struct sse_stream *prev, *next;
    struct exchange *x;
    bool has_token;
    bool wants_heartbeat;
    uint64_t number; /* of the last event that it has */
    size_t len, sent;
    char bytes[EVENT_MAX_LEN]; /* on their way */
};

static struct sse_streams *streams_of(const struct exchange *x)
{
    return &api_loop_of(x)->streams;
}

/* The next bytes for the stream into its own room: false where there is nothing to send. */
static bool refill(struct sse_stream *stream, enum events_next *next)
{
    static const char heartbeat[] = ":\n\n";
    stream->sent = stream->len = 0;
    *next = events_next(streams_of(stream->x)->events, &stream->number, stream->bytes, &stream->len);
    if (*next == EVENTS_NONE && stream->wants_heartbeat) {
        stream->len = sizeof heartbeat - 1;
        memcpy(stream->bytes, heartbeat, stream->len);
        *next = EVENTS_NEXT;
    }
    stream->wants_heartbeat = false;
    return *next == EVENTS_NEXT;
}

static ssize_t stream_read(struct exchange *x, uint64_t pos, char *out, size_t max)
{
    (void)pos;
    struct sse_stream *stream = x->state;
    enum events_next next = EVENTS_NEXT;
    size_t n = 0;
    while (n < max && (stream->sent < stream->len || refill(stream, &next))) {
        size_t more = stream->len - stream->sent < max - n ? stream->len - stream->sent : max - n;
        memcpy(out + n, stream->bytes + stream->sent, more);
        stream->sent += more;
        n += more;
    }
    if (n)
        return (ssize_t)n;
    if (next == EVENTS_MISSED)
        return -1;
    if (x->loop->stopping)
        return STREAM_END;
    exchange_wait(x);
    return 0;
}

static const struct stream events_stream = {.read = stream_read};

/* -- the streams of a loop --------------------------------------------------------------------------------------- */

static void wake_all(struct sse_streams *streams, bool heartbeat)
{
    for (struct sse_stream *stream = streams->first; stream; stream = stream->next) {
        stream->wants_heartbeat = stream->wants_heartbeat || heartbeat;
        if (stream->x->waiting)
            exchange_resume(stream->x);
    }
}

static void on_event(struct subscriber *subscriber)
{
    wake_all(container_of(subscriber, struct sse_streams, subscriber), false);
}

void sse_streams_init(struct sse_streams *streams, struct loop *loop, struct events *events)
{
    *streams = (struct sse_streams){.loop = loop, .events = events};
}

void sse_streams_tick(struct sse_streams *streams)
{
    uint64_t now = uv_now(&streams->loop->uv);
    if (!streams->first)
        return;
    events_flush(streams->events, now);
    if (now < streams->heartbeat_at_ms)
        return;
    streams->heartbeat_at_ms = now + HEARTBEAT_MS;
    wake_all(streams, true);
}

void sse_streams_stop(struct sse_streams *streams)
{
    wake_all(streams, false);
}

/* Clients that left silently are found at the next heartbeat: when there is no room left, it comes soon. */
static void hurry(struct sse_streams *streams)
{
    uint64_t soon = uv_now(&streams->loop->uv) + 1000;
    if (streams->first && streams->heartbeat_at_ms > soon)
        streams->heartbeat_at_ms = soon;
}

static void add(struct sse_stream *stream)
{
    struct sse_streams *streams = streams_of(stream->x);
    if (!streams->first) {
        streams->subscriber.mailbox = &streams->loop->mailbox;
        streams->subscriber.on_event = on_event;
        events_attach(streams->events, &streams->subscriber);
        streams->heartbeat_at_ms = uv_now(&streams->loop->uv) + HEARTBEAT_MS;
    }
    stream->next = streams->first;
    if (stream->next)
        stream->next->prev = stream;
    streams->first = stream;
    metric_change(METRIC_EVENT_LISTENERS, 1);
}

/* -- the route ----------------------------------------------------------------------------------------------------- */

/* The header first: a browser that connects anew sends it, to an address that may still hold the older parameter. */
static const char *last_id(const struct exchange *x, size_t *len)
{
    static const char name[] = "lastEventId=";
    const char *id = exchange_header(x, "Last-Event-ID");
    if (id) {
        *len = strlen(id);
        return id;
    }
    for (const char *s = x->query; *s; s += strcspn(s, "&"), s += *s == '&')
        if (strncmp(s, name, sizeof name - 1) == 0) {
            s += sizeof name - 1;
            *len = strcspn(s, "&");
            return s;
        }
    return NULL;
}

/* A place for the stream; false: there is none, and it is answered so. */
static bool join(struct exchange *x, bool has_token)
{
    struct limits *limits = x->loop->limits;
    if (!has_token && !limits_enter(limits, LIMITS_STREAMS, &x->client)) {
        exchange_problem(x, PROBLEM_TOO_MANY_REQUESTS,
                         "This address has %u streams of events open, as many as one may have; close one of them, or "
                         "send a token.",
                         EVENTS_MAX_PER_CLIENT);
        exchange_add_header(x, "Retry-After", "%u", HEARTBEAT_MS / 1000); /* then those gone without a word are known */
        return false;
    }
    if (events_stream_enter(streams_of(x)->events, has_token))
        return true;
    if (!has_token)
        limits_leave(limits, LIMITS_STREAMS, &x->client);
    hurry(streams_of(x));
    exchange_problem(x, PROBLEM_TOO_BUSY, "As many listen as this node can serve; try again in a few seconds.");
    return false;
}

static void leave(struct exchange *x, bool has_token)
{
    events_stream_leave(streams_of(x)->events, has_token);
    if (!has_token)
        limits_leave(x->loop->limits, LIMITS_STREAMS, &x->client);
}

void events_run(struct exchange *x)
{
    struct events *events = streams_of(x)->events;
    if (!events) {
        exchange_problem(x, PROBLEM_UNAVAILABLE, "This node tells no events; ask /v1/node and /v1/batches instead.");
        return;
    }
    if (strcmp(x->method, "HEAD") != 0) {
        bool has_token = x->scopes != 0;
        if (!join(x, has_token))
            return;
        struct sse_stream *stream = calloc(1, sizeof *stream);
        if (!stream) {
            leave(x, has_token);
            exchange_no_memory(x);
            return;
        }
        size_t id_len = 0;
        const char *id = last_id(x, &id_len);
        stream->x = x;
        stream->has_token = has_token;
        stream->number = events_begin(events, id, id_len, stream->bytes, &stream->len);
        x->state = stream;
        add(stream);
    }
    x->reply.status = 200;
    x->reply.content_type = "text/event-stream";
    x->reply.stream = &events_stream;
    x->reply.len = STREAM_ENDLESS;
    exchange_add_header(x, "X-Accel-Buffering", "no");
}

void events_end(struct exchange *x)
{
    struct sse_stream *stream = x->state;
    struct sse_streams *streams = streams_of(x);
    *(stream->prev ? &stream->prev->next : &streams->first) = stream->next;
    if (stream->next)
        stream->next->prev = stream->prev;
    if (!streams->first)
        events_detach(streams->events, &streams->subscriber);
    leave(x, stream->has_token);
    metric_change(METRIC_EVENT_LISTENERS, -1);
    free(stream);
}
