/*
 * Between the files of this folder: what the readers of PNG and SVG hand to image.c, and what baking needs of them.
 */
#ifndef IMAGE_IMAGE_INTERNAL_H
#define IMAGE_IMAGE_INTERNAL_H

#include "image/image.h"

#define OB3_NAMESPACE "https://purl.imsglobal.org/ob/v3p0"
#define OB2_NAMESPACE "http://openbadges.org"
#define RECEIPT_NAMESPACE "urn:badged:receipt"

/* Where what was found stands in the file, so that it can give way. */
struct image_places {
    struct {
        size_t at, end;
    } place[2];
    size_t n;

    /* Of an SVG: the root's tag, and what the prefix openbadges means there. */
    size_t root_at, root_end, root_name_len;
    bool root_is_empty; /* it ends in "/>" */
    bool has_prefix;
    enum image_version prefix; /* IMAGE_NO_BADGE: something else */
    bool is_utf16;
};

/*
 * Takes a badge's text, as it stands in the file: to the image goes a copy, or the URL that it only is.
 * errors    BADGE_EIMAGE: there is one already, or it is empty; BADGE_ENOMEM
 */
enum badge_status image_found_badge(struct image *image, enum image_version version, const char *text, size_t len,
                                    struct badge_err *err) BADGE_CHECKED;
enum badge_status image_found_receipt(struct image *image, const char *text, size_t len,
                                      struct badge_err *err) BADGE_CHECKED;
/* Without white space at both ends. */
struct badge_text image_trim(const char *text, size_t len);

enum badge_status image_png_read(struct image *image, struct image_places *places, const void *bytes, size_t len,
                                 struct badge_err *err) BADGE_CHECKED;
enum badge_status image_svg_read(struct image *image, struct image_places *places, const void *bytes, size_t len,
                                 struct badge_err *err) BADGE_CHECKED;

/* Bytes that grow up to a ceiling; failed: beyond it, or no memory, and nothing more is taken. */
struct image_bytes {
    char *bytes;
    size_t len, capacity, max;
    bool failed;
};
void image_put(struct image_bytes *out, const void *bytes, size_t len);
/* The bytes from `at` on, without those of the places. */
void image_put_rest(struct image_bytes *out, const struct image_places *places, const char *bytes, size_t at,
                    size_t len);

/* The image with the badge in it and without what stands in places; out->failed tells. */
void image_png_write(struct image_bytes *out, const struct image_places *places, const char *bytes, size_t len,
                     const struct image_badge *badge);
void image_svg_write(struct image_bytes *out, const struct image_places *places, const char *bytes, size_t len,
                     const struct image_badge *badge);

#endif
