/*
 * GET /v1/events: one stream of server-sent events for each listener. The ring (events.h) is what all of them read, so
 * a listener is a number in it and one event's room; it sleeps in a suspended connection until its loop hears of news.
 *
 * A reader that lags is written to as fast as it reads, with nothing kept for it: when the ring has gone over its
 * place, or when it has taken nothing for the request time-out, its connection is cut and it may resume by its last id.
 * A comment every BEAT_MS finds out peers that are gone, and keeps proxies from closing a quiet stream.
 */
#include "api/sse_streams.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/limits.h"
#include "http/route.h"
#include "runtime/metrics.h"

#define BEAT_MS 15000

struct listener {
    struct listener *prev, *next;
    struct exchange *x;
    bool has_token;
    bool wants_beat;
    uint64_t number; /* of the last event that it has */
    size_t len, sent;
    char bytes[EVENT_MAX_LEN]; /* on their way */
};

static struct events *events_of(const struct loop *loop)
{
    return loop->options->events;
}

/* The next bytes for the listener into its own room: false where there is nothing to send. */
static bool refill(struct listener *listener, enum events_next *next)
{
    static const char beat[] = ":\n\n";
    listener->sent = listener->len = 0;
    *next = events_next(events_of(listener->x->loop), &listener->number, listener->bytes, &listener->len);
    if (*next == EVENTS_NONE && listener->wants_beat) {
        listener->len = sizeof beat - 1;
        memcpy(listener->bytes, beat, listener->len);
        *next = EVENTS_NEXT;
    }
    listener->wants_beat = false;
    return *next == EVENTS_NEXT;
}

static ssize_t listener_read(struct exchange *x, uint64_t pos, char *out, size_t max)
{
    (void)pos;
    struct listener *listener = x->state;
    enum events_next next = EVENTS_NEXT;
    size_t n = 0;
    while (n < max && (listener->sent < listener->len || refill(listener, &next))) {
        size_t more = listener->len - listener->sent < max - n ? listener->len - listener->sent : max - n;
        memcpy(out + n, listener->bytes + listener->sent, more);
        listener->sent += more;
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

static const struct stream events_stream = {.read = listener_read};

/* -- the listeners of a loop --------------------------------------------------------------------------------------- */

static void wake_all(struct loop *loop, bool beat)
{
    for (struct listener *listener = loop->listeners.first; listener; listener = listener->next) {
        listener->wants_beat = listener->wants_beat || beat;
        if (listener->x->waiting)
            exchange_resume(listener->x);
    }
}

static void on_heard(struct ear *ear)
{
    wake_all((struct loop *)((char *)ear - offsetof(struct loop, listeners.ear)), false);
}

void listeners_tick(struct loop *loop)
{
    struct listeners *listeners = &loop->listeners;
    uint64_t now = uv_now(&loop->uv);
    if (!listeners->first)
        return;
    events_gather(events_of(loop), now);
    if (now < listeners->beat_at_ms)
        return;
    listeners->beat_at_ms = now + BEAT_MS;
    wake_all(loop, true);
}

void listeners_stop(struct loop *loop)
{
    wake_all(loop, false);
}

/* Those who are gone without a word leave at the next heartbeat: when there is no room left, it comes soon. */
static void hurry(struct loop *loop)
{
    uint64_t soon = uv_now(&loop->uv) + 1000;
    if (loop->listeners.first && loop->listeners.beat_at_ms > soon)
        loop->listeners.beat_at_ms = soon;
}

static void add(struct listener *listener)
{
    struct loop *loop = listener->x->loop;
    struct listeners *listeners = &loop->listeners;
    if (!listeners->first) {
        listeners->ear.mailbox = &loop->mailbox;
        listeners->ear.heard = on_heard;
        events_attach(events_of(loop), &listeners->ear);
        listeners->beat_at_ms = uv_now(&loop->uv) + BEAT_MS;
    }
    listener->next = listeners->first;
    if (listener->next)
        listener->next->prev = listener;
    listeners->first = listener;
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

/* A place for the listener; false: there is none, and it is answered so. */
static bool join(struct exchange *x, bool has_token)
{
    struct limits *limits = x->loop->limits;
    if (!has_token && !limits_enter(limits, LIMITS_LISTENERS, &x->client)) {
        exchange_problem(x, PROBLEM_TOO_MANY_REQUESTS,
                         "This address has %u streams of events open, as many as one may have; close one of them, or "
                         "send a token.",
                         EVENTS_MAX_PER_CLIENT);
        exchange_add_header(x, "Retry-After", "%u", BEAT_MS / 1000); /* then those gone without a word are known */
        return false;
    }
    if (events_join(events_of(x->loop), has_token))
        return true;
    if (!has_token)
        limits_leave(limits, LIMITS_LISTENERS, &x->client);
    hurry(x->loop);
    exchange_problem(x, PROBLEM_TOO_BUSY, "As many listen as this node can serve; try again in a few seconds.");
    return false;
}

static void leave(struct exchange *x, bool has_token)
{
    events_leave(events_of(x->loop), has_token);
    if (!has_token)
        limits_leave(x->loop->limits, LIMITS_LISTENERS, &x->client);
}

void events_run(struct exchange *x)
{
    struct events *events = events_of(x->loop);
    if (!events) {
        exchange_problem(x, PROBLEM_UNAVAILABLE, "This node tells no events; ask /v1/node and /v1/batches instead.");
        return;
    }
    if (strcmp(x->method, "HEAD") != 0) {
        bool has_token = x->scopes != 0;
        if (!join(x, has_token))
            return;
        struct listener *listener = calloc(1, sizeof *listener);
        if (!listener) {
            leave(x, has_token);
            exchange_no_memory(x);
            return;
        }
        size_t id_len = 0;
        const char *id = last_id(x, &id_len);
        listener->x = x;
        listener->has_token = has_token;
        listener->number = events_begin(events, id, id_len, listener->bytes, &listener->len);
        x->state = listener;
        add(listener);
    }
    x->reply.status = 200;
    x->reply.content_type = "text/event-stream";
    x->reply.stream = &events_stream;
    x->reply.len = STREAM_ENDLESS;
    exchange_add_header(x, "X-Accel-Buffering", "no");
}

void events_end(struct exchange *x)
{
    struct listener *listener = x->state;
    struct loop *loop = x->loop;
    *(listener->prev ? &listener->prev->next : &loop->listeners.first) = listener->next;
    if (listener->next)
        listener->next->prev = listener->prev;
    if (!loop->listeners.first)
        events_detach(events_of(loop), &loop->listeners.ear);
    leave(x, listener->has_token);
    metric_change(METRIC_EVENT_LISTENERS, -1);
    free(listener);
}
