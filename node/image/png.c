/*
 * PNG, by libpng: the only file that includes it. libpng reads the frame, that is signature, lengths, CRCs, IHDR, the
 * order of IHDR, IDAT and IEND; every other chunk, the image data too, comes to on_chunk() as it stands. So nothing is
 * inflated, and no memory depends on what a chunk or the header claims: one chunk is held at a time, and none is longer
 * than the file.
 *
 * Invariant: what leaves libpng by longjmp has left a sentence in `failure`, and nothing but libpng's own is lost.
 */
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "badge/text.h"
#include "core/compiler.h"
#include "image/image_internal.h"

#define MAX_KEYWORD_LEN 79 /* PNG, section 11.3.3.2 */

struct reading {
    const uint8_t *bytes;
    size_t len, at;
    size_t chunk_at; /* where the chunk that is looked at begins */
    png_infop info;
    struct image *image;
    struct image_places *places;
    struct badge_err failure;
};

static _Noreturn void fail_here(png_structp png, enum badge_status status, const char *text)
{
    struct reading *reading = png_get_error_ptr(png);
    (void)badge_fail(&reading->failure, status, reading->at, "%s", text);
    png_longjmp(png, 1);
}

static _Noreturn void on_error(png_structp png, png_const_charp message)
{
    struct reading *reading = png_get_error_ptr(png);
    (void)badge_fail(&reading->failure, BADGE_EIMAGE, reading->at, "the PNG is broken (%s); get it anew", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message; /* what libpng lets pass decides nothing here */
}

static void on_read(png_structp png, png_bytep out, size_t len)
{
    struct reading *reading = png_get_io_ptr(png);
    if (len > reading->len - reading->at)
        fail_here(png, BADGE_EIMAGE, "the PNG ends before its end (IEND); get it anew");
    memcpy(out, reading->bytes + reading->at, len);
    reading->at += len;
}

/* -- chunks of text ------------------------------------------------------------------------------------------------ */

/* The text of an iTXt chunk: after the keyword come two bytes about compression and two more strings. */
static struct badge_text international_text(png_structp png, const char *data, size_t len)
{
    const char *end = data + len, *language = data + 2;
    const char *translated = len > 2 ? memchr(language, '\0', (size_t)(end - language)) : NULL;
    const char *text = !translated ? NULL : memchr(translated + 1, '\0', (size_t)(end - translated - 1));
    if (!text || (uint8_t)data[0] > 1)
        fail_here(png, BADGE_EIMAGE, "the badge's iTXt chunk is malformed; bake the image anew");
    if (data[0] == 1)
        fail_here(png, BADGE_EUNSUPPORTED,
                  "the badge's iTXt chunk is compressed, which Open Badges forbids; bake the image anew");
    return (struct badge_text){text + 1, (size_t)(end - text - 1)};
}

static void take_part(png_structp png, const struct badge_text *text, enum image_version version)
{
    struct reading *reading = png_get_error_ptr(png);
    struct image_places *places = reading->places;
    enum badge_status status = version == IMAGE_NO_BADGE
                                   ? image_found_receipt(reading->image, text->bytes, text->len, &reading->failure)
                                   : image_found_badge(reading->image, version, text->bytes, text->len,
                                                       &reading->failure);
    if (status != BADGE_OK)
        png_longjmp(png, 1);
    BADGE_ASSERT(places->n < ARRAY_LEN(places->place));
    places->place[places->n].at = reading->chunk_at;
    places->place[places->n++].end = reading->at;
}

static void on_text(png_structp png, const char *type, const char *data, size_t len)
{
    static const struct {
        const char *keyword;
        enum image_version version;
    } parts[] = {{"openbadgecredential", IMAGE_OB3}, {"openbadges", IMAGE_OB2}, {"badgereceipt", IMAGE_NO_BADGE}};
    const char *end = memchr(data, '\0', len < MAX_KEYWORD_LEN + 1 ? len : MAX_KEYWORD_LEN + 1);
    for (size_t i = 0; end && i < ARRAY_LEN(parts); i++) {
        if (strcmp(data, parts[i].keyword) != 0)
            continue;
        size_t rest_len = len - (size_t)(end + 1 - data);
        struct badge_text text = {end + 1, rest_len};
        if (strcmp(type, "iTXt") == 0)
            text = international_text(png, end + 1, rest_len);
        else if (strcmp(type, "zTXt") == 0)
            fail_here(png, BADGE_EUNSUPPORTED,
                      "the badge is in a compressed chunk (zTXt), which Open Badges forbids; bake the image anew");
        else if (parts[i].version != IMAGE_OB2)
            fail_here(png, BADGE_EUNSUPPORTED,
                      "the badge is in a tEXt chunk, where Open Badges 3.0 wants iTXt; bake the image anew");
        take_part(png, &text, parts[i].version);
    }
}

/* -- the frame ----------------------------------------------------------------------------------------------------- */

static void check_header(png_structp png, png_infop info)
{
    png_uint_32 width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if (width == 0)
        fail_here(png, BADGE_EIMAGE, "the PNG does not begin with its header (IHDR); get it anew");
    if (width > IMAGE_MAX_SIDE || height > IMAGE_MAX_SIDE)
        fail_here(png, BADGE_EUNSUPPORTED, "a side of the PNG is longer than is read here; make it smaller");
}

static int on_chunk(png_structp png, png_unknown_chunkp chunk)
{
    struct reading *reading = png_get_user_chunk_ptr(png);
    const char *type = (const char *)chunk->name;
    bool is_critical = (type[0] & 0x20) == 0;
    reading->chunk_at = reading->at - chunk->size - 12; /* length, type and CRC, all of which have been read */
    check_header(png, reading->info);
    if (is_critical && strcmp(type, "IDAT") != 0 && strcmp(type, "PLTE") != 0)
        fail_here(png, BADGE_EUNSUPPORTED, "the PNG has a critical chunk that is not known here; save it anew");
    if (chunk->size > 0 && (strcmp(type, "iTXt") == 0 || strcmp(type, "tEXt") == 0 || strcmp(type, "zTXt") == 0))
        on_text(png, type, (const char *)chunk->data, chunk->size);
    return 1; /* and libpng keeps nothing of it */
}

/* In a function of its own, as setjmp() wants it: no local variable changes between it and a longjmp. */
static bool read_frame(png_structp png, struct reading *reading)
{
    static const png_byte ours[] = "IDAT\0PLTE\0tRNS\0sRGB"; /* and with -1 the other chunks that libpng would read */
    if (setjmp(png_jmpbuf(png)) != 0)
        return false;
    png_set_read_fn(png, reading, on_read);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* check_header() has our own */
    png_set_chunk_malloc_max(png, reading->len);
    png_set_read_user_chunk_fn(png, reading, on_chunk);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, ours, sizeof ours / 5);
    png_read_info(png, reading->info);
    png_read_end(png, reading->info); /* without it, chunks behind the pixels would be passed over */
    if (reading->at != reading->len)
        fail_here(png, BADGE_EIMAGE, "bytes follow the end of the PNG (IEND), which nobody would see; get it anew");
    return true;
}

