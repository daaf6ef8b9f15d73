/*
 * The registry's events of a range of blocks, as all providers tell them, each with the time of its block.
 */
#ifndef FOLLOW_EVENT_SCAN_H
#define FOLLOW_EVENT_SCAN_H

#include "chain/quorum.h"
#include "chain/registry_events.h"

#define READING_HEADERS_AT_ONCE 8

enum reading_outcome {
    READING_DONE,
    READING_REFUSED, /* by all, or by some while the range is wide: ask for less, or for what is younger */
    READING_FAILED,
    READING_DIFFERS, /* providers tell different things, or a block is not the one that it was a moment ago */
};

struct reading {
    /* the caller's */
    const struct voters *voters;
    struct chain_events_wanted wanted;
    bool silent[POLL_MAX_VOTERS]; /* refused even little: not asked for events */
    void (*done)(struct reading *reading, enum reading_outcome outcome);
    void *context;
    /* what came of it */
    struct chain_events events; /* in order; the caller may take them */
    char why[PROVIDER_WHY_LEN]; /* for an outcome other than READING_DONE */
    /* its own */
    struct poll logs;
    struct reading_block {
        uint64_t number;
        struct badge_hash hash;
        int64_t time_s;
        bool known;
    } * block; /* those with events, ascending */
    size_t n_blocks, next;
    struct reading_header {
        struct poll poll;
        struct reading *reading;
        struct reading_block *block;
    } header[READING_HEADERS_AT_ONCE];
    size_t n_open;
    bool running, failed;
    enum reading_outcome outcome;
};

/* done() runs exactly once, later. errors    BADGE_EIO: nobody could be asked, and it does not run */
enum badge_status reading_begin(struct reading *reading) __attribute__((warn_unused_result));
void reading_release(struct reading *reading); /* it does not run */

#endif
