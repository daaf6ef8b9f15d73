/*
 * The structured log. Called from everywhere, from any thread.
 *
 * A line is built in a buffer on the stack and written with one write() of at most LINE_MAX_LEN bytes, which is atomic
 * on a pipe: lines of two threads never mix. A field that does not fit is left out, and the line says so. Invariant: an
 * event is one line and, in JSON, one object, whatever bytes a value contains.
 */
#include "runtime/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "badge/text.h"
#include "core/utf8.h"

#define LINE_MAX_LEN 4096
#define TAIL_LEN 32 /* reserved for shortened=true and the end of the line */
#define VALUE_MAX_LEN 512
#define EXIT_BROKEN 70

struct line {
    size_t len;
    bool full;
    char text[LINE_MAX_LEN];
};

static atomic_int least_level = LOG_INFO;
static atomic_bool as_json;

void log_configure(enum log_level least, bool json)
{
    atomic_store(&least_level, (int)least);
    atomic_store(&as_json, json);
}

static const char *const level_name[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error", [LOG_BROKEN] = "broken",
};

static void put(struct line *line, const char *bytes, size_t len)
{
    if (line->full || len > LINE_MAX_LEN - TAIL_LEN - line->len) {
        line->full = true;
        return;
    }
    memcpy(line->text + line->len, bytes, len);
    line->len += len;
}

static void put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

/* The code point at s, and its length in *n; U+FFFD and 1 for invalid UTF-8. */
static uint32_t decode(const char *s, size_t len, size_t *n)
{
    uint32_t point = (unsigned char)*s;
    *n = point < 0x80 ? 1 : core_utf8_decode(&point, s, s + len);
    if (*n > 0)
        return point;
    *n = 1;
    return 0xfffd;
}

/* Control characters, line separators and bidirectional controls: none may reach a terminal. */
static bool must_escape(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069) || point == 0xfffd;
}

static void put_escaped(struct line *line, const char *text)
{
    size_t len = strlen(text), i = 0, n;
    for (; i < len && i < VALUE_MAX_LEN; i += n) {
        uint32_t point = decode(text + i, len - i, &n);
        char escape[8];
        if (point == '"' || point == '\\') {
            escape[0] = '\\';
            escape[1] = (char)point;
            put(line, escape, 2);
        } else if (point == '\n') {
            put(line, "\\n", 2);
        } else if (must_escape(point)) {
            snprintf(escape, sizeof escape, "\\u%04" PRIx32, point & 0xffff);
            put(line, escape, 6);
        } else {
            put(line, text + i, n);
        }
    }
    if (i < len)
        put_text(line, "...");
}

/* Whether a value can be in a text line without quotes. */
static bool is_bare(const char *text)
{
    for (const char *s = text; *s; s++)
        if (*s <= ' ' || *s >= 0x7f || *s == '"' || *s == '\\' || *s == '=')
            return false;
    return *text != '\0' && strlen(text) <= VALUE_MAX_LEN;
}

static void put_string(struct line *line, const char *text, bool json)
{
    if (!json && is_bare(text)) {
        put_text(line, text);
        return;
    }
    put(line, "\"", 1);
    put_escaped(line, text);
    put(line, "\"", 1);
}

static void put_digits(struct line *line, const char *digits, bool quoted)
{
    put_text(line, quoted ? "\"" : "");
    put_text(line, digits);
    put_text(line, quoted ? "\"" : "");
}

static void put_value(struct line *line, const struct log_field *field, bool json)
{
    /* JSON parsers lose digits of integers beyond this (RFC 7493 section 2.2), so such a number is a string. */
    static const int64_t exact = (INT64_C(1) << 53) - 1;
    char digits[VALUE_MAX_LEN + 1];
    switch (field->kind) {
    case LOG_TEXT:
        if (field->text)
            put_string(line, field->text, json);
        else
            put_text(line, "null");
        return;
    case LOG_UNSIGNED:
        snprintf(digits, sizeof digits, "%" PRIu64, field->u);
        put_digits(line, digits, json && field->u > (uint64_t)exact);
        return;
    case LOG_SIGNED:
        snprintf(digits, sizeof digits, "%" PRId64, field->i);
        put_digits(line, digits, json && (field->i > exact || field->i < -exact));
        return;
    case LOG_HEX:
        badge_hex_encode(digits, field->hex.bytes,
                         field->hex.len < VALUE_MAX_LEN / 2 ? field->hex.len : VALUE_MAX_LEN / 2);
        put_digits(line, digits, json);
        return;
    case LOG_BOOLEAN:
        put_text(line, field->u ? "true" : "false");
        return;
    }
}

static void put_field(struct line *line, const struct log_field *field, bool json)
{
    put_text(line, json ? ",\"" : " ");
    put_text(line, field->key);
    put_text(line, json ? "\":" : "=");
    put_value(line, field, json);
}

static void put_head(struct line *line, enum log_level level, const char *event, bool json)
{
    char text[48];
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + len, sizeof text - len, ".%03ldZ", now.tv_nsec / 1000000);
    put_text(line, json ? "{\"time\":\"" : "");
    put_text(line, text);
    put_text(line, json ? "\",\"level\":\"" : " ");
    put_text(line, level_name[level]);
    put_text(line, json ? "\",\"event\":\"" : " ");
    put_escaped(line, event);
    put_text(line, json ? "\"" : "");
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed))
        return;
    int saved = errno;
    bool json = atomic_load_explicit(&as_json, memory_order_relaxed), shortened = false;
    struct line line;
    line.len = 0;
    line.full = false;
    put_head(&line, level, event, json);
    for (; fields && fields->key; fields++) {
        size_t before = line.len;
        put_field(&line, fields, json);
        if (line.full) {
            line.len = before;
            line.full = false;
            shortened = true;
        }
    }
    const char *tail = json ? shortened ? ",\"shortened\":true}\n" : "}\n" : shortened ? " shortened=true\n" : "\n";
    size_t tail_len = strlen(tail);
    memcpy(line.text + line.len, tail, tail_len);
    line.len += tail_len;
    while (write(STDERR_FILENO, line.text, line.len) < 0 && errno == EINTR) {
    }
    errno = saved;
}

_Noreturn void fatal(const char *event, const struct log_field *fields)
{
    log_write(LOG_BROKEN, event, fields);
    /* Not exit(): other threads still use what its handlers would destroy. */
    _exit(EXIT_BROKEN);
}
