/*
 * Connections that were answered before their client had finished sending (a body refused by its length, a request
 * that broke the rules). To close such a socket at once would reset it, and the reset may overtake the answer
 * (RFC 9112 section 9.6): so our side is closed first, and what still comes is read and thrown away for a while.
 */
#ifndef HTTP_LINGER_H
#define HTTP_LINGER_H

#include "http/loop.h"

void linger_start(struct loop *loop, int fd); /* on a copy of the descriptor: the caller closes its own */
void lingers_tick(struct loop *loop);
void lingers_close(struct loop *loop);

#endif
