/*
 * Finds the batch, leaf and label of a sealed digest. The index follows the batches and the file `labels`, and is
 * rebuilt from them whenever it is damaged, at the start or later.
 *
 *   labels   real labels of digests that were sealed as external, appended and synced, never trimmed, because the batch
 *            file is immutable. The first real label of a digest wins.
 *
 * Thread-safe, except for the functions that only a seal calls: digest_index_add(), digest_index_replay_labels(),
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
    const char *path, *batches;        /* folders; borrowed as long as the index exists */
    struct anchors *anchors;           /* borrowed: the list of batches */
    struct chain_status *chain_status; /* borrowed: which batches were withdrawn */
    pthread_rwlock_t lock;             /* write-locked only while the index is rebuilt */
    struct index_db *db;
    unsigned generation; /* of the index */
    bool no_space;       /* it can't be opened on a full disk: the batch files are searched */
    struct index_checkpoint checkpoint;
    pthread_mutex_t labels_mutex;
    struct record_file labels;
};

/* Creates the file of labels of a new store. */
enum badge_status digest_index_create_labels(const char *path, struct badge_err *err) BADGE_CHECKED;

/* Reads the file of labels without changing it. The caller closes it. */
enum badge_status digest_index_read_labels(struct record_file *out, const char *path, record_file_visit visit,
                                           void *context, struct badge_err *err) BADGE_CHECKED;

void digest_index_init(struct digest_index *index, const char *path, const char *batches, struct anchors *anchors,
                       struct chain_status *chain_status);
/*
 * Opens index and labels, and updates the index to the list of batches.
 * errors    BADGE_ECORRUPT (a batch file or `labels`; never the index), BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status digest_index_open(struct digest_index *index, struct badge_err *err) BADGE_CHECKED;
/*
 * In place of digest_index_open(), on a disk that is too full for it: look-ups read the batch files, from the newest
 * on, until digest_index_resume() has succeeded. Nothing may be added or relabelled.
 */
enum badge_status digest_index_open_without_space(struct digest_index *index, struct badge_err *err) BADGE_CHECKED;
void digest_index_close(struct digest_index *index);

/* errors    BADGE_ENOTFOUND; those of digest_index_open() if the index had to be rebuilt and that failed */
enum badge_status digest_index_get(struct digest_index *index, const struct badge_hash *digest, struct index_value *out,
                                   struct badge_err *err) BADGE_CHECKED;

/* Adds the leaves of a listed batch; reorders `leaves`. */
enum badge_status digest_index_add(struct digest_index *index, uint32_t batch, struct batch_leaf leaves[], size_t n,
                                   struct badge_err *err) BADGE_CHECKED;
/* Applies all labels again, over those from digest_index_add(). Called by a seal only. */
enum badge_status digest_index_replay_labels(struct digest_index *index, struct badge_err *err) BADGE_CHECKED;
/* Writes the checkpoint: all listed batches and all labels are in the index. */
enum badge_status digest_index_settle(struct digest_index *index, struct badge_err *err) BADGE_CHECKED;

/* Makes real labels durable, framed as journal records. The caller then applies each with digest_index_relabel(). */
enum badge_status digest_index_keep_labels(struct digest_index *index, uint8_t *framed, size_t len,
                                           struct badge_err *err) BADGE_CHECKED;
/* Reopens the index after a failed write, and updates it to the list of batches. */
enum badge_status digest_index_resume(struct digest_index *index, struct badge_err *err) BADGE_CHECKED;
/* Sets the label if the digest is indexed as external; otherwise does nothing. */
enum badge_status digest_index_relabel(struct digest_index *index, const struct badge_digest *digest,
                                       struct badge_err *err) BADGE_CHECKED;

#endif
