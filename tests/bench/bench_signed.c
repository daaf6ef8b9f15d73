/*
 * How many signed badges one core verifies per second, from the bytes to the verdict: digester, inquiry, signature,
 * judgement; and how much memory one takes.
 *
 *   bench_signed [--json] [--seconds N] [--list LIST] FILE
 *
 * FILE is a badge whose issuer is a did:key, which is trusted. LIST is the status list that it names: then it is
 * measured too how many a core verifies with that list, which was read before, in turns with the same badges without
 * it. The memory is what this program's code has allocated at most: for the first badge with all contexts that are then
 * remembered, and for a later one beyond these.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "badge/evidence.h"
#include "badge/proof.h"
#include "badge/status_list.h"

#define MAX_LEN ((size_t)1 << 20)
#define LIST_BYTES ((size_t)131072 / 8)
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

/* The list as a cache keeps it: read and verified once. Its bits are given: none is set. */
static struct badge_status_list *read_list(const char *bytes, size_t len, struct badge_digester *digester,
                                           struct badge_jsonld *processor)
{
    const struct badge_status_source source = {.url = "https://lists.example/1", .http_status = 200, .now_s = NOW_S};
    struct badge_proof_view proof;
    struct badge_digest digest;
    struct badge_status_list *list;
    struct badge_err err = {.status = BADGE_OK};
    badge_digester_clear(digester);
    if (badge_digester_update(digester, bytes, len, &err) != BADGE_OK ||
        badge_digester_final(digester, &digest, &err) != BADGE_OK)
        die("the list can't be read", err.text);
    inquire(&proof, digester, processor);
    uint8_t *bits = calloc(1, LIST_BYTES);
    if (badge_status_list_new(&list, &source, digester, &proof, &err) != BADGE_OK || !bits)
        die("no memory for the list", err.text);
    badge_status_list_take_bits(list, bits, LIST_BYTES);
    return list;
}

static void ask_list(struct badge_evidence *evidence, const struct badge_digester *digester,
                     const struct badge_policy *policy, const struct badge_status_list *list)
{
    struct badge_status_inquiry *inquiry;
    struct badge_status_request request;
    struct badge_report report;
    struct badge_err err = {.status = BADGE_OK};
    if (badge_status_new(&inquiry, digester, &err) != BADGE_OK)
        die("no inquiry", err.text);
    badge_judge(&report, evidence);
    if (!badge_status_is_wanted(inquiry, &report))
        die("its status is not asked for", report.sentence);
    while (badge_status_next(inquiry, &request))
        badge_status_take(inquiry, request.number, list, evidence->claims.issuer, policy, NOW_S);
    badge_status_conclude(&evidence->status, inquiry);
    badge_status_free(inquiry);
}

/* list NULL: its status is not asked for. */
static void verify(const char *bytes, size_t len, struct badge_digester *digester, struct badge_jsonld *processor,
                   const struct badge_status_list *list)
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
    if (list)
        ask_list(&evidence, digester, &policy, list);
    badge_judge(&report, &evidence);
    if (list && strcmp(report.check[BADGE_CHECK_STATUS].code, "status_good") != 0)
        die("its list is not good", report.check[BADGE_CHECK_STATUS].detail);
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

/* The processor time of one with its list, beside that of one without. */
static double ratio_with_list(const char *name, const char *bytes, size_t len, struct badge_digester *digester,
                              struct badge_jsonld *processor, double seconds)
{
    static char list_bytes[MAX_LEN];
    struct badge_status_list *list = read_list(list_bytes, read_badge(list_bytes, name), digester, processor);
    double begin = clock_s(CLOCK_MONOTONIC), spent[2] = {0, 0};
    while (clock_s(CLOCK_MONOTONIC) - begin < seconds) {
        for (size_t with = 0; with < 2; with++) {
            double since = clock_s(CLOCK_PROCESS_CPUTIME_ID);
            for (int i = 0; i < 20; i++)
                verify(bytes, len, digester, processor, with ? list : NULL);
            spent[with] += clock_s(CLOCK_PROCESS_CPUTIME_ID) - since;
        }
    }
    badge_status_list_free(list);
    return spent[1] / spent[0];
}

int main(int argc, char **argv)
{
    static char bytes[MAX_LEN];
    bool json = false;
    double seconds = 2;
    const char *name = NULL, *list_name = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            seconds = strtod(argv[++i], NULL);
        else if (strcmp(argv[i], "--list") == 0 && i + 1 < argc)
            list_name = argv[++i];
        else
            name = argv[i];
    }
    if (!name)
        die("usage", "bench_signed [--json] [--seconds N] [--list LIST] FILE");

    struct badge_digester *digester;
    struct badge_jsonld *processor;
    struct badge_err err;
    size_t len = read_badge(bytes, name);
    if (badge_digester_new(&digester, MAX_LEN, &err) != BADGE_OK || badge_jsonld_new(&processor, &err) != BADGE_OK)
        die("not started", err.text);
    double begin = clock_s(CLOCK_MONOTONIC);
    verify(bytes, len, digester, processor, NULL);
    double first_s = clock_s(CLOCK_MONOTONIC) - begin;
    size_t first_memory = most_in_use, kept = in_use;
    most_in_use = in_use;
    verify(bytes, len, digester, processor, NULL);
    size_t later_memory = most_in_use - kept;

    size_t n = 0;
    double took_s = 0, cpu_begin_s = clock_s(CLOCK_PROCESS_CPUTIME_ID);
    for (begin = clock_s(CLOCK_MONOTONIC); took_s < seconds; took_s = clock_s(CLOCK_MONOTONIC) - begin, n += 100)
        for (int i = 0; i < 100; i++)
            verify(bytes, len, digester, processor, NULL);
    double per_s = (double)n / took_s, cpu_us = (clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin_s) * 1e6 / (double)n;
    double ratio = list_name ? ratio_with_list(list_name, bytes, len, digester, processor, seconds) : 0;
    badge_jsonld_free(processor);
    badge_digester_free(digester);

    if (json)
        printf("{\"bench\":\"signed\",\"bytes\":%zu,\"badgesPerSecond\":%.0f,\"cpuUs\":%.1f,\"firstSeconds\":%.6f,"
               "\"firstMemory\":%zu,\"laterMemory\":%zu,\"withList\":%.3f}\n",
               len, per_s, cpu_us, first_s, first_memory, later_memory, ratio);
    else
        printf("a badge of %zu bytes: %.0f a second, %.1f us of the processor each, the first one in %.2f ms; memory "
               "%zu bytes for the first one, %zu "
               "for a later one\n",
               len, per_s, cpu_us, first_s * 1e3, first_memory, later_memory);
    if (!json && list_name)
        printf("with its status list, read before: %.3f times the processor time\n", ratio);
    return 0;
}
