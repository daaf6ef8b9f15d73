/*
 * The inputs of an audit: lists of batches, and events. Valid input is read, anything else is refused as a whole.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/batch_list.h"
#include "chain/registry_events.h"

#define ROOT "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define ACCOUNT "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
#define ANCHOR "\"anchor\":{\"chainId\":31337,\"contract\":\"" ACCOUNT "\",\"issuer\":\"" ACCOUNT "\",\"sequence\":7}"
#define BATCH(number)                                                                                                  \
    "{\"number\":" number ",\"root\":\"" ROOT "\",\"treeSize\":3,\"state\":\"final\",\"sealedAt\":"                    \
    "\"2026-11-23T12:00:00Z\",\"replaces\":2," ANCHOR ",\"later\":[1]}"
#define LIST(batches) "{\"batches\":[" batches "]}"

static enum badge_status read_list(struct batch_list *list, const char *text)
{
    size_t n_new;
    return batch_list_read(list, &n_new, text, strlen(text), NULL);
}

static void test_list(void **state)
{
    (void)state;
    struct batch_list list = {0};
    assert_int_equal(read_list(&list, LIST(BATCH("5") "," BATCH("3"))), BADGE_OK);
    assert_int_equal(read_list(&list, LIST("")), BADGE_OK);
    assert_int_equal(read_list(&list, LIST(BATCH("2"))), BADGE_OK);
    assert_int_equal(list.n, 3);
    const struct listed_batch *batch = &list.batch[0];
    assert_int_equal(batch->number, 5);
    assert_int_equal(batch->tree_size, 3);
    assert_int_equal(batch->state, LISTED_FINAL);
    assert_int_equal(batch->sequence, 7);
    assert_int_equal(batch->replaces, 2);
    assert_int_equal(batch->chain_id, 31337);
    assert_int_equal(batch->sealed_at_s, 1795435200);
    assert_int_equal(batch->root.b[1], 0x11);
    assert_int_equal(batch->issuer.b[0], 0x70);
    batch_list_release(&list);
}

static void test_list_refused(void **state)
{
    (void)state;
    static const char *const order[] = {LIST(BATCH("3") "," BATCH("3")), LIST(BATCH("3") "," BATCH("4"))};
    static const char *const invalid[] = {
        "[]",
        "{}",
        "{\"batches\":{}}",
        LIST("1"),
        LIST("{}"),
        LIST(BATCH("0")),
        LIST(BATCH("4294967296")),
        LIST(BATCH("1.5")),
        LIST(BATCH("\"1\"")),
        LIST(BATCH("-1")),
        LIST("{\"number\":1,\"root\":\"" ROOT "00\",\"treeSize\":3,\"state\":\"final\"," ANCHOR "}"),
        LIST("{\"number\":1,\"root\":\"" ROOT "\",\"treeSize\":0,\"state\":\"final\"," ANCHOR "}"),
        LIST("{\"number\":1,\"root\":\"" ROOT "\",\"treeSize\":16777217,\"state\":\"final\"," ANCHOR "}"),
        LIST("{\"number\":1,\"root\":\"" ROOT "\",\"treeSize\":3,\"state\":\"untold\"," ANCHOR "}"),
        LIST("{\"number\":1,\"root\":\"" ROOT "\",\"treeSize\":3,\"state\":\"final\"}"),
        LIST("{\"number\":1,\"root\":\"" ROOT "\",\"treeSize\":3,\"state\":\"final\",\"anchor\":{\"chainId\":1}}")};
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++) {
        struct batch_list list = {0};
        assert_int_equal(read_list(&list, invalid[i]), BADGE_ETYPE);
        batch_list_release(&list);
    }
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        struct batch_list list = {0};
        assert_int_equal(read_list(&list, order[i]), BADGE_EORDER);
        assert_int_equal(list.n, 1); /* earlier entries are kept */
        batch_list_release(&list);
    }
    struct batch_list list = {0};
    assert_int_equal(read_list(&list, "{\"batches\":["), BADGE_ESYNTAX);
    batch_list_release(&list);
}

/* -- events -------------------------------------------------------------------------------------------------------- */

static struct registry_events_filter wanted = {.from = 10, .to = 20};

static void topic_text(char out[67], const char *event)
{
    struct badge_hash topic;
    assert_true(badge_registry_topic(&topic, event));
    memcpy(out, "0x", 2);
    badge_hex_encode(out + 2, topic.b, 32);
}

/* An event of the wanted contract and issuer about `subject`. who: the last byte of a further topic; -1: no such topic.
 */
static json_t *event_of(const char *name, unsigned subject, int who, unsigned block, unsigned index, const char *data)
{
    char topic[67], contract[43] = "0x", word[3][67];
    topic_text(topic, name);
    badge_hex_encode(contract + 2, wanted.contract.b, 20);
    (void)snprintf(word[0], sizeof word[0], "0x%024x%040x", 0u, 0x22u);
    (void)snprintf(word[1], sizeof word[1], "0x%064x", subject);
    (void)snprintf(word[2], sizeof word[2], "0x%064x", (unsigned)who);
    json_t *topics = json_pack("[s,s,s]", topic, word[0], word[1]);
    if (who >= 0)
        json_array_append_new(topics, json_string(word[2]));
    char number[16], place[16];
    (void)snprintf(number, sizeof number, "0x%x", block);
    (void)snprintf(place, sizeof place, "0x%x", index);
    return json_pack("{s:s,s:o,s:s,s:s,s:s,s:s,s:s}", "address", contract, "topics", topics, "blockNumber", number,
                     "blockHash", word[1], "logIndex", place, "data", data, "transactionHash", word[1]);
}

