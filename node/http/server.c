/*
 * libmicrohttpd's one door: connections, deadlines, the check of headers, bodies, suspending and resuming, and the
 * queueing of answers. Runs on the threads of the loops; handlers reach it through exchange.h.
 *
 * A connection has at most one exchange, embedded in it. A suspended connection stays in memory whatever its client
 * does, so an exchange that waits is never gone when its answer comes. The daemon runs in loop_turn() only.
 */
#include "http/server.h"

#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/compiler.h"
#include "http/admit.h"
#include "http/conditions.h"
#include "http/connection.h"
#include "http/limits.h"
#include "http/linger.h"
#include "http/route.h"
#include "http/server_chunked.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define POOL_LEN (16u * 1024)        /* of each connection: headers, and pieces of bodies */
#define HELD_LEN ((size_t)256 << 20) /* over all loops */
#define SMALL_LEN (16u * 1024)       /* an answer that needs no permission */
#define TICK_MS 100
#define NEVER UINT64_MAX
#define SENDING_RATE 16 /* bytes a millisecond: slower than this no answer may be taken */

static struct connection *connection_of(struct exchange *x)
{
    return container_of(x, struct connection, x);
}

static uint64_t or_default(uint64_t value, uint64_t fallback)
{
    return value ? value : fallback;
}

static uint64_t request_timeout_ms(const struct loop *loop)
{
    return or_default(loop->options->request_timeout_ms, 30000);
}

/* -- turns and deadlines ------------------------------------------------------------------------------------------ */

static void loop_turn(struct loop *loop);

static void on_wake(uv_idle_t *again)
{
    loop_turn(again->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    loop_turn(poll->data);
}

void loop_wake(struct loop *loop)
{
    loop->wants_turn = true;
    (void)uv_idle_start(&loop->again, on_wake); /* harmless where it is active */
}

static void loop_turn(struct loop *loop)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    loop->wants_turn = false;
    loop->in_turn = true;
    if (loop->daemon) {
        (void)MHD_run(loop->daemon);
        if (MHD_get_timeout(loop->daemon, &timeout_ms) == MHD_YES && timeout_ms == 0) {
            chunked_turned(loop);
            loop_wake(loop);
        }
    }
    loop_flush_jobs(loop);
    loop->in_turn = false;
    if (!loop->wants_turn)
        (void)uv_idle_stop(&loop->again);
}

void connection_cut(struct connection *connection)
{
    if (!connection->cut) {
        connection->cut = true;
        (void)shutdown(connection->fd, SHUT_RDWR); /* the daemon sees the end and lets go */
        /* but where it neither reads nor writes for a while: there its own time-out has to end it */
        (void)MHD_set_connection_option(connection->mhd, MHD_CONNECTION_OPTION_TIMEOUT, 1u);
        chunked_hang_up(connection);
    }
}

/* A body may take as long as it keeps moving, but not for ever: a thousand bytes a second is the least. */
static void body_moved(struct connection *connection)
{
    uint64_t silence = request_timeout_ms(connection->loop), now = uv_now(&connection->loop->uv);
    uint64_t slowest = connection->slow_since_ms + 2 * silence + connection->x.body_len;
    connection->deadline_ms = now + silence < slowest ? now + silence : slowest;
}

/*
 * When connections are nearly used up, patience is short: whoever keeps the node waiting, idle between requests or
 * slower than SENDING_RATE, makes room for the next.
 */
static uint64_t short_deadline(const struct connection *connection)
{
    const struct exchange *x = &connection->x;
    uint64_t len = !connection->in_exchange ? 0 : x->stage == EXCHANGE_SENT ? connection->sending_len : x->body_len;
    return connection->slow_since_ms + request_timeout_ms(connection->loop) / 10 + len / SENDING_RATE;
}

static bool is_overdue(const struct connection *connection, uint64_t now_ms)
{
    const struct loop *loop = connection->loop;
    bool crowded = loop->n_connections > loop->max_connections - loop->max_connections / 8;
    if (now_ms >= connection->deadline_ms)
        return true;
    return crowded && connection->deadline_ms != NEVER && now_ms >= short_deadline(connection);
}

static void tick_modules(struct loop *loop)
{
    const struct http_options *options = loop->options;
    for (size_t i = 0; i < options->n_modules; i++)
        if (options->module[i].loop_tick)
            options->module[i].loop_tick(loop->module_state[i]);
}

static void finish_stop(struct loop *loop);

