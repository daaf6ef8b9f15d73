/*
 * Requests to revoke, in memory: in their order, found by digest, and the sets that they were taken into. A part of
 * `anchors`, whose file and locks protect it; anchors.c applies each record here, both at the start and after a write,
 * so the same records always give the same sets.
 */
#ifndef STORE_ANCHORS_REVOCATIONS_H
#define STORE_ANCHORS_REVOCATIONS_H

#include <pthread.h>

#include "store/anchors_record.h"
#include "store/digest_table.h"

/* The signed transactions of a batch or a set, encoded as their records: 250 bytes each, or some thousands. */
struct anchors_attempts {
    size_t n;
    struct anchors_encoded {
        uint8_t *payload;
        size_t len;
    } * encoded;
};
void anchors_attempts_release(struct anchors_attempts *attempts);

/* One for all digests that were requested together. */
struct revocations_note {
    struct revocations_note *next;
    size_t len;
    char text[];
};

struct revocations_request {
    struct badge_hash digest;
    int64_t at_s;    /* of the latest request; REVOCATIONS_DROPPED: it was removed from its set */
    int64_t since_s; /* of the first request, which reason and note are of too */
    enum badge_reason reason;
    const struct revocations_note *note; /* NULL: none */
};
#define REVOCATIONS_DROPPED INT64_MIN

struct revocations_set {
    struct store_set set;
    size_t first, n; /* range of requests, including dropped ones */
    struct anchors_attempts attempts;
};

struct revocations {
    struct digest_table
        requests;   /* of struct revocations_request; the first has number 0, the latest of a digest is found */
    size_t n_taken; /* the first n_taken requests are in sets */
    size_t n_final;
    size_t n_at_start; /* this many were read from the file */
    struct revocations_note *notes;
    size_t n_sets, sets_capacity;
    struct revocations_set *sets;
    size_t first_open; /* all sets before it are final */
};

void revocations_release(struct revocations *revocations);

/*
 * readers   the lock that readers hold, which the caller does not hold; NULL: no readers, or the caller holds it
 * errors    BADGE_ENOMEM, BADGE_EIO (no randomness), BADGE_ELIMIT: nothing has changed
 */
enum badge_status revocations_reserve(struct revocations *revocations, size_t n, pthread_mutex_t *readers,
                                      struct badge_err *err) BADGE_CHECKED;
/* Keeps a note until the release; *out is NULL for an empty one. errors    BADGE_ENOMEM */
enum badge_status revocations_keep_note(struct revocations *revocations, const struct revocations_note **out,
                                        const struct badge_text *note, struct badge_err *err) BADGE_CHECKED;
/* The same for one set. errors    BADGE_ENOMEM */
enum badge_status revocations_reserve_set(struct revocations *revocations, struct badge_err *err) BADGE_CHECKED;
/* Whether a request would change anything: none is open, or only an older one. */
bool revocations_is_news(const struct revocations *revocations, const struct badge_hash *digest, int64_t at_s);
/* Adds a request, or updates the time of an open one, and only that. The caller has reserved memory. */
void revocations_request(struct revocations *revocations, const struct badge_hash *digest, int64_t at_s,
                         enum badge_reason reason, const struct revocations_note *note);
/* How many of the next requests can become a set, which has one reason: at most max; 0: none is waiting. */
uint32_t revocations_next_set(const struct revocations *revocations, uint32_t max);
/*
 * The next n requests become a set, n at most what revocations_next_set() says.
 * errors    BADGE_ENOMEM, if nothing was reserved
 */
enum badge_status revocations_take_set(struct revocations *revocations, uint32_t n, int64_t at_s,
                                       struct badge_err *err) BADGE_CHECKED;
/* Removes these digests from a set; an empty set becomes STORE_ANCHOR_SPOILED. */
void revocations_drop(struct revocations *revocations, struct revocations_set *set, const struct anchors_dropped *drop);
struct revocations_set *revocations_set(struct revocations *revocations, uint32_t number); /* NULL: not found */
void revocations_settled(struct revocations *revocations); /* a set has become final or spoiled */
/* The anchor of the set with the latest request of a digest; NULL: no request, or not in a set yet. */
const struct store_anchor *revocations_anchor(const struct revocations *revocations, const struct badge_hash *digest);
enum store_revocation revocations_state(const struct revocations *revocations, const struct badge_hash *digest);
/* The latest request of a digest; NULL: none, or it was dropped. */
const struct revocations_request *revocations_latest(const struct revocations *revocations,
                                                     const struct badge_hash *digest);

#endif
