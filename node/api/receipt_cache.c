/*
 * The cache of final receipts: a chained hash table and a list in order of use. The receipts handler calls it on the
 * loop. Its bytes, overhead included, never exceed the bound.
 */
#include "api/receipt_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct receipt_cache {
    struct cached_receipt **bucket;
    size_t n_buckets;                          /* a power of two */
    TAILQ_HEAD(by_use, cached_receipt) by_use; /* the newest first */
    size_t bytes, max_bytes;
    uint64_t generation;
};

struct receipt_cache *receipt_cache_new(size_t max_bytes)
{
    struct receipt_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    TAILQ_INIT(&cache->by_use);
    cache->max_bytes = max_bytes;
    cache->n_buckets = 64;
    while (cache->n_buckets * 1024 < max_bytes) /* a receipt has between one and two kB */
        cache->n_buckets *= 2;
    cache->bucket = calloc(cache->n_buckets, sizeof(struct cached_receipt *));
    if (!cache->bucket) {
        free(cache);
        return NULL;
    }
    return cache;
}

static size_t cost(size_t receipt_len)
{
    return sizeof(struct cached_receipt) + receipt_len;
}

/* Only digests of sealed credentials come here; SHA-256 values need no further hashing. */
static struct cached_receipt **find_entry(struct receipt_cache *cache, const struct badge_hash *digest)
{
    size_t h;
    memcpy(&h, digest->b, sizeof h);
    struct cached_receipt **at = &cache->bucket[h & (cache->n_buckets - 1)];
    while (*at && badge_hash_compare(&(*at)->digest, digest) != 0)
        at = &(*at)->chain;
    return at;
}

static void evict(struct receipt_cache *cache, struct cached_receipt *entry)
{
    struct cached_receipt **at = find_entry(cache, &entry->digest);
    BADGE_ASSERT(*at == entry);
    *at = entry->chain;
    TAILQ_REMOVE(&cache->by_use, entry, by_use);
    cache->bytes -= cost(entry->len);
    free(entry);
}

void receipt_cache_free(struct receipt_cache *cache)
{
    if (!cache)
        return;
    while (!TAILQ_EMPTY(&cache->by_use))
        evict(cache, TAILQ_FIRST(&cache->by_use));
    free(cache->bucket);
    free(cache);
}

void receipt_cache_expect(struct receipt_cache *cache, uint64_t generation)
{
    while (cache->generation != generation && !TAILQ_EMPTY(&cache->by_use))
        evict(cache, TAILQ_FIRST(&cache->by_use));
    cache->generation = generation;
}

const struct cached_receipt *receipt_cache_find(struct receipt_cache *cache, const struct badge_hash *digest)
{
    struct cached_receipt *entry = *find_entry(cache, digest);
    if (!entry)
        return NULL;
    TAILQ_REMOVE(&cache->by_use, entry, by_use);
    TAILQ_INSERT_HEAD(&cache->by_use, entry, by_use);
    return entry;
}

void receipt_cache_keep(struct receipt_cache *cache, const struct badge_hash *digest, const void *bytes, size_t len,
                        const char *etag)
{
    struct cached_receipt **at = find_entry(cache, digest);
    struct cached_receipt *entry = *at || cost(len) > cache->max_bytes ? NULL : malloc(cost(len));
    if (!entry)
        return;
    *entry = (struct cached_receipt){.digest = *digest, .len = len};
    memcpy(entry->bytes, bytes, len);
    snprintf(entry->etag, sizeof entry->etag, "%s", etag);
    *at = entry;
    TAILQ_INSERT_HEAD(&cache->by_use, entry, by_use);
    cache->bytes += cost(len);
    /* evicting unlinks what it frees, which the analyzer misses */
    while (cache->bytes > cache->max_bytes)
        evict(cache, TAILQ_LAST(&cache->by_use, by_use)); /* NOLINT(clang-analyzer-unix.Malloc) */
}
