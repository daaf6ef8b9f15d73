/*
 * From libmicrohttpd's events to exchanges: a request's headers are checked and admitted, its body goes to the handler,
 * its answer is sent. Runs on the threads of the loops; handlers know exchange.h only.
 */
#include "http/request.h"

#include <string.h>
#include <strings.h>

#include "http/connection.h"
#include "http/route.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define MAX_TARGET_LEN 8000 /* RFC 9110 section 4.1 recommends at least as much */
#define MAX_PARAMETERS 64

/* -- the request --------------------------------------------------------------------------------------------------- */

static bool on_header(void *check, const char *name, size_t name_len, const char *value, size_t value_len)
{
    return header_check_field(check, name, name_len, value, value_len);
}

static bool on_forwarded(void *context, const char *name, size_t name_len, const char *value, size_t value_len)
{
    struct exchange *x = context;
    if (name_len == strlen("X-Forwarded-For") && strncasecmp(name, "X-Forwarded-For", name_len) == 0)
        ip_address_forwarded(&x->client, &connection_of(x)->peer, x->loop->proxies, value, value_len);
    else if (name_len == strlen("X-Forwarded-Proto") && strncasecmp(name, "X-Forwarded-Proto", name_len) == 0)
        x->is_https = value_len == strlen("https") && strncasecmp(value, "https", value_len) == 0;
    return true;
}

/* Everything that can be refused without the body is refused now. */
static void headers_complete(struct exchange *x, const char *method, const char *version)
{
    x->method = method;
    struct header_check check = {.is_1_1 = strcmp(version, "HTTP/1.1") == 0};
    mhd_each_header(x->mhd, on_header, &check);
    header_check_end(&check, x->path);
    if (!connection_of(x)->is_counted) /* a trusted proxy */
        mhd_each_header(x->mhd, on_forwarded, x);
    if (mhd_head_is_long(x->mhd)) { /* there may be no memory for the library's own way to answer */
        exchange_problem(x, PROBLEM_HEADERS_TOO_LONG,
                         "Send at most 16 KiB of headers; each counts for 64 bytes more than it has.");
        send_refusal_now(x);
        return;
    }
    admit(x, &check);
}

/* False: it was refused, and the connection is to be closed. */
static bool body_received(struct exchange *x, const char *bytes, size_t len)
{
    x->body_len += len;
    connection_body_moved(connection_of(x));
    if (x->body_len > x->max_body)
        exchange_too_large(x, 0);
    else if (!exchange_answered(x)) /* while it waited */
        x->route->data(x, bytes, len);
    if (!exchange_answered(x))
        return true;
    exchange_end_handler(x);
    if (x->body_len == x->content_length)
        return true; /* its end is reported next */
    send_refusal_now(x);
    return false;
}

/*
 * libmicrohttpd 0.9.75 answers a Content-Length that it can't read by itself, and sends the head of that answer twice.
 * So those requests are answered here before it does. Its own answer then finds the socket closed.
 */
void request_refused_by_library(struct loop *loop)
{
    for (struct connection *connection = LIST_FIRST(&loop->connections); connection;
         connection = LIST_NEXT(connection, in_loop)) {
        struct exchange *x = &connection->x;
        if (!connection->in_exchange || x->stage != EXCHANGE_HEADERS || connection->cut)
            continue;
        struct header_check check = {.is_1_1 = false};
        const char *length = mhd_header(x->mhd, "Content-Length");
        if (!length || header_check_field(&check, "Content-Length", strlen("Content-Length"), length, strlen(length)))
            continue;
        exchange_problem(x, PROBLEM_BAD_REQUEST, "%s", check.why);
        send_refusal_now(x);
    }
}

bool request_received(struct exchange *x, const char *method, const char *version, const char *bytes, size_t *len)
{
    if (!x->path || x->stage == EXCHANGE_REFUSED)
        return false;
    if (x->stage == EXCHANGE_HEADERS) {
        headers_complete(x, method, version);
        if (x->stage == EXCHANGE_REFUSED)
            return false;
        if (exchange_answered(x) && (x->has_body || x->must_close))
            return send_reply(x);
        x->stage = EXCHANGE_BODY;
        if (x->has_body && x->content_length == 0)
            chunked_begin(connection_of(x));
        return true;
    }
    if (*len) {
        if (!body_received(x, bytes, *len))
            return false;
        *len = 0;
        return true;
    }
    if (x->stage == EXCHANGE_BODY) {
        x->stage = EXCHANGE_COMPLETE;
        chunked_end(connection_of(x));
        if (!exchange_answered(x))
            x->route->run(x);
    }
    if (x->waiting)
        return true;
    BADGE_ASSERT(exchange_answered(x));
    return send_reply(x);
}

/* -- begin and end ------------------------------------------------------------------------------------------------- */

static bool is_long_target(const char *uri)
{
    int n_parameters = 1;
    for (const char *s = uri; *s; s++)
        n_parameters += *s == '&';
    return n_parameters > MAX_PARAMETERS || strlen(uri) > MAX_TARGET_LEN;
}

struct exchange *request_started(struct connection *connection, const char *uri)
{
    exchange_release(&connection->x); /* one whose headers were never complete */
    exchange_begin(connection, uri);
    if (is_long_target(uri)) { /* later there would be no memory for an answer */
        exchange_problem(&connection->x, PROBLEM_TARGET_TOO_LONG,
                         "Send a path and a query of at most %d bytes, with at most %d parameters.", MAX_TARGET_LEN,
                         MAX_PARAMETERS);
        send_refusal_now(&connection->x);
    }
    return &connection->x;
}

void request_completed(struct exchange *x, bool is_complete)
{
    struct connection *connection = connection_of(x);
    struct loop *loop = connection->loop;
    double seconds = (double)(uv_hrtime() - x->started_ns) / 1e9;
    unsigned status = x->stage >= EXCHANGE_SENT ? x->reply.status : 0;
    unsigned route = route_number(loop->options->module, loop->options->n_modules, x->route);
    char client[INET6_ADDRSTRLEN];
    ip_address_format(client, &x->client);
    if (status != 0)
        metric_http(route, status, seconds);
    log_debug("request", log_text("method", x->method), log_text("path", x->path), log_u64("status", status),
              log_u64("us", (uint64_t)(seconds * 1e6)), log_u64("body", x->body_len), log_text("id", x->id),
              log_text("client", client), log_bool("complete", is_complete));
    exchange_release(x);
    connection->slow_since_ms = uv_now(&loop->uv);
    connection->deadline_ms = connection->slow_since_ms + loop->options->keep_alive_timeout_ms;
    if (loop->stopping)
        connection_cut(connection);
}

struct connection *request_connection_opened(struct loop *loop, struct MHD_Connection *mhd, int fd,
                                             const struct sockaddr *peer)
{
    loop_wake(loop);
    return connection_open(loop, mhd, fd, peer);
}

void request_connection_closed(struct loop *loop, struct connection *connection)
{
    if (connection) {
        exchange_release(&connection->x);
        connection_close(connection);
    }
    loop_wake(loop); /* at its limit of connections libmicrohttpd listens again only after another run */
}
