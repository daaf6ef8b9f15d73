/* A connection as the server's own files see it: handlers know its exchange only. */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include "http/exchange.h"
#include "http/server_chunked.h"

struct connection {
    struct connection *prev, *next;
    struct loop *loop;
    struct MHD_Connection *mhd;
    int fd;
    bool cut;         /* the socket is shut down: nothing more comes or goes */
    bool in_exchange; /* x holds a request */
    bool lingers;     /* its client may still be sending: see linger.h */
    bool is_counted;  /* among those of its client: proxies are not */
    uint64_t deadline_ms, slow_since_ms, waits_since_ms;
    uint64_t sending_len; /* of the answer, or of its block */
    struct ip_address peer;
    struct chunked chunked;
    struct exchange x;
};

void connection_cut(struct connection *connection);

#endif
