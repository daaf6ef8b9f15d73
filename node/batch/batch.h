/*
 * Closes batches: by size, by age, or on request. Seals run on the pool, one at a time.
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

/* A request to seal now, from any thread; `done` is posted with the result. */
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
/* Lets a running seal finish, then closes the handles and frees itself, all on the loop. */
void batch_close(struct batch *batch);

#endif
