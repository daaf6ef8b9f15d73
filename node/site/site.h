/*
 * What people see of the node: the page that verifies, the page of a digest, the operator's page, QR codes and oEmbed,
 * as a module of the server. It reads the store and does not depend on the API.
 */
#ifndef SITE_SITE_H
#define SITE_SITE_H

#include "http/route.h"
#include "site/options.h"

struct site;

/* Strings and lists are borrowed for the site's life. errors    BADGE_ENOMEM, BADGE_ESYNTAX (a page without policy) */
enum badge_status site_new(struct site **out, const struct site_options *options, struct badge_err *err) BADGE_CHECKED;
void site_free(struct site *site); /* after the server */

/* For http_new(). */
struct http_module site_module(const struct site *site);

#endif
