/*
 * Final receipts kept in memory, the latest used of them, up to a number of bytes: they never change. One cache a
 * loop; not thread-safe. A receipt that is being sent stays alive though the cache lets go of it.
 */
#ifndef API_RECEIPT_CACHE_H
#define API_RECEIPT_CACHE_H

#include "badge/hash.h"

struct cache;

struct cached { /* immutable */
    size_t n_holders;
    size_t len;
    char etag[36];
    char bytes[];
};

/* NULL where there is no memory. */
struct cache *cache_new(size_t max_bytes) __attribute__((warn_unused_result));
void cache_free(struct cache *cache);

/* Forgets everything where the number is another than before: what was true is in doubt. */
void cache_expect(struct cache *cache, uint64_t generation);
/* A hold on what is there, or NULL. */
struct cached *cache_find(struct cache *cache, const struct badge_hash *digest);
/* A hold on a new one, not yet in any cache; NULL where there is no memory. */
struct cached *cached_new(const void *bytes, size_t len, const char *etag) __attribute__((warn_unused_result));
void cached_drop(struct cached *cached);
/* Keeps it, and forgets those not used for longest; forgetting is silent, so keeping may fail silently too. */
void cache_keep(struct cache *cache, const struct badge_hash *digest, struct cached *cached);

#endif
