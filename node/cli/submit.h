/*
 * The parts of `badge submit`: what is to be submitted is submitted, many at a time; then, if asked, the receipts are
 * waited for. Submitting twice is harmless and a final receipt on disk is not fetched again, so a run that was cut off
 * is simply started anew.
 */
#ifndef CLI_SUBMIT_H
#define CLI_SUBMIT_H

#include "badge/receipt.h"
#include "cli/exchange.h"
#include "cli/progress.h"

struct submit_item {
    char *path; /* of its file; NULL for a line of NDJSON */
    struct badge_hash digest;
    bool accepted; /* the node has it */
};

struct submit {
    const struct cli *cli;
    struct session session;
    char *authorization;  /* "Bearer …" */
    const char *receipts; /* a folder; NULL: beside the files */
    bool wait;
    enum badge_anchor_status wanted;

    struct submit_item *item;
    size_t n_items, capacity;
    uint64_t n_refused, n_lines;
    bool unreachable; /* the node failed us: no more is sent */
    struct progress progress;
};

/* Adds an item; path is taken. False where there is no memory. */
bool submit_add(struct submit *submit, char *path, const struct badge_hash *digest, bool accepted);
/* Says once that the node can't be reached, and sends no more. */
void submit_unreachable(struct submit *submit, const char *why);

/* Every file that was added. */
void submit_files(struct submit *submit);
/* The lines of one file, or of standard input; adds an item for each that was accepted. Returns an exit status. */
int submit_lines(struct submit *submit, const char *path);
/* Fetches the receipt of every accepted item, waiting until its anchor is as far as wanted. */
void submit_await(struct submit *submit);

/* Where the receipt of an item goes; false for an item that has no place (a line without --receipts). */
bool submit_receipt_path(const struct submit *submit, const struct submit_item *item, char *out, size_t len);

#endif
