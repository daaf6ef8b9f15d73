/*
 * What the site's handlers work with: the options, the pages, and the address of the node as the client sees it; and
 * the handlers, by file. site.c has the routes to them.
 */
#ifndef SITE_HANDLERS_H
#define SITE_HANDLERS_H

#include "http/route.h"
#include "site/page.h"
#include "site/site.h"
#include "store/published.h"

struct site {
    struct site_options options;
    struct page *verify, *operator_page;
};

static inline const struct site *site_of(const struct exchange *x)
{
    return x->module->context;
}

/*
 * The address under which the client reached this node, for absolute links: http.public_url, else the Host header
 * (which was checked) after http, or https if a trusted proxy says so. Empty without either. Initializes out.
 */
void site_base(struct strbuf *out, const struct exchange *x);

/* What a request keeps, in x->state. */
struct site_request {
    enum badge_status status; /* of the digest's record */
    struct badge_err err;
    struct store_record record;
    void (*answer)(struct exchange *x);
    struct page_body *body;     /* of a page */
    unsigned width, height;     /* of an embedded one */
    size_t published_len;       /* 0: nothing is */
    struct published published; /* bytes NULL: likewise, or it could not be read */
};
/* Looks the digest up, in memory or on the pool, and what is published under it, and answers then. After
 * exchange_new_state(), on a route that ends with page_end(). */
void site_find(struct exchange *x, void (*answer)(struct exchange *x));

void home_run(struct exchange *x); /* pages.c */
void operator_run(struct exchange *x);
void about_run(struct exchange *x);
void rest_run(struct exchange *x);
void page_end(struct exchange *x);
void qr_run(struct exchange *x);
void preview_run(struct exchange *x);
void oembed_run(struct exchange *x);   /* oembed.c */
void publish_open(struct exchange *x); /* publish.c */
void publish_data(struct exchange *x, const char *bytes, size_t len);
void publish_run(struct exchange *x);
void publish_end(struct exchange *x);
void unpublish_run(struct exchange *x);
void picture_run(struct exchange *x);
void picture_end(struct exchange *x);

#endif
