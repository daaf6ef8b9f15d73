/*
 * What the node itself says on a page about one digest, for those who can't or won't run the page's script: link
 * previews, search engines, readers without JavaScript. All of it is the node's word, and is labelled so.
 */
#ifndef SITE_PAGE_META_H
#define SITE_PAGE_META_H

#include "site/site.h"

struct page_meta {
    const struct site_options *options;
    const char *base; /* of absolute links, without a slash at its end; "": they are relative */
    bool is_about_digest;
    bool is_embedded;
    bool is_link_broken;              /* the address was to name a digest, and names none */
    struct badge_hash digest;         /* from here where it is about one */
    const struct store_record *known; /* NULL: the node does not know it */
    struct store_batch batch;         /* its number is 0 where there is none yet */
};

/* "Credential 9f86d081… at Example University" */
void page_meta_name(struct strbuf *out, const struct page_meta *meta);
/* The page's address. */
void page_meta_link(struct strbuf *out, const struct page_meta *meta, const char *folder);
/* The fillings of the marks of page.h. */
void page_meta_title(struct strbuf *out, const struct page_meta *meta);
void page_meta_head(struct strbuf *out, const struct page_meta *meta);
void page_meta_report(struct strbuf *out, const struct page_meta *meta);
void page_meta_settings(struct strbuf *out, const struct page_meta *meta);

#endif
