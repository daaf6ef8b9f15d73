/*
 * Waits for receipts. A window of items is asked for; one whose anchor is not far enough is asked for again after a
 * second, and since a batch becomes final as a whole, the rest of it then goes through at full speed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/submit.h"
#include "runtime/file.h"

#define MAX_IN_FLIGHT 64
#define ASK_AGAIN_MS 1000

struct awaiting {
    struct submit *submit;
    size_t next, n_in_flight, n_done;
};

struct look {
    uv_timer_t timer;
    struct awaiting *awaiting;
    size_t item;
};

static void pump(struct awaiting *awaiting);
static void ask(struct look *look);

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void finish(struct look *look)
{
    struct awaiting *awaiting = look->awaiting;
    awaiting->n_in_flight--;
    awaiting->n_done++;
    progress_show(&awaiting->submit->progress, awaiting->n_done);
    uv_close((uv_handle_t *)&look->timer, on_closed);
    pump(awaiting);
}

static void on_timer(uv_timer_t *timer)
{
    struct look *look = timer->data;
    if (look->awaiting->submit->stopped)
        finish(look);
    else
        ask(look);
}

static void take_receipt(struct submit *submit, const struct submit_item *item, const char *body, size_t len)
{
    char path[4096];
    struct badge_err err = {0};
    if (submit_receipt_path(submit, item, path, sizeof path) && file_replace_later(path, body, len, 0644, &err))
        submit_stop(submit, CLI_USAGE, err.text);
}

static void on_response(void *context, const struct net_response *response)
{
    struct look *look = context;
    struct submit *submit = look->awaiting->submit;
    struct submit_item *item = &submit->item[look->item];
    struct badge_receipt receipt;
    struct badge_err err = {0};
    if (response->status) {
        submit_stop(submit, CLI_UNREACHABLE, response->err.text);
    } else if (response->http_status == 200) {
        if (badge_receipt_decode(&receipt, response->body, response->body_len, &err) ||
            badge_hash_compare(&receipt.digest.value, &item->digest) != 0) {
            submit_unreachable(submit, "what it sent is not the receipt that was asked for");
        } else if (receipt.status >= submit->wanted) {
            take_receipt(submit, item, response->body, response->body_len);
        } else {
            uv_timer_start(&look->timer, on_timer, ASK_AGAIN_MS, 0);
            return;
        }
    } else if (response->http_status == 202) {
        uv_timer_start(&look->timer, on_timer, ASK_AGAIN_MS, 0);
        return;
    } else {
        submit_answered(submit, response);
    }
    finish(look);
}

static void ask(struct look *look)
{
    struct submit *submit = look->awaiting->submit;
    char url[4096], hex[BADGE_HEX_LEN + 1];
    struct badge_err err = {0};
    badge_hex_encode(hex, submit->item[look->item].digest.b, 32);
    (void)snprintf(url, sizeof url, "%s/v1/credentials/%s/receipt", cli_node(submit->cli), hex);
    struct exchange_request request = {.url = url, .callback = on_response, .context = look};
    if (exchange(&submit->session, &request, &err)) {
        submit_stop(submit, CLI_USAGE, err.text);
        finish(look);
    }
}

static void pump(struct awaiting *awaiting)
{
    struct submit *submit = awaiting->submit;
    while (awaiting->next < submit->n_items && awaiting->n_in_flight < MAX_IN_FLIGHT && !submit->stopped) {
        size_t index = awaiting->next++;
        if (!submit->item[index].accepted)
            continue;
        struct look *look = calloc(1, sizeof *look);
        if (!look) {
            submit_stop(submit, CLI_USAGE, "out of memory");
            return;
        }
        look->awaiting = awaiting;
        look->item = index;
        uv_timer_init(&submit->session.loop, &look->timer);
        look->timer.data = look;
        awaiting->n_in_flight++;
        ask(look);
    }
}

static size_t folder_len(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

/* Once for all receipts of a folder: a sync for each would take most of the time. */
static void sync_receipts(struct submit *submit)
{
    char path[4096], last[4096] = "";
    struct badge_err err = {0};
    for (size_t i = 0; i < submit->n_items && !submit->stopped; i++) {
        if (!submit->item[i].accepted || !submit_receipt_path(submit, &submit->item[i], path, sizeof path))
            continue;
        size_t len = folder_len(path);
        if (last[0] && folder_len(last) == len && memcmp(last, path, len) == 0)
            continue;
        memcpy(last, path, strlen(path) + 1);
        if (file_sync_beside(path, &err))
            submit_stop(submit, CLI_USAGE, err.text);
    }
}

void submit_await(struct submit *submit)
{
    struct awaiting awaiting = {.submit = submit};
    uint64_t accepted = 0;
    for (size_t i = 0; i < submit->n_items; i++)
        accepted += submit->item[i].accepted;
    progress_begin(&submit->progress, badge_anchor_status_name(submit->wanted), accepted);
    pump(&awaiting);
    while (awaiting.n_in_flight)
        (void)uv_run(&submit->session.loop, UV_RUN_ONCE);
    sync_receipts(submit);
    progress_end(&submit->progress, awaiting.n_done);
}
