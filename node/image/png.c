/*
 * PNG, with libpng: the only file that includes it. libpng reads the frame: signature, lengths, CRCs, IHDR, and the
 * order of IHDR, IDAT and IEND. Every other chunk, and the image data, comes to on_chunk() unchanged. So nothing is
 * inflated, and no memory depends on what a chunk or the header claims: one chunk is held at a time, and none is longer
 * than the file.
 *
 * Invariant: before a longjmp out of libpng, `failure` is set; memory of ours is never lost by it.
 */
#include <png.h>
#include <setjmp.h>
#include <string.h>
#include <zlib.h>

#include "badge/text.h"
#include "core/compiler.h"
#include "image/image_internal.h"

#define MAX_KEYWORD_LEN 79 /* PNG, section 11.3.3.2 */

struct png_reader {
    const uint8_t *bytes;
    size_t len, at;
    size_t chunk_at; /* where the current chunk begins */
    png_infop info;
    struct image *image;
    struct image_places *places;
    struct badge_err failure;
};

static _Noreturn void fail_here(png_structp png, enum badge_status status, const char *text)
{
    struct png_reader *reader = png_get_error_ptr(png);
    (void)badge_fail(&reader->failure, status, reader->at, "%s", text);
    png_longjmp(png, 1);
}

/* libpng's own words are left out: every reader says the same. */
static _Noreturn void on_error(png_structp png, png_const_charp message)
{
    (void)message;
    fail_here(png, BADGE_EIMAGE, "the PNG is broken; download it again");
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message; /* libpng accepts the file: nothing to report */
}

static void on_read(png_structp png, png_bytep out, size_t len)
{
    struct png_reader *reader = png_get_io_ptr(png);
    if (len > reader->len - reader->at)
        fail_here(png, BADGE_EIMAGE, "the PNG is truncated: it ends before IEND; download it again");
    memcpy(out, reader->bytes + reader->at, len);
    reader->at += len;
}

/* -- chunks of text ------------------------------------------------------------------------------------------------ */

/* The text of an iTXt chunk: after the keyword come two bytes about compression and two more strings. */
static struct badge_text international_text(png_structp png, const char *data, size_t len)
{
    const char *end = data + len, *language = data + 2;
    const char *translated = len > 2 ? memchr(language, '\0', (size_t)(end - language)) : NULL;
    const char *text = !translated ? NULL : memchr(translated + 1, '\0', (size_t)(end - translated - 1));
    if (!text || (uint8_t)data[0] > 1)
        fail_here(png, BADGE_EIMAGE, "the badge's iTXt chunk is malformed; bake the image again");
    if (data[0] == 1)
        fail_here(png, BADGE_EUNSUPPORTED,
                  "the badge's iTXt chunk is compressed, which Open Badges forbids; bake the image again");
    return (struct badge_text){text + 1, (size_t)(end - text - 1)};
}

static void add_part(png_structp png, const struct badge_text *text, enum image_version version)
{
    struct png_reader *reader = png_get_error_ptr(png);
    struct image_places *places = reader->places;
    enum badge_status status = version == IMAGE_NO_BADGE
                                   ? image_add_receipt(reader->image, text->bytes, text->len, &reader->failure)
                                   : image_add_badge(reader->image, version, text->bytes, text->len, false,
                                                     &reader->failure);
    if (status != BADGE_OK)
        png_longjmp(png, 1);
    BADGE_ASSERT(places->n < ARRAY_LEN(places->place));
    places->place[places->n].at = reader->chunk_at;
    places->place[places->n++].end = reader->at;
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
                      "the badge is in a compressed chunk (zTXt), which Open Badges forbids; bake the image again");
        else if (parts[i].version != IMAGE_OB2)
            fail_here(png, BADGE_EUNSUPPORTED,
                      "the badge is in a tEXt chunk, but Open Badges 3.0 requires iTXt; bake the image again");
        add_part(png, &text, parts[i].version);
    }
}