static void on_tick(uv_timer_t *tick)
{
    struct loop *loop = tick->data;
    uint64_t now = uv_now(&loop->uv);
    bool drained = loop->stopping && now >= loop->drain_until_ms;
    for (struct connection *connection = loop->connections; connection; connection = connection->next)
        if (!connection->cut && (drained || is_overdue(connection, now))) {
            connection_cut(connection);
            metric_add(METRIC_CONNECTIONS_CUT, connection->in_exchange ? 1 : 0);
        } else if (connection->cut) {
            loop_wake(loop); /* for the daemon's time-out */
        }
    lingers_tick(loop);
    tick_modules(loop);
    if (loop->stopping)
        finish_stop(loop);
}

/* -- exchanges ----------------------------------------------------------------------------------------------------- */

void exchange_wait(struct exchange *x)
{
    struct connection *connection = connection_of(x);
    BADGE_ASSERT(!x->waiting);
    x->waiting = true;
    connection->waits_since_ms = uv_now(&x->loop->uv);
    connection->deadline_ms = NEVER;
    MHD_suspend_connection(x->connection);
}

void exchange_resume(struct exchange *x)
{
    struct connection *connection = connection_of(x);
    BADGE_ASSERT(x->waiting);
    x->waiting = false;
    connection->slow_since_ms += uv_now(&x->loop->uv) - connection->waits_since_ms;
    body_moved(connection);
    MHD_resume_connection(x->connection);
    loop_wake(x->loop);
}

const char *exchange_header(const struct exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

static void exchange_init(struct connection *connection, struct MHD_Connection *mhd, const char *uri)
{
    struct exchange *x = &connection->x;
    struct loop *loop = connection->loop;
    *x = (struct exchange){.loop = loop, .connection = mhd, .query = "", .method = "", .started_ns = uv_hrtime()};
    x->client = connection->peer;
    x->reply.fd = -1;
    strbuf_init(&x->reply.head, 8 * 1024);
    snprintf(x->id, sizeof x->id, "%016" PRIx64, loop->id_prefix + loop->n_requests++);
    if (strncasecmp(uri, "http://", 7) == 0) { /* the absolute form of RFC 9112 section 3.2.2 */
        uri += 7;
        uri += strcspn(uri, "/?");
    }
    x->path = strdup(uri);
    char *query = x->path ? strchr(x->path, '?') : NULL;
    if (query) {
        *query = '\0';
        x->query = query + 1;
    }
    connection->in_exchange = true;
    uint64_t now = uv_now(&loop->uv);
    connection->slow_since_ms = now;
    if (connection->deadline_ms > now + request_timeout_ms(loop))
        connection->deadline_ms = now + request_timeout_ms(loop);
}

/* The handler's part is over; the answer may be still to come. */
static void exchange_let_go(struct exchange *x)
{
    if (x->state)
        x->route->end(x);
    x->state = NULL;
    if (x->reserved) {
        BADGE_ASSERT(exchange_budget(x)->bytes >= x->reserved);
        exchange_budget(x)->bytes -= x->reserved;
        x->reserved = 0;
    }
}

static void exchange_release(struct connection *connection)
{
    struct exchange *x = &connection->x;
    if (!connection->in_exchange)
        return;
    connection->in_exchange = false;
    BADGE_ASSERT(!x->waiting);
    chunked_end(connection);
    exchange_let_go(x);
    strbuf_release(&x->reply.head);
    strbuf_release(&x->reply.body);
    reply_release_owner(&x->reply);
    if (x->reply.fd >= 0)
        close(x->reply.fd);
    free(x->path);
    x->path = NULL;
}

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *mhd)
{
    (void)cls;
    struct connection *connection = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    if (!connection)
        return NULL;
    exchange_release(connection); /* one whose headers never came to an end */
    exchange_init(connection, mhd, uri);
    return &connection->x;
}

static void on_completed(void *cls, struct MHD_Connection *mhd, void **con_cls, enum MHD_RequestTerminationCode code)
{
    (void)cls;
    (void)mhd;
    struct exchange *x = *con_cls;
    if (!x)
        return;
    struct connection *connection = connection_of(x);
    double seconds = (double)(uv_hrtime() - x->started_ns) / 1e9;
    unsigned status = x->stage == EXCHANGE_SENT ? x->reply.status : 0;
    const struct http_options *options = x->loop->options;
    unsigned route = route_number(options->module, options->n_modules, x->route);
    char client[INET6_ADDRSTRLEN];
    ip_address_format(client, &x->client);
    if (status != 0)
        metric_http(route, status, seconds);
    log_debug("request", log_text("method", x->method), log_text("path", x->path), log_u64("status", status),
              log_u64("us", (uint64_t)(seconds * 1e6)), log_u64("body", x->body_len), log_text("id", x->id),
              log_text("client", client), log_bool("complete", code == MHD_REQUEST_TERMINATED_COMPLETED_OK));
    exchange_release(connection);
    *con_cls = NULL;
    connection->slow_since_ms = uv_now(&connection->loop->uv);
    connection->deadline_ms = connection->slow_since_ms +
                              or_default(connection->loop->options->keep_alive_timeout_ms, 60000);
    if (connection->loop->stopping)
        connection_cut(connection);
}

