/*
 * One inquiry after a credential's status (badge/status_list.h): the lists that it wants are those given by hand, those
 * in the cache, or fetched where that is allowed. Only on the loop.
 */
#ifndef AUDIT_STATUS_QUERY_H
#define AUDIT_STATUS_QUERY_H

#include "audit/status_lists.h"

struct status_query {
    struct status_lists *lists;           /* the cache */
    const uint8_t *client;                /* as for issuer_documents_ask() */
    struct badge_status_inquiry *inquiry; /* borrowed until the callback, as are the next two */
    struct badge_text issuer;             /* of the credential */
    const struct badge_policy *policy;
    int64_t now_s;
    void (*callback)(void *context, const struct badge_status_view *view);
    void *context;
};
/*
 * On success the callback runs exactly once: later, or before this returns if all the lists are there.
 * errors    BADGE_ENOMEM
 */
enum badge_status status_query_start(const struct status_query *query, struct badge_err *err) BADGE_CHECKED;

#endif