/* -- the frame ----------------------------------------------------------------------------------------------------- */

static void check_header(png_structp png, png_infop info)
{
    png_uint_32 width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if (width == 0)
        fail_here(png, BADGE_EIMAGE, "the PNG does not begin with its header (IHDR); download it again");
    if (width > IMAGE_MAX_SIDE || height > IMAGE_MAX_SIDE)
        fail_here(png, BADGE_EUNSUPPORTED, "the PNG is wider or higher than 16384 pixels; make it smaller");
}

static int on_chunk(png_structp png, png_unknown_chunkp chunk)
{
    struct png_reader *reader = png_get_user_chunk_ptr(png);
    const char *type = (const char *)chunk->name;
    bool is_critical = (type[0] & 0x20) == 0;
    reader->chunk_at = reader->at - chunk->size - 12; /* length, type and CRC, all of which have been read */
    check_header(png, reader->info);
    if (is_critical && strcmp(type, "IDAT") != 0 && strcmp(type, "PLTE") != 0)
        fail_here(png, BADGE_EUNSUPPORTED, "the PNG has an unknown critical chunk; save it again");
    if (chunk->size > 0 && (strcmp(type, "iTXt") == 0 || strcmp(type, "tEXt") == 0 || strcmp(type, "zTXt") == 0))
        on_text(png, type, (const char *)chunk->data, chunk->size);
    return 1; /* handled: libpng does not store it */
}

/* A function of its own because of setjmp(): no local variable may change between it and a longjmp. */
static bool read_frame(png_structp png, struct png_reader *reader)
{
    static const png_byte ours[] = "IDAT\0PLTE\0tRNS\0sRGB"; /* -1 means the other chunks that libpng knows */
    if (setjmp(png_jmpbuf(png)) != 0)
        return false;
    png_set_read_fn(png, reader, on_read);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* check_header() has our own */
    png_set_chunk_malloc_max(png, reader->len);
    png_set_read_user_chunk_fn(png, reader, on_chunk);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, ours, sizeof ours / 5);
    png_read_info(png, reader->info);
    png_read_end(png, reader->info); /* without it, chunks after the pixels would be skipped */
    if (reader->at != reader->len)
        fail_here(png, BADGE_EIMAGE, "the PNG has bytes after its end (IEND); download it again");
    return true;
}

enum badge_status image_png_read(struct image *image, struct image_places *places, const void *bytes, size_t len,
                                 struct badge_err *err)
{
    struct png_reader reader = {.bytes = bytes, .len = len, .image = image, .places = places};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning);
    reader.info = !png ? NULL : png_create_info_struct(png);
    enum badge_status status = BADGE_OK;
    if (!reader.info) {
        status = badge_no_memory(err);
    } else if (!read_frame(png, &reader)) {
        status = reader.failure.status;
        if (err)
            *err = reader.failure;
    }
    png_destroy_read_struct(&png, &reader.info, NULL);
    return status;
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

static void put_u32(struct image_bytes *out, size_t value)
{
    png_byte bytes[4];
    png_save_uint_32(bytes, (png_uint_32)value);
    image_put(out, bytes, sizeof bytes);
}

/* An iTXt chunk: its length, its type, the data, and the CRC of type and data. */
static void put_chunk(struct image_bytes *out, const char *keyword, const struct badge_text *text)
{
    const size_t keyword_len = strlen(keyword) + 1, type_at = out->len + 4;
    put_u32(out, keyword_len + 4 + text->len); /* a longer text does not fit below */
    image_put(out, "iTXt", 4);
    image_put(out, keyword, keyword_len);
    image_put(out, "\0\0\0", 4); /* not compressed, method 0, no language, no translation */
    image_put(out, text->bytes, text->len);
    if (!out->failed)
        put_u32(out, crc32_z(0, (const uint8_t *)out->bytes + type_at, out->len - type_at));
}

/* The badge goes right after the header, so that a reader finds it before the pixels. */
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
