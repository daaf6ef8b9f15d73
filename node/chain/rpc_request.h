/*
 * One request to one provider, asked again where that may help: a failure that says nothing about the request is
 * retried after a pause that grows, or after the one that the provider asks for. What is left is told to the caller.
 */
#ifndef CHAIN_RPC_REQUEST_H
#define CHAIN_RPC_REQUEST_H

#include "chain/rpc.h"

struct rpc_request;

/* All requests that are open; the owner's. */
struct rpc_requests {
    uv_loop_t *loop;
    struct rpc_request *first;
    bool closing;
};

/* How long to keep trying. */
enum retry_policy {
    RETRY,             /* three times more, without an answer too */
    RETRY_IF_ANSWERED, /* three times more, but not after a time-out: another provider is quicker */
};

/*
 * params is taken, even on failure. The callback runs exactly once, later; on failure never.
 * errors    those of rpc_call()
 */
enum badge_status rpc_request_send(struct rpc_requests *requests, struct rpc *rpc, const char *method, json_t *params,
                                   enum retry_policy retry_policy, rpc_callback callback, void *context,
                                   struct badge_err *err) BADGE_CHECKED;

/* Nothing is asked again from now on; what waits to be is answered at once, as failed. */
void rpc_requests_close(struct rpc_requests *requests);

#endif
