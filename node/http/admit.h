/*
 * Whether a request may go on to its handler: route, permission, limits, body.
 */
#ifndef HTTP_ADMIT_H
#define HTTP_ADMIT_H

#include "http/exchange.h"
#include "http/header_check.h"

/* Finds the route and opens it, or answers. check: after header_check_end(). */
void admit(struct exchange *x, const struct header_check *check);

#endif
