/*
 * The HTTP server as a whole: the sockets and the threads. badged.c starts and stops it from the main loop. Every
 * thread owns its loop; they meet only in the count of those that still run.
 */
#include <errno.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/loop.h"
#include "http/route.h"
#include "runtime/metrics.h"

struct http {
    struct http_options options;
    char address[80];
    unsigned port;
    atomic_uint n_running;
    struct mailbox *home;
    struct mail *stopped;
    unsigned n_loops;
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

static void run(void *arg)
{
    struct loop *loop = arg;
    struct http *http = loop->http;
    loop_run(loop);
    if (atomic_fetch_sub(&http->n_running, 1) == 1)
        mailbox_post(http->home, http->stopped);
}

enum badge_status http_new(struct http **out, const struct http_options *options, struct badge_err *err)
{
    BADGE_ASSERT(options->n_loops >= 1);
    struct addrinfo *info;
    enum badge_status status = parse_listen(&info, options->listen, err);
    if (status != BADGE_OK)
        return status;
    struct http *http = calloc(1, sizeof *http + options->n_loops * sizeof http->loop[0]);
    int *fd = calloc(options->n_loops, sizeof *fd);
    if (!http || !fd) {
        status = badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "no memory for the HTTP server");
        goto out;
    }
    http->options = *options;
    http->n_loops = options->n_loops;
    status = open_sockets(http, fd, info, err);
    if (status != BADGE_OK)
        goto out;
    for (size_t i = 0; i < n_routes; i++)
        metric_route_name((unsigned)i, routes[i].name);
    metric_route_name((unsigned)n_routes, "other");
    for (unsigned i = 0; i < http->n_loops; i++)
        loop_init(&http->loop[i], http, &http->options, fd[i]);
    atomic_store(&http->n_running, http->n_loops);
    for (unsigned i = 0; i < http->n_loops; i++)
        loop_start(&http->loop[i], run);
    *out = http;
    http = NULL;
out:
    freeaddrinfo(info);
    free(fd);
    free(http);
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

void http_stop(struct http *http, struct mailbox *home, struct mail *stopped)
{
    http->home = home;
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
    free(http);
}
