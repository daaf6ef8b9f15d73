/*
 * The canonical form of a value: RFC 8785 section 3.2. The parser has sorted the members already, so writing is one
 * walk; a walk before it computes an upper bound of the length, so that the text is allocated once.
 */
#include "core/json_tree.h"

#include "badge/text.h"

#include <string.h>

/* How RFC 8785 section 3.2.2.2 writes a byte: 0 as it is, a letter after a backslash, or 'u' as \u00XX. */
static char escape_of(unsigned char c)
{
    static const char controls[] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";
    if (c < 0x20)
        return controls[c];
    return c == '"' || c == '\\' ? (char)c : 0;
}

static size_t measure_string(const struct badge_json_value *string)
{
    size_t len = string->len + 2;
    for (uint32_t i = 0; !string->verbatim && i < string->len; i++) {
        char escape = escape_of((unsigned char)string->as.text[i]);
        len += escape == 'u' ? 5 : escape != 0;
    }
    return len;
}

/* An upper bound of the length of the canonical text, exact but for numbers. */
static size_t measure(const struct badge_json_value *value)
{
    size_t len = 2;
    switch ((enum badge_json_type)value->type) {
    case BADGE_JSON_NULL:
    case BADGE_JSON_TRUE:
        return 4;
    case BADGE_JSON_FALSE:
        return 5;
    case BADGE_JSON_NUMBER:
        return BADGE_NUMBER_LEN;
    case BADGE_JSON_STRING:
        return measure_string(value);
    case BADGE_JSON_ARRAY:
        for (uint32_t i = 0; i < value->len; i++)
            len += measure(&value->as.child[i]) + 1;
        return len;
    case BADGE_JSON_OBJECT:
        for (uint32_t i = 0; i < value->len; i++)
            len += measure_string(&value->as.child[2 * (size_t)i]) + measure(&value->as.child[2 * (size_t)i + 1]) + 2;
        return len;
    }
    BADGE_ASSERT(0);
    return 0;
}

static char *put_string(char *at, const struct badge_json_value *string)
{
    const char *text = string->as.text;
    *at++ = '"';
    if (string->verbatim) {
        memcpy(at, text, string->len);
        at += string->len;
    } else {
        for (uint32_t i = 0; i < string->len; i++) {
            unsigned char c = (unsigned char)text[i];
            char escape = escape_of(c);
            if (escape == 0) {
                *at++ = text[i];
                continue;
            }
            *at++ = '\\';
            *at++ = escape;
            if (escape == 'u') {
                memcpy(at, "00", 2);
                at[2] = (char)('0' + (c >> 4));
                at[3] = "0123456789abcdef"[c & 15];
                at += 4;
            }
        }
    }
    *at++ = '"';
    return at;
}

static char *put_value(char *at, const struct badge_json_value *value)
{
    switch ((enum badge_json_type)value->type) {
    case BADGE_JSON_NULL:
        memcpy(at, "null", 4);
        return at + 4;
    case BADGE_JSON_FALSE:
        memcpy(at, "false", 5);
        return at + 5;
    case BADGE_JSON_TRUE:
        memcpy(at, "true", 4);
        return at + 4;
    case BADGE_JSON_NUMBER:
        return at + badge_number_format(at, value->as.number);
    case BADGE_JSON_STRING:
        return put_string(at, value);
    case BADGE_JSON_ARRAY:
        *at++ = '[';
        for (uint32_t i = 0; i < value->len; i++) {
            if (i > 0)
                *at++ = ',';
            at = put_value(at, &value->as.child[i]);
        }
        *at++ = ']';
        return at;
    case BADGE_JSON_OBJECT:
        *at++ = '{';
        for (uint32_t i = 0; i < value->len; i++) {
            if (i > 0)
                *at++ = ',';
            at = put_string(at, &value->as.child[2 * (size_t)i]);
            *at++ = ':';
            at = put_value(at, &value->as.child[2 * (size_t)i + 1]);
        }
        *at++ = '}';
        return at;
    }
    BADGE_ASSERT(0);
    return at;
}

enum badge_status badge_json_canonicalize(struct badge_text *out, struct badge_arena *arena,
                                          const struct badge_json_value *value, struct badge_err *err)
{
    size_t capacity = measure(value);
    char *text = badge_arena_alloc(arena, capacity);
    if (!text)
        return badge_no_memory(err);
    out->bytes = text;
    out->len = (size_t)(put_value(text, value) - text);
    BADGE_ASSERT(out->len <= capacity);
    return BADGE_OK;
}
