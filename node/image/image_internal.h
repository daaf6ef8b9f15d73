/*
 * Shared by the files of this folder: what the readers of PNG and SVG return, and what the writers need.
 */
#ifndef IMAGE_IMAGE_INTERNAL_H
#define IMAGE_IMAGE_INTERNAL_H

#include "image/image.h"
#include "image/qr.h"

#define OB3_NAMESPACE "https://purl.imsglobal.org/ob/v3p0"
#define OB2_NAMESPACE "http://openbadges.org"
#define RECEIPT_NAMESPACE "urn:badged:receipt"

#define IMAGE_MAX_PARTS 64u /* badges (an SVG may have equal copies of one) and receipt */

/* Where the badge and the receipt are in the file, so that they can be cut out. */
struct image_places {
    struct {
        size_t at, end;
    } place[IMAGE_MAX_PARTS];
    size_t n;

    /* Of an SVG: the root's tag, and the namespace of the prefix `openbadges` there. */
    size_t root_at, root_end, root_name_len;
    bool root_is_empty; /* it ends in "/>" */
    bool has_prefix;
    enum image_version prefix; /* IMAGE_NO_BADGE: another namespace */
    bool is_utf16;
};

/* -- parts.c ------------------------------------------------------------------------------------------------------- */

/*
 * Copies a badge's text into the image: as its credential, or as its url if it is only a URL. A link of 2.0 beside a
 * credential of 3.0 does not count; takes_copies: neither does an equal copy of the badge.
 * errors    BADGE_EIMAGE: the image already has a badge, or the text is empty; BADGE_ENOMEM
 */
enum badge_status image_add_badge(struct image *image, enum image_version version, const char *text, size_t len,
                                  bool takes_copies, struct badge_err *err) BADGE_CHECKED;
enum badge_status image_add_receipt(struct image *image, const char *text, size_t len,
                                    struct badge_err *err) BADGE_CHECKED;

/*
 * Whether a badge may be in an image that can't be read: whether anything of one stands in its bytes, in UTF-8 or
 * UTF-16, with character references or without. True also if out of memory.
 */
bool image_may_have_badge(const char *bytes, size_t len);

/* Bytes that grow up to max; failed: max was reached or memory ran out, and further bytes are dropped. */
struct image_bytes {
    char *bytes;
    size_t len, capacity, max;
    bool failed;
};
void image_put(struct image_bytes *out, const void *bytes, size_t len);
/* Appends the bytes from `at` to len, leaving out those of the places. */
void image_put_rest(struct image_bytes *out, const struct image_places *places, const char *bytes, size_t at,
                    size_t len);

/* -- png.c, svg.c, bake_svg.c -------------------------------------------------------------------------------------- */

enum badge_status image_png_read(struct image *image, struct image_places *places, const void *bytes, size_t len,
                                 struct badge_err *err) BADGE_CHECKED;
enum badge_status image_svg_read(struct image *image, struct image_places *places, const void *bytes, size_t len,
                                 struct badge_err *err) BADGE_CHECKED;

/* The image with the badge in it and without the bytes of the places; errors are in out->failed. */
void image_png_write(struct image_bytes *out, const struct image_places *places, const char *bytes, size_t len,
                     const struct image_badge *badge);
void image_svg_write(struct image_bytes *out, const struct image_places *places, const char *bytes, size_t len,
                     const struct image_badge *badge);

/* -- png_qr.c, svg_qr.c ----------------------------------------------------------------------------------------------
 */

/* How wide a code is below a picture of this width: half of it, or all of it where its modules would be too small. */
static inline size_t image_qr_side(const struct image_qr *qr, size_t width)
{
    return qr->side <= 77 ? width / 2 : width;
}

enum badge_status image_png_add_qr(struct image_bytes *out, const void *bytes, size_t len, const struct image_qr *qr,
                                   struct badge_err *err) BADGE_CHECKED;
enum badge_status image_svg_add_qr(struct image_bytes *out, const struct image_places *places, const char *bytes,
                                   size_t len, const struct image_qr *qr, struct badge_err *err) BADGE_CHECKED;

#endif
