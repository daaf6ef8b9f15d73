/* The pages that this node serves: made once, shared by its loops. */
#ifndef SITE_PAGES_H
#define SITE_PAGES_H

#include "site/page.h"

struct pages {
    struct page *verify, *operator_page;
};

/* errors    as page_new() */
enum badge_status pages_init(struct pages *pages, struct badge_err *err) __attribute__((warn_unused_result));
void pages_release(struct pages *pages);

struct exchange;
/*
 * The address under which the client has reached this node, for absolute links: http.public_url, else the Host header,
 * which was checked, after http, or https where a trusted proxy says so. Empty where there is none.
 */
void pages_base(struct text *out, const struct exchange *x);

#endif
