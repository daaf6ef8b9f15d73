/*
 * Is the store older than the chain? A backup that was restored does not know the anchors that were made after it, and
 * credentials that it holds as pending may be among them. anchor.c begins this when an account begins to sign and now
 * and then; it ends in anchor_checked(). The invariant: while anchors of our account are on the chain that the store
 * does not know, nothing new is signed without the operator's word.
 *
 * The account's nonce is the cheap sign: the chain counts more transactions of it than it has signed from this store.
 * Its events then tell whether those were anchors; where they can't be had, the nonce alone decides for an account that
 * has signed from this store before; another may have a past elsewhere.
 */
#include <stdio.h>
#include <string.h>

#include "anchor/anchor_internal.h"
#include "runtime/log.h"

#define CHECK_EVERY_MS 60000
#define CHECK_SOON_MS 3000 /* while it is older */
#define MAX_ASKED 3        /* a provider may be unable to answer, and say so as if it were busy */

bool stale_store_due(const struct anchor *anchor)
{
    const struct stale_store *older = &anchor->stale_store;
    if (!signer_is_there(&anchor->signer))
        return false;
    uint64_t every_ms = older->age == ANCHOR_STORE_RECENT ? CHECK_EVERY_MS : CHECK_SOON_MS;
    return older->checked_at_ms == 0 || anchor_now_ms(anchor) - older->checked_at_ms >= every_ms ||
           memcmp(&older->account, &anchor->signer.address, sizeof older->account) != 0;
}

bool stale_store_allows(const struct anchor *anchor)
{
    return anchor->stale_store.age == ANCHOR_STORE_RECENT || anchor->stale_store.age == ANCHOR_STORE_ACCEPTED;
}

static void set_age(struct anchor *anchor, enum anchor_store_age age)
{
    anchor->stale_store.age = age;
    uv_mutex_lock(&anchor->lock);
    anchor->health.store_age = age;
    uv_mutex_unlock(&anchor->lock);
}

static void end(struct anchor *anchor)
{
    anchor->stale_store.checked_at_ms = anchor_now_ms(anchor);
    anchor->stale_store.account = anchor->signer.address;
    anchor_checked(anchor);
}

static void recent(struct anchor *anchor)
{
    anchor_clear(anchor, CONDITION_STORE);
    set_age(anchor, ANCHOR_STORE_RECENT);
    end(anchor);
}

static void is_older(struct anchor *anchor, const char *sign)
{
    if (anchor->stale_store.age == ANCHOR_STORE_ACCEPTED) {
        end(anchor);
        return;
    }
    if (anchor->stale_store.age != ANCHOR_STORE_STALE)
        log_error("the store is older than the chain, nothing is anchored without the operator's word",
                  log_text("sign", sign));
    set_age(anchor, ANCHOR_STORE_STALE);
    anchor_raise(anchor, CONDITION_STORE, "store_older_than_chain",
                 "%s: restore a newer backup, give no other node its key, or make an empty file accept-older in "
                 "store.path",
                 sign);
    end(anchor);
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
    if (!anchor->stale_store.said)
        log_warn(
            "the operator's account has sent transactions that this store does not know, none of them an anchor; give "
            "each node a key of its own, unless they are revocations from before a backup was restored",
            log_none);
    anchor->stale_store.said = true;
    recent(anchor);
}

static void no_events(struct anchor *anchor)
{
    anchor->stale_store.n_asked = 0;
    if (anchor->stale_store.has_nonce)
        is_older(anchor, "the operator's account has sent transactions that this store does not know");
    else
        used_elsewhere(anchor);
}

static void events_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    char sign[96];
    size_t n_unknown = 0, n = json_array_size(reply->result);
    if (reply->status != BADGE_OK) {
        no_events(anchor);
        return;
    }
    anchor->stale_store.n_asked = 0;
    for (size_t i = 0; i < n; i++) {
        struct badge_hash root;
        const json_t *topics = json_object_get(json_array_get(reply->result, i), "topics");
        n_unknown += rpc_read_hash(&root, json_array_get(topics, 2)) == BADGE_OK && !knows_root(anchor, &root);
    }
    snprintf(sign, sizeof sign, "this store does not know %zu anchors of the operator's account", n_unknown);
    if (n_unknown > 0)
        is_older(anchor, sign);
    else
        used_elsewhere(anchor);
}

/* Before the last block with an anchor that the store knows, it knows them all. */
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
    anchor_ask_or_refuse(anchor, "eth_getLogs", json_pack("[o]", filter), events_answered);
}

static void count_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    uint64_t count, ours = 0;
    if (rpc_read_u64(&count, reply->result) != BADGE_OK) {
        anchor_round_failed(anchor, "its answer to eth_getTransactionCount can't be read");
        return;
    }
    anchor->stale_store.has_nonce = store_next_nonce(anchor->options.store, &anchor->signer.address, &ours);
    if (count <= ours)
        recent(anchor);
    else if (!anchor->stale_store.has_nonce && first_block(anchor) == 0)
        used_elsewhere(anchor); /* a new store: it has no past to be compared */
    else if (anchor->stale_store.n_asked++ < MAX_ASKED)
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
    log_warn("the older store is used as it is, by the operator's word: what it holds as pending may be on the chain "
             "already and is then anchored once more",
             log_u64("batches", store_n_batches(anchor->options.store)));
    set_age(anchor, ANCHOR_STORE_ACCEPTED);
    anchor_clear(anchor, CONDITION_STORE);
    anchor_wake(anchor);
}
