/*
 * Digesters for reuse: a new one costs some 20 allocations. One pool a loop; not thread-safe.
 */
#ifndef API_DIGESTER_POOL_H
#define API_DIGESTER_POOL_H

#include "badge/digest.h"

#define DIGESTER_POOL_MAX 8

struct digester_pool {
    size_t max_json; /* of each digester */
    struct badge_digester *spare[DIGESTER_POOL_MAX];
    unsigned n_spare;
};

/* A cleared digester; NULL: no memory. Give it back with the number of bytes that it was given. */
struct badge_digester *digester_pool_take(struct digester_pool *pool);
void digester_pool_give(struct digester_pool *pool, struct badge_digester *digester, uint64_t bytes_seen);
void digester_pool_release(struct digester_pool *pool);

#endif
