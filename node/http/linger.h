/*
 * Connections that were answered before their client had finished sending (a body refused for its length, a request
 * that broke the rules). Closing such a socket at once would reset it, and the reset may overtake the answer (RFC 9112
 * section 9.6): so our side is shut down first, and what still comes is read and discarded for a while.
 */
#ifndef HTTP_LINGER_H
#define HTTP_LINGER_H

#include "http/loop.h"

void linger_start(struct loop *loop, int fd); /* duplicates the descriptor: the caller closes its own */
void lingering_tick(struct loop *loop);
void lingering_close_all(struct loop *loop);

#endif
