/*
 * The I-JSON reader and the RFC 8785 writer: the published vectors, every refusal with its offset, the order of names,
 * and inputs made to be slow or large. A comparison with another implementation is json_oracle.js.
 */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "badge/json.h"
#include "core/json_tree.h"
#include "support/vectors.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ROOM 64 /* for one element */

static int set_up(void **state)
{
    static struct badge_arena arena;
    badge_arena_init(&arena, (size_t)256 << 20);
    *state = &arena;
    return 0;
}

static int tear_down(void **state)
{
    badge_arena_release(*state);
    return 0;
}

/* Parses a copy that ends where its memory ends, so that a sanitizer sees any step beyond. */
static enum badge_status parse(const struct badge_json_value **out, struct badge_arena *arena, const char *text,
                               size_t len, struct badge_err *err)
{
    char *bytes = malloc(len > 0 ? len : 1);
    assert_non_null(bytes);
    memcpy(bytes, text, len);
    enum badge_status status = badge_json_parse(out, arena, bytes, len, err);
    free(bytes);
    return status;
}

static void check_canonical(struct badge_arena *arena, const char *text, size_t len, const char *wanted,
                            size_t wanted_len)
{
    const struct badge_json_value *value;
    struct badge_text canonical;
    struct badge_err err;
    char *bytes = malloc(len > 0 ? len : 1);
    assert_non_null(bytes);
    memcpy(bytes, text, len);
    badge_arena_clear(arena);
    if (badge_json_parse(&value, arena, bytes, len, &err) != BADGE_OK)
        fail_msg("%.*s: %s (%zu)", (int)len, text, err.text, err.offset);
    assert_int_equal(badge_json_canonicalize(&canonical, arena, value, &err), BADGE_OK);
    if (canonical.len != wanted_len || memcmp(canonical.bytes, wanted, wanted_len) != 0)
        fail_msg("%.*s became %.*s, not %.*s", (int)len, text, (int)canonical.len, canonical.bytes, (int)wanted_len,
                 wanted);
    free(bytes);
}

static void published_vectors(void **state)
{
    static const char *const name[] = {"arrays", "french", "structures", "unicode", "values", "weird"};
    for (size_t i = 0; i < COUNT(name); i++) {
        char path[64];
        size_t input_len, output_len, hex_len, from_hex_len = 0;
        snprintf(path, sizeof path, "jcs/input/%s.json", name[i]);
        char *input = vectors_read(path, &input_len);
        snprintf(path, sizeof path, "jcs/output/%s.json", name[i]);
        char *output = vectors_read(path, &output_len);
        check_canonical(*state, input, input_len, output, output_len);

        snprintf(path, sizeof path, "jcs/outhex/%s.txt", name[i]);
        char *hex = vectors_read(path, &hex_len);
        for (char *at = hex, *end; *(at += strspn(at, " \r\n\t")) != '\0'; at = end) {
            hex[from_hex_len++] = (char)strtoul(at, &end, 16);
            assert_true(end == at + 2);
        }
        check_canonical(*state, input, input_len, hex, from_hex_len);
        free(input);
        free(output);
        free(hex);
    }
}

#define BYTES(literal) literal, sizeof(literal) - 1

