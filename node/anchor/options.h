/* What the anchor is opened with. */
#ifndef ANCHOR_OPTIONS_H
#define ANCHOR_OPTIONS_H

#include "badge/eth.h"
#include "net/client.h"
#include "store/store.h"

struct anchor_options {
    uv_loop_t *loop;
    struct store *store;
    struct net_client *client;
    const char *const *rpc_url; /* in order of preference */
    size_t n_rpc_urls;
    uint64_t chain_id;
    struct badge_address contract, issuer;
    struct badge_key *operator_key; /* taken; NULL: anchor_use() follows */
    uint64_t confirmations;         /* 0: the chain's `finalized` tag */
    uint64_t max_fee_wei, max_priority_fee_wei;
    uint64_t bump_after_ms;
    /*
     * May be NULL. On the loop, once the batch's new state is on disk; also for a resealed batch and for the spoiled
     * one that it replaces. fee_wei: the cost of the mined transaction, 0 if unknown.
     */
    void (*on_moved)(void *context, const struct store_batch *batch, uint64_t fee_wei);
    void *context;
};

#endif
