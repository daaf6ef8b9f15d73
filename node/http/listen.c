/*
 * Opens the listening sockets, one for each loop, on one address and port. The server calls it before the threads
 * start.
 */
#include "http/listen.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "core/number.h"

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

enum badge_status listen_open(int fd[], unsigned n, const char *text, struct listen_address *out, struct badge_err *err)
{
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
    out->port = ntohs(((const struct sockaddr_in *)&address)->sin_port); /* at the same place in IPv6 */
    snprintf(out->text, sizeof out->text, address.ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u", host, out->port);
    return BADGE_OK;
}
