/*
 * A page of the program: one HTML file with marks in it that are filled for each answer. It is cut and compressed once;
 * an answer holds no more than its own fillings, and is sent from where its parts lie.
 */
#ifndef SITE_PAGE_H
#define SITE_PAGE_H

#include "http/strbuf.h"

/* In the order in which they stand in the file; one that it does not have is not filled. */
enum page_mark {
    PAGE_TITLE, /* the whole title element */
    PAGE_HEAD,
    PAGE_REPORT,
    PAGE_SETTINGS, /* the whole script element: see page_settings() */
    PAGE_N_MARKS
};

struct page; /* immutable, so for any number of threads */

/* html is borrowed for the page's life. errors    BADGE_ENOMEM, BADGE_ESYNTAX (no policy in it) */
enum badge_status page_new(struct page **out, const uint8_t *html, size_t len, struct badge_err *err) BADGE_CHECKED;
void page_free(struct page *page);
/* The Content-Security-Policy of its meta element. */
const char *page_policy(const struct page *page);

/* Puts JSON into a script element of type application/json: nothing in it ends the element, whatever its strings say.
 */
void page_put_json(struct strbuf *out, const char *json, size_t len);

struct page_body;
/*
 * An answer's body: the page with fill[i] in its marks, as it is or as one member of gzip (RFC 1952). The fillings are
 * copied; one that is empty leaves the mark as it was. NULL where there is no memory, or a filling had failed.
 */
struct page_body *page_fill(const struct page *page, const struct strbuf fill[PAGE_N_MARKS], bool gzip) BADGE_CHECKED;
void page_body_free(struct page_body *body);
bool page_body_is_gzip(const struct page_body *body);
size_t page_body_held(const struct page_body *body); /* bytes of memory that it has for itself */
/* Of the whole and its coding: 32 digits in quotes. */
void page_body_etag(const struct page_body *body, char out[36]);
#define PAGE_MAX_PIECES (2 * (PAGE_N_MARKS + 1) + 1)
/* Its parts in their order, at most PAGE_MAX_PIECES; they live as long as the body. */
const struct piece *page_body_pieces(const struct page_body *body, size_t *n);

#endif
