/*
 * One request to a node, tried again while the node is too busy or can't be reached: 429, 503, a broken connection.
 * What `badge submit` and `badge revoke` are made of: every request of theirs is harmless to repeat.
 */
#ifndef CLI_SUPPORT_HTTP_RETRY_H
#define CLI_SUPPORT_HTTP_RETRY_H

#include "cli/support/session.h"

struct exchange_request {
    const char *url; /* copied */
    char *body;      /* taken; NULL: GET */
    size_t body_len;
    const char *content_type;  /* static */
    const char *authorization; /* borrowed until the callback; NULL: none */
    net_callback callback;     /* as that of net_send(); the response is the last one */
    void *context;
};

/* On success the callback runs exactly once, later; on failure never. errors    those of net_send() */
enum badge_status exchange(struct session *session, const struct exchange_request *request, struct badge_err *err)
    __attribute__((warn_unused_result));

/* "Bearer …" with the token of --token-file; NULL: it has said why. Given back with exchange_forget(), which wipes it.
 */
char *exchange_authorization(const struct cli *cli);
void exchange_forget(char *authorization);

#endif
