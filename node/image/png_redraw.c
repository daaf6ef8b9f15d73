/*
 * A PNG drawn again from its pixels, with libpng, for pictures that a node shows to others: what else is in the file,
 * texts and badges too, is not in the new one.
 *
 * The picture is untrusted: libpng, which allocates what a chunk says its length is, gets the chunks of pixels only,
 * none longer than the file, and the size of the picture is bounded before a pixel is decoded.
 */
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "badge/text.h"
#include "core/compiler.h"
#include "image/image.h"

#define PIXEL_LEN 4u /* red, green, blue, opacity */
#define SIGNATURE_LEN 8u
#define CHUNK_LEN 12u /* length, type and CRC */

static enum badge_status fail_with(const png_image *image, struct badge_err *err)
{
    return badge_fail(err, BADGE_EIMAGE, BADGE_NO_OFFSET, "the PNG can't be drawn (%s)", image->message);
}

/* pixels: memory for all of them. */
static enum badge_status draw_again(char **out, size_t *out_len, png_image *image, char *pixels, struct badge_err *err)
{
    png_image drawn = {
        .version = PNG_IMAGE_VERSION, .width = image->width, .height = image->height, .format = PNG_FORMAT_RGBA};
    png_alloc_size_t len = IMAGE_REDRAW_MAX_LEN;
    image->format = PNG_FORMAT_RGBA;
    if (!png_image_finish_read(image, NULL, pixels, 0, NULL))
        return fail_with(image, err);
    char *bytes = malloc(len);
    if (!bytes)
        return badge_no_memory(err);
    if (!png_image_write_to_memory(&drawn, bytes, &len, 0, pixels, 0, NULL)) {
        free(bytes);
        return fail_with(&drawn, err);
    }
    *out = bytes;
    *out_len = len;
    return BADGE_OK;
}

static enum badge_status redraw(char **out, size_t *out_len, png_image *image, struct badge_err *err)
{
    if ((uint64_t)image->width * image->height > IMAGE_REDRAW_MAX_PIXELS)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the PNG has more than %u pixels",
                          IMAGE_REDRAW_MAX_PIXELS);
    image->flags |= PNG_IMAGE_FLAG_16BIT_sRGB; /* what a browser takes it for */
    char *pixels = calloc((size_t)image->width * image->height, PIXEL_LEN);
    if (!pixels)
        return badge_no_memory(err);
    enum badge_status status = draw_again(out, out_len, image, pixels, err);
    free(pixels);
    return status;
}

static bool is_of_pixels(const uint8_t *type)
{
    static const char types[][5] = {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (memcmp(type, types[i], 4) == 0)
            return true;
    return false;
}

/* Copies the signature and the chunks of pixels; out has room for len bytes. 0: it does not consist of chunks. */
static size_t keep_pixels(uint8_t *out, const uint8_t *bytes, size_t len)
{
    size_t at = SIGNATURE_LEN, out_len = SIGNATURE_LEN;
    if (len < SIGNATURE_LEN)
        return 0;
    memcpy(out, bytes, SIGNATURE_LEN);
    while (len - at >= CHUNK_LEN) {
        const uint8_t *head = bytes + at;
        size_t data_len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
        if (data_len > len - at - CHUNK_LEN)
            return 0;
        if (is_of_pixels(head + 4)) {
            memcpy(out + out_len, head, CHUNK_LEN + data_len);
            out_len += CHUNK_LEN + data_len;
        }
        at += CHUNK_LEN + data_len;
    }
    return at == len ? out_len : 0;
}

enum badge_status image_redraw(char **out, size_t *out_len, const void *bytes, size_t len, struct badge_err *err)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    *out = NULL;
    *out_len = 0;
    uint8_t *kept = malloc(len + 1);
    if (!kept)
        return badge_no_memory(err);
    size_t kept_len = keep_pixels(kept, bytes, len);
    enum badge_status status;
    if (kept_len == 0)
        status = badge_fail(err, BADGE_EIMAGE, BADGE_NO_OFFSET, "the PNG is damaged");
    else if (png_image_begin_read_from_memory(&image, kept, kept_len))
        status = redraw(out, out_len, &image, err);
    else
        status = fail_with(&image, err);
    png_image_free(&image);
    free(kept);
    return status;
}
