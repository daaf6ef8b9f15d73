/*
 * Status lists in memory, each fetched whole, verified, inflated on the pool and then shared by all verifications of a
 * process. Bounded in number and in bytes. A list is used as long as it says (its `ttl`, its own end, and what its host
 * says of caches); if it can't be fetched again, for max_age longer at most, and what rests on it says how old it is. A
 * node fetches the lists that are in use again by itself, so that a host sees nobody's verifications. Only on the loop.
 */
#ifndef AUDIT_STATUS_LISTS_H
#define AUDIT_STATUS_LISTS_H

#include "audit/issuer_documents.h"

struct status_lists;

struct status_lists_options {
    uv_loop_t *loop;
    struct issuer_documents *documents; /* fetches; borrowed for the life of the lists */
    uint64_t max_age_ms;                /* how old a list may be at most that can't be fetched again */
    bool is_node;                       /* lists in use are fetched again by a timer */
};
enum badge_status status_lists_new(struct status_lists **out, const struct status_lists_options *options,
                                   struct badge_err *err) BADGE_CHECKED;
/* When no query waits for a list. Its timer is closed; the loop has to run until that is done. */
void status_lists_free(struct status_lists *lists);

#endif
