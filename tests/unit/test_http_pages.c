/*
 * How pages are put together: each slot contains what fills it, plain and compressed; escaped text never ends the
 * element that it is in.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "http/conditions.h"
#include "image/qr.h"
#include "site/page.h"
#include "site/qr.h"

#define META "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\">"
#define SETTINGS "<script type=\"application/json\" id=\"settings\">{}</script>"
#define FULL META "<title>t</title>a<!--head-->b<!--report-->c" SETTINGS "d"

static struct page *make(const char *html)
{
    struct page *page = NULL;
    struct badge_err err;
    assert_int_equal(page_new(&page, (const uint8_t *)html, strlen(html), &err), BADGE_OK);
    return page;
}

static void set(struct strbuf fill[PAGE_N_SLOTS], const char *const texts[PAGE_N_SLOTS])
{
    for (size_t i = 0; i < PAGE_N_SLOTS; i++) {
        strbuf_init(&fill[i], (size_t)1 << 20);
        strbuf_put(&fill[i], texts[i], strlen(texts[i]));
    }
}

/* The whole body; the caller's. */
static char *read_all(const struct page_body *body, size_t *len)
{
    size_t n = body->n_pieces;
    const struct reply_piece *piece = body->piece;
    char *out = NULL;
    assert_true(n > 0 && n <= PAGE_MAX_PIECES);
    *len = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(piece[i].len > 0);
        out = realloc(out, *len + piece[i].len + 1);
        assert_non_null(out);
        memcpy(out + *len, piece[i].bytes, piece[i].len);
        *len += piece[i].len;
    }
    out[*len] = '\0';
    return out;
}

static char *gunzip(const char *bytes, size_t len, size_t capacity)
{
    union {
        const char *in;
        Bytef *out;
    } from = {.in = bytes};
    z_stream stream = {.next_in = from.out, .avail_in = (uInt)len};
    char *out = calloc(1, capacity + 1);
    assert_non_null(out);
    assert_int_equal(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)capacity;
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END); /* which has compared checksum and length */
    assert_int_equal(stream.avail_in, 0);
    assert_int_equal(inflateEnd(&stream), Z_OK);
    return out;
}

static void filled_is(const char *html, const char *const texts[PAGE_N_SLOTS], const char *expected)
{
    struct page *page = make(html);
    struct strbuf fill[PAGE_N_SLOTS];
    set(fill, texts);
    char etag[2][36];
    for (int gzip = 0; gzip < 2; gzip++) {
        struct page_body *body = page_fill(page, fill, gzip);
        assert_non_null(body);
        memcpy(etag[gzip], body->etag, sizeof body->etag);
        size_t len;
        char *all = read_all(body, &len), *plain = gzip ? gunzip(all, len, strlen(expected)) : all;
        assert_string_equal(plain, expected);
        if (gzip)
            free(plain);
        free(all);
        page_body_free(body);
    }
    assert_string_not_equal(etag[0], etag[1]);
    for (size_t i = 0; i < PAGE_N_SLOTS; i++)
        strbuf_release(&fill[i]);
    page_free(page);
}

static void slots_are_filled(void **state)
{
    (void)state;
    static const char *const texts[] = {"<title>T</title>", "H", "R", "S"};
    static const char *const none[] = {"", "", "", ""};
    filled_is(FULL, texts, META "<title>T</title>aHbRcSd");
    filled_is(FULL, none, FULL);
    filled_is(META, texts, META);                                                   /* no slot */
    filled_is(META "a<!--report-->b", texts, META "aRb");                           /* some */
    filled_is("<!--report-->" META "<!--head-->", texts, "<!--report-->" META "H"); /* out of order it is not a slot */
    filled_is("<!--head-->" SETTINGS META, texts, "HS" META);                       /* nothing between */
}

static void long_texts_fill_slots(void **state)
{
    (void)state;
    static const size_t lens[] = {65534, 65535, 65536, 200000};
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        char *texts = malloc(lens[i] + 1), *expected = malloc(lens[i] + 200);
        assert_true(texts && expected);
        for (size_t k = 0; k < lens[i]; k++)
            texts[k] = (char)('a' + k * k % 23);
        texts[lens[i]] = '\0';
        snprintf(expected, lens[i] + 200, META "a%sb", texts);
        const char *const fill[] = {"", texts, "", ""};
        filled_is(META "a<!--head-->b", fill, expected);
        free(texts);
        free(expected);
    }
}

