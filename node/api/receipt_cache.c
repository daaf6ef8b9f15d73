/*
 * The cache of final receipts: a chained hash table and a list in order of use. The receipts handler calls it on the
 * loop. Its bytes, overhead included, never exceed the bound; a receipt is counted until it is evicted, not until its
 * last reference is dropped.
 */
#include "api/receipt_cache.h"

#include <stdlib.h>
#include <string.h>

struct cache_entry {
    struct badge_hash digest;
    struct cached_receipt *cached;
    struct cache_entry *chain;
    struct cache_entry *newer, *older;
};

struct receipt_cache {
    struct cache_entry **bucket;
    size_t n_buckets; /* a power of two */
    struct cache_entry *newest, *oldest;
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
    cache->bucket = calloc(cache->n_buckets, sizeof(struct cache_entry *));
    if (!cache->bucket) {
        free(cache);
        return NULL;
    }
    return cache;
}

static size_t cost(const struct cached_receipt *cached)
{
    return sizeof(struct cache_entry) + sizeof *cached + cached->len;
}

/* Only digests of sealed credentials come here; SHA-256 values need no further hashing. */
static struct cache_entry **find_entry(struct receipt_cache *cache, const struct badge_hash *digest)
{
    size_t h;
    memcpy(&h, digest->b, sizeof h);
    struct cache_entry **at = &cache->bucket[h & (cache->n_buckets - 1)];
    while (*at && badge_hash_compare(&(*at)->digest, digest) != 0)
        at = &(*at)->chain;
    return at;
}

static void unlink_use(struct receipt_cache *cache, struct cache_entry *entry)
{
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void link_newest(struct receipt_cache *cache, struct cache_entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void evict(struct receipt_cache *cache, struct cache_entry *entry)
{
    struct cache_entry **at = find_entry(cache, &entry->digest);
    BADGE_ASSERT(*at == entry);
    *at = entry->chain;
    unlink_use(cache, entry);
    cache->bytes -= cost(entry->cached);
    cached_receipt_drop(entry->cached);
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

struct cached_receipt *receipt_cache_find(struct receipt_cache *cache, const struct badge_hash *digest)
{
    struct cache_entry *entry = *find_entry(cache, digest);
    if (!entry)
        return NULL;
    if (entry != cache->newest) {
        unlink_use(cache, entry);
        link_newest(cache, entry);
    }
    entry->cached->n_refs++;
    return entry->cached;
}

struct cached_receipt *cached_receipt_new(const void *bytes, size_t len, const char *etag)
{
    struct cached_receipt *cached = malloc(sizeof *cached + len);
    if (!cached)
        return NULL;
    size_t etag_len = strlen(etag);
    BADGE_ASSERT(etag_len < sizeof cached->etag);
    cached->n_refs = 1;
    cached->len = len;
    memcpy(cached->etag, etag, etag_len + 1);
    memcpy(cached->bytes, bytes, len);
    return cached;
}

void cached_receipt_drop(struct cached_receipt *cached)
{
    if (cached && --cached->n_refs == 0)
        free(cached);
}

void receipt_cache_keep(struct receipt_cache *cache, const struct badge_hash *digest, struct cached_receipt *cached)
{
    struct cache_entry **at = find_entry(cache, digest);
    if (*at || cost(cached) > cache->max_bytes)
        return;
    struct cache_entry *entry = malloc(sizeof *entry);
    if (!entry)
        return;
    *entry = (struct cache_entry){.digest = *digest, .cached = cached};
    *at = entry;
    cached->n_refs++;
    link_newest(cache, entry);
    cache->bytes += cost(cached);
    /* evicting unlinks what it frees, which the analyzer misses */
    while (cache->oldest && cache->bytes > cache->max_bytes)
        evict(cache, cache->oldest); /* NOLINT(clang-analyzer-unix.Malloc) */
}
