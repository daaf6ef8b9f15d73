/*
 * A QR code below the picture of a PNG, with libpng. For `badge bake`, on a machine of the issuer's, and never for
 * what a node is sent.
 */
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "badge/text.h"
#include "image/image_internal.h"

#define PIXEL_LEN 4u /* red, green, blue, opacity */
#define MIN_MODULE 3u
#define MAX_PIXELS (64u << 20)

struct canvas {
    uint8_t *bytes;
    size_t width, height;
};

static void fill(const struct canvas *canvas, size_t x, size_t y, size_t side, uint8_t shade)
{
    const uint8_t pixel[PIXEL_LEN] = {shade, shade, shade, 255};
    for (size_t row = y; row < y + side; row++)
        for (size_t column = x; column < x + side; column++)
            memcpy(canvas->bytes + (row * canvas->width + column) * PIXEL_LEN, pixel, PIXEL_LEN);
}

static void draw(const struct canvas *canvas, const struct image_qr *qr, size_t y, size_t module)
{
    size_t side = (qr->side + 2 * QR_QUIET) * module, x = (canvas->width - side) / 2;
    fill(canvas, x, y, side, 255);
    for (size_t row = 0; row < qr->side; row++)
        for (size_t column = 0; column < qr->side; column++)
            if (image_qr_is_dark(qr, column, row))
                fill(canvas, x + (column + QR_QUIET) * module, y + (row + QR_QUIET) * module, module, 0);
}

static enum badge_status fail_with(const png_image *image, struct badge_err *err)
{
    return badge_fail(err, BADGE_EIMAGE, BADGE_NO_OFFSET, "the PNG can't be drawn (%s)", image->message);
}

static enum badge_status write_png(struct image_bytes *out, const struct canvas *canvas, struct badge_err *err)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)canvas->width,
                       .height = (png_uint_32)canvas->height,
                       .format = PNG_FORMAT_RGBA};
    png_alloc_size_t len = PNG_IMAGE_PNG_SIZE_MAX(image);
    char *bytes = malloc(len);
    if (!bytes)
        return badge_no_memory(err);
    bool is_written = png_image_write_to_memory(&image, bytes, &len, 0, canvas->bytes, 0, NULL) != 0;
    if (is_written)
        image_put(out, bytes, len);
    free(bytes);
    return is_written ? BADGE_OK : fail_with(&image, err);
}

static enum badge_status draw_png(struct image_bytes *out, png_image *image, const struct image_qr *qr,
                                  struct badge_err *err)
{
    size_t modules = qr->side + 2 * QR_QUIET, target = image_qr_side(qr, image->width);
    size_t module = target / modules > MIN_MODULE ? target / modules : MIN_MODULE;
    struct canvas canvas = {.width = image->width, .height = image->height + modules * module};
    if (canvas.width < modules * module)
        canvas.width = modules * module;
    if (canvas.width * canvas.height > MAX_PIXELS)
        return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                          "a QR code is put into pictures of at most %u pixels; make this one smaller", MAX_PIXELS);
    canvas.bytes = calloc(canvas.width * canvas.height, PIXEL_LEN);
    if (!canvas.bytes)
        return badge_no_memory(err);
    image->format = PNG_FORMAT_RGBA;
    size_t begin = (canvas.width - image->width) / 2 * PIXEL_LEN;
    enum badge_status status = BADGE_OK;
    if (!png_image_finish_read(image, NULL, canvas.bytes + begin, (png_int_32)(canvas.width * PIXEL_LEN), NULL))
        status = fail_with(image, err);
    if (status == BADGE_OK) {
        draw(&canvas, qr, canvas.height - modules * module, module);
        status = write_png(out, &canvas, err);
    }
    free(canvas.bytes);
    return status;
}

enum badge_status image_png_add_qr(struct image_bytes *out, const void *bytes, size_t len, const struct image_qr *qr,
                                   struct badge_err *err)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    enum badge_status status = png_image_begin_read_from_memory(&image, bytes, len) ? draw_png(out, &image, qr, err)
                                                                                    : fail_with(&image, err);
    png_image_free(&image);
    return status;
}
