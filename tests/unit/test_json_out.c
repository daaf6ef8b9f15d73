/*
 * The writer of JSON: what it wrote is read by jansson, whatever the strings contain; the layouts; texts that do not
 * fit.
 */
#include "support/test.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/json_out.h"

static char text[1 << 16];
static struct json_buffer buffer;

static struct json_out begin(size_t capacity, enum json_out_layout layout)
{
    buffer = (struct json_buffer){.bytes = text, .capacity = capacity};
    text[0] = '\0';
    return (struct json_out){.put = json_buffer_put, .to = &buffer, .layout = layout};
}

/* Every kind of value, nested and empty. */
static void write_sample(struct json_out *json)
{
    static const uint8_t long_bytes[100] = {0xab};
    struct badge_address address;
    assert_int_equal(badge_address_parse(&address, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", BADGE_ADDRESS_LEN),
                     BADGE_OK);
    json_out_object(json, NULL);
    json_out_text(json, "text", "a\"b\\c\n</script>");
    json_out_string(json, "part", "partial", 4);
    json_out_array(json, "list");
    json_out_u64(json, NULL, 0);
    json_out_u64(json, NULL, UINT64_MAX / 2);
    json_out_array(json, NULL);
    json_out_array_end(json);
    json_out_object(json, NULL);
    json_out_object_end(json);
    json_out_object(json, NULL);
    json_out_bool(json, "yes", true);
    json_out_bool(json, "no", false);
    json_out_null(json, "none");
    json_out_object_end(json);
    json_out_array_end(json);
    json_out_hex(json, "hex", "0x", "\x01\xff", 2);
    json_out_hex(json, "empty", "0x", "", 0);
    json_out_hex(json, "long", "", long_bytes, sizeof long_bytes);
    json_out_address(json, "address", &address);
    json_out_time(json, "time", 1795435200);
    json_out_raw(json, "raw", "[1,2]", 5);
    json_out_text(json, "a \"name\"", "");
    json_out_object_end(json);
}

static json_t *read_back(void)
{
    json_error_t why;
    json_t *value = json_loadb(text, buffer.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    if (!value)
        fail_msg("%s: %s", why.text, text);
    return value;
}

static void every_layout_reads_alike(void **state)
{
    (void)state;
    char zeros[2 * 99 + 1] = "";
    memset(zeros, '0', sizeof zeros - 1);
    json_t *expected = json_pack(
        "{s:s, s:s, s:[i, I, [], {}, {s:b, s:b, s:n}], s:s, s:s, s:s+, s:s, s:s, s:[i, i], s:s}", "text",
        "a\"b\\c\n</script>", "part", "part", "list", 0, (json_int_t)(UINT64_MAX / 2), "yes", 1, "no", 0, "none", "hex",
        "0x01ff", "empty", "0x", "long", "ab", zeros, "address", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "time",
        "2026-11-23T12:00:00Z", "raw", 1, 2, "a \"name\"", "");
    assert_non_null(expected);
    for (int layout = JSON_OUT_COMPACT; layout <= JSON_OUT_INDENTED; layout++) {
        struct json_out json = begin(sizeof text, (enum json_out_layout)layout);
        write_sample(&json);
        assert_false(json.failed);
        json_t *value = read_back();
        assert_true(json_equal(value, expected));
        json_decref(value);
    }
    json_decref(expected);
}

static void write_small(struct json_out *json)
{
    json_out_object(json, NULL);
    json_out_u64(json, "a", 1);
    json_out_array(json, "b");
    json_out_text(json, NULL, "x");
    json_out_object(json, NULL);
    json_out_object_end(json);
    json_out_array_end(json);
    json_out_null(json, "c");
    json_out_object_end(json);
}

static void layouts(void **state)
{
    (void)state;
    struct json_out json = begin(sizeof text, JSON_OUT_COMPACT);
    write_small(&json);
    assert_string_equal(text, "{\"a\":1,\"b\":[\"x\",{}],\"c\":null}");
    json = begin(sizeof text, JSON_OUT_SPACED);
    write_small(&json);
    assert_string_equal(text, "{\"a\": 1, \"b\": [\"x\", {}], \"c\": null}");
    json = begin(sizeof text, JSON_OUT_INDENTED);
    write_small(&json);
    assert_string_equal(text, "{\n  \"a\": 1,\n  \"b\": [\n    \"x\",\n    {}\n  ],\n  \"c\": null\n}");
}

static void assert_written(const char *bytes, size_t len, const char *expected)
{
    struct json_out json = begin(sizeof text, JSON_OUT_COMPACT);
    json_out_string(&json, NULL, bytes, len);
    assert_string_equal(text, expected);
}

static void escapes(void **state)
{
    (void)state;
    assert_written("", 0, "\"\"");
    assert_written("a\"\\\n\x7f\0b", 7, "\"a\\u0022\\u005c\\u000a\\u007f\\u0000b\"");
    assert_written("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
    assert_written("\xc3", 1, "\"\xef\xbf\xbd\"");                                                 /* cut */
    assert_written("\xc3z", 2, "\"\xef\xbf\xbdz\"");                                               /* no tail */
    assert_written("\xc0\x80", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"");                                 /* overlong */
    assert_written("\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");                 /* a surrogate */
    assert_written("\xf4\x90\x80\x80", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""); /* over U+10FFFF */
}

/* What is UTF-8 is read as it was; anything else is read all the same. */
static void any_string_is_read(void **state)
{
    (void)state;
    static const char likely[] = "\"\\/\n\t\x1f\x7f\x80\xbf\xc3\xa9\xe2\x82\xac\xed\xa0\xf0\x9f\x98\x80\xff\0{},:u";
    uint32_t seed = 1;
    for (unsigned round = 0; round < 20000; round++) {
        char hostile[24];
        size_t len = round % sizeof hostile;
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1103515245u + 12345u;
            hostile[i] = likely[(seed >> 16) % (sizeof likely - 1)];
        }
        struct json_out json = begin(sizeof text, JSON_OUT_COMPACT);
        json_out_array(&json, NULL);
        json_out_string(&json, NULL, hostile, len);
        json_out_u64(&json, NULL, round);
        json_out_array_end(&json);
        json_t *value = read_back(), *direct = json_stringn(hostile, len); /* NULL: not UTF-8 */
        assert_int_equal(json_array_size(value), 2);
        assert_true(json_is_string(json_array_get(value, 0)));
        assert_true(!direct || json_equal(json_array_get(value, 0), direct));
        assert_int_equal(json_integer_value(json_array_get(value, 1)), round);
        json_decref(direct);
        json_decref(value);
    }
}

static void deep_nesting(void **state)
{
    (void)state;
    struct json_out json = begin(sizeof text, JSON_OUT_INDENTED);
    for (unsigned i = 0; i < JSON_OUT_MAX_DEPTH; i++)
        if (i % 2 == 0)
            json_out_object(&json, NULL);
        else
            json_out_array(&json, "in");
    for (unsigned i = JSON_OUT_MAX_DEPTH; i-- > 0;)
        if (i % 2 == 0)
            json_out_object_end(&json);
        else
            json_out_array_end(&json);
    json_t *value = read_back(), *at = value;
    for (unsigned i = 1; i < JSON_OUT_MAX_DEPTH; i++)
        assert_non_null(at = i % 2 == 0 ? json_array_get(at, 0) : json_object_get(at, "in"));
    json_decref(value);
}

/* Every size that is too small is noticed, and nothing is written past it or after it. */
static void what_does_not_fit_is_remembered(void **state)
{
    (void)state;
    struct json_out json = begin(sizeof text, JSON_OUT_INDENTED);
    write_sample(&json);
    size_t len = buffer.len;
    for (size_t capacity = 1; capacity <= len; capacity++) {
        json = begin(capacity, JSON_OUT_INDENTED);
        text[capacity] = '!';
        write_sample(&json);
        assert_true(json.failed);
        assert_in_range(buffer.len, 0, capacity - 1);
        assert_int_equal(text[buffer.len], '\0');
        assert_int_equal(text[capacity], '!');
    }
    json = begin(len + 1, JSON_OUT_INDENTED);
    write_sample(&json);
    assert_false(json.failed);
    assert_int_equal(buffer.len, len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_reads_alike),
        cmocka_unit_test(layouts),
        cmocka_unit_test(escapes),
        cmocka_unit_test(any_string_is_read),
        cmocka_unit_test(deep_nesting),
        cmocka_unit_test(what_does_not_fit_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
