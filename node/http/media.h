/*
 * Media types of submissions (RFC 9110 section 8.3), and what each of them says about the bytes.
 */
#ifndef HTTP_MEDIA_H
#define HTTP_MEDIA_H

#include "badge/digest.h"

enum media {
    MEDIA_REFUSED, /* missing, malformed, a form, another charset, or a type that carries no credential */
    MEDIA_JSON,    /* application/json and every +json: an object */
    MEDIA_JWT,     /* application/jwt and every +jwt: a compact JWS */
    MEDIA_PDF,
    MEDIA_PNG,
    MEDIA_SVG,
    MEDIA_BYTES, /* application/octet-stream, text/plain: says nothing about the bytes */
    MEDIA_NDJSON,
};

/* content_type may be NULL. */
enum media media_parse(const char *content_type);

#define MEDIA_HEAD_LEN 8 /* how many first bytes media_fits() needs, at most */
/* Whether bytes with this label and these first bytes are what their media type says. An image's label is that of its
 * badge. */
bool media_fits(enum media media, enum badge_label label, bool is_image, const void *head, size_t head_len);

#endif
