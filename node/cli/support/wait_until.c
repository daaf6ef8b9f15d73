/*
 * Polls a bounded number of items at a time, each once a second until it has the wanted state. What is submitted or
 * revoked together becomes final together, so once the first item of a batch is final, the others follow fast.
 */
#include "cli/support/wait_until.h"

#include <stdio.h>

#include "audit/task_pool.h"

#define MAX_IN_FLIGHT 64
#define POLL_MS 1000

static void wait_on_response(void *context, const struct net_response *response)
{
    struct pool_task *task = context;
    struct wait_until *wait = task->pool->context;
    enum wait_next next = wait->take(wait->context, task->i, response);
    if (next == WAIT_AGAIN) {
        pool_task_again(task, POLL_MS);
        return;
    }
    if (next == WAIT_STOP)
        task_pool_stop(task->pool);
    wait->n_done += next == WAIT_DONE;
    progress_show(wait->progress, wait->n_done);
    pool_task_done(task);
}

static void wait_start(struct pool_task *task)
{
    struct wait_until *wait = task->pool->context;
    char path[128], url[4096];
    struct net_response failed = {0};
    if (task->pool->stopped || !wait->path(wait->context, task->i, path, sizeof path)) {
        pool_task_done(task);
        return;
    }
    (void)snprintf(url, sizeof url, "%s%s", wait->node, path);
    struct net_request request = {
        .url = url, .authorization = wait->authorization, .callback = wait_on_response, .context = task};
    failed.status = http_retry(wait->session, &request, &failed.err);
    if (failed.status != BADGE_OK)
        wait_on_response(task, &failed);
}

void wait_until_run(struct wait_until *wait)
{
    const struct net_response failed = {.status = BADGE_ENOMEM, .err = {.text = "out of memory"}};
    struct task_pool pool = {.loop = &wait->session->loop,
                             .n_tasks = wait->n_items,
                             .at_once = MAX_IN_FLIGHT,
                             .start = wait_start,
                             .context = wait};
    task_pool_run(&pool);
    if (!pool.stopped && pool.next < wait->n_items)
        (void)wait->take(wait->context, pool.next, &failed);
}
