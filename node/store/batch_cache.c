/*
 * A bounded set of open batch files for the threads that serve receipts. It keeps at most BATCH_CACHE_CAPACITY files
 * open beyond those in use, and never closes one in use.
 */
#include "store/batch_cache.h"

#include <string.h>

void batch_cache_init(struct batch_cache *cache, const char *folder)
{
    memset(cache, 0, sizeof *cache);
    cache->folder = folder;
    pthread_mutex_init(&cache->mutex, NULL);
}

void batch_cache_release(struct batch_cache *cache)
{
    for (size_t i = 0; i < cache->n; i++) {
        BADGE_ASSERT(cache->slots[i].n_users == 0);
        batch_file_free(cache->slots[i].file);
    }
    cache->n = 0;
    pthread_mutex_destroy(&cache->mutex);
}

static struct batch_slot *find_slot(struct batch_cache *cache, uint32_t number)
{
    for (size_t i = 0; i < cache->n; i++)
        if (cache->slots[i].number == number)
            return &cache->slots[i];
    return NULL;
}

/* A free slot, or the slot of the least recently used file; NULL if all are in use. */
static struct batch_slot *take_slot(struct batch_cache *cache)
{
    if (cache->n < BATCH_CACHE_CAPACITY)
        return &cache->slots[cache->n++];
    struct batch_slot *oldest = NULL;
    for (size_t i = 0; i < cache->n; i++) {
        struct batch_slot *slot = &cache->slots[i];
        if (slot->n_users == 0 && (!oldest || slot->used_at < oldest->used_at))
            oldest = slot;
    }
    if (oldest)
        batch_file_free(oldest->file);
    return oldest;
}

enum badge_status batch_cache_get(struct batch_cache *cache, const struct store_batch *batch, struct batch_file **out,
                                  struct badge_err *err)
{
    pthread_mutex_lock(&cache->mutex);
    struct batch_slot *slot = find_slot(cache, batch->number);
    if (slot) {
        slot->n_users++;
        slot->used_at = ++cache->clock;
        *out = slot->file;
    }
    pthread_mutex_unlock(&cache->mutex);
    if (slot)
        return BADGE_OK;

    /* Opened without the lock, so that other threads don't wait for the disk. Two may open the same file at once. */
    struct batch_file *file;
    enum badge_status status = batch_file_open_listed(&file, cache->folder, batch, err);
    if (status != BADGE_OK)
        return status;
    pthread_mutex_lock(&cache->mutex);
    slot = find_slot(cache, batch->number) ? NULL : take_slot(cache);
    if (slot)
        *slot = (struct batch_slot){file, batch->number, 1, ++cache->clock};
    pthread_mutex_unlock(&cache->mutex);
    *out = file;
    return BADGE_OK;
}

void batch_cache_put(struct batch_cache *cache, struct batch_file *file)
{
    pthread_mutex_lock(&cache->mutex);
    struct batch_slot *slot = find_slot(cache, batch_file_head(file)->number);
    bool cached = slot && slot->file == file;
    if (cached)
        slot->n_users--;
    pthread_mutex_unlock(&cache->mutex);
    if (!cached)
        batch_file_free(file);
}
