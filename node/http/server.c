/*
 * The HTTP server as a whole: what its loops share, their sockets and threads. The daemon starts and stops it from
 * the main loop. Every thread owns its loop; they share only the limits and the count of those that still run.
 */
#include "http/server.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "core/compiler.h"
#include "http/ip_address.h"
#include "http/listen.h"
#include "http/loop_thread.h"
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
    struct listen_address address;
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
        status = badge_no_memory(err);
    if (status == BADGE_OK)
        status = listen_open(fd, http->n_threads, options->listen, &http->address, err);
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
    return http->address.port;
}

const char *http_address(const struct http *http)
{
    return http->address.text;
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
