/*
 * RLP (Ethereum yellow paper, appendix B), written and read; node/eth serializes transactions with it.
 *
 * Invariant: badge_rlp_read() accepts exactly what the writer would have written, so that two different byte strings
 * never mean the same item.
 */
#include "badge/rlp.h"

#include <string.h>

#define SHORT_MAX 55 /* the longest payload whose length fits in the first byte */

void badge_rlp_begin(struct badge_rlp *rlp, void *bytes, size_t capacity)
{
    *rlp = (struct badge_rlp){.bytes = bytes, .capacity = capacity};
}

static void append(struct badge_rlp *rlp, const void *bytes, size_t len)
{
    if (rlp->overflow || len > rlp->capacity - rlp->len) {
        rlp->overflow = true;
        return;
    }
    if (len > 0)
        memcpy(rlp->bytes + rlp->len, bytes, len);
    rlp->len += len;
}

/* The header of a payload of len bytes; short_base is 0x80 for a string, 0xc0 for a list. Returns its own length. */
static size_t make_header(uint8_t out[9], uint8_t short_base, size_t len)
{
    if (len <= SHORT_MAX) {
        out[0] = (uint8_t)(short_base + len);
        return 1;
    }
    size_t n = 0;
    for (size_t rest = len; rest > 0; rest >>= 8)
        n++;
    out[0] = (uint8_t)(short_base + SHORT_MAX + n);
    for (size_t i = 0; i < n; i++)
        out[1 + i] = (uint8_t)(len >> (8 * (n - 1 - i)));
    return 1 + n;
}

void badge_rlp_string(struct badge_rlp *rlp, const void *bytes, size_t len)
{
    if (len != 1 || *(const uint8_t *)bytes >= 0x80) {
        uint8_t header[9];
        append(rlp, header, make_header(header, 0x80, len));
    }
    append(rlp, bytes, len);
}

void badge_rlp_integer(struct badge_rlp *rlp, const uint8_t *big_endian, size_t len)
{
    while (len > 0 && *big_endian == 0) {
        big_endian++;
        len--;
    }
    badge_rlp_string(rlp, big_endian, len);
}

void badge_rlp_uint(struct badge_rlp *rlp, uint64_t value)
{
    uint8_t big_endian[8];
    for (size_t i = 0; i < 8; i++)
        big_endian[i] = (uint8_t)(value >> (56 - 8 * i));
    badge_rlp_integer(rlp, big_endian, sizeof big_endian);
}

size_t badge_rlp_list_open(struct badge_rlp *rlp)
{
    return rlp->len;
}

void badge_rlp_list_close(struct badge_rlp *rlp, size_t start)
{
    uint8_t header[9];
    const size_t payload_len = rlp->len - start;
    const size_t header_len = make_header(header, 0xc0, payload_len);
    append(rlp, header, header_len); /* makes room for it; its place is before the payload */
    if (rlp->overflow)
        return;
    memmove(rlp->bytes + start + header_len, rlp->bytes + start, payload_len);
    memcpy(rlp->bytes + start, header, header_len);
}

enum badge_status badge_rlp_end(const struct badge_rlp *rlp)
{
    return rlp->overflow ? BADGE_ELIMIT : BADGE_OK;
}

/* The payload's length, in n bytes after the first: without leading zeros, and only for payloads over SHORT_MAX. */
static bool read_long_length(size_t *out, const uint8_t *bytes, size_t n)
{
    if (bytes[0] == 0 || n > sizeof *out)
        return false;
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        len = len << 8 | bytes[i];
    *out = len;
    return len > SHORT_MAX;
}

enum badge_status badge_rlp_read(struct badge_rlp_item *out, const uint8_t **bytes, size_t *len)
{
    const uint8_t *at = *bytes;
    size_t left = *len;
    if (left == 0)
        return BADGE_ESYNTAX;
    const uint8_t first = *at;
    const bool is_list = first >= 0xc0;
    size_t payload_len = 1;
    if (first >= 0x80) {
        at++;
        left--;
        payload_len = (size_t)(first - (is_list ? 0xc0 : 0x80));
        if (payload_len > SHORT_MAX) {
            const size_t n = payload_len - SHORT_MAX;
            if (n > left || !read_long_length(&payload_len, at, n))
                return BADGE_ESYNTAX;
            at += n;
            left -= n;
        }
    }
    if (payload_len > left)
        return BADGE_ESYNTAX;
    if (!is_list && first >= 0x80 && payload_len == 1 && *at < 0x80)
        return BADGE_ESYNTAX; /* such a byte is its own encoding */
    *out = (struct badge_rlp_item){.is_list = is_list, .payload = at, .len = payload_len};
    *bytes = at + payload_len;
    *len = left - payload_len;
    return BADGE_OK;
}
