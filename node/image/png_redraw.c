/*
 * A PNG drawn again from its pixels, with libpng, for pictures that a node shows to others: what else is in the file,
 * texts and badges too, is not in the new one. The picture is untrusted, so its size is bounded before a pixel is
 * decoded.
 */
#include <png.h>
#include <stdlib.h>

#include "badge/text.h"
#include "image/image.h"

#define PIXEL_LEN 4u /* red, green, blue, opacity */

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
    char *pixels = calloc((size_t)image->width * image->height, PIXEL_LEN);
    if (!pixels)
        return badge_no_memory(err);
    enum badge_status status = draw_again(out, out_len, image, pixels, err);
    free(pixels);
    return status;
}

enum badge_status image_redraw(char **out, size_t *out_len, const void *bytes, size_t len, struct badge_err *err)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    *out = NULL;
    *out_len = 0;
    enum badge_status status = png_image_begin_read_from_memory(&image, bytes, len) ? redraw(out, out_len, &image, err)
                                                                                    : fail_with(&image, err);
    png_image_free(&image);
    return status;
}
