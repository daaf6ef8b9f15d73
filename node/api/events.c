/*
 * The ring of events. The main loop and the intake thread publish, the HTTP loops read; a lock protects the copying of
 * one event. The invariants: numbers have no gaps, so a reader whose number is in the ring misses nothing; a message is
 * posted to a loop only while that loop is attached, and only one at a time.
 *
 * Only counts of credentials are published, and what is public on the chain: digests of pending and sealed credentials
 * are never listed.
 */
#include "api/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "api/record_json.h"
#include "core/compiler.h"
#include "core/number.h"

#define DATA_MAX_LEN 512
#define RUN_LEN 16

struct event {
    size_t len;
    char bytes[EVENT_MAX_LEN];
};

struct events {
    struct store *store;
    char run[RUN_LEN + 1];
    atomic_bool has_credentials; /* that were not published yet */
    atomic_uint n_streams, n_with_token;

    uv_mutex_t lock; /* over what follows */
    struct subscriber *subscribers;
    uint64_t flushed_at_ms;
    uint64_t last; /* the number of the latest event, 0: none */
    struct event ring[EVENTS_KEPT];
};

struct event_data {
    struct json_out json;
    struct json_buffer buffer;
    char bytes[DATA_MAX_LEN];
};

struct events *events_new(struct store *store)
{
    uint64_t run;
    struct events *events = calloc(1, sizeof *events);
    if (!events)
        return NULL;
    events->store = store;
    if (getrandom(&run, sizeof run, 0) != (ssize_t)sizeof run || uv_mutex_init(&events->lock) != 0) {
        free(events);
        return NULL;
    }
    snprintf(events->run, sizeof events->run, "%016" PRIx64, run);
    return events;
}

void events_free(struct events *events)
{
    if (!events)
        return;
    BADGE_ASSERT(!events->subscribers);
    uv_mutex_destroy(&events->lock);
    free(events);
}

/* -- publishing ---------------------------------------------------------------------------------------------------- */

/* Begins the event's object; publish() ends it. */
static struct json_out *event_begin(struct event_data *data)
{
    data->buffer = (struct json_buffer){.bytes = data->bytes, .capacity = sizeof data->bytes};
    data->json = (struct json_out){.put = json_buffer_put, .to = &data->buffer};
    json_out_object(&data->json, NULL);
    return &data->json;
}

/* Under the lock. */
static void publish_locked(struct events *events, const char *name, const struct event_data *data)
{
    struct event *event = &events->ring[++events->last % EVENTS_KEPT];
    int len = snprintf(event->bytes, sizeof event->bytes, "id: %s-%" PRIu64 "\nevent: %s\ndata: %s\n\n", events->run,
                       events->last, name, data->bytes);
    BADGE_ASSERT(len > 0 && (size_t)len < sizeof event->bytes);
    event->len = (size_t)len;
    for (struct subscriber *subscriber = events->subscribers; subscriber; subscriber = subscriber->next) {
        if (!atomic_exchange(&subscriber->posted, true))
            mailbox_post(subscriber->mailbox, &subscriber->message);
    }
}

static void publish(struct events *events, const char *name, struct event_data *data)
{
    json_out_object_end(&data->json);
    BADGE_ASSERT(!data->json.failed); /* every member has a longest form */
    uv_mutex_lock(&events->lock);
    publish_locked(events, name, data);
    uv_mutex_unlock(&events->lock);
}

void events_batch(struct events *events, const struct store_batch *batch)
{
    struct event_data data;
    batch_json_members(event_begin(&data), batch, events->store);
    publish(events, "batch", &data);
}

void events_anchor(struct events *events, const struct store_batch *batch, uint64_t fee_wei)
{
    const struct store_anchor *anchor = &batch->anchor;
    struct event_data data;
    struct json_out *out = event_begin(&data);
    json_out_u64(out, "number", batch->number);
    json_out_text(out, "state", batch_state_name(batch));
    json_out_time(out, "changedAt", anchor->changed_at_s);
    anchor_json_members(out, anchor);
    if (anchor->state == STORE_ANCHOR_MINED || anchor->state == STORE_ANCHOR_FINAL) {
        json_out_u64(out, "gasUsed", anchor->gas_used);
        if (fee_wei) {
            char wei[24]; /* a string: it may be beyond 2^53 */
            snprintf(wei, sizeof wei, "%" PRIu64, fee_wei);
            json_out_text(out, "fee", wei);
        }
    }
    publish(events, "anchor", &data);
}

void events_credentials(struct events *events)
{
    atomic_store_explicit(&events->has_credentials, true, memory_order_release);
}

