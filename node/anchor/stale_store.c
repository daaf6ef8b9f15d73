/*
 * Checks whether the store is older than the chain. A restored backup does not have the anchors that were made after
 * it, and its pending credentials may be anchored already. anchor.c starts this when an account starts to sign, and
 * then from time to time; it ends in anchor_checked(). The invariant: while the chain has anchors of our account that
 * the store does not have, nothing new is signed unless the operator accepts that.
 *
 * The account's nonce is the first, cheap test: it is higher than the store's transactions explain. The account's
 * events then show whether the others were anchors; if they are unavailable, the nonce alone decides for an account
 * that has signed from this store before; another account may have been used elsewhere.
 */
#include <stdio.h>
#include <string.h>

#include "anchor/anchor_internal.h"
#include "runtime/log.h"

#define CHECK_EVERY_MS 60000
#define CHECK_SOON_MS 3000   /* while it is stale */
#define MAX_EVENT_REQUESTS 3 /* a provider that never answers them may return an error that looks transient */

bool stale_store_due(const struct anchor *anchor)
{
    const struct stale_store *stale = &anchor->stale_store;
    if (!signer_is_there(&anchor->signer))
        return false;
    uint64_t every_ms = stale->age == ANCHOR_STORE_CURRENT ? CHECK_EVERY_MS : CHECK_SOON_MS;
    return stale->checked_at_ms == 0 || anchor_now_ms(anchor) - stale->checked_at_ms >= every_ms ||
           memcmp(&stale->account, &anchor->signer.address, sizeof stale->account) != 0;
}

bool stale_store_allows(const struct anchor *anchor)
{
    return anchor->stale_store.age == ANCHOR_STORE_CURRENT || anchor->stale_store.age == ANCHOR_STORE_ACCEPTED;
}

static void set_age(struct anchor *anchor, enum anchor_store_age age)
{
    anchor->stale_store.age = age;
    uv_mutex_lock(&anchor->lock);
    anchor->health.store_age = age;
    uv_mutex_unlock(&anchor->lock);
}

static void stale_store_end(struct anchor *anchor)
{
    anchor->stale_store.checked_at_ms = anchor_now_ms(anchor);
    anchor->stale_store.account = anchor->signer.address;
    anchor_checked(anchor);
}

static void set_current(struct anchor *anchor)
{
    anchor_clear(anchor, CONDITION_STORE);
    set_age(anchor, ANCHOR_STORE_CURRENT);
    stale_store_end(anchor);
}

static void set_stale(struct anchor *anchor, const char *reason)
{
    if (anchor->stale_store.age == ANCHOR_STORE_ACCEPTED) {
        stale_store_end(anchor);
        return;
    }
    if (anchor->stale_store.age != ANCHOR_STORE_STALE)
        log_error("stale store: older than the chain; anchoring stopped", log_text("why", reason));
    set_age(anchor, ANCHOR_STORE_STALE);
    anchor_raise(anchor, CONDITION_STORE, "store_older_than_chain",
                 "%s: restore a newer backup, don't share the key with another node, or create an empty file "
                 "accept-stale-store in store.path",
                 reason);
    stale_store_end(anchor);
}

static bool knows_root(const struct anchor *anchor, const struct badge_hash *root)
{
    struct store_batch batch;
    for (uint32_t number = store_n_batches(anchor->options.store); number > 0; number--)
        if (store_batch(anchor->options.store, number, &batch) && badge_hash_compare(&batch.root, root) == 0)
            return true;
    return false;
}

static void used_elsewhere(struct anchor *anchor)
{
    if (!anchor->stale_store.logged_used_elsewhere)
        log_warn("operator account has transactions that are missing from the store, none of them an anchor; give each "
                 "node its own key. Harmless if they are revocations from before a backup was restored",
                 log_none);
    anchor->stale_store.logged_used_elsewhere = true;
    set_current(anchor);
}

static void no_events(struct anchor *anchor)
{
    anchor->stale_store.n_event_requests = 0;
    if (anchor->stale_store.has_nonce)
        set_stale(anchor, "transactions of the operator account are missing from the store");
    else
        used_elsewhere(anchor);
}

static void events_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    char reason[96];
    size_t n_unknown = 0, n = json_array_size(reply->result);
    if (reply->status != BADGE_OK) {
        no_events(anchor);
        return;
    }
    anchor->stale_store.n_event_requests = 0;
    for (size_t i = 0; i < n; i++) {
        struct badge_hash root;
        const json_t *topics = json_object_get(json_array_get(reply->result, i), "topics");
        n_unknown += rpc_read_hash(&root, json_array_get(topics, 2)) == BADGE_OK && !knows_root(anchor, &root);
    }
    snprintf(reason, sizeof reason, "%zu anchors of the operator account are missing from the store", n_unknown);
    if (n_unknown > 0)
        set_stale(anchor, reason);
    else
        used_elsewhere(anchor);
}

/* Up to the last block with an anchor that the store has, it has them all. */
static uint64_t first_block(const struct anchor *anchor)
{
    struct store_batch batch;
    uint64_t block_number = 0;
    for (uint32_t number = store_n_batches(anchor->options.store); number > 0 && block_number == 0; number--)
        if (store_batch(anchor->options.store, number, &batch))
            block_number = batch.anchor.block_number;
    return block_number;
}

static void ask_events(struct anchor *anchor)
{
    struct badge_hash topic, issuer = {{0}}, account = {{0}};
    if (!badge_registry_topic(&topic, "Anchored"))
        fatal("the contract has no event Anchored", LOG_FIELDS(log_none));
    memcpy(issuer.b + 12, anchor->options.issuer.b, 20);
    memcpy(account.b + 12, anchor->signer.address.b, 20);
    json_t *filter = json_pack("{s:o, s:s, s:o, s:[o,o,n,o]}", "fromBlock", rpc_quantity(first_block(anchor)),
                               "toBlock", "latest", "address", rpc_hex(anchor->options.contract.b, 20), "topics",
                               rpc_hex(topic.b, 32), rpc_hex(issuer.b, 32), rpc_hex(account.b, 32));
    anchor_ask_accept_refusal(anchor, "eth_getLogs", json_pack("[o]", filter), events_answered);
}

static void count_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    uint64_t count, ours = 0;
    if (rpc_read_u64(&count, reply->result) != BADGE_OK) {
        anchor_round_failed(anchor, "returned an invalid answer to eth_getTransactionCount");
        return;
    }
    anchor->stale_store.has_nonce = store_next_nonce(anchor->options.store, &anchor->signer.address, &ours);
    if (count <= ours)
        set_current(anchor);
    else if (!anchor->stale_store.has_nonce && first_block(anchor) == 0)
        used_elsewhere(anchor); /* a new store: nothing to compare */
    else if (anchor->stale_store.n_event_requests++ < MAX_EVENT_REQUESTS)
        ask_events(anchor);
    else
        no_events(anchor);
}

void stale_store_start(struct anchor *anchor)
{
    json_t *params = json_pack("[os]", rpc_hex(anchor->signer.address.b, 20), "latest");
    anchor_ask(anchor, "eth_getTransactionCount", params, count_answered);
}

void anchor_accept_stale_store(struct anchor *anchor)
{
    if (anchor->stale_store.age != ANCHOR_STORE_STALE)
        return;
    log_warn("stale store accepted by operator (accept-stale-store): pending credentials may already be anchored",
             log_u64("batches", store_n_batches(anchor->options.store)));
    set_age(anchor, ANCHOR_STORE_ACCEPTED);
    anchor_clear(anchor, CONDITION_STORE);
    anchor_wake(anchor);
}
