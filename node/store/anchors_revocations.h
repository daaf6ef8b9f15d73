/*
 * What is to be revoked, in memory: each request in its order, found by digest, and the sets that they were gathered
 * into. A part of `anchors`, whose file and locks are over it; anchors.c applies each record here, at the start as
 * after a write, so the same records always give the same sets.
 */
#ifndef STORE_ANCHORS_REVOCATIONS_H
#define STORE_ANCHORS_REVOCATIONS_H

#include <pthread.h>

#include "store/anchors_record.h"
#include "store/hash_key.h"

/* The signed transactions of a batch or a set, kept as their records are: one is some 250 bytes, or some thousands. */
struct anchors_attempts {
    size_t n;
    struct anchors_kept {
        uint8_t *payload;
        size_t len;
    } * kept;
};

struct revocations_request {
    struct badge_hash digest;
    int64_t at_s;    /* the last time; REVOCATIONS_DROPPED: it was taken out of its set */
    int64_t since_s; /* the first time */
};
#define REVOCATIONS_DROPPED INT64_MIN

struct revocations_set {
    struct store_set set;
    size_t first, n; /* of the requests, those that were dropped among them */
    struct anchors_attempts attempts;
};

struct revocations {
    size_t n, capacity;
    struct revocations_request *request;
    size_t n_taken; /* so many of the first are in sets */
    size_t n_final;
    size_t n_at_start; /* so many were read from the file */
    struct hash_key hash_key;
    uint32_t *slot; /* twice as many as there is room for: the last request of a digest + 1, or 0 */
    size_t n_sets, sets_capacity;
    struct revocations_set *sets;
    size_t first_open; /* all sets before it are final */
};

void revocations_release(struct revocations *revocations);

/*
 * readers   the lock that they hold, and the caller does not; NULL: there are none, or it does
 * errors    BADGE_ENOMEM, BADGE_EIO (no randomness), BADGE_ELIMIT; nothing has changed then
 */
enum badge_status revocations_reserve(struct revocations *revocations, size_t n, pthread_mutex_t *readers,
                                      struct badge_err *err) BADGE_CHECKED;
/* The same for one set. errors    BADGE_ENOMEM */
enum badge_status revocations_reserve_set(struct revocations *revocations, struct badge_err *err) BADGE_CHECKED;
/* Whether a request would add something: none is under way, or only an older one. */
bool revocations_is_news(const struct revocations *revocations, const struct badge_hash *digest, int64_t at_s);
/* One that is under way becomes as late as this. Room was reserved. */
void revocations_request(struct revocations *revocations, const struct badge_hash *digest, int64_t at_s);
/* The next n requests become a set; there are so many. errors    BADGE_ENOMEM, where no room was reserved */
enum badge_status revocations_take_set(struct revocations *revocations, uint32_t n, int64_t at_s,
                                       struct badge_err *err) BADGE_CHECKED;
/* Takes these digests out of a set; one that is left empty becomes STORE_ANCHOR_SPOILED. */
void revocations_drop(struct revocations *revocations, struct revocations_set *set, const struct anchors_dropped *drop);
struct revocations_set *revocations_set(struct revocations *revocations, uint32_t number); /* NULL: there is none */
void revocations_settled(struct revocations *revocations); /* a set has become final or spoiled */
/* The life of the set with its last request; NULL: there is none, or it is in none yet. */
const struct store_anchor *revocations_anchor(const struct revocations *revocations, const struct badge_hash *digest);
enum store_revocation revocations_state(const struct revocations *revocations, const struct badge_hash *digest);

#endif
