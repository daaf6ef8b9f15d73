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
    size_t n_buckets; /* a power of two */
    struct cached_receipt *newest, *oldest;
    size_t bytes, max_bytes;
    uint64_t generation;
};

struct receipt_cache *receipt_cache_new(size_t max_bytes)
{
    struct receipt_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
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

static void unlink_use(struct receipt_cache *cache, struct cached_receipt *entry)
{
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void link_newest(struct receipt_cache *cache, struct cached_receipt *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void evict(struct receipt_cache *cache, struct cached_receipt *entry)
{
    struct cached_receipt **at = find_entry(cache, &entry->digest);
    BADGE_ASSERT(*at == entry);
    *at = entry->chain;
    unlink_use(cache, entry);
    cache->bytes -= cost(entry->len);
    free(entry);
}

void receipt_cache_free(struct receipt_cache *cache)
{
    if (!cache)
        return;
    while (cache->newest)
        evict(cache, cache->newest);
    free(cache->bucket);
    free(cache);
}

void receipt_cache_expect(struct receipt_cache *cache, uint64_t generation)
{
    while (cache->generation != generation && cache->newest)
        evict(cache, cache->newest);
    cache->generation = generation;
}

const struct cached_receipt *receipt_cache_find(struct receipt_cache *cache, const struct badge_hash *digest)
{
    struct cached_receipt *entry = *find_entry(cache, digest);
    if (!entry)
        return NULL;
    if (entry != cache->newest) {
        unlink_use(cache, entry);
        link_newest(cache, entry);
    }
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
    link_newest(cache, entry);
    cache->bytes += cost(len);
    /* evicting unlinks what it frees, which the analyzer misses */
    while (cache->oldest && cache->bytes > cache->max_bytes)
        evict(cache, cache->oldest); /* NOLINT(clang-analyzer-unix.Malloc) */
}
