/*
 * A page of the program: one HTML file with slots that are filled for each answer. It is split and compressed once; an
 * answer has memory only for its own slots, and is sent as the pieces it consists of.
 */
#ifndef SITE_PAGE_H
#define SITE_PAGE_H

#include "http/reply.h"

/* In the order in which they occur in the file; a slot that it does not have is not filled. */
enum page_slot {
    PAGE_TITLE, /* the whole title element */
    PAGE_HEAD,
    PAGE_REPORT,
    PAGE_SETTINGS, /* the whole script element: see page_settings() */
    PAGE_N_SLOTS
};

struct page; /* immutable, so for any number of threads */

/* html is borrowed for the page's life. errors    BADGE_ENOMEM, BADGE_ESYNTAX (it has no policy) */
enum badge_status page_new(struct page **out, const uint8_t *html, size_t len, struct badge_err *err) BADGE_CHECKED;
void page_free(struct page *page);
/* The Content-Security-Policy of its meta element. */
const char *page_policy(const struct page *page);

/* Writes JSON into a script element of type application/json, escaped so that no string can end the element. */
void page_put_json(struct strbuf *out, const char *json, size_t len);

/* An answer's body. */
#define PAGE_MAX_PIECES (2 * (PAGE_N_SLOTS + 1) + 1)
struct page_body {
    bool gzip;
    struct reply_piece piece[PAGE_MAX_PIECES]; /* in order; they live as long as the body */
    size_t n_pieces;
    struct strbuf own; /* the bytes of this answer only, in order */
    char etag[36];     /* of the body and its coding: 32 digits in quotes */
};
/*
 * The page with fill[i] in its slots, plain or as one member of gzip (RFC 1952). Copies fill; an empty one leaves the
 * slot as it is in the file. NULL: no memory, or one of fill had failed.
 */
struct page_body *page_fill(const struct page *page, const struct strbuf fill[PAGE_N_SLOTS], bool gzip) BADGE_CHECKED;
void page_body_free(struct page_body *body);

#endif
