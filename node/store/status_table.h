/*
 * The last word on each of many hashes: who said it, when, and whether it stands. A mark is 48 bytes and four to eight
 * of table; one that is taken back stays, as the word that it is.
 *
 * One writer; readers hold the mutex that the writer is given.
 */
#ifndef STORE_STATUS_TABLE_H
#define STORE_STATUS_TABLE_H

#include <pthread.h>
#include <stdbool.h>

#include "store/hash_key.h"

struct mark {
    struct badge_hash of;
    int64_t at_s;
    uint32_t account; /* the owner's number for it */
    bool stands;
    bool stale; /* words of a later time were not read: that it does not stand says nothing any more */
};

struct marks {
    struct mark *mark;
    uint32_t *slots; /* number of the mark + 1, or 0; twice as many as there is room for */
    size_t n, room;
    struct scatter scatter;
};

void marks_release(struct marks *marks); /* leaves it empty, and ready for use; so does {0} */
/* Enters a mark over one of the same hash. readers may be NULL. errors    BADGE_ENOMEM, BADGE_EIO (no randomness) */
enum badge_status marks_put(struct marks *marks, const struct mark *mark, pthread_mutex_t *readers,
                            struct badge_err *err) __attribute__((warn_unused_result));
/* NULL: nothing was ever said of it. Valid while the mutex is held. */
const struct mark *marks_find(const struct marks *marks, const struct badge_hash *of);

#endif
