/*
 * Entries in order of arrival, found by digest: pending.c, anchors_revocations.c and chain_status.c keep theirs in one.
 * Each entry is a struct of the owner that begins with its digest; it has a number, and the next one gets the next
 * number. Besides its size an entry takes 8 to 16 bytes. {0} is an empty table.
 *
 * Attackers can choose digests, so each table draws its own random key for their hash.
 *
 * One writer at a time; readers hold the owner's mutex, and so does the writer in all but digest_table_reserve(), which
 * builds the larger table first and locks it for the swap only.
 */
#ifndef STORE_DIGEST_TABLE_H
#define STORE_DIGEST_TABLE_H

#include <pthread.h>

#include "badge/hash.h"

struct digest_table {
    uint8_t *entries; /* a ring: the index of an entry is its number modulo capacity */
    size_t entry_size;
    uint32_t *slots;     /* index of an entry + 1, or 0; 2 × capacity */
    size_t capacity;     /* a power of two, or 0 */
    uint64_t first, end; /* the numbers of the entries are first … end − 1 */
    uint64_t key[9];
};

void digest_table_release(struct digest_table *table); /* leaves it empty, like {0} */

/*
 * Makes room for n more entries.
 * entry_size   always the same
 * readers      the mutex that readers hold, which the caller does not hold; NULL: no readers, or the caller holds it
 * errors       BADGE_ENOMEM, BADGE_EIO (no randomness): nothing has changed
 */
enum badge_status digest_table_reserve(struct digest_table *table, size_t entry_size, size_t n,
                                       pthread_mutex_t *readers, struct badge_err *err) BADGE_CHECKED;
/* Copies the entry; room is reserved. Of several with the same digest the latest is found. */
void digest_table_push(struct digest_table *table, const void *entry);
/* Removes the first or the last entry, of which no other has the digest. */
void digest_table_drop_first(struct digest_table *table);
void digest_table_drop_last(struct digest_table *table);

/* NULL: not found. Valid until the next reservation or drop. */
void *digest_table_find(const struct digest_table *table, const struct badge_hash *digest);
uint64_t digest_table_number(const struct digest_table *table, const void *entry);

static inline size_t digest_table_count(const struct digest_table *table)
{
    return (size_t)(table->end - table->first);
}

static inline void *digest_table_at(const struct digest_table *table, uint64_t number)
{
    return table->entries + ((size_t)number & (table->capacity - 1)) * table->entry_size;
}

#endif
