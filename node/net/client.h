/*
 * The HTTP client on the loop; the only user of libcurl. Bodies and headers have a size limit, every request a timeout;
 * http and https only, no redirects, no netrc, no content encodings and no proxies, not even those of the environment.
 * TLS trusts the system's certificates, or those in the file that SSL_CERT_FILE names.
 */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include <stdbool.h>
#include <uv.h>

#include "badge/status.h"

struct net_client;

/* errors    BADGE_ENOMEM */
enum badge_status net_client_new(struct net_client **out, uv_loop_t *loop, struct badge_err *err) BADGE_CHECKED;
/* Cancels open requests (each callback runs, with BADGE_EIO) and frees itself when the loop ends. */
void net_client_close(struct net_client *client);

struct net_response {
    enum badge_status status; /* BADGE_OK: a response of any HTTP status; else BADGE_EIO, BADGE_ELIMIT (longer than
                                 max_response_len) or BADGE_ENOMEM */
    struct badge_err err;
    long http_status;   /* 0: no response */
    char redirect[256]; /* the origin that a redirect, which is not followed, leads to; "": it is none */
    const char *body;   /* borrowed until the callback returns; NUL-terminated, unless it is the request's `into` */
    size_t body_len;
    uint64_t retry_after_ms; /* 0: no Retry-After; at most a day */
    char media_type[128];    /* the Content-Type as it was sent, cut; "": none */
    bool has_disposition;    /* there is a Content-Disposition */
    int64_t max_age_s;       /* how long a cache may use it from now on, by Cache-Control and Age, at most a year; -1:
                                it does not say */
    bool allows_origin;      /* CORS: a page of the request's origin may read it, or, of a preflight, may POST JSON */
};
typedef void (*net_callback)(void *context, const struct net_response *response);

struct net_request {
    const char *url;
    const char *body; /* NULL: GET; else POST */
    size_t body_len;
    const char *content_type;
    const char *authorization; /* the header's value, or NULL */
    const char *origin;        /* of a page that would send this; NULL: none */
    bool preflight;            /* OPTIONS in place of GET: what a browser asks before it POSTs JSON for that page */
    size_t max_response_len;
    char *into;          /* buffer of max_response_len bytes for the body; NULL: the client allocates it */
    uint64_t timeout_ms; /* of the whole exchange; 0: none */
    bool public_only;    /* the URL is untrusted: connects only to addresses of the public internet, and only over a new
                            connection, never over one that was made to a private address */
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

struct net_retry_policy;
/*
 * A GET for commands that make one request after another: runs the client's loop until the last response is there. What
 * may succeed later (no response, 429, 5xx) is retried; policy NULL: no retries. The response's
 * body is the caller's, who frees *body; it is NULL unless response->status is BADGE_OK. The status may be one of
 * net_send() too.
 */
void net_get(struct net_client *client, const struct net_request *request, const struct net_retry_policy *policy,
             struct net_response *response, char **body);

#endif