static void canonical_forms(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        const char *canonical;
    } cases[] = {
        {BYTES(" null\n"), "null"},
        {BYTES("\ttrue\r"), "true"},
        {BYTES("false"), "false"},
        {BYTES("\"\""), "\"\""},
        {BYTES("[ ]"), "[]"},
        {BYTES("{ }"), "{}"},
        {BYTES("[-0, -0.0, 0e5, 0E-9]"), "[0,0,0,0]"},
        {BYTES("[1.0,1e3,100e-2,-5]"), "[1,1000,1,-5]"},
        {BYTES("[9007199254740991,-9007199254740991]"), "[9007199254740991,-9007199254740991]"},
        {BYTES("[9007199254740992.0,1e21,123456789012345680000.0]"), "[9007199254740992,1e+21,123456789012345680000]"},
        {BYTES("[5e-324,4.9e-324,0.1e-6,0.00000123]"), "[5e-324,5e-324,1e-7,0.00000123]"},
        {BYTES("[999999999,1000000000,4294967296,-1]"), "[999999999,1000000000,4294967296,-1]"},
        {BYTES("\"\\u0000\\u001f\\b\\t\\n\\f\\r\\u007f\\\"\\\\\\/\""),
         "\"\\u0000\\u001f\\b\\t\\n\\f\\r\x7f\\\"\\\\/\""},
        {BYTES("\"\\u00e9\\u20AC\\uD83D\\ude00\""), "\"é€😀\""},
        {BYTES("\"a long text before \\u0061nd after é\""), "\"a long text before and after é\""},
        {BYTES("\"\xf4\x8f\xbf\xbd\xef\xbf\xbd\""), "\"\xf4\x8f\xbf\xbd\xef\xbf\xbd\""},
        {BYTES("{\"b\":1,\"a\":2,\"\":3}"), "{\"\":3,\"a\":2,\"b\":1}"},
        {BYTES("{\"a\":{\"z\":[{\"y\":1,\"x\":2}]},\"A\":0}"), "{\"A\":0,\"a\":{\"z\":[{\"x\":2,\"y\":1}]}}"},
        /* a surrogate pair sorts before U+E000 and above, although its UTF-8 does not */
        {BYTES("{\"\xef\xbf\xbd\":1,\"😀\":2,\"\xee\x80\x80\":3,\"\xed\x9f\xbf\":4}"),
         "{\"\xed\x9f\xbf\":4,\"😀\":2,\"\xee\x80\x80\":3,\"\xef\xbf\xbd\":1}"},
        {BYTES("{\"x\xef\xac\xb3\":1,\"x\xf4\x80\x80\x80\":2,\"x😀\":3}"),
         "{\"x😀\":3,\"x\xf4\x80\x80\x80\":2,\"x\xef\xac\xb3\":1}"},
        {BYTES("{\"\\ud83d\\ude00\":1,\"\\ufb33\":2,\"aaaaaaaa\":3,\"aaaaaaa\":4}"),
         "{\"aaaaaaa\":4,\"aaaaaaaa\":3,\"😀\":1,\"\xef\xac\xb3\":2}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_canonical(*state, cases[i].text, cases[i].len, cases[i].canonical, strlen(cases[i].canonical));
}

static void refusals(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        enum badge_status status;
        size_t offset;
    } cases[] = {
        {BYTES(""), BADGE_ESYNTAX, 0},
        {BYTES(" \n"), BADGE_ESYNTAX, 2},
        {BYTES("nul"), BADGE_ESYNTAX, 0},
        {BYTES("[nulL]"), BADGE_ESYNTAX, 1},
        {BYTES("True"), BADGE_ESYNTAX, 0},
        {BYTES("NaN"), BADGE_ESYNTAX, 0},
        {BYTES("'a'"), BADGE_ESYNTAX, 0},
        {BYTES("// a\n1"), BADGE_ESYNTAX, 0},
        {BYTES("\v1"), BADGE_ESYNTAX, 0},
        {BYTES("1 2"), BADGE_ESYNTAX, 2},
        {BYTES("{}{}"), BADGE_ESYNTAX, 2},
        {BYTES("{}\0"), BADGE_ESYNTAX, 2},
        {BYTES("[1,]"), BADGE_ESYNTAX, 3},
        {BYTES("[,1]"), BADGE_ESYNTAX, 1},
        {BYTES("[1 2]"), BADGE_ESYNTAX, 3},
        {BYTES("[1"), BADGE_ESYNTAX, 2},
        {BYTES("[1,"), BADGE_ESYNTAX, 3},
        {BYTES("[1}"), BADGE_ESYNTAX, 2},
        {BYTES("]"), BADGE_ESYNTAX, 0},
        {BYTES("{"), BADGE_ESYNTAX, 1},
        {BYTES("{a:1}"), BADGE_ESYNTAX, 1},
        {BYTES("{1:1}"), BADGE_ESYNTAX, 1},
        {BYTES("{\"a\"}"), BADGE_ESYNTAX, 4},
        {BYTES("{\"a\":}"), BADGE_ESYNTAX, 5},
        {BYTES("{\"a\":1,}"), BADGE_ESYNTAX, 7},
        {BYTES("{\"a\":1"), BADGE_ESYNTAX, 6},
        {BYTES("{\"a\":1]"), BADGE_ESYNTAX, 6},
        {BYTES("{\"a\" 1}"), BADGE_ESYNTAX, 5},
        /* numbers */
        {BYTES("-"), BADGE_ESYNTAX, 1},
        {BYTES("+1"), BADGE_ESYNTAX, 0},
        {BYTES("01"), BADGE_ESYNTAX, 1},
        {BYTES("-012"), BADGE_ESYNTAX, 2},
        {BYTES(".5"), BADGE_ESYNTAX, 0},
        {BYTES("5."), BADGE_ESYNTAX, 2},
        {BYTES("5.e1"), BADGE_ESYNTAX, 2},
        {BYTES("5e"), BADGE_ESYNTAX, 2},
        {BYTES("5e+"), BADGE_ESYNTAX, 3},
        {BYTES("[5e+x]"), BADGE_ESYNTAX, 4},
        {BYTES("0x10"), BADGE_ESYNTAX, 1},
        {BYTES("-Infinity"), BADGE_ESYNTAX, 1},
        {BYTES("[9007199254740992]"), BADGE_ENUMBER, 1},
        {BYTES("[ -9007199254740992]"), BADGE_ENUMBER, 2},
        {BYTES("18446744073709551617"), BADGE_ENUMBER, 0},
        {BYTES("[1e309]"), BADGE_ENUMBER, 1},
        {BYTES("-1e309"), BADGE_ENUMBER, 0},
        {BYTES("{\"a\":1e-400}"), BADGE_ENUMBER, 5},
        {BYTES("2e-324"), BADGE_ENUMBER, 0},
        /* strings */
        {BYTES("\""), BADGE_ESYNTAX, 1},
        {BYTES("\"abc"), BADGE_ESYNTAX, 4},
        {BYTES("\"abc\\"), BADGE_ESYNTAX, 5},
        {BYTES("\"abc\\\""), BADGE_ESYNTAX, 6},
        {BYTES("\"a\nb\""), BADGE_ESYNTAX, 2},
        {BYTES("\"\\n\x01\""), BADGE_ESYNTAX, 3},
        {BYTES("\"0123456789\0\""), BADGE_ESYNTAX, 11},
        {BYTES("\"ab\\x\""), BADGE_ESYNTAX, 3},
        {BYTES("\"\\0\""), BADGE_ESYNTAX, 1},
        {BYTES("\"\\\0\""), BADGE_ESYNTAX, 1},
        {BYTES("\"\\u12g4\""), BADGE_ESYNTAX, 1},
        {BYTES("\"\\u12"), BADGE_ESYNTAX, 1},
        {BYTES("\"\\U0041\""), BADGE_ESYNTAX, 1},
        {BYTES("\"\\ud800\""), BADGE_EUTF8, 1},
        {BYTES("\"ab\\udc00\""), BADGE_EUTF8, 3},
        {BYTES("\"\\ud83dx\""), BADGE_EUTF8, 1},
        {BYTES("\"\\ud83d\\n\""), BADGE_EUTF8, 1},
        {BYTES("\"\\ud83d\\ud83d\\ude00\""), BADGE_EUTF8, 1},
        {BYTES("\"\\ude00\\ud83d\""), BADGE_EUTF8, 1},
        {BYTES("\"\\uFFFF\""), BADGE_EUTF8, 1},
        {BYTES("\"\\ufdd0\""), BADGE_EUTF8, 1},
        {BYTES("\"\\ufdef\""), BADGE_EUTF8, 1},
        {BYTES("\"\\uD83F\\uDFFE\""), BADGE_EUTF8, 1}, /* U+1FFFE */
        {BYTES("\"\\udbff\\udfff\""), BADGE_EUTF8, 1}, /* U+10FFFF */
        {BYTES("\"\xef\xbf\xbf\""), BADGE_EUTF8, 1},
        {BYTES("\"\xef\xb7\x90\""), BADGE_EUTF8, 1},
        {BYTES("\"ab\xf0\x9f\xbf\xbe\""), BADGE_EUTF8, 3},
        {BYTES("\"\xc0\x80\""), BADGE_EUTF8, 1},
        {BYTES("\"\xc1\xbf\""), BADGE_EUTF8, 1},
        {BYTES("\"\xe0\x9f\xbf\""), BADGE_EUTF8, 1},
        {BYTES("\"\xf0\x8f\xbf\xbf\""), BADGE_EUTF8, 1},
        {BYTES("\"\xf4\x90\x80\x80\""), BADGE_EUTF8, 1},
        {BYTES("\"\xf5\x80\x80\x80\""), BADGE_EUTF8, 1},
        {BYTES("\"\xed\xa0\x80\""), BADGE_EUTF8, 1},
        {BYTES("\"\xed\xbf\xbf\""), BADGE_EUTF8, 1},
        {BYTES("\"\x80\""), BADGE_EUTF8, 1},
        {BYTES("\"0123456\xff\""), BADGE_EUTF8, 8},
        {BYTES("\"\\n\xc3\""), BADGE_EUTF8, 3},
        {BYTES("\"\xe2\x82"), BADGE_EUTF8, 1},
        {BYTES("\"\xf0\x9f\x98\""), BADGE_EUTF8, 1},
        {BYTES("\xef\xbb\xbf{}"), BADGE_EUTF8, 0},
        {BYTES("[\xef\xbb\xbf]"), BADGE_ESYNTAX, 1},
        /* names */
        {BYTES("{\"a\":1,\"a\":1}"), BADGE_EDUPLICATE, 7},
        {BYTES("{\"a\":1,\"\\u0061\":1}"), BADGE_EDUPLICATE, 7},
        {BYTES("{\"\\u0061\":1,\"a\":1}"), BADGE_EDUPLICATE, 12},
        {BYTES("{\"\\u0061\":1,\"b\":0,  \"\\u0061\":1}"), BADGE_EDUPLICATE, 20},
        {BYTES("{\"\":1,\"\":1}"), BADGE_EDUPLICATE, 6},
        {BYTES("{\"c\":1,\"b\":1,\"c\":1,\"b\":1,\"b\":0}"), BADGE_EDUPLICATE, 13},
        {BYTES("{\"b\":1,\"c\":1,\"b\":1,\"c\":1}"), BADGE_EDUPLICATE, 13},
        {BYTES("[{\"é\":1,\"z\":{\"q\":1,\"q\":2}}]"), BADGE_EDUPLICATE, 20},
        {BYTES("{\"\\/\":1,\"/\":2}"), BADGE_EDUPLICATE, 8},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct badge_json_value *value;
        struct badge_err err = {0};
        badge_arena_clear(*state);
        enum badge_status status = parse(&value, *state, cases[i].text, cases[i].len, &err);
        if (status != cases[i].status || err.status != status || err.offset != cases[i].offset)
            fail_msg("case %zu, %.*s: %d at %zu (%s), not %d at %zu", i, (int)cases[i].len, cases[i].text, (int)status,
                     err.offset, err.text, (int)cases[i].status, cases[i].offset);
        assert_null(value);
        assert_true(strlen(err.text) > 10);
        assert_int_equal(parse(&value, *state, cases[i].text, cases[i].len, NULL), status);
    }
}

