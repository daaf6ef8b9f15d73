/*
 * An HTTP server. It knows routes, limits and deadlines, and nothing about credentials: it serves the modules that it
 * is given (http/route.h).
 *
 * Every loop is a thread of its own: a uv_loop, a libmicrohttpd daemon on it and a mailbox. Submissions are read,
 * canonicalized and hashed on the thread that received them; a request that waits (for the disk, the pool or the main
 * loop) suspends its connection, and a message resumes it. Several loops share the port by SO_REUSEPORT.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http/options.h"
#include "runtime/mailbox.h"

struct http;

/*
 * Binds, then starts the threads. Strings, lists and modules are borrowed for the life of the server.
 * errors    BADGE_EIO (can't listen on the address), BADGE_ESYNTAX (listen, trusted_proxy), BADGE_ENOMEM
 */
enum badge_status http_new(struct http **out, const struct http_options *options, struct badge_err *err) BADGE_CHECKED;

unsigned http_port(const struct http *http);       /* the real one where 0 was requested */
const char *http_address(const struct http *http); /* "127.0.0.1:41234", for the log and for people */

/*
 * Stops accepting, finishes the requests in progress, closes connections that outlast the drain timeout. Returns at
 * once: `stopped` is posted to `reply_to` when every loop has ended. Until then the other parts (main loop, intake,
 * batch) must keep working.
 */
void http_stop(struct http *http, struct mailbox *reply_to, struct message *stopped);
/* After `stopped` was posted: joins the threads. */
void http_free(struct http *http);

#endif
