/*
 * The metrics' text, held against the rules of the exposition format by a small strict reader: every sample stands
 * under its family's HELP and TYPE, families come once, buckets only grow and end in +Inf, which equals the count.
 */
#include "support/test.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/metrics.h"

struct checker {
    char family[80], type[16], seen[64][80];
    size_t n_seen, n_samples;
    char series[200]; /* of the buckets being read, without le */
    double bucket;
};

static size_t name_len(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:");
    return len > 0 && (text[0] < '0' || text[0] > '9') ? len : 0;
}

/* Past `{name="value",…}`; copies all labels but le to out, le to le. */
static const char *read_labels(const char *s, char *out, char *le)
{
    *out = *le = '\0';
    if (*s != '{')
        return s;
    for (s++; *s != '}'; s += *s == ',') {
        size_t len = name_len(s);
        assert_true(len > 0);
        bool is_le = len == 2 && memcmp(s, "le", 2) == 0;
        const char *begin = s;
        s += len;
        assert_memory_equal(s, "=\"", 2);
        for (s += 2; *s != '"'; s++) {
            assert_true((unsigned char)*s >= ' ');
            if (*s == '\\')
                assert_non_null(strchr("\\\"n", *++s));
        }
        s++;
        assert_true(*s == ',' || *s == '}');
        if (is_le)
            sprintf(le, "%.*s", (int)(s - begin - 5), begin + 4);
        else
            strncat(out, begin, (size_t)(s - begin));
    }
    return s + 1;
}

static void check_sample(struct checker *c, const char *line)
{
    char labels[200], le[40], series[300], *end;
    size_t len = name_len(line), family_len = strlen(c->family);
    assert_true(len >= family_len && memcmp(line, c->family, family_len) == 0);
    char suffix[16];
    snprintf(suffix, sizeof suffix, "%.*s", (int)(len - family_len), line + family_len);
    const char *rest = read_labels(line + len, labels, le);
    assert_int_equal(*rest, ' ');
    double value = strtod(rest + 1, &end);
    assert_true(end > rest + 1 && *end == '\0');
    bool histogram = strcmp(c->type, "histogram") == 0, summary = strcmp(c->type, "summary") == 0;
    assert_int_equal(*le != '\0', histogram && strcmp(suffix, "_bucket") == 0);
    if (!histogram && !summary)
        assert_string_equal(suffix, "");
    if (strcmp(c->type, "counter") == 0)
        assert_true(value >= 0);
    snprintf(series, sizeof series, "%s{%s}", c->family, labels);
    if (*le) {
        assert_true(strcmp(series, c->series) != 0 || value >= c->bucket);
        snprintf(c->series, sizeof c->series, "%.199s", series);
        c->bucket = value;
    } else if (histogram && strcmp(suffix, "_count") == 0) {
        assert_string_equal(series, c->series);
        assert_true(value == c->bucket);
    } else if (histogram || summary) {
        assert_true(strcmp(suffix, "_sum") == 0 || strcmp(suffix, "_count") == 0);
    }
    c->n_samples++;
}

static void check_line(struct checker *c, const char *line)
{
    char name[80], type[16];
    int n = 0;
    if (strncmp(line, "# HELP ", 7) == 0) {
        size_t len = name_len(line + 7);
        assert_true(len > 0 && len < 80 && line[7 + len] == ' ' && strlen(line) > 8 + len);
        snprintf(c->family, sizeof c->family, "%.*s", (int)len, line + 7);
        c->type[0] = '\0';
        for (size_t i = 0; i < c->n_seen; i++)
            assert_string_not_equal(c->seen[i], c->family);
        assert_true(c->n_seen < 64);
        memcpy(c->seen[c->n_seen++], c->family, sizeof c->family);
    } else if (strncmp(line, "# TYPE ", 7) == 0) {
        assert_int_equal(sscanf(line + 7, "%79s %15s%n", name, type, &n), 2);
        assert_int_equal(line[7 + n], '\0');
        assert_string_equal(name, c->family);
        assert_true(!strcmp(type, "counter") || !strcmp(type, "gauge") || !strcmp(type, "histogram") ||
                    !strcmp(type, "summary"));
        if (!strcmp(type, "counter"))
            assert_string_equal(name + strlen(name) - 6, "_total");
        memcpy(c->type, type, sizeof type);
    } else {
        assert_true(*c->type);
        check_sample(c, line);
    }
}