/* Strings are scanned eight bytes at a time: what is special is seen at every place, before and after an escape. */
static void special_bytes_everywhere(void **state)
{
    static const char special[] = {0, 1, 0x1f, '"', (char)0x80, (char)0xff};
    for (size_t i = 0; i < sizeof special; i++)
        for (size_t at = 3; at < 40; at++)
            for (int escaped = 0; escaped < 2; escaped++) {
                const struct badge_json_value *value;
                struct badge_err err;
                char text[] = "\"0123456789abcdefghijklmnopqrstuvwxyz~\x7f-=";
                if (escaped)
                    memcpy(text + 1, "\\n", 2);
                text[at] = special[i];
                badge_arena_clear(*state);
                enum badge_status status = parse(&value, *state, text, sizeof text - 1, &err);
                assert_int_equal(status, special[i] < 0 ? BADGE_EUTF8 : BADGE_ESYNTAX);
                assert_int_equal(err.offset, special[i] == '"' ? at + 1 : at);
            }
}

/* In objects of every size, whichever way their names run, the repetition is found and not what it repeats. */
static void repetition_in_large_objects(void **state)
{
    for (size_t n = 2; n < 80; n++)
        for (size_t way = 0; way < 3; way++) {
            const struct badge_json_value *value;
            struct badge_err err;
            char text[1024] = "{";
            size_t len = 1;
            for (size_t i = 0; i <= n; i++) {
                size_t at = i < n ? i : n / 2; /* the last repeats the one in the middle */
                const size_t name[] = {at, n - at, at * 37 % 97};
                len += (size_t)snprintf(text + len, ROOM, "\"%02zu\":0,", name[way]);
            }
            text[len - 1] = '}';
            badge_arena_clear(*state);
            assert_int_equal(parse(&value, *state, text, len, &err), BADGE_EDUPLICATE);
            assert_int_equal(err.offset, len - 7);
        }
}

