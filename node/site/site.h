/*
 * What people see of the node: the page that verifies, the page of a digest, the operator's page, QR codes and oEmbed,
 * as a module of the server. It reads the store and does not depend on the API.
 */
#ifndef SITE_SITE_H
#define SITE_SITE_H

#include "http/route.h"
#include "store/published.h"
#include "store/store.h"

struct site;

struct site_options {
    struct store *store;
    struct published_folder *published;
    bool may_publish; /* else nothing in that folder is shown, and it can only be taken down */
    size_t max_json;
    const char *public_url;        /* may be NULL: links then follow the Host header */
    const char *name;              /* the institution's; may be NULL */
    const char *const *public_rpc; /* providers of the chain that pages suggest */
    size_t n_public_rpcs;
    const char *const *issuer_id; /* of the credentials that this node accepts; none: any */
    size_t n_issuers;
    uint64_t chain_id;
    struct badge_address contract, issuer;
};

/* Strings and lists are borrowed for the site's life. errors    BADGE_ENOMEM, BADGE_ESYNTAX (a page without policy) */
enum badge_status site_new(struct site **out, const struct site_options *options, struct badge_err *err) BADGE_CHECKED;
void site_free(struct site *site); /* after the server */

/* For http_new(). */
struct http_module site_module(const struct site *site);

#endif
