/*
 * How many badges one core checks per second by the rules of their standard: read from the bytes, and checked.
 *
 *   bench_check [--json] [--seconds N] FILE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "badge/conformance.h"
#include "badge/digest.h"

#define MAX_LEN ((size_t)1 << 20)

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_check: %s: %s\n", what, why);
    exit(2);
}

static void check(struct badge_conformance *out, const char *bytes, size_t len, struct badge_digester *digester,
                  struct badge_arena *arena)
{
    struct badge_digest digest;
    struct badge_err err;
    badge_digester_clear(digester);
    badge_arena_clear(arena);
    if (badge_digester_update(digester, bytes, len, &err) != BADGE_OK ||
        badge_digester_final(digester, &digest, &err) != BADGE_OK ||
        badge_conformance_read(out, arena, badge_digester_reading(digester), &err) != BADGE_OK)
        die("the badge can't be read", err.text);
}

static double clock_s(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t read_badge(char *out, const char *name)
{
    FILE *file = fopen(name, "rb");
    size_t len = file ? fread(out, 1, MAX_LEN, file) : 0;
    if (!file || fclose(file) != 0 || len == 0)
        die(name, "can't be read");
    return len;
}

int main(int argc, char **argv)
{
    static char bytes[MAX_LEN];
    static struct badge_conformance found;
    bool json = false;
    double seconds = 2;
    const char *name = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            seconds = strtod(argv[++i], NULL);
        else
            name = argv[i];
    }
    if (!name)
        die("usage", "bench_check [--json] [--seconds N] FILE");

    struct badge_digester *digester;
    struct badge_arena arena;
    struct badge_err err;
    size_t len = read_badge(bytes, name), n = 0;
    if (badge_digester_new(&digester, MAX_LEN, &err) != BADGE_OK)
        die("not started", err.text);
    badge_arena_init(&arena, (size_t)16 << 20);
    double took_s = 0, begin = clock_s(CLOCK_MONOTONIC), cpu_begin_s = clock_s(CLOCK_PROCESS_CPUTIME_ID);
    for (; took_s < seconds; took_s = clock_s(CLOCK_MONOTONIC) - begin, n += 100)
        for (int i = 0; i < 100; i++)
            check(&found, bytes, len, digester, &arena);
    double per_s = (double)n / took_s, cpu_us = (clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin_s) * 1e6 / (double)n;
    badge_arena_release(&arena);
    badge_digester_free(digester);

    if (json)
        printf("{\"bench\":\"check\",\"bytes\":%zu,\"badgesPerSecond\":%.0f,\"cpuUs\":%.1f,\"profile\":\"%s\","
               "\"errors\":%zu}\n",
               len, per_s, cpu_us, found.profile, found.n_errors);
    else
        printf("a badge of %zu bytes (%s, %zu errors): %.0f a second, %.1f us of the processor each\n", len,
               found.profile, found.n_errors, per_s, cpu_us);
    return 0;
}
