/*
 * Final receipts in memory, least recently used evicted first, up to a number of bytes: they never change. One cache
 * per loop; not thread-safe. A receipt that is being sent stays valid after the cache evicts it.
 */
#ifndef API_RECEIPT_CACHE_H
#define API_RECEIPT_CACHE_H

#include "badge/hash.h"

struct receipt_cache;

struct cached_receipt { /* immutable */
    size_t n_refs;
    size_t len;
    char etag[36];
    char bytes[];
};

/* NULL: no memory. */
struct receipt_cache *receipt_cache_new(size_t max_bytes) BADGE_CHECKED;
void receipt_cache_free(struct receipt_cache *cache);

/* Evicts everything if the number differs from the last call: the receipts may be outdated. */
void receipt_cache_expect(struct receipt_cache *cache, uint64_t generation);
/* A reference, or NULL. */
struct cached_receipt *receipt_cache_find(struct receipt_cache *cache, const struct badge_hash *digest);
/* A reference to a new one, not in the cache yet; NULL: no memory. */
struct cached_receipt *cached_receipt_new(const void *bytes, size_t len, const char *etag) BADGE_CHECKED;
void cached_receipt_drop(struct cached_receipt *cached);
/* Adds it, and evicts those that were not used for longest. May fail silently: it is only a cache. */
void receipt_cache_keep(struct receipt_cache *cache, const struct badge_hash *digest, struct cached_receipt *cached);

#endif
