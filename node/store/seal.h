/*
 * What sealing and sealing anew have in common: entries become a tree, a batch file, a line in the list of batches and
 * places in the index. The store's sealing lock is held throughout.
 */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include "store/store_internal.h"

struct seal {
    struct store *store;
    uint32_t n;
    struct pending_entry *entries; /* as they were at the beginning */
    struct batch_head head;        /* the caller sets replaces and sealed_through */
    uint32_t *order;               /* which entry stands at each leaf */
    struct badge_hash *above;      /* the tree */
};

void seal_release(struct seal *seal);
enum badge_status seal_no_memory(struct badge_err *err, size_t n);
enum badge_status seal_not_now(struct badge_err *err); /* the store accepts nothing */

/* Everything up to the rename; *sealed as batch_file_write() has it. */
enum badge_status seal_write(struct seal *seal, bool *sealed, struct badge_err *err) BADGE_CHECKED;
/*
 * Into the list of batches. *sealed, true before, is false where there was no room for that and the file is gone again:
 * then nothing has happened.
 */
enum badge_status seal_list(struct seal *seal, struct store_batch *batch, bool *sealed,
                            struct badge_err *err) BADGE_CHECKED;
/*
 * A seal that failed behind its rename. What was listed is mended when there is room again, for the index follows from
 * the files (the commit lock is held then); else the next start finds out what the disk holds.
 */
void seal_fail(struct seal *seal, bool listed, const struct badge_err *cause);
enum badge_status seal_index(struct seal *seal, struct badge_err *err) BADGE_CHECKED;

#endif
