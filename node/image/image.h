/*
 * Badges baked into images: PNG with libpng, SVG with libxml2, which only this folder includes. Pixels are decoded only
 * to add a QR code and by image_redraw(), nothing is fetched, no entity is expanded; memory is bounded by a small
 * multiple of the image's length.
 *
 *   Open Badges 3.0   PNG: an iTXt chunk `openbadgecredential`, not compressed
 *                     SVG: an element `credential` of the namespace https://purl.imsglobal.org/ob/v3p0
 *   Open Badges 2.0   PNG: an iTXt chunk `openbadges`, or a tEXt chunk as in Open Badges 1.0
 *                     SVG: an element `assertion` of the namespace http://openbadges.org
 *   the receipt       PNG: an iTXt chunk `badgereceipt`; SVG: an element `badgereceipt` of urn:badged:receipt
 *
 * An SVG's badge is the value of the attribute `verify` if that is not a URL, else the text of the element; white space
 * at both ends is removed. An image with more than one badge or more than one receipt is refused, but for a link of 2.0
 * beside a credential of 3.0, which counts, and equal copies of one badge in an SVG. A badge of 2.0 that is only a URL
 * does not count as a credential: the document is elsewhere.
 *
 * An image that is broken or not supported is refused if a badge may be in it, and else it is an image without one: a
 * program that draws it may still show it.
 *
 * Not supported (BADGE_EUNSUPPORTED): compressed chunks, critical chunks that PNG does not define, a side longer than
 * IMAGE_MAX_SIDE, SVG that is neither UTF-8 nor UTF-16, a DOCTYPE with an internal subset.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "badge/digest.h"

#define IMAGE_MAX_LEN ((size_t)16 << 20)
#define IMAGE_READ_COST 3u        /* memory needed to read an image, in multiples of its length, itself included */
#define IMAGE_MAX_SIDE 16384u     /* pixels of a PNG: a viewer has to hold them in memory */
#define IMAGE_MAX_DEPTH 256u      /* of an SVG's elements; the root has depth 1 */
#define IMAGE_MAX_ATTRIBUTES 256u /* of one element; libxml2 compares each with each */
#define IMAGE_MAX_NAMESPACES 64u  /* in scope at one element */
/* Total bytes of an SVG's distinct names and namespaces: libxml2 keeps them in a table, which has to stay small. */
#define IMAGE_MAX_NAMES (256u << 10)

enum image_kind { IMAGE_NONE, IMAGE_PNG, IMAGE_SVG };
enum image_version { IMAGE_NO_BADGE = 0, IMAGE_OB2 = 2, IMAGE_OB3 = 3 };

struct image {
    enum image_kind kind;
    enum image_version version;
    char *credential; /* NULL: no badge, or only a URL; NUL-terminated */
    size_t credential_len;
    char *url;           /* of a badge of 2.0 that is only a URL; NULL: none */
    bool has_other_link; /* a link of 2.0 beside a credential of 3.0, which does not count */
    char *receipt;       /* NULL: none; NUL-terminated */
    size_t receipt_len;
};

/* Decided by the first bytes, by the same rule as badge_digester. */
enum image_kind image_kind(const void *bytes, size_t len);

/*
 * Reads what is baked into an image. A broken one in whose bytes nothing of a badge stands has none. *out is the
 * caller's, also after an error: image_release(). Any thread; too slow for an event loop. errors    BADGE_EIMAGE,
 * BADGE_EUNSUPPORTED, BADGE_ELIMIT, BADGE_ENOMEM
 */
enum badge_status image_read(struct image *out, const void *bytes, size_t len, struct badge_err *err) BADGE_CHECKED;
void image_release(struct image *image);

/* For badge_digester_take_images(). context: NULL, or a char **, set to struct image's url: the caller's, free(). */
badge_unbake image_unbake;

/* http://… or https://…, without white space. */
bool image_is_url(struct badge_text text);

/* What is to be baked into an image. */
struct image_badge {
    enum image_version version;
    struct badge_text credential; /* JSON or a compact JWS */
    struct badge_text url;        /* where a badge of 2.0 is hosted; bytes NULL: none */
    struct badge_text receipt;    /* bytes NULL: none */
};

/*
 * The same image with the badge in it; no other byte changes. *out is the caller's: free().
 * replace   replaces a badge and receipt that are in the image; false: then BADGE_EREFUSED
 * errors    those of image_read(); BADGE_EREFUSED; BADGE_EUNSUPPORTED: an SVG in UTF-16
 */
enum badge_status image_bake(char **out, size_t *out_len, const void *bytes, size_t len,
                             const struct image_badge *badge, bool replace, struct badge_err *err) BADGE_CHECKED;

/*
 * The picture with the QR code of a text below it. A PNG is drawn again, as red, green, blue and opacity of 8 bits
 * each, and loses what else is in it, a badge too; an SVG becomes the first element of a larger one. For images of
 * one's own. *out is the caller's: free(). errors    those of image_read(); BADGE_ELIMIT: the text is longer than a
 * code can hold; BADGE_EUNSUPPORTED: an SVG in UTF-16, or without a size; a PNG of too many pixels
 */
enum badge_status image_add_qr(char **out, size_t *out_len, const void *bytes, size_t len, struct badge_text text,
                               struct badge_err *err) BADGE_CHECKED;

#define IMAGE_REDRAW_MAX_PIXELS (2u << 20)
#define IMAGE_REDRAW_MAX_LEN ((size_t)2 << 20) /* of the new PNG */
#define IMAGE_REDRAW_COST ((size_t)12 << 20)   /* memory that it takes at most, beside the picture */

/*
 * The picture of an untrusted PNG, as a new PNG of red, green, blue and opacity of 8 bits each, without anything else
 * that is in the file. *out is the caller's: free(). Any thread; too slow for an event loop. errors    BADGE_EIMAGE (or
 * the new one would be too long), BADGE_ELIMIT (too many pixels), BADGE_ENOMEM
 */
enum badge_status image_redraw(char **out, size_t *out_len, const void *bytes, size_t len,
                               struct badge_err *err) BADGE_CHECKED;

#endif
