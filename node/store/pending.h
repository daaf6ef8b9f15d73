/*
 * The accepted credentials that are not in a batch yet, in order of arrival, found by digest: about 56 bytes per entry,
 * doubled when full.
 *
 * One writer at a time (the store's commit lock); readers on any thread see an entry once it is published, that is,
 * after its group was synced.
 */
#ifndef STORE_PENDING_H
#define STORE_PENDING_H

#include <pthread.h>
#include <stdbool.h>

#include "badge/digest.h"
#include "store/digest_table.h"

struct pending_entry {
    struct badge_hash digest;
    int64_t received_at_s;
    uint8_t label;     /* enum badge_label, as readers see it */
    uint8_t new_label; /* for the writer: the label once the group is published; 0: unchanged */
};

struct pending {
    pthread_mutex_t mutex;     /* held by readers, and by the writer while it makes changes */
    struct digest_table table; /* of struct pending_entry; their numbers are sequence numbers */
    uint64_t published;        /* readers see the entries before it */
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
