/*
 * Checks whether the store is older than the chain, when an account starts to sign and then from time to time: the
 * pending credentials of a restored backup may be anchored already. The invariant: while the chain has anchors of our
 * account that the store does not have, nothing new is signed unless the operator accepts that.
 *
 * The account's nonce is the first, cheap test: it is higher than the store's transactions explain. The account's
 * events then show whether the others were anchors; if they are unavailable, the nonce alone decides for an account
 * that has signed from this store before; another account may have been used elsewhere.
 */
#include "anchor/stale_store.h"

#include <stdio.h>

#include "runtime/log.h"

#define CHECK_EVERY_MS 60000
#define CHECK_SOON_MS 3000   /* while it is stale */
#define MAX_EVENT_REQUESTS 3 /* a provider that never answers them may return an error that looks transient */

static bool is_due(const struct round *round)
{
    const struct stale_store *stale = &round->stale_store;
    if (!signer_is_there(&round->accounts.current))
        return false;
    uint64_t every_ms = round->health.now.store_age == ANCHOR_STORE_CURRENT ? CHECK_EVERY_MS : CHECK_SOON_MS;
    return stale->checked_at_ms == 0 || round_now_ms(round) - stale->checked_at_ms >= every_ms ||
           !accounts_equal(&stale->account, &round->accounts.current.address);
}

static enum next checked(struct round *round, const struct badge_address *account)
{
    round->stale_store.checked_at_ms = round_now_ms(round);
    round->stale_store.account = *account;
    return NEXT_STEP;
}

static void set_current(struct round *round)
{
    health_clear(&round->health, CONDITION_STORE);
    round->health.now.store_age = ANCHOR_STORE_CURRENT;
}

static void set_stale(struct round *round, const char *reason)
{
    if (round->health.now.store_age == ANCHOR_STORE_ACCEPTED)
        return;
    if (round->health.now.store_age != ANCHOR_STORE_STALE)
        log_error("stale store: older than the chain; anchoring stopped", log_text("why", reason));
    round->health.now.store_age = ANCHOR_STORE_STALE;
    health_raise(&round->health, CONDITION_STORE, "store_older_than_chain",
                 "%s: restore a newer backup, don't share the key with another node, or create an empty file "
                 "accept-stale-store in store.path",
                 reason);
}

static void used_elsewhere(struct round *round)
{
    if (!round->stale_store.logged_used_elsewhere)
        log_warn("operator account has transactions that are missing from the store, none of them an anchor; give each "
                 "node its own key. Harmless if they are revocations from before a backup was restored",
                 log_none);
    round->stale_store.logged_used_elsewhere = true;
    set_current(round);
}

static bool knows_root(struct store *store, const struct badge_hash *root)
{
    struct store_batch batch;
    for (uint32_t number = store_n_batches(store); number > 0; number--)
        if (store_batch(store, number, &batch) && badge_hash_compare(&batch.root, root) == 0)
            return true;
    return false;
}

static size_t count_unknown(struct store *store, const json_t *events)
{
    size_t n_unknown = 0;
    for (size_t i = 0; i < json_array_size(events); i++) {
        struct badge_hash root;
        const json_t *topics = json_object_get(json_array_get(events, i), "topics");
        n_unknown += rpc_read_hash(&root, json_array_get(topics, 2)) == BADGE_OK && !knows_root(store, &root);
    }
    return n_unknown;
}

/* Up to the last block with an anchor that the store has, it has them all. */
static uint64_t first_block(struct store *store)
{
    struct store_batch batch;
    uint64_t block_number = 0;
    for (uint32_t number = store_n_batches(store); number > 0 && block_number == 0; number--)
        if (store_batch(store, number, &batch))
            block_number = batch.anchor.block_number;
    return block_number;
}

enum next stale_store_check(struct round *round)
{
    uint64_t count, ours = 0;
    struct store *store = round->options.store;
    struct stale_store *stale = &round->stale_store;
    if (!is_due(round))
        return NEXT_STEP;
    const struct badge_address account = round->accounts.current.address;
    if (!round_ask_count(round, &count, &account))
        return NEXT_ABORT;
    bool has_signed = store_next_nonce(store, &account, &ours);
    uint64_t from = first_block(store);
    if (count <= ours) {
        set_current(round);
        return checked(round, &account);
    }
    if (!has_signed && from == 0) { /* a new store: nothing to compare */
        used_elsewhere(round);
        return checked(round, &account);
    }
    const struct rpc_reply *reply = NULL;
    if (stale->n_event_requests++ < MAX_EVENT_REQUESTS) {
        reply = round_ask_or_refused(round, "eth_getLogs",
                                     job_events(&round->options, from, json_string("latest"), NULL, &account));
        if (!reply)
            return NEXT_ABORT;
    }
    stale->n_event_requests = 0;
    bool has_events = reply && reply->status == BADGE_OK;
    size_t n_unknown = has_events ? count_unknown(store, reply->result) : 0;
    char reason[96];
    snprintf(reason, sizeof reason, "%zu anchors of the operator account are missing from the store", n_unknown);
    if (n_unknown > 0)
        set_stale(round, reason);
    else if (!has_events && has_signed)
        set_stale(round, "transactions of the operator account are missing from the store");
    else
        used_elsewhere(round);
    return checked(round, &account);
}

bool stale_store_accept(struct round *round)
{
    if (round->health.now.store_age != ANCHOR_STORE_STALE)
        return false;
    log_warn("stale store accepted by operator (accept-stale-store): pending credentials may already be anchored",
             log_u64("batches", store_n_batches(round->options.store)));
    round->health.now.store_age = ANCHOR_STORE_ACCEPTED;
    health_clear(&round->health, CONDITION_STORE);
    return true;
}
