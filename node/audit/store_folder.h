/*
 * A node's store, or a copy of it, as a source of batches. Only batch files are read, and nothing is written. The node
 * may be running.
 */
#ifndef AUDIT_STORE_FOLDER_H
#define AUDIT_STORE_FOLDER_H

#include "audit/reconciliation.h"

/* errors    BADGE_EIO (not a store), BADGE_ECORRUPT (a file's head), BADGE_ELIMIT, BADGE_ENOMEM */
enum badge_status store_folder_list(struct batch_list *out, const char *place, struct badge_err *err) BADGE_CHECKED;
/* The leaves of a batch, recomputed from its digests and its secret. Blocks: call it on the pool. */
enum reconciliation_leaves store_folder_leaves(const char *place, const struct listed_batch *batch,
                                               struct badge_hash *leaf, struct badge_err *err);

#endif
