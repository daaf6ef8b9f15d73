/*
 * Makes links with a badge in them: deflate (RFC 1951) with zlib, then base64url (RFC 4648 section 5) without padding.
 */
#include "cli/support/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#include "badge/text.h"

/* NULL: no memory, or more than max bytes. */
static uint8_t *deflate_text(size_t *len, struct badge_text text, size_t max)
{
    z_stream stream = {.next_in = (const uint8_t *)text.bytes, .avail_in = (uInt)text.len};
    uint8_t *bytes = malloc(max);
    if (!bytes ||
        deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(bytes);
        return NULL;
    }
    stream.next_out = bytes;
    stream.avail_out = (uInt)max;
    bool is_whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    *len = stream.total_out;
    (void)deflateEnd(&stream); /* fails where the output is not whole */
    if (is_whole)
        return bytes;
    free(bytes);
    return NULL;
}

static char *put_base64url(char *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < len; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        unsigned bits = (unsigned)bytes[i] << 16 | (n > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                        (n > 2 ? bytes[i + 2] : 0);
        for (size_t k = 0; k <= n; k++)
            *out++ = digits[bits >> (18 - 6 * k) & 63];
    }
    return out;
}

char *link_new(bool *is_full, const char *node, const struct badge_hash *digest, struct badge_text credential,
               size_t max)
{
    char hex[BADGE_HEX_LEN + 1];
    size_t short_len = strlen(node) + strlen("/c/") + BADGE_HEX_LEN, packed_len = 0;
    size_t capacity = (short_len > max ? short_len : max) + 1;
    char *link = malloc(capacity);
    *is_full = false;
    if (!link)
        return NULL;
    badge_hex_encode(hex, digest->b, sizeof digest->b);
    snprintf(link, capacity, "%s/c/%s", node, hex);
    char *at = link + short_len;
    uint8_t *packed = short_len + 3 < max ? deflate_text(&packed_len, credential, max) : NULL;
    if (packed && short_len + 3 + (packed_len * 4 + 2) / 3 <= max) {
        memcpy(at, "#b=", 3);
        at = put_base64url(at + 3, packed, packed_len);
        *is_full = true;
    }
    *at = '\0';
    free(packed);
    return link;
}
