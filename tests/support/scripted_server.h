/*
 * An HTTP server that sends scripted responses byte for byte: plain sockets on a thread, one connection at a time, one
 * entry of the script per request. It uses no code of the project.
 */
#ifndef TESTS_SCRIPTED_SERVER_H
#define TESTS_SCRIPTED_SERVER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define SCRIPTED_URL_LEN 64

struct scripted_reply {
    const char *head; /* status line and headers with the empty line; NULL: closes without a response */
    const char *body; /* NULL: none */
    size_t fill;      /* then so many bytes */
    bool close;       /* then closes */
    bool hang;        /* then sends nothing more until the client closes or the test ends */
};

struct scripted_server {
    int stream, stop[2];
    char url[SCRIPTED_URL_LEN];
    pthread_t thread;
    const struct scripted_reply *reply;
    size_t n_replies;
    /* Valid once it has stopped. */
    size_t n_requests, n_connections;
    char last_request[8192];
};

/* Binds a port of this machine without listening: while the descriptor is open, connections to url are refused. */
int scripted_bind(char url[SCRIPTED_URL_LEN]);
void scripted_start(struct scripted_server *server, const struct scripted_reply *reply, size_t n_replies);
void scripted_stop(struct scripted_server *server);

#endif
