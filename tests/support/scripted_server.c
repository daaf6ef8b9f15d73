#include "support/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* True if fd has something to read before the test ends. */
static bool scripted_wait(struct scripted_server *server, int fd)
{
    struct pollfd watched[2] = {{.fd = fd, .events = POLLIN}, {.fd = server->stop[0], .events = POLLIN}};
    return poll(watched, 2, -1) > 0 && watched[1].revents == 0;
}

static bool scripted_read_request(struct scripted_server *server, int fd)
{
    char *text = server->last_request;
    size_t len = 0, want = sizeof server->last_request - 1;
    while (len < want) {
        ssize_t n = scripted_wait(server, fd) ? recv(fd, text + len, want - len, 0) : 0;
        if (n <= 0)
            return false;
        len += (size_t)n;
        text[len] = '\0';
        const char *end = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "\r\ncontent-length:");
        if (end && len >= (size_t)(end - text) + 4 + (length && length < end ? strtoul(length + 17, NULL, 10) : 0))
            return true;
    }
    return false;
}

static bool scripted_send(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* True if the connection stays open. */
static bool scripted_answer(struct scripted_server *server, int fd)
{
    static const char filling[4096] = {'x'};
    if (server->n_requests >= server->n_replies)
        return false;
    const struct scripted_reply *reply = &server->reply[server->n_requests++];
    if (!reply->head || !scripted_send(fd, reply->head, strlen(reply->head)) ||
        (reply->body && !scripted_send(fd, reply->body, strlen(reply->body))))
        return false;
    for (size_t left = reply->fill; left > 0;) {
        size_t len = left < sizeof filling ? left : sizeof filling;
        if (!scripted_send(fd, filling, len))
            return false;
        left -= len;
    }
    if (reply->hang)
        scripted_wait(server, fd);
    return !reply->close && !reply->hang;
}

static void *scripted_run(void *context)
{
    struct scripted_server *server = context;
    while (scripted_wait(server, server->stream)) {
        int fd = accept(server->stream, NULL, NULL);
        server->n_connections++;
        while (scripted_read_request(server, fd) && scripted_answer(server, fd)) {
        }
        close(fd);
    }
    return NULL;
}

int scripted_bind(char url[SCRIPTED_URL_LEN])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&address, len) < 0 || getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        abort();
    snprintf(url, SCRIPTED_URL_LEN, "http://127.0.0.1:%u/", ntohs(address.sin_port));
    return fd;
}

void scripted_start(struct scripted_server *server, const struct scripted_reply *reply, size_t n_replies)
{
    memset(server, 0, sizeof *server);
    server->reply = reply;
    server->n_replies = n_replies;
    server->stream = scripted_bind(server->url);
    if (pipe(server->stop) < 0 || listen(server->stream, 16) < 0 ||
        pthread_create(&server->thread, NULL, scripted_run, server) != 0)
        abort();
}

void scripted_stop(struct scripted_server *server)
{
    if (write(server->stop[1], "", 1) != 1)
        abort();
    pthread_join(server->thread, NULL);
    close(server->stream);
    close(server->stop[0]);
    close(server->stop[1]);
}
