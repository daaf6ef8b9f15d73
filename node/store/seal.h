/*
 * The steps that sealing and resealing share: they turn entries into a tree, a batch file, a record in the list of
 * batches and entries in the index. The store's sealing lock is held throughout.
 */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include "store/store_internal.h"

struct seal_job {
    struct store *store;
    uint32_t n;
    struct pending_entry *entries; /* copied at the start of the seal */
    struct batch_head head;        /* the caller sets replaces and sealed_through */
    uint32_t *order;               /* the index of the entry at each leaf */
    struct badge_hash *above;      /* the tree */
};

void seal_release(struct seal_job *seal);
enum badge_status seal_no_memory(struct badge_err *err, size_t n);
enum badge_status seal_refused(struct badge_err *err); /* the store accepts no writes */

/* All steps up to the rename; *sealed is *renamed of batch_file_write(). */
enum badge_status seal_write(struct seal_job *seal, bool *sealed, struct badge_err *err) BADGE_CHECKED;
/*
 * Adds the batch to the list. Sets *sealed to false if there was no disk space for that and the batch file was deleted
 * again: then nothing has changed.
 */
enum badge_status seal_list(struct seal_job *seal, struct store_batch *batch, bool *sealed,
                            struct badge_err *err) BADGE_CHECKED;
/*
 * Stops the store after a seal that failed after its rename. If the batch was listed (the commit lock is held then), it
 * is completed once there is disk space again, because the index is derived from the files; if not, the next start
 * reads what the disk has.
 */
void seal_fail(struct seal_job *seal, bool listed, const struct badge_err *cause);
enum badge_status seal_index(struct seal_job *seal, struct badge_err *err) BADGE_CHECKED;

#endif
