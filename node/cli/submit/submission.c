/*
 * The state of one run of `badge submit`: its items, why it ended early, where receipts go. Called by its parts
 * (files.c, lines.c, await.c) and by the command; calls none of them.
 */
#include "cli/submit/submission.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/format.h"
#include "core/grow.h"

bool submission_add(struct submission *submission, char *path, const struct badge_hash *digest, bool accepted)
{
    struct submission_item *item = core_grow(submission->item, &submission->capacity, submission->n_items + 1,
                                             sizeof *item);
    if (!item) {
        free(path);
        return false;
    }
    submission->item = item;
    submission->item[submission->n_items++] = (struct submission_item){
        .path = path, .digest = *digest, .accepted = accepted};
    return true;
}

void submission_stop(struct submission *submission, int exit_status, const char *why)
{
    if (!submission->stopped) {
        cli_warn("%s", why);
        cli_warn("the node has stored everything that it has answered; run the same command again for the rest");
    }
    submission->stopped = submission->stopped ? submission->stopped : exit_status;
}

void submission_unreachable(struct submission *submission, const char *why)
{
    char text[512];
    (void)snprintf(text, sizeof text, "%s: %s", config_url_origin(cli_node(submission->cli)), why);
    submission_stop(submission, CLI_UNREACHABLE, text);
}

void submission_answered(struct submission *submission, const struct net_response *response)
{
    char why[256];
    session_problem(why, sizeof why, response);
    if (response->http_status == 401 || response->http_status == 403)
        submission_stop(submission, CLI_USAGE, why);
    else
        submission_unreachable(submission, why);
}

bool submission_receipt_path(const struct submission *submission, const struct submission_item *item, char *out,
                             size_t capacity)
{
    struct hash_text hex = core_hash_text(&item->digest);
    int n;
    if (submission->receipts) {
        n = snprintf(out, capacity, "%s/%s.receipt.json", submission->receipts, hex.s);
    } else if (item->path && strcmp(item->path, "-") != 0) {
        const char *slash = strrchr(item->path, '/');
        n = snprintf(out, capacity, "%.*s%s.receipt.json", slash ? (int)(slash - item->path) + 1 : 0, item->path,
                     hex.s);
    } else {
        return false;
    }
    return n > 0 && (size_t)n < capacity;
}
