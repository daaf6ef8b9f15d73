/*
 * Addresses and answers on the web: which addresses are asked, whose they are, and what an answer is by its headers.
 */
#ifndef CORE_WEB_H
#define CORE_WEB_H

#include "badge/json.h"

/* An https URL of plain characters, with a host, a port that may be asked, without a user and a fragment. */
bool web_url_is_https(struct badge_text url);
/* Of an https URL, up to the path; len 0: it is not one. Borrowed from the URL. */
struct badge_text web_url_origin(struct badge_text url);

/*
 * Whether a document that came with these headers may be read: the media type is one of application/json, did+json,
 * did+ld+json, ld+json, jwk+json, jwk-set+json, with any parameters, and it came without Content-Disposition. A site
 * where people upload files thus can't be made to speak for its domain. The one rule for all transports.
 * media_type    the Content-Type as it was sent; NULL: none
 */
bool web_is_json(const char *media_type, bool has_disposition);

#endif
