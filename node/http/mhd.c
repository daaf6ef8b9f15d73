/*
 * The only code that includes libmicrohttpd: starts and runs a daemon, translates its callbacks into calls of
 * request.c, and its calls and constants into ours. Keeps no state of requests or connections. Runs on the threads of
 * the loops.
 */
#include "http/mhd.h"

#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "runtime/log.h"

/*
 * Of each connection: the request's head, parts of its body, and the answer's headers, for which there has to be room:
 * without it libmicrohttpd 0.9.75 closes the connection without an answer.
 */
#define HEAD_MAX_LEN ((size_t)16 * 1024)
#define ANSWER_HEAD_LEN ((size_t)2 * 1024)
#define POOL_LEN (HEAD_MAX_LEN + ANSWER_HEAD_LEN)
#define ENTRY_LEN 64 /* what libmicrohttpd keeps of a header, a parameter or a cookie beside its text */

_Static_assert(STREAM_END == MHD_CONTENT_READER_END_OF_STREAM && STREAM_ERROR == MHD_CONTENT_READER_END_WITH_ERROR,
               "mhd_response_new() passes what a stream returns on as it is");

/* -- the daemon ---------------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 0))) static void on_library_log(void *cls, const char *format, va_list arguments)
{
    const struct mhd *mhd = cls;
    char line[200];
    (void)vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = '\0';
    log_debug("libmicrohttpd", log_text("message", line));
    if (strstr(line, "Error processing request"))
        request_refused_by_library(mhd->loop);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct mhd *mhd = cls;
    if (code != MHD_CONNECTION_NOTIFY_STARTED) {
        request_connection_closed(mhd->loop, *socket_context);
        return;
    }
    int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    const struct sockaddr *peer = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    *socket_context = request_connection_opened(mhd->loop, connection, fd, peer);
}

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
    (void)cls;
    void *opened = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    return opened ? request_started(opened, uri) : NULL;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_len, void **con_cls)
{
    (void)cls;
    (void)connection;
    (void)url;
    if (!*con_cls)
        return MHD_NO;
    return request_received(*con_cls, method, version, upload, upload_len) ? MHD_YES : MHD_NO;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode code)
{
    (void)cls;
    (void)connection;
    if (*con_cls)
        request_completed(*con_cls, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    *con_cls = NULL;
}

bool mhd_start(struct mhd *mhd, struct loop *loop, int listen_fd, unsigned max_connections)
{
    *mhd = (struct mhd){.loop = loop, .epoll_fd = -1};
    const unsigned flags = MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    // clang-format off
    mhd->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, NULL,
        MHD_OPTION_EXTERNAL_LOGGER, on_library_log, mhd, /* first: it applies to the others */
        MHD_OPTION_LISTEN_SOCKET, listen_fd,
        MHD_OPTION_CONNECTION_LIMIT, max_connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_LEN,
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, mhd,
        MHD_OPTION_END);
    // clang-format on
    if (!mhd->daemon)
        return false;
    mhd->epoll_fd = MHD_get_daemon_info(mhd->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return true;
}

bool mhd_run(struct mhd *mhd)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    if (!mhd->daemon)
        return false;
    (void)MHD_run(mhd->daemon);
    return MHD_get_timeout(mhd->daemon, &timeout_ms) == MHD_YES && timeout_ms == 0;
}

bool mhd_stop_listening(struct mhd *mhd)
{
    return MHD_quiesce_daemon(mhd->daemon) != MHD_INVALID_SOCKET;
}

void mhd_stop(struct mhd *mhd)
{
    if (mhd->daemon)
        MHD_stop_daemon(mhd->daemon);
    mhd->daemon = NULL;
}

/* -- one connection ------------------------------------------------------------------------------------------------ */

void mhd_suspend(struct MHD_Connection *connection)
{
    MHD_suspend_connection(connection);
}

void mhd_resume(struct MHD_Connection *connection)
{
    MHD_resume_connection(connection);
}