/* Every document that ends too early is refused there, whatever it is cut in. */
static void every_prefix(void **state)
{
    static const char text[] = "{\"a\": [1.5e+3, \"x\\u00e9\\ud83d\\ude00\", true, null], \"é\": {\"\": -0.1}}";
    for (size_t len = 0; len < sizeof text - 1; len++) {
        const struct badge_json_value *value;
        struct badge_err err;
        badge_arena_clear(*state);
        enum badge_status status = parse(&value, *state, text, len, &err);
        assert_true(status == BADGE_ESYNTAX || status == BADGE_EUTF8);
        assert_true(err.offset <= len);
    }
}

static void nesting(void **state)
{
    char text[512];
    for (size_t depth = 1; depth <= 200; depth++) {
        const struct badge_json_value *value;
        struct badge_err err;
        badge_arena_clear(*state);
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        enum badge_status status = parse(&value, *state, text, 2 * depth, &err);
        assert_int_equal(status, depth <= BADGE_JSON_MAX_DEPTH ? BADGE_OK : BADGE_EDEPTH);
        if (status != BADGE_OK)
            assert_int_equal(err.offset, BADGE_JSON_MAX_DEPTH);
        else
            check_canonical(*state, text, 2 * depth, text, 2 * depth);
    }
    char objects[5 * BADGE_JSON_MAX_DEPTH + 2];
    for (size_t i = 0; i < BADGE_JSON_MAX_DEPTH; i++)
        memcpy(objects + 5 * i, "{\"a\":", 5);
    const struct badge_json_value *value;
    struct badge_err err;
    memcpy(objects + 5 * BADGE_JSON_MAX_DEPTH, "{}", 2);
    assert_int_equal(parse(&value, *state, objects, sizeof objects, &err), BADGE_EDEPTH);
    assert_int_equal(err.offset, 5 * BADGE_JSON_MAX_DEPTH);
}

