/*
 * What the site is given. Apart from site.h, so that the handlers know it without the module.
 */
#ifndef SITE_OPTIONS_H
#define SITE_OPTIONS_H

#include "store/store.h"

struct site_options {
    struct store *store;
    const char *public_url;        /* may be NULL: links then follow the Host header */
    const char *name;              /* the institution's; may be NULL */
    const char *const *public_rpc; /* providers of the chain that pages suggest */
    size_t n_public_rpcs;
    const char *const *issuer_id; /* of the credentials that this node accepts; none: any */
    size_t n_issuers;
    uint64_t chain_id;
    struct badge_address contract, issuer;
};

#endif
