/*
 * Badges baked into images: PNG by libpng, SVG by libxml2, which have their one door here. Pixels are never decoded,
 * nothing is fetched, no entity is expanded; memory is bounded by a small multiple of the image's length.
 *
 *   Open Badges 3.0   PNG: an iTXt chunk `openbadgecredential`, not compressed
 *                     SVG: an element `credential` of the namespace https://purl.imsglobal.org/ob/v3p0
 *   Open Badges 2.0   PNG: an iTXt chunk `openbadges`, or a tEXt chunk as Open Badges 1.0 had it
 *                     SVG: an element `assertion` of the namespace http://openbadges.org
 *   the receipt       PNG: an iTXt chunk `badgereceipt`; SVG: an element `badgereceipt` of urn:badged:receipt
 *
 * An SVG's badge is in the attribute `verify`, if that is no URL, else in the text of the element, white space at both
 * ends removed. An image has one badge at most and one receipt at most, else it is refused; so is one that is broken,
 * whether or not a badge is in it. A badge of 2.0 that is only a URL is none: the document is elsewhere.
 *
 * What is not read (BADGE_EUNSUPPORTED): compressed chunks, a critical chunk that PNG does not know, a side of more
 * than IMAGE_MAX_SIDE, SVG that is neither UTF-8 nor UTF-16, a DOCTYPE with an internal subset.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "badge/digest.h"

#define IMAGE_MAX_LEN ((size_t)16 << 20)
#define IMAGE_READ_COST 3u        /* so many times its length are needed of memory, the image itself included */
#define IMAGE_MAX_SIDE 16384u     /* pixels of a PNG: whoever shows it must have room for them */
#define IMAGE_MAX_DEPTH 256u      /* of an SVG's elements, the root's being 1 */
#define IMAGE_MAX_ATTRIBUTES 256u /* of one of them; libxml2 compares each with each */
#define IMAGE_MAX_NAMESPACES 64u  /* declared in one place and round it */
/* Bytes of an SVG's different names and namespaces together: libxml2 looks them up in a table that stays small. */
#define IMAGE_MAX_NAMES (256u << 10)

enum image_kind { IMAGE_NONE, IMAGE_PNG, IMAGE_SVG };
enum image_version { IMAGE_NO_BADGE = 0, IMAGE_OB2 = 2, IMAGE_OB3 = 3 };

struct image {
    enum image_kind kind;
    enum image_version version;
    char *credential; /* NULL: there is no badge, or only a URL; a NUL follows, not counted */
    size_t credential_len;
    char *url; /* of a badge of 2.0 that is only that; NULL: none */
    char *receipt;
    size_t receipt_len; /* NULL: none */
};

/* Told from the beginning, as badge_digester does. */
enum image_kind image_kind(const void *bytes, size_t len);

/*
 * Takes out what is baked in; *out is the caller's, also after an error: image_release(). Any thread; slow enough to
 * keep off a loop.
 * errors    BADGE_EIMAGE, BADGE_EUNSUPPORTED, BADGE_ELIMIT, BADGE_ENOMEM
 */
enum badge_status image_read(struct image *out, const void *bytes, size_t len, struct badge_err *err) BADGE_CHECKED;
void image_release(struct image *image);

/* For badge_digester_take_images(). context: NULL, or a char *, which becomes struct image's url, then the caller's. */
badge_unbake image_unbake;

/* http://… or https://…, and no white space in it. */
bool image_is_url(struct badge_text text);

/* What is to be baked into an image. */
struct image_badge {
    enum image_version version;
    struct badge_text credential; /* JSON or a compact JWS */
    struct badge_text url;        /* where a badge of 2.0 is hosted; bytes NULL: none */
    struct badge_text receipt;    /* bytes NULL: none */
};

/*
 * The same image with the badge in it: no byte of it changes otherwise. *out is the caller's.
 * replace   a badge and a receipt that are there give way, else: BADGE_EREFUSED
 * errors    those of image_read(); BADGE_EREFUSED; BADGE_EUNSUPPORTED: an SVG in UTF-16, or whose prefix openbadges
 *           means something else
 */
enum badge_status image_bake(char **out, size_t *out_len, const void *bytes, size_t len,
                             const struct image_badge *badge, bool replace, struct badge_err *err) BADGE_CHECKED;

#endif
