/*
 * How many signed badges one core verifies per second, from the bytes to the verdict: digester, inquiry, signature,
 * judgement; and how much memory one takes.
 *
 *   bench_signed [--json] [--seconds N] FILE
 *
 * FILE is a badge whose issuer is a did:key, which is trusted. The memory is what this program's code has allocated at
 * most: for the first badge with all contexts that are then remembered, and for a later one beyond these.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "badge/evidence.h"
#include "badge/proof.h"

#define MAX_LEN ((size_t)1 << 20)
#define NOW_S 1798761600 /* 2027-01-01, so that a run measures the same in any year */

/* -- memory: the linker puts these before malloc() and the like (--wrap) ------------------------------------------- */

void *__real_malloc(size_t len);
void *__real_calloc(size_t n, size_t len);
void *__real_realloc(void *old, size_t len);
void __real_free(void *old);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_realloc(void *old, size_t len);
void __wrap_free(void *old);

static size_t in_use, most_in_use;

static void *count(void *block)
{
    in_use += malloc_usable_size(block);
    if (in_use > most_in_use)
        most_in_use = in_use;
    return block;
}

void *__wrap_malloc(size_t len)
{
    return count(__real_malloc(len));
}

void *__wrap_calloc(size_t n, size_t len)
{
    return count(__real_calloc(n, len));
}

void *__wrap_realloc(void *old, size_t len)
{
    size_t before = malloc_usable_size(old);
    void *block = __real_realloc(old, len);
    if (block)
        in_use -= before;
    return block ? count(block) : NULL;
}

void __wrap_free(void *old)
{
    in_use -= malloc_usable_size(old);
    __real_free(old);
}

/* -- a verification ------------------------------------------------------------------------------------------------ */

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_signed: %s: %s\n", what, why);
    exit(2);
}

static void inquire(struct badge_proof_view *out, struct badge_digester *digester, struct badge_jsonld *processor)
{
    const struct badge_proof_params params = {.digester = digester, .processor = processor, .now_s = NOW_S};
    struct badge_proof_inquiry *inquiry;
    struct badge_proof_request request;
    struct badge_err err = {.status = BADGE_OK};
    bool holds = false;
    if (badge_proof_new(&inquiry, &params, &err) != BADGE_OK)
        die("no inquiry", err.text);
    while (badge_proof_next(inquiry, &request)) {
        if (request.want != BADGE_PROOF_VERIFY)
            die("the badge wants a document", request.url);
        if (badge_signature_verify(&holds, request.algorithm, request.key, request.message, request.signature, &err) !=
            BADGE_OK)
            die("the signature can't be computed", err.text);
        badge_proof_take_signature(inquiry, request.number, holds);
    }
    badge_proof_conclude(out, inquiry);
    badge_proof_free(inquiry);
}

static void verify(const char *bytes, size_t len, struct badge_digester *digester, struct badge_jsonld *processor)
{
    struct badge_policy policy = {0};
    struct badge_evidence evidence = {.now_s = NOW_S};
    struct badge_chain_view view;
    struct badge_report report;
    badge_evidence_read(&evidence, digester, bytes, len, NULL, 0, &policy);
    const struct badge_pair pair = {.id = evidence.claims.issuer};
    policy.pair = &pair;
    policy.n_pairs = 1;
    inquire(&evidence.proof, digester, processor);
    badge_chain_view_unknown(&view, "no provider of the chain was named");
    badge_evidence_take(&evidence, &policy, &view);
    badge_judge(&report, &evidence);
    if (report.check[BADGE_CHECK_PROOF].outcome != BADGE_PASSED ||
        strcmp(report.check[BADGE_CHECK_ISSUER].code, "issuer_named") != 0)
        die("the badge is not good", report.check[BADGE_CHECK_PROOF].detail);
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
        die("usage", "bench_signed [--json] [--seconds N] FILE");

    struct badge_digester *digester;
    struct badge_jsonld *processor;
    struct badge_err err;
    size_t len = read_badge(bytes, name);
    if (badge_digester_new(&digester, MAX_LEN, &err) != BADGE_OK || badge_jsonld_new(&processor, &err) != BADGE_OK)
        die("not started", err.text);
    double begin = clock_s(CLOCK_MONOTONIC);
    verify(bytes, len, digester, processor);
    double first_s = clock_s(CLOCK_MONOTONIC) - begin;
    size_t first_memory = most_in_use, kept = in_use;
    most_in_use = in_use;
    verify(bytes, len, digester, processor);
    size_t later_memory = most_in_use - kept;

    size_t n = 0;
    double took_s = 0, cpu_begin_s = clock_s(CLOCK_PROCESS_CPUTIME_ID);
    for (begin = clock_s(CLOCK_MONOTONIC); took_s < seconds; took_s = clock_s(CLOCK_MONOTONIC) - begin, n += 100)
        for (int i = 0; i < 100; i++)
            verify(bytes, len, digester, processor);
    double per_s = (double)n / took_s, cpu_us = (clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin_s) * 1e6 / (double)n;
    badge_jsonld_free(processor);
    badge_digester_free(digester);

    if (json)
        printf("{\"bench\":\"signed\",\"bytes\":%zu,\"badgesPerSecond\":%.0f,\"cpuUs\":%.1f,\"firstSeconds\":%.6f,"
               "\"firstMemory\":%zu,\"laterMemory\":%zu}\n",
               len, per_s, cpu_us, first_s, first_memory, later_memory);
    else
        printf("a badge of %zu bytes: %.0f a second, %.1f us of the processor each, the first one in %.2f ms; memory "
               "%zu bytes for the first one, %zu "
               "for a later one\n",
               len, per_s, cpu_us, first_s * 1e3, first_memory, later_memory);
    return 0;
}
