/*
 * The changes above the last final block: read, given to the store, reported once; removed when they are stored as
 * final, or dropped to be read again.
 */
#ifndef FOLLOW_RECENT_H
#define FOLLOW_RECENT_H

#include "chain/registry_events.h"
#include "store/store.h"

struct changes {
    struct store_change *change;
    size_t n, capacity;
};

struct recent {
    struct badge_address issuer;
    void (*on_change)(void *context, const struct store_change *change, bool undone); /* may be NULL */
    void *context;
    struct changes changes;                /* in the order of the chain */
    size_t n_reported;                     /* of them, from the first */
    bool has_older;                        /* changes of the first sync, which are not reported */
    struct changes reverted;               /* reported, and reorganized away since */
    uint64_t first_unconfirmed_withdrawal; /* block of the first withdrawal that not all providers returned; 0: none */
};
void recent_release(struct recent *recent);

/* All or none. by_all: every configured provider returned them. False: RECENT_FULL. */
#define RECENT_FULL "too many registry events that are not final yet, or out of memory"
bool recent_add(struct recent *recent, const struct registry_events *events, bool by_all);
/*
 * Logs the new changes and passes them to on_change(); those of the first sync (not live) were there before. at_head:
 * what was reverted and has not been found again is reported as undone. The store must have all changes.
 */
void recent_report(struct recent *recent, bool live, bool at_head);
/* The first n, which were reported, are stored as final. */
void recent_remove(struct recent *recent, size_t n);
/* All are read again; one that is found again is not reported again. */
void recent_drop(struct recent *recent);

#endif
