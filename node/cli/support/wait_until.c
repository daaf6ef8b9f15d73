/*
 * A window of items is asked about; one that is not far enough is asked about again after a second. What is submitted
 * or revoked together becomes final together, so once the first of a batch is through, the rest follows at full speed.
 */
#include "cli/support/wait_until.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_IN_FLIGHT 64
#define ASK_AGAIN_MS 1000

struct look {
    uv_timer_t timer;
    struct watch *watch;
    size_t item;
    char path[128];
};

static void pump(struct watch *watch);

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void finish(struct look *look, bool done)
{
    struct watch *watch = look->watch;
    watch->n_in_flight--;
    watch->n_done += done;
    progress_show(watch->progress, watch->n_done);
    uv_close((uv_handle_t *)&look->timer, on_closed);
    pump(watch);
}

static void ask(struct look *look);

static void on_timer(uv_timer_t *timer)
{
    struct look *look = timer->data;
    if (look->watch->stopped)
        finish(look, false);
    else
        ask(look);
}

static void on_response(void *context, const struct net_response *response)
{
    struct look *look = context;
    struct watch *watch = look->watch;
    switch (watch->take(watch->context, look->item, response)) {
    case WATCH_DONE:
        finish(look, true);
        return;
    case WATCH_AGAIN:
        uv_timer_start(&look->timer, on_timer, ASK_AGAIN_MS, 0);
        return;
    case WATCH_STOP:
        watch->stopped = true;
        finish(look, false);
        return;
    }
}

static void ask(struct look *look)
{
    struct watch *watch = look->watch;
    char url[4096];
    struct net_response failed = {0};
    (void)snprintf(url, sizeof url, "%s%s", watch->node, look->path);
    struct exchange_request request = {
        .url = url, .authorization = watch->authorization, .callback = on_response, .context = look};
    failed.status = exchange(watch->session, &request, &failed.err);
    if (failed.status)
        on_response(look, &failed);
}

static void pump(struct watch *watch)
{
    while (watch->next < watch->n_items && watch->n_in_flight < MAX_IN_FLIGHT && !watch->stopped) {
        size_t item = watch->next++;
        struct look *look = calloc(1, sizeof *look);
        if (!look) {
            const struct net_response failed = {.status = BADGE_ENOMEM, .err = {.text = "out of memory"}};
            (void)watch->take(watch->context, item, &failed);
            watch->stopped = true;
        } else if (!watch->path(watch->context, item, look->path, sizeof look->path)) {
            free(look);
        } else {
            look->watch = watch;
            look->item = item;
            (void)uv_timer_init(&watch->session->loop, &look->timer); /* always succeeds */
            look->timer.data = look;
            watch->n_in_flight++;
            ask(look);
        }
    }
}

void watch_run(struct watch *watch)
{
    pump(watch);
    while (watch->n_in_flight)
        (void)uv_run(&watch->session->loop, UV_RUN_ONCE);
}
