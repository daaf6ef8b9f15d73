/*
 * One request to a node, retried while the node is too busy or can't be reached: 429, 503, a broken connection. For
 * `badge submit` and `badge revoke`: all their requests are harmless to repeat.
 */
#ifndef CLI_SUPPORT_HTTP_RETRY_H
#define CLI_SUPPORT_HTTP_RETRY_H

#include "cli/support/session.h"

struct http_retry_request {
    const char *url; /* copied */
    char *body;      /* taken; NULL: GET */
    size_t body_len;
    const char *content_type;  /* static */
    const char *authorization; /* borrowed until the callback; NULL: none */
    net_callback callback;     /* as of net_send(); gets the last response */
    void *context;
};

/* On success the callback runs exactly once, later; on failure it never runs. errors    those of net_send() */
enum badge_status http_retry(struct session *session, const struct http_retry_request *request,
                             struct badge_err *err) BADGE_CHECKED;

/* "Bearer …" with the token of --token-file; NULL: the reason is printed. http_retry_forget() wipes and frees it. */
char *http_retry_authorization(const struct cli *cli);
void http_retry_forget(char *authorization);

#endif
