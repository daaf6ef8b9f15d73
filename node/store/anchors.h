/*
 * `anchors`: every batch sealed and the life of its anchor, all that is to be revoked and the lives of those sets,
 * appended and synced, never trimmed; and the same in memory. The file's head says whose store this is.
 *
 * Thread-safe. Memory changes only after the disk has: what a reader sees is durable.
 */
#ifndef STORE_ANCHORS_H
#define STORE_ANCHORS_H

#include <pthread.h>

#include "store/anchors_revocations.h"
#include "store/batch_file.h"
#include "store/record_file.h"
#include "store/store.h"

struct anchors_entry {
    struct store_batch batch;
    struct anchors_attempts attempts; /* freed once the anchor is final */
};

struct anchors_account {
    struct badge_address address;
    uint64_t next_nonce;
};

struct anchors {
    pthread_mutex_t writing; /* the file; held over its sync */
    pthread_mutex_t mutex;   /* what stands below */
    struct record_file file;
    size_t n, capacity;
    struct anchors_entry *entries; /* batch number − 1 */
    uint64_t n_sealed;             /* places in batches, but for spoiled ones */
    uint64_t sealed_through;       /* see journal.h */
    uint32_t first_unfinal;        /* 0: all are final or spoiled */
    size_t n_accounts;
    struct anchors_account *accounts; /* those that ever signed: a handful in a node's life */
    struct revocations revocations;
};

void anchors_init(struct anchors *anchors);
/*
 * Opens the file or, in a new store, makes it.
 * errors    those of record_file_open(); BADGE_EREFUSED: of another chain, contract or issuer
 */
enum badge_status anchors_open(struct anchors *anchors, const struct store_options *options,
                               struct badge_err *err) BADGE_CHECKED;
/*
 * Reads the file, which stays as it is, up to the first batch sealed beyond `through`; nothing may be written after.
 * found     its path is given; whose store it is comes out
 * *len      of what was read, in bytes
 */
enum badge_status anchors_open_readonly(struct anchors *anchors, struct store_options *found, uint64_t through,
                                        uint64_t *len, struct badge_err *err) BADGE_CHECKED;
void anchors_close(struct anchors *anchors);

/*
 * Whether a batch file that the list lacks is the next batch of this store: the process died between its rename and the
 * list. anchors_adopt_unlisted() takes it into memory alone, for who only looks.
 */
bool anchors_is_next_batch(struct anchors *anchors, const struct store_options *options, const struct batch_head *head);
enum badge_status anchors_adopt_unlisted(struct anchors *anchors, const struct batch_head *head,
                                         struct badge_err *err) BADGE_CHECKED;

/* Records a sealed batch; its number is the next. The batch that it replaces becomes spoiled by the same record. */
enum badge_status anchors_seal(struct anchors *anchors, const struct store_batch *batch, uint64_t sealed_through,
                               struct badge_err *err) BADGE_CHECKED;
/* As store_anchor_attempt_work() and store_anchor_move_work(). errors also BADGE_ENOTFOUND */
enum badge_status anchors_attempt(struct anchors *anchors, uint32_t number, const struct store_attempt *attempt,
                                  struct badge_err *err) BADGE_CHECKED;
enum badge_status anchors_move(struct anchors *anchors, uint32_t number, const struct store_anchor *anchor,
                               struct badge_err *err) BADGE_CHECKED;

/* As store_revoke_work(), with max_open for the store's max_pending, and store_revocations_take_work(). */
enum badge_status anchors_revoke(struct anchors *anchors, const struct badge_hash *digest, size_t n, int64_t at_s,
                                 size_t max_open, struct badge_err *err) BADGE_CHECKED;
enum badge_status anchors_take_set(struct anchors *anchors, uint32_t max, int64_t at_s, struct store_set *out,
                                   struct badge_err *err) BADGE_CHECKED;

/*
 * Takes digests out of a set that is STORE_ANCHOR_SEALED. is_void is asked of each while nothing can be requested, so
 * that no later word is dropped with an earlier one. errors    BADGE_ENOTFOUND, BADGE_EIO
 */
enum badge_status anchors_drop(struct anchors *anchors, uint32_t number,
                               bool (*is_void)(void *context, const struct revocations_request *request), void *context,
                               struct badge_err *err) BADGE_CHECKED;

/* Whether what the file holds is unknown: record_file_append(). */
bool anchors_failed(struct anchors *anchors);

uint32_t anchors_n_batches(struct anchors *anchors);
bool anchors_batch(struct anchors *anchors, uint32_t number, struct store_batch *out);
bool anchors_next_nonce(struct anchors *anchors, const struct badge_address *account, uint64_t *out);
size_t anchors_attempts(struct anchors *anchors, uint32_t number, struct store_attempt *out, size_t max);
bool anchors_has_attempt(struct anchors *anchors, uint32_t number, const struct badge_address *account, uint64_t nonce);

#endif
