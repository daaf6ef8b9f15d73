/*
 * The registry's events of one issuer as a provider returns them, parsed strictly. Pure, but allocates memory.
 *
 * Only the anchors can be proven (by the log's head). Who anchored, who was an operator when, and what was revoked is
 * the provider's unproven statement.
 */
#ifndef CHAIN_REGISTRY_EVENTS_H
#define CHAIN_REGISTRY_EVENTS_H

#include <jansson.h>

#include "badge/registry.h"

enum registry_event_kind {
    REGISTRY_EVENT_ANCHORED,
    REGISTRY_EVENT_WITHDRAWN,
    REGISTRY_EVENT_REVOKED,
    REGISTRY_EVENT_RESTORED,
    REGISTRY_EVENT_OPERATOR
};
#define REGISTRY_EVENT_N_KINDS 5
#define REGISTRY_EVENTS_MAX ((size_t)1 << 22)

struct registry_event {
    enum registry_event_kind kind;
    bool allowed;             /* REGISTRY_EVENT_OPERATOR: appointed, else removed */
    enum badge_reason reason; /* REGISTRY_EVENT_REVOKED */
    uint64_t sequence;        /* REGISTRY_EVENT_ANCHORED: its place in the issuer's log, from 1; 0: unreadable */
    uint64_t block_number, log_index;
    struct badge_hash block_hash;
    struct badge_hash subject;     /* the root or the digest */
    struct badge_address account;  /* the sender: REGISTRY_EVENT_ANCHORED, REGISTRY_EVENT_REVOKED; the operator:
                                      REGISTRY_EVENT_OPERATOR */
    struct badge_hash transaction; /* REGISTRY_EVENT_OPERATOR only, otherwise zero */
    int64_t time_s;                /* of its block; 0: unknown */
};

struct registry_events {
    struct registry_event *event;
    size_t n, capacity;
};
void registry_events_release(struct registry_events *events);

#define REGISTRY_KIND(kind) (1u << (kind))
#define REGISTRY_ALL_BUT_ANCHORS (~REGISTRY_KIND(REGISTRY_EVENT_ANCHORED))
struct registry_events_filter {
    struct badge_address contract, issuer;
    uint64_t from, to; /* blocks */
    unsigned kinds;    /* REGISTRY_KIND() of each; 0: all */
};
/* The parameters of eth_getLogs; NULL if out of memory. */
json_t *registry_events_params(const struct registry_events_filter *wanted);
/* Appends the events of a result, all or nothing. errors    BADGE_ETYPE (does not match the request), BADGE_ELIMIT,
 * BADGE_ENOMEM */
enum badge_status registry_events_read(struct registry_events *events, const struct registry_events_filter *wanted,
                                       const json_t *logs, struct badge_err *err) BADGE_CHECKED;
/* Sorts in the order of the chain; returns the number of duplicates, which an honest provider never returns. */
size_t registry_events_sort(struct registry_events *events);
/* Of sorted events: counts, by reason, the digests that were revoked and not restored since. errors    BADGE_ENOMEM */
enum badge_status registry_events_revoked(uint64_t out[BADGE_N_REASONS], const struct registry_events *events,
                                          struct badge_err *err) BADGE_CHECKED;

#endif
