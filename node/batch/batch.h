/*
 * When a batch closes: by size, by age, or when asked. The work runs on the pool, one seal at a time.
 */
#ifndef BATCH_BATCH_H
#define BATCH_BATCH_H

#include "runtime/mailbox.h"
#include "store/store.h"

struct batch;

struct batch_options {
    uv_loop_t *loop;
    struct store *store;
    size_t max_leaves;
    uint64_t max_age_ms;
    void (*on_sealed)(void *context, const struct store_batch *sealed); /* on the loop */
    void *context;
};

/* A wish to seal now, from any thread; answered by its letter. */
struct batch_request {
    struct mailbox *reply_to;
    struct message done;
    /* out */
    enum badge_status status;
    struct badge_err err;
    struct store_batch sealed; /* number 0: nothing was pending */
    struct batch_request *next;
};

enum badge_status batch_new(struct batch **out, const struct batch_options *options,
                            struct badge_err *err) BADGE_CHECKED;
void batch_notice(struct batch *batch);                              /* something became pending; any thread */
void batch_seal(struct batch *batch, struct batch_request *request); /* any thread */
/* A seal under way ends first; then its handles are closed, and it frees itself as the loop runs out. */
void batch_close(struct batch *batch);

#endif
