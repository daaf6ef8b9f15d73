/*
 * What the API's handlers work with: the options, and what they keep on each loop.
 */
#ifndef API_CONTEXT_H
#define API_CONTEXT_H

#include "api/digester_pool.h"
#include "api/options.h"
#include "api/receipt_cache.h"
#include "api/sse_streams.h"
#include "http/route.h"

struct api_loop {
    struct receipt_cache *receipt_cache;
    struct digester_pool digesters;
    struct sse_streams streams;
};

static inline const struct api_options *api_of(const struct exchange *x)
{
    return x->module->context;
}

static inline struct api_loop *api_loop_of(const struct exchange *x)
{
    return x->loop_state;
}

#endif
