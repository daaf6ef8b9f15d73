/*
 * The latest change of each of many hashes: by which account, when, and whether it is active. An entry takes 48 bytes
 * and four to eight in the table of slots; entries are never removed, a change that was undone has one too.
 *
 * One writer; readers hold the mutex that the writer passes.
 */
#ifndef STORE_STATUS_TABLE_H
#define STORE_STATUS_TABLE_H

#include <pthread.h>
#include <stdbool.h>

#include "store/hash_key.h"

struct status_entry {
    struct badge_hash hash;
    int64_t at_s;
    uint32_t account; /* the owner's number for it */
    bool is_active;   /* revoked, withdrawn or appointed; not restored or removed */
    bool stale;       /* later changes were not read, so an inactive entry no longer proves anything */
};

struct status_table {
    struct status_entry *entries;
    uint32_t *slots; /* index of the entry + 1, or 0; 2 × capacity */
    size_t n, capacity;
    struct hash_key hash_key;
};

void status_table_release(struct status_table *table); /* leaves it empty and ready for use, like {0} */
/*
 * Adds an entry or replaces that of the same hash. readers may be NULL.
 * errors    BADGE_ENOMEM, BADGE_EIO (no randomness)
 */
enum badge_status status_table_put(struct status_table *table, const struct status_entry *entry,
                                   pthread_mutex_t *readers, struct badge_err *err) BADGE_CHECKED;
/* NULL: not found. Valid while the mutex is held. */
const struct status_entry *status_table_find(const struct status_table *table, const struct badge_hash *hash);

#endif
