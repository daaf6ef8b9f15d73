/*
 * The pure parts of the HTTP server: media types, conditions and ranges, the check of headers, text, problems, the
 * cache of receipts.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "api/receipt_cache.h"
#include "http/conditions.h"
#include "http/header_check.h"
#include "http/media.h"
#include "http/problem.h"
#include "http/strbuf.h"

static void media_types(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        enum media media;
    } cases[] = {
        {"application/json", MEDIA_JSON},
        {"Application/JSON; charset=UTF-8", MEDIA_JSON},
        {"application/json;charset=\"utf-8\"", MEDIA_JSON},
        {"application/json ; ; charset=utf-8;", MEDIA_JSON},
        {"application/ld+json; profile=\"https://example.org/a;b\"", MEDIA_JSON},
        {"application/vc", MEDIA_JSON},
        {"application/vc+ld+json", MEDIA_JSON},
        {"application/vnd.example.badge+json", MEDIA_JSON},
        {"application/jwt", MEDIA_JWT},
        {"application/vc+jwt", MEDIA_JWT},
        {"application/vc-ld+jwt", MEDIA_JWT},
        {"application/pdf", MEDIA_PDF},
        {"application/octet-stream", MEDIA_BYTES},
        {"text/plain", MEDIA_BYTES},
        {"text/plain; charset=iso-8859-1", MEDIA_BYTES},
        {"application/x-ndjson", MEDIA_NDJSON},
        {NULL, MEDIA_REFUSED},
        {"", MEDIA_REFUSED},
        {"json", MEDIA_REFUSED},
        {"application/", MEDIA_REFUSED},
        {"/json", MEDIA_REFUSED},
        {"application/json x", MEDIA_REFUSED},
        {"application/json; charset", MEDIA_REFUSED},
        {"application/json; charset=", MEDIA_REFUSED},
        {"application/json; charset=\"utf-8", MEDIA_REFUSED},
        {"application/json; charset=utf-16", MEDIA_REFUSED},
        {"application/json; charset=iso-8859-1", MEDIA_REFUSED},
        {"application/json, application/json", MEDIA_REFUSED},
        {"application/x-www-form-urlencoded", MEDIA_REFUSED},
        {"multipart/form-data; boundary=x", MEDIA_REFUSED},
        {"multipart/mixed", MEDIA_REFUSED},
        {"image/png", MEDIA_PNG},
        {"IMAGE/SVG+xml; charset=utf-8", MEDIA_SVG},
        {"image/svg+xml; charset=utf-16", MEDIA_REFUSED},
        {"image/jpeg", MEDIA_REFUSED},
        {"application/vc+sd-jwt", MEDIA_REFUSED},
        {"application/+json", MEDIA_REFUSED},
        {"text/html", MEDIA_REFUSED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (media_parse(cases[i].header) != cases[i].media)
            fail_msg("%s: %d", cases[i].header ? cases[i].header : "none", (int)media_parse(cases[i].header));
}

static void media_against_bytes(void **state)
{
    (void)state;
    assert_true(media_fits(MEDIA_JSON, BADGE_LABEL_JCS, false, "{\"a\":1}", 7));
    assert_false(media_fits(MEDIA_JSON, BADGE_LABEL_RAW, false, "[1]", 3));
    assert_false(media_fits(MEDIA_JSON, BADGE_LABEL_COMPACT, false, "e30.e30", 7));
    assert_true(media_fits(MEDIA_JWT, BADGE_LABEL_COMPACT, false, "e30.e30.", 8));
    assert_false(media_fits(MEDIA_JWT, BADGE_LABEL_JCS, false, "{}", 2));
    assert_true(media_fits(MEDIA_PDF, BADGE_LABEL_RAW, false, "%PDF-1.7", 8));
    assert_false(media_fits(MEDIA_PDF, BADGE_LABEL_RAW, false, "%PDF", 4));
    assert_false(media_fits(MEDIA_PDF, BADGE_LABEL_JCS, false, "{}", 2));
    assert_true(media_fits(MEDIA_BYTES, BADGE_LABEL_JCS, false, "{}", 2));
    assert_true(media_fits(MEDIA_BYTES, BADGE_LABEL_RAW, false, "x", 1));
    assert_true(media_fits(MEDIA_BYTES, BADGE_LABEL_JCS, true, "<svg ", 5));
    assert_true(media_fits(MEDIA_PNG, BADGE_LABEL_JCS, true, "\x89PNG", 4));
    assert_true(media_fits(MEDIA_SVG, BADGE_LABEL_RAW, true, "<svg ", 5));
    assert_false(media_fits(MEDIA_SVG, BADGE_LABEL_RAW, true, "\x89PNG", 4));
    assert_false(media_fits(MEDIA_PNG, BADGE_LABEL_COMPACT, true, "<svg ", 5));
    assert_false(media_fits(MEDIA_PNG, BADGE_LABEL_RAW, false, "\x89PNG", 4));
    assert_false(media_fits(MEDIA_JSON, BADGE_LABEL_JCS, true, "<svg ", 5));
    assert_false(media_fits(MEDIA_JWT, BADGE_LABEL_COMPACT, true, "\x89PNG", 4));
}

static void entity_tags(void **state)
{
    (void)state;
    assert_true(conditions_match("\"a\"", "\"a\""));
    assert_true(conditions_match("W/\"a\"", "\"a\""));
    assert_true(conditions_match("\"b\", W/\"c\" ,\"a\"", "\"a\""));
    assert_true(conditions_match("*", "\"a\""));
    assert_false(conditions_match("\"b\"", "\"a\""));
    assert_false(conditions_match("a", "\"a\""));
    assert_false(conditions_match("\"a", "\"a\""));
    assert_false(conditions_match("", "\"a\""));
    assert_false(conditions_match(NULL, "\"a\""));
}

static void ranges(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        uint64_t len;
        enum range range;
        uint64_t first, last;
    } cases[] = {
        {NULL, 100, RANGE_WHOLE, 0, 0},
        {"bytes=0-31", 100, RANGE_PART, 0, 31},
        {"Bytes=10-", 100, RANGE_PART, 10, 99},
        {"bytes=-1", 100, RANGE_PART, 99, 99},
        {"bytes=-1000", 100, RANGE_PART, 0, 99},
        {"bytes=99-99", 100, RANGE_PART, 99, 99},
        {"bytes=50-1000", 100, RANGE_PART, 50, 99},
        {"bytes=0-18446744073709551616", 100, RANGE_PART, 0, 99},
        {"bytes=100-", 100, RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=18446744073709551616-", 100, RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=-0", 100, RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=2-1", 100, RANGE_WHOLE, 0, 0},
        {"bytes=-", 100, RANGE_WHOLE, 0, 0},
        {"bytes=0-1,5-6", 100, RANGE_WHOLE, 0, 0},
        {"bytes=a-b", 100, RANGE_WHOLE, 0, 0},
        {"bytes=0-1x", 100, RANGE_WHOLE, 0, 0},
        {"leaves=0-1", 100, RANGE_WHOLE, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t first = 7, last = 7;
        enum range range = conditions_range(cases[i].header, cases[i].len, &first, &last);
        if (range != cases[i].range)
            fail_msg("%s: %d", cases[i].header, (int)range);
        if (range == RANGE_PART) {
            assert_int_equal(first, cases[i].first);
            assert_int_equal(last, cases[i].last);
        } else {
            assert_true(first == 7 && last == 7);
        }
    }
}

struct header {
    const char *name, *value;
};

static const char *why(bool is_1_1, const char *path, const struct header *header)
{
    static struct header_check check;
    check = (struct header_check){.is_1_1 = is_1_1};
    for (; header->name; header++)
        if (!header_check_field(&check, header->name, strlen(header->name), header->value, strlen(header->value)))
            break;
    header_check_end(&check, path);
    return check.why;
}
#define HEADERS(...) ((const struct header[]){__VA_ARGS__, {NULL, NULL}})
#define HOST                                                                                                           \
    {                                                                                                                  \
        "Host", "node.example:8080"                                                                                    \
    }

static void headers(void **state)
{
    (void)state;
    assert_null(why(true, "/", HEADERS(HOST)));
    assert_null(why(false, "/", HEADERS({"Accept", "*/*"})));
    assert_null(why(true, "/", HEADERS(HOST, {"Content-Length", "12"})));
    assert_null(why(true, "/", HEADERS(HOST, {"Transfer-Encoding", "Chunked"})));
    assert_null(why(true, "/", HEADERS({"Host", "[::1]:80"}, {"X-Text", "caf\xc3\xa9\tand more"})));

    assert_non_null(why(true, "/", HEADERS({"Accept", "*/*"})));
    assert_non_null(why(true, "/", HEADERS(HOST, HOST)));
    assert_non_null(why(true, "/", HEADERS({"Host", "a b"})));
    assert_non_null(why(true, "/", HEADERS({"Host", "user@node"})));
    assert_non_null(why(true, "/", HEADERS({"Host", ""})));
    assert_non_null(why(true, "/", HEADERS(HOST, {"Content-Length", "5"}, {"Content-Length", "5"})));
    assert_non_null(why(true, "/", HEADERS(HOST, {"Content-Length", "+5"})));
    assert_non_null(why(true, "/", HEADERS(HOST, {"Content-Length", "5, 5"})));
    assert_non_null(why(true, "/", HEADERS(HOST, {"Content-Length", "99999999999999999999"})));
    assert_non_null(why(true, "/", HEADERS(HOST, {"Content-Length", "5"}, {"Transfer-Encoding", "chunked"})));
    assert_non_null(why(true, "/", HEADERS(HOST, {"Transfer-Encoding", "chunked"}, {"Content-Length", "5"})));
    assert_non_null(why(true, "/", HEADERS(HOST, {"Transfer-Encoding", "gzip, chunked"})));
    assert_non_null(why(true, "/", HEADERS(HOST, {"Transfer-Encoding", "identity"})));
    assert_non_null(why(true, "/", HEADERS(HOST, {"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"})));
    assert_non_null(why(false, "/", HEADERS({"Transfer-Encoding", "chunked"})));
    assert_non_null(why(true, "/", HEADERS(HOST, {"Content-Length ", "5"})));
    assert_non_null(why(true, "/", HEADERS(HOST, {"X\tA", "5"})));
    assert_non_null(why(true, "/", HEADERS(HOST, {"", "5"})));
    assert_non_null(why(true, "/", HEADERS(HOST, {"X-A", "a\rb"})));
    assert_non_null(why(true, "nowhere", HEADERS(HOST)));
}

