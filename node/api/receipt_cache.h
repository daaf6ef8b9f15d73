/*
 * Final receipts kept in memory, the latest used of them, up to a number of bytes: they never change. One cache a
 * loop; not thread-safe. A receipt that is being sent stays alive though the cache lets go of it.
 */
#ifndef API_RECEIPT_CACHE_H
#define API_RECEIPT_CACHE_H

#include "badge/hash.h"

struct receipt_cache;

struct cached_receipt { /* immutable */
    size_t n_holders;
    size_t len;
    char etag[36];
    char bytes[];
};

/* NULL where there is no memory. */
struct receipt_cache *receipt_cache_new(size_t max_bytes) BADGE_CHECKED;
void receipt_cache_free(struct receipt_cache *cache);

/* Forgets everything where the number is another than before: what was true is in doubt. */
void receipt_cache_expect(struct receipt_cache *cache, uint64_t generation);
/* A hold on what is there, or NULL. */
struct cached_receipt *receipt_cache_find(struct receipt_cache *cache, const struct badge_hash *digest);
/* A hold on a new one, not yet in any cache; NULL where there is no memory. */
struct cached_receipt *cached_receipt_new(const void *bytes, size_t len, const char *etag) BADGE_CHECKED;
void cached_receipt_drop(struct cached_receipt *cached);
/* Keeps it, and forgets those not used for longest; forgetting is silent, so keeping may fail silently too. */
void receipt_cache_keep(struct receipt_cache *cache, const struct badge_hash *digest, struct cached_receipt *cached);

#endif
