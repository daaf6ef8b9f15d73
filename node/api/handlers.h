/*
 * What the API's handlers work with, the options and what they keep on each loop; and the handlers, by file. api.c has
 * the routes to them.
 */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

#include <sys/queue.h>

#include "api/api.h"
#include "api/document.h"
#include "api/receipt_cache.h"
#include "http/route.h"

/* The streams of GET /v1/events on one loop: endless, suspended until there is something to send. */
struct sse_streams {
    struct loop *loop;
    struct events *events;
    struct subscriber subscriber; /* attached while there is a stream */
    LIST_HEAD(, sse_stream) open;
    uint64_t heartbeat_at_ms;
};

void sse_streams_init(struct sse_streams *streams, struct loop *loop, struct events *events);
/* Often: sends heartbeats, and counts that are due; ends every stream of a loop that is stopping. */
void sse_streams_tick(struct sse_streams *streams);

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

/*
 * bulk.c: many credentials in one request, one JSON object a line (NDJSON), in bounded memory however many there are. A
 * bulk may outlive its request: submissions come back to it, and it frees itself once it is detached and all are back.
 */
struct bulk;

/* asks_rules: of the standards, for every line. NULL: no memory. */
struct bulk *bulk_new(struct exchange *x, bool asks_rules) BADGE_CHECKED;
void bulk_data(struct bulk *bulk, const char *bytes, size_t len);
void bulk_run(struct bulk *bulk);
/* The exchange ends. Complete lines that were read are still submitted; an incomplete line is not. */
void bulk_detach(struct bulk *bulk);

void submit_open(struct exchange *x); /* credentials.c */
void submit_data(struct exchange *x, const char *bytes, size_t len);
void submit_run(struct exchange *x);
void submit_end(struct exchange *x);
void digests_open(struct exchange *x); /* digests.c */
void digests_run(struct exchange *x);
void digests_end(struct exchange *x);
void record_run(struct exchange *x); /* record_handlers.c */
void receipt_run(struct exchange *x);
void revocation_open(struct exchange *x); /* revocation.c */
void revocation_run(struct exchange *x);
void revocation_end(struct exchange *x);
void revocation_show_run(struct exchange *x);
void revocation_undo_run(struct exchange *x);
void revocations_open(struct exchange *x);
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
