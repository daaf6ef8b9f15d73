/*
 * What one client may take of the node: connections at once, and requests per second. Shared by all loops and
 * thread-safe. Its memory is bounded whatever addresses come.
 */
#ifndef HTTP_LIMITS_H
#define HTTP_LIMITS_H

#include "badge/status.h"
#include "http/address.h"

struct limits;

struct limits_options {
    unsigned max_connections_per_client; /* 0: no bound of its own */
    uint64_t rate_per_client;            /* requests per second, 0: no bound */
    uint64_t rate_per_token;
};

/* A client that was quiet has this many seconds' worth of requests at once. */
#define LIMITS_BURST_S 5

/* NULL where there is no memory or no randomness. */
struct limits *limits_new(const struct limits_options *options) __attribute__((warn_unused_result));
void limits_free(struct limits *limits);

/* false: the client has as many as it may. After true, limits_disconnect() with the same address. */
bool limits_connect(struct limits *limits, const struct address *client) __attribute__((warn_unused_result));
void limits_disconnect(struct limits *limits, const struct address *client);

/* Counts a request. 0: it may go on; otherwise the seconds after which the next one may. */
unsigned limits_client(struct limits *limits, const struct address *client, uint64_t now_ns)
    __attribute__((warn_unused_result));
unsigned limits_token(struct limits *limits, const char *token, size_t len, uint64_t now_ns)
    __attribute__((warn_unused_result));

#endif
