/*
 * Parses eth_getLogs results. The audit and the follower call this for one range of blocks at a time.
 */
#include "chain/registry_events.h"

#include <stdlib.h>
#include <string.h>

#include "chain/rpc.h"
#include "core/address_word.h"
#include "core/grow.h"

static const char *const event_name[REGISTRY_EVENT_N_KINDS] = {[REGISTRY_EVENT_ANCHORED] = "Anchored",
                                                               [REGISTRY_EVENT_WITHDRAWN] = "Withdrawn",
                                                               [REGISTRY_EVENT_REVOKED] = "Revoked",
                                                               [REGISTRY_EVENT_RESTORED] = "Restored",
                                                               [REGISTRY_EVENT_OPERATOR] = "OperatorChanged"};
/* Topics in all: the event's, the issuer's, and its own. */
static const size_t n_topics[REGISTRY_EVENT_N_KINDS] = {4, 3, 4, 3, 3};

void registry_events_release(struct registry_events *events)
{
    free(events->event);
    *events = (struct registry_events){0};
}

/* False: the word is not an address. */
static bool read_address(struct badge_address *out, const struct badge_hash *word)
{
    *out = core_address_of_word(word);
    const struct badge_hash same = core_address_word(out);
    return badge_hash_compare(&same, word) == 0;
}

static bool is_wanted(const struct registry_events_filter *wanted, int kind)
{
    return wanted->kinds == 0 || (wanted->kinds & REGISTRY_KIND(kind)) != 0;
}

json_t *registry_events_params(const struct registry_events_filter *wanted)
{
    struct badge_hash issuer = core_address_word(&wanted->issuer), topic;
    json_t *kinds = json_array();
    for (int i = 0; i < REGISTRY_EVENT_N_KINDS; i++)
        if (is_wanted(wanted, i) &&
            (!badge_registry_topic(&topic, event_name[i]) || json_array_append_new(kinds, rpc_hex(topic.b, 32)))) {
            json_decref(kinds);
            return NULL;
        }
    return json_pack("[{s:o,s:o,s:o,s:[o,o]}]", "address", rpc_hex(wanted->contract.b, sizeof wanted->contract.b),
                     "fromBlock", rpc_quantity(wanted->from), "toBlock", rpc_quantity(wanted->to), "topics", kinds,
                     rpc_hex(issuer.b, sizeof issuer.b));
}

static bool read_kind(enum registry_event_kind *out, const struct badge_hash *topic)
{
    for (int i = 0; i < REGISTRY_EVENT_N_KINDS; i++) {
        struct badge_hash known;
        if (badge_registry_topic(&known, event_name[i]) && badge_hash_compare(&known, topic) == 0) {
            *out = (enum registry_event_kind)i;
            return true;
        }
    }
    return false;
}

static bool read_topics(struct registry_event *event, const struct registry_events_filter *wanted, const json_t *topics)
{
    struct badge_hash topic[4], issuer = core_address_word(&wanted->issuer);
    size_t n = json_array_size(topics);
    if (n < 3 || n > 4)
        return false;
    for (size_t i = 0; i < n; i++)
        if (rpc_read_hash(&topic[i], json_array_get(topics, i)) != BADGE_OK)
            return false;
    if (!read_kind(&event->kind, &topic[0]) || !is_wanted(wanted, (int)event->kind) || n != n_topics[event->kind] ||
        badge_hash_compare(&topic[1], &issuer) != 0)
        return false;
    if (event->kind == REGISTRY_EVENT_OPERATOR)
        return read_address(&event->account, &topic[2]);
    event->subject = topic[2];
    return n == 3 || read_address(&event->account, &topic[3]);
}

