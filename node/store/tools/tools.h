/*
 * The store as an operator's tools see it, without a node: checked as a whole, copied from under a running node, put
 * back. `badge fsck`, `badge backup` and `badge restore` are these three. Blocking; one thread.
 */
#ifndef STORE_TOOLS_TOOLS_H
#define STORE_TOOLS_TOOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "badge/hash.h"

#define STORE_NO_OFFSET UINT64_MAX

struct store_check {
    /* In: what is told meanwhile. Either may be NULL. */
    void (*on_fault)(void *context, const char *file, uint64_t offset, const char *text); /* file: below the store */
    void (*on_progress)(void *context, const char *what, uint64_t done, uint64_t total);  /* credentials, "checked" */
    bool (*is_stopped)(void *context); /* looked at between files; may be NULL */
    void *context;
    /* Out. */
    size_t n_faults;
    uint32_t n_batches, n_spoiled;
    uint64_t n_sealed, n_pending, n_labels, n_indexed; /* n_indexed: digests that the index answered for */
    uint64_t n_superseded; /* places of digests whose batch was withdrawn, and that are in a later one or pending */
    uint64_t n_torn;       /* bytes at the ends of files that a crash has left half-written: a start cuts them off */
    bool has_index;
    bool has_chain_status; /* and it was read as far as the head and our anchors: else nobody here knows what was
                            * withdrawn
                            */
};

/*
 * Recomputes the store in `path`: every batch from its digests to its root, the list of batches, the journal, the
 * labels, what the chain says, the tokens; no digest twice, but where the first batch was withdrawn (without
 * `standing`, or while a lost one is being read again, that is believed of a final batch); the index answering for
 * every digest. It changes nothing (but for LevelDB's own housekeeping in index/). Faults are told, not errors. errors
 * BADGE_ENOTFOUND (no store there), BADGE_EREFUSED (a node holds it, or stopped), BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status store_fsck(const char *path, struct store_check *check, struct badge_err *err) BADGE_CHECKED;

/*
 * Copies the store in `path`, whether a node runs on it or not, to a new archive, and checks the archive: taken apart
 * and recomputed in the folder `file`.check, which is deleted again. It has its name only once it is good.
 * check     that of the copy
 * errors    BADGE_EREFUSED (the archive is there already, or that folder, or stopped), BADGE_ECORRUPT (the store is
 * damaged, or changed as it never does), BADGE_ENOTFOUND (no store there), BADGE_EIO, BADGE_ENOMEM, BADGE_ELIMIT
 */
enum badge_status store_backup(const char *path, const char *file, struct store_check *check,
                               struct badge_err *err) BADGE_CHECKED;

/*
 * Makes the store in `path`, a folder that is empty or not there, from an archive. On failure the folder is empty
 * again. Afterwards it has passed store_fsck().
 * errors    BADGE_EREFUSED (the folder is not empty, or stopped), BADGE_ECORRUPT (the archive is damaged, or none of
 * ours), BADGE_ENOTFOUND (no archive there), BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status store_restore(const char *path, const char *file, struct store_check *check,
                                struct badge_err *err) BADGE_CHECKED;

#endif
