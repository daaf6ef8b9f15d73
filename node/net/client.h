/*
 * The HTTP client on the loop: libcurl's one door. Bodies have a ceiling, every request a deadline; http and https
 * only, no redirects to elsewhere, no netrc, no proxies from the environment unless allowed.
 */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include <uv.h>

#include "badge/status.h"

struct net_client;

enum badge_status net_client_new(struct net_client **out, uv_loop_t *loop, struct badge_err *err)
    __attribute__((warn_unused_result));
/* Cancels what is under way (each callback runs, with BADGE_EIO) and frees itself as the loop runs out. */
void net_client_close(struct net_client *client);

struct net_response {
    enum badge_status status; /* BADGE_OK: an answer came, whatever its code */
    struct badge_err err;
    long http_status;
    const char *body; /* borrowed until the callback returns; NUL-terminated */
    size_t body_len;
    uint64_t retry_after_ms; /* 0: none was said */
};
typedef void (*net_callback)(void *context, const struct net_response *response);

struct net_request {
    const char *url;
    const char *body; /* NULL: GET; else POST */
    size_t body_len;
    const char *content_type;
    const char *authorization; /* the header's value, or NULL */
    size_t max_response_len;
    uint64_t timeout_ms;
    net_callback callback;
    void *context;
};
/*
 * Everything is copied. On success the callback runs exactly once, later; on failure never.
 * errors    BADGE_ESYNTAX (the URL), BADGE_ENOMEM
 */
enum badge_status net_send(struct net_client *client, const struct net_request *request, struct badge_err *err)
    __attribute__((warn_unused_result));

#endif