/* Whether the checked text holds this line. */
static bool check(const char *wanted)
{
    static struct checker c;
    size_t len;
    bool found = false;
    char *text = metrics_text(&len), *rest = text, *line;
    assert_non_null(text);
    assert_int_equal(strlen(text), len);
    assert_int_equal(text[len - 1], '\n');
    memset(&c, 0, sizeof c);
    while ((line = strsep(&rest, "\n")) && rest) {
        check_line(&c, line);
        found = found || strcmp(line, wanted) == 0;
    }
    assert_int_equal(c.n_seen, N_METRICS + 4);
    assert_true(c.n_samples > N_METRICS);
    free(text);
    return found;
}

static void text_is_well_formed(void **state)
{
    (void)state;
    assert_true(check("badged_submissions_new_total 0"));
    metric_add(METRIC_SUBMISSIONS_NEW, 3);
    assert_true(check("badged_submissions_new_total 3"));
    metric_set(METRIC_PENDING, 7);
    metric_change(METRIC_PENDING, -9);
    assert_true(check("badged_pending_credentials -2"));
    metric_observe(METRIC_BATCH_LEAVES, 1000);
    metric_observe(METRIC_BATCH_LEAVES, 65536);
    assert_true(check("badged_batch_leaves_sum 66536"));
    assert_true(check("badged_batch_leaves_count 2"));
}

static void histograms_count_at_the_bound(void **state)
{
    (void)state;
    metric_observe(METRIC_SEAL_SECONDS, 0.0005);
    metric_observe(METRIC_SEAL_SECONDS, 0.3);
    metric_observe(METRIC_SEAL_SECONDS, 1e6);
    assert_true(check("badged_seal_seconds_bucket{le=\"0.0005\"} 1"));
    assert_true(check("badged_seal_seconds_bucket{le=\"0.25\"} 1"));
    assert_true(check("badged_seal_seconds_bucket{le=\"0.5\"} 2"));
    assert_true(check("badged_seal_seconds_bucket{le=\"600\"} 2"));
    assert_true(check("badged_seal_seconds_bucket{le=\"+Inf\"} 3"));
    assert_true(check("badged_seal_seconds_count 3"));
}

static void http_by_route_and_status(void **state)
{
    (void)state;
    metric_route_name(0, "/v1/credentials");
    metric_route_name(31, "odd\"\\");
    metric_http(0, 201, 0.002);
    metric_http(0, 201, 0.002);
    metric_http(0, 418, 0.1);
    metric_http(31, 404, 0.1);
    metric_http(32, 404, 0.1); /* no such route: ignored */
    assert_true(check("badged_http_requests_total{route=\"/v1/credentials\",status=\"201\"} 2"));
    assert_true(check("badged_http_requests_total{route=\"/v1/credentials\",status=\"other\"} 1"));
    assert_true(check("badged_http_requests_total{route=\"odd\\\"\\\\\",status=\"404\"} 1"));
    assert_true(check("badged_http_request_seconds_bucket{route=\"/v1/credentials\",le=\"0.0025\"} 2"));
    assert_true(check("badged_http_request_seconds_count{route=\"/v1/credentials\"} 3"));
}

static void *count_many(void *unused)
{
    (void)unused;
    for (int i = 0; i < 20000; i++) {
        metric_add(METRIC_RPC_REQUESTS, 1);
        metric_observe(METRIC_ANCHOR_SECONDS, 0.5);
    }
    return NULL;
}

static void providers_by_name(void **state)
{
    (void)state;
    metric_provider(0, "https://rpc.example.org", true, 120);
    metric_provider(1, "odd\"#2", true, 119);
    metric_provider(1, "a name is given once", false, 121);
    metric_provider(METRICS_MAX_PROVIDERS, "beyond", true, 1); /* ignored */
    assert_true(check("badged_rpc_provider_up{provider=\"https://rpc.example.org\"} 1"));
    assert_true(check("badged_rpc_provider_head_block{provider=\"https://rpc.example.org\"} 120"));
    assert_true(check("badged_rpc_provider_up{provider=\"odd\\\"#2\"} 0"));
    assert_true(check("badged_rpc_provider_head_block{provider=\"odd\\\"#2\"} 121"));
}

static void threads_lose_nothing(void **state)
{
    (void)state;
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, count_many, NULL), 0);
    for (int i = 0; i < 50; i++)
        check("");
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    assert_true(check("badged_rpc_requests_total 80000"));
    assert_true(check("badged_anchor_seconds_sum 40000"));
    assert_true(check("badged_anchor_seconds_count 80000"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_well_formed),      cmocka_unit_test(histograms_count_at_the_bound),
        cmocka_unit_test(http_by_route_and_status), cmocka_unit_test(providers_by_name),
        cmocka_unit_test(threads_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
