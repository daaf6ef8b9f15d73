/*
 * `anchors`: every sealed batch and the state of its anchor, every request to revoke and the state of the sets,
 * appended and synced, never trimmed; and the same in memory. The file's header names the chain, contract and issuer.
 *
 * Thread-safe. Memory changes only after the disk: what a reader sees is durable. anchors.c also has store.h's
 * functions for attempts and states.
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
    pthread_mutex_t writing; /* the file; held while it is synced */
    pthread_mutex_t mutex;   /* the members below */
    struct record_file file;
    size_t n, capacity;
    struct anchors_entry *entries; /* batch number − 1 */
    uint64_t n_sealed;             /* leaves in batches that are not spoiled */
    uint64_t sealed_through;       /* see journal.h */
    uint32_t first_unfinal;        /* 0: all are final or spoiled */
    size_t n_accounts;
    struct anchors_account *accounts; /* every account that ever signed: a handful */
    struct revocations revocations;
};

void anchors_init(struct anchors *anchors);
/*
 * Opens the file or, in a new store, creates it.
 * errors    those of record_file_open(); BADGE_EREFUSED: it belongs to another chain, contract or issuer
 */
enum badge_status anchors_open(struct anchors *anchors, const struct store_options *options,
                               struct badge_err *err) BADGE_CHECKED;
/*
 * Reads the file without changing it, up to the first batch sealed beyond `through`; the caller must not write to it.
 * found     in: the path; out: chain, contract and issuer
 * *len      the number of bytes read
 */
enum badge_status anchors_open_readonly(struct anchors *anchors, struct store_options *found, uint64_t through,
                                        uint64_t *len, struct badge_err *err) BADGE_CHECKED;
void anchors_close(struct anchors *anchors);

/*
 * Whether an unlisted batch file is the next batch of this store, because the process died between its rename and the
 * list. anchors_adopt_unlisted() adds it in memory only, for callers that must not write.
 */
bool anchors_is_next_batch(struct anchors *anchors, const struct store_options *options, const struct batch_head *head);
enum badge_status anchors_adopt_unlisted(struct anchors *anchors, const struct batch_head *head,
                                         struct badge_err *err) BADGE_CHECKED;

/* Records a sealed batch, whose number must be the next. The same record spoils the batch that it replaces. */
enum badge_status anchors_seal(struct anchors *anchors, const struct batch_head *head,
                               struct badge_err *err) BADGE_CHECKED;
/* See store_revoke_work(), with max_open for the store's max_pending, and store_revocations_take_work(). */
enum badge_status anchors_revoke(struct anchors *anchors, const struct badge_hash *digest, size_t n,
                                 const struct store_why *why, int64_t at_s, size_t max_open,
                                 struct badge_err *err) BADGE_CHECKED;
enum badge_status anchors_take_set(struct anchors *anchors, uint32_t max, int64_t at_s, struct store_set *out,
                                   struct badge_err *err) BADGE_CHECKED;

/*
 * Removes digests from a set that is STORE_ANCHOR_SEALED. is_void is called for each while no request can be added, so
 * that a later request is never dropped with an earlier one. errors    BADGE_ENOTFOUND, BADGE_EIO
 */
enum badge_status anchors_drop(struct anchors *anchors, uint32_t number,
                               bool (*is_void)(void *context, const struct revocations_request *request), void *context,
                               struct badge_err *err) BADGE_CHECKED;

uint32_t anchors_n_batches(struct anchors *anchors);
bool anchors_batch(struct anchors *anchors, uint32_t number, struct store_batch *out);

#endif
