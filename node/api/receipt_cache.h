/*
 * Final receipts in memory, least recently used evicted first, up to a number of bytes: they never change. One cache
 * per loop; not thread-safe.
 */
#ifndef API_RECEIPT_CACHE_H
#define API_RECEIPT_CACHE_H

#include <sys/queue.h>

#include "badge/hash.h"

struct receipt_cache;

struct cached_receipt {
    struct badge_hash digest;
    struct cached_receipt *chain; /* this and the next: the cache's */
    TAILQ_ENTRY(cached_receipt) by_use;
    size_t len;
    char etag[36];
    char bytes[];
};

/* NULL: no memory. */
struct receipt_cache *receipt_cache_new(size_t max_bytes) BADGE_CHECKED;
void receipt_cache_free(struct receipt_cache *cache);

/* Evicts everything if the number differs from the last call: the receipts may be outdated. */
void receipt_cache_expect(struct receipt_cache *cache, uint64_t generation);
/* Borrowed until the cache changes; NULL: it is not there. */
const struct cached_receipt *receipt_cache_find(struct receipt_cache *cache, const struct badge_hash *digest);
/* Adds a copy, and evicts those that were not used for longest. May fail silently: it is only a cache. */
void receipt_cache_keep(struct receipt_cache *cache, const struct badge_hash *digest, const void *bytes, size_t len,
                        const char *etag);

#endif
