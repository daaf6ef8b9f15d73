/*
 * Reads events and the headers of their blocks, for follow.c. The invariant: an event is passed on only if every
 * provider that answered returned the same list, and if all of them have the event's block at its height.
 */
#include "follow/event_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_RANGE_BLOCKS 64 /* a provider that refuses even these does not have the events */

void event_scan_release(struct event_scan *scan)
{
    registry_events_release(&scan->events);
    free(scan->block);
    scan->block = NULL;
}

static void scan_end(struct event_scan *scan, enum event_scan_outcome outcome)
{
    free(scan->block);
    scan->block = NULL;
    scan->running = false;
    if (outcome != SCAN_DONE)
        registry_events_release(&scan->events);
    scan->done(scan, outcome);
}

/* -- headers ------------------------------------------------------------------------------------------------------- */

static void ask_headers(struct event_scan *scan);

static enum badge_status header_answer(struct quorum *quorum, const json_t *result)
{
    struct event_scan_block *expected = ((struct event_scan_header *)quorum)->block;
    struct block block;
    if (block_read(&block, result) != BADGE_OK || block.number != expected->number)
        return BADGE_ETYPE;
    if (badge_hash_compare(&block.hash, &expected->hash) != 0 || (expected->known && block.time_s != expected->time_s))
        return BADGE_EMISMATCH;
    expected->time_s = block.time_s;
    expected->known = true;
    return BADGE_OK;
}

static void scan_fail(struct event_scan *scan, enum event_scan_outcome outcome, const char *why)
{
    scan->failed = true;
    scan->outcome = outcome;
    snprintf(scan->why, sizeof scan->why, "%s", why);
}

static void header_done(struct quorum *quorum)
{
    struct event_scan *scan = ((struct event_scan_header *)quorum)->scan;
    if (quorum->n_differ > 0)
        scan_fail(scan, SCAN_DIFFERS, quorum->why);
    else if (quorum->n_answered == 0)
        scan_fail(scan, SCAN_FAILED, quorum->why);
    ((struct event_scan_header *)quorum)->block = NULL;
    scan->n_open--;
    ask_headers(scan);
}

static void set_event_times(struct event_scan *scan)
{
    const struct event_scan_block *block = scan->block;
    for (size_t i = 0; i < scan->events.n; i++) {
        while (block->number != scan->events.event[i].block_number)
            block++;
        scan->events.event[i].time_s = block->time_s;
    }
}

static void ask_headers(struct event_scan *scan)
{
    for (size_t i = 0; i < SCAN_HEADERS_AT_ONCE && scan->next < scan->n_blocks && !scan->failed; i++) {
        struct event_scan_header *header = &scan->header[i];
        if (header->block)
            continue;
        header->scan = scan;
        header->block = &scan->block[scan->next++];
        header->quorum.answer = header_answer;
        header->quorum.done = header_done;
        json_t *params = json_pack("[ob]", rpc_quantity(header->block->number), 0);
        if (quorum_ask(&header->quorum, scan->quorum_members, "eth_getBlockByNumber", params) == BADGE_OK) {
            scan->n_open++;
        } else {
            header->block = NULL;
            scan_fail(scan, SCAN_FAILED, "no provider could be queried for a block");
        }
    }
    if (scan->n_open > 0)
        return;
    if (!scan->failed)
        set_event_times(scan);
    scan_end(scan, scan->failed ? scan->outcome : SCAN_DONE);
}

/* Lists the blocks of the events; false if two events at the same height are of different blocks. */
static bool list_blocks(struct event_scan *scan)
{
    scan->n_blocks = 0;
    for (size_t i = 0; i < scan->events.n; i++) {
        const struct registry_event *event = &scan->events.event[i];
        struct event_scan_block *last = scan->n_blocks > 0 ? &scan->block[scan->n_blocks - 1] : NULL;
        if (!last || last->number != event->block_number)
            scan->block[scan->n_blocks++] = (struct event_scan_block){event->block_number, event->block_hash, 0, 0};
        else if (badge_hash_compare(&last->hash, &event->block_hash) != 0)
            return false;
    }
    return true;
}

/* -- events -------------------------------------------------------------------------------------------------------- */

static bool same_event(const struct registry_event *a, const struct registry_event *b)
{
    return a->kind == b->kind && a->allowed == b->allowed && a->reason == b->reason &&
           a->block_number == b->block_number && a->log_index == b->log_index &&
           badge_hash_compare(&a->block_hash, &b->block_hash) == 0 &&
           badge_hash_compare(&a->subject, &b->subject) == 0 &&
           memcmp(&a->account, &b->account, sizeof a->account) == 0;
}

static bool same_events(const struct registry_events *a, const struct registry_events *b)
{
    for (size_t i = 0; a->n == b->n && i < a->n; i++)
        if (!same_event(&a->event[i], &b->event[i]))
            return false;
    return a->n == b->n;
}

/* Keeps the first valid list; the others must be equal to it. */
static enum badge_status logs_answer(struct quorum *quorum, const json_t *result)
{
    struct event_scan *scan = quorum->context;
    struct registry_events events = {0};
    if (registry_events_read(&events, &scan->wanted, result, NULL) != BADGE_OK || registry_events_sort(&events) != 0) {
        registry_events_release(&events);
        return BADGE_ETYPE;
    }
    if (quorum->n_answered == 0) {
        registry_events_release(&scan->events);
        scan->events = events;
        return BADGE_OK;
    }
    bool same = same_events(&events, &scan->events);
    registry_events_release(&events);
    return same ? BADGE_OK : BADGE_EMISMATCH;
}

static void logs_done(struct quorum *quorum)
{
    struct event_scan *scan = quorum->context;
    bool is_small = scan->wanted.to - scan->wanted.from < SMALL_RANGE_BLOCKS;
    snprintf(scan->why, sizeof scan->why, "%s", quorum->why);
    if (quorum->n_differ > 0) {
        scan_end(scan, SCAN_DIFFERS);
        return;
    }
    bool may_narrow = scan->wanted.to > scan->wanted.from && quorum->n_limited > 0;
    if (quorum->n_answered == 0 || ((quorum->n_refused > 0 || may_narrow) && !is_small)) {
        scan_end(scan, quorum->n_refused > 0 || may_narrow ? SCAN_REFUSED : SCAN_FAILED);
        return;
    }
    for (size_t i = 0; i < PROVIDERS_MAX; i++)
        scan->excluded[i] = scan->excluded[i] || quorum->has_refused[i];
    scan->block = malloc((scan->events.n + 1) * sizeof *scan->block);
    if (!scan->block) {
        snprintf(scan->why, sizeof scan->why, "out of memory");
        scan_end(scan, SCAN_FAILED);
    } else if (!list_blocks(scan)) {
        snprintf(scan->why, sizeof scan->why, "events at the same height have different block hashes");
        scan_end(scan, SCAN_DIFFERS);
    } else {
        ask_headers(scan);
    }
}

enum badge_status event_scan_start(struct event_scan *scan)
{
    registry_events_release(&scan->events);
    scan->n_open = scan->next = scan->n_blocks = 0;
    scan->failed = false;
    scan->why[0] = '\0';
    scan->wanted.without_anchors = true;
    scan->logs.answer = logs_answer;
    scan->logs.done = logs_done;
    scan->logs.context = scan;
    scan->logs.excluded = scan->excluded;
    enum badge_status status = quorum_ask(&scan->logs, scan->quorum_members, "eth_getLogs",
                                          registry_events_params(&scan->wanted));
    scan->running = status == BADGE_OK;
    return status;
}
