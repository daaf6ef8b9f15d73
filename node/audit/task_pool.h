/*
 * Many tasks of one kind with bounded concurrency, and retries with backoff if the other side is too busy or can't be
 * reached. For commands that wait for all of them: task_pool_run() runs the loop.
 */
#ifndef AUDIT_TASK_POOL_H
#define AUDIT_TASK_POOL_H

#include <stdbool.h>
#include <uv.h>

#include "chain/rpc.h"
#include "net/retry.h"

extern const struct net_retry_policy task_retry_policy;

struct task_pool;
struct pool_task {
    struct task_pool *pool;
    size_t i;
    unsigned n_tries;
    uv_timer_t timer;
    void *own; /* for start() */
};

struct task_pool {
    uv_loop_t *loop;
    size_t n_tasks;
    unsigned at_once;
    /* Starts a task, or retries it; it ends with pool_task_done(), perhaps within this call. */
    void (*start)(struct pool_task *task);
    bool (*may_start)(const struct task_pool *pool, size_t i); /* NULL: always. Must allow one if none is open */
    void *context;

    /* internal */
    size_t next, n_open;
    bool stopped;
};

/* Returns when every task is done or, after task_pool_stop(), every one that was started. */
void task_pool_run(struct task_pool *pool);
void pool_task_done(struct pool_task *task);
void task_pool_stop(struct task_pool *pool);
/* Starts the task again after a delay. */
void pool_task_again(struct pool_task *task, uint64_t ms);
/* Retries the task, after a delay. False: no retries are left, so the caller must end it. */
bool pool_task_retry(struct pool_task *task, uint64_t retry_after_ms);

/* -- JSON-RPC calls to one provider ---------------------------------------------------------------------------------
 */

struct rpc_calls {
    uv_loop_t *loop;
    struct rpc *rpc;
    size_t n;
    /* The method and the parameters (a new reference) of call i. */
    json_t *(*request)(void *context, size_t i, const char **method);
    /* Takes the result; false: it is invalid. */
    bool (*answer)(void *context, size_t i, const json_t *result);
    bool errors_are_final; /* no retry after an error object */
    void *context;
};
/*
 * Makes all calls. The first that fails for good ends the run.
 * errors    BADGE_EIO (no answer, an error object, or an invalid result), BADGE_ENOMEM
 */
enum badge_status rpc_call_all(const struct rpc_calls *calls, struct badge_err *err) BADGE_CHECKED;
/* One call. params is taken; *result is the caller's, NULL after a failure. errors    as above */
enum badge_status rpc_call_one(uv_loop_t *loop, struct rpc *rpc, const char *method, json_t *params,
                               bool errors_are_final, json_t **result, struct badge_err *err) BADGE_CHECKED;
/* The error for a result that can't be the answer: BADGE_EIO. */
enum badge_status rpc_invalid_answer(const struct rpc *rpc, struct badge_err *err);

#endif
