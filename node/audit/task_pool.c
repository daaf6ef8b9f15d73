/*
 * The task_pool of an audit: every request to a provider or a node goes through here, so that there is one rule of how
 * many are under way and how often one is tried. A task lives from its start to the close of its timer.
 */
#include "audit/task_pool.h"

#include <stdlib.h>
#include <string.h>

#define MAX_TRIES 4
#define FIRST_WAIT_MS 200
#define MAX_WAIT_MS 30000
#define CALLS_AT_ONCE 16

static void on_closed(uv_handle_t *handle)
{
    struct pool_task *task = handle->data;
    task->task_pool->n_open--;
    free(task);
}

void pool_task_done(struct pool_task *task)
{
    uv_close((uv_handle_t *)&task->timer, on_closed);
}

void task_pool_stop(struct task_pool *task_pool)
{
    task_pool->stopped = true;
}

static void begin(struct pool_task *task)
{
    task->n_tries++;
    task->task_pool->start(task);
}

static void on_timer(uv_timer_t *timer)
{
    begin(timer->data);
}

bool pool_task_retry(struct pool_task *task, uint64_t wait_ms)
{
    uint64_t least_ms = (uint64_t)FIRST_WAIT_MS << task->n_tries;
    if (task->task_pool->stopped || task->n_tries >= MAX_TRIES)
        return false;
    wait_ms = wait_ms > least_ms ? wait_ms : least_ms;
    uv_timer_start(&task->timer, on_timer, wait_ms < MAX_WAIT_MS ? wait_ms : MAX_WAIT_MS, 0);
    return true;
}

void task_pool_run(struct task_pool *task_pool)
{
    for (;;) {
        while (!task_pool->stopped && task_pool->next < task_pool->n_tasks && task_pool->n_open < task_pool->at_once &&
               (!task_pool->may_start || task_pool->may_start(task_pool, task_pool->next))) {
            struct pool_task *task = calloc(1, sizeof *task);
            if (!task)
                break; /* those under way give memory back; without any the caller finds tasks undone */
            *task = (struct pool_task){.task_pool = task_pool, .i = task_pool->next++};
            uv_timer_init(task_pool->loop, &task->timer);
            task->timer.data = task;
            task_pool->n_open++;
            begin(task);
        }
        if (!task_pool->n_open)
            return;
        (void)uv_run(task_pool->loop, UV_RUN_ONCE);
    }
}

/* -- calls --------------------------------------------------------------------------------------------------------- */

struct asking {
    const struct rpc_calls *ask;
    size_t n_answered;
    struct badge_err err;
};

/* A provider that refuses, for want of an old state or a block, say, has said nothing about the chain. */
static void give_up(struct pool_task *task, const struct badge_err *why)
{
    struct asking *asking = task->task_pool->context;
    if (asking->err.status == BADGE_OK)
        (void)badge_fail(&asking->err, why->status == BADGE_ENOMEM ? BADGE_ENOMEM : BADGE_EIO, BADGE_NO_OFFSET,
                         "%s; try again, or name another provider", why->text);
    task_pool_stop(task->task_pool);
    pool_task_done(task);
}

/* Whether the provider may answer the same question in a moment: it was silent, too busy, or over its own limit. */
static bool passing(const struct rpc_calls *ask, const struct rpc_reply *reply)
{
    return reply->status == BADGE_EIO || reply->http_status == 429 || (!ask->no_is_no && reply->error_code == -32005);
}

static void on_reply(void *context, const struct rpc_reply *reply)
{
    struct pool_task *task = context;
    struct asking *asking = task->task_pool->context;
    struct badge_err odd = {0};
    if (reply->status != BADGE_OK) {
        if (!passing(asking->ask, reply) || !pool_task_retry(task, reply->retry_after_ms))
            give_up(task, &reply->err);
        return;
    }
    if (!asking->ask->answer(asking->ask->context, task->i, reply->result)) {
        (void)badge_fail(&odd, BADGE_EIO, BADGE_NO_OFFSET, "%s answered what this chain can't have said",
                         rpc_name(asking->ask->rpc));
        give_up(task, &odd);
        return;
    }
    asking->n_answered++;
    pool_task_done(task);
}

static void start_call(struct pool_task *task)
{
    struct asking *asking = task->task_pool->context;
    const char *method = NULL;
    struct badge_err err = {0};
    json_t *params = asking->ask->question(asking->ask->context, task->i, &method);
    if (rpc_call(asking->ask->rpc, method, params, on_reply, task, &err))
        give_up(task, &err);
}

enum badge_status rpc_call_all(const struct rpc_calls *ask, struct badge_err *err)
{
    struct asking asking = {.ask = ask};
    struct task_pool task_pool = {
        .loop = ask->loop, .n_tasks = ask->n, .at_once = CALLS_AT_ONCE, .start = start_call, .context = &asking};
    task_pool_run(&task_pool);
    if (asking.err.status != BADGE_OK) {
        if (err)
            *err = asking.err;
        return asking.err.status;
    }
    if (asking.n_answered < ask->n)
        return badge_no_memory(err);
    return BADGE_OK;
}
