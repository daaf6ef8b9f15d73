/*
 * Keeps the most recently used batch files open. Thread-safe; a file in use outlives its entry in the cache.
 */
#ifndef STORE_BATCH_CACHE_H
#define STORE_BATCH_CACHE_H

#include <pthread.h>

#include "store/batch_file.h"

#define BATCH_CACHE_CAPACITY 256

struct batch_slot {
    struct batch_file *file;
    uint32_t number;
    unsigned n_users;
    uint64_t used_at; /* on the cache's own clock */
};

struct batch_cache {
    pthread_mutex_t mutex;
    const char *folder; /* borrowed as long as the cache exists */
    uint64_t clock;
    size_t n;
    struct batch_slot slots[BATCH_CACHE_CAPACITY];
};

void batch_cache_init(struct batch_cache *cache, const char *folder);
void batch_cache_release(struct batch_cache *cache);

/* errors    those of batch_file_open_listed(). Return *out with batch_cache_put(). */
enum badge_status batch_cache_get(struct batch_cache *cache, const struct store_batch *batch, struct batch_file **out,
                                  struct badge_err *err) BADGE_CHECKED;
void batch_cache_put(struct batch_cache *cache, struct batch_file *file);

#endif
