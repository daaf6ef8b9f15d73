/*
 * Operations on a store for operators' tools, outside the node: check it, copy it while the node runs, restore it. They
 * implement `badge fsck`, `badge backup` and `badge restore`. Blocking; one thread.
 */
#ifndef STORE_TOOLS_TOOLS_H
#define STORE_TOOLS_TOOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "badge/hash.h"

#define STORE_NO_OFFSET UINT64_MAX
/* The file of a store that has the time at which the last backup of it began (RFC 3339 and a line break). */
#define STORE_LAST_BACKUP "last-backup"

struct store_check {
    /* In: callbacks; each may be NULL. */
    void (*on_fault)(void *context, const char *file, uint64_t offset, const char *text); /* file: within the store */
    void (*on_progress)(void *context, const char *what, uint64_t done, uint64_t total);  /* credentials, "checked" */
    bool (*is_stopped)(void *context); /* called between files: whether to stop */
    void *context;
    bool with_published; /* store_restore(): what holders had published is restored too */
    /* Out. */
    size_t n_faults;
    uint32_t n_batches, n_spoiled;
    uint64_t n_sealed, n_pending, n_labels, n_relations, n_published;
    uint64_t n_indexed;    /* digests that the index has right */
    uint64_t n_superseded; /* leaves whose batch was withdrawn and whose digest is pending or in a later batch */
    uint64_t n_torn;       /* half-written bytes that a crash left at the ends of files: a start truncates them */
    bool has_index;
    bool has_chain_status; /* `standing` exists and covers the head and our anchors: else withdrawals are unknown */
};

/*
 * Checks the store in `path`: recomputes every batch from its digests to its root; checks the list of batches, the
 * journal, the labels, the relations, the chain status, the tokens and the published credentials; that no digest is
 * there twice, unless its first batch was withdrawn (assumed of any final batch if `standing` is missing or
 * incomplete); and that the index has every digest. It changes nothing, except for LevelDB's own housekeeping in
 * index/. Faults are reported to on_fault; they are not errors. errors    BADGE_ENOTFOUND (no store there),
 * BADGE_EREFUSED (locked by a node, or stopped), BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status store_fsck(const char *path, struct store_check *check, struct badge_err *err) BADGE_CHECKED;

/*
 * Copies the store in `path`, whether a node uses it or not, to a new archive, and checks the archive: it is unpacked
 * and recomputed in the folder `file`.check, which is then deleted. The archive gets its name only after that.
 * check     of the copy
 * errors    BADGE_EREFUSED (the archive or that folder already exists, or stopped), BADGE_ECORRUPT (the store is
 *           damaged), BADGE_ENOTFOUND (no store there), BADGE_EIO, BADGE_ENOMEM, BADGE_ELIMIT
 */
enum badge_status store_backup(const char *path, const char *file, struct store_check *check,
                               struct badge_err *err) BADGE_CHECKED;

/*
 * Restores an archive to `path`, a folder that is empty or does not exist, and checks it like store_fsck(). On failure
 * the folder is emptied again. Published credentials are left out unless check->with_published is set: some may have
 * been taken down since the backup.
 * errors    BADGE_EREFUSED (the folder is not empty, or stopped), BADGE_ECORRUPT (the archive is damaged, or was not
 *           made by store_backup()), BADGE_ENOTFOUND (no archive there), BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status store_restore(const char *path, const char *file, struct store_check *check,
                                struct badge_err *err) BADGE_CHECKED;

#endif
