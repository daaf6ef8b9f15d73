/*
 * The HTTP server as a whole: what its loops share, their sockets and threads. The daemon starts and stops it from
 * the main loop. Every thread owns its loop; they share only the limits and the count of those that still run.
 */
#include "http/server.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/compiler.h"
#include "core/number.h"
#include "http/ip_address.h"
#include "http/loop.h"
#include "http/route.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define OTHER_FILES                                                                                                    \
    1024u /* descriptors that are not connections: the store's, spools, the chain's, lingering sockets */

struct http_thread {
    struct loop loop;
    struct http *http;
};

struct http {
    struct http_options options; /* with defaults filled in */
    char address[80];            /* "127.0.0.1:41234" */
    unsigned port;               /* the real one where 0 was requested */
    atomic_uint n_running;
    struct mailbox *reply_to;
    struct message *stopped;
    unsigned n_threads;
    struct limits *limits;
    struct networks proxies;
    struct http_thread thread[];
};

static void fill_in_defaults(struct http_options *options)
{
    if (options->request_timeout_ms == 0)
        options->request_timeout_ms = 30000;
    if (options->keep_alive_timeout_ms == 0)
        options->keep_alive_timeout_ms = 60000;
    if (options->drain_timeout_ms == 0)
        options->drain_timeout_ms = 10000;
}

/* -- sockets ------------------------------------------------------------------------------------------------------- */

/* Numeric both: nothing is resolved at the start. */
static enum badge_status parse_listen(struct sockaddr_storage *out, const char *listen, struct badge_err *err)
{
    char host[64];
    uint64_t port;
    const char *colon = strrchr(listen, ':'), *start = listen, *end = colon;
    if (colon && listen[0] == '[' && colon > listen && colon[-1] == ']') {
        start = listen + 1;
        end = colon - 1;
    }
    if (colon && core_decimal_read(&port, colon + 1, strlen(colon + 1)) && port <= 65535 && end > start &&
        (size_t)(end - start) < sizeof host) {
        memcpy(host, start, (size_t)(end - start));
        host[end - start] = '\0';
        if (uv_ip4_addr(host, (int)port, (struct sockaddr_in *)out) == 0 ||
            uv_ip6_addr(host, (int)port, (struct sockaddr_in6 *)out) == 0)
            return BADGE_OK;
    }
    return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                      "\"%s\" is not an address to listen on; write it like 127.0.0.1:8080 or [::1]:8080", listen);
}

static int open_socket(const struct sockaddr_storage *address, bool shared)
{
    int on = 1, fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) ||
        bind(fd, (const struct sockaddr *)address, sizeof *address) != 0 || listen(fd, 4096) != 0) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

/* One socket for each loop, all on one address and port. */
static enum badge_status open_sockets(struct http *http, int fd[], struct badge_err *err)
{
    const char *text = http->options.listen;
    unsigned n = http->n_threads;
    struct sockaddr_storage address = {0};
    enum badge_status status = parse_listen(&address, text, err);
    if (status != BADGE_OK)
        return status;
    for (unsigned i = 0; i < n; i++) {
        socklen_t address_len = sizeof address;
        fd[i] = open_socket(&address, n > 1);
        /* the system may choose the first socket's port (0): the others then use the same */
        if (fd[i] < 0 || getsockname(fd[i], (struct sockaddr *)&address, &address_len) != 0) {
            const char *why = strerror(errno);
            for (unsigned j = 0; j <= i; j++)
                if (fd[j] >= 0)
                    close(fd[j]);
            return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "listening on %s failed: %s", text, why);
        }
    }
    char host[64] = "";
    (void)uv_ip_name((const struct sockaddr *)&address, host, sizeof host);
    http->port = ntohs(((const struct sockaddr_in *)&address)->sin_port); /* at the same place in IPv6 */
    snprintf(http->address, sizeof http->address, address.ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u", host,
             http->port);
    return BADGE_OK;
}

/* -- start and stop ------------------------------------------------------------------------------------------------ */

