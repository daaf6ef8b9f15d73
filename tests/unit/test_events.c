/*
 * The ring of events by itself: numbers without gaps, ids that are believed or not, what a reader misses, messages.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/events.h"
#include "core/compiler.h"

#define RUN_LEN 16

static struct store_batch batch_of(uint32_t number)
{
    struct store_batch batch = {.number = number, .tree_size = 3, .sealed_at_s = 1795435200};
    memset(batch.root.b, 0xab, sizeof batch.root.b);
    return batch;
}

static void publish(struct events *events, uint32_t n)
{
    for (uint32_t i = 1; i <= n; i++) {
        struct store_batch batch = batch_of(i);
        events_batch(events, &batch);
    }
}

/* The greeting for an id; whether it is a reset. */
static bool resets(struct events *events, const char *id, uint64_t *number)
{
    char greeting[EVENT_MAX_LEN];
    size_t len;
    *number = events_begin(events, id, id ? strlen(id) : 0, greeting, &len);
    assert_in_range(len, 1, sizeof greeting - 1);
    assert_memory_equal(greeting + len - 1, "\n", 1);
    return strstr(greeting, "event: reset") != NULL;
}

/* An id of this run. */
static void id_of(char out[64], struct events *events, const char *number)
{
    char greeting[EVENT_MAX_LEN];
    size_t len;
    (void)events_begin(events, NULL, 0, greeting, &len);
    const char *id = strstr(greeting, "id: ") + 4;
    snprintf(out, 64, "%.*s-%s", RUN_LEN, id, number);
}

static void an_event_is_ready_to_be_sent(void **state)
{
    (void)state;
    struct events *events = events_new(NULL);
    struct store_batch batch = batch_of(7);
    batch.replaces = 6;
    events_batch(events, &batch);
    char out[EVENT_MAX_LEN], expected[EVENT_MAX_LEN], id[64];
    size_t len;
    uint64_t number = 0;
    assert_int_equal(events_next(events, &number, out, &len), EVENTS_NEXT);
    id_of(id, events, "1");
    snprintf(expected, sizeof expected,
             "id: %s\nevent: batch\ndata: {\"number\":7,\"root\":\"%s%s\",\"treeSize\":3,\"state\":\"sealed\","
             "\"sealedAt\":\"2026-11-23T12:00:00Z\",\"replaces\":6}\n\n",
             id, "abababababababababababababababab", "abababababababababababababababab");
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(out, expected, len);
    assert_int_equal(number, 1);
    assert_int_equal(events_next(events, &number, out, &len), EVENTS_NONE);
    events_free(events);
}

static void the_longest_has_room(void **state)
{
    (void)state;
    struct events *events = events_new(NULL);
    struct store_batch batch = {.number = UINT32_MAX, .tree_size = UINT32_MAX, .replaces = UINT32_MAX};
    batch.anchor = (struct store_anchor){.state = STORE_ANCHOR_FINAL,
                                         .sequence = UINT64_MAX,
                                         .block_number = UINT64_MAX,
                                         .gas_used = UINT64_MAX,
                                         .changed_at_s = 1795435200,
                                         .block_time_s = 1795435200};
    const struct badge_hash digest = {{0xff}};
    const struct badge_address account = {{0xff}};
    events_batch(events, &batch);
    events_anchor(events, &batch, UINT64_MAX);
    events_status(events, &digest, "restored", NULL, &account, 1795435200);
    char out[EVENT_MAX_LEN];
    size_t len;
    uint64_t number = 0;
    while (events_next(events, &number, out, &len) == EVENTS_NEXT) {
        assert_in_range(len, 100, sizeof out - 1);
        assert_memory_equal(out + len - 3, "}\n\n", 3);
    }
    assert_int_equal(number, 3);
    events_free(events);
}

static void the_ring_keeps_the_latest(void **state)
{
    (void)state;
    struct events *events = events_new(NULL);
    char out[EVENT_MAX_LEN];
    size_t len;
    uint64_t none = 0, one = 1;
    publish(events, EVENTS_KEPT);
    assert_int_equal(events_next(events, &none, out, &len), EVENTS_NEXT); /* the first is there still */
    publish(events, 1);
    none = 0;
    assert_int_equal(events_next(events, &none, out, &len), EVENTS_MISSED);
    for (uint64_t i = 0; i < EVENTS_KEPT; i++)
        assert_int_equal(events_next(events, &one, out, &len), EVENTS_NEXT);
    assert_int_equal(one, EVENTS_KEPT + 1);
    assert_int_equal(events_next(events, &one, out, &len), EVENTS_NONE);
    events_free(events);
}

