/*
 * The strict I-JSON parser: bytes to a tree in an arena. Every submission and every receipt goes through it.
 *
 * Invariants: it never reads at or beyond `end`; recursion is bounded by max_depth; the work is linear in the input,
 * except for sorting names; memory is bounded by the arena's ceiling. The first error ends parsing, with its offset.
 *
 * Values under construction are on one stack; a container that closes sorts its members, looks for equal neighbours
 * and moves them to their final place in the arena. A string without an escape is borrowed from the input; one with an
 * escape is a copy, preceded in memory by its offset in the input, so that an error can point at a duplicate name.
 */
#include "core/json_tree.h"

#include "badge/text.h"
#include "core/number.h"
#include "core/utf8.h"

#include <string.h>

#define MAX_INTEGER ((uint64_t)9007199254740991)

struct json_parser {
    const char *begin, *at, *end;
    struct badge_arena *arena;
    struct badge_err *err;
    struct badge_json_value *stack;
    size_t n_stack, max_stack;
    unsigned max_depth;
};

static enum badge_status read_value(struct json_parser *r, struct badge_json_value *out, unsigned depth);

static enum badge_status fail(struct json_parser *r, enum badge_status status, const char *at, const char *text)
{
    return badge_fail(r->err, status, (size_t)(at - r->begin), "%s", text);
}

static enum badge_status expected(struct json_parser *r, const char *at, const char *what)
{
    return badge_fail(r->err, BADGE_ESYNTAX, (size_t)(at - r->begin),
                      at == r->end ? "the document ends where JSON needs %s" : "JSON needs %s here", what);
}

