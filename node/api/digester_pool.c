/*
 * The pool of digesters: credentials, bulk streams and verifications take from it on their loop.
 */
#include "api/digester_pool.h"

#define KEEP_MAX_BYTES                                                                                                 \
    ((uint64_t)64 * 1024) /* a digester keeps its buffers: after more bytes than this it is freed                      \
                           */

struct badge_digester *digester_pool_take(struct digester_pool *pool)
{
    if (pool->n_spare)
        return pool->spare[--pool->n_spare];
    struct badge_digester *digester;
    return badge_digester_new(&digester, pool->max_json, NULL) == BADGE_OK ? digester : NULL;
}

void digester_pool_give(struct digester_pool *pool, struct badge_digester *digester, uint64_t bytes_seen)
{
    if (!digester)
        return;
    if (bytes_seen > KEEP_MAX_BYTES || pool->n_spare == DIGESTER_POOL_MAX) {
        badge_digester_free(digester);
        return;
    }
    badge_digester_clear(digester);
    badge_digester_take_images(digester, NULL, NULL, 0); /* the next user sets this itself */
    pool->spare[pool->n_spare++] = digester;
}

void digester_pool_release(struct digester_pool *pool)
{
    while (pool->n_spare)
        badge_digester_free(pool->spare[--pool->n_spare]);
}