static void etags_depend_on_the_slots(void **state)
{
    (void)state;
    struct page *page = make(FULL);
    struct strbuf fill[PAGE_N_SLOTS];
    char etag[2][36];
    for (int i = 0; i < 2; i++) {
        const char *const texts[] = {"", i ? "one" : "two", "", ""};
        set(fill, texts);
        struct page_body *body = page_fill(page, fill, false);
        assert_non_null(body);
        memcpy(etag[i], body->etag, sizeof body->etag);
        page_body_free(body);
        for (size_t k = 0; k < PAGE_N_SLOTS; k++)
            strbuf_release(&fill[k]);
    }
    assert_string_not_equal(etag[0], etag[1]);
    assert_int_equal(strlen(etag[0]), 34);
    page_free(page);
}

static void refusals(void **state)
{
    (void)state;
    struct page *page = NULL;
    struct badge_err err;
    assert_int_equal(page_new(&page, (const uint8_t *)"<title></title>", 15, &err), BADGE_ESYNTAX);
    page = make(FULL);
    assert_string_equal(page_policy(page), "default-src 'none'");
    struct strbuf fill[PAGE_N_SLOTS];
    static const char *const texts[] = {"", "", "", ""};
    set(fill, texts);
    fill[1].failed = true;
    assert_null(page_fill(page, fill, false));
    page_free(page);
}

/* Whatever the bytes, they stay between the text before and after them, and end no element. */
static void escapes(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (unsigned round = 0; round < 20000; round++) {
        char hostile[24];
        size_t len = round % sizeof hostile;
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1103515245u + 12345u;
            static const char likely[] = "<>\"'&/!-\\\x80\xc3\xe2\xff\0script";
            unsigned pick = seed >> 16;
            hostile[i] = pick & 1 ? (char)(pick >> 1) : likely[(pick >> 1) % (sizeof likely - 1)];
        }
        struct strbuf html, json, script;
        strbuf_init(&html, 4096);
        strbuf_init(&json, 4096);
        strbuf_init(&script, 8192);
        strbuf_html(&html, hostile, len);
        struct json_out out = strbuf_json(&json);
        json_out_string(&out, NULL, hostile, len);
        page_put_json(&script, json.bytes, json.len);
        assert_false(html.failed || json.failed || script.failed);
        for (size_t i = 0; i < html.len; i++)
            assert_false(strchr("<>\"'", html.bytes[i]));
        assert_null(memchr(script.bytes, '<', script.len));
        assert_int_equal(script.bytes[0], '"');
        strbuf_release(&html);
        strbuf_release(&json);
        strbuf_release(&script);
    }
    struct strbuf html;
    strbuf_init(&html, 100);
    strbuf_html(&html, "a<b>&\"'\xc3\xbc\xff\x01", 11);
    strbuf_put(&html, "", 1);
    assert_string_equal(html.bytes, "a&#60;b&#62;&#38;&#34;&#39;\xc3\xbc\xef\xbf\xbd\xef\xbf\xbd");
    strbuf_release(&html);
}

static void codings(void **state)
{
    (void)state;
    static const char *const taken[] = {
        "gzip", "GZIP", "br, gzip", "gzip;q=0.001", "br;q=1.0 , gzip ; q=1", "*", "deflate, *;q=0.5"};
    static const char *const refused[] = {"",      "br",    "gzip;q=0", "gzip;q=0.000", "*, gzip;q=0",
                                          "*;q=0", "xgzip", "gzipx",    ",,",           "identity"};
    assert_false(conditions_accept_gzip(NULL));
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        if (!conditions_accept_gzip(taken[i]))
            fail_msg("%s", taken[i]);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (conditions_accept_gzip(refused[i]))
            fail_msg("%s", refused[i]);
}

static void qr_codes(void **state)
{
    (void)state;
    char link[QR_MAX_LEN + 2];
    memset(link, 'x', sizeof link);
    link[QR_MAX_LEN + 1] = '\0';
    struct strbuf svg;
    strbuf_init(&svg, 1 << 20);
    assert_int_equal(qr_svg(&svg, link, "t"), BADGE_ELIMIT);
    link[QR_MAX_LEN] = '\0';
    assert_int_equal(qr_svg(&svg, link, "</title>"), BADGE_OK);
    strbuf_put(&svg, "", 1);
    assert_non_null(strstr(svg.bytes, "<title>&#60;/title&#62;</title>"));
    strbuf_release(&svg);
    strbuf_init(&svg, 1000);
    assert_int_equal(qr_svg(&svg, link, "t"), BADGE_ENOMEM);
    strbuf_release(&svg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_filled),
        cmocka_unit_test(long_texts_fill_slots),
        cmocka_unit_test(etags_depend_on_the_slots),
        cmocka_unit_test(refusals),
        cmocka_unit_test(escapes),
        cmocka_unit_test(codings),
        cmocka_unit_test(qr_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
