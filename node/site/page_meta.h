/*
 * What the node itself states on a page about one digest, for clients that do not run the page's script: link previews,
 * search engines, readers without JavaScript. All of it is labelled as the node's statement.
 */
#ifndef SITE_PAGE_META_H
#define SITE_PAGE_META_H

#include "http/strbuf.h"
#include "site/site.h"

struct page_meta {
    const struct site_options *options;
    const char *base; /* of absolute links, without a slash at the end; "": links are relative */
    bool is_about_digest;
    bool is_embedded;
    bool is_link_broken;               /* the path should contain a digest, and does not */
    bool is_missing;                   /* there is nothing at the path */
    struct badge_hash digest;          /* from here on if it is about one */
    const struct store_record *known;  /* NULL: unknown to the node */
    struct store_batch batch;          /* number 0: not in a batch yet */
    const struct published *published; /* NULL: the holder does not show it */
};

/* "Credential 9f86d081… at Example University"; of a published one its title */
#define PAGE_META_NAME_LEN 1300 /* 300 characters */
void page_meta_name(char out[PAGE_META_NAME_LEN], const struct page_meta *meta);
/* The published one; else empty. */
struct badge_text page_meta_credential(const struct page_meta *meta);
/* The URL of the digest below a folder, NUL-terminated; into an empty text. */
void page_meta_link(struct strbuf *out, const struct page_meta *meta, const char *folder, const char *suffix);
/* What fills the slots of page.h. */
void page_meta_title(struct strbuf *out, const struct page_meta *meta);
void page_meta_head(struct strbuf *out, const struct page_meta *meta);
void page_meta_report(struct strbuf *out, const struct page_meta *meta);
void page_meta_settings(struct strbuf *out, const struct page_meta *meta);

#endif