void events_flush(struct events *events, uint64_t now_ms)
{
    if (!atomic_load_explicit(&events->has_credentials, memory_order_acquire))
        return;
    uv_mutex_lock(&events->lock);
    bool due = now_ms >= events->flushed_at_ms + EVENTS_FLUSH_MS && atomic_exchange(&events->has_credentials, false);
    if (due)
        events->flushed_at_ms = now_ms;
    uv_mutex_unlock(&events->lock);
    if (!due)
        return;
    struct event_data data;
    struct json_out *out = event_begin(&data);
    size_t n_pending = store_n_pending(events->store);
    json_out_u64(out, "accepted", store_n_sealed(events->store) + n_pending);
    json_out_u64(out, "pending", n_pending);
    publish(events, "credential", &data);
}

void events_status(struct events *events, const struct badge_hash *digest, const char *status,
                   const enum badge_reason *reason, const struct badge_address *account, int64_t time_s)
{
    struct event_data data;
    struct json_out *out = event_begin(&data);
    json_out_hash(out, "digest", digest);
    json_out_text(out, "status", status);
    if (reason)
        json_out_text(out, "reason", badge_reason_name(*reason));
    json_out_address(out, "account", account);
    json_out_time(out, "time", time_s);
    publish(events, "credential", &data);
}

void events_reset(struct events *events)
{
    struct event_data data;
    json_out_text(event_begin(&data), "reason", "The node has caught up with the chain; read the current state again.");
    publish(events, "reset", &data);
}

/* -- subscribing --------------------------------------------------------------------------------------------------- */

void events_attach(struct events *events, struct subscriber *subscriber)
{
    uv_mutex_lock(&events->lock);
    subscriber->next = events->subscribers;
    events->subscribers = subscriber;
    uv_mutex_unlock(&events->lock);
}

void events_detach(struct events *events, struct subscriber *subscriber)
{
    uv_mutex_lock(&events->lock);
    struct subscriber **at = &events->subscribers;
    while (*at != subscriber)
        at = &(*at)->next;
    *at = subscriber->next;
    uv_mutex_unlock(&events->lock);
}

bool events_stream_enter(struct events *events, bool has_token)
{
    atomic_uint *n = has_token ? &events->n_with_token : &events->n_streams;
    if (atomic_fetch_add(n, 1) < (has_token ? EVENTS_MAX_WITH_TOKEN : EVENTS_MAX_STREAMS))
        return true;
    atomic_fetch_sub(n, 1);
    return false;
}

void events_stream_leave(struct events *events, bool has_token)
{
    atomic_fetch_sub(has_token ? &events->n_with_token : &events->n_streams, 1);
}

/* The number in an id of this run; false for anything else, such as an id of another run. */
static bool parse_id(const struct events *events, const char *id, size_t len, uint64_t *out)
{
    if (len < RUN_LEN + 2 || memcmp(id, events->run, RUN_LEN) != 0 || id[RUN_LEN] != '-')
        return false;
    return core_decimal_read(out, id + RUN_LEN + 1, len - RUN_LEN - 1) &&
           (len == RUN_LEN + 2 || id[RUN_LEN + 1] != '0');
}

/* Whether the event after this one is in the ring, or is the next to come. Under the lock. */
static bool is_kept(const struct events *events, uint64_t number)
{
    return number <= events->last && events->last - number <= EVENTS_KEPT;
}

uint64_t events_begin(struct events *events, const char *last_id, size_t last_id_len, char *first, size_t *first_len)
{
    uint64_t number = 0;
    bool has_id = last_id && last_id_len;
    bool known = has_id && parse_id(events, last_id, last_id_len, &number);
    uv_mutex_lock(&events->lock);
    known = known && is_kept(events, number);
    if (!known)
        number = events->last;
    uv_mutex_unlock(&events->lock);
    int len = snprintf(first, EVENT_MAX_LEN, "retry: 3000\nid: %s-%" PRIu64 "\n%s\n", events->run, number,
                       has_id && !known ? "event: reset\ndata: {\"reason\":\"Later events are not kept any more; "
                                          "read the current state again.\"}\n"
                                        : "");
    *first_len = (size_t)len;
    return number;
}

enum events_next events_next(struct events *events, uint64_t *number, char *out, size_t *len)
{
    enum events_next next = EVENTS_NONE;
    uv_mutex_lock(&events->lock);
    if (!is_kept(events, *number)) {
        next = EVENTS_MISSED;
    } else if (*number < events->last) {
        const struct event *event = &events->ring[++*number % EVENTS_KEPT];
        memcpy(out, event->bytes, event->len);
        *len = event->len;
        next = EVENTS_NEXT;
    }
    uv_mutex_unlock(&events->lock);
    return next;
}
