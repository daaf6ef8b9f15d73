/*
 * One request to one provider, with retries: a transient failure is retried with exponential backoff, or after the
 * provider's Retry-After. The caller gets the last reply.
 */
#ifndef CHAIN_RPC_REQUEST_H
#define CHAIN_RPC_REQUEST_H

#include "chain/rpc.h"

struct rpc_request;

/* All open requests of one owner. */
struct rpc_requests {
    uv_loop_t *loop;
    struct rpc_request *first;
    bool closing;
};

/*
 * Up to three retries. If not retry_unanswered, none after a timeout: for a caller who has another provider, which is
 * quicker. params is taken, even on failure. The callback runs exactly once, later; on
 * failure never.
 * errors    those of rpc_call()
 */
enum badge_status rpc_request_send(struct rpc_requests *requests, struct rpc *rpc, const char *method, json_t *params,
                                   bool retry_unanswered, rpc_callback callback, void *context,
                                   struct badge_err *err) BADGE_CHECKED;

/* No more retries: requests that wait for one fail at once. */
void rpc_requests_close(struct rpc_requests *requests);

#endif
