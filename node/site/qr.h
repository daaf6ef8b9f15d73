/* QR codes (ISO/IEC 18004), as drawings that scale. */
#ifndef SITE_QR_H
#define SITE_QR_H

#include "http/strbuf.h"

/* The text as an SVG image with its quiet zone. errors    BADGE_ELIMIT (longer than QR_MAX_LEN), BADGE_ENOMEM */
enum badge_status qr_svg(struct strbuf *out, const char *text, const char *title) BADGE_CHECKED;

#endif
