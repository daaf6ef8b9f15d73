/*
 * The table of pending credentials: append.c fills it, seal.c drops entries from the front, look-ups check it first. It
 * holds no digest twice, and shows no credential to readers before it is on disk.
 *
 * Open addressing with linear probing over a keyed hash, deletion by shifting back. The table is at most half full.
 */
#include "store/pending.h"

#include <stdlib.h>
#include <string.h>

#include "badge/text.h"

#define FIRST_CAPACITY 1024
#define DROP_CHUNK 1024 /* entries dropped per lock of the mutex, because readers on the loop wait for it */

void pending_init(struct pending *pending)
{
    memset(pending, 0, sizeof *pending);
    pthread_mutex_init(&pending->mutex, NULL);
}

enum badge_status pending_begin(struct pending *pending, uint64_t sequence, struct badge_err *err)
{
    pending->front = pending->published = pending->end = sequence;
    pending->capacity = FIRST_CAPACITY;
    enum badge_status status = hash_key_init(&pending->hash_key, err);
    if (status != BADGE_OK)
        return status;
    pending->ring = calloc(pending->capacity, sizeof *pending->ring);
    pending->slots = calloc(pending->capacity * 2, sizeof *pending->slots);
    if (!pending->ring || !pending->slots)
        return badge_no_memory(err);
    return BADGE_OK;
}

void pending_release(struct pending *pending)
{
    pthread_mutex_destroy(&pending->mutex);
    free(pending->ring);
    free(pending->slots);
    pending->ring = NULL;
    pending->slots = NULL;
}

static size_t ring_index(const struct pending *pending, uint64_t sequence)
{
    return (size_t)sequence & (pending->capacity - 1);
}

/* The slot of the digest, or the free slot where it belongs. */
static size_t find_slot(const struct pending *pending, const struct badge_hash *digest)
{
    size_t n_slots = pending->capacity * 2, slot = hash_key_slot(&pending->hash_key, digest, n_slots);
    while (pending->slots[slot] != 0 &&
           memcmp(pending->ring[pending->slots[slot] - 1].digest.b, digest->b, sizeof digest->b) != 0)
        slot = (slot + 1) & (n_slots - 1);
    return slot;
}

/* Closes the gap, so that every entry can be reached from its first slot without passing a free one. */
static void clear_slot(struct pending *pending, size_t gap)
{
    size_t mask = pending->capacity * 2 - 1;
    for (size_t slot = (gap + 1) & mask; pending->slots[slot] != 0; slot = (slot + 1) & mask) {
        size_t from = hash_key_slot(&pending->hash_key, &pending->ring[pending->slots[slot] - 1].digest, mask + 1);
        if (((slot - from) & mask) >= ((slot - gap) & mask)) {
            pending->slots[gap] = pending->slots[slot];
            gap = slot;
        }
    }
    pending->slots[gap] = 0;
}

/* Builds the larger table before taking the lock: only the writer changes it, so readers wait only for the swap. */
static enum badge_status grow(struct pending *pending, struct badge_err *err)
{
    size_t capacity = pending->capacity * 2, n_slots = capacity * 2;
    BADGE_ASSERT(capacity <= UINT32_MAX / 4);
    struct pending_entry *ring = calloc(capacity, sizeof *ring);
    uint32_t *slots = calloc(n_slots, sizeof *slots);
    if (!ring || !slots) {
        free(ring);
        free(slots);
        return badge_no_memory(err);
    }
    for (uint64_t sequence = pending->front; sequence < pending->end; sequence++) {
        size_t to = (size_t)sequence & (capacity - 1);
        ring[to] = pending->ring[ring_index(pending, sequence)];
        size_t slot = hash_key_slot(&pending->hash_key, &ring[to].digest, n_slots);
        while (slots[slot] != 0)
            slot = (slot + 1) & (n_slots - 1);
        slots[slot] = (uint32_t)to + 1;
    }
    struct pending_entry *old_ring = pending->ring;
    uint32_t *old_slots = pending->slots;
    pthread_mutex_lock(&pending->mutex);
    pending->ring = ring;
    pending->slots = slots;
    pending->capacity = capacity;
    pthread_mutex_unlock(&pending->mutex);
    free(old_ring);
    free(old_slots);
    return BADGE_OK;
}

