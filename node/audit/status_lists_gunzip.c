/*
 * Inflates with zlib. status_lists.c calls it, with bytes of strangers: the output grows by what has come, not by what
 * the bytes say of their length.
 */
#include "audit/status_lists_gunzip.h"

#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>

#define FIRST_CAPACITY ((size_t)16 << 10)
#define GZIP_ONLY (16 + MAX_WBITS)

struct inflating {
    z_stream stream;
    uint8_t *out;
    size_t len, capacity, max_len;
};

/* One byte more than max_len, which shows that there is more. */
static bool grow(struct inflating *inflating)
{
    size_t capacity = inflating->capacity ? 2 * inflating->capacity : FIRST_CAPACITY;
    if (capacity > inflating->max_len)
        capacity = inflating->max_len + 1;
    uint8_t *more = realloc(inflating->out, capacity);
    if (!more)
        return false;
    inflating->out = more;
    inflating->capacity = capacity;
    return true;
}

/* All members. NULL, or why not. */
static const char *run(struct inflating *inflating)
{
    z_stream *stream = &inflating->stream;
    for (;;) {
        if (inflating->len == inflating->capacity && !grow(inflating))
            return "there is not enough memory for its bits";
        stream->next_out = inflating->out + inflating->len;
        stream->avail_out = (uInt)(inflating->capacity - inflating->len);
        int code = inflate(stream, Z_NO_FLUSH);
        inflating->len = inflating->capacity - stream->avail_out;
        if (inflating->len > inflating->max_len)
            return "its bits are more than 64 MiB";
        if (code == Z_STREAM_END && stream->avail_in == 0)
            return NULL;
        if (code == Z_STREAM_END) /* another member, or bytes that do not belong there */
            (void)inflateReset(stream);
        else if (code == Z_MEM_ERROR)
            return "there is not enough memory for its bits";
        else if ((code != Z_OK && code != Z_BUF_ERROR) || stream->avail_out > 0) /* that: it wants more */
            return "its bits are not compressed as gzip is, or are damaged";
    }
}

const char *status_lists_gunzip(uint8_t **bits, size_t *len, const void *bytes, size_t bytes_len, size_t max_len)
{
    struct inflating inflating = {.max_len = max_len};
    if (inflateInit2(&inflating.stream, GZIP_ONLY) != Z_OK)
        return "there is not enough memory for its bits";
    inflating.stream.next_in = (Bytef *)bytes; /* which zlib only reads */
    inflating.stream.avail_in = (uInt)bytes_len;
    const char *why = run(&inflating);
    (void)inflateEnd(&inflating.stream);
    if (why) {
        free(inflating.out);
        return why;
    }
    uint8_t *exact = realloc(inflating.out, inflating.len ? inflating.len : 1);
    *bits = exact ? exact : inflating.out;
    *len = inflating.len;
    return NULL;
}