/* -- answers ------------------------------------------------------------------------------------------------------- */

static ssize_t on_stream(void *cls, uint64_t pos, char *out, size_t max)
{
    struct exchange *x = cls;
    struct connection *connection = connection_of(x);
    connection->slow_since_ms = uv_now(&x->loop->uv); /* each block has its own time */
    body_moved(connection);
    ssize_t n = x->reply.stream->read(x, pos, out, max);
    return n == STREAM_END ? MHD_CONTENT_READER_END_OF_STREAM : n < 0 ? MHD_CONTENT_READER_END_WITH_ERROR : n;
}

/* A stream without an end is silent for long; then only the system can tell that its peer takes nothing any more. */
static bool is_endless(const struct exchange *x)
{
    return x->reply.stream && x->reply.len == STREAM_ENDLESS;
}

static void watch_peer(const struct connection *connection)
{
    unsigned timeout_ms = (unsigned)request_timeout_ms(connection->loop);
    int room = 32 * 1024; /* what the system keeps for a reader that is slow: by itself it would grow to megabytes */
    /* both are precautions: where the system refuses one, the stream works still */
    (void)setsockopt(connection->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
    (void)setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
}

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

static struct MHD_Response *response_of(struct exchange *x, uint64_t *len)
{
    struct reply *reply = &x->reply;
    struct MHD_Response *response;
    if (reply->stream) {
        *len = reply->len;
        response = MHD_create_response_from_callback(reply->len, is_endless(x) ? 1024 : STREAM_BLOCK_LEN, on_stream, x,
                                                     NULL);
    } else if (reply->pieces) {
        response = response_of_pieces(reply, len);
    } else if (reply->fd >= 0) {
        *len = reply->len;
        response = MHD_create_response_from_fd64(reply->len, reply->fd);
        if (response)
            reply->fd = -1;
    } else if (reply->fixed) {
        *len = reply->len;
        union {
            const void *in;
            void *out;
        } fixed = {.in = reply->fixed}; /* MHD takes the pointer without const and only reads */
        if (reply->release)
            response = MHD_create_response_from_buffer_with_free_callback_cls((size_t)reply->len, fixed.out,
                                                                              reply->release, reply->owner);
        else
            response = MHD_create_response_from_buffer((size_t)reply->len, fixed.out, MHD_RESPMEM_PERSISTENT);
        if (response)
            reply->release = NULL;
    } else {
        *len = reply->body.len;
        response = MHD_create_response_from_buffer(reply->body.len, reply->body.bytes, MHD_RESPMEM_MUST_FREE);
        if (response)
            strbuf_init(&reply->body, 0);
    }
    return response;
}

/* Gives an answer that may be cached its entity tag, and empties it where the client has it already. */
static void apply_conditions(struct exchange *x)
{
    struct reply *reply = &x->reply;
    if (!reply->cache_control || (reply->status != 200 && reply->status != 206))
        return;
    if (!reply->etag[0]) {
        struct badge_hash hash;
        badge_sha256(&hash, reply->fixed ? reply->fixed : reply->body.bytes,
                     reply->fixed ? (size_t)reply->len : reply->body.len);
        char hex[33];
        badge_hex_encode(hex, hash.b, 16);
        snprintf(reply->etag, sizeof reply->etag, "\"%s\"", hex);
    }
    exchange_add_header(x, "ETag", "%s", reply->etag);
    if (!conditions_match(exchange_header(x, "If-None-Match"), reply->etag))
        return;
    reply->status = 304; /* its Content-Length is that of the 200, and the library leaves the body out */
    reply->content_type = NULL;
}

static void add_headers(struct exchange *x, struct MHD_Response *response)
{
    const struct reply *reply = &x->reply;
    bool ok = MHD_add_response_header(response, "X-Request-Id", x->id) == MHD_YES;
    if (reply->content_type)
        ok &= MHD_add_response_header(response, "Content-Type", reply->content_type) == MHD_YES;
    ok &= MHD_add_response_header(response, "Cache-Control",
                                  reply->cache_control ? reply->cache_control : "no-store") == MHD_YES;
    if (reply->content_type)
        ok &= MHD_add_response_header(response, "X-Content-Type-Options", "nosniff") == MHD_YES;
    if (x->is_open) {
        ok &= MHD_add_response_header(response, "Access-Control-Allow-Origin", "*") == MHD_YES;
        ok &= MHD_add_response_header(
                  response, "Access-Control-Expose-Headers",
                  "ETag, Link, Location, Retry-After, X-Request-Id, Accept-Ranges, Content-Range") == MHD_YES;
    }
    for (size_t at = 0; at < reply->head.len;) {
        const char *name = reply->head.bytes + at, *value = name + strlen(name) + 1;
        ok &= MHD_add_response_header(response, name, value) == MHD_YES;
        at = (size_t)(value - reply->head.bytes) + strlen(value) + 1;
    }
    if (x->must_close || x->loop->stopping)
        ok &= MHD_add_response_header(response, "Connection", "close") == MHD_YES;
    if (!ok)
        log_warn("an answer left without all of its headers", log_text("id", x->id));
}

/* MHD_NO closes the connection. */
static enum MHD_Result send_reply(struct exchange *x)
{
    struct connection *connection = connection_of(x);
    if (x->reply.body.len > SMALL_LEN)
        (void)exchange_reserve(x, x->reserved + x->reply.body.len); /* answers where there is no room */
    if (x->reply.body.failed || x->reply.head.failed)
        exchange_problem(x, PROBLEM_INTERNAL, "The node ran out of memory while it answered; try again later.");
    apply_conditions(x);
    uint64_t len = 0;
    struct MHD_Response *response = response_of(x, &len);
    if (!response)
        return MHD_NO;
    add_headers(x, response);
    bool reads_no_more = x->has_body && x->stage == EXCHANGE_HEADERS;
    connection->lingers = connection->lingers || reads_no_more || x->must_close;
    enum MHD_Result queued = MHD_queue_response(x->connection, x->reply.status, response);
    MHD_destroy_response(response);
    uint64_t now = uv_now(&x->loop->uv);
    connection->sending_len = x->reply.stream ? STREAM_BLOCK_LEN : len;
    connection->deadline_ms = now + request_timeout_ms(x->loop) + connection->sending_len / SENDING_RATE;
    connection->slow_since_ms = now;
    x->stage = EXCHANGE_SENT;
    if (is_endless(x))
        watch_peer(connection);
    return queued;
}

/* -- requests ------------------------------------------------------------------------------------------------------ */

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                 const char *value, size_t value_len)
{
    (void)kind;
    return header_check_field(cls, name, name_len, value, value_len) ? MHD_YES : MHD_NO;
}

