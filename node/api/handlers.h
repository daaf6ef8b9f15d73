/*
 * What the API's handlers work with, the options and what they keep on each loop; and the handlers, by file. api.c has
 * the routes to them.
 */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

#include "api/api.h"
#include "api/digester_pool.h"
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

void submit_open(struct exchange *x); /* credentials.c */
void submit_data(struct exchange *x, const char *bytes, size_t len);
void submit_run(struct exchange *x);
void submit_end(struct exchange *x);
void digests_open(struct exchange *x); /* digests.c */
void digests_data(struct exchange *x, const char *bytes, size_t len);
void digests_run(struct exchange *x);
void digests_end(struct exchange *x);
void record_run(struct exchange *x); /* record_handlers.c */
void receipt_run(struct exchange *x);
void revocation_run(struct exchange *x); /* revocation.c */
void revocation_end(struct exchange *x);
void revocation_show_run(struct exchange *x);
void revocation_undo_run(struct exchange *x);
void revocations_open(struct exchange *x);
void revocations_data(struct exchange *x, const char *bytes, size_t len);
void revocations_run(struct exchange *x);
void verify_open(struct exchange *x); /* verify.c */
void verify_data(struct exchange *x, const char *bytes, size_t len);
void verify_run(struct exchange *x);
void verify_end(struct exchange *x);
void batches_run(struct exchange *x); /* batches.c */
void batch_run(struct exchange *x);
void seal_run(struct exchange *x);
void leaves_run(struct exchange *x);
void events_run(struct exchange *x); /* sse_streams.c */
void events_end(struct exchange *x);
void node_run(struct exchange *x); /* node.c */
void health_run(struct exchange *x);
void ready_run(struct exchange *x);
void metrics_run(struct exchange *x);
void openapi_run(struct exchange *x);

#endif
