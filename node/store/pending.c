/*
 * The table of pending credentials: append.c fills it, seal.c drops entries from the front, look-ups check it first. It
 * holds no digest twice, and shows no credential to readers before it is on disk.
 */
#include "store/pending.h"

#include <stddef.h>
#include <string.h>

#define FIRST_CAPACITY 1024
#define DROP_CHUNK 1024 /* entries dropped per lock of the mutex, because readers on the loop wait for it */

_Static_assert(offsetof(struct pending_entry, digest) == 0, "what digest_table.h asks of an entry");

void pending_init(struct pending *pending)
{
    memset(pending, 0, sizeof *pending);
    pthread_mutex_init(&pending->mutex, NULL);
}

enum badge_status pending_begin(struct pending *pending, uint64_t sequence, struct badge_err *err)
{
    pending->table.first = pending->published = pending->table.end = sequence;
    return digest_table_reserve(&pending->table, sizeof(struct pending_entry), FIRST_CAPACITY, NULL, err);
}

void pending_release(struct pending *pending)
{
    pthread_mutex_destroy(&pending->mutex);
    digest_table_release(&pending->table);
}

size_t pending_count(struct pending *pending)
{
    pthread_mutex_lock(&pending->mutex);
    size_t n = (size_t)(pending->published - pending->table.first);
    pthread_mutex_unlock(&pending->mutex);
    return n;
}

int64_t pending_oldest_s(struct pending *pending)
{
    int64_t oldest_s = 0;
    pthread_mutex_lock(&pending->mutex);
    if (pending->table.first < pending->published)
        oldest_s = pending_at(pending, 0)->received_at_s;
    pthread_mutex_unlock(&pending->mutex);
    return oldest_s;
}

bool pending_find(struct pending *pending, const struct badge_hash *digest, struct badge_digest *out,
                  int64_t *received_at_s)
{
    uint64_t sequence;
    pthread_mutex_lock(&pending->mutex);
    const struct pending_entry *entry = pending_lookup(pending, digest, &sequence);
    bool found = entry && sequence < pending->published;
    if (found) {
        out->value = entry->digest;
        out->label = (enum badge_label)entry->label;
        *received_at_s = entry->received_at_s;
    }
    pthread_mutex_unlock(&pending->mutex);
    return found;
}

struct pending_entry *pending_lookup(struct pending *pending, const struct badge_hash *digest, uint64_t *sequence)
{
    struct pending_entry *entry = digest_table_find(&pending->table, digest);
    if (entry)
        *sequence = digest_table_number(&pending->table, entry);
    return entry;
}

enum badge_status pending_push(struct pending *pending, const struct badge_digest *digest, int64_t received_at_s,
                               struct badge_err *err)
{
    const struct pending_entry entry = {
        .digest = digest->value, .received_at_s = received_at_s, .label = (uint8_t)digest->label};
    enum badge_status status = digest_table_reserve(&pending->table, sizeof entry, 1, &pending->mutex, err);
    if (status != BADGE_OK)
        return status;
    pthread_mutex_lock(&pending->mutex);
    digest_table_push(&pending->table, &entry);
    pthread_mutex_unlock(&pending->mutex);
    return BADGE_OK;
}

void pending_publish(struct pending *pending, const uint64_t relabelled[], size_t n)
{
    pthread_mutex_lock(&pending->mutex);
    pending->published = pending->table.end;
    for (size_t i = 0; i < n; i++) {
        struct pending_entry *entry = digest_table_at(&pending->table, relabelled[i]);
        entry->label = entry->new_label;
        entry->new_label = 0;
    }
    pthread_mutex_unlock(&pending->mutex);
}

void pending_retract(struct pending *pending, const uint64_t relabelled[], size_t n)
{
    pthread_mutex_lock(&pending->mutex);
    while (pending->table.end > pending->published)
        digest_table_drop_last(&pending->table);
    for (size_t i = 0; i < n; i++) {
        struct pending_entry *entry = digest_table_at(&pending->table, relabelled[i]);
        entry->new_label = 0;
    }
    pthread_mutex_unlock(&pending->mutex);
}

const struct pending_entry *pending_at(const struct pending *pending, size_t i)
{
    return digest_table_at(&pending->table, pending->table.first + i);
}

void pending_drop(struct pending *pending, size_t n)
{
    while (n > 0) {
        size_t chunk = n < DROP_CHUNK ? n : DROP_CHUNK;
        pthread_mutex_lock(&pending->mutex);
        BADGE_ASSERT(pending->published - pending->table.first >= chunk);
        for (size_t i = 0; i < chunk; i++)
            digest_table_drop_first(&pending->table);
        pthread_mutex_unlock(&pending->mutex);
        n -= chunk;
    }
}
