/*
 * The sending of answers: conditional requests, headers, deadlines. request.c calls send_reply() once for each
 * exchange, when it is answered and awake. Runs on the threads of the loops.
 */
#include "http/request.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "http/conditions.h"
#include "http/connection.h"
#include "runtime/log.h"

#define SMALL_LEN (16u * 1024) /* of an answer that reserves no memory */
#define REFUSAL_MAX_LEN ((size_t)16 * 1024)

/* Each block of a stream has a deadline of its own. */
static ssize_t read_stream(void *context, uint64_t pos, char *out, size_t max)
{
    struct exchange *x = context;
    struct connection *connection = connection_of(x);
    connection->slow_since_ms = uv_now(&x->loop->uv);
    connection_body_moved(connection);
    return x->reply.stream->read(x, pos, out, max);
}

/* An endless stream is silent for long; only the kernel notices then that its client reads nothing any more. */
static void watch_client(const struct connection *connection)
{
    unsigned timeout_ms = (unsigned)connection->loop->options->request_timeout_ms;
    int buffer_len = 32 * 1024; /* of the kernel for a slow reader: by itself it would grow to megabytes */
    /* both are precautions: the stream works without them */
    (void)setsockopt(connection->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
    (void)setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, &buffer_len, sizeof buffer_len);
}

/* Gives an answer that may be cached its entity tag, and makes it a 304 if the client has it already. */
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

typedef bool add_header_fn(void *to, const char *name, const char *value);

static void add_headers(struct exchange *x, add_header_fn *add, void *to)
{
    const struct reply *reply = &x->reply;
    bool ok = add(to, "X-Request-Id", x->id);
    if (reply->content_type)
        ok &= add(to, "Content-Type", reply->content_type);
    ok &= add(to, "Cache-Control", reply->cache_control ? reply->cache_control : "no-store");
    if (reply->content_type)
        ok &= add(to, "X-Content-Type-Options", "nosniff");
    if (x->is_open) {
        ok &= add(to, "Access-Control-Allow-Origin", "*");
        ok &= add(to, "Access-Control-Expose-Headers",
                  "ETag, Link, Location, Retry-After, X-Request-Id, Accept-Ranges, Content-Range");
    }
    for (size_t at = 0; at < reply->head.len;) {
        const char *name = reply->head.bytes + at, *value = name + strlen(name) + 1;
        ok &= add(to, name, value);
        at = (size_t)(value - reply->head.bytes) + strlen(value) + 1;
    }
    if (x->must_close || x->loop->stopping)
        ok &= add(to, "Connection", "close");
    if (!ok)
        log_warn("answer sent without all of its headers", log_text("id", x->id));
}

static bool add_to_response(void *response, const char *name, const char *value)
{
    return mhd_response_header(response, name, value);
}

static bool add_to_text(void *text, const char *name, const char *value)
{
    strbuf_printf(text, "%s: %s\r\n", name, value);
    return true;
}

/*
 * libmicrohttpd sends nothing before it has read all of a request, so this goes straight into the socket, where nothing
 * else is waiting to be sent. It is small enough for the kernel to take it at once.
 */
void send_refusal_now(struct exchange *x)
{
    struct connection *connection = connection_of(x);
    struct strbuf text;
    char date[64];
    time_t now = loop_now_s();
    struct tm utc;
    strbuf_init(&text, REFUSAL_MAX_LEN);
    (void)strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &utc));
    x->must_close = true;
    strbuf_printf(&text, "HTTP/1.1 %u %s\r\nDate: %s\r\nContent-Length: %zu\r\n", x->reply.status,
                  mhd_reason(x->reply.status), date, x->reply.body.len);
    add_headers(x, add_to_text, &text);
    strbuf_put(&text, "\r\n", 2);
    strbuf_put(&text, x->reply.body.bytes, x->reply.body.len);
    ssize_t sent = text.failed ? -1 : send(connection->fd, text.bytes, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == (ssize_t)text.len) {
        connection->lingers = true;
        x->stage = EXCHANGE_REFUSED;
        (void)shutdown(connection->fd, SHUT_WR); /* libmicrohttpd must not answer too */
    } else {
        connection_cut(connection);
    }
    strbuf_release(&text);
}

bool send_reply(struct exchange *x)
{
    struct connection *connection = connection_of(x);
    if (x->reply.body.len > SMALL_LEN)
        (void)exchange_reserve(x, x->reserved + x->reply.body.len); /* if it fails, the answer is a problem instead */
    if (x->reply.body.failed || x->reply.head.failed)
        exchange_problem(x, PROBLEM_INTERNAL, "The node could not write its whole answer; try again later.");
    apply_conditions(x);
    uint64_t len = 0;
    struct MHD_Response *response = mhd_response_new(&x->reply, read_stream, x, &len);
    if (!response)
        return false;
    add_headers(x, add_to_response, response);
    bool reads_no_more = x->has_body && x->stage == EXCHANGE_HEADERS;
    connection->lingers = connection->lingers || reads_no_more || x->must_close;
    bool queued = mhd_send(x->mhd, x->reply.status, response);
    uint64_t now = uv_now(&x->loop->uv);
    connection->sending_len = x->reply.stream ? STREAM_BLOCK_LEN : len;
    connection->deadline_ms = now + x->loop->options->request_timeout_ms + connection->sending_len / SENDING_RATE;
    connection->slow_since_ms = now;
    x->stage = EXCHANGE_SENT;
    if (reply_is_endless(&x->reply))
        watch_client(connection);
    return queued;
}
