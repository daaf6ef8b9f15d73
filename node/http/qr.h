/* QR codes (ISO/IEC 18004), as drawings that scale. */
#ifndef HTTP_QR_H
#define HTTP_QR_H

#include "http/text.h"

#define QR_MAX_LEN 1024 /* bytes of text: well below what a code can hold */

/* The text as an SVG image with its quiet zone. errors    BADGE_ELIMIT (longer than QR_MAX_LEN), BADGE_ENOMEM */
enum badge_status qr_svg(struct text *out, const char *text, const char *title) __attribute__((warn_unused_result));

#endif
