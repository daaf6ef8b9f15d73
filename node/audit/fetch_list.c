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

/* "it can't be reached": reports already name the source. */
static enum badge_status describe_failure(struct badge_err *err, const struct net_response *response, const char *url)
{
    const char *why = response->err.text, *origin = config_url_origin(url);
    size_t len = strlen(origin);
    bool is_named = strncmp(why, origin, len) == 0 && why[len] == ' ';
    return badge_fail(err, response->status, BADGE_NO_OFFSET, is_named ? "it%s" : "%s", is_named ? why + len : why);
}

/* One page, or the file of a mirror. errors    BADGE_ENOTFOUND (refused), those of net_get() and batch_list_read() */
static enum badge_status get_batches(struct batch_list *out, size_t *n_new, struct net_client *client, const char *url,
                                     size_t max_len, struct badge_err *err)
{
    const struct net_request request = {.url = url, .max_response_len = max_len, .timeout_ms = TIMEOUT_MS};
    struct net_response response;
    char *body;
    net_get(client, &request, &task_retry_policy, &response, &body);
    enum badge_status status = response.status;
    bool is_busy = response.http_status == 429 || response.http_status >= 500;
    if (status != BADGE_OK)
        status = describe_failure(err, &response, url);
    else if (response.http_status != 200)
        status = badge_fail(err, is_busy ? BADGE_EIO : BADGE_ENOTFOUND, BADGE_NO_OFFSET,
                            "it answered HTTP %d to the request for its batches", (int)response.http_status);
    else
        status = batch_list_read(out, n_new, body, response.body_len, err);
    free(body);
    return status;
}

static enum badge_status fetch_file(struct batch_list *out, const char *place, struct net_client *client,
                                    struct badge_err *err)
{
    /* The response may be as long as the most batches that are expected, so a server can't fill the memory. */
    size_t max_len = out->max && out->max < BATCH_LIST_MAX_LEN / ENTRY_MAX_LEN ? out->max * ENTRY_MAX_LEN
                                                                               : BATCH_LIST_MAX_LEN;
    char url[4096];
    size_t n_new;
    if ((size_t)snprintf(url, sizeof url, "%s%s", place, MIRROR_LIST) >= sizeof url)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "its URL is too long");
    return get_batches(out, &n_new, client, url, max_len, err);
}

static enum badge_status fetch_pages(struct batch_list *out, const char *place, struct net_client *client,
                                     bool *not_found, struct badge_err *err)
{
    for (unsigned page = 0; page < MAX_PAGES; page++) {
        char url[4096];
        size_t n_new = 0;
        int len = snprintf(url, sizeof url, "%s/v1/batches?limit=%u", place, BATCH_PAGE);
        if (page && len > 0 && (size_t)len < sizeof url)
            len += snprintf(url + len, sizeof url - (size_t)len, "&before=%u", out->batch[out->n - 1].number);
        if (len < 0 || (size_t)len >= sizeof url)
            return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "its URL is too long");
        enum badge_status status = get_batches(out, &n_new, client, url, BATCH_PAGE_MAX_LEN, err);
        *not_found = page == 0 && status == BADGE_ENOTFOUND;
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

enum badge_status fetch_list(struct batch_list *out, struct reconciliation_source *source, struct net_client *client,
                             struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    bool has_no_pages = false;
    switch (source->kind) {
    case SOURCE_NODE:
        status = fetch_pages(out, source->place, client, &has_no_pages, err);
        if (!has_no_pages)
            return status;
        source->kind = SOURCE_MIRROR;
        return fetch_file(out, source->place, client, err);
    case SOURCE_MIRROR:
        return fetch_file(out, source->place, client, err);
    case SOURCE_FOLDER:
        return read_folder(out, source->place, err);
    case SOURCE_STORE:
        return store_folder_list(out, source->place, err);
    }
    return status;
}
