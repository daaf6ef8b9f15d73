/*
 * The entry points: which kind an image is, reading it, baking a badge into it, and the digester's callback. Called by
 * the command line and the node's handlers with images from strangers; png.c and svg.c do the work below.
 *
 * Invariant: an image that was read has at most one badge and one receipt.
 */
#include "image/image.h"

#include <stdlib.h>

#include "badge/text.h"
#include "core/kind.h"
#include "image/image_internal.h"

enum image_kind image_kind(const void *bytes, size_t len)
{
    if (kind_of(bytes, len) != KIND_IMAGE)
        return IMAGE_NONE;
    return *(const unsigned char *)bytes == 0x89 ? IMAGE_PNG : IMAGE_SVG;
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

static enum badge_status read_with_places(struct image *out, struct image_places *places, const void *bytes, size_t len,
                                          struct badge_err *err)
{
    *out = (struct image){.kind = image_kind(bytes, len)};
    *places = (struct image_places){.n = 0};
    if (len > IMAGE_MAX_LEN)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET,
                          "the image is larger than %zu bytes, the limit; make it smaller", IMAGE_MAX_LEN);
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
    struct badge_err why = {.offset = BADGE_NO_OFFSET};
    enum badge_status status = read_with_places(out, &places, bytes, len, &why);
    bool is_broken = status == BADGE_EIMAGE || status == BADGE_EUNSUPPORTED;
    if (!is_broken || out->kind == IMAGE_NONE || image_may_have_badge(bytes, len)) {
        if (status != BADGE_OK && err)
            *err = why;
        return status;
    }
    enum image_kind kind = out->kind;
    image_release(out);
    out->kind = kind;
    return BADGE_OK;
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

enum badge_status image_bake(char **out, size_t *out_len, const void *bytes, size_t len,
                             const struct image_badge *badge, bool replace, struct badge_err *err)
{
    struct image image;
    struct image_places places;
    struct image_bytes baked = {.max = IMAGE_MAX_LEN};
    enum badge_status status = read_with_places(&image, &places, bytes, len, err);
    *out = NULL;
    if (status == BADGE_OK && places.n > 0 && !replace)
        status = badge_fail(
            err, BADGE_EREFUSED, BADGE_NO_OFFSET,
            "this image already contains a badge or a receipt; use a plain image, or replace the badge");
    if (status == BADGE_OK && places.is_utf16)
        status = badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                            "badges are baked into SVG in UTF-8 only, and this one is in UTF-16; save it in UTF-8");
    if (status == BADGE_OK && image.kind == IMAGE_PNG)
        image_png_write(&baked, &places, bytes, len, badge);
    else if (status == BADGE_OK)
        image_svg_write(&baked, &places, bytes, len, badge);
    image_release(&image);
    if (baked.failed)
        status = badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET,
                            "the image with the badge in it would be larger than %zu bytes, or memory ran out",
                            IMAGE_MAX_LEN);
    if (status != BADGE_OK) {
        free(baked.bytes);
        return status;
    }
    *out = baked.bytes;
    *out_len = baked.len;
    return BADGE_OK;
}

enum badge_status image_add_qr(char **out, size_t *out_len, const void *bytes, size_t len, struct badge_text text,
                               struct badge_err *err)
{
    struct image image;
    struct image_places places;
    struct image_bytes drawn = {.max = IMAGE_MAX_LEN};
    struct image_qr qr;
    enum badge_status status = read_with_places(&image, &places, bytes, len, err);
    *out = NULL;
    if (status == BADGE_OK && places.is_utf16)
        status = badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                            "a QR code is put into SVG in UTF-8 only, and this one is in UTF-16; save it in UTF-8");
    if (status == BADGE_OK)
        status = image_qr_encode(&qr, text.bytes, text.len, err);
    if (status == BADGE_OK && image.kind == IMAGE_PNG)
        status = image_png_add_qr(&drawn, bytes, len, &qr, err);
    else if (status == BADGE_OK)
        status = image_svg_add_qr(&drawn, &places, bytes, len, &qr, err);
    image_release(&image);
    if (status == BADGE_OK && drawn.failed)
        status = badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET,
                            "the image with the QR code in it would be larger than %zu bytes, or memory ran out",
                            IMAGE_MAX_LEN);
    if (status != BADGE_OK) {
        free(drawn.bytes);
        return status;
    }
    *out = drawn.bytes;
    *out_len = drawn.len;
    return BADGE_OK;
}
