/*
 * What PNG and SVG have in common: which of the two it is, what counts as a badge in it, and the way to the digester.
 * The command line, http's handlers and the digester call it with strangers' images. The invariant: an image has at
 * most one badge and one receipt by the time it is answered for.
 */
#include "image/image.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "badge/text.h"
#include "core/kind.h"
#include "image/image_internal.h"

enum image_kind image_kind(const void *bytes, size_t len)
{
    struct kind_scan scan;
    kind_init(&scan);
    if (kind_feed(&scan, bytes, len) != KIND_IMAGE)
        return IMAGE_NONE;
    return *(const unsigned char *)bytes == 0x89 ? IMAGE_PNG : IMAGE_SVG;
}

/* -- what was found ------------------------------------------------------------------------------------------------ */

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

enum badge_status image_found_badge(struct image *image, enum image_version version, const char *text, size_t len,
                                    struct badge_err *err)
{
    struct badge_text trimmed = image_trim(text, len);
    if (image->version != IMAGE_NO_BADGE)
        return badge_fail(err, BADGE_EIMAGE, BADGE_NO_OFFSET,
                          "two badges are in this image, and nothing says which one counts; bake it anew with one");
    if (trimmed.len == 0)
        return badge_fail(err, BADGE_EIMAGE, BADGE_NO_OFFSET, "the badge in this image is empty; bake it anew");
    image->version = version;
    if (version == IMAGE_OB2 && image_is_url(trimmed))
        return copy(&image->url, trimmed.bytes, trimmed.len, err);
    image->credential_len = len;
    return copy(&image->credential, text, len, err);
}

enum badge_status image_found_receipt(struct image *image, const char *text, size_t len, struct badge_err *err)
{
    if (image->receipt)
        return badge_fail(err, BADGE_EIMAGE, BADGE_NO_OFFSET,
                          "two receipts are in this image, and nothing says which one counts; bake it anew with one");
    image->receipt_len = len;
    return copy(&image->receipt, text, len, err);
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

static enum badge_status read_with_places(struct image *out, struct image_places *places, const void *bytes, size_t len,
                                          struct badge_err *err)
{
    *out = (struct image){.kind = image_kind(bytes, len)};
    *places = (struct image_places){.n = 0};
    if (len > IMAGE_MAX_LEN)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET,
                          "images of up to %zu bytes are read, and this one is longer; make it smaller", IMAGE_MAX_LEN);
    switch (out->kind) {
    case IMAGE_PNG:
        return image_png_read(out, places, bytes, len, err);
    case IMAGE_SVG:
        return image_svg_read(out, places, bytes, len, err);
    case IMAGE_NONE:
        break;
    }
    return badge_fail(err, BADGE_EIMAGE, BADGE_NO_OFFSET, "this is neither a PNG nor an SVG image");
}

enum badge_status image_read(struct image *out, const void *bytes, size_t len, struct badge_err *err)
{
    struct image_places places;
    return read_with_places(out, &places, bytes, len, err);
}

void image_release(struct image *image)
{
    free(image->credential);
    free(image->url);
    free(image->receipt);
    *image = (struct image){.kind = IMAGE_NONE};
}

enum badge_status image_unbake(void *context, char **credential, size_t *credential_len, const void *bytes, size_t len,
                               struct badge_err *err)
{
    struct image image;
    enum badge_status status = image_read(&image, bytes, len, err);
    *credential = NULL;
    if (status == BADGE_OK) {
        *credential = image.credential;
        *credential_len = image.credential_len;
        image.credential = NULL;
        if (context) {
            *(char **)context = image.url;
            image.url = NULL;
        }
    }
    image_release(&image);
    return status;
}

/* -- baking -------------------------------------------------------------------------------------------------------- */

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

enum badge_status image_bake(char **out, size_t *out_len, const void *bytes, size_t len,
                             const struct image_badge *badge, bool replace, struct badge_err *err)
{
    struct image image;
    struct image_places places;
    struct image_bytes baked = {.max = IMAGE_MAX_LEN};
    enum image_kind kind = IMAGE_NONE;
    enum badge_status status = read_with_places(&image, &places, bytes, len, err);
    *out = NULL;
    if (status == BADGE_OK && places.n > 0 && !replace)
        status = badge_fail(
            err, BADGE_EREFUSED, BADGE_NO_OFFSET,
            "a badge or a receipt is in this image already; take a plain one, or replace what is there");
    if (status == BADGE_OK && places.is_utf16)
        status = badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                            "badges are baked into SVG in UTF-8 only, and this one is in UTF-16; save it anew");
    kind = image.kind;
    image_release(&image);
    if (status != BADGE_OK)
        return status;
    if (kind == IMAGE_PNG)
        image_png_write(&baked, &places, bytes, len, badge);
    else
        image_svg_write(&baked, &places, bytes, len, badge);
    if (baked.failed) {
        free(baked.bytes);
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET,
                          "with the badge in it the image would be longer than %zu bytes, or there is no memory",
                          IMAGE_MAX_LEN);
    }
    *out = baked.bytes;
    *out_len = baked.len;
    return BADGE_OK;
}
