/*
 * The bytes of the image that is written: a buffer that grows up to a ceiling. Both writers append to it.
 *
 * Invariant: after the first failure nothing more is taken, so that a writer checks once, at its end.
 */
#include <stdlib.h>
#include <string.h>

#include "image/image_internal.h"

void image_put(struct image_bytes *out, const void *bytes, size_t len)
{
    if (out->failed || len > out->max - out->len) {
        out->failed = true;
        return;
    }
    if (len > out->capacity - out->len) {
        size_t doubled = out->capacity < out->max / 2 ? out->capacity * 2 : out->max;
        size_t capacity = out->len + len > doubled ? out->len + len : doubled;
        char *grown = realloc(out->bytes, capacity);
        out->failed = !grown;
        if (out->failed)
            return;
        out->bytes = grown;
        out->capacity = capacity;
    }
    if (len > 0)
        memcpy(out->bytes + out->len, bytes, len);
    out->len += len;
}

void image_put_rest(struct image_bytes *out, const struct image_places *places, const char *bytes, size_t at,
                    size_t len)
{
    for (size_t i = 0; i < places->n; i++) {
        image_put(out, bytes + at, places->place[i].at - at);
        at = places->place[i].end;
    }
    image_put(out, bytes + at, len - at);
}
