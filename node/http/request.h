/* The steps of a request, which request.c takes as libmicrohttpd reports it. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "http/exchange.h"
#include "http/header_check.h"

/* admit.c: finds the route and opens it, or answers. check: after header_check_end(). */
void admit(struct exchange *x, const struct header_check *check);
/* send.c: sends the answer of an exchange that is not suspended. false: close the connection. */
bool send_reply(struct exchange *x) BADGE_CHECKED;
/* Sends the problem that answers an exchange whose request still arrives; its connection is then to be closed. */
void send_refusal_now(struct exchange *x);

#endif
