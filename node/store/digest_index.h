/*
 * Where a sealed digest is, and under which label: the index, kept in step with the batches and with `labels`, and
 * made anew from them whenever it is in doubt, at the start or later.
 *
 *   labels   real labels of digests that were sealed as external, appended and synced, never trimmed: the batch file
 *            is immutable. The first real label of a digest stays.
 *
 * Thread-safe but for what the seal alone calls: digest_index_add(), digest_index_replay_labels(),
 * digest_index_settle().
 */
#ifndef STORE_DIGEST_INDEX_H
#define STORE_DIGEST_INDEX_H

#include <pthread.h>

#include "store/anchors.h"
#include "store/chain_status.h"
#include "store/index_db.h"
#include "store/journal.h"

struct digest_index {
    const char *path, *batches;        /* folders; borrowed for its life */
    struct anchors *anchors;           /* borrowed: the list of batches */
    struct chain_status *chain_status; /* borrowed: which of them were withdrawn */
    pthread_rwlock_t lock;             /* written only while the index is made anew */
    struct index_db *index;
    unsigned generation; /* of the index */
    struct index_checkpoint mark;
    pthread_mutex_t labels_mutex;
    struct record_file labels;
};

/* Makes the file of labels of a new store. */
enum badge_status digest_index_create_labels(const char *path, struct badge_err *err) BADGE_CHECKED;

/* Reads the file of labels, which stays as it is. The caller closes it. */
enum badge_status digest_index_read_labels(struct record_file *out, const char *path, record_file_visit visit,
                                           void *context, struct badge_err *err) BADGE_CHECKED;

void digest_index_init(struct digest_index *catalog, const char *path, const char *batches, struct anchors *anchors,
                       struct chain_status *chain_status);
/*
 * Opens index and labels, and brings the index up to the list of batches.
 * errors    BADGE_ECORRUPT (a batch file or `labels`; never the index), BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status digest_index_open(struct digest_index *catalog, struct badge_err *err) BADGE_CHECKED;
void digest_index_close(struct digest_index *catalog);

/* errors    BADGE_ENOTFOUND; those of digest_index_open() where the index had to be made anew and could not */
enum badge_status digest_index_get(struct digest_index *catalog, const struct badge_hash *digest,
                                   struct index_value *out, struct badge_err *err) BADGE_CHECKED;

/* Enters the leaves of a batch that is in the list; leaves are reordered. */
enum badge_status digest_index_add(struct digest_index *catalog, uint32_t batch, struct batch_leaf leaves[], size_t n,
                                   struct badge_err *err) BADGE_CHECKED;
/* Enters all labels again, over those that digest_index_add() brought. Of the seal, too. */
enum badge_status digest_index_replay_labels(struct digest_index *catalog, struct badge_err *err) BADGE_CHECKED;
/* Says that all batches of the list, and all labels, are in the index. */
enum badge_status digest_index_settle(struct digest_index *catalog, struct badge_err *err) BADGE_CHECKED;

/* Makes n real labels durable: framed as journal records. digest_index_relabel() then enters each. */
enum badge_status digest_index_keep_labels(struct digest_index *catalog, uint8_t *framed, size_t len,
                                           struct badge_err *err) BADGE_CHECKED;
/* Whether what `labels` holds is unknown: record_file_append(). */
bool digest_index_labels_failed(struct digest_index *catalog);
/* Opens the index again after a write to it failed, and brings it up to the list of batches. */
enum badge_status digest_index_resume(struct digest_index *catalog, struct badge_err *err) BADGE_CHECKED;
/* Where the digest is indexed as external; otherwise nothing happens. */
enum badge_status digest_index_relabel(struct digest_index *catalog, const struct badge_digest *digest,
                                       struct badge_err *err) BADGE_CHECKED;

#endif
