/*
 * The inside of the store: its parts and the order of its locks. Only the files that implement store.h include this.
 *
 * Locks, outer before inner:
 *   sealing            one batch is sealed or resealed at a time
 *   commit             pending changes only under it: while a group is appended, and at both ends of a seal
 *   digest_index.lock  read-locked for every use of the index, write-locked while it is rebuilt
 *   anchors.writing    the file `anchors`
 *   relations.writing  the file `relations`
 *   relations.mutex    also held while chain_status.mutex is locked
 *   labels_mutex, anchors.mutex, chain_status.mutex, pending.mutex, cache.mutex, health_mutex   held briefly; only
 *                      labels_mutex is held during disk access
 *
 * A digest moves from pending to the index in this order: batch file, list of batches, index, and only then it is
 * removed from pending. Readers check pending first, then the index, so they always find it in one of the two. From a
 * spoiled batch it moves to the new one under the commit lock: a reader that finds a spoiled batch tries again after
 * that.
 *
 * A digest may be submitted again once the withdrawal of its batch is final. Then it is in that batch and pending, and
 * later in that batch and in a newer one: the newest counts, everywhere. Batch numbers ascend, and the index adds
 * batches by number, so it ends with the newest.
 */
#ifndef STORE_STORE_INTERNAL_H
#define STORE_STORE_INTERNAL_H

#include "store/batch_cache.h"
#include "store/chain_status.h"
#include "store/digest_index.h"
#include "store/pending.h"
#include "store/relations.h"

struct store {
    struct store_options options; /* path points to ours */
    char path[DISK_PATH_MAX], batches[DISK_PATH_MAX];
    int lock_fd;
    pthread_mutex_t sealing, commit;
    struct journal journal;
    struct pending pending;
    uint64_t sealing_through; /* under commit: earlier entries are being sealed, with the labels copied at the start */
    struct anchors anchors;
    struct digest_index digest_index;
    struct chain_status chain_status;
    struct relations relations;
    struct batch_cache cache;
    pthread_mutex_t health_mutex;
    enum {
        STORE_HEALTHY,
        STORE_OUT_OF_SPACE, /* the content of the disk is known, so store_probe_work() can end it */
        STORE_BROKEN,       /* the content of the disk is unknown: the next start reads it */
    } condition;
    char health[200];
    bool has_reserve;  /* the file `reserve` is there: store_recover(), then store_probe_work() alone */
    unsigned n_probes; /* since it was tried to make it */
    bool index_behind; /* under commit: a listed batch is missing from the index, or partly */
};

/* A write has failed: the store accepts nothing more. needs_restart: until the node is restarted. */
void store_fail(struct store *store, const struct badge_err *cause, bool needs_restart);
bool store_accepts(struct store *store);
/* Passes on the result of a write to `anchors`: a disk error stops the store, as an error of the journal does. */
enum badge_status store_anchors_written(struct store *store, enum badge_status status, struct badge_err *cause,
                                        struct badge_err *err) BADGE_CHECKED;

/* The record of a digest that is in the index. errors    BADGE_EIO, BADGE_ECORRUPT */
enum badge_status store_sealed_record(struct store *store, const struct badge_hash *digest,
                                      const struct index_value *value, struct store_record *out,
                                      struct badge_err *err) BADGE_CHECKED;

/*
 * Locks the folder for this process, until *fd is closed.
 * errors    BADGE_EREFUSED: locked by another process; BADGE_EIO; BADGE_ENOTFOUND: no such folder
 */
enum badge_status store_lock(int *fd, const char *path, struct badge_err *err) BADGE_CHECKED;

/* For the tools of tools.h; the caller has locked the folder. errors    BADGE_ENOTFOUND; those of store_fsck() */
struct store_check;
/* errors    BADGE_EREFUSED: the caller has stopped the check */
enum badge_status store_check_continue(const struct store_check *check, struct badge_err *err) BADGE_CHECKED;
enum badge_status store_exists(const char *path, struct badge_err *err) BADGE_CHECKED;
enum badge_status store_check_unlocked(const char *path, struct store_check *check,
                                       struct badge_err *err) BADGE_CHECKED;

/* Removes what store_restore() created; a missing folder is not an error. */
void store_remove_restored(const char *path);

/* Loads an empty store from its folder, which is locked. */
enum badge_status store_recover(struct store *store, struct badge_err *err) BADGE_CHECKED;

#endif
