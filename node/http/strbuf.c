/*
 * Text that grows up to a ceiling. The node writes its answers into these, each by one thread at a time; nothing is
 * written past the ceiling, and a failed text is never sent.
 */
#include "http/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strbuf_init(struct strbuf *text, size_t ceiling)
{
    *text = (struct strbuf){.ceiling = ceiling};
}

void strbuf_release(struct strbuf *text)
{
    free(text->bytes);
    *text = (struct strbuf){.ceiling = text->ceiling};
}

static bool reserve(struct strbuf *text, size_t more)
{
    if (text->failed || more > text->ceiling - text->len) {
        text->failed = true;
        return false;
    }
    if (text->capacity - text->len >= more)
        return true;
    size_t capacity = text->capacity < 512 ? 512 : text->capacity;
    while (capacity - text->len < more)
        capacity *= 2;
    if (capacity > text->ceiling)
        capacity = text->ceiling;
    char *bytes = realloc(text->bytes, capacity);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void strbuf_put(struct strbuf *text, const void *bytes, size_t len)
{
    if (len && reserve(text, len)) {
        memcpy(text->bytes + text->len, bytes, len);
        text->len += len;
    }
}

void strbuf_printf(struct strbuf *text, const char *format, ...)
{
    char small[512];
    va_list arguments;
    va_start(arguments, format);
    int needed = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (needed >= 0 && (size_t)needed < sizeof small) {
        strbuf_put(text, small, (size_t)needed);
    } else if (needed < 0 || !reserve(text, (size_t)needed + 1)) { /* vsnprintf adds a NUL */
        text->failed = true;
    } else {
        va_start(arguments, format);
        (void)vsnprintf(text->bytes + text->len, (size_t)needed + 1, format, arguments);
        va_end(arguments);
        text->len += (size_t)needed;
    }
}

/* The length of the UTF-8 sequence at s (RFC 3629 section 4), 0 where there is none. */
static size_t utf8_len(const unsigned char *s, size_t len)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : 4;
    if (n == 1)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xed && s[1] > 0x9f, beyond = s[0] == 0xf4 && s[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : n;
}

void strbuf_json(struct strbuf *text, const char *bytes, size_t len)
{
    const unsigned char *s = (const unsigned char *)bytes;
    strbuf_put(text, "\"", 1);
    for (size_t i = 0; i < len;) {
        size_t n = utf8_len(s + i, len - i);
        if (n == 0) {
            strbuf_put(text, "\xef\xbf\xbd", 3);
            i++;
        } else if (n == 1 && (s[i] < 0x20 || s[i] == '"' || s[i] == '\\' || s[i] == 0x7f)) {
            strbuf_printf(text, "\\u%04x", s[i]);
            i++;
        } else {
            strbuf_put(text, s + i, n);
            i += n;
        }
    }
    strbuf_put(text, "\"", 1);
}

void strbuf_html(struct strbuf *text, const char *bytes, size_t len)
{
    const unsigned char *s = (const unsigned char *)bytes;
    for (size_t i = 0; i < len;) {
        size_t n = utf8_len(s + i, len - i);
        if (n == 0 || (n == 1 && s[i] < 0x20 && s[i] != '\n' && s[i] != '\t')) {
            strbuf_put(text, "\xef\xbf\xbd", 3);
            i++;
        } else if (n == 1 && strchr("&<>\"'", s[i])) {
            strbuf_printf(text, "&#%u;", s[i]);
            i++;
        } else {
            strbuf_put(text, s + i, n);
            i += n;
        }
    }
}

void strbuf_hex(struct strbuf *text, const void *bytes, size_t len)
{
    if (reserve(text, 2 * len + 1)) {
        badge_hex_encode(text->bytes + text->len, bytes, len);
        text->len += 2 * len;
    }
}
