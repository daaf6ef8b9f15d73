/*
 * Text that grows up to a ceiling: bodies and headers are written into it. A write that does not fit sets `failed`, and
 * everything after it is dropped, so that a writer checks once, at the end.
 */
#ifndef HTTP_STRBUF_H
#define HTTP_STRBUF_H

#include "core/json_out.h"

struct strbuf {
    char *bytes;
    size_t len, capacity, ceiling;
    bool failed;
};

void strbuf_init(struct strbuf *text, size_t ceiling);
void strbuf_release(struct strbuf *text);
void strbuf_put(struct strbuf *text, const void *bytes, size_t len);
void strbuf_printf(struct strbuf *text, const char *format, ...) BADGE_PRINTF(2, 3);
/* A writer of JSON at the end of the text. */
struct json_out strbuf_json(struct strbuf *text);
/* Text or an attribute's value in HTML, with quotes escaped. Bytes that are not UTF-8 become U+FFFD. */
void strbuf_html(struct strbuf *text, const char *bytes, size_t len);
void strbuf_hex(struct strbuf *text, const void *bytes, size_t len);

#endif
