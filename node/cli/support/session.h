/*
 * An event loop with the HTTP client on it, for commands that make one request after another: each call runs the loop
 * until its answer has come. `badge submit` and `badge revoke` use the loop and the client directly.
 */
#ifndef CLI_SUPPORT_SESSION_H
#define CLI_SUPPORT_SESSION_H

#include <jansson.h>

#include "chain/rpc.h"
#include "cli/cli.h"

struct session {
    uv_loop_t loop;
    struct net_client *client;
    bool reported_unreachable; /* a message that the node can't be reached was printed */
};

enum badge_status session_open(struct session *session, struct badge_err *err) BADGE_CHECKED;
void session_close(struct session *session);

/*
 * One JSON-RPC call. *result is the caller's; NULL after a failure.
 * errors    BADGE_EIO, BADGE_EREFUSED (an error object; the contract's errors by name)
 */
enum badge_status session_rpc(struct session *session, struct rpc *rpc, const char *method, json_t *params,
                              json_t **result, struct badge_err *err) BADGE_CHECKED;

/* GET of a path below the node. response and *body as of net_get(). errors    BADGE_EIO (no answer came) */
enum badge_status session_get(struct session *session, const char *node, const char *path,
                              struct net_response *response, char **body) BADGE_CHECKED;

/* Writes the text of the node's problem document (RFC 9457), or else the HTTP status. */
void session_problem(char *out, size_t capacity, const struct net_response *response);

#endif
