/*
 * The node's metrics. Every module updates them from any thread; the HTTP server prints them for Prometheus.
 *
 * One static table of atomics: nothing here allocates, blocks or fails, except printing. Relaxed order suffices, since
 * no number guards another; a text may therefore show a histogram's sum a moment before its count.
 */
#include "runtime/metrics.h"
#include "core/compiler.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In seconds, from a cached read to an anchor's wait for finality. The last bucket, +Inf, is the count itself. */
static const double bound[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                               0.5,    1,     2.5,    5,     10,   30,    60,   300, 600};
#define N_BOUNDS ARRAY_LEN(bound)

enum metric_type { COUNTER, GAUGE, HISTOGRAM, SUMMARY };

static const struct {
    enum metric_type type;
    const char *name, *help;
} described[N_METRICS] = {
#define METRIC_ROW(id, type, name, help) {type, name, help},
    METRICS(METRIC_ROW)
#undef METRIC_ROW
};

struct distribution {
    _Atomic uint64_t bucket[N_BOUNDS + 1]; /* not cumulative; the last one is for samples beyond every bound */
    _Atomic double sum;
};

/* The statuses that this server sends; any other counts in the last slot, as status="other". */
static const unsigned short status_code[] = {200, 201, 202, 204, 206, 304, 400, 401, 403, 404, 405, 406,
                                             408, 409, 411, 413, 415, 416, 422, 429, 500, 501, 503, 505};
#define N_STATUSES (ARRAY_LEN(status_code) + 1)

static _Atomic int64_t value[N_METRICS]; /* counters and gauges */
static struct distribution distribution[N_METRICS];
static _Atomic(const char *) route_name[METRICS_MAX_ROUTES];
static _Atomic uint64_t route_requests[METRICS_MAX_ROUTES][N_STATUSES];
static struct distribution route_seconds[METRICS_MAX_ROUTES];

static char provider_name[METRICS_MAX_PROVIDERS][128];
static _Atomic bool provider_is_named[METRICS_MAX_PROVIDERS];
static _Atomic uint64_t provider_up[METRICS_MAX_PROVIDERS], provider_head[METRICS_MAX_PROVIDERS];

static void observe(struct distribution *into, double sample)
{
    size_t i = 0;
    while (i < N_BOUNDS && sample > bound[i])
        i++;
    atomic_fetch_add_explicit(&into->bucket[i], 1, memory_order_relaxed);
    double sum = atomic_load_explicit(&into->sum, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&into->sum, &sum, sum + sample, memory_order_relaxed,
                                                  memory_order_relaxed)) {
    }
}

void metric_add(enum metric metric, uint64_t n)
{
    atomic_fetch_add_explicit(&value[metric], (int64_t)n, memory_order_relaxed);
}

void metric_set(enum metric metric, int64_t to)
{
    atomic_store_explicit(&value[metric], to, memory_order_relaxed);
}

void metric_change(enum metric metric, int64_t by)
{
    atomic_fetch_add_explicit(&value[metric], by, memory_order_relaxed);
}

void metric_observe(enum metric metric, double sample)
{
    observe(&distribution[metric], sample);
}

void metric_route_name(unsigned route, const char *name)
{
    if (route < METRICS_MAX_ROUTES)
        atomic_store(&route_name[route], name);
}

void metric_http(unsigned route, unsigned status, double seconds)
{
    if (route >= METRICS_MAX_ROUTES)
        return;
    size_t i = 0;
    while (i < N_STATUSES - 1 && status_code[i] != status)
        i++;
    atomic_fetch_add_explicit(&route_requests[route][i], 1, memory_order_relaxed);
    observe(&route_seconds[route], seconds);
}

void metric_provider(unsigned provider, const char *name, bool up, uint64_t head)
{
    if (provider >= METRICS_MAX_PROVIDERS)
        return;
    if (!atomic_load(&provider_is_named[provider])) {
        snprintf(provider_name[provider], sizeof provider_name[provider], "%s", name);
        atomic_store(&provider_is_named[provider], true);
    }
    atomic_store_explicit(&provider_up[provider], up, memory_order_relaxed);
    atomic_store_explicit(&provider_head[provider], head, memory_order_relaxed);
}

/* -- the text ------------------------------------------------------------------------------------------------------ */

