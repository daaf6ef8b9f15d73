/* How an exchange's answer leaves. */
#ifndef HTTP_SEND_H
#define HTTP_SEND_H

#include "http/exchange.h"

/* The exchange is answered, and not suspended. false: close the connection. */
bool send_reply(struct exchange *x) BADGE_CHECKED;

#endif
