/*
 * Reads events and the headers of their blocks, for follow.c. The invariant: an event is handed on only if every
 * provider that answered told the very same list, and its block, by all of them, is the one of that height.
 */
#include "follow/event_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LITTLE_BLOCKS 64 /* who refuses even these has no events to give */

void reading_release(struct reading *reading)
{
    chain_events_release(&reading->events);
    free(reading->block);
    reading->block = NULL;
}

static void end(struct reading *reading, enum reading_outcome outcome)
{
    free(reading->block);
    reading->block = NULL;
    reading->running = false;
    if (outcome != READING_DONE)
        chain_events_release(&reading->events);
    reading->done(reading, outcome);
}

/* -- headers ------------------------------------------------------------------------------------------------------- */

static void ask_headers(struct reading *reading);

static enum badge_status header_answer(struct poll *poll, const json_t *result)
{
    struct reading_block *expected = ((struct reading_header *)poll)->block;
    struct block block;
    if (block_read(&block, result) != BADGE_OK || block.number != expected->number)
        return BADGE_ETYPE;
    if (badge_hash_compare(&block.hash, &expected->hash) != 0 || (expected->known && block.time_s != expected->time_s))
        return BADGE_EMISMATCH;
    expected->time_s = block.time_s;
    expected->known = true;
    return BADGE_OK;
}

static void fail(struct reading *reading, enum reading_outcome outcome, const char *why)
{
    reading->failed = true;
    reading->outcome = outcome;
    snprintf(reading->why, sizeof reading->why, "%s", why);
}

static void header_done(struct poll *poll)
{
    struct reading *reading = ((struct reading_header *)poll)->reading;
    if (poll->differ)
        fail(reading, READING_DIFFERS, poll->why);
    else if (poll->n_answered == 0)
        fail(reading, READING_FAILED, poll->why);
    ((struct reading_header *)poll)->block = NULL;
    reading->n_open--;
    ask_headers(reading);
}

static void give_times(struct reading *reading)
{
    const struct reading_block *block = reading->block;
    for (size_t i = 0; i < reading->events.n; i++) {
        while (block->number != reading->events.event[i].block_number)
            block++;
        reading->events.event[i].time_s = block->time_s;
    }
}

static void ask_headers(struct reading *reading)
{
    for (size_t i = 0; i < READING_HEADERS_AT_ONCE && reading->next < reading->n_blocks && !reading->failed; i++) {
        struct reading_header *header = &reading->header[i];
        if (header->block != NULL)
            continue;
        header->reading = reading;
        header->block = &reading->block[reading->next++];
        header->poll.answer = header_answer;
        header->poll.done = header_done;
        json_t *params = json_pack("[ob]", rpc_quantity(header->block->number), 0);
        if (poll_ask(&header->poll, reading->voters, "eth_getBlockByNumber", params) == BADGE_OK) {
            reading->n_open++;
        } else {
            header->block = NULL;
            fail(reading, READING_FAILED, "no provider could be asked for a block");
        }
    }
    if (reading->n_open > 0)
        return;
    if (!reading->failed)
        give_times(reading);
    end(reading, reading->failed ? reading->outcome : READING_DONE);
}

/* The blocks that events are in; false where two events of one height are of different blocks. */
static bool list_blocks(struct reading *reading)
{
    reading->n_blocks = 0;
    for (size_t i = 0; i < reading->events.n; i++) {
        const struct chain_event *event = &reading->events.event[i];
        struct reading_block *last = reading->n_blocks > 0 ? &reading->block[reading->n_blocks - 1] : NULL;
        if (last == NULL || last->number != event->block_number)
            reading->block[reading->n_blocks++] = (struct reading_block){event->block_number, event->block_hash, 0, 0};
        else if (badge_hash_compare(&last->hash, &event->block_hash) != 0)
            return false;
    }
    return true;
}

/* -- events -------------------------------------------------------------------------------------------------------- */

static bool same_event(const struct chain_event *a, const struct chain_event *b)
{
    return a->kind == b->kind && a->allowed == b->allowed && a->block_number == b->block_number &&
           a->log_index == b->log_index && badge_hash_compare(&a->block_hash, &b->block_hash) == 0 &&
           badge_hash_compare(&a->subject, &b->subject) == 0 &&
           memcmp(&a->account, &b->account, sizeof a->account) == 0;
}

static bool same_events(const struct chain_events *a, const struct chain_events *b)
{
    for (size_t i = 0; a->n == b->n && i < a->n; i++)
        if (!same_event(&a->event[i], &b->event[i]))
            return false;
    return a->n == b->n;
}

/* The first list that can be read stays; the others are held against it. */
static enum badge_status logs_answer(struct poll *poll, const json_t *result)
{
    struct reading *reading = poll->context;
    struct chain_events events = {0};
    if (chain_events_read(&events, &reading->wanted, result, NULL) != BADGE_OK || chain_events_sort(&events) != 0) {
        chain_events_release(&events);
        return BADGE_ETYPE;
    }
    if (poll->n_answered == 0) {
        chain_events_release(&reading->events);
        reading->events = events;
        return BADGE_OK;
    }
    bool same = same_events(&events, &reading->events);
    chain_events_release(&events);
    return same ? BADGE_OK : BADGE_EMISMATCH;
}

static void logs_done(struct poll *poll)
{
    struct reading *reading = poll->context;
    bool little = reading->wanted.to - reading->wanted.from < LITTLE_BLOCKS;
    snprintf(reading->why, sizeof reading->why, "%s", poll->why);
    if (poll->differ) {
        end(reading, READING_DIFFERS);
        return;
    }
    bool less = reading->wanted.to > reading->wanted.from && poll->n_limited > 0;
    if (poll->n_answered == 0 || ((poll->n_refused > 0 || less) && !little)) {
        end(reading, poll->n_refused > 0 || less ? READING_REFUSED : READING_FAILED);
        return;
    }
    for (size_t i = 0; i < POLL_MAX_VOTERS; i++)
        reading->silent[i] = reading->silent[i] || poll->has_refused[i];
    reading->block = malloc((reading->events.n + 1) * sizeof *reading->block);
    if (reading->block == NULL) {
        snprintf(reading->why, sizeof reading->why, "there is no memory for the blocks of its events");
        end(reading, READING_FAILED);
    } else if (!list_blocks(reading)) {
        snprintf(reading->why, sizeof reading->why, "events of one block are told to be in two");
        end(reading, READING_DIFFERS);
    } else {
        ask_headers(reading);
    }
}

enum badge_status reading_begin(struct reading *reading)
{
    chain_events_release(&reading->events);
    reading->n_open = reading->next = reading->n_blocks = 0;
    reading->failed = false;
    reading->why[0] = '\0';
    reading->wanted.without_anchors = true;
    reading->logs.answer = logs_answer;
    reading->logs.done = logs_done;
    reading->logs.context = reading;
    reading->logs.silent = reading->silent;
    enum badge_status status = poll_ask(&reading->logs, reading->voters, "eth_getLogs",
                                        chain_events_question(&reading->wanted));
    reading->running = status == BADGE_OK;
    return status;
}
