/*
 * Reads bytes as a lenient reader of credentials might, so that reading.c finds what such a reader would find.
 *
 * Invariant: nothing here decides a label or a digest; it only finds what may be inside bytes that are hashed as they
 * are.
 */
#include "core/text_form.h"

#include <string.h>

#include "core/kind.h"
#include "core/text.h"
#include "core/utf8.h"

#define DECIDED_AFTER 64

/* -- Unicode ------------------------------------------------------------------------------------------------------- */

enum encoding { BYTES, UTF16_LE, UTF16_BE, UTF32_LE, UTF32_BE };

/* By a byte-order mark, or by the zero bytes round a first character of ASCII (RFC 4627 section 3). */
static enum encoding encoding_of(const uint8_t *b, size_t len)
{
    if (len >= 4 && b[0] == 0 && b[1] == 0 &&
        ((b[2] == 0) != (b[3] == 0 || (b[2] == 0xfe && b[3] == 0xff)) || b[2] == 0xfe))
        return UTF32_BE;
    if (len >= 4 && b[2] == 0 && b[3] == 0 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] != 0 && b[1] == 0)))
        return UTF32_LE;
    if (len >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] != 0 && b[1] == 0)))
        return UTF16_LE;
    if (len >= 2 && ((b[0] == 0xfe && b[1] == 0xff) || (b[0] == 0 && b[1] != 0)))
        return UTF16_BE;
    return BYTES;
}

static uint32_t unit_at(const uint8_t *b, enum encoding encoding)
{
    switch (encoding) {
    case UTF16_LE:
        return b[0] | (uint32_t)b[1] << 8;
    case UTF16_BE:
        return b[1] | (uint32_t)b[0] << 8;
    case UTF32_LE:
        return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    case UTF32_BE:
        return b[3] | (uint32_t)b[2] << 8 | (uint32_t)b[1] << 16 | (uint32_t)b[0] << 24;
    case BYTES:
        break;
    }
    return b[0];
}

/* To UTF-8; what is not a character becomes U+FFFD. At most 3 bytes for 2, 4 for 4. */
static bool decode(struct badge_text *out, struct badge_arena *arena, struct badge_text bytes, enum encoding encoding)
{
    const uint8_t *b = (const uint8_t *)bytes.bytes;
    size_t width = encoding == UTF16_LE || encoding == UTF16_BE ? 2 : 4, n = 0;
    char *text = badge_arena_alloc(arena, bytes.len + bytes.len / 2 + 4);
    if (!text)
        return false;
    for (size_t i = 0; i + width <= bytes.len; i += width) {
        uint32_t c = unit_at(b + i, encoding);
        if (width == 2 && c >= 0xd800 && c < 0xdc00 && i + 4 <= bytes.len) {
            uint32_t low = unit_at(b + i + 2, encoding);
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            }
        }
        bool is_character = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
        n += core_utf8_encode(text + n, is_character ? c : 0xfffd);
    }
    *out = (struct badge_text){text, n};
    return true;
}

/* -- what stands round it ------------------------------------------------------------------------------------------ */

/* The length of white space, a mark, a control character or a quote at the beginning of the text; 0: none. */
static size_t skipped_at(const char *at, size_t len)
{
    static const char *const skipped[] = {
        "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83",
        "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a",
        "\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9",
        "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe2\x81\xa0", "\xe3\x80\x80", "\xef\xbb\xbf", "\xe2\x80\x98", "\xe2\x80\x99",
        "\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e", "\xc2\xab",     "\xc2\xbb",     "\xc2\xad"};
    if (len == 0)
        return 0;
    if ((uint8_t)*at <= ' ' || *at == 0x7f || *at == '"' || *at == '\'' || *at == '`' || *at == '<' || *at == '>')
        return 1;
    if ((uint8_t)*at < 0x80)
        return 0;
    for (size_t i = 0; i < sizeof skipped / sizeof skipped[0]; i++) {
        size_t n = strlen(skipped[i]);
        if (len >= n && memcmp(at, skipped[i], n) == 0)
            return n;
    }
    return 0;
}

static size_t skipped_before(const char *start, size_t len)
{
    for (size_t n = 1; n <= 3 && n <= len; n++)
        if (skipped_at(start + len - n, n) == n)
            return n;
    return 0;
}

