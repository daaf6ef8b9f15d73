/*
 * The store from within: its parts and the order of its locks. Only the files that make up store.h's functions include
 * this.
 *
 * Locks, outer before inner:
 *   sealing           one batch is sealed, or sealed anew, at a time
 *   commit            what is pending changes only under it: a group being appended; the two ends of a seal
 *   catalog.lock      read for every use of the index, written while it is made anew
 *   anchors.writing   the file of anchors
 *   labels_mutex, anchors.mutex, chain_status.mutex, pending.mutex, cache.mutex, health_mutex   short; no disk but
 *                     labels_mutex
 *
 * A digest moves from pending to the index thus: batch file, list of batches, index, and only then out of pending.
 * Readers ask pending first, then the index, so at every moment they find it in one of the two. From a spoiled batch it
 * moves to the new one under the commit lock: a reader who meets a spoiled batch looks again after that.
 *
 * A digest whose batch was withdrawn, finally, may be submitted again. Then it is in that batch and pending, and later
 * in that batch and in a newer one: the newest counts, everywhere. Numbers of batches rise, so the index, which takes
 * them in by number, ends with the newest.
 */
#ifndef STORE_STORE_INTERNAL_H
#define STORE_STORE_INTERNAL_H

#include "store/batch_cache.h"
#include "store/chain_status.h"
#include "store/digest_index.h"
#include "store/pending.h"

struct store {
    struct store_options options; /* path is ours */
    char path[DISK_PATH_MAX], batches[DISK_PATH_MAX];
    int lock_fd;
    pthread_mutex_t sealing, commit;
    struct journal journal;
    struct pending pending;
    uint64_t sealing_through; /* under commit: entries before it are being sealed with the labels they had */
    struct anchors anchors;
    struct digest_index digest_index;
    struct chain_status chain_status;
    struct batch_cache cache;
    pthread_mutex_t health_mutex;
    enum {
        STORE_WELL,
        STORE_WAITING, /* for room: what the disk holds is known, so store_probe_work() ends it */
        STORE_BROKEN,  /* what the disk holds is not known: the next start finds out */
    } condition;
    char health[200];
    bool index_behind; /* under commit: a batch is listed that the index has not, or not whole */
};

/* The disk has refused a change: nothing more is accepted. for_good: until the node is started again. */
void store_fail(struct store *store, const struct badge_err *cause, bool for_good);
bool store_accepts(struct store *store);
/* What became of a write to `anchors`, handed on: a disk error stops the store as one of the journal does. */
enum badge_status store_anchors_written(struct store *store, enum badge_status status, struct badge_err *cause,
                                        struct badge_err *err) BADGE_CHECKED;

/* Record of a digest that the index knows. errors    BADGE_EIO, BADGE_ECORRUPT */
enum badge_status store_sealed_record(struct store *store, const struct badge_hash *digest,
                                      const struct index_value *value, struct store_record *out,
                                      struct badge_err *err) BADGE_CHECKED;

/*
 * Takes the lock of the folder for this process, until *fd is closed.
 * errors    BADGE_EREFUSED: a node holds it; BADGE_EIO, BADGE_ENOTFOUND: no such folder
 */
enum badge_status store_lock(int *fd, const char *path, struct badge_err *err) BADGE_CHECKED;

/* For the tools of tools.h: a folder that the caller holds. errors    BADGE_ENOTFOUND; those of store_fsck() */
struct store_check;
/* errors    BADGE_EREFUSED: the caller wants no more of it */
enum badge_status store_check_continue(const struct store_check *check, struct badge_err *err) BADGE_CHECKED;
enum badge_status store_exists(const char *path, struct badge_err *err) BADGE_CHECKED;
enum badge_status store_check_unlocked(const char *path, struct store_check *check,
                                       struct badge_err *err) BADGE_CHECKED;

/* Takes away what store_restore() made; a folder that is not there is fine. */
void store_remove_restored(const char *path);

/* Fills an empty store from its folder, which is locked. */
enum badge_status store_recover(struct store *store, struct badge_err *err) BADGE_CHECKED;

#endif
