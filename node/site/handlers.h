/*
 * The site from within: its handlers, and what they answer from.
 */
#ifndef SITE_HANDLERS_H
#define SITE_HANDLERS_H

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
 * The address under which the client has reached this node, for absolute links: http.public_url, else the Host header,
 * which was checked, after http, or https where a trusted proxy says so. Empty where there is none.
 */
void site_base(struct strbuf *out, const struct exchange *x);

/* The handlers, by file. */
void home_run(struct exchange *x); /* pages.c */
void operator_run(struct exchange *x);
void about_run(struct exchange *x);
void page_end(struct exchange *x);
void qr_run(struct exchange *x);
void preview_run(struct exchange *x);
void oembed_run(struct exchange *x); /* oembed.c */
void oembed_end(struct exchange *x);

#endif