size_t pending_count(struct pending *pending)
{
    pthread_mutex_lock(&pending->mutex);
    size_t n = (size_t)(pending->published - pending->front);
    pthread_mutex_unlock(&pending->mutex);
    return n;
}

int64_t pending_oldest_s(struct pending *pending)
{
    int64_t oldest_s = 0;
    pthread_mutex_lock(&pending->mutex);
    if (pending->front < pending->published)
        oldest_s = pending->ring[ring_index(pending, pending->front)].received_at_s;
    pthread_mutex_unlock(&pending->mutex);
    return oldest_s;
}

/* Each index in the ring holds one sequence number of front … front + capacity − 1. */
static uint64_t sequence_of(const struct pending *pending, size_t at)
{
    return pending->front + ((at - ring_index(pending, pending->front)) & (pending->capacity - 1));
}

bool pending_find(struct pending *pending, const struct badge_hash *digest, struct badge_digest *out,
                  int64_t *received_at_s)
{
    pthread_mutex_lock(&pending->mutex);
    uint32_t taken = pending->slots[find_slot(pending, digest)];
    bool found = taken != 0 && sequence_of(pending, taken - 1) < pending->published;
    if (found) {
        const struct pending_entry *entry = &pending->ring[taken - 1];
        out->value = entry->digest;
        out->label = (enum badge_label)entry->label;
        *received_at_s = entry->received_at_s;
    }
    pthread_mutex_unlock(&pending->mutex);
    return found;
}

struct pending_entry *pending_lookup(struct pending *pending, const struct badge_hash *digest, uint64_t *sequence)
{
    uint32_t taken = pending->slots[find_slot(pending, digest)];
    if (taken == 0)
        return NULL;
    *sequence = sequence_of(pending, taken - 1);
    return &pending->ring[taken - 1];
}

enum badge_status pending_push(struct pending *pending, const struct badge_digest *digest, int64_t received_at_s,
                               struct badge_err *err)
{
    if (pending->end - pending->front == pending->capacity) {
        enum badge_status status = grow(pending, err);
        if (status != BADGE_OK)
            return status;
    }
    pthread_mutex_lock(&pending->mutex);
    size_t slot = find_slot(pending, &digest->value), at = ring_index(pending, pending->end);
    BADGE_ASSERT(pending->slots[slot] == 0);
    pending->ring[at] = (struct pending_entry){
        .digest = digest->value, .received_at_s = received_at_s, .label = (uint8_t)digest->label};
    pending->slots[slot] = (uint32_t)at + 1;
    pending->end++;
    pthread_mutex_unlock(&pending->mutex);
    return BADGE_OK;
}

void pending_publish(struct pending *pending, const uint64_t relabelled[], size_t n)
{
    pthread_mutex_lock(&pending->mutex);
    pending->published = pending->end;
    for (size_t i = 0; i < n; i++) {
        struct pending_entry *entry = &pending->ring[ring_index(pending, relabelled[i])];
        entry->label = entry->new_label;
        entry->new_label = 0;
    }
    pthread_mutex_unlock(&pending->mutex);
}

void pending_retract(struct pending *pending, const uint64_t relabelled[], size_t n)
{
    pthread_mutex_lock(&pending->mutex);
    while (pending->end > pending->published) {
        uint64_t last = pending->end - 1;
        clear_slot(pending, find_slot(pending, &pending->ring[ring_index(pending, last)].digest));
        pending->end = last;
    }
    for (size_t i = 0; i < n; i++)
        pending->ring[ring_index(pending, relabelled[i])].new_label = 0;
    pthread_mutex_unlock(&pending->mutex);
}

const struct pending_entry *pending_at(const struct pending *pending, size_t i)
{
    return &pending->ring[ring_index(pending, pending->front + i)];
}

void pending_drop(struct pending *pending, size_t n)
{
    while (n > 0) {
        size_t chunk = n < DROP_CHUNK ? n : DROP_CHUNK;
        pthread_mutex_lock(&pending->mutex);
        BADGE_ASSERT(pending->published - pending->front >= chunk);
        for (size_t i = 0; i < chunk; i++, pending->front++)
            clear_slot(pending, find_slot(pending, &pending->ring[ring_index(pending, pending->front)].digest));
        pthread_mutex_unlock(&pending->mutex);
        n -= chunk;
    }
}
