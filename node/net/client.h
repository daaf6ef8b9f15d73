/*
 * The HTTP client on the loop: libcurl's one door. Bodies and headers have a ceiling, every request a deadline; http
 * and https only, no redirects, no netrc, no content encodings, and no proxies: those of the environment are not asked.
 * Whom TLS trusts is the system's list, or the file that SSL_CERT_FILE names.
 */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include <stdbool.h>
#include <uv.h>

#include "badge/status.h"

struct net_client;

/* errors    BADGE_ENOMEM */
enum badge_status net_client_new(struct net_client **out, uv_loop_t *loop, struct badge_err *err) BADGE_CHECKED;
/* Cancels what is under way (each callback runs, with BADGE_EIO) and frees itself as the loop runs out. */
void net_client_close(struct net_client *client);

struct net_response {
    enum badge_status status; /* BADGE_OK: an answer came, whatever its code; else BADGE_EIO, BADGE_ELIMIT (longer than
                                 max_response_len) or BADGE_ENOMEM */
    struct badge_err err;
    long http_status; /* 0: none came */
    const char *body; /* borrowed until the callback returns; NUL-terminated, but where it is the request's `into` */
    size_t body_len;
    uint64_t retry_after_ms; /* 0: none was said; at most a day */
};
typedef void (*net_callback)(void *context, const struct net_response *response);

struct net_request {
    const char *url;
    const char *body; /* NULL: GET; else POST */
    size_t body_len;
    const char *content_type;
    const char *authorization; /* the header's value, or NULL */
    size_t max_response_len;
    char *into; /* room for max_response_len bytes, which the body then goes to; NULL: the client finds room itself */
    uint64_t timeout_ms; /* of the whole exchange; 0: none */
    bool public_only;    /* a stranger named the URL: connects to the public internet's addresses alone, and over a
                            connection of its own, so never over one that was made to somewhere private */
    net_callback callback;
    void *context;
};
/*
 * Everything is copied but `into`, which must last until the callback. On success the callback runs exactly once,
 * later; on failure never. errors    BADGE_ESYNTAX (the URL, or a header's value), BADGE_ENOMEM, BADGE_EREFUSED (the
 * client is closing)
 */
enum badge_status net_send(struct net_client *client, const struct net_request *request,
                           struct badge_err *err) BADGE_CHECKED;

#endif
