/*
 * Waits once until a socket can be read: bytes, its end or an error. For connections that were taken out of the
 * library's hands (see the server's part on chunked bodies).
 */
#ifndef HTTP_WAIT_READABLE_H
#define HTTP_WAIT_READABLE_H

#include <uv.h>

#include "badge/status.h"

struct readable;

/*
 * `ready` runs once, later, on the loop; then, or with readable_cancel(), the wait is over and frees itself. The
 * descriptor is borrowed until that moment. NULL where there is no memory.
 */
struct readable *wait_readable(uv_loop_t *loop, int fd, void (*ready)(void *context), void *context) BADGE_CHECKED;
void readable_cancel(struct readable *readable); /* `ready` is not called */

/* What lies in the socket, unread: 0 at its end, too. */
int readable_len(int fd);

#endif
