/*
 * The parts of `badge submit`: what is to be submitted is submitted, many at a time; then, if asked, the receipts are
 * waited for. Submitting twice is harmless and a final receipt on disk is not fetched again, so a run that was cut off
 * is simply started anew.
 */
#ifndef CLI_SUBMIT_SUBMISSION_H
#define CLI_SUBMIT_SUBMISSION_H

#include "badge/receipt.h"
#include "cli/support/http_retry.h"
#include "cli/support/progress.h"

struct submission_item {
    char *path; /* of its file; NULL for a line of NDJSON */
    struct badge_hash digest;
    bool accepted; /* the node has it */
};

struct submission {
    const struct cli *cli;
    struct session session;
    char *authorization;  /* "Bearer …" */
    const char *receipts; /* a folder; NULL: beside the files */
    bool wait;
    enum badge_anchor_status wanted;

    struct submission_item *item;
    size_t n_items, capacity;
    uint64_t n_refused, n_lines;
    int stopped; /* the exit status with which it ends before its time: no more is sent; 0: it goes on */
    struct progress progress;
};

/* Adds an item; path is taken. False where there is no memory. */
bool submission_add(struct submission *submission, char *path, const struct badge_hash *digest, bool accepted);
/* Says once why it ends before its time, and sends no more. */
void submission_stop(struct submission *submission, int exit_status, const char *why);
/* The same where the node is the reason. */
void submission_unreachable(struct submission *submission, const char *why);
/* The same for an answer of the node that is not about one credential: a token it does not take, no room, no sense. */
void submission_answered(struct submission *submission, const struct net_response *response);
/* Where the receipt of an item goes; false for an item that has no place (a line without --receipts). */
bool submission_receipt_path(const struct submission *submission, const struct submission_item *item, char *out,
                             size_t capacity);

/* The parts, each in the file of its name. They call the functions above, and not each other. */

/* Every file that was added. */
void submit_files(struct submission *submission);
/* The lines of one file, or of standard input; adds an item for each that was accepted. Returns an exit status. */
int submit_lines(struct submission *submission, const char *path);
/* Fetches the receipt of every accepted item, waiting until its anchor is as far as wanted. */
void submit_await(struct submission *submission);

#endif
