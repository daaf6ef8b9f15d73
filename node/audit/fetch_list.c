/*
 * Fetches all batches of a source. Called by audits and by mirror.c. Pages are requested by the lowest number seen so
 * far, not by the node's links: numbers go down from page to page, so the list ends.
 */
#include "audit/fetch_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/store_folder.h"
#include "audit/task_pool.h"
#include "runtime/config.h"
#include "runtime/file.h"

#define MAX_PAGES 20000
#define TIMEOUT_MS 60000
#define MIRROR_LIST "/v1/batches.json"
#define ENTRY_MAX_LEN 1024 /* of one batch in the file, on average */

struct list_get {
    struct net_client *client;
    char url[4096];
    size_t max_len;
    long http_status;
    char *body; /* the caller's */
    size_t body_len;
    struct badge_err err;
};

/* "it can't be reached": reports already name the source. */
static void strip_origin(struct badge_err *err, const char *url)
{
    struct badge_err named = *err;
    const char *origin = config_url_origin(url);
    size_t len = strlen(origin);
    if (strncmp(named.text, origin, len) == 0 && named.text[len] == ' ')
        (void)snprintf(err->text, sizeof err->text, "it%s", named.text + len);
}

static void get_take(struct list_get *get, const struct net_response *response)
{
    get->http_status = response->http_status;
    get->err = response->err;
    get->err.status = response->status;
    if (response->status != BADGE_OK) {
        strip_origin(&get->err, get->url);
        return;
    }
    get->body_len = response->body_len;
    get->body = malloc(response->body_len + 1);
    if (get->body)
        memcpy(get->body, response->body, response->body_len);
    else
        (void)badge_no_memory(&get->err);
}

static void get_on_response(void *context, const struct net_response *response)
{
    struct pool_task *task = context;
    long code = response->http_status;
    bool is_transient = response->status == BADGE_EIO || code == 429 || code >= 500;
    if (is_transient && pool_task_retry(task, response->retry_after_ms))
        return;
    get_take(task->pool->context, response);
    pool_task_done(task);
}

static void get_start(struct pool_task *task)
{
    struct list_get *get = task->pool->context;
    struct net_request request = {.url = get->url,
                                  .max_response_len = get->max_len,
                                  .timeout_ms = TIMEOUT_MS,
                                  .callback = get_on_response,
                                  .context = task};
    if (net_send(get->client, &request, &get->err) != BADGE_OK)
        pool_task_done(task);
}

/* errors    BADGE_EIO, BADGE_ENOMEM, BADGE_ELIMIT, BADGE_ESYNTAX */
static enum badge_status get_run(struct list_get *get, uv_loop_t *loop, struct badge_err *err)
{
    struct task_pool pool = {.loop = loop, .n_tasks = 1, .at_once = 1, .start = get_start, .context = get};
    get->err = (struct badge_err){.status = BADGE_ENOMEM, .text = "out of memory"};
    get->body = NULL;
    task_pool_run(&pool);
    if (get->err.status != BADGE_OK && err)
        *err = get->err;
    return get->err.status;
}

static enum badge_status get_refused(long http_status, struct badge_err *err)
{
    bool is_busy = http_status == 429 || http_status >= 500;
    return badge_fail(err, is_busy ? BADGE_EIO : BADGE_ENOTFOUND, BADGE_NO_OFFSET,
                      "it answered HTTP %d to the request for its batches", (int)http_status);
}

static enum badge_status fetch_file(struct batch_list *out, const char *place, uv_loop_t *loop,
                                    struct net_client *client, struct badge_err *err)
{
    /* The response may be as long as the most batches that are expected, so a server can't fill the memory. */
    size_t max_len = out->max && out->max < BATCH_LIST_MAX_LEN / ENTRY_MAX_LEN ? out->max * ENTRY_MAX_LEN
                                                                               : BATCH_LIST_MAX_LEN;
    struct list_get get = {.client = client, .max_len = max_len};
    size_t n_new;
    if ((size_t)snprintf(get.url, sizeof get.url, "%s%s", place, MIRROR_LIST) >= sizeof get.url)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "its URL is too long");
    enum badge_status status = get_run(&get, loop, err);
    if (status == BADGE_OK && get.http_status != 200)
        status = get_refused(get.http_status, err);
    if (status == BADGE_OK)
        status = batch_list_read(out, &n_new, get.body, get.body_len, err);
    free(get.body);
    return status;
}

static enum badge_status fetch_pages(struct batch_list *out, const char *place, uv_loop_t *loop,
                                     struct net_client *client, bool *not_found, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    for (unsigned page = 0; page < MAX_PAGES; page++) {
        struct list_get get = {.client = client, .max_len = BATCH_PAGE_MAX_LEN};
        size_t n_new = 0;
        int len = snprintf(get.url, sizeof get.url, "%s/v1/batches?limit=%u", place, BATCH_PAGE);
        if (page && len > 0 && (size_t)len < sizeof get.url)
            len += snprintf(get.url + len, sizeof get.url - (size_t)len, "&before=%u", out->batch[out->n - 1].number);
        if (len < 0 || (size_t)len >= sizeof get.url)
            return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "its URL is too long");
        status = get_run(&get, loop, err);
        if (status == BADGE_OK && get.http_status != 200)
            status = get_refused(get.http_status, err);
        *not_found = page == 0 && status == BADGE_ENOTFOUND;
        if (status == BADGE_OK)
            status = batch_list_read(out, &n_new, get.body, get.body_len, err);
        free(get.body);
        if (status != BADGE_OK || n_new == 0 || out->batch[out->n - 1].number == 1)
            return status;
    }
    return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "its list has more than %u pages", MAX_PAGES);
}

static enum badge_status read_folder(struct batch_list *out, const char *place, struct badge_err *err)
{
    char path[4096], *bytes = NULL;
    size_t len, n_new;
    if ((size_t)snprintf(path, sizeof path, "%s%s", place, MIRROR_LIST) >= sizeof path)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "its path is too long");
    enum badge_status status = file_read(&bytes, &len, path, BATCH_LIST_MAX_LEN, err);
    if (status == BADGE_ENOTFOUND)
        status = badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "not a mirror: v1/batches.json is missing");
    if (status == BADGE_OK)
        status = batch_list_read(out, &n_new, bytes, len, err);
    free(bytes);
    return status;
}

enum badge_status fetch_list(struct batch_list *out, struct reconciliation_source *source, uv_loop_t *loop,
                             struct net_client *client, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    bool has_no_pages = false;
    switch (source->kind) {
    case SOURCE_NODE:
        status = fetch_pages(out, source->place, loop, client, &has_no_pages, err);
        if (!has_no_pages)
            return status;
        source->kind = SOURCE_MIRROR;
        return fetch_file(out, source->place, loop, client, err);
    case SOURCE_MIRROR:
        return fetch_file(out, source->place, loop, client, err);
    case SOURCE_FOLDER:
        return read_folder(out, source->place, err);
    case SOURCE_STORE:
        return store_folder_list(out, source->place, err);
    }
    return status;
}
