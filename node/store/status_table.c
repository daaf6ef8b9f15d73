/*
 * A hash table of status entries: chain_status.c fills it from its file and from the chain, and looks entries up for
 * api's handlers. A larger table is built before the lock is taken, so that readers on the loops wait only for the
 * swap.
 *
 * Open addressing with linear probing; entries are never removed. The table is at most half full.
 */
#include "store/status_table.h"

#include <stdlib.h>
#include <string.h>

#include "badge/text.h"

#define FIRST_CAPACITY 64
#define MAX_CAPACITY ((size_t)1 << 30)

void status_table_release(struct status_table *table)
{
    free(table->entries);
    free(table->slots);
    *table = (struct status_table){0};
}

/* The slot of the hash, or the free slot where it belongs. */
static uint32_t *find_slot(const struct status_table *table, const struct badge_hash *hash)
{
    size_t n_slots = table->capacity * 2, slot = hash_key_slot(&table->hash_key, hash, n_slots);
    while (table->slots[slot] != 0 && badge_hash_compare(&table->entries[table->slots[slot] - 1].hash, hash) != 0)
        slot = (slot + 1) & (n_slots - 1);
    return &table->slots[slot];
}

static enum badge_status grow(struct status_table *table, pthread_mutex_t *readers, struct badge_err *err)
{
    struct status_table grown = {.n = table->n, .capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY};
    if (grown.capacity > MAX_CAPACITY)
        return badge_no_memory(err);
    enum badge_status status = hash_key_init(&grown.hash_key, err);
    if (status != BADGE_OK)
        return status;
    grown.entries = malloc(grown.capacity * sizeof *grown.entries);
    grown.slots = calloc(grown.capacity * 2, sizeof *grown.slots);
    if (!grown.entries || !grown.slots) {
        status_table_release(&grown);
        return badge_no_memory(err);
    }
    for (size_t i = 0; i < table->n; i++) {
        grown.entries[i] = table->entries[i];
        *find_slot(&grown, &grown.entries[i].hash) = (uint32_t)i + 1;
    }
    struct status_table old = *table;
    if (readers)
        pthread_mutex_lock(readers);
    *table = grown;
    if (readers)
        pthread_mutex_unlock(readers);
    status_table_release(&old);
    return BADGE_OK;
}

enum badge_status status_table_put(struct status_table *table, const struct status_entry *entry,
                                   pthread_mutex_t *readers, struct badge_err *err)
{
    if (table->n == table->capacity) {
        enum badge_status status = grow(table, readers, err);
        if (status != BADGE_OK)
            return status;
    }
    if (readers)
        pthread_mutex_lock(readers);
    uint32_t *slot = find_slot(table, &entry->hash);
    if (*slot == 0)
        *slot = (uint32_t)++table->n;
    table->entries[*slot - 1] = *entry;
    if (readers)
        pthread_mutex_unlock(readers);
    return BADGE_OK;
}

const struct status_entry *status_table_find(const struct status_table *table, const struct badge_hash *hash)
{
    if (table->n == 0)
        return NULL;
    uint32_t taken = *find_slot(table, hash);
    return taken != 0 ? &table->entries[taken - 1] : NULL;
}
