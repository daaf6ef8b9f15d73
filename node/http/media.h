/*
 * Media types of submissions (RFC 9110 section 8.3), and what each of them promises about the bytes.
 */
#ifndef HTTP_MEDIA_H
#define HTTP_MEDIA_H

#include "badge/digest.h"

enum media {
    MEDIA_REFUSED, /* missing, malformed, a form, another charset, or nothing that carries a credential */
    MEDIA_JSON,    /* application/json and every +json: an object */
    MEDIA_JWT,     /* application/jwt and every +jwt: a compact JWS */
    MEDIA_PDF,
    MEDIA_PNG,
    MEDIA_SVG,
    MEDIA_BYTES, /* application/octet-stream, text/plain: promises nothing */
    MEDIA_NDJSON,
};

/* content_type may be NULL. */
enum media media_parse(const char *content_type);

#define MEDIA_HEAD_LEN 8 /* how many first bytes media_fits() is shown, at most */
/* Whether bytes with this label and this beginning are what their media type says; an image's label is another's. */
bool media_fits(enum media media, enum badge_label label, bool is_image, const void *head, size_t head_len);

#endif
