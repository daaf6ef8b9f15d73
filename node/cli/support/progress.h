/*
 * The progress of long work, on standard error: a bar that redraws itself on a terminal, a plain line every few seconds
 * elsewhere.
 */
#ifndef CLI_SUPPORT_PROGRESS_H
#define CLI_SUPPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what; /* "submitted"; NULL: nothing is under way */
    uint64_t total;   /* 0: unknown */
    uint64_t done, drawn;
    uint64_t started_ms, shown_ms;
    bool terminal, shown;
};

void progress_begin(struct progress *progress, const char *what, uint64_t total);
void progress_show(struct progress *progress, uint64_t done); /* cheap: draws a few times a second at most */
/* The same for work of several stages: each `what` is begun, and the one before it is ended. */
void progress_show_stage(struct progress *progress, const char *what, uint64_t done, uint64_t total);
void progress_end(struct progress *progress); /* shows what was done at last */

#endif