static void an_id_is_believed_only_of_this_run(void **state)
{
    (void)state;
    static const char *const wrong[] = {"11",  "01", "+1", "-1", "1 ",  " 1", "1\n",
                                        "0x1", "",   "1a", "",   "1.0", "00", "999999999999999999999999"};
    struct events *events = events_new(NULL), *other = events_new(NULL);
    char id[64];
    uint64_t number;
    publish(events, 10);
    publish(other, 10);
    assert_false(resets(events, NULL, &number));
    assert_int_equal(number, 10);
    assert_false(resets(events, "", &number));
    for (unsigned i = 0; i <= 10; i++) {
        char text[16];
        snprintf(text, sizeof text, "%u", i);
        id_of(id, events, text);
        assert_false(resets(events, id, &number));
        assert_int_equal(number, i);
        id_of(id, other, text);
        assert_true(resets(events, id, &number));
        assert_int_equal(number, 10);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        id_of(id, events, wrong[i]);
        assert_true(resets(events, id, &number));
        assert_int_equal(number, 10);
    }
    /* every prefix of a good one, and every change of a character */
    id_of(id, events, "5");
    char changed[64];
    for (size_t i = 1; i < strlen(id); i++) {
        snprintf(changed, sizeof changed, "%.*s", (int)i, id);
        assert_true(resets(events, changed, &number));
        memcpy(changed, id, sizeof changed);
        changed[i - 1] = '~';
        assert_true(resets(events, changed, &number));
    }
    publish(events, EVENTS_KEPT);
    assert_true(resets(events, id, &number));
    assert_int_equal(number, 10 + EVENTS_KEPT);
    events_free(events);
    events_free(other);
}

static void places_are_counted_apart(void **state)
{
    (void)state;
    struct events *events = events_new(NULL);
    for (unsigned i = 0; i < EVENTS_MAX_STREAMS; i++)
        assert_true(events_stream_enter(events, false));
    assert_false(events_stream_enter(events, false));
    for (unsigned i = 0; i < EVENTS_MAX_WITH_TOKEN; i++)
        assert_true(events_stream_enter(events, true));
    assert_false(events_stream_enter(events, true));
    events_stream_leave(events, true);
    assert_false(events_stream_enter(events, false));
    events_stream_leave(events, false);
    assert_true(events_stream_enter(events, false));
    events_free(events);
}

/* -- messages -------------------------------------------------------------------------------------------------------
 */

struct event_reader {
    struct subscriber subscriber;
    struct events *events;
    unsigned n_messages;
    uint64_t number;
};

static void on_event(struct message *message)
{
    struct event_reader *reader = container_of(message, struct event_reader, subscriber.message);
    atomic_store(&reader->subscriber.posted, false);
    char out[EVENT_MAX_LEN];
    size_t len;
    reader->n_messages++;
    while (events_next(reader->events, &reader->number, out, &len) == EVENTS_NEXT) {
    }
}

static void publish_many(void *events)
{
    publish(events, 500);
}

static void a_loop_hears_of_all_from_any_thread(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct mailbox mailbox;
    struct event_reader reader = {.events = events_new(NULL)};
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(mailbox_init(&mailbox, &loop), 0);
    reader.subscriber.mailbox = &mailbox;
    reader.subscriber.message.handler = on_event;
    publish(reader.events, 3); /* nobody listens */
    events_attach(reader.events, &reader.subscriber);
    publish(reader.events, 5);
    (void)uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(reader.n_messages, 1); /* one message for all events before it was handled */
    assert_int_equal(reader.number, 8);
    uv_thread_t threads[2];
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(uv_thread_create(&threads[i], publish_many, reader.events), 0);
    while (reader.number < 1008)
        (void)uv_run(&loop, UV_RUN_ONCE);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(uv_thread_join(&threads[i]), 0);
    events_detach(reader.events, &reader.subscriber);
    publish(reader.events, 1);
    mailbox_close(&mailbox);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_in_range(reader.number, 1008, 1009); /* a message that was posted before is still handled */
    assert_int_equal(uv_loop_close(&loop), 0);
    events_free(reader.events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_ready_to_be_sent), cmocka_unit_test(the_longest_has_room),
        cmocka_unit_test(the_ring_keeps_the_latest),    cmocka_unit_test(an_id_is_believed_only_of_this_run),
        cmocka_unit_test(places_are_counted_apart),     cmocka_unit_test(a_loop_hears_of_all_from_any_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
