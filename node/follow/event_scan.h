/*
 * Reads the registry's events in a range of blocks from all quorum members, each event with the time of its block.
 */
#ifndef FOLLOW_EVENT_SCAN_H
#define FOLLOW_EVENT_SCAN_H

#include "chain/quorum.h"
#include "chain/registry_events.h"

#define SCAN_HEADERS_AT_ONCE 8

enum event_scan_outcome {
    SCAN_DONE,
    SCAN_REFUSED, /* by all, or by some while the range is wide: try a smaller or a newer range */
    SCAN_FAILED,
    SCAN_DIFFERS, /* providers disagree, or a block was replaced during the scan */
};

struct event_scan {
    /* in */
    const struct quorum_members *quorum_members;
    struct registry_events_filter wanted;
    bool excluded[PROVIDERS_MAX]; /* refused even a small range: not asked for events */
    void (*done)(struct event_scan *scan, enum event_scan_outcome outcome);
    void *context;
    /* out */
    struct registry_events events; /* in order; the caller may take them */
    char why[PROVIDER_WHY_LEN];    /* for an outcome other than SCAN_DONE */
    /* private */
    struct quorum logs;
    struct event_scan_block {
        uint64_t number;
        struct badge_hash hash;
        int64_t time_s;
        bool known;
    } * block; /* the blocks with events, ascending */
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

/* done() runs exactly once, later. errors    BADGE_EIO: no provider could be queried, and done() never runs */
enum badge_status event_scan_start(struct event_scan *scan) BADGE_CHECKED;
void event_scan_release(struct event_scan *scan); /* while no scan is running */

#endif