static enum badge_status read_proxies(struct http *http, struct badge_err *err)
{
    const struct http_options *options = &http->options;
    http->proxies.list = calloc(options->n_trusted_proxies + 1, sizeof http->proxies.list[0]);
    if (!http->proxies.list)
        return badge_no_memory(err);
    for (; http->proxies.n < options->n_trusted_proxies; http->proxies.n++) {
        const char *text = options->trusted_proxy[http->proxies.n];
        if (!network_parse(&http->proxies.list[http->proxies.n], text))
            return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                              "http.trusted_proxy: \"%s\" is not an address; write it like 127.0.0.1 or 10.0.0.0/8",
                              text);
    }
    return BADGE_OK;
}

/* As many as requested, but never so many that no descriptor is left for the store. */
static unsigned affordable_connections(unsigned wanted)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
        return wanted;
    rlim_t affordable = files.rlim_cur > 2 * OTHER_FILES ? files.rlim_cur - OTHER_FILES : files.rlim_cur / 2;
    if (wanted <= affordable)
        return wanted;
    log_warn("fewer connections than http.max_connections: open file limit too low, raise it (ulimit -n, LimitNOFILE)",
             log_u64("connections", affordable), log_u64("open_files", files.rlim_cur));
    return (unsigned)affordable;
}

/* For metrics: as route_number() counts them. */
static void name_routes(const struct http_options *options)
{
    for (size_t i = 0; i < options->n_modules; i++)
        for (const struct route *route = options->module[i].route, *end = route + options->module[i].n_routes;
             route < end; route++)
            metric_route_name(route_number(options->module, options->n_modules, route), route->name);
    metric_route_name(route_number(options->module, options->n_modules, NULL), "other");
}

static void release(struct http *http)
{
    if (!http)
        return;
    limits_free(http->limits);
    free(http->proxies.list);
    free(http);
}

static void on_ended(struct loop *loop)
{
    struct http *http = container_of(loop, struct http_thread, loop)->http;
    if (atomic_fetch_sub(&http->n_running, 1) == 1)
        mailbox_post(http->reply_to, http->stopped);
}

static void start_threads(struct http *http, const int fd[])
{
    unsigned each = affordable_connections(http->options.max_connections) / http->n_threads;
    for (unsigned i = 0; i < http->n_threads; i++) {
        http->thread[i].http = http;
        http->thread[i].loop = (struct loop){.options = &http->options,
                                             .limits = http->limits,
                                             .proxies = &http->proxies,
                                             .max_connections = each ? each : 1,
                                             .ended = on_ended};
        loop_thread_init(&http->thread[i].loop, fd[i]);
    }
    atomic_store(&http->n_running, http->n_threads);
    for (unsigned i = 0; i < http->n_threads; i++)
        loop_thread_start(&http->thread[i].loop);
}

enum badge_status http_new(struct http **out, const struct http_options *options, struct badge_err *err)
{
    BADGE_ASSERT(options->n_loops >= 1 && options->n_modules <= HTTP_MAX_MODULES);
    struct http *http = calloc(1, sizeof *http + options->n_loops * sizeof http->thread[0]);
    int *fd = calloc(options->n_loops, sizeof *fd);
    enum badge_status status = http && fd ? BADGE_OK : badge_no_memory(err);
    if (status != BADGE_OK)
        goto out;
    http->options = *options;
    http->n_threads = options->n_loops;
    fill_in_defaults(&http->options);
    status = read_proxies(http, err);
    http->limits = limits_new(&options->limits);
    if (status == BADGE_OK && !http->limits)
        status = badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET,
                            "the limits of clients could not be set up: no memory, or no random bytes");
    if (status == BADGE_OK)
        status = open_sockets(http, fd, err);
    if (status != BADGE_OK)
        goto out;
    name_routes(options);
    start_threads(http, fd);
    *out = http;
    http = NULL;
out:
    free(fd);
    release(http);
    return status;
}

unsigned http_port(const struct http *http)
{
    return http->port;
}

const char *http_address(const struct http *http)
{
    return http->address;
}

void http_stop(struct http *http, struct mailbox *reply_to, struct message *stopped)
{
    http->reply_to = reply_to;
    http->stopped = stopped;
    for (unsigned i = 0; i < http->n_threads; i++)
        loop_thread_stop(&http->thread[i].loop);
}

void http_free(struct http *http)
{
    if (!http)
        return;
    for (unsigned i = 0; i < http->n_threads; i++)
        uv_thread_join(&http->thread[i].loop.thread);
    release(http);
}
