/*
 * Polls a bounded number of items at a time, each once a second until it has the wanted state. What is submitted or
 * revoked together becomes final together, so once the first item of a batch is final, the others follow fast.
 */
#include "cli/support/wait_until.h"

#include <stdio.h>
#include <string.h>

#include "audit/task_pool.h"

#define MAX_IN_FLIGHT 64
#define POLL_MS 1000
#define SAY_WHY_MS 60000
#define READY_TIMEOUT_MS 10000
#define READY_MAX_LEN 65536

/* -- the reason ---------------------------------------------------------------------------------------------------- */

static void say(struct wait_until *wait, const char *why)
{
    struct progress *progress = wait->progress;
    const char *what = progress->what;
    if (strcmp(wait->reason.said, why) == 0)
        return;
    (void)snprintf(wait->reason.said, sizeof wait->reason.said, "%s", why);
    progress_end(progress); /* its line */
    cli_warn("still waiting: %s", why);
    progress_begin(progress, what, progress->total);
}

static void wait_on_ready(void *context, const struct net_response *response)
{
    char why[sizeof((struct wait_until *)0)->reason.said];
    struct wait_until *wait = context;
    wait->reason.asking = false;
    if (response->status != BADGE_OK) /* the polls report it */
        return;
    json_t *answer = json_loadb(response->body, response->body_len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *reason = json_array_get(json_object_get(answer, "reasons"), 0);
    const char *code = json_string_value(json_object_get(reason, "code"));
    const char *detail = json_string_value(json_object_get(reason, "detail"));
    if (code && detail)
        (void)snprintf(why, sizeof why, "the node is not ready (%s): %s", code, detail);
    else
        (void)snprintf(why, sizeof why, "the node is ready; what is not %s yet is %s%s", wait->progress->what,
                       wait->reason.state,
                       strcmp(wait->reason.state, "pending") == 0
                           ? ": the node puts it into a batch within its batch.max_age, 10 minutes unless set otherwise"
                           : "");
    say(wait, why);
    json_decref(answer);
}

static void ask_why(struct wait_until *wait)
{
    char url[4096];
    uint64_t now_ms = uv_now(&wait->session->loop);
    if (wait->reason.asking || now_ms - wait->reason.since_ms < SAY_WHY_MS)
        return;
    wait->reason.since_ms = now_ms;
    (void)snprintf(url, sizeof url, "%s/readyz", wait->node);
    const struct net_request request = {.url = url,
                                        .authorization = wait->authorization,
                                        .max_response_len = READY_MAX_LEN,
                                        .timeout_ms = READY_TIMEOUT_MS,
                                        .callback = wait_on_ready,
                                        .context = wait};
    wait->reason.asking = net_send(wait->session->client, &request, NULL) == BADGE_OK;
}

/* -- the items ----------------------------------------------------------------------------------------------------- */

static void wait_on_response(void *context, const struct net_response *response)
{
    struct pool_task *task = context;
    struct wait_until *wait = task->pool->context;
    enum wait_next next = wait->take(wait->context, task->i, response, &wait->reason.state);
    if (next == WAIT_AGAIN) {
        ask_why(wait);
        pool_task_again(task, POLL_MS);
        return;
    }
    if (next == WAIT_STOP)
        task_pool_stop(task->pool);
    wait->n_done += next == WAIT_DONE;
    wait->reason.since_ms = uv_now(&wait->session->loop);
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
    uv_update_time(pool.loop);
    wait->reason.since_ms = uv_now(pool.loop);
    task_pool_run(&pool);
    while (wait->reason.asking)
        (void)uv_run(pool.loop, UV_RUN_ONCE);
    if (!pool.stopped && pool.next < wait->n_items)
        (void)wait->take(wait->context, pool.next, &failed, &wait->reason.state);
}
