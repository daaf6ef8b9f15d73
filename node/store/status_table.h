/*
 * The last word on each of many hashes: who said it, when, and whether it stands. A mark is 48 bytes and four to eight
 * of table; one that is taken back stays, as the word that it is.
 *
 * One writer; readers hold the mutex that the writer is given.
 */
#ifndef STORE_STATUS_TABLE_H
#define STORE_STATUS_TABLE_H

#include <pthread.h>
#include <stdbool.h>

#include "store/hash_key.h"

struct status_entry {
    struct badge_hash of;
    int64_t at_s;
    uint32_t account; /* the owner's number for it */
    bool stands;
    bool stale; /* words of a later time were not read: that it does not stand says nothing any more */
};

struct status_table {
    struct status_entry *mark;
    uint32_t *slots; /* number of the mark + 1, or 0; twice as many as there is room for */
    size_t n, capacity;
    struct hash_key hash_key;
};

void status_table_release(struct status_table *table); /* leaves it empty, and ready for use; so does {0} */
/* Enters a mark over one of the same hash. readers may be NULL. errors    BADGE_ENOMEM, BADGE_EIO (no randomness) */
enum badge_status status_table_put(struct status_table *table, const struct status_entry *mark,
                                   pthread_mutex_t *readers, struct badge_err *err) BADGE_CHECKED;
/* NULL: nothing was ever said of it. Valid while the mutex is held. */
const struct status_entry *status_table_find(const struct status_table *table, const struct badge_hash *of);

#endif
