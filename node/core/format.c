/*
 * The formatter behind badge_fail(), receipts and the sentences of verdicts. Invariant: its output is terminated and
 * within the capacity, and no control character or invalid UTF-8 of an argument gets into it.
 */
#include "core/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/number.h"
#include "core/utf8.h"

struct sink {
    char *out;
    size_t len, capacity; /* capacity without the NUL */
    bool full;            /* the text was truncated: nothing may follow */
};

static void sink_put(struct sink *sink, const char *bytes, size_t len)
{
    if (sink->full || len > sink->capacity - sink->len) {
        sink->full = true;
        return;
    }
    memcpy(sink->out + sink->len, bytes, len);
    sink->len += len;
}

/* U+202A to U+202E, U+2066 to U+2069: they change the order of what stands around a text. */
static bool turns_text(uint32_t c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* The length of the printable character at s; 0 for a control of C0 or C1 or of direction, and for invalid UTF-8. */
static size_t character_len(const char *s, size_t len)
{
    uint32_t code_point;
    if ((unsigned char)s[0] < 0x80)
        return s[0] >= 0x20 && s[0] != 0x7f;
    size_t n = core_utf8_decode(&code_point, s, s + len);
    return n > 0 && code_point >= 0xa0 && !turns_text(code_point) ? n : 0;
}

static void put_text(struct sink *sink, const char *text, size_t len)
{
    while (len > 0 && !sink->full) {
        size_t n = character_len(text, len);
        sink_put(sink, n > 0 ? text : "?", n > 0 ? n : 1);
        text += n > 0 ? n : 1;
        len -= n > 0 ? n : 1;
    }
}

static void put_unsigned(struct sink *sink, unsigned long long value)
{
    char digit[20];
    sink_put(sink, digit, core_put_integer(digit, value));
}

static void put_signed(struct sink *sink, long long value)
{
    if (value < 0)
        sink_put(sink, "-", 1);
    put_unsigned(sink, value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value);
}

static size_t bounded_len(const char *text, size_t max)
{
    const char *end = memchr(text, '\0', max);
    return end ? (size_t)(end - text) : max;
}

size_t core_vformat(char *out, size_t capacity, const char *format, va_list args)
{
    struct sink sink = {.out = out, .capacity = capacity - 1};

    while (*format) {
        if (*format != '%') {
            sink_put(&sink, format++, 1);
            continue;
        }
        format++;
        if (*format == 's') {
            const char *text = va_arg(args, const char *);
            put_text(&sink, text, strlen(text));
        } else if (strncmp(format, ".*s", 3) == 0) {
            int max = va_arg(args, int);
            const char *text = va_arg(args, const char *);
            put_text(&sink, text, max > 0 ? bounded_len(text, (size_t)max) : 0);
            format += 2;
        } else if (*format == 'u') {
            put_unsigned(&sink, va_arg(args, unsigned));
        } else if (*format == 'd') {
            put_signed(&sink, va_arg(args, int));
        } else if (strncmp(format, "zu", 2) == 0) {
            put_unsigned(&sink, va_arg(args, size_t));
            format += 1;
        } else if (strncmp(format, "lld", 3) == 0) {
            put_signed(&sink, va_arg(args, long long));
            format += 2;
        } else if (strncmp(format, "llu", 3) == 0) {
            put_unsigned(&sink, va_arg(args, unsigned long long));
            format += 2;
        } else if (*format == 'c') {
            char c = (char)va_arg(args, int);
            put_text(&sink, &c, 1);
        } else {
            BADGE_ASSERT(*format == '%');
            sink_put(&sink, "%", 1);
        }
        format++;
    }
    out[sink.len] = '\0';
    return sink.len;
}

size_t core_format(char *out, size_t capacity, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t len = core_vformat(out, capacity, format, args);
    va_end(args);
    return len;
}

struct hash_text core_hash_text(const struct badge_hash *hash)
{
    struct hash_text text;
    badge_hex_encode(text.s, hash->b, sizeof hash->b);
    return text;
}

struct account_text core_account_text(const struct badge_address *account)
{
    struct account_text text;
    badge_address_format(text.s, account);
    return text;
}

struct time_text core_time_text(int64_t unix_s)
{
    struct time_text text;
    badge_time_format(text.s, unix_s);
    return text;
}