void mhd_set_timeout(struct MHD_Connection *connection, unsigned seconds)
{
    (void)MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}

/*
 * A socket that the daemon has not read until it would block is not in its epoll set. It is added as the daemon itself
 * adds it (EEXIST: it is there already), and so the daemon sees the hang-up in its next turn.
 */
void mhd_read_again(struct mhd *mhd, struct MHD_Connection *connection, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = connection};
    (void)epoll_ctl(mhd->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

const char *mhd_header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

struct each_header {
    mhd_header_fn *each;
    void *context;
};

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                 const char *value, size_t value_len)
{
    (void)kind;
    const struct each_header *each = cls;
    return each->each(each->context, name, name_len, value, value_len) ? MHD_YES : MHD_NO;
}

void mhd_each_header(struct MHD_Connection *connection, mhd_header_fn *each, void *context)
{
    struct each_header state = {.each = each, .context = context};
    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header, &state);
}

bool mhd_head_is_long(struct MHD_Connection *connection)
{
    const enum MHD_ValueKind kinds = MHD_HEADER_KIND | MHD_GET_ARGUMENT_KIND | MHD_COOKIE_KIND;
    int n = MHD_get_connection_values_n(connection, kinds, NULL, NULL);
    const char *cookies = mhd_header(connection, "Cookie"); /* which are kept once more */
    size_t len = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
    return len + (size_t)n * ENTRY_LEN + (cookies ? strlen(cookies) : 0) > HEAD_MAX_LEN;
}

/* -- answers ------------------------------------------------------------------------------------------------------- */

static struct MHD_Response *response_of_pieces(const struct reply *reply, uint64_t *len)
{
    struct MHD_IoVec parts[REPLY_MAX_PIECES];
    BADGE_ASSERT(reply->n_pieces <= REPLY_MAX_PIECES);
    *len = 0;
    for (size_t i = 0; i < reply->n_pieces; i++) {
        parts[i] = (struct MHD_IoVec){.iov_base = reply->pieces[i].bytes, .iov_len = reply->pieces[i].len};
        *len += reply->pieces[i].len;
    }
    return MHD_create_response_from_iovec(parts, (unsigned)reply->n_pieces, NULL, NULL);
}

static struct MHD_Response *response_of_fixed(const struct reply *reply)
{
    union {
        const void *in;
        void *out;
    } fixed = {.in = reply->fixed}; /* MHD takes the pointer without const and only reads */
    return MHD_create_response_from_buffer((size_t)reply->len, fixed.out, MHD_RESPMEM_PERSISTENT);
}

struct MHD_Response *mhd_response_new(struct reply *reply,
                                      ssize_t (*read)(void *x, uint64_t pos, char *out, size_t max), struct exchange *x,
                                      uint64_t *len)
{
    struct MHD_Response *response;
    if (reply->pieces && !reply->stream)
        return response_of_pieces(reply, len);
    *len = reply->len;
    if (reply->stream) {
        size_t block_len = reply_is_endless(reply) ? 1024 : STREAM_BLOCK_LEN;
        return MHD_create_response_from_callback(reply->len, block_len, read, x, NULL);
    }
    if (reply->fd >= 0) {
        response = MHD_create_response_from_fd64(reply->len, reply->fd);
        if (response)
            reply->fd = -1;
        return response;
    }
    if (reply->fixed)
        return response_of_fixed(reply);
    *len = reply->body.len;
    response = MHD_create_response_from_buffer(reply->body.len, reply->body.bytes, MHD_RESPMEM_MUST_FREE);
    if (response)
        strbuf_init(&reply->body, 0);
    return response;
}

const char *mhd_reason(unsigned status)
{
    return MHD_get_reason_phrase_for(status);
}

bool mhd_response_header(struct MHD_Response *response, const char *name, const char *value)
{
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

bool mhd_send(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response)
{
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued == MHD_YES;
}
