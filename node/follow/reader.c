/*
 * Reads blocks, and events with the headers of their blocks, for follow.c and start.c. The invariant: an event is
 * passed on only if every provider that answered returned the same list, and if all of them have the event's block at
 * its height.
 */
#include "follow/reader.h"

#include <stdio.h>
#include <string.h>

#define HEADERS_AT_ONCE 8

bool reader_fail(struct reader *reader, const char *code, const char *why)
{
    reader->code = code;
    snprintf(reader->why, sizeof reader->why, "%s", why);
    return false;
}

static bool agreed(struct reader *reader, const struct quorum *quorum)
{
    if (quorum->n_differ > 0)
        return reader_fail(reader, "providers_disagree", quorum->why);
    if (quorum->n_answered == 0)
        return reader_fail(reader, "chain_unreachable", quorum->why);
    return !reader->closing;
}

/* Asks what reader->quorum is about. */
static bool ask(struct reader *reader, const char *method, json_t *params)
{
    if (reader->closing) {
        json_decref(params);
        return false;
    }
    if (quorum_ask(&reader->quorum, &reader->members, method, params) == BADGE_OK)
        quorum_wait(&reader->quorum, &reader->coroutine);
    return agreed(reader, &reader->quorum);
}

bool reader_ask(struct reader *reader, const char *method, json_t *params, quorum_reader answer, void *context)
{
    reader->quorum = (struct quorum){.answer = answer, .context = context};
    return ask(reader, method, params);
}

bool reader_all_refused(const struct reader *reader)
{
    return !reader->closing && reader->quorum.n_answered == 0 && reader->quorum.n_refused > 0;
}

/* -- blocks -------------------------------------------------------------------------------------------------------- */

static enum badge_status hash_answer(struct quorum *quorum, const json_t *result)
{
    struct block *expected = quorum->context, block;
    if (block_read(&block, result) != BADGE_OK || block.number != expected->number)
        return BADGE_ETYPE;
    if (quorum->n_answered > 0)
        return badge_hash_compare(&block.hash, &expected->hash) == 0 ? BADGE_OK : BADGE_EMISMATCH;
    expected->hash = block.hash;
    return BADGE_OK;
}

static json_t *block_params(uint64_t number)
{
    return json_pack("[ob]", rpc_quantity(number), 0);
}

bool reader_block_hash(struct reader *reader, uint64_t number, struct badge_hash *out)
{
    struct block block = {.number = number};
    bool ok = reader_ask(reader, "eth_getBlockByNumber", block_params(number), hash_answer, &block);
    *out = block.hash;
    return ok;
}

/* -- the times of events ------------------------------------------------------------------------------------------- */

/* One block and its events. */
struct header {
    struct quorum quorum;
    struct registry_event *event;
    size_t n;
    bool has_time;
    int64_t time_s;
};

static enum badge_status header_answer(struct quorum *quorum, const json_t *result)
{
    struct header *header = quorum->context;
    struct block block;
    if (block_read(&block, result) != BADGE_OK || block.number != header->event->block_number)
        return BADGE_ETYPE;
    if (badge_hash_compare(&block.hash, &header->event->block_hash) != 0 ||
        (header->has_time && block.time_s != header->time_s))
        return BADGE_EMISMATCH;
    header->time_s = block.time_s;
    header->has_time = true;
    return BADGE_OK;
}

/* How many events from this one on are of its block. */
static size_t n_of_block(const struct registry_events *events, size_t from)
{
    size_t i = from;
    while (i < events->n && events->event[i].block_number == events->event[from].block_number)
        i++;
    return i - from;
}

/* Reads several headers at once; *next, the first event without a time, moves on. */
static enum scan_outcome read_some_times(struct reader *reader, const struct registry_events *events, size_t *next)
{
    struct header headers[HEADERS_AT_ONCE];
    size_t n = 0;
    enum scan_outcome outcome = SCAN_DONE;
    for (; n < HEADERS_AT_ONCE && *next < events->n; n++) {
        struct header *header = &headers[n];
        *header = (struct header){.event = &events->event[*next], .n = n_of_block(events, *next)};
        header->quorum = (struct quorum){.answer = header_answer, .context = header};
        *next += header->n;
        if (quorum_ask(&header->quorum, &reader->members, "eth_getBlockByNumber",
                       block_params(header->event->block_number)) != BADGE_OK)
            outcome = SCAN_FAILED;
    }
    for (size_t i = 0; i < n; i++) {
        struct header *header = &headers[i];
        quorum_wait(&header->quorum, &reader->coroutine);
        if (!agreed(reader, &header->quorum))
            outcome = header->quorum.n_differ > 0 ? SCAN_DIFFERS : SCAN_FAILED;
        for (size_t k = 0; k < header->n; k++)
            header->event[k].time_s = header->time_s;
    }
    return outcome;
}

static enum scan_outcome read_times(struct reader *reader, const struct registry_events *events)
{
    enum scan_outcome outcome = SCAN_DONE;
    for (size_t i = 1; i < events->n; i++) {
        const struct registry_event *a = &events->event[i - 1], *b = &events->event[i];
        if (a->block_number == b->block_number && badge_hash_compare(&a->block_hash, &b->block_hash) != 0) {
            (void)reader_fail(reader, "providers_disagree", "events at the same height have different block hashes");
            return SCAN_DIFFERS;
        }
    }
    for (size_t next = 0; next < events->n && outcome == SCAN_DONE;)
        outcome = read_some_times(reader, events, &next);
    return outcome;
}

/* -- events -------------------------------------------------------------------------------------------------------- */

enum scan_outcome reader_events(struct reader *reader, uint64_t from, uint64_t to, struct registry_events *out,
                                bool *by_all)
{
    const struct registry_events_filter wanted = {.contract = reader->contract,
                                                  .issuer = reader->issuer,
                                                  .from = from,
                                                  .to = to,
                                                  .kinds = REGISTRY_ALL_BUT_ANCHORS};
    struct quorum *quorum = &reader->quorum;
    *out = (struct registry_events){0};
    if (reader->closing)
        return SCAN_FAILED;
    quorum->excluded = reader->excluded;
    enum scan_outcome outcome = quorum_events(out, quorum, &reader->members, &wanted, &reader->coroutine);
    bool ok = agreed(reader, quorum);
    *by_all = quorum->by_all;
    if (outcome == SCAN_UNASKED)
        memset(reader->excluded, 0, sizeof reader->excluded); /* next time those, too */
    if (outcome == SCAN_REFUSED)
        (void)reader_fail(reader, "no_logs", quorum->why);
    if (outcome == SCAN_DONE) {
        (void)quorum_exclude_refusing(reader->excluded, quorum);
        outcome = ok ? read_times(reader, out) : SCAN_FAILED;
    }
    if (outcome != SCAN_DONE)
        registry_events_release(out);
    return outcome;
}
