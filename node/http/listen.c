/*
 * Opens the listening sockets, one for each loop, on one address and port. The server calls it before the threads
 * start.
 */
#include "http/listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Numeric both: nothing is resolved at the start. */
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
                      "\"%s\" is not an address to listen on; write it like 127.0.0.1:8080 or [::1]:8080", listen);
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

/* The system may choose the first socket's port (0): the others then use the same. */
static enum badge_status open_all(int fd[], unsigned n, const struct addrinfo *info, struct listen_address *out,
                                  const char *text, struct badge_err *err)
{
    struct sockaddr_storage address = {0};
    socklen_t address_len = (socklen_t)sizeof address;
    memcpy(&address, info->ai_addr, info->ai_addrlen);
    for (unsigned i = 0; i < n; i++) {
        fd[i] = open_socket((struct sockaddr *)&address, info->ai_addrlen, n > 1);
        if (fd[i] < 0 || getsockname(fd[i], (struct sockaddr *)&address, &address_len) != 0) {
            const char *why = strerror(errno);
            for (unsigned j = 0; j <= i; j++)
                if (fd[j] >= 0)
                    close(fd[j]);
            return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "listening on %s failed: %s", text, why);
        }
    }
    char host[64] = "", port[8] = "";
    (void)getnameinfo((struct sockaddr *)&address, address_len, host, sizeof host, port, sizeof port,
                      NI_NUMERICHOST | NI_NUMERICSERV);
    out->port = (unsigned)strtoul(port, NULL, 10);
    snprintf(out->text, sizeof out->text, address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    return BADGE_OK;
}

enum badge_status listen_open(int fd[], unsigned n, const char *address, struct listen_address *out,
                              struct badge_err *err)
{
    struct addrinfo *info;
    enum badge_status status = parse_listen(&info, address, err);
    if (status != BADGE_OK)
        return status;
    status = open_all(fd, n, info, out, address, err);
    freeaddrinfo(info);
    return status;
}