static void reading(void **state)
{
    static const char text[] = "{\"b\":[1,\"two\\u0000\",1e3,1.5,9007199254740992.0],\"a\":{\"c\":null},\"é\":false}";
    const struct badge_json_value *root;
    struct badge_text name, string;
    double number;
    int64_t integer;
    badge_arena_clear(*state);
    assert_int_equal(badge_json_parse(&root, *state, text, sizeof text - 1, NULL), BADGE_OK);
    assert_int_equal(badge_json_count(root), 3);

    const struct badge_json_value *a = badge_json_at(root, 0, &name), *b = badge_json_member(root, "b");
    assert_true(name.len == 1 && name.bytes[0] == 'a');
    assert_ptr_equal(a, badge_json_member(root, "a"));
    assert_true(badge_json_is(badge_json_member(a, "c"), BADGE_JSON_NULL));
    assert_true(badge_json_is(badge_json_member(root, "é"), BADGE_JSON_FALSE));
    assert_null(badge_json_member(root, "bb"));
    assert_null(badge_json_member(root, ""));
    assert_null(badge_json_at(root, 3, NULL));

    assert_int_equal(badge_json_count(b), 5);
    assert_true(badge_json_integer(badge_json_at(b, 0, NULL), &integer) && integer == 1);
    assert_true(badge_json_string(badge_json_at(b, 1, NULL), &string));
    assert_memory_equal(string.bytes, "two\0", 4);
    assert_int_equal(string.len, 4);
    assert_false(badge_json_equals(badge_json_at(b, 1, NULL), "two"));
    assert_true(badge_json_integer(badge_json_at(b, 2, NULL), &integer) && integer == 1000);
    assert_false(badge_json_integer(badge_json_at(b, 3, NULL), &integer));
    assert_true(badge_json_number(badge_json_at(b, 3, NULL), &number) && number == 1.5);
    assert_false(badge_json_integer(badge_json_at(b, 4, NULL), &integer));
    assert_null(badge_json_at(b, 5, NULL));

    assert_false(badge_json_is(NULL, BADGE_JSON_NULL));
    assert_null(badge_json_member(badge_json_at(NULL, 0, NULL), "a"));
    assert_null(badge_json_member(b, "a"));
    assert_int_equal(badge_json_count(NULL), 0);
    assert_false(badge_json_string(NULL, &string) || badge_json_number(NULL, &number) || badge_json_equals(NULL, ""));
}

