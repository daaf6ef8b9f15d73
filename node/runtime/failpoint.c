/*
 * Ends or stops the process at a place that a test has named; only in builds for tests. Called from all folders.
 *
 * Invariant: without BADGED_FAILPOINT in the environment a failpoint does nothing, and a value without a valid action
 * ends the process, so that a misspelling can't make a test pass.
 */
#include "runtime/failpoint.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef BADGED_FAILPOINTS

#define VARIABLE "BADGED_FAILPOINT"

static struct {
    char name[64];
    bool stops;
    atomic_long left; /* 1: the next time */
} armed;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void arm(void)
{
    const char *value = getenv(VARIABLE);
    if (!value)
        return;
    char action[8] = "", count[20] = "1";
    int fields = sscanf(value, "%63[^:]:%7[^:]:%19[0-9]", armed.name, action, count);
    long n = strtol(count, NULL, 10);
    armed.stops = strcmp(action, "stop") == 0;
    if (fields < 2 || n < 1 || (!armed.stops && strcmp(action, "exit") != 0)) {
        fprintf(stderr, VARIABLE "=%s must be NAME:exit[:N] or NAME:stop[:N]\n", value);
        abort();
    }
    atomic_store(&armed.left, n);
}

static bool is_armed(const char *part, const char *moment)
{
    size_t len = strlen(part);
    return strncmp(armed.name, part, len) == 0 && armed.name[len] == '.' && strcmp(armed.name + len + 1, moment) == 0;
}

void failpoint_reach(const char *part, const char *moment)
{
    pthread_once(&once, arm);
    if (!is_armed(part, moment) || atomic_fetch_sub(&armed.left, 1) != 1)
        return;
    if (!armed.stops)
        _exit(FAILPOINT_STATUS);
    (void)raise(SIGSTOP);
}

#endif
