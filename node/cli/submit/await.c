/*
 * Waits for receipts, and writes them once their anchors are far enough.
 */
#include <stdio.h>
#include <string.h>

#include "cli/submit/submission.h"
#include "cli/support/wait_until.h"
#include "runtime/file.h"

static bool receipt_url(void *context, size_t index, char *out, size_t len)
{
    const struct submit_item *item = &((struct submit *)context)->item[index];
    char hex[BADGE_HEX_LEN + 1];
    badge_hex_encode(hex, item->digest.b, 32);
    (void)snprintf(out, len, "/v1/credentials/%s/receipt", hex);
    return item->accepted;
}

static void take_receipt(struct submit *submit, const struct submit_item *item, const char *body, size_t len)
{
    char path[4096];
    struct badge_err err = {0};
    if (submit_receipt_path(submit, item, path, sizeof path) && file_replace_later(path, body, len, 0644, &err))
        submit_stop(submit, CLI_USAGE, err.text);
}

static enum wait_next on_receipt(void *context, size_t index, const struct net_response *response)
{
    struct submit *submit = context;
    struct submit_item *item = &submit->item[index];
    struct badge_receipt receipt;
    if (response->status)
        submit_stop(submit, CLI_UNREACHABLE, response->err.text);
    else if (response->http_status == 202)
        return WAIT_AGAIN;
    else if (response->http_status != 200)
        submit_answered(submit, response);
    else if (badge_receipt_decode(&receipt, response->body, response->body_len, NULL) ||
             badge_hash_compare(&receipt.digest.value, &item->digest) != 0)
        submit_unreachable(submit, "what it sent is not the receipt that was asked for");
    else if (receipt.status < submit->wanted)
        return WAIT_AGAIN;
    else
        take_receipt(submit, item, response->body, response->body_len);
    return submit->stopped ? WAIT_STOP : WAIT_DONE;
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
    uint64_t accepted = 0;
    struct wait_until wait = {.session = &submit->session,
                              .node = cli_node(submit->cli),
                              .n_items = submit->n_items,
                              .progress = &submit->progress,
                              .path = receipt_url,
                              .take = on_receipt,
                              .context = submit};
    for (size_t i = 0; i < submit->n_items; i++)
        accepted += submit->item[i].accepted;
    progress_begin(&submit->progress, badge_anchor_status_name(submit->wanted), accepted);
    wait_until_run(&wait);
    sync_receipts(submit);
    progress_end(&submit->progress, wait.n_done);
}
