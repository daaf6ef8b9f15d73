/*
 * JSON written piece by piece: the writer puts commas, quotes, colons and escapes, and asserts that the nesting is
 * right. It allocates nothing: the bytes go to `put`, which decides where they are kept and how many fit. The first
 * piece that does not fit sets `failed`, and everything after it is dropped, so that a caller checks once, at the end.
 *
 * Every value is given with its name in an object, and with NULL in an array or as the whole document.
 */
#ifndef CORE_JSON_OUT_H
#define CORE_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "badge/text.h"

#define JSON_OUT_MAX_DEPTH 64

enum json_out_layout {
    JSON_OUT_COMPACT,  /* {"a":1,"b":2} */
    JSON_OUT_SPACED,   /* {"a": 1, "b": 2} */
    JSON_OUT_INDENTED, /* every value on its own line, two spaces for each level */
};

/* Begins as {.put = …, .to = …}. */
struct json_out {
    bool (*put)(void *to, const char *bytes, size_t len); /* false: it does not fit */
    void *to;
    enum json_out_layout layout; /* may change with every value */
    bool failed;
    bool needs_comma; /* from here on the writer's */
    unsigned depth;
    uint64_t is_object; /* a bit for each level, the innermost lowest */
};

void json_out_object(struct json_out *out, const char *name);
void json_out_object_end(struct json_out *out);
void json_out_array(struct json_out *out, const char *name);
void json_out_array_end(struct json_out *out);

/* Untrusted text is welcome: bytes that are not UTF-8 become U+FFFD. */
void json_out_string(struct json_out *out, const char *name, const char *bytes, size_t len);
void json_out_text(struct json_out *out, const char *name, const char *text);
/* A string of prefix and lower-case digits. */
void json_out_hex(struct json_out *out, const char *name, const char *prefix, const void *bytes, size_t len);
void json_out_hash(struct json_out *out, const char *name, const struct badge_hash *hash);
void json_out_address(struct json_out *out, const char *name, const struct badge_address *address);
void json_out_time(struct json_out *out, const char *name, int64_t unix_s);
void json_out_u64(struct json_out *out, const char *name, uint64_t value);
void json_out_bool(struct json_out *out, const char *name, bool value);
void json_out_null(struct json_out *out, const char *name);
/* A value that is JSON already. */
void json_out_raw(struct json_out *out, const char *name, const char *json, size_t len);

/* Memory of a fixed size to write into: {.put = json_buffer_put, .to = &buffer}. What is in it ends with a NUL. */
struct json_buffer {
    char *bytes;
    size_t capacity, len; /* capacity with the NUL */
};
bool json_buffer_put(void *buffer, const char *bytes, size_t len);

#endif
