/*
 * The hash table of pending.c, anchors_revocations.c and chain_status.c: open addressing with linear probing over a
 * keyed hash, deletion by shifting back. The invariant: it is at most half full, and every entry that can be found is
 * reached from its first slot without passing a free one.
 */
#include "store/digest_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "badge/text.h"
#include "store/bytes.h"

#define FIRST_CAPACITY 64
#define MAX_CAPACITY ((size_t)1 << 30) /* the slots are twice as many, and 32 bits of hash */

void digest_table_release(struct digest_table *table)
{
    free(table->entries);
    free(table->slots);
    *table = (struct digest_table){0};
}

static size_t index_of(const struct digest_table *table, uint64_t number)
{
    return (size_t)number & (table->capacity - 1);
}

static size_t slot_mask(const struct digest_table *table)
{
    return table->capacity * 2 - 1;
}

/* In an occupied slot. */
static const struct badge_hash *digest_in(const struct digest_table *table, size_t slot)
{
    return (const void *)(table->entries + (table->slots[slot] - 1) * table->entry_size);
}

/*
 * Multilinear over the digest's eight 32-bit words, with a 64-bit key word each; the result is the upper half (strongly
 * universal: Lemire and Kaser, "Strongly universal string hashing is fast").
 */
static size_t first_slot(const struct digest_table *table, const struct badge_hash *digest)
{
    uint64_t sum = table->key[8];
    for (size_t i = 0; i < 8; i++)
        sum += table->key[i] * get_u32(digest->b + 4 * i);
    return (size_t)(sum >> 32) & slot_mask(table);
}

/* The slot of the digest, or the free slot where it belongs. */
static size_t find_slot(const struct digest_table *table, const struct badge_hash *digest)
{
    size_t slot = first_slot(table, digest);
    while (table->slots[slot] != 0 && badge_hash_compare(digest_in(table, slot), digest) != 0)
        slot = (slot + 1) & slot_mask(table);
    return slot;
}

void digest_table_push(struct digest_table *table, const void *entry)
{
    BADGE_ASSERT(digest_table_count(table) < table->capacity);
    uint64_t number = table->end++;
    table->slots[find_slot(table, entry)] = (uint32_t)index_of(table, number) + 1;
    memcpy(digest_table_at(table, number), entry, table->entry_size);
}

static enum badge_status grow(struct digest_table *table, size_t capacity, size_t entry_size, pthread_mutex_t *readers,
                              struct badge_err *err)
{
    struct digest_table old = *table, grown = *table;
    if (old.capacity == 0 && getrandom(grown.key, sizeof grown.key, 0) != (ssize_t)sizeof grown.key)
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "no random bytes from the operating system");
    grown.capacity = capacity;
    grown.entry_size = entry_size;
    grown.entries = malloc(capacity * entry_size);
    grown.slots = calloc(capacity * 2, sizeof *grown.slots);
    if (!grown.entries || !grown.slots) {
        free(grown.entries);
        free(grown.slots);
        return badge_no_memory(err);
    }
    grown.end = old.first;
    while (grown.end < old.end)
        digest_table_push(&grown, digest_table_at(&old, grown.end));
    if (readers)
        pthread_mutex_lock(readers);
    *table = grown;
    if (readers)
        pthread_mutex_unlock(readers);
    free(old.entries);
    free(old.slots);
    return BADGE_OK;
}

enum badge_status digest_table_reserve(struct digest_table *table, size_t entry_size, size_t n,
                                       pthread_mutex_t *readers, struct badge_err *err)
{
    size_t count = digest_table_count(table), capacity = table->capacity ? table->capacity : FIRST_CAPACITY;
    if (n > MAX_CAPACITY - count)
        return badge_no_memory(err);
    while (capacity < count + n)
        capacity *= 2;
    return capacity > table->capacity ? grow(table, capacity, entry_size, readers, err) : BADGE_OK;
}

/* Moves later entries into the gap if it is between their first slot and where they are. */
static void clear_slot(struct digest_table *table, uint64_t number)
{
    size_t mask = slot_mask(table), gap = find_slot(table, digest_table_at(table, number));
    BADGE_ASSERT(table->slots[gap] == index_of(table, number) + 1);
    for (size_t slot = (gap + 1) & mask; table->slots[slot] != 0; slot = (slot + 1) & mask) {
        size_t from = first_slot(table, digest_in(table, slot));
        if (((slot - from) & mask) >= ((slot - gap) & mask)) {
            table->slots[gap] = table->slots[slot];
            gap = slot;
        }
    }
    table->slots[gap] = 0;
}

void digest_table_drop_first(struct digest_table *table)
{
    BADGE_ASSERT(table->first < table->end);
    clear_slot(table, table->first);
    table->first++;
}

void digest_table_drop_last(struct digest_table *table)
{
    BADGE_ASSERT(table->first < table->end);
    clear_slot(table, table->end - 1);
    table->end--;
}

void *digest_table_find(const struct digest_table *table, const struct badge_hash *digest)
{
    if (table->first == table->end)
        return NULL;
    uint32_t taken = table->slots[find_slot(table, digest)];
    return taken != 0 ? table->entries + (taken - 1) * table->entry_size : NULL;
}

/* Each index holds one number of first … first + capacity − 1. */
uint64_t digest_table_number(const struct digest_table *table, const void *entry)
{
    size_t index = (size_t)((const uint8_t *)entry - table->entries) / table->entry_size;
    return table->first + ((index - index_of(table, table->first)) & (table->capacity - 1));
}
