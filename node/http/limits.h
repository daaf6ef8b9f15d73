/*
 * Limits per client: concurrent connections and event streams, and requests per second. Shared by all loops and
 * thread-safe. Its memory is bounded, however many addresses there are.
 */
#ifndef HTTP_LIMITS_H
#define HTTP_LIMITS_H

#include "badge/status.h"
#include "http/ip_address.h"

struct limits;

/* What is limited in number. */
enum limits_kind { LIMITS_CONNECTIONS, LIMITS_STREAMS };
#define LIMITS_N_KINDS 2

struct limits_options {
    unsigned max_per_client[LIMITS_N_KINDS]; /* 0: unlimited */
    uint64_t rate_per_client;                /* requests per second, 0: unlimited */
    uint64_t rate_per_token;
};

/* Burst: after a pause a client may send this many seconds' worth of requests at once. */
#define LIMITS_BURST_S 5

/* NULL: no memory, or no random bytes. */
struct limits *limits_new(const struct limits_options *options) BADGE_CHECKED;
void limits_free(struct limits *limits);

/* One more. false: the client has reached its limit. After true, limits_leave() with the same kind and address. */
bool limits_enter(struct limits *limits, enum limits_kind kind, const struct ip_address *client) BADGE_CHECKED;
void limits_leave(struct limits *limits, enum limits_kind kind, const struct ip_address *client);

/* Counts a request. 0: allowed; otherwise refused, retry after so many seconds. */
unsigned limits_client(struct limits *limits, const struct ip_address *client, uint64_t now_ns) BADGE_CHECKED;
unsigned limits_token(struct limits *limits, const char *token, size_t len, uint64_t now_ns) BADGE_CHECKED;

#endif
