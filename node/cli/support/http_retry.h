/*
 * One request to a node, retried while the node is too busy or can't be reached: 429, 503, a broken connection. For
 * `badge submit` and `badge revoke`: all their requests are harmless to repeat.
 */
#ifndef CLI_SUPPORT_HTTP_RETRY_H
#define CLI_SUPPORT_HTTP_RETRY_H

#include "cli/support/session.h"

/*
 * The request's limits of size and time are set here. Its url is copied, its body is allocated and taken, the headers
 * are borrowed until the callback, which gets the last response. On success the callback runs exactly once, later; on
 * failure it never runs. errors    those of net_send()
 */
enum badge_status http_retry(struct session *session, const struct net_request *request,
                             struct badge_err *err) BADGE_CHECKED;

/* "Bearer …" with the token of --token-file. False: the reason is printed. http_retry_forget() wipes and frees it. */
bool http_retry_authorization(char **out, const struct cli *cli);
void http_retry_forget(char *authorization);

#endif
