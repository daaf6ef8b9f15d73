/*
 * The interface to mhd.c, the only code that includes libmicrohttpd. A daemon has no thread of its own; it works in
 * mhd_run(), and calls the functions of request.c below from there (and from mhd_stop()).
 */
#ifndef HTTP_MHD_H
#define HTTP_MHD_H

#include <stdbool.h>
#include <sys/socket.h>

#include "http/reply.h"

struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;
struct connection;
struct exchange;
struct loop;

struct mhd {
    struct loop *loop;
    struct MHD_Daemon *daemon; /* NULL: stopped */
    int epoll_fd;              /* of the daemon: readable when mhd_run() has something to do */
};

/* listen_fd is borrowed until mhd_stop_listening(). false: could not start. */
bool mhd_start(struct mhd *mhd, struct loop *loop, int listen_fd, unsigned max_connections) BADGE_CHECKED;
/* Does what can be done without waiting. true: call it again at once, no descriptor will become readable for it. */
bool mhd_run(struct mhd *mhd);
/* true: the listening socket belongs to the caller, who closes it. */
bool mhd_stop_listening(struct mhd *mhd);
void mhd_stop(struct mhd *mhd); /* closes all connections; does nothing when stopped already */

/* -- what it reports, to request.c ------------------------------------------------------------------------------- */

/* Accepted. Returns what the others are called with; NULL: none of them, the socket was shut down. */
struct connection *request_connection_opened(struct loop *loop, struct MHD_Connection *mhd, int fd,
                                             const struct sockaddr *peer);
/* Last of all; connection may be NULL. */
void request_connection_closed(struct loop *loop, struct connection *connection);
/* A request line was read. uri: as sent, with the query. */
struct exchange *request_started(struct connection *connection, const char *uri);
/*
 * First when the headers are complete, then for each part of the body (*len > 0), then at its end; the last again after
 * each resume, until it is answered. Sets *len to 0. false: close the connection.
 */
bool request_received(struct exchange *x, const char *method, const char *version, const char *bytes, size_t *len);
/* It is about to answer a request by itself. Not said: which. */
void request_refused_by_library(struct loop *loop);
/* The answer was sent (is_complete), or the connection ended. */
void request_completed(struct exchange *x, bool is_complete);

/* -- one connection ---------------------------------------------------------------------------------------------- */

/* A suspended connection stays in memory whatever its client does. */
void mhd_suspend(struct MHD_Connection *connection);
void mhd_resume(struct MHD_Connection *connection);
void mhd_set_timeout(struct MHD_Connection *connection, unsigned seconds);
/* Makes the daemon read the socket again, though it may have stopped to; fd: the connection's socket. */
void mhd_read_again(struct mhd *mhd, struct MHD_Connection *connection, int fd);

/* NULL where it is missing. */
const char *mhd_header(struct MHD_Connection *connection, const char *name);
/* Each header in order, until `each` returns false. */
typedef bool mhd_header_fn(void *context, const char *name, size_t name_len, const char *value, size_t value_len);
void mhd_each_header(struct MHD_Connection *connection, mhd_header_fn *each, void *context);

/* Whether the request's head leaves too little of the connection's memory for an answer. */
bool mhd_head_is_long(struct MHD_Connection *connection);

/*
 * The body of an answer; takes it out of the reply. read: for streams, called with x; returns a length, STREAM_END or
 * STREAM_ERROR. *len: of the body. NULL: no memory.
 */
struct MHD_Response *mhd_response_new(struct reply *reply,
                                      ssize_t (*read)(void *x, uint64_t pos, char *out, size_t max), struct exchange *x,
                                      uint64_t *len) BADGE_CHECKED;
/* "Not Found" */
const char *mhd_reason(unsigned status);
bool mhd_response_header(struct MHD_Response *response, const char *name, const char *value);
/* Takes the response. false: close the connection. */
bool mhd_send(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response) BADGE_CHECKED;

#endif
