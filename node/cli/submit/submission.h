/*
 * What the parts of `badge submit` share. The command submits what it was given, many at a time; then, if asked, it
 * waits for the receipts. Submitting twice is harmless, and a final receipt on disk is not fetched again, so an
 * interrupted run can be started again.
 */
#ifndef CLI_SUBMIT_SUBMISSION_H
#define CLI_SUBMIT_SUBMISSION_H

#include "badge/receipt.h"
#include "cli/support/http_retry.h"
#include "cli/support/progress.h"

struct submission_item {
    char *path; /* of its file; NULL for a line of NDJSON */
    struct badge_hash digest;
    enum badge_label label; /* of a file */
    bool accepted;          /* the node has it */
};

struct notice_count {
    char code[32];
    uint64_t n;
};

struct submission {
    const struct cli *cli;
    struct session session;
    char *authorization;  /* "Bearer …" */
    const char *query;    /* "", or what is asked for beside the record */
    const char *receipts; /* a folder; NULL: beside the files */
    bool wait;
    enum badge_anchor_status wanted;

    struct submission_item *item;
    size_t n_items, capacity;
    uint64_t n_refused, n_lines, n_passed_over;
    uint64_t n_already;             /* final, with their receipts on disk: not sent again */
    bool raw;                       /* names and types are not looked at */
    struct notice_count notice[20]; /* by code; n 0: free */
    int stopped; /* the exit status of a run that ends early and sends no more; CLI_YES: it continues */
    struct progress progress;
};

/* Adds an item and takes ownership of path. False: out of memory. */
bool submission_add(struct submission *submission, char *path, const struct badge_hash *digest, bool accepted);
/* Ends the run early: no more is sent. Only the first reason is printed. */
void submission_stop(struct submission *submission, int exit_status, const char *why);
/* The same, if the node is the reason. */
void submission_unreachable(struct submission *submission, const char *why);
/* The same, if an answer is not about one credential: a refused token, a full disk, an invalid answer. */
void submission_answered(struct submission *submission, const struct net_response *response);
/* Where the receipt of an item goes; false for an item that has no place (a line without --receipts). */
bool submission_receipt_path(const struct submission *submission, const struct submission_item *item, char *out,
                             size_t capacity);

/* Prints and counts the notices of an answer. of: the file, or the line. */
void submission_notices(struct submission *submission, const char *of, const json_t *notices);
/* Prints how many of each: recorded, refused, passed over, noticed. */
void submission_sum(const struct submission *submission, uint64_t n_recorded);

/* The parts, each in the file of its name. They call the functions above, and not each other. */

/* Prints how many files of each kind there are. */
void submit_summarize(const struct submission *submission);
/* Submits every file that was added. */
void submit_files(struct submission *submission);
/*
 * Submits the lines of one file, or of standard input. If receipts are wanted, adds an item for each accepted line.
 * Returns an exit status.
 */
int submit_lines(struct submission *submission, const char *path);
/* Waits until the anchor of every accepted item has the wanted status, and writes its receipt. */
void submit_await(struct submission *submission);

#endif
