/*
 * The parts of an image: what the readers of PNG and SVG found becomes its badge, its URL or its receipt. Below both
 * readers and image.c, which calls them.
 *
 * Invariant: an image has at most one badge and one receipt; a second one is refused, for nothing says which counts.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "badge/text.h"
#include "core/kind.h"
#include "image/image_internal.h"

struct badge_text image_trim(const char *text, size_t len)
{
    while (len > 0 && kind_is_space((uint8_t)text[len - 1]))
        len--;
    while (len > 0 && kind_is_space((uint8_t)*text)) {
        text++;
        len--;
    }
    return (struct badge_text){text, len};
}

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
    struct badge_text trimmed = image_trim(text, len);
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
