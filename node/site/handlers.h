/*
 * What the site's handlers work with: the options, the pages, and the address of the node as the client sees it; and
 * the handlers, by file. site.c has the routes to them.
 */
#ifndef SITE_HANDLERS_H
#define SITE_HANDLERS_H

#include "http/route.h"
#include "site/page.h"
#include "site/site.h"

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

void home_run(struct exchange *x); /* pages.c */
void operator_run(struct exchange *x);
void about_run(struct exchange *x);
void page_end(struct exchange *x);
void qr_run(struct exchange *x);
void preview_run(struct exchange *x);
void oembed_run(struct exchange *x); /* oembed.c */

#endif