static void request_ids(void **state)
{
    (void)state;
    static const char longest[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    struct header_check check = {.is_1_1 = true};
    assert_true(header_check_field(&check, "x-request-id", 12, longest, 64));
    assert_string_equal(check.request_id, longest);
    check = (struct header_check){.is_1_1 = true};
    assert_true(header_check_field(&check, "X-Request-Id", 12, "a b", 3));
    assert_true(header_check_field(&check, "X-Request-Id", 12,
                                   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefx", 65));
    assert_string_equal(check.request_id, "");
}

static void the_last_request_id_counts(void **state)
{
    (void)state;
    struct header_check check = {.is_1_1 = true};
    assert_true(header_check_field(&check, "X-Request-Id", 12, "abcdef", 6));
    assert_true(header_check_field(&check, "X-Request-Id", 12, "xy", 2));
    assert_string_equal(check.request_id, "xy");
}

static void text_grows_to_its_ceiling(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 1000);
    for (int i = 0; i < 100; i++)
        strbuf_printf(&text, "%09d ", i);
    assert_int_equal(text.len, 1000);
    assert_false(text.failed);
    strbuf_put(&text, "x", 1);
    assert_true(text.failed);
    assert_int_equal(text.len, 1000);
    strbuf_release(&text);
    char longer[2000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    strbuf_init(&text, 4000);
    strbuf_printf(&text, "%s!", longer);
    assert_int_equal(text.len, sizeof longer);
    assert_int_equal(text.bytes[text.len - 1], '!');
    strbuf_release(&text);
}

static void assert_json(const char *bytes, size_t len, const char *expected)
{
    struct strbuf text;
    strbuf_init(&text, 1000);
    struct json_out json = strbuf_json(&text);
    json_out_string(&json, NULL, bytes, len);
    strbuf_put(&text, "", 1);
    assert_string_equal(text.bytes, expected);
    strbuf_release(&text);
}

static void untrusted_text_stays_json(void **state)
{
    (void)state;
    assert_json("a\"\\\n\x7f\0b", 7, "\"a\\u0022\\u005c\\u000a\\u007f\\u0000b\"");
    assert_json("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
    assert_json("\xc3", 1, "\"\xef\xbf\xbd\"");                                                 /* cut */
    assert_json("\xc0\x80", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"");                                 /* overlong */
    assert_json("\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");                 /* a surrogate */
    assert_json("\xf4\x90\x80\x80", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""); /* beyond U+10FFFF */
}

static void problems_are_written(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 1000);
    struct json_out json = strbuf_json(&text);
    problem_write(&json, NULL, PROBLEM_DUPLICATE_NAME, "the name \"a\"", 17);
    strbuf_put(&text, "", 1);
    assert_string_equal(
        text.bytes,
        "{\"type\":\"urn:badged:error:duplicate_name\",\"title\":\"A name occurs twice in one JSON object\","
        "\"status\":400,\"detail\":\"the name \\u0022a\\u0022\",\"offset\":17}");
    strbuf_release(&text);
    assert_int_equal(problem_of_document(BADGE_EDUPLICATE), PROBLEM_DUPLICATE_NAME);
    assert_int_equal(problem_of_document(BADGE_EREFUSED), PROBLEM_NOT_A_CREDENTIAL);
    assert_int_equal(problem_of_document(BADGE_EIMAGE), PROBLEM_MALFORMED_IMAGE);
    assert_int_equal(problem_retry_after_s(PROBLEM_NOT_FOUND), 0);
    assert_true(problem_retry_after_s(PROBLEM_TOO_BUSY) > 0);
}

static struct badge_hash digest_of(unsigned i)
{
    struct badge_hash hash;
    badge_sha256(&hash, &i, sizeof i);
    return hash;
}

static void keep(struct receipt_cache *cache, unsigned i)
{
    char bytes[900];
    struct badge_hash digest = digest_of(i);
    memset(bytes, 'a' + (int)(i % 26), sizeof bytes);
    snprintf(bytes, sizeof bytes, "%u", i);
    receipt_cache_keep(cache, &digest, bytes, sizeof bytes, "\"tag\"");
}

static bool has(struct receipt_cache *cache, unsigned i)
{
    struct badge_hash digest = digest_of(i);
    const struct cached_receipt *cached = receipt_cache_find(cache, &digest);
    if (!cached)
        return false;
    char number[16];
    snprintf(number, sizeof number, "%u", i);
    assert_string_equal(cached->bytes, number);
    assert_string_equal(cached->etag, "\"tag\"");
    return true;
}

static void cache_forgets_the_least_used(void **state)
{
    (void)state;
    struct receipt_cache *cache = receipt_cache_new(10 * 1100); /* ten entries, hardly eleven */
    for (unsigned i = 0; i < 10; i++)
        keep(cache, i);
    for (unsigned i = 0; i < 10; i++)
        assert_true(has(cache, i));
    assert_true(has(cache, 0)); /* now 1 is the least used */
    keep(cache, 10);
    keep(cache, 11);
    assert_true(has(cache, 0));
    assert_false(has(cache, 1));
    for (unsigned i = 12; i < 2000; i++)
        keep(cache, i);
    unsigned n = 0;
    for (unsigned i = 0; i < 2000; i++)
        n += has(cache, i);
    assert_in_range(n, 9, 11);
    assert_true(has(cache, 1999));
    receipt_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media_types),
        cmocka_unit_test(media_against_bytes),
        cmocka_unit_test(entity_tags),
        cmocka_unit_test(ranges),
        cmocka_unit_test(headers),
        cmocka_unit_test(request_ids),
        cmocka_unit_test(the_last_request_id_counts),
        cmocka_unit_test(text_grows_to_its_ceiling),
        cmocka_unit_test(untrusted_text_stays_json),
        cmocka_unit_test(problems_are_written),
        cmocka_unit_test(cache_forgets_the_least_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
