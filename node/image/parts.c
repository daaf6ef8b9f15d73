/*
 * The parts of an image: what the readers of PNG and SVG found becomes its badge, its URL or its receipt; and the bytes
 * that the writers of both append to. Below them and image.c, which calls them.
 *
 * Invariants: an image has at most one badge and one receipt; a second one is refused, for nothing says which counts.
 * After the first failure image_put() takes nothing more, so that a writer checks once, at its end.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "badge/text.h"
#include "core/text.h"
#include "image/image_internal.h"

bool image_is_url(struct badge_text text)
{
    size_t scheme_len = text.len > 7 && strncasecmp(text.bytes, "http://", 7) == 0    ? 7
                        : text.len > 8 && strncasecmp(text.bytes, "https://", 8) == 0 ? 8
                                                                                      : 0;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.bytes[i] <= ' ')
            return false;
    return scheme_len > 0;
}

static enum badge_status copy(char **out, const char *bytes, size_t len, struct badge_err *err)
{
    char *copied = malloc(len + 1);
    if (!copied)
        return badge_no_memory(err);
    if (len > 0)
        memcpy(copied, bytes, len);
    copied[len] = '\0';
    *out = copied;
    return BADGE_OK;
}

enum badge_status image_add_badge(struct image *image, enum image_version version, const char *text, size_t len,
                                  struct badge_err *err)
{
    struct badge_text trimmed = core_text_trim((struct badge_text){text, len});
    if (image->version != IMAGE_NO_BADGE)
        return badge_fail(err, BADGE_EIMAGE, BADGE_NO_OFFSET,
                          "this image contains two badges, and nothing says which one counts; bake it again with one");
    if (trimmed.len == 0)
        return badge_fail(err, BADGE_EIMAGE, BADGE_NO_OFFSET, "the badge in this image is empty; bake it again");
    image->version = version;
    if (version == IMAGE_OB2 && image_is_url(trimmed))
        return copy(&image->url, trimmed.bytes, trimmed.len, err);
    image->credential_len = len;
    return copy(&image->credential, text, len, err);
}

enum badge_status image_add_receipt(struct image *image, const char *text, size_t len, struct badge_err *err)
{
    if (image->receipt)
        return badge_fail(
            err, BADGE_EIMAGE, BADGE_NO_OFFSET,
            "this image contains two receipts, and nothing says which one counts; bake it again with one");
    image->receipt_len = len;
    return copy(&image->receipt, text, len, err);
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

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
