/*
 * Shows the progress of long work: a bar on a terminal, a line now and then elsewhere.
 */
#include "cli/support/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define TERMINAL_EVERY_MS 100
#define PLAIN_EVERY_MS 5000

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void progress_draw(struct progress *progress, uint64_t ms)
{
    uint64_t done = progress->done;
    uint64_t rate = ms > progress->started_ms ? done * 1000 / (ms - progress->started_ms) : 0;
    if (progress->terminal && progress->total) {
        int filled = (int)(done * BAR_WIDTH / progress->total);
        fprintf(stderr, "\r[%.*s%*s] ", filled, "##############################", BAR_WIDTH - filled, "");
    } else if (progress->terminal) {
        fputc('\r', stderr);
    }
    fprintf(stderr, "%llu", (unsigned long long)done);
    if (progress->total)
        fprintf(stderr, " of %llu", (unsigned long long)progress->total);
    fprintf(stderr, " %s", progress->what);
    if (rate)
        fprintf(stderr, ", %llu/s", (unsigned long long)rate);
    fputs(progress->terminal ? "\033[K" : "\n", stderr);
    progress->shown = true;
    progress->drawn = done;
}

void progress_begin(struct progress *progress, const char *what, uint64_t total)
{
    *progress = (struct progress){.what = what, .total = total, .terminal = isatty(STDERR_FILENO)};
    progress->started_ms = progress->shown_ms = now_ms();
}

void progress_show(struct progress *progress, uint64_t done)
{
    uint64_t ms = now_ms();
    progress->done = done;
    if (ms - progress->shown_ms < (progress->terminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS))
        return;
    progress->shown_ms = ms;
    progress_draw(progress, ms);
}

void progress_show_stage(struct progress *progress, const char *what, uint64_t done, uint64_t total)
{
    if (!progress->what || strcmp(progress->what, what) != 0) {
        progress_end(progress);
        progress_begin(progress, what, total);
    }
    progress->total = total;
    progress_show(progress, done);
}

void progress_end(struct progress *progress)
{
    if (progress->shown && (progress->terminal || progress->done != progress->drawn))
        progress_draw(progress, now_ms());
    if (progress->shown && progress->terminal) /* what took too little time is not shown */
        fputc('\n', stderr);
    progress->what = NULL;
    progress->shown = false;
}
