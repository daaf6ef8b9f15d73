/*
 * Badges in images, where it takes C to see it: the digester with images in pieces and at its limits, and that nothing
 * which breaks off or changes a byte of a badge is read. What images hold and what they are refused for is a table of
 * tests/support/images.py.
 */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "image/image.h"
#include "runtime/file.h"

static char *png, *svg;
static size_t png_len, svg_len;

static int load(void **state)
{
    (void)state;
    return file_read(&png, &png_len, TESTS_DIR "/samples/badge.png", IMAGE_MAX_LEN, NULL) ||
           file_read(&svg, &svg_len, TESTS_DIR "/samples/badge.svg", IMAGE_MAX_LEN, NULL);
}

static int unload(void **state)
{
    (void)state;
    free(png);
    free(svg);
    return 0;
}

static enum badge_status read_status(const void *bytes, size_t len, enum image_version *version)
{
    struct image image;
    enum badge_status status = image_read(&image, bytes, len, NULL);
    *version = image.version;
    image_release(&image);
    return status;
}

/* -- the digester -------------------------------------------------------------------------------------------------- */

static enum badge_status digest_in_pieces(struct badge_digester *d, struct badge_digest *out, const char *bytes,
                                          size_t len, size_t piece)
{
    enum badge_status status = BADGE_OK;
    badge_digester_clear(d);
    for (size_t at = 0; at < len && status == BADGE_OK; at += piece)
        status = badge_digester_update(d, bytes + at, len - at < piece ? len - at : piece, NULL);
    enum badge_status final = badge_digester_final(d, out, NULL);
    assert_true(status == BADGE_OK || status == final);
    return final;
}

static void pieces_make_no_difference(void **state)
{
    (void)state;
    struct badge_digester *d;
    struct badge_digest whole, other;
    assert_int_equal(badge_digester_new(&d, 1 << 16, NULL), BADGE_OK);
    badge_digester_take_images(d, image_unbake, NULL, IMAGE_MAX_LEN);
    assert_int_equal(digest_in_pieces(d, &whole, png, png_len, png_len), BADGE_OK);
    assert_int_equal(whole.label, BADGE_LABEL_JCS);
    assert_true(badge_digester_is_image(d));
    assert_true(badge_json_is(badge_digester_document(d), BADGE_JSON_OBJECT));
    for (size_t piece = 1; piece < 20; piece++) {
        assert_int_equal(digest_in_pieces(d, &other, png, png_len, piece), BADGE_OK);
        assert_memory_equal(&whole, &other, sizeof whole);
        assert_int_equal(digest_in_pieces(d, &other, svg, svg_len, piece), BADGE_OK);
        assert_memory_equal(&whole, &other, sizeof whole);
    }
    assert_int_equal(digest_in_pieces(d, &other, "{}", 2, 1), BADGE_OK);
    assert_false(badge_digester_is_image(d));
    badge_digester_free(d);
}

static void limits_of_the_digester(void **state)
{
    (void)state;
    struct badge_digester *d;
    struct badge_digest out;
    assert_int_equal(badge_digester_new(&d, 1 << 16, NULL), BADGE_OK);
    assert_int_equal(digest_in_pieces(d, &out, png, png_len, 100), BADGE_EUNSUPPORTED); /* nobody said how */
    badge_digester_take_images(d, image_unbake, NULL, png_len);
    assert_int_equal(digest_in_pieces(d, &out, png, png_len, 100), BADGE_OK);
    badge_digester_take_images(d, image_unbake, NULL, png_len - 1);
    assert_int_equal(digest_in_pieces(d, &out, png, png_len, 100), BADGE_ELIMIT);
    assert_int_equal(digest_in_pieces(d, &out, png, png_len, png_len), BADGE_ELIMIT);
    badge_digester_take_images(d, NULL, NULL, 0);
    assert_int_equal(digest_in_pieces(d, &out, png, png_len, 100), BADGE_EUNSUPPORTED);
    badge_digester_free(d);

    /* the credential inside is held to the other limit */
    assert_int_equal(badge_digester_new(&d, 100, NULL), BADGE_OK);
    badge_digester_take_images(d, image_unbake, NULL, IMAGE_MAX_LEN);
    assert_int_equal(digest_in_pieces(d, &out, png, png_len, 100), BADGE_ELIMIT);
    badge_digester_free(d);
}

/* Comments before an SVG's root, longer than what is held while nothing is decided. */
static void a_long_prolog(void **state)
{
    (void)state;
    struct badge_digester *d;
    struct badge_digest out;
    static const char text[] = "<!--                         --><svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    for (size_t max_held = 0; max_held < sizeof text; max_held++) {
        /* decided by the space behind the root's name */
        bool is_short = max_held >= (size_t)(strstr(text, "svg") + 4 - text);
        assert_int_equal(badge_digester_new(&d, max_held, NULL), BADGE_OK);
        badge_digester_take_images(d, image_unbake, NULL, IMAGE_MAX_LEN);
        for (size_t piece = 1; piece < sizeof text; piece++)
            assert_int_equal(digest_in_pieces(d, &out, text, sizeof text - 1, piece),
                             is_short ? BADGE_OK : BADGE_ELIMIT);
        assert_true(!is_short || out.label == BADGE_LABEL_RAW);
        badge_digester_free(d);
    }
}

