/*
 * Text that grows up to a ceiling. The node writes its answers into these, each by one thread at a time; nothing is
 * written past the ceiling, and a failed text is never sent.
 */
#include "http/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"

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

static bool put_json(void *text, const char *bytes, size_t len)
{
    strbuf_put(text, bytes, len);
    return !((struct strbuf *)text)->failed;
}

struct json_out strbuf_json(struct strbuf *text)
{
    return (struct json_out){.put = put_json, .to = text};
}

void strbuf_html(struct strbuf *text, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)bytes[i];
        uint32_t code_point;
        size_t n = c < 0x80 ? 1 : core_utf8_decode(&code_point, bytes + i, bytes + len);
        if (n == 0 || (c < 0x20 && c != '\n' && c != '\t'))
            strbuf_put(text, "\xef\xbf\xbd", 3);
        else if (strchr("&<>\"'", c))
            strbuf_printf(text, "&#%u;", c);
        else
            strbuf_put(text, bytes + i, n);
        i += n > 0 ? n : 1;
    }
}

void strbuf_hex(struct strbuf *text, const void *bytes, size_t len)
{
    if (reserve(text, 2 * len + 1)) {
        badge_hex_encode(text->bytes + text->len, bytes, len);
        text->len += 2 * len;
    }
}
