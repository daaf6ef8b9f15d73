/*
 * One request to a node, tried again while the node is too busy or can't be reached: 429, 503, a broken connection.
 * What `badge submit` and `badge revoke` are made of: every request of theirs is harmless to repeat.
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
    net_callback callback;     /* as that of net_send(); the response is the last one */
    void *context;
};

/* On success the callback runs exactly once, later; on failure never. errors    those of net_send() */
enum badge_status http_retry(struct session *session, const struct http_retry_request *request, struct badge_err *err)
    __attribute__((warn_unused_result));

/* "Bearer …" with the token of --token-file; NULL: it has said why. Given back with http_retry_forget(), which wipes
 * it.
 */
char *http_retry_authorization(const struct cli *cli);
void http_retry_forget(char *authorization);

#endif