static enum MHD_Result on_forwarded(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                    const char *value, size_t value_len)
{
    struct exchange *x = cls;
    (void)kind;
    if (name_len == strlen("X-Forwarded-For") && strncasecmp(name, "X-Forwarded-For", name_len) == 0)
        ip_address_forwarded(&x->client, &connection_of(x)->peer, x->loop->proxies, value, value_len);
    else if (name_len == strlen("X-Forwarded-Proto") && strncasecmp(name, "X-Forwarded-Proto", name_len) == 0)
        x->is_https = value_len == strlen("https") && strncasecmp(value, "https", value_len) == 0;
    return MHD_YES;
}

/* The headers are there: everything that can be refused without the body is refused now. */
static void begin(struct exchange *x, const char *method, const char *version)
{
    x->method = method;
    struct header_check check = {.is_1_1 = strcmp(version, "HTTP/1.1") == 0};
    (void)MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, on_header, &check);
    header_check_end(&check, x->path);
    if (!connection_of(x)->is_counted) /* a trusted proxy */
        (void)MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, on_forwarded, x);
    admit(x, &check);
}

static void take(struct exchange *x, const char *bytes, size_t len)
{
    x->body_len += len;
    if (exchange_answered(x))
        return; /* the rest of a refused body: nothing can be sent before it has ended, in one time-out */
    body_moved(connection_of(x));
    if (x->body_len > x->max_body) {
        x->must_close = true;
        exchange_problem(x, PROBLEM_TOO_LARGE, "The body has more than the %llu bytes that this node takes here.",
                         (unsigned long long)x->max_body);
    } else {
        x->route->data(x, bytes, len);
    }
    if (exchange_answered(x)) {
        exchange_let_go(x);
        connection_of(x)->deadline_ms = uv_now(&x->loop->uv) + request_timeout_ms(x->loop);
    }
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_len, void **con_cls)
{
    (void)cls;
    (void)mhd;
    (void)url;
    struct exchange *x = *con_cls;
    if (!x || !x->path)
        return MHD_NO;
    if (x->stage == EXCHANGE_HEADERS) {
        begin(x, method, version);
        if (exchange_answered(x) && x->has_body)
            return send_reply(x);
        x->stage = EXCHANGE_BODY;
        if (x->has_body && x->content_length == 0)
            chunked_begin(connection_of(x));
        return MHD_YES;
    }
    if (*upload_len) {
        take(x, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    if (x->stage == EXCHANGE_BODY) {
        x->stage = EXCHANGE_COMPLETE;
        chunked_end(connection_of(x));
        if (!exchange_answered(x))
            x->route->run(x);
    }
    if (x->waiting)
        return MHD_YES;
    BADGE_ASSERT(exchange_answered(x));
    return send_reply(x);
}

/* -- connections --------------------------------------------------------------------------------------------------- */

static void connection_open(struct loop *loop, struct MHD_Connection *mhd, void **socket_context)
{
    int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    struct ip_address peer;
    ip_address_from_socket(&peer, MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    bool is_counted = !networks_contain(loop->proxies, &peer),
         granted = !is_counted || limits_enter(loop->limits, LIMITS_CONNECTIONS, &peer);
    struct connection *connection = granted ? calloc(1, sizeof *connection) : NULL;
    *socket_context = connection;
    if (!connection) {
        if (granted && is_counted)
            limits_leave(loop->limits, LIMITS_CONNECTIONS, &peer);
        metric_add(METRIC_CONNECTIONS_REFUSED, 1);
        (void)shutdown(fd, SHUT_RDWR); /* the daemon sees the end, and asks for nothing */
        return;
    }
    connection->loop = loop;
    connection->mhd = mhd;
    connection->fd = fd;
    connection->peer = peer;
    connection->is_counted = is_counted;
    connection->slow_since_ms = uv_now(&loop->uv);
    connection->deadline_ms = connection->slow_since_ms + request_timeout_ms(loop);
    connection->next = loop->connections;
    if (connection->next)
        connection->next->prev = connection;
    else
        (void)uv_timer_start(&loop->tick, on_tick, TICK_MS, TICK_MS);
    loop->connections = connection;
    loop->n_connections++;
    metric_change(METRIC_CONNECTIONS, 1);
}

static void connection_close(struct connection *connection)
{
    struct loop *loop = connection->loop;
    exchange_release(connection);
    if (connection->lingers && !connection->cut && !loop->stopping)
        linger_start(loop, connection->fd);
    *(connection->prev ? &connection->prev->next : &loop->connections) = connection->next;
    if (connection->next)
        connection->next->prev = connection->prev;
    if (!loop->connections && !loop->lingers && !loop->stopping)
        (void)uv_timer_stop(&loop->tick);
    if (connection->is_counted)
        limits_leave(loop->limits, LIMITS_CONNECTIONS, &connection->peer);
    free(connection);
    loop->n_connections--;
    metric_change(METRIC_CONNECTIONS, -1);
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        connection_open(cls, mhd, socket_context);
    else if (*socket_context)
        connection_close(*socket_context);
    loop_wake(cls); /* at its limit of connections the daemon listens anew only when it runs once more */
}

/* -- the loop's life ----------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 0))) static void on_library_log(void *cls, const char *format, va_list arguments)
{
    (void)cls;
    char line[200];
    (void)vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = '\0';
    log_debug("libmicrohttpd", log_text("says", line));
}

static void stop_modules(struct loop *loop)
{
    const struct http_options *options = loop->options;
    for (size_t i = 0; i < options->n_modules; i++)
        if (options->module[i].loop_stop)
            options->module[i].loop_stop(loop->module_state[i]);
}

static void on_stop(struct message *message)
{
    struct loop *loop = container_of(message, struct loop, stop);
    loop->stopping = true;
    loop->drain_until_ms = uv_now(&loop->uv) + or_default(loop->options->drain_timeout_ms, 10000);
    if (MHD_quiesce_daemon(loop->daemon) != MHD_INVALID_SOCKET)
        close(loop->listen_fd);
    for (struct connection *connection = loop->connections; connection; connection = connection->next)
        if (!connection->in_exchange || (is_endless(&connection->x) && !connection->x.waiting))
            connection_cut(connection); /* the latter's reader is not reading */
    stop_modules(loop);
    (void)uv_timer_start(&loop->tick, on_tick, 0, TICK_MS);
    loop_wake(loop);
}

static void on_handle_closed(uv_handle_t *handle)
{
    (void)handle;
}

/* Called every tick of a loop that stops: first the connections end, then what is under way, then the handles. */
static void finish_stop(struct loop *loop)
{
    if (loop->daemon) {
        bool idle = !loop->connections;
        bool overdue = uv_now(&loop->uv) >= loop->drain_until_ms;
        if (!idle && !(overdue && loop->n_under_way == 0)) {
            loop_wake(loop);
            return;
        }
        (void)uv_poll_stop(&loop->poll); /* before its descriptor is closed */
        MHD_stop_daemon(loop->daemon);
        loop->daemon = NULL;
    }
    if (loop->n_under_way || loop->ended)
        return;
    loop->ended = true;
    lingers_close(loop);
    mailbox_close(&loop->mailbox);
    uv_close((uv_handle_t *)&loop->poll, on_handle_closed);
    uv_close((uv_handle_t *)&loop->again, on_handle_closed);
    uv_close((uv_handle_t *)&loop->tick, on_handle_closed);
}

static struct MHD_Daemon *start_daemon(struct loop *loop)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
                            on_request, loop,                                     /**/
                            MHD_OPTION_EXTERNAL_LOGGER, on_library_log, NULL,     /* first: it holds for the others */
                            MHD_OPTION_LISTEN_SOCKET, loop->listen_fd,            /**/
                            MHD_OPTION_CONNECTION_LIMIT, loop->max_connections,   /**/
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_LEN, /**/
                            MHD_OPTION_URI_LOG_CALLBACK, on_uri, loop,            /**/
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, loop,      /**/
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, loop,    /**/
                            MHD_OPTION_END);
}

