/*
 * Links to a badge's page at a node, with the badge in the fragment, as the page itself makes them
 * (node/web/README.md).
 */
#ifndef CLI_LINK_H
#define CLI_LINK_H

#include "badge/digest.h"

/*
 * NODE/c/DIGEST, with #b= and the credential behind it, deflated and in base64url, if all of it has at most max bytes.
 * The caller's: free(); NULL: no memory. *is_full: the credential is in it.
 */
char *link_new(bool *is_full, const char *node, const struct badge_hash *digest, struct badge_text credential,
               size_t max);

#endif