static bool read_event(struct registry_event *event, const struct registry_events_filter *wanted, const json_t *log)
{
    struct badge_address contract;
    uint8_t data[64];
    size_t len;
    uint64_t time_s;
    *event = (struct registry_event){0};
    if (rpc_read_address(&contract, json_object_get(log, "address")) != BADGE_OK ||
        memcmp(contract.b, wanted->contract.b, sizeof contract.b) != 0 ||
        !read_topics(event, wanted, json_object_get(log, "topics")) ||
        rpc_read_u64(&event->block_number, json_object_get(log, "blockNumber")) != BADGE_OK ||
        rpc_read_hash(&event->block_hash, json_object_get(log, "blockHash")) != BADGE_OK ||
        rpc_read_u64(&event->log_index, json_object_get(log, "logIndex")) != BADGE_OK ||
        event->block_number < wanted->from || event->block_number > wanted->to ||
        json_is_true(json_object_get(log, "removed")))
        return false;
    if (rpc_read_u64(&time_s, json_object_get(log, "blockTimestamp")) == BADGE_OK && time_s <= INT64_MAX)
        event->time_s = (int64_t)time_s;
    if (event->kind == REGISTRY_EVENT_WITHDRAWN || event->kind == REGISTRY_EVENT_RESTORED)
        return true;
    if (event->kind == REGISTRY_EVENT_ANCHORED) {
        uint64_t value[2]; /* sequence, treeSize */
        if (rpc_read_bytes(data, sizeof data, &len, json_object_get(log, "data")) == BADGE_OK &&
            badge_answer_u64s(value, 2, data, len) == BADGE_OK)
            event->sequence = value[0];
        return true;
    }
    if (rpc_read_bytes(data, sizeof data, &len, json_object_get(log, "data")) != BADGE_OK)
        return false;
    if (event->kind == REGISTRY_EVENT_REVOKED)
        return badge_answer_reason(&event->reason, data, len) == BADGE_OK;
    return badge_answer_bool(&event->allowed, data, len) == BADGE_OK &&
           rpc_read_hash(&event->transaction, json_object_get(log, "transactionHash")) == BADGE_OK;
}

enum badge_status registry_events_read(struct registry_events *events, const struct registry_events_filter *wanted,
                                       const json_t *logs, struct badge_err *err)
{
    size_t n_new = json_array_size(logs), n = events->n + n_new;
    if (!json_is_array(logs))
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "the provider's eth_getLogs result is not an array");
    if (n > REGISTRY_EVENTS_MAX)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the provider returned more than %zu events",
                          REGISTRY_EVENTS_MAX);
    struct registry_event *grown = core_grow(events->event, &events->capacity, n, sizeof *grown);
    if (!grown)
        return badge_no_memory(err);
    events->event = grown;
    for (size_t i = 0; i < n_new; i++)
        if (!read_event(&events->event[events->n + i], wanted, json_array_get(logs, i)))
            return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET,
                              "the provider returned an event that was not requested");
    events->n = n;
    return BADGE_OK;
}

static int compare_place(const void *left, const void *right)
{
    const struct registry_event *a = left, *b = right;
    if (a->block_number != b->block_number)
        return a->block_number < b->block_number ? -1 : 1;
    return (a->log_index > b->log_index) - (a->log_index < b->log_index);
}

size_t registry_events_sort(struct registry_events *events)
{
    size_t n_twice = 0;
    if (events->n)
        qsort(events->event, events->n, sizeof *events->event, compare_place);
    for (size_t i = 1; i < events->n; i++)
        n_twice += compare_place(&events->event[i - 1], &events->event[i]) == 0;
    return n_twice;
}

static int compare_subjects(const void *left, const void *right)
{
    const struct registry_event *const *a = left, *const *b = right;
    int order = badge_hash_compare(&(*a)->subject, &(*b)->subject);
    return order ? order : compare_place(*a, *b);
}

enum badge_status registry_events_revoked(uint64_t out[BADGE_N_REASONS], const struct registry_events *events,
                                          struct badge_err *err)
{
    const struct registry_event **status_event = malloc((events->n + 1) * sizeof *status_event);
    size_t n = 0;
    if (!status_event)
        return badge_no_memory(err);
    for (size_t i = 0; i < events->n; i++)
        if (events->event[i].kind == REGISTRY_EVENT_REVOKED || events->event[i].kind == REGISTRY_EVENT_RESTORED)
            status_event[n++] = &events->event[i];
    qsort(status_event, n, sizeof(const struct registry_event *), compare_subjects);
    memset(out, 0, BADGE_N_REASONS * sizeof *out);
    for (size_t i = 0; i < n; i++) { /* the last event of each digest decides */
        bool is_last = i + 1 == n || badge_hash_compare(&status_event[i]->subject, &status_event[i + 1]->subject) != 0;
        if (is_last && status_event[i]->kind == REGISTRY_EVENT_REVOKED)
            out[status_event[i]->reason]++;
    }
    free(status_event);
    return BADGE_OK;
}
