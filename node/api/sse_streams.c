/*
 * GET /v1/events: streams of server-sent events. All of them read the ring (events.h), so a stream is a number in it
 * and a buffer for one event; it sleeps in a suspended connection until its loop is notified of new events.
 *
 * A slow reader is written to as fast as it reads, and nothing is buffered for it: when the ring overwrites its
 * position, or when it reads nothing for the request timeout, its connection is cut, and it may resume by its last id.
 * A comment every HEARTBEAT_MS detects clients that are gone, and keeps proxies from closing a quiet stream.
 */
#include "api/handlers.h"

#include <string.h>
#include <strings.h>

#include "core/compiler.h"
#include "http/limits.h"
#include "runtime/metrics.h"

#define HEARTBEAT_MS 15000

struct sse_stream {
    LIST_ENTRY(sse_stream) in_loop;
    struct exchange *x;
    bool has_token;
    bool wants_heartbeat;
    uint64_t number; /* of the last event that it has */
    size_t len, sent;
    char bytes[EVENT_MAX_LEN]; /* that are being sent */
};

static struct sse_streams *streams_of(const struct exchange *x)
{
    return &api_loop_of(x)->streams;
}

/* The next event or heartbeat into the stream's buffer; false: nothing to send. */
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
        return STREAM_ERROR;
    if (x->loop->stopping)
        return STREAM_END;
    exchange_wait(x);
    return 0;
}

static const struct stream events_stream = {.read = stream_read};

/* -- the streams of a loop --------------------------------------------------------------------------------------- */

static void wake_all(struct sse_streams *streams, bool heartbeat)
{
    for (struct sse_stream *stream = LIST_FIRST(&streams->open); stream; stream = LIST_NEXT(stream, in_loop)) {
        stream->wants_heartbeat = stream->wants_heartbeat || heartbeat;
        if (stream->x->waiting)
            exchange_resume(stream->x);
    }
}

static void on_event(struct message *message)
{
    struct sse_streams *streams = container_of(message, struct sse_streams, subscriber.message);
    atomic_store(&streams->subscriber.posted, false);
    wake_all(streams, false);
}

void sse_streams_init(struct sse_streams *streams, struct loop *loop, struct events *events)
{
    *streams = (struct sse_streams){.loop = loop, .events = events};
}

void sse_streams_tick(struct sse_streams *streams)
{
    uint64_t now = uv_now(&streams->loop->uv);
    if (LIST_EMPTY(&streams->open))
        return;
    events_flush(streams->events, now);
    bool heartbeat = now >= streams->heartbeat_at_ms;
    if (heartbeat)
        streams->heartbeat_at_ms = now + HEARTBEAT_MS;
    if (heartbeat || streams->loop->stopping)
        wake_all(streams, heartbeat);
}

/* Clients that left silently are detected at the next heartbeat: when no place is free, it comes soon. */
static void hasten_heartbeat(struct sse_streams *streams)
{
    uint64_t soon = uv_now(&streams->loop->uv) + 1000;
    if (!LIST_EMPTY(&streams->open) && streams->heartbeat_at_ms > soon)
        streams->heartbeat_at_ms = soon;
}

static void stream_add(struct sse_stream *stream)
{
    struct sse_streams *streams = streams_of(stream->x);
    if (LIST_EMPTY(&streams->open)) {
        streams->subscriber.mailbox = &streams->loop->mailbox;
        streams->subscriber.message.handler = on_event;
        events_attach(streams->events, &streams->subscriber);
        streams->heartbeat_at_ms = uv_now(&streams->loop->uv) + HEARTBEAT_MS;
    }
    LIST_INSERT_HEAD(&streams->open, stream, in_loop);
    metric_change(METRIC_EVENT_LISTENERS, 1);
}

/* -- the route ----------------------------------------------------------------------------------------------------- */

/* The header first: a browser that reconnects sends it, with a URL that may still contain the older parameter. */
static const char *last_id(const struct exchange *x, size_t *len)
{
    const char *id = exchange_header(x, "Last-Event-ID");
    if (id) {
        *len = strlen(id);
        return id;
    }
    return exchange_parameter(x, "lastEventId", len);
}

/* Takes a place for the stream; false: no place is free, and it is answered. */
static bool stream_enter(struct exchange *x, bool has_token)
{
    struct limits *limits = x->loop->limits;
    if (!has_token && !limits_enter(limits, LIMITS_STREAMS, &x->client)) {
        exchange_problem(x, PROBLEM_TOO_MANY_REQUESTS,
                         "This address has %u event streams open, which is the limit; close one of them, or send a "
                         "token.",
                         EVENTS_MAX_PER_CLIENT);
        exchange_add_header(x, "Retry-After", "%u",
                            HEARTBEAT_MS / 1000); /* by then clients that are gone were detected */
        return false;
    }
    if (events_stream_enter(streams_of(x)->events, has_token))
        return true;
    if (!has_token)
        limits_leave(limits, LIMITS_STREAMS, &x->client);
    hasten_heartbeat(streams_of(x));
    exchange_problem(x, PROBLEM_TOO_BUSY, "This node serves as many event streams as it can; retry in a few seconds.");
    return false;
}

static void stream_leave(struct exchange *x, bool has_token)
{
    events_stream_leave(streams_of(x)->events, has_token);
    if (!has_token)
        limits_leave(x->loop->limits, LIMITS_STREAMS, &x->client);
}

void events_run(struct exchange *x)
{
    struct events *events = streams_of(x)->events;
    if (strcmp(x->method, "HEAD") != 0) {
        bool has_token = x->scopes != 0;
        if (!stream_enter(x, has_token))
            return;
        struct sse_stream *stream = exchange_new_state(x, sizeof *stream);
        if (!stream) {
            stream_leave(x, has_token);
            return;
        }
        size_t id_len = 0;
        const char *id = last_id(x, &id_len);
        stream->x = x;
        stream->has_token = has_token;
        stream->number = events_begin(events, id, id_len, stream->bytes, &stream->len);
        stream_add(stream);
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
    LIST_REMOVE(stream, in_loop);
    if (LIST_EMPTY(&streams->open))
        events_detach(streams->events, &streams->subscriber);
    stream_leave(x, stream->has_token);
    metric_change(METRIC_EVENT_LISTENERS, -1);
}
