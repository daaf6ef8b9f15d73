/*
 * How many badges one core turns into RDF and canonicalizes per second, from the bytes to the SHA-256 of RDFC-1.0's
 * N-Quads; the same with an inline context that no badge before had; and the memory that one badge takes.
 *
 *   bench_rdfc [--json] [--seconds N] [--contexts OUT] FILE
 *
 * --contexts writes the contexts that FILE names, as they are built in, into OUT: {URL: document}, for measuring
 * another implementation with the same ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "badge/jsonld.h"
#include "badge/text.h"
#include "jsonld/contexts.h"

#define MAX_LEN ((size_t)1 << 20)
#define ROUND 200

static char badge[MAX_LEN], changed[MAX_LEN + 256];
static struct badge_jsonld *processor;
static struct badge_arena arena;

static double now_s(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_rdfc: %s: %s\n", what, why);
    exit(2);
}

static size_t read_badge(const char *path)
{
    FILE *file = fopen(path, "rb");
    const size_t len = file ? fread(badge, 1, sizeof badge - 1, file) : 0;
    if (len == 0)
        die(path, "can't be read");
    fclose(file);
    return len;
}

static struct badge_hash hash_once(const char *bytes, size_t len, size_t *n_quads)
{
    const struct badge_jsonld_options options = {.direction = BADGE_DIRECTION_I18N};
    const struct badge_json_value *document;
    struct badge_jsonld_err err = {.code = NULL};
    struct badge_rdf_dataset dataset;
    struct badge_rdfc_result result;
    struct badge_hash hash;
    badge_arena_clear(&arena);
    if (badge_json_parse(&document, &arena, bytes, len, &err.err) != BADGE_OK ||
        badge_jsonld_to_rdf(&dataset, &arena, processor, document, &options, &err) != BADGE_OK ||
        badge_rdfc_canonicalize(&result, &arena, &dataset, BADGE_RDFC_SHA256, 0, &err.err) != BADGE_OK)
        die("the badge", err.err.text);
    badge_sha256(&hash, result.nquads.bytes, result.nquads.len);
    *n_quads = dataset.n;
    return hash;
}

/* The badge with one context more, which defines a term that it does not use. */
static size_t change_context(size_t len, unsigned long number)
{
    const char *list = strstr(badge, "\"@context\""), *end = list ? strchr(list, ']') : NULL;
    if (!end)
        die("the badge", "its @context is not a list");
    const size_t before = (size_t)(end - badge);
    memcpy(changed, badge, before);
    size_t at = before + (size_t)snprintf(changed + before, 256, ", {\"term%lu\": \"https://example.org/terms#t%lu\"}",
                                          number, number);
    memcpy(changed + at, end, len - before);
    return at + len - before;
}

struct speed {
    double per_second, cpu_us; /* for one badge */
};

static struct speed measure(size_t len, double seconds, bool is_new)
{
    static unsigned long number;
    unsigned long n = 0;
    size_t n_quads;
    const double begin = now_s(CLOCK_MONOTONIC), cpu_begin = now_s(CLOCK_PROCESS_CPUTIME_ID);
    double took;
    do {
        for (int i = 0; i < ROUND; i++, n++) {
            const size_t changed_len = is_new ? change_context(len, ++number) : 0;
            (void)hash_once(is_new ? changed : badge, is_new ? changed_len : len, &n_quads);
        }
        took = now_s(CLOCK_MONOTONIC) - begin;
    } while (took < seconds);
    return (struct speed){(double)n / took, (now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin) / (double)n * 1e6};
}

static void write_contexts(const char *path, size_t len)
{
    const struct badge_json_value *document, *context;
    struct badge_err err = {.status = BADGE_OK};
    FILE *file = fopen(path, "wb");
    badge_arena_clear(&arena);
    if (!file || badge_json_parse(&document, &arena, badge, len, &err) != BADGE_OK)
        die(path, file ? err.text : "can't be written");
    const struct badge_json_value *list = badge_json_member(document, "@context");
    const char *comma = "{";
    for (size_t i = 0; i < badge_json_count(list); i++) {
        struct badge_text url, text;
        if (!badge_json_string(badge_json_at(list, i, NULL), &url))
            continue;
        if (contexts_load(&context, &arena, url) != BADGE_OK || !context ||
            badge_json_canonicalize(&text, &arena, context, &err) != BADGE_OK)
            die(path, "a context that is not built in");
        fprintf(file, "%s\"%.*s\":%.*s", comma, (int)url.len, url.bytes, (int)text.len, text.bytes);
        comma = ",";
    }
    if (fputs("}\n", file) < 0 || fclose(file) != 0)
        die(path, "can't be written");
}

int main(int argc, char **argv)
{
    double seconds = 2;
    bool json = false;
    const char *contexts = NULL, *file = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            seconds = strtod(argv[++i], NULL);
        else if (strcmp(argv[i], "--contexts") == 0 && i + 1 < argc)
            contexts = argv[++i];
        else
            file = argv[i];
    }
    if (!file)
        die("usage", "bench_rdfc [--json] [--seconds N] [--contexts OUT] FILE");
    const size_t len = read_badge(file);
    size_t n_quads;
    char hex[BADGE_HEX_LEN + 1];
    struct badge_err err;
    badge_arena_init(&arena, (size_t)64 << 20);
    if (badge_jsonld_new(&processor, &err) != BADGE_OK)
        die("a processor", err.text);
    if (contexts)
        write_contexts(contexts, len);
    badge_arena_release(&arena);
    const double begin = now_s(CLOCK_MONOTONIC);
    badge_hex_encode(hex, hash_once(badge, len, &n_quads).b, 32);
    const double first_s = now_s(CLOCK_MONOTONIC) - begin;
    (void)hash_once(badge, len, &n_quads); /* by now the arena is one block, and the contexts are known */
    badge_arena_release(&arena);
    (void)hash_once(badge, len, &n_quads);
    const size_t used = arena.used;

    (void)measure(len, seconds / 4, false);
    const struct speed same = measure(len, seconds, false), changing = measure(len, seconds, true);
    if (json)
        printf("{\"hash\":\"%s\",\"quads\":%zu,\"badgesPerSecond\":%.0f,\"cpuUs\":%.2f,\"newContextPerSecond\":%.0f,"
               "\"newContextCpuUs\":%.2f,\"arenaBytes\":%zu,\"firstMs\":%.3f}\n",
               hex, n_quads, same.per_second, same.cpu_us, changing.per_second, changing.cpu_us, used, first_s * 1e3);
    else
        printf("%zu bytes, %zu quads, %s\n%.0f a second (%.2f us of processor time each), %.0f with a new context each "
               "(%.2f us), %zu bytes of memory, the first one %.3f ms\n",
               len, n_quads, hex, same.per_second, same.cpu_us, changing.per_second, changing.cpu_us, used,
               first_s * 1e3);
    badge_jsonld_free(processor);
    badge_arena_release(&arena);
    return 0;
}
