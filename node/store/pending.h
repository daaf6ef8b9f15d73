/*
 * The credentials accepted and in no batch yet, in order of arrival, found by digest: a ring of entries under a hash
 * table, some 56 bytes each, that doubles as it fills.
 *
 * One writer at a time (the store's commit lock); readers on any thread see an entry once it is published, that is
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
    uint8_t new_label; /* the writer's: what label becomes when the group is published; 0: nothing */
};

struct pending {
    pthread_mutex_t mutex; /* what readers look at, while the writer changes it */
    struct pending_entry *ring;
    uint32_t *slots;                /* place in the ring + 1, or 0; twice as many as the ring has places */
    size_t capacity;                /* of the ring; a power of two */
    uint64_t front, published, end; /* sequence numbers; the place in the ring is the number modulo capacity */
    struct hash_key hash_key;
};

void pending_init(struct pending *pending);
/* sequence  of the first entry to come. errors    BADGE_ENOMEM, BADGE_EIO (no randomness) */
enum badge_status pending_begin(struct pending *pending, uint64_t sequence, struct badge_err *err) BADGE_CHECKED;
void pending_release(struct pending *pending);

/* -- any thread -- */
size_t pending_count(struct pending *pending);
int64_t pending_oldest_s(struct pending *pending); /* 0 if there is none */
bool pending_find(struct pending *pending, const struct badge_hash *digest, struct badge_digest *out,
                  int64_t *received_at_s);

/* -- the writer -- */
/* An entry published or not; valid until the next push or drop. */
struct pending_entry *pending_lookup(struct pending *pending, const struct badge_hash *digest, uint64_t *sequence);
/* The digest must not be there. errors    BADGE_ENOMEM */
enum badge_status pending_push(struct pending *pending, const struct badge_digest *digest, int64_t received_at_s,
                               struct badge_err *err) BADGE_CHECKED;
/* Shows readers what was pushed, and the new labels of the n entries given (by sequence number). */
void pending_publish(struct pending *pending, const uint64_t relabelled[], size_t n);
/* Takes back what was pushed since, and those new labels: the group has failed. */
void pending_retract(struct pending *pending, const uint64_t relabelled[], size_t n);
/* The i-th oldest entry. */
const struct pending_entry *pending_at(const struct pending *pending, size_t i);
/* Removes the n oldest. */
void pending_drop(struct pending *pending, size_t n);

#endif
