/*
 * The life of a loop: its thread, its turns, and how it ends. The server calls these.
 */
#ifndef HTTP_LOOP_THREAD_H
#define HTTP_LOOP_THREAD_H

#include "http/loop.h"

/*
 * Takes the socket. `limits`, `proxies`, `max_connections`, `options` and `ended` are set. If memory or descriptors are
 * missing the process ends: fatal().
 */
void loop_thread_init(struct loop *loop, int listen_fd);
void loop_thread_start(struct loop *loop); /* fatal() if there can't be another thread */
void loop_thread_stop(struct loop *loop);  /* from any thread; `ended` is called when all is closed */

#endif