static void check_started(bool ok, const char *what)
{
    if (!ok)
        fatal("the HTTP server can't start", LOG_FIELDS(log_text("what", what), log_text("error", strerror(errno))));
}

void loop_init(struct loop *loop, const struct loop_shared *shared, int listen_fd)
{
    const struct http_options *options = shared->options;
    *loop = (struct loop){.http = shared->http,
                          .options = options,
                          .limits = shared->limits,
                          .proxies = shared->proxies,
                          .max_connections = shared->max_connections,
                          .listen_fd = listen_fd};
    loop->last_job = &loop->jobs;
    loop->anonymous_budget.max = HELD_LEN / 4 / options->n_loops;
    loop->token_budget.max = HELD_LEN / options->n_loops;
    loop->stop.handler = on_stop;
    ssize_t n = getrandom(&loop->id_prefix, sizeof loop->id_prefix, 0);
    check_started(n == (ssize_t)sizeof loop->id_prefix, "random bytes");
    check_started(uv_loop_init(&loop->uv) == 0, "event loop");
    check_started(mailbox_init(&loop->mailbox, &loop->uv) == 0, "mailbox");
    loop->daemon = start_daemon(loop);
    check_started(loop->daemon, "libmicrohttpd");
    loop->epoll_fd = MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    check_started(uv_poll_init(&loop->uv, &loop->poll, loop->epoll_fd) == 0, "polling");
    int failed = uv_idle_init(&loop->uv, &loop->again) | uv_timer_init(&loop->uv, &loop->tick);
    loop->poll.data = loop->again.data = loop->tick.data = loop;
    failed |= uv_poll_start(&loop->poll, UV_READABLE, on_poll);
    BADGE_ASSERT(!failed);
    for (size_t i = 0; i < options->n_modules; i++)
        if (options->module[i].loop_new) {
            loop->module_state[i] = options->module[i].loop_new(options->module[i].context, loop);
            check_started(loop->module_state[i], "memory for a module");
        }
}

void loop_start(struct loop *loop, void (*run)(void *loop))
{
    check_started(uv_thread_create(&loop->thread, run, loop) == 0, "thread");
}

void loop_run(struct loop *loop)
{
    loop_turn(loop);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    for (size_t i = 0; i < loop->options->n_modules; i++)
        if (loop->options->module[i].loop_free)
            loop->options->module[i].loop_free(loop->module_state[i]);
    int busy = uv_loop_close(&loop->uv);
    BADGE_ASSERT(busy == 0);
}
