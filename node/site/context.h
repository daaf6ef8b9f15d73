/*
 * What the site's handlers work with: the options, the pages, and the address of the node as the client sees it.
 */
#ifndef SITE_CONTEXT_H
#define SITE_CONTEXT_H

#include "http/route.h"
#include "site/options.h"
#include "site/page.h"

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
 * (which was checked) after http, or https if a trusted proxy says so. Empty without either.
 */
void site_base(struct strbuf *out, const struct exchange *x);

#endif