/* -- broken images ------------------------------------------------------------------------------------------------- */

/* Refused, but for a cut before anything of the badge: then it is an image without one. */
static void check_cut(const char *bytes, size_t len)
{
    enum image_version version;
    bool has_traces = memmem(bytes, len, "openbadge", 9) || memmem(bytes, len, "imsglobal", 9);
    enum badge_status status = read_status(bytes, len, &version);
    assert_int_equal(status, has_traces || image_kind(bytes, len) == IMAGE_NONE ? BADGE_EIMAGE : BADGE_OK);
    assert_true(status != BADGE_OK || version == IMAGE_NO_BADGE);
}

static void cut_at_every_byte(void **state)
{
    (void)state;
    enum image_version version;
    for (size_t len = 0; len < png_len; len++)
        check_cut(png, len);
    for (size_t len = 0; len < svg_len - 1; len++) /* but for the line end after the root */
        check_cut(svg, len);
    assert_int_equal(read_status(svg, svg_len - 1, &version), BADGE_OK);
    assert_int_equal(version, IMAGE_OB3);
}

/* A CRC covers type and data; a length that is not so leads astray. */
static void every_byte_of_a_png_counts(void **state)
{
    (void)state;
    enum image_version version;
    for (size_t i = 8; i < png_len; i++) {
        png[i] = (char)(png[i] ^ 0x10);
        assert_int_not_equal(read_status(png, png_len, &version), BADGE_OK);
        png[i] = (char)(png[i] ^ 0x10);
    }
    assert_int_equal(read_status(png, png_len, &version), BADGE_OK);
}

static void errors_say_where(void **state)
{
    (void)state;
    struct image image;
    struct badge_err err = {.offset = BADGE_NO_OFFSET};
    assert_int_equal(image_read(&image, png, 1000, &err), BADGE_EIMAGE);
    assert_true(err.offset <= 1000);
    assert_non_null(strstr(err.text, "ends before"));
    image_release(&image);
    assert_int_equal(image_kind("<svg/>", 6), IMAGE_SVG);
    assert_int_equal(image_kind("{}", 2), IMAGE_NONE);
    assert_int_equal(image_kind("", 0), IMAGE_NONE);
    assert_int_equal(image_read(&image, "{}", 2, &err), BADGE_EIMAGE);
    image_release(&image);
}

/* -- baking -------------------------------------------------------------------------------------------------------- */

static void baked_at_the_limit(void **state)
{
    (void)state;
    char *out, *text = malloc(IMAGE_MAX_LEN);
    size_t len;
    assert_non_null(text);
    memset(text, ' ', IMAGE_MAX_LEN);
    memcpy(text, "{}", 2);
    struct image_badge badge = {.version = IMAGE_OB2, .credential = {text, IMAGE_MAX_LEN - png_len}};
    assert_int_equal(image_bake(&out, &len, png, png_len, &badge, true, NULL), BADGE_OK);
    assert_true(len <= IMAGE_MAX_LEN);
    free(out);
    badge.credential.len = IMAGE_MAX_LEN;
    assert_int_equal(image_bake(&out, &len, png, png_len, &badge, true, NULL), BADGE_ELIMIT);
    assert_null(out);
    badge.credential.len = 2;
    assert_int_equal(image_bake(&out, &len, svg, svg_len, &badge, false, NULL), BADGE_EREFUSED);
    assert_null(out);
    free(text);
}

/* -- drawing again ------------------------------------------------------------------------------------------------- */

static void a_redrawn_png_has_its_pixels_only(void **state)
{
    (void)state;
    struct image image;
    char *out, *again;
    size_t len, again_len;
    assert_int_equal(image_redraw(&out, &len, png, png_len, NULL), BADGE_OK);
    assert_int_equal(image_read(&image, out, len, NULL), BADGE_OK);
    assert_null(image.credential);
    assert_null(image.receipt);
    image_release(&image);
    assert_memory_equal(out + 16, png + 16, 8); /* width and height */
    for (size_t at = 8, chunk_len; at < len; at += 12 + chunk_len) {
        const uint8_t *head = (const uint8_t *)out + at;
        chunk_len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
        assert_memory_not_equal(out + at + 5, "TXt", 3);
    }
    assert_int_equal(image_redraw(&again, &again_len, out, len, NULL), BADGE_OK);
    assert_int_equal(again_len, len);
    assert_memory_equal(again, out, len);
    free(again);
    free(out);
}

static void what_can_not_be_redrawn(void **state)
{
    (void)state;
    char *out;
    size_t len;
    assert_int_equal(image_redraw(&out, &len, svg, svg_len, NULL), BADGE_EIMAGE);
    assert_null(out);
    assert_int_equal(image_redraw(&out, &len, png, png_len / 2, NULL), BADGE_EIMAGE);
    assert_null(out);
    assert_int_equal(image_redraw(&out, &len, "", 0, NULL), BADGE_EIMAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_make_no_difference),
        cmocka_unit_test(limits_of_the_digester),
        cmocka_unit_test(a_long_prolog),
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(every_byte_of_a_png_counts),
        cmocka_unit_test(errors_say_where),
        cmocka_unit_test(baked_at_the_limit),
        cmocka_unit_test(a_redrawn_png_has_its_pixels_only),
        cmocka_unit_test(what_can_not_be_redrawn),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