/* "Bearer", in any letters, and what follows it up to the token. */
static bool skip_bearer(struct badge_text *text)
{
    static const char word[] = "bearer";
    if (text->len <= sizeof word)
        return false;
    for (size_t i = 0; i < sizeof word - 1; i++)
        if ((text->bytes[i] | 0x20) != word[i])
            return false;
    size_t n = sizeof word - 1;
    if (text->bytes[n] != ':' && skipped_at(text->bytes + n, text->len - n) == 0)
        return false;
    n += text->bytes[n] == ':';
    text->bytes += n;
    text->len -= n;
    return true;
}

static struct badge_text strip(struct badge_text text)
{
    do {
        for (size_t n; (n = skipped_at(text.bytes, text.len)) > 0;) {
            text.bytes += n;
            text.len -= n;
        }
        for (size_t n; (n = skipped_before(text.bytes, text.len)) > 0;)
            text.len -= n;
    } while (skip_bearer(&text) || core_text_skip(&text, "Authorization:"));
    return text;
}

bool text_form_begins(const char *bytes, size_t len)
{
    size_t n = len < DECIDED_AFTER ? len : DECIDED_AFTER;
    const uint8_t *b = (const uint8_t *)bytes;
    enum encoding encoding = encoding_of(b, n);
    if (encoding != BYTES)
        return true;
    for (size_t i = 0; i < n; i++)
        if (b[i] < ' ' && !kind_is_space(b[i]) && b[i] != '\f' && b[i] != '\v')
            return false;
    struct badge_text text = {bytes, n};
    for (size_t skipped; (skipped = skipped_at(text.bytes, text.len)) > 0;) {
        text.bytes += skipped;
        text.len -= skipped;
    }
    uint8_t value;
    return text.len == 0 || (uint8_t)*text.bytes >= 0x80 || *text.bytes == '{' || *text.bytes == '[' ||
           kind_is_base64url((uint8_t)*text.bytes, &value);
}

bool text_form_read(struct badge_text *out, struct badge_arena *arena, struct badge_text bytes)
{
    enum encoding encoding = encoding_of((const uint8_t *)bytes.bytes, bytes.len);
    *out = bytes;
    if (encoding != BYTES && !decode(out, arena, bytes, encoding))
        return false;
    *out = strip(*out);
    return true;
}

/* -- tokens -------------------------------------------------------------------------------------------------------- */

size_t text_form_base64url(char *out, const char *text, size_t len)
{
    size_t n = 0;
    uint32_t bits = 0;
    unsigned n_bits = 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t value = 0;
        if (!kind_is_base64url((uint8_t)text[i], &value))
            continue;
        bits = bits << 6 | value;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            out[n++] = (char)(bits >> n_bits & 0xff);
        }
    }
    return n;
}

/* Whether the first part, as far as the first bytes of it say, is a JSON object. */
static bool has_header(struct badge_text token)
{
    char header[24];
    const char *dot = memchr(token.bytes, '.', token.len);
    size_t len = dot ? (size_t)(dot - token.bytes) : 0;
    size_t n = text_form_base64url(header, token.bytes, len < 32 ? len : 32);
    return n >= 2 && kind_of(header, n) == KIND_JSON;
}

bool text_form_token(struct badge_text *out, bool *padded, char *room, struct badge_text text)
{
    size_t n = 0;
    *padded = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.bytes[i];
        uint8_t value;
        size_t skipped = skipped_at(text.bytes + i, text.len - i);
        if (skipped > 0) {
            i += skipped - 1;
        } else if (c == '=') {
            *padded = true;
        } else if (c == '+' || c == '/') {
            *padded = true;
            room[n++] = c == '+' ? '-' : '_';
        } else if (kind_is_base64url((uint8_t)c, &value) || c == '.' || c == '~') {
            room[n++] = c;
        } else {
            return false;
        }
    }
    *out = (struct badge_text){room, n};
    return n > 0 && has_header(*out);
}

bool text_form_has_token(struct badge_text text)
{
    uint8_t value;
    for (size_t i = 0; i + 3 <= text.len; i++) {
        if (memcmp(text.bytes + i, "eyJ", 3) != 0 || (i > 0 && kind_is_base64url((uint8_t)text.bytes[i - 1], &value)))
            continue;
        size_t at = i, n_dots = 0;
        for (; at < text.len; at++) {
            char c = text.bytes[at];
            n_dots += c == '.';
            if (c != '.' && c != '=' && c != '\r' && c != '\n' && !kind_is_base64url((uint8_t)c, &value))
                break;
        }
        if (n_dots >= 2)
            return true;
        i = at;
    }
    return false;
}
