/*
 * Many questions of one kind, some at a time, with patience: a question that found the other side too busy, or not
 * there, is asked again a little later. For commands that wait for all the answers: task_pool_run() runs the loop.
 */
#ifndef AUDIT_TASK_POOL_H
#define AUDIT_TASK_POOL_H

#include <stdbool.h>
#include <uv.h>

#include "chain/rpc.h"

struct task_pool;
struct pool_task {
    struct task_pool *task_pool;
    size_t i;
    unsigned n_tries;
    uv_timer_t timer;
    void *own; /* the starter's */
};

struct task_pool {
    uv_loop_t *loop;
    size_t n_tasks;
    unsigned at_once;
    /* Begins, or begins again, a task; it ends with pool_task_done(), perhaps within this call. */
    void (*start)(struct pool_task *task);
    bool (*may_start)(const struct task_pool *task_pool, size_t i); /* NULL: always. Must allow one when none is open */
    void *context;

    size_t next, n_open; /* the task_pool's own from here on */
    bool stopped;
};

/* Until every task is done or, after task_pool_stop(), every one that was begun. */
void task_pool_run(struct task_pool *task_pool);
void pool_task_done(struct pool_task *task);
void task_pool_stop(struct task_pool *task_pool);
/* Starts the task again after a while, at least wait_ms; false: it was tried often enough, and is to be ended. */
bool pool_task_retry(struct pool_task *task, uint64_t wait_ms);

/* -- the same for calls of one provider ---------------------------------------------------------------------------- */

struct rpc_calls {
    uv_loop_t *loop;
    struct rpc *rpc;
    size_t n;
    /* The method and the parameters (a new reference) of question i. */
    json_t *(*question)(void *context, size_t i, const char **method);
    /* Takes the answer; false: no provider of this chain can have said that. */
    bool (*answer)(void *context, size_t i, const json_t *result);
    bool no_is_no; /* an error object is not asked about again */
    void *context;
};
/*
 * Asks them all. The first that has no usable answer ends it.
 * errors    BADGE_EIO (no answer, a refusal, or a senseless one), BADGE_ENOMEM
 */
enum badge_status rpc_call_all(const struct rpc_calls *ask, struct badge_err *err) BADGE_CHECKED;

#endif
