/*
 * The HTTP server as a whole: the sockets and the threads. daemon/main.c starts and stops it from the main loop. Every
 * thread owns its loop; they meet only in the count of those that still run.
 */
#include <errno.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http/limits.h"
#include "http/loop.h"
#include "http/route.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define OTHER_FILES 1024u /* descriptors that are no connection: the store's, spools, the chain's, late sockets */

struct http {
    struct http_options options;
    char address[80];
    unsigned port;
    atomic_uint n_running;
    struct mailbox *reply_to;
    struct message *stopped;
    unsigned n_loops;
    struct limits *limits;
    struct networks proxies;
    struct loop loop[];
};

/* "host:port" or "[host]:port", numeric both: nothing is resolved at start. */
static enum badge_status parse_listen(struct addrinfo **out, const char *listen, struct badge_err *err)
{
    char host[64];
    const char *colon = strrchr(listen, ':'), *start = listen, *end = colon;
    if (colon && listen[0] == '[' && colon > listen && colon[-1] == ']') {
        start = listen + 1;
        end = colon - 1;
    }
    struct addrinfo hints = {
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    char *rest;
    unsigned long port = colon ? strtoul(colon + 1, &rest, 10) : 0;
    bool is_port = colon && colon[1] >= '0' && colon[1] <= '9' && !*rest && port <= 65535;
    if (is_port && end > start && (size_t)(end - start) < sizeof host) {
        memcpy(host, start, (size_t)(end - start));
        host[end - start] = '\0';
        if (getaddrinfo(host, colon + 1, &hints, out) == 0)
            return BADGE_OK;
    }
    return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                      "\"%s\" is no address to listen on; write it like 127.0.0.1:8080 or [::1]:8080", listen);
}

static int open_socket(const struct sockaddr *address, socklen_t address_len, bool shared)
{
    int on = 1, fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) ||
        bind(fd, address, address_len) != 0 || listen(fd, 4096) != 0) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

/* One socket a loop. The first may have been given its port by the system: the others follow it there. */
static enum badge_status open_sockets(struct http *http, int *fd, const struct addrinfo *info, struct badge_err *err)
{
    struct sockaddr_storage address = {0};
    socklen_t address_len = (socklen_t)sizeof address;
    memcpy(&address, info->ai_addr, info->ai_addrlen);
    for (unsigned i = 0; i < http->n_loops; i++) {
        fd[i] = open_socket((struct sockaddr *)&address, info->ai_addrlen, http->n_loops > 1);
        if (fd[i] < 0 || getsockname(fd[i], (struct sockaddr *)&address, &address_len) != 0) {
            const char *why = strerror(errno);
            for (unsigned j = 0; j <= i; j++)
                if (fd[j] >= 0)
                    close(fd[j]);
            return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "listening on %s failed: %s", http->options.listen, why);
        }
    }
    char host[64] = "", port[8] = "";
    (void)getnameinfo((struct sockaddr *)&address, address_len, host, sizeof host, port, sizeof port,
                      NI_NUMERICHOST | NI_NUMERICSERV);
    http->port = (unsigned)strtoul(port, NULL, 10);
    snprintf(http->address, sizeof http->address, address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    return BADGE_OK;
}

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
                              "http.trusted_proxy: \"%s\" is no address; write it like 127.0.0.1 or 10.0.0.0/8", text);
    }
    return BADGE_OK;
}

/* As many as were asked for, but never so many that the store would find no descriptor left. */
static unsigned affordable_connections(unsigned wanted)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
        return wanted;
    rlim_t spare = files.rlim_cur > 2 * OTHER_FILES ? files.rlim_cur - OTHER_FILES : files.rlim_cur / 2;
    if (wanted <= spare)
        return wanted;
    log_warn("fewer connections than http.max_connections: the limit of open files is too low",
             log_u64("connections", spare), log_u64("open_files", files.rlim_cur));
    return (unsigned)spare;
}

static enum badge_status open_shared(struct http *http, struct loop_shared *shared, struct badge_err *err)
{
    const struct http_options *options = &http->options;
    const struct limits_options limits = {.max_per_client = {[LIMITS_CONNECTIONS] = options->max_connections_per_client,
                                                             [LIMITS_STREAMS] = options->max_streams_per_client},
                                          .rate_per_client = options->rate_per_client,
                                          .rate_per_token = options->rate_per_token};
    enum badge_status status = read_proxies(http, err);
    if (status != BADGE_OK)
        return status;
    http->limits = limits_new(&limits);
    if (!http->limits)
        return badge_no_memory(err);
    unsigned each = affordable_connections(options->max_connections) / http->n_loops;
    *shared = (struct loop_shared){.http = http,
                                   .options = options,
                                   .limits = http->limits,
                                   .proxies = &http->proxies,
                                   .max_connections = each ? each : 1};
    return BADGE_OK;
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

static void run(void *arg)
{
    struct loop *loop = arg;
    struct http *http = loop->http;
    loop_run(loop);
    if (atomic_fetch_sub(&http->n_running, 1) == 1)
        mailbox_post(http->reply_to, http->stopped);
}

enum badge_status http_new(struct http **out, const struct http_options *options, struct badge_err *err)
{
    BADGE_ASSERT(options->n_loops >= 1 && options->n_modules <= HTTP_MAX_MODULES);
    struct addrinfo *info;
    enum badge_status status = parse_listen(&info, options->listen, err);
    if (status != BADGE_OK)
        return status;
    struct http *http = calloc(1, sizeof *http + options->n_loops * sizeof http->loop[0]);
    int *fd = calloc(options->n_loops, sizeof *fd);
    if (!http || !fd) {
        status = badge_no_memory(err);
        goto out;
    }
    http->options = *options;
    http->n_loops = options->n_loops;
    struct loop_shared shared;
    status = open_shared(http, &shared, err);
    if (status == BADGE_OK)
        status = open_sockets(http, fd, info, err);
    if (status != BADGE_OK)
        goto out;
    name_routes(options);
    for (unsigned i = 0; i < http->n_loops; i++)
        loop_init(&http->loop[i], &shared, fd[i]);
    atomic_store(&http->n_running, http->n_loops);
    for (unsigned i = 0; i < http->n_loops; i++)
        loop_start(&http->loop[i], run);
    *out = http;
    http = NULL;
out:
    freeaddrinfo(info);
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
    for (unsigned i = 0; i < http->n_loops; i++)
        mailbox_post(&http->loop[i].mailbox, &http->loop[i].stop);
}

void http_free(struct http *http)
{
    if (!http)
        return;
    for (unsigned i = 0; i < http->n_loops; i++)
        uv_thread_join(&http->loop[i].thread);
    release(http);
}
