/*
 * The requests of an audit, of `badge submit` and of --wait go through here, so there is one rule for concurrency. A
 * task lives from its start until its timer is closed.
 */
#include "audit/task_pool.h"

#include <stdlib.h>
#include <string.h>

#define CALLS_AT_ONCE 16
#define TRY_ANOTHER "; try again, or name another provider"

const struct net_retry_policy task_retry_policy = {
    .first_ms = 400, .max_ms = 30000, .max_retry_after_ms = 30000, .n_tries = 4};

static void task_on_closed(uv_handle_t *handle)
{
    struct pool_task *task = handle->data;
    task->pool->n_open--;
    free(task);
}

void pool_task_done(struct pool_task *task)
{
    uv_close((uv_handle_t *)&task->timer, task_on_closed);
}

void task_pool_stop(struct task_pool *pool)
{
    pool->stopped = true;
}

static void task_start(struct pool_task *task)
{
    task->n_tries++;
    task->pool->start(task);
}

static void task_on_timer(uv_timer_t *timer)
{
    task_start(timer->data);
}

void pool_task_again(struct pool_task *task, uint64_t ms)
{
    uv_timer_start(&task->timer, task_on_timer, ms, 0);
}

bool pool_task_retry(struct pool_task *task, uint64_t retry_after_ms)
{
    if (task->pool->stopped || task->n_tries >= task_retry_policy.n_tries)
        return false;
    pool_task_again(task, net_retry_delay_ms(&task_retry_policy, task->n_tries, retry_after_ms, 0));
    return true;
}

void task_pool_run(struct task_pool *pool)
{
    for (;;) {
        while (!pool->stopped && pool->next < pool->n_tasks && pool->n_open < pool->at_once &&
               (!pool->may_start || pool->may_start(pool, pool->next))) {
            struct pool_task *task = calloc(1, sizeof *task);
            if (!task)
                break; /* open tasks will free memory; if there are none, the caller sees that tasks are not done */
            *task = (struct pool_task){.pool = pool, .i = pool->next++};
            uv_timer_init(pool->loop, &task->timer);
            task->timer.data = task;
            pool->n_open++;
            task_start(task);
        }
        if (!pool->n_open)
            return;
        (void)uv_run(pool->loop, UV_RUN_ONCE);
    }
}

/* -- calls --------------------------------------------------------------------------------------------------------- */

struct call_run {
    const struct rpc_calls *calls;
    size_t n_answered;
    struct badge_err err;
};

enum badge_status rpc_invalid_answer(const struct rpc *rpc, struct badge_err *err)
{
    return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "%s returned an invalid answer" TRY_ANOTHER, rpc_name(rpc));
}

static void calls_end(struct pool_task *task)
{
    task_pool_stop(task->pool);
    pool_task_done(task);
}

/* BADGE_EIO also for an error object: a provider without old state or a block has not answered about the chain. */
static void calls_fail(struct pool_task *task, const struct badge_err *why)
{
    struct call_run *run = task->pool->context;
    if (run->err.status == BADGE_OK)
        (void)badge_fail(&run->err, why->status == BADGE_ENOMEM ? BADGE_ENOMEM : BADGE_EIO, BADGE_NO_OFFSET,
                         "%s" TRY_ANOTHER, why->text);
    calls_end(task);
}

/* Transient: the provider did not answer, is too busy, or limits the rate (error -32005). */
static bool calls_may_retry(const struct rpc_calls *calls, const struct rpc_reply *reply)
{
    return reply->status == BADGE_EIO || reply->http_status == 429 ||
           (!calls->errors_are_final && reply->error_code == -32005);
}

static void calls_on_reply(void *context, const struct rpc_reply *reply)
{
    struct pool_task *task = context;
    struct call_run *run = task->pool->context;
    if (reply->status != BADGE_OK) {
        if (!calls_may_retry(run->calls, reply) || !pool_task_retry(task, reply->retry_after_ms))
            calls_fail(task, &reply->err);
    } else if (run->calls->answer(run->calls->context, task->i, reply->result)) {
        run->n_answered++;
        pool_task_done(task);
    } else {
        if (run->err.status == BADGE_OK)
            (void)rpc_invalid_answer(run->calls->rpc, &run->err);
        calls_end(task);
    }
}

static void calls_start(struct pool_task *task)
{
    struct call_run *run = task->pool->context;
    const char *method = NULL;
    struct badge_err err = {0};
    json_t *params = run->calls->request(run->calls->context, task->i, &method);
    if (rpc_call(run->calls->rpc, method, params, calls_on_reply, task, &err) != BADGE_OK)
        calls_fail(task, &err);
}

enum badge_status rpc_call_all(const struct rpc_calls *calls, struct badge_err *err)
{
    struct call_run run = {.calls = calls};
    struct task_pool pool = {
        .loop = calls->loop, .n_tasks = calls->n, .at_once = CALLS_AT_ONCE, .start = calls_start, .context = &run};
    task_pool_run(&pool);
    if (run.err.status != BADGE_OK) {
        if (err)
            *err = run.err;
        return run.err.status;
    }
    if (run.n_answered < calls->n)
        return badge_no_memory(err);
    return BADGE_OK;
}

struct one_call {
    const char *method;
    json_t *params, *result;
};

static json_t *one_request(void *context, size_t i, const char **method)
{
    const struct one_call *call = context;
    (void)i;
    *method = call->method;
    return json_incref(call->params);
}

static bool one_answer(void *context, size_t i, const json_t *result)
{
    struct one_call *call = context;
    (void)i;
    call->result = json_incref((json_t *)(uintptr_t)result);
    return true;
}

enum badge_status rpc_call_one(uv_loop_t *loop, struct rpc *rpc, const char *method, json_t *params,
                               bool errors_are_final, json_t **result, struct badge_err *err)
{
    struct one_call call = {.method = method, .params = params};
    const struct rpc_calls calls = {.loop = loop,
                                    .rpc = rpc,
                                    .n = 1,
                                    .request = one_request,
                                    .answer = one_answer,
                                    .errors_are_final = errors_are_final,
                                    .context = &call};
    enum badge_status status = rpc_call_all(&calls, err);
    json_decref(params);
    *result = call.result;
    return status;
}
