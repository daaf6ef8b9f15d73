/*
 * The site's handlers, by file; site.c has the routes to them.
 */
#ifndef SITE_HANDLERS_H
#define SITE_HANDLERS_H

struct exchange;

void home_run(struct exchange *x); /* pages.c */
void operator_run(struct exchange *x);
void about_run(struct exchange *x);
void page_end(struct exchange *x);
void qr_run(struct exchange *x);
void preview_run(struct exchange *x);
void oembed_run(struct exchange *x); /* oembed.c */

#endif
