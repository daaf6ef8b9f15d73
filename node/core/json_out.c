/*
 * JSON written piece by piece. Receipts, reports and requests to providers are written with it, and every answer of
 * the node.
 *
 * Invariant: whatever the strings contain, what was written is well-formed JSON once each level has ended, or `failed`
 * is set.
 */
#include "core/json_out.h"

#include <string.h>

#include "core/number.h"
#include "core/utf8.h"

static void put(struct json_out *out, const char *bytes, size_t len)
{
    if (!out->failed && len > 0)
        out->failed = !out->put(out->to, bytes, len);
}

static void put_string(struct json_out *out, const char *bytes, size_t len)
{
    size_t run = 0; /* where what has to be put begins */
    put(out, "\"", 1);
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)bytes[i];
        uint32_t code_point;
        size_t n = c < 0x80 ? 1 : core_utf8_decode(&code_point, bytes + i, bytes + len);
        if (n > 1 || (n == 1 && c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)) {
            i += n;
            continue;
        }
        put(out, bytes + run, i - run);
        if (n == 0) {
            put(out, "\xef\xbf\xbd", 3);
        } else {
            char escape[] = {'\\', 'u', '0', '0', (char)('0' + (c >> 4)), "0123456789abcdef"[c & 15]};
            put(out, escape, sizeof escape);
        }
        run = ++i;
    }
    if (run < len)
        put(out, bytes + run, len - run);
    put(out, "\"", 1);
}

static void begin_line(struct json_out *out)
{
    if (out->layout != JSON_OUT_INDENTED)
        return;
    put(out, "\n", 1);
    for (unsigned i = 0; i < out->depth; i++)
        put(out, "  ", 2);
}

/* What stands before a value. */
static void begin_value(struct json_out *out, const char *name)
{
    BADGE_ASSERT(!name == !(out->is_object & 1));
    BADGE_ASSERT(out->depth > 0 || !out->needs_comma); /* a document is one value */
    if (out->needs_comma)
        put(out, ", ", out->layout == JSON_OUT_SPACED ? 2 : 1);
    if (out->depth > 0)
        begin_line(out);
    if (name) {
        put_string(out, name, strlen(name));
        put(out, ": ", out->layout == JSON_OUT_COMPACT ? 1 : 2);
    }
    out->needs_comma = true;
}

static void begin_level(struct json_out *out, const char *name, bool is_object)
{
    begin_value(out, name);
    BADGE_ASSERT(out->depth < JSON_OUT_MAX_DEPTH);
    put(out, is_object ? "{" : "[", 1);
    out->depth++;
    out->is_object = out->is_object << 1 | is_object;
    out->needs_comma = false;
}

static void end_level(struct json_out *out, bool is_object)
{
    BADGE_ASSERT(out->depth > 0 && (out->is_object & 1) == is_object);
    out->depth--;
    out->is_object >>= 1;
    if (out->needs_comma)
        begin_line(out);
    put(out, is_object ? "}" : "]", 1);
    out->needs_comma = true;
}

void json_out_object(struct json_out *out, const char *name)
{
    begin_level(out, name, true);
}

void json_out_object_end(struct json_out *out)
{
    end_level(out, true);
}

void json_out_array(struct json_out *out, const char *name)
{
    begin_level(out, name, false);
}

void json_out_array_end(struct json_out *out)
{
    end_level(out, false);
}

void json_out_string(struct json_out *out, const char *name, const char *bytes, size_t len)
{
    begin_value(out, name);
    put_string(out, bytes, len);
}

void json_out_text(struct json_out *out, const char *name, const char *text)
{
    json_out_string(out, name, text, strlen(text));
}

void json_out_hex(struct json_out *out, const char *name, const char *prefix, const void *bytes, size_t len)
{
    char digits[2 * 32 + 1];
    const uint8_t *from = bytes;
    begin_value(out, name);
    put(out, "\"", 1);
    put(out, prefix, strlen(prefix));
    for (size_t n; len > 0; from += n, len -= n) {
        n = len < 32 ? len : 32;
        badge_hex_encode(digits, from, n);
        put(out, digits, 2 * n);
    }
    put(out, "\"", 1);
}

void json_out_hash(struct json_out *out, const char *name, const struct badge_hash *hash)
{
    json_out_hex(out, name, "", hash->b, sizeof hash->b);
}

void json_out_address(struct json_out *out, const char *name, const struct badge_address *address)
{
    char text[BADGE_ADDRESS_LEN + 1];
    badge_address_format(text, address);
    json_out_string(out, name, text, BADGE_ADDRESS_LEN);
}

void json_out_time(struct json_out *out, const char *name, int64_t unix_s)
{
    char text[BADGE_TIME_LEN + 1];
    badge_time_format(text, unix_s);
    json_out_text(out, name, text);
}

void json_out_u64(struct json_out *out, const char *name, uint64_t value)
{
    char digits[20];
    json_out_raw(out, name, digits, core_put_integer(digits, value));
}

void json_out_bool(struct json_out *out, const char *name, bool value)
{
    json_out_raw(out, name, value ? "true" : "false", value ? 4 : 5);
}

void json_out_null(struct json_out *out, const char *name)
{
    json_out_raw(out, name, "null", 4);
}

void json_out_raw(struct json_out *out, const char *name, const char *json, size_t len)
{
    begin_value(out, name);
    put(out, json, len);
}

bool json_buffer_put(void *to, const char *bytes, size_t len)
{
    struct json_buffer *buffer = to;
    if (len >= buffer->capacity - buffer->len)
        return false;
    memcpy(buffer->bytes + buffer->len, bytes, len);
    buffer->len += len;
    buffer->bytes[buffer->len] = '\0';
    return true;
}