/* -- inputs made to be slow or large ------------------------------------------------------------------------------- */

#define HOSTILE_LEN ((size_t)1 << 20)

/* Repeats what fill writes for i = 0, 1, 2 … up to HOSTILE_LEN bytes between two brackets. */
static size_t make(char *text, const char *brackets, size_t (*fill)(char *at, size_t i))
{
    size_t len = 0, i = 0;
    text[len++] = brackets[0];
    while (len < HOSTILE_LEN - ROOM) {
        len += fill(text + len, i++);
        text[len++] = ',';
    }
    text[len - 1] = brackets[1];
    return len;
}

static size_t fill_zero(char *at, size_t i)
{
    (void)i;
    return (size_t)snprintf(at, ROOM, "0");
}

static size_t fill_empty(char *at, size_t i)
{
    return (size_t)snprintf(at, ROOM, i % 2 == 0 ? "[]" : "\"\"");
}

static size_t fill_escape(char *at, size_t i)
{
    (void)i;
    return (size_t)snprintf(at, ROOM, "\"\\n\"");
}

static size_t fill_small_object(char *at, size_t i)
{
    (void)i;
    return (size_t)snprintf(at, ROOM, "{\"\":0}");
}

static size_t fill_descending(char *at, size_t i)
{
    return (size_t)snprintf(at, ROOM, "\"%06zu\":0", 999999 - i);
}

static size_t fill_shuffled(char *at, size_t i)
{
    return (size_t)snprintf(at, ROOM, "\"%05zu\":0", i * 7919 % 104729);
}

static size_t fill_escaped_names(char *at, size_t i)
{
    return (size_t)snprintf(at, ROOM, "\"\\u0041%06zu\":0", i * 7919 % 104729);
}

static size_t fill_common_prefix(char *at, size_t i)
{
    return (size_t)snprintf(at, ROOM, "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%06zu\":0", 999999 - i);
}

static size_t fill_number(char *at, size_t i)
{
    return (size_t)snprintf(at, ROOM, "%zue-30%zu", 9007199254740991 - i, i % 10);
}

static size_t fill_expanding(char *at, size_t i)
{
    (void)i;
    return (size_t)snprintf(at, ROOM, "1e20");
}