enum badge_status image_png_read(struct image *image, struct image_places *places, const void *bytes, size_t len,
                                 struct badge_err *err)
{
    struct reading reading = {.bytes = bytes, .len = len, .image = image, .places = places};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading, on_error, on_warning);
    reading.info = !png ? NULL : png_create_info_struct(png);
    enum badge_status status = BADGE_OK;
    if (!reading.info) {
        status = badge_no_memory(err);
    } else if (!read_frame(png, &reading)) {
        status = reading.failure.status;
        if (err)
            *err = reading.failure;
    }
    png_destroy_read_struct(&png, &reading.info, NULL);
    return status;
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

static void on_write(png_structp png, png_bytep bytes, size_t len)
{
    image_put(png_get_io_ptr(png), bytes, len);
}

static void on_flush(png_structp png)
{
    (void)png;
}

static bool write_chunk(png_structp png, const struct image_bytes *data)
{
    if (setjmp(png_jmpbuf(png)) != 0)
        return false;
    png_write_chunk(png, (png_const_bytep) "iTXt", (png_const_bytep)data->bytes, data->len);
    return true;
}

static void put_chunk(struct image_bytes *out, const char *keyword, const struct badge_text *text)
{
    struct reading unused = {.len = 0}; /* what on_error() wants to write into */
    struct image_bytes data = {.max = IMAGE_MAX_LEN};
    image_put(&data, keyword, strlen(keyword) + 1);
    image_put(&data, "\0\0\0", 4); /* not compressed, method 0, no language, no translation */
    image_put(&data, text->bytes, text->len);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &unused, on_error, on_warning);
    if (png)
        png_set_write_fn(png, out, on_write, on_flush);
    if (data.failed || !png || !write_chunk(png, &data))
        out->failed = true;
    png_destroy_write_struct(&png, NULL);
    free(data.bytes);
}

/* Behind the header, so that whoever reads finds the badge before the pixels. */
void image_png_write(struct image_bytes *out, const struct image_places *places, const char *bytes, size_t len,
                     const struct image_badge *badge)
{
    const size_t header_end = 8 + 25; /* the signature; IHDR with length, type and CRC */
    image_put(out, bytes, header_end);
    put_chunk(out, badge->version == IMAGE_OB3 ? "openbadgecredential" : "openbadges", &badge->credential);
    if (badge->receipt.bytes)
        put_chunk(out, "badgereceipt", &badge->receipt);
    image_put_rest(out, places, bytes, header_end, len);
}