static void print_head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* label: `route="…"`, or "" for none. The count is computed from the buckets, so that it always equals the last one. */
static void print_histogram(FILE *out, const char *name, const char *label, struct distribution *from)
{
    const char *comma = *label ? "," : "", *open = *label ? "{" : "", *close = *label ? "}" : "";
    uint64_t n = 0;
    for (size_t i = 0; i < N_BOUNDS; i++) {
        n += atomic_load_explicit(&from->bucket[i], memory_order_relaxed);
        fprintf(out, "%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n", name, label, comma, bound[i], n);
    }
    n += atomic_load_explicit(&from->bucket[N_BOUNDS], memory_order_relaxed);
    fprintf(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", name, label, comma, n);
    fprintf(out, "%s_sum%s%s%s %.9g\n", name, open, label, close,
            atomic_load_explicit(&from->sum, memory_order_relaxed));
    fprintf(out, "%s_count%s%s%s %" PRIu64 "\n", name, open, label, close, n);
}

static void print_summary(FILE *out, const char *name, struct distribution *from)
{
    uint64_t n = 0;
    for (size_t i = 0; i <= N_BOUNDS; i++)
        n += atomic_load_explicit(&from->bucket[i], memory_order_relaxed);
    fprintf(out, "%s_sum %.15g\n%s_count %" PRIu64 "\n", name, atomic_load_explicit(&from->sum, memory_order_relaxed),
            name, n);
}

static void print_metric(FILE *out, enum metric metric)
{
    static const char *const type_name[] = {"counter", "gauge", "histogram", "summary"};
    const char *name = described[metric].name;
    int64_t now = atomic_load_explicit(&value[metric], memory_order_relaxed);
    print_head(out, name, type_name[described[metric].type], described[metric].help);
    switch (described[metric].type) {
    case COUNTER:
        fprintf(out, "%s %" PRIu64 "\n", name, (uint64_t)now);
        return;
    case GAUGE:
        fprintf(out, "%s %" PRId64 "\n", name, now);
        return;
    case HISTOGRAM:
        print_histogram(out, name, "", &distribution[metric]);
        return;
    case SUMMARY:
        print_summary(out, name, &distribution[metric]);
        return;
    }
}

static void print_label(char *out, size_t capacity, const char *name, const char *value_text)
{
    size_t len = (size_t)snprintf(out, capacity, "%s=\"", name);
    for (; *value_text && len + 4 < capacity; value_text++) {
        if (*value_text == '"' || *value_text == '\\')
            out[len++] = '\\';
        out[len++] = *value_text;
    }
    memcpy(out + len, "\"", 2);
}

static void print_routes(FILE *out)
{
    char label[160];
    const char *route;
    print_head(out, "badged_http_requests_total", "counter", "HTTP requests answered, by route and status");
    for (unsigned r = 0; r < METRICS_MAX_ROUTES; r++) {
        if (!(route = atomic_load(&route_name[r])))
            continue;
        print_label(label, sizeof label, "route", route);
        for (size_t i = 0; i < N_STATUSES; i++) {
            uint64_t n = atomic_load_explicit(&route_requests[r][i], memory_order_relaxed);
            if (n > 0 && i < N_STATUSES - 1)
                fprintf(out, "badged_http_requests_total{%s,status=\"%u\"} %" PRIu64 "\n", label, status_code[i], n);
            else if (n > 0)
                fprintf(out, "badged_http_requests_total{%s,status=\"other\"} %" PRIu64 "\n", label, n);
        }
    }
    print_head(out, "badged_http_request_seconds", "histogram", "Time from a request's head to its answer");
    for (unsigned r = 0; r < METRICS_MAX_ROUTES; r++) {
        if (!(route = atomic_load(&route_name[r])))
            continue;
        print_label(label, sizeof label, "route", route);
        print_histogram(out, "badged_http_request_seconds", label, &route_seconds[r]);
    }
}

static void print_providers(FILE *out, const char *name, const char *help, _Atomic uint64_t *from)
{
    char label[160];
    print_head(out, name, "gauge", help);
    for (unsigned p = 0; p < METRICS_MAX_PROVIDERS; p++) {
        if (!atomic_load(&provider_is_named[p]))
            continue;
        print_label(label, sizeof label, "provider", provider_name[p]);
        fprintf(out, "%s{%s} %" PRIu64 "\n", name, label, atomic_load_explicit(&from[p], memory_order_relaxed));
    }
}

char *metrics_text(size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    if (!out)
        return NULL;
    for (unsigned i = 0; i < N_METRICS; i++)
        print_metric(out, (enum metric)i);
    print_providers(out, "badged_rpc_provider_up", "1 while the provider is healthy, else 0", provider_up);
    print_providers(out, "badged_rpc_provider_head_block", "Number of the latest block that the provider reported",
                    provider_head);
    print_routes(out);
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