static void hostile_documents(void **state)
{
    (void)state;
    static const struct {
        const char *brackets;
        size_t (*fill)(char *at, size_t i);
    } cases[] = {{"[]", fill_zero},       {"[]", fill_empty},    {"[]", fill_escape},        {"[]", fill_small_object},
                 {"{}", fill_descending}, {"{}", fill_shuffled}, {"{}", fill_escaped_names}, {"{}", fill_common_prefix},
                 {"[]", fill_number},     {"[]", fill_expanding}};
    char *text = malloc(HOSTILE_LEN);
    assert_non_null(text);
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len = make(text, cases[i].brackets, cases[i].fill);
        const struct badge_json_value *value;
        struct badge_text canonical;
        struct badge_arena arena;
        struct badge_err err;
        badge_arena_init(&arena, 64 * HOSTILE_LEN); /* what the digester gives */
        clock_t begin = clock();
        if (badge_json_parse(&value, &arena, text, len, &err) != BADGE_OK ||
            badge_json_canonicalize(&canonical, &arena, value, &err) != BADGE_OK)
            fail_msg("hostile document %zu: %s (%zu)", i, err.text, err.offset);
        assert_true(arena.used <= arena.ceiling);
        assert_true(clock() - begin < 5 * CLOCKS_PER_SEC); /* some 50 ms; a quadratic way takes minutes */
        badge_arena_release(&arena);
    }
    free(text);
}

/* One string, one number, one name as long as the document. */
static void long_tokens(void **state)
{
    char *text = malloc(HOSTILE_LEN + 16);
    assert_non_null(text);
    const struct badge_json_value *value;
    struct badge_err err;

    badge_arena_clear(*state);
    text[0] = '"';
    for (size_t i = 1; i + 2 <= HOSTILE_LEN; i += 2)
        memcpy(text + i, "\\\\", 2);
    memcpy(text + HOSTILE_LEN - 1, "\"", 1);
    check_canonical(*state, text, HOSTILE_LEN, text, HOSTILE_LEN);
    assert_int_equal(parse(&value, *state, text, HOSTILE_LEN - 1, &err), BADGE_ESYNTAX);
    assert_int_equal(err.offset, HOSTILE_LEN - 1);

    memset(text, '1', HOSTILE_LEN);
    assert_int_equal(parse(&value, *state, text, HOSTILE_LEN, &err), BADGE_ENUMBER);
    text[1] = '.';
    check_canonical(*state, text, HOSTILE_LEN, BYTES("1.1111111111111112"));

    memset(text, ' ', HOSTILE_LEN);
    assert_int_equal(parse(&value, *state, text, HOSTILE_LEN, &err), BADGE_ESYNTAX);
    assert_int_equal(err.offset, HOSTILE_LEN);
    free(text);
}

/* Whatever the ceiling, it is respected, and what needs more is refused. */
static void ceilings(void **state)
{
    (void)state;
    static const char text[] = "{\"b\":[0,1,2,3,\"\\u0041\"],\"a\":{\"z\":1,\"y\":[[],[],[]]},\"\\n\":\"\\n\\n\"}";
    bool refused = false, accepted = false;
    for (size_t ceiling = 0; ceiling < 40000; ceiling += 61) {
        const struct badge_json_value *value;
        struct badge_text canonical;
        struct badge_arena arena;
        struct badge_err err;
        badge_arena_init(&arena, ceiling);
        enum badge_status status = badge_json_parse(&value, &arena, text, sizeof text - 1, &err);
        if (status == BADGE_OK)
            status = badge_json_canonicalize(&canonical, &arena, value, &err);
        assert_true(status == BADGE_OK || (status == BADGE_ENOMEM && err.status == BADGE_ENOMEM));
        assert_true(status != BADGE_ENOMEM || !accepted);
        assert_true(arena.used <= ceiling);
        refused = refused || status == BADGE_ENOMEM;
        accepted = accepted || status == BADGE_OK;
        badge_arena_release(&arena);
        assert_int_equal(arena.used, 0);
    }
    assert_true(refused && accepted);
}