static enum badge_status read_one(struct registry_events *events, json_t *event)
{
    json_t *logs = json_pack("[o]", event);
    enum badge_status status = registry_events_read(events, &wanted, logs, NULL);
    json_decref(logs);
    return status;
}

#define TRUE_WORD "0x0000000000000000000000000000000000000000000000000000000000000001"

static void test_events(void **state)
{
    (void)state;
    struct registry_events events = {0};
    uint64_t n_revoked[BADGE_N_REASONS];
    assert_int_equal(read_one(&events, event_of("Revoked", 5, 9, 18, 1, TRUE_WORD)), BADGE_OK);
    assert_int_equal(read_one(&events, event_of("Restored", 5, -1, 18, 2, "0x")), BADGE_OK);
    assert_int_equal(read_one(&events, event_of("Revoked", 6, 9, 18, 3, TRUE_WORD)), BADGE_OK);
    assert_int_equal(read_one(&events, event_of("Restored", 6, -1, 18, 0, "0x")), BADGE_OK);
    assert_int_equal(read_one(&events, event_of("Anchored", 7, 9, 10, 0, "0x")), BADGE_OK);
    assert_int_equal(read_one(&events, event_of("Withdrawn", 7, -1, 20, 0, "0x")), BADGE_OK);
    assert_int_equal(read_one(&events, event_of("OperatorChanged", 9, -1, 11, 0, TRUE_WORD)), BADGE_OK);
    assert_int_equal(registry_events_sort(&events), 0);
    assert_int_equal(events.n, 7);
    assert_int_equal(events.event[0].kind, REGISTRY_EVENT_ANCHORED);
    assert_int_equal(events.event[0].account.b[19], 9);
    assert_int_equal(events.event[0].subject.b[31], 7);
    assert_int_equal(events.event[1].kind, REGISTRY_EVENT_OPERATOR);
    assert_true(events.event[1].allowed);
    assert_int_equal(events.event[1].account.b[19], 9);
    assert_int_equal(registry_events_revoked(n_revoked, &events, NULL), BADGE_OK);
    for (int i = 0; i < BADGE_N_REASONS; i++)
        assert_int_equal(n_revoked[i], i == BADGE_REASON_ERROR);
    assert_int_equal(read_one(&events, event_of("Anchored", 8, 9, 10, 0, "0x")), BADGE_OK);
    assert_int_equal(registry_events_sort(&events), 1);
    registry_events_release(&events);
}

static json_t *changed(const char *member, json_t *value)
{
    json_t *event = event_of("Anchored", 7, 9, 12, 0, "0x");
    json_object_set_new(event, member, value);
    return event;
}

static void test_events_refused(void **state)
{
    (void)state;
    json_t *invalid[] = {
        json_null(),
        json_object(),
        event_of("Anchored", 7, 9, 9, 0, "0x"),
        event_of("Anchored", 7, 9, 21, 0, "0x"),
        event_of("Anchored", 7, -1, 12, 0, "0x"),
        event_of("Withdrawn", 7, 9, 12, 0, "0x"),
        event_of("Revoked", 7, 9, 12, 0, "0x"), /* as the earlier registry emits it */
        event_of("Revoked", 7, -1, 12, 0, TRUE_WORD),
        event_of("Revoked", 7, 9, 12, 0, "0x"), /* as the earlier registry emits it */
        event_of("Revoked", 7, -1, 12, 0, TRUE_WORD),
        event_of("ProfileChanged", 7, -1, 12, 0, "0x"),
        event_of("OperatorChanged", 7, -1, 12, 0, "0x"),
        event_of("OperatorChanged", 7, -1, 12, 0, "0x02"),
        changed("address", json_string(ACCOUNT)),
        changed("topics", json_array()),
        changed("topics", json_null()),
        changed("blockNumber", json_null()),
        changed("blockHash", json_null()),
        changed("logIndex", json_integer(1)),
        changed("removed", json_true()),
    };
    struct registry_events events = {0};
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        assert_int_equal(read_one(&events, invalid[i]), BADGE_ETYPE);
    assert_int_equal(registry_events_read(&events, &wanted, NULL, NULL), BADGE_ETYPE);
    /* A response is accepted completely or not at all. */
    json_t *logs = json_pack("[o,n]", event_of("Anchored", 7, 9, 12, 0, "0x"));
    assert_int_equal(registry_events_read(&events, &wanted, logs, NULL), BADGE_ETYPE);
    assert_int_equal(events.n, 0);
    json_decref(logs);
    json_t *params = registry_events_params(&wanted);
    assert_int_equal(json_array_size(json_object_get(json_array_get(params, 0), "topics")), 2);
    json_decref(params);
    /* Followers of credentials don't need anchors, and refuse them. */
    wanted.kinds = REGISTRY_ALL_BUT_ANCHORS;
    params = registry_events_params(&wanted);
    const json_t *kinds = json_array_get(json_object_get(json_array_get(params, 0), "topics"), 0);
    assert_int_equal(json_array_size(kinds), REGISTRY_EVENT_N_KINDS - 1);
    json_decref(params);
    assert_int_equal(read_one(&events, event_of("Anchored", 7, 9, 12, 0, "0x")), BADGE_ETYPE);
    wanted.kinds = 0;
    assert_int_equal(read_one(&events, event_of("Anchored", 7, 9, 12, 0, "0x")), BADGE_OK);
    registry_events_release(&events);
}

static int set_up(void **state)
{
    (void)state;
    wanted.contract.b[3] = 0x11;
    wanted.issuer.b[19] = 0x22;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_list_refused),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_events_refused),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
