/*
 * The registry's events of a range of blocks, as all providers tell them, each with the time of its block.
 */
#ifndef FOLLOW_EVENT_SCAN_H
#define FOLLOW_EVENT_SCAN_H

#include "chain/quorum.h"
#include "chain/registry_events.h"

#define SCAN_HEADERS_AT_ONCE 8

enum event_scan_outcome {
    SCAN_DONE,
    SCAN_REFUSED, /* by all, or by some while the range is wide: ask for less, or for what is younger */
    SCAN_FAILED,
    SCAN_DIFFERS, /* providers tell different things, or a block is not the one that it was a moment ago */
};

struct event_scan {
    /* the caller's */
    const struct quorum_members *quorum_members;
    struct registry_events_filter wanted;
    bool excluded[QUORUM_MAX_MEMBERS]; /* refused even little: not asked for events */
    void (*done)(struct event_scan *scan, enum event_scan_outcome outcome);
    void *context;
    /* what came of it */
    struct registry_events events; /* in order; the caller may take them */
    char why[PROVIDER_WHY_LEN];    /* for an outcome other than SCAN_DONE */
    /* its own */
    struct quorum logs;
    struct event_scan_block {
        uint64_t number;
        struct badge_hash hash;
        int64_t time_s;
        bool known;
    } * block; /* those with events, ascending */
    size_t n_blocks, next;
    struct event_scan_header {
        struct quorum quorum;
        struct event_scan *scan;
        struct event_scan_block *block;
    } header[SCAN_HEADERS_AT_ONCE];
    size_t n_open;
    bool running, failed;
    enum event_scan_outcome outcome;
};

/* done() runs exactly once, later. errors    BADGE_EIO: nobody could be asked, and it does not run */
enum badge_status event_scan_start(struct event_scan *scan) BADGE_CHECKED;
void event_scan_release(struct event_scan *scan); /* it does not run */

#endif
