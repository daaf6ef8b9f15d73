/*
 * The accepted credentials that are not in a batch yet, in order of arrival, found by digest: a ring of entries and a
 * hash table, about 56 bytes per entry, that double when full.
 *
 * One writer at a time (the store's commit lock); readers on any thread see an entry once it is published, that is,
 * after its group was synced.
 */
#ifndef STORE_PENDING_H
#define STORE_PENDING_H

#include <pthread.h>
#include <stdbool.h>

#include "badge/digest.h"
#include "store/hash_key.h"

struct pending_entry {
    struct badge_hash digest;
    int64_t received_at_s;
    uint8_t label;     /* enum badge_label, as readers see it */
    uint8_t new_label; /* for the writer: the label once the group is published; 0: unchanged */
};

struct pending {
    pthread_mutex_t mutex; /* held by readers, and by the writer while it makes changes */
    struct pending_entry *ring;
    uint32_t *slots;                /* index in the ring + 1, or 0; 2 × capacity */
    size_t capacity;                /* of the ring; a power of two */
    uint64_t front, published, end; /* sequence numbers; the index in the ring is the number modulo capacity */
    struct hash_key hash_key;
};

void pending_init(struct pending *pending);
/* sequence  of the first entry to be pushed. errors    BADGE_ENOMEM, BADGE_EIO (no randomness) */
enum badge_status pending_begin(struct pending *pending, uint64_t sequence, struct badge_err *err) BADGE_CHECKED;
void pending_release(struct pending *pending);

/* -- any thread -- */
size_t pending_count(struct pending *pending);
int64_t pending_oldest_s(struct pending *pending); /* 0: nothing is pending */
bool pending_find(struct pending *pending, const struct badge_hash *digest, struct badge_digest *out,
                  int64_t *received_at_s);

/* -- the writer -- */
/* Finds unpublished entries too; valid until the next push or drop. */
struct pending_entry *pending_lookup(struct pending *pending, const struct badge_hash *digest, uint64_t *sequence);
/* The digest must not be pending. errors    BADGE_ENOMEM */
enum badge_status pending_push(struct pending *pending, const struct badge_digest *digest, int64_t received_at_s,
                               struct badge_err *err) BADGE_CHECKED;
/* Shows the pushed entries to readers, and the new labels of n entries (by sequence number). */
void pending_publish(struct pending *pending, const uint64_t relabelled[], size_t n);
/* Undoes the pushes since the last publish, and those new labels, because the group has failed. */
void pending_retract(struct pending *pending, const uint64_t relabelled[], size_t n);
/* The i-th oldest entry. */
const struct pending_entry *pending_at(const struct pending *pending, size_t i);
/* Removes the n oldest. */
void pending_drop(struct pending *pending, size_t n);

#endif