static void skip_space(struct json_parser *r)
{
    const char *at = r->at;
    while (at < r->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    r->at = at;
}

/* -- the stack ----------------------------------------------------------------------------------------------------- */

/* Makes room above the top. */
static bool grow(struct json_parser *r)
{
    size_t max = r->max_stack == 0 ? 256 : r->max_stack * 2;
    struct badge_json_value *stack = badge_arena_alloc(r->arena, max * sizeof *stack);
    if (!stack)
        return false;
    if (r->n_stack > 0)
        memcpy(stack, r->stack, r->n_stack * sizeof *stack);
    r->stack = stack;
    r->max_stack = max;
    return true;
}

static inline enum badge_status push(struct json_parser *r, const struct badge_json_value *value)
{
    if (r->n_stack == r->max_stack && !grow(r))
        return badge_no_memory(r->err);
    r->stack[r->n_stack++] = *value;
    return BADGE_OK;
}

/* Moves the values above base from the stack to their final place in the arena. */
static bool move_to_arena(struct json_parser *r, struct badge_json_value *out, size_t base)
{
    size_t n = r->n_stack - base;
    r->n_stack = base;
    if (n == 0)
        return true;
    struct badge_json_value *child = badge_arena_alloc(r->arena, n * sizeof *child);
    if (!child)
        return false;
    memcpy(child, r->stack + base, n * sizeof *child);
    out->as.child = child;
    return true;
}

/* -- strings ------------------------------------------------------------------------------------------------------- */

#define ONES 0x0101010101010101u
#define HIGH 0x8080808080808080u

/* Skips plain bytes, eight at a time: ASCII except controls, the quote and the backslash. */
static const char *skip_plain(const char *at, const char *end)
{
    for (; end - at >= 8; at += 8) {
        uint64_t w;
        memcpy(&w, at, sizeof w);
        uint64_t quote = w ^ (ONES * '"'), backslash = w ^ (ONES * '\\');
        uint64_t stop = ((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash) | ((w - ONES * 0x20) & ~w) | w;
        stop &= HIGH;
        if (stop != 0) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            return at + (__builtin_ctzll(stop) >> 3);
#else
            break;
#endif
        }
    }
    while (at < end && (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x80 && *at != '"' && *at != '\\')
        at++;
    return at;
}

static enum badge_status skip_utf8(struct json_parser *r, const char **at)
{
    uint32_t code_point;
    size_t n = core_utf8_decode(&code_point, *at, r->end);
    if (n == 0)
        return fail(r, BADGE_EUTF8, *at, "this is not UTF-8; save the document in UTF-8");
    if (core_utf8_noncharacter(code_point))
        return fail(r, BADGE_EUTF8, *at, "this is a Unicode noncharacter, which I-JSON forbids; remove it");
    *at += n;
    return BADGE_OK;
}

static bool read_hex4(uint32_t *out, const char *at, const char *end)
{
    uint8_t unit[2];
    if (end - at < 4 || badge_hex_decode(unit, sizeof unit, at, 4) != BADGE_OK)
        return false;
    *out = (uint32_t)(unit[0] << 8 | unit[1]);
    return true;
}

/* Reads what follows a backslash; *at is the backslash. */
static enum badge_status read_escape(struct json_parser *r, const char **at, uint32_t *code_point)
{
    static const char messages[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *backslash = *at, *letter;
    if (r->end - backslash < 2)
        return expected(r, r->end, "the rest of an escape");
    if (backslash[1] != '\0' && (letter = strchr(messages, backslash[1]))) {
        *code_point = (uint32_t)meanings[letter - messages];
        *at = backslash + 2;
        return BADGE_OK;
    }
    uint32_t low;
    if (backslash[1] != 'u' || !read_hex4(code_point, backslash + 2, r->end))
        return fail(r, BADGE_ESYNTAX, backslash,
                    "this is not a JSON escape; write \\uXXXX or one of \\\" \\\\ \\/ \\b \\f "
                    "\\n \\r \\t");
    *at = backslash + 6;
    if (*code_point >= 0xd800 && *code_point <= 0xdfff) {
        if (*code_point >= 0xdc00 || r->end - *at < 2 || (*at)[0] != '\\' || (*at)[1] != 'u' ||
            !read_hex4(&low, *at + 2, r->end) || low < 0xdc00 || low > 0xdfff)
            return fail(r, BADGE_EUTF8, backslash, "this is a lone surrogate; write both halves of the pair");
        *code_point = 0x10000 + ((*code_point - 0xd800) << 10 | (low - 0xdc00));
        *at += 6;
    }
    if (core_utf8_noncharacter(*code_point))
        return fail(r, BADGE_EUTF8, backslash, "this is a Unicode noncharacter, which I-JSON forbids; remove it");
    return BADGE_OK;
}

/* Moves to the quote that ends the string, or to an escape before it. */
static enum badge_status skip_characters(struct json_parser *r, const char **at)
{
    while ((*at = skip_plain(*at, r->end)) < r->end && (unsigned char)**at >= 0x80) {
        enum badge_status status = skip_utf8(r, at);
        if (status != BADGE_OK)
            return status;
    }
    if (*at == r->end)
        return expected(r, *at, "the end of a string");
    if (**at != '"' && **at != '\\')
        return fail(r, BADGE_ESYNTAX, *at, "a control character must be escaped in a string");
    return BADGE_OK;
}

/* An upper bound of the length of the string that begins at `start`: up to the next unescaped quote. */
static size_t raw_length(const char *start, const char *at, const char *end)
{
    for (; at < end && *at != '"'; at++)
        if (*at == '\\' && end - at > 1)
            at++;
    return (size_t)(at - start);
}

/* Reads a string from its first escape on. */
static enum badge_status read_escaped(struct json_parser *r, struct badge_json_value *out, const char *start,
                                      const char *at)
{
    const size_t offset = (size_t)(start - 1 - r->begin);
    char *copy = badge_arena_alloc(r->arena, sizeof offset + raw_length(start, at, r->end));
    if (!copy)
        return badge_no_memory(r->err);
    memcpy(copy, &offset, sizeof offset);
    char *text = copy + sizeof offset, *to = text;
    bool verbatim = true;

    for (const char *run = start;; run = at) {
        enum badge_status status = skip_characters(r, &at);
        if (status != BADGE_OK)
            return status;
        memcpy(to, run, (size_t)(at - run));
        to += at - run;
        if (*at == '"')
            break;
        uint32_t code_point = 0;
        status = read_escape(r, &at, &code_point);
        if (status != BADGE_OK)
            return status;
        verbatim = verbatim && code_point >= 0x20 && code_point != '"' && code_point != '\\';
        to += core_utf8_encode(to, code_point);
    }
    r->at = at + 1;
    *out = (struct badge_json_value){
        .type = BADGE_JSON_STRING, .verbatim = verbatim, .len = (uint32_t)(to - text), .as.text = text};
    return BADGE_OK;
}

static enum badge_status read_string(struct json_parser *r, struct badge_json_value *out)
{
    const char *start = r->at + 1, *at = skip_plain(start, r->end);
    if (at == r->end || *at != '"') {
        enum badge_status status = skip_characters(r, &at);
        if (status != BADGE_OK)
            return status;
        if (*at == '\\')
            return read_escaped(r, out, start, at);
    }
    r->at = at + 1;
    *out = (struct badge_json_value){
        .type = BADGE_JSON_STRING, .verbatim = true, .len = (uint32_t)(at - start), .as.text = start};
    return BADGE_OK;
}

/* -- numbers and keywords ------------------------------------------------------------------------------------------ */

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

/* The grammar of RFC 8259 section 6. */
static enum badge_status read_number(struct json_parser *r, struct badge_json_value *out)
{
    const char *start = r->at, *integer = start + (*start == '-'), *at = skip_digits(integer, r->end);
    if (at == integer)
        return expected(r, at, "a digit");
    if (*integer == '0' && at > integer + 1)
        return fail(r, BADGE_ESYNTAX, integer + 1, "a number has no leading zeros; remove them");
    *out = (struct badge_json_value){.type = BADGE_JSON_NUMBER};

    const char *integer_end = at;
    if (at < r->end && *at == '.') {
        const char *fraction = at + 1;
        at = skip_digits(fraction, r->end);
        if (at == fraction)
            return expected(r, at, "a digit after the point");
    }
    if (at < r->end && (*at | 0x20) == 'e') {
        at++;
        if (at < r->end && (*at == '+' || *at == '-'))
            at++;
        const char *exponent = at;
        at = skip_digits(exponent, r->end);
        if (at == exponent)
            return expected(r, at, "a digit of the exponent");
    }
    r->at = at;
    if (at != integer_end) {
        if (!core_number_read(&out->as.number, start, (size_t)(at - start)))
            return fail(r, BADGE_ENUMBER, start,
                        "this number is too large or too small for a double; send it as a "
                        "string");
        return BADGE_OK;
    }
    uint64_t value = 0;
    if (at - integer <= 16)
        for (; integer < at; integer++)
            value = value * 10 + (uint64_t)(*integer - '0');
    else
        value = UINT64_MAX;
    if (value > MAX_INTEGER)
        return fail(r, BADGE_ENUMBER, start,
                    "this integer is beyond 2^53 - 1 and may lose digits; send it as a "
                    "string");
    out->as.number = *start == '-' ? -(double)value : (double)value;
    return BADGE_OK;
}

static enum badge_status read_keyword(struct json_parser *r, struct badge_json_value *out, const char *keyword,
                                      size_t len, enum badge_json_type type)
{
    size_t left = (size_t)(r->end - r->at);
    if (left < len || memcmp(r->at, keyword, len) != 0)
        return expected(r, r->at, "a value");
    r->at += len;
    *out = (struct badge_json_value){.type = (uint8_t)type};
    return BADGE_OK;
}

/* -- containers ---------------------------------------------------------------------------------------------------- */

/* The offset of a name's opening quote in the input. */
static size_t name_offset(const struct json_parser *r, const struct badge_json_value *name)
{
    uintptr_t text = (uintptr_t)name->as.text, begin = (uintptr_t)r->begin, end = (uintptr_t)r->end;
    if (text >= begin && text < end)
        return (size_t)(text - begin) - 1;
    size_t offset;
    memcpy(&offset, name->as.text - sizeof offset, sizeof offset);
    return offset;
}

/* Sorts the members above base if needed; refuses a duplicate name, with the offset of the repetition. */
static enum badge_status order_members(struct json_parser *r, size_t base)
{
    size_t n = (r->n_stack - base) / 2;
    int order = -1;
    for (size_t i = 1; i < n && order < 0; i++) {
        const struct badge_json_value *pair = r->stack + base + 2 * i;
        order = core_json_compare(pair[-2].as.text, pair[-2].len, pair[0].as.text, pair[0].len);
    }
    if (order < 0)
        return BADGE_OK;
    struct badge_json_value *pairs = r->stack + base, *scratch = r->stack + r->n_stack;
    if (2 * n > r->max_stack - r->n_stack)
        scratch = badge_arena_alloc(r->arena, 2 * n * sizeof *scratch); /* and not a stack of twice the size */
    if (!scratch)
        return badge_no_memory(r->err);
    core_json_sort(pairs, n, scratch);

    size_t first = BADGE_NO_OFFSET;
    for (size_t i = 1; i < n; i++) {
        const struct badge_json_value *pair = pairs + 2 * i;
        if (pair[-2].len != pair[0].len || memcmp(pair[-2].as.text, pair[0].as.text, pair[0].len) != 0)
            continue;
        size_t offset = name_offset(r, pair);
        first = offset < first ? offset : first;
    }
    if (first != BADGE_NO_OFFSET)
        return fail(r, BADGE_EDUPLICATE, r->begin + first, "this name occurs twice in one object; remove one of them");
    return BADGE_OK;
}

/* Pushes a member's name, and moves past the colon. */
static enum badge_status read_name(struct json_parser *r)
{
    struct badge_json_value name;
    if (r->at == r->end || *r->at != '"')
        return expected(r, r->at, "a name in quotes");
    enum badge_status status = read_string(r, &name);
    if (status == BADGE_OK)
        status = push(r, &name);
    if (status != BADGE_OK)
        return status;
    skip_space(r);
    if (r->at == r->end || *r->at != ':')
        return expected(r, r->at, "a colon");
    r->at++;
    skip_space(r);
    return BADGE_OK;
}

static enum badge_status read_container(struct json_parser *r, struct badge_json_value *out, unsigned depth)
{
    if (depth == r->max_depth)
        return fail(r, BADGE_EDEPTH, r->at, "the document is nested deeper than 64; flatten it");
    bool object = *r->at == '{';
    char close = object ? '}' : ']';
    size_t base = r->n_stack;
    *out = (struct badge_json_value){.type = object ? BADGE_JSON_OBJECT : BADGE_JSON_ARRAY};

    r->at++;
    skip_space(r);
    if (r->at < r->end && *r->at == close) {
        r->at++;
        return BADGE_OK;
    }
    for (;;) {
        struct badge_json_value value;
        enum badge_status status = object ? read_name(r) : BADGE_OK;
        if (status == BADGE_OK)
            status = read_value(r, &value, depth + 1);
        if (status == BADGE_OK)
            status = push(r, &value);
        if (status != BADGE_OK)
            return status;
        skip_space(r);
        if (r->at < r->end && *r->at == close)
            break;
        if (r->at == r->end || *r->at != ',')
            return expected(r, r->at, object ? "a comma or a closing brace" : "a comma or a closing bracket");
        r->at++;
        skip_space(r);
    }
    r->at++;
    out->len = (uint32_t)((r->n_stack - base) / (object ? 2 : 1));
    if (object) {
        enum badge_status status = order_members(r, base);
        if (status != BADGE_OK)
            return status;
    }
    return move_to_arena(r, out, base) ? BADGE_OK : badge_no_memory(r->err);
}

static enum badge_status read_value(struct json_parser *r, struct badge_json_value *out, unsigned depth)
{
    if (r->at == r->end)
        return expected(r, r->at, "a value");
    switch (*r->at) {
    case '{':
    case '[':
        return read_container(r, out, depth);
    case '"':
        return read_string(r, out);
    case 't':
        return read_keyword(r, out, "true", 4, BADGE_JSON_TRUE);
    case 'f':
        return read_keyword(r, out, "false", 5, BADGE_JSON_FALSE);
    case 'n':
        return read_keyword(r, out, "null", 4, BADGE_JSON_NULL);
    default:
        if (*r->at == '-' || (*r->at >= '0' && *r->at <= '9'))
            return read_number(r, out);
        return expected(r, r->at, "a value");
    }
}

enum badge_status core_json_parse(const struct badge_json_value **out, struct badge_arena *arena, const char *bytes,
                                  size_t len, unsigned max_depth, struct badge_err *err)
{
    struct json_parser r = {.begin = bytes, .at = bytes, .end = bytes + len, .arena = arena, .err = err};
    r.max_depth = max_depth;
    *out = NULL;
    if (len > UINT32_MAX)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "a JSON document is at most 4 GiB long");
    if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        return fail(&r, BADGE_EUTF8, bytes, "JSON must not begin with a byte-order mark; save the document without it");
    struct badge_json_value *root = badge_arena_alloc(arena, sizeof *root);
    if (!root)
        return badge_no_memory(err);

    skip_space(&r);
    enum badge_status status = read_value(&r, root, 0);
    if (status != BADGE_OK)
        return status;
    skip_space(&r);
    if (r.at != r.end)
        return fail(&r, BADGE_ESYNTAX, r.at, "there is data after the end of the document; send one JSON value only");
    *out = root;
    return BADGE_OK;
}

enum badge_status badge_json_parse(const struct badge_json_value **out, struct badge_arena *arena, const char *bytes,
                                   size_t len, struct badge_err *err)
{
    return core_json_parse(out, arena, bytes, len, BADGE_JSON_MAX_DEPTH, err);
}
