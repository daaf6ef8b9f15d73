/*
 * The registry's events of one issuer as a provider tells them: read strictly. Pure, but for the memory they take.
 *
 * Of all that is told here only the anchors are proven (by the log's head). Who anchored, who was an operator when, and
 * what was revoked is the provider's word.
 */
#ifndef AUDIT_EVENTS_H
#define AUDIT_EVENTS_H

#include <jansson.h>

#include "badge/registry.h"

enum event_kind { EVENT_ANCHORED, EVENT_WITHDRAWN, EVENT_REVOKED, EVENT_RESTORED, EVENT_OPERATOR };
#define EVENT_N_KINDS 5
#define EVENTS_MAX ((size_t)1 << 22)

struct event {
    enum event_kind kind;
    bool allowed; /* EVENT_OPERATOR: appointed, else removed */
    uint64_t block_number, log_index;
    struct badge_hash subject;     /* the root or the digest */
    struct badge_address account;  /* who sent it: EVENT_ANCHORED, EVENT_REVOKED; the operator: EVENT_OPERATOR */
    struct badge_hash transaction; /* of EVENT_OPERATOR only: zero else */
    int64_t time_s;                /* of its block; 0: not told */
};

struct events {
    struct event *event;
    size_t n, capacity;
};
void events_release(struct events *events);

struct events_wanted {
    struct badge_address contract, issuer;
    uint64_t from, to; /* blocks */
};
/* The parameters of eth_getLogs; NULL where there is no memory. */
json_t *events_question(const struct events_wanted *wanted);
/* Adds what was answered, all or nothing. errors    BADGE_ETYPE (not an answer to the question), BADGE_ELIMIT,
 * BADGE_ENOMEM */
enum badge_status events_read(struct events *events, const struct events_wanted *wanted, const json_t *logs,
                              struct badge_err *err) __attribute__((warn_unused_result));
/* In the order in which they happened; how many of them are there twice, which an honest provider never tells. */
size_t events_sort(struct events *events);
/* Of sorted events: digests that were revoked, and not restored since. errors    BADGE_ENOMEM */
enum badge_status events_revoked(uint64_t *out, const struct events *events, struct badge_err *err)
    __attribute__((warn_unused_result));

#endif