/* A block kept by clear never stands in the way of what a fresh arena could give. */
static void arena_reuse(void **state)
{
    (void)state;
    struct badge_arena arena;
    badge_arena_init(&arena, 1 << 20);
    for (size_t len = 1; len < ((size_t)1 << 20) - 64; len = len * 3 / 2 + 1) {
        badge_arena_clear(&arena);
        void *small = badge_arena_alloc(&arena, 0), *large = NULL;
        badge_arena_clear(&arena);
        large = badge_arena_alloc(&arena, len);
        assert_non_null(small);
        assert_non_null(large);
        assert_int_equal((uintptr_t)large % _Alignof(max_align_t), 0);
        memset(large, 0xa5, len);
        assert_true(arena.used <= arena.ceiling);
    }
    badge_arena_clear(&arena);
    assert_null(badge_arena_alloc(&arena, 1 << 20));
    assert_null(badge_arena_alloc(&arena, SIZE_MAX));
    assert_non_null(badge_arena_alloc(&arena, 100));
    badge_arena_release(&arena);
    assert_int_equal(arena.used, 0);
}

static void members_are_replaced(void **state)
{
    static const struct {
        const char *object, *name, *value, *wanted; /* value NULL: without the member */
    } row[] = {
        {"{\"a\":1,\"b\":2,\"c\":3}", "b", NULL, "{\"a\":1,\"c\":3}"},
        {"{\"a\":1,\"b\":2,\"c\":3}", "a", NULL, "{\"b\":2,\"c\":3}"},
        {"{\"a\":1,\"b\":2,\"c\":3}", "c", NULL, "{\"a\":1,\"b\":2}"},
        {"{\"a\":1,\"b\":2,\"c\":3}", "bb", NULL, "{\"a\":1,\"b\":2,\"c\":3}"},
        {"{}", "a", NULL, "{}"},
        {"{\"a\":1}", "a", NULL, "{}"},
        {"{\"a\":1,\"b\":2,\"c\":3}", "b", "[]", "{\"a\":1,\"b\":[],\"c\":3}"},
        {"{\"a\":1,\"b\":2,\"c\":3}", "bb", "[]", "{\"a\":1,\"b\":2,\"bb\":[],\"c\":3}"},
        {"{\"a\":1,\"b\":2,\"c\":3}", "0", "[]", "{\"0\":[],\"a\":1,\"b\":2,\"c\":3}"},
        {"{\"a\":1,\"b\":2,\"c\":3}", "d", "[]", "{\"a\":1,\"b\":2,\"c\":3,\"d\":[]}"},
        {"{}", "a", "[]", "{\"a\":[]}"},
    };
    struct badge_arena own, *arena = &own;
    (void)state;
    badge_arena_init(arena, 1 << 20);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const struct badge_json_value *object, *value, *out;
        struct badge_text text;
        badge_arena_clear(arena);
        assert_int_equal(badge_json_parse(&object, arena, row[i].object, strlen(row[i].object), NULL), BADGE_OK);
        if (row[i].value) {
            assert_int_equal(badge_json_parse(&value, arena, row[i].value, strlen(row[i].value), NULL), BADGE_OK);
            out = core_json_with(arena, object, row[i].name, value);
        } else {
            out = core_json_without(arena, object, row[i].name);
        }
        assert_non_null(out);
        assert_int_equal(badge_json_canonicalize(&text, arena, out, NULL), BADGE_OK);
        if (text.len != strlen(row[i].wanted) || memcmp(text.bytes, row[i].wanted, text.len) != 0)
            fail_msg("%s became %.*s", row[i].object, (int)text.len, text.bytes);
    }
    struct badge_json_value *array = core_json_array(arena, 2);
    const struct badge_json_value *one;
    struct badge_text text;
    assert_non_null(array);
    assert_int_equal(badge_json_parse(&one, arena, "\"x\"", 3, NULL), BADGE_OK);
    core_json_set(array, 1, one);
    assert_int_equal(badge_json_canonicalize(&text, arena, array, NULL), BADGE_OK);
    assert_true(text.len == 10 && memcmp(text.bytes, "[null,\"x\"]", 10) == 0);
    badge_arena_release(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(published_vectors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(canonical_forms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(special_bytes_everywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(repetition_in_large_objects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_prefix, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nesting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reading, set_up, tear_down),
        cmocka_unit_test(hostile_documents),
        cmocka_unit_test_setup_teardown(long_tokens, set_up, tear_down),
        cmocka_unit_test(ceilings),
        cmocka_unit_test(arena_reuse),
        cmocka_unit_test(members_are_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
