/*
 * What the node itself says on a page about one digest, for those who can't or won't run the page's script: link
 * previews, search engines, readers without JavaScript. All of it is the node's word, and is labelled so.
 */
#ifndef SITE_PAGE_META_H
#define SITE_PAGE_META_H

#include "http/server.h"
#include "http/strbuf.h"

struct sheet {
    const struct http_options *options;
    const char *base; /* of absolute links, without a slash at its end; "": they are relative */
    bool is_about_digest;
    bool is_embedded;
    bool is_link_broken;              /* the address was to name a digest, and names none */
    struct badge_hash digest;         /* from here where it is about one */
    const struct store_record *known; /* NULL: the node does not know it */
    struct store_batch batch;         /* its number is 0 where there is none yet */
};

/* "Credential 9f86d081… at Example University" */
void sheet_name(struct text *out, const struct sheet *sheet);
/* The page's address. */
void sheet_link(struct text *out, const struct sheet *sheet, const char *folder);
/* The fillings of the marks of page.h. */
void sheet_title(struct text *out, const struct sheet *sheet);
void sheet_head(struct text *out, const struct sheet *sheet);
void sheet_report(struct text *out, const struct sheet *sheet);
void sheet_settings(struct text *out, const struct sheet *sheet);

#endif
