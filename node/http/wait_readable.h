/*
 * Waits once until a socket is readable: bytes, its end or an error. For connections that are suspended in
 * libmicrohttpd (chunked.h).
 */
#ifndef HTTP_WAIT_READABLE_H
#define HTTP_WAIT_READABLE_H

#include <uv.h>

#include "badge/status.h"

struct readable;

/*
 * `ready` runs once, later, on the loop; after that, or after readable_cancel(), the wait frees itself. The descriptor
 * is borrowed until then. NULL: no memory.
 */
struct readable *wait_readable(uv_loop_t *loop, int fd, void (*ready)(void *context), void *context) BADGE_CHECKED;
void readable_cancel(struct readable *readable); /* `ready` is not called */

/* Bytes in the socket that were not read yet; 0 at its end, too. */
int readable_len(int fd);

#endif
