/*
 * Asks one provider over JSON-RPC for everything that a verdict needs: core's chain query, over the network.
 */
#ifndef AUDIT_PROVIDER_QUERY_H
#define AUDIT_PROVIDER_QUERY_H

#include "badge/chain_query.h"
#include "chain/rpc.h"

/*
 * Runs on the loop of the rpc's client. On success the callback runs exactly once, later, and the view is borrowed
 * until it returns. The accreditors of params are borrowed until then. errors    BADGE_ENOMEM, and those of rpc_call()
 */
typedef void (*provider_query_callback)(void *context, const struct badge_chain_view *view);
enum badge_status provider_query_start(struct rpc *rpc, const struct badge_chain_query_params *params,
                                       provider_query_callback callback, void *context,
                                       struct badge_err *err) BADGE_CHECKED;

#endif
