/*
 * Polls a bounded number of items at a time, each once a second until it has the wanted state. What is submitted or
 * revoked together becomes final together, so once the first item of a batch is final, the others follow fast.
 */
#include "cli/support/wait_until.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_IN_FLIGHT 64
#define POLL_MS 1000

struct wait_item {
    uv_timer_t timer;
    struct wait_until *wait;
    size_t index;
    char path[128];
};

static void wait_pump(struct wait_until *wait);

static void wait_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void wait_finish(struct wait_item *item, bool done)
{
    struct wait_until *wait = item->wait;
    wait->n_in_flight--;
    wait->n_done += done;
    progress_show(wait->progress, wait->n_done);
    uv_close((uv_handle_t *)&item->timer, wait_on_closed);
    wait_pump(wait);
}

static void wait_send(struct wait_item *item);

static void wait_on_timer(uv_timer_t *timer)
{
    struct wait_item *item = timer->data;
    if (item->wait->stopped)
        wait_finish(item, false);
    else
        wait_send(item);
}

static void wait_on_response(void *context, const struct net_response *response)
{
    struct wait_item *item = context;
    struct wait_until *wait = item->wait;
    switch (wait->take(wait->context, item->index, response)) {
    case WAIT_DONE:
        wait_finish(item, true);
        return;
    case WAIT_AGAIN:
        uv_timer_start(&item->timer, wait_on_timer, POLL_MS, 0);
        return;
    case WAIT_STOP:
        wait->stopped = true;
        wait_finish(item, false);
        return;
    }
}

static void wait_send(struct wait_item *item)
{
    struct wait_until *wait = item->wait;
    char url[4096];
    struct net_response failed = {0};
    (void)snprintf(url, sizeof url, "%s%s", wait->node, item->path);
    struct net_request request = {
        .url = url, .authorization = wait->authorization, .callback = wait_on_response, .context = item};
    failed.status = http_retry(wait->session, &request, &failed.err);
    if (failed.status != BADGE_OK)
        wait_on_response(item, &failed);
}

static void wait_pump(struct wait_until *wait)
{
    while (wait->next < wait->n_items && wait->n_in_flight < MAX_IN_FLIGHT && !wait->stopped) {
        size_t index = wait->next++;
        struct wait_item *item = calloc(1, sizeof *item);
        if (!item) {
            const struct net_response failed = {.status = BADGE_ENOMEM, .err = {.text = "out of memory"}};
            (void)wait->take(wait->context, index, &failed);
            wait->stopped = true;
        } else if (!wait->path(wait->context, index, item->path, sizeof item->path)) {
            free(item);
        } else {
            item->wait = wait;
            item->index = index;
            (void)uv_timer_init(&wait->session->loop, &item->timer); /* always succeeds */
            item->timer.data = item;
            wait->n_in_flight++;
            wait_send(item);
        }
    }
}

void wait_until_run(struct wait_until *wait)
{
    wait_pump(wait);
    while (wait->n_in_flight)
        (void)uv_run(&wait->session->loop, UV_RUN_ONCE);
}
