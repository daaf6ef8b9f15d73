/*
 * The progress of long work, on standard error: a bar that redraws itself on a terminal, a plain line every few seconds
 * elsewhere.
 */
#ifndef CLI_SUPPORT_PROGRESS_H
#define CLI_SUPPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what; /* "submitted" */
    uint64_t total;   /* 0: unknown */
    uint64_t done;    /* when it was last drawn */
    uint64_t started_ms, shown_ms;
    bool terminal, shown;
};

void progress_begin(struct progress *progress, const char *what, uint64_t total);
void progress_show(struct progress *progress, uint64_t done); /* cheap: draws a few times a second at most */
void progress_end(struct progress *progress, uint64_t done);

#endif
