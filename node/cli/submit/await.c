/*
 * Waits until the submitted credentials are anchored, and writes their receipts.
 */
#include <stdio.h>
#include <string.h>

#include "cli/submit/submission.h"
#include "cli/support/wait_until.h"
#include "core/format.h"
#include "runtime/file.h"

static bool receipt_url(void *context, size_t index, char *out, size_t capacity)
{
    const struct submission_item *item = &((struct submission *)context)->item[index];
    (void)snprintf(out, capacity, "/v1/credentials/%s/receipt", core_hash_text(&item->digest).s);
    return item->accepted;
}

static void await_take_receipt(struct submission *submission, const struct submission_item *item, const char *body,
                               size_t len)
{
    char path[4096];
    struct badge_err err = {0};
    if (submission_receipt_path(submission, item, path, sizeof path) &&
        file_replace_later(path, body, len, 0644, &err) != BADGE_OK)
        submission_stop(submission, CLI_USAGE, err.text);
}

static enum wait_next await_on_receipt(void *context, size_t index, const struct net_response *response,
                                       const char **state)
{
    struct submission *submission = context;
    struct submission_item *item = &submission->item[index];
    struct badge_receipt receipt;
    if (response->status == BADGE_OK && response->http_status == 202) {
        *state = "pending";
        return WAIT_AGAIN;
    }
    if (response->status != BADGE_OK) {
        submission_stop(submission, CLI_UNREACHABLE, response->err.text);
    } else if (response->http_status != 200) {
        submission_answered(submission, response);
    } else if (badge_receipt_decode(&receipt, response->body, response->body_len, NULL) != BADGE_OK ||
               badge_hash_compare(&receipt.digest.value, &item->digest) != 0) {
        submission_unreachable(submission, "its answer is not the receipt of this credential");
    } else if (receipt.status < submission->wanted) {
        *state = badge_anchor_status_name(receipt.status);
        return WAIT_AGAIN;
    } else {
        await_take_receipt(submission, item, response->body, response->body_len);
    }
    return submission->stopped ? WAIT_STOP : WAIT_DONE;
}

static size_t folder_len(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

/* Syncs a folder once for all its receipts: one sync for each receipt would take most of the time. */
static void sync_receipts(struct submission *submission)
{
    char path[4096], last[4096] = "";
    struct badge_err err = {0};
    for (size_t i = 0; i < submission->n_items && !submission->stopped; i++) {
        if (!submission->item[i].accepted ||
            !submission_receipt_path(submission, &submission->item[i], path, sizeof path))
            continue;
        size_t len = folder_len(path);
        if (last[0] && folder_len(last) == len && memcmp(last, path, len) == 0)
            continue;
        memcpy(last, path, strlen(path) + 1);
        if (file_sync_beside(path, &err) != BADGE_OK)
            submission_stop(submission, CLI_USAGE, err.text);
    }
}

void submit_await(struct submission *submission)
{
    uint64_t accepted = 0;
    struct wait_until wait = {.session = &submission->session,
                              .node = cli_node(submission->cli),
                              .n_items = submission->n_items,
                              .progress = &submission->progress,
                              .path = receipt_url,
                              .take = await_on_receipt,
                              .context = submission};
    for (size_t i = 0; i < submission->n_items; i++)
        accepted += submission->item[i].accepted;
    progress_begin(&submission->progress, badge_anchor_status_name(submission->wanted), accepted);
    wait_until_run(&wait);
    sync_receipts(submission);
    progress_end(&submission->progress);
}
