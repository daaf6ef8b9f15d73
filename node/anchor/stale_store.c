/*
 * Checks whether the store is older than the chain, when an account starts to sign, from time to time, and when a nonce
 * was used by another program: the pending credentials of a restored backup, or of the store of another node with the
 * same key, may be anchored already. The invariant: while the chain has anchors of our account that the store does not
 * have, nothing new is signed unless the operator accepts that.
 *
 * The account's nonce is the first, cheap test: it is higher than the store's transactions explain. A store that never
 * anchored is cleared by one call if the issuer has no anchor at all. Otherwise the account's events, read backwards,
 * show whether the others were anchors. If they are unavailable, the nonce alone decides for an account that has signed
 * from this store before, and for a store that never anchored; another account may have been used elsewhere.
 */
#include "anchor/stale_store.h"

#include <stdio.h>

#include "runtime/log.h"

#define CHECK_EVERY_MS 60000
#define CHECK_SOON_MS 3000   /* while it is stale */
#define MAX_EVENT_REQUESTS 3 /* a provider that never answers them may return an error that looks transient */
#define SPAN_BLOCKS 10000    /* of one request for events; halved where a provider refuses */

static bool is_due(const struct round *round)
{
    const struct stale_store *stale = &round->stale_store;
    if (!signer_is_there(&round->accounts.current))
        return false;
    enum anchor_store_age age = round->health.now.store_age;
    bool needs_events = age == ANCHOR_STORE_STALE && !stale->has_unknown; /* which take many requests */
    uint64_t every_ms = age == ANCHOR_STORE_CURRENT || needs_events ? CHECK_EVERY_MS : CHECK_SOON_MS;
    return stale->checked_at_ms == 0 || round_now_ms(round) - stale->checked_at_ms >= every_ms ||
           !accounts_equal(&stale->account, &round->accounts.current.address);
}

/* count: the account's, which is explained from now on, unless the store is stale */
static enum next checked(struct round *round, uint64_t count)
{
    struct stale_store *stale = &round->stale_store;
    stale->checked_at_ms = round_now_ms(round);
    if (round->health.now.store_age == ANCHOR_STORE_STALE)
        return NEXT_STEP;
    stale->explained = count;
    stale->suspect = stale->has_unknown = false;
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

static void used_elsewhere(struct round *round, const char *what)
{
    if (!round->stale_store.logged_used_elsewhere)
        log_warn("operator account has transactions that are missing from the store; give each node its own key. "
                 "Harmless if they are revocations from before a backup was restored",
                 log_text("what", what));
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

/* The number of the issuer's anchors. False: NEXT_ABORT. */
static bool ask_log_count(struct round *round, uint64_t *count)
{
    uint8_t data[BADGE_CALL_MAX_LEN], words[64];
    size_t len = badge_call_log_of(data, &round->options.issuer);
    const json_t *result = round_ask_contract(round, data, len);
    if (!result)
        return false;
    if (rpc_read_bytes(words, sizeof words, &len, result) == BADGE_OK && len == sizeof words &&
        badge_answer_u64s(count, 1, words, 32) == BADGE_OK) /* the second is a hash */
        return true;
    (void)round_failed(round, "returned an invalid answer to logOf");
    return false;
}

/* -- the account's events, backwards ------------------------------------------------------------------------------- */

enum scan { SCAN_AGAIN, SCAN_ABORTED, SCAN_NO_EVENTS, SCAN_COMPLETE };

/* Whether the account had sent nothing up to that block: then there is nothing before. */
static enum scan is_before_account(struct round *round, uint64_t block)
{
    uint64_t count;
    struct stale_store *stale = &round->stale_store;
    if (stale->scan.no_past_counts)
        return SCAN_AGAIN;
    json_t *params = json_pack("[oo]", rpc_hex(stale->account.b, 20), rpc_quantity(block));
    const struct rpc_reply *reply = round_ask_or_refused(round, "eth_getTransactionCount", params);
    if (!reply)
        return SCAN_ABORTED;
    if (reply->status == BADGE_OK && rpc_read_u64(&count, reply->result) == BADGE_OK)
        return count == 0 ? SCAN_COMPLETE : SCAN_AGAIN;
    stale->scan.no_past_counts = true;
    return SCAN_AGAIN;
}

/* One range, from `first` on or above it; adds the anchors in it that the store does not have. */
static enum scan scan_range(struct round *round, uint64_t first, size_t *n_unknown)
{
    struct stale_store *stale = &round->stale_store;
    uint64_t below = stale->scan.below, from = below - first > stale->scan.span ? below - stale->scan.span : first;
    if (stale->n_event_requests++ >= MAX_EVENT_REQUESTS)
        return SCAN_NO_EVENTS;
    json_t *params = job_events(&round->options, from, rpc_quantity(below - 1), NULL, &stale->account);
    const struct rpc_reply *reply = round_ask_or_refused(round, "eth_getLogs", params);
    if (!reply)
        return SCAN_ABORTED;
    stale->n_event_requests = 0;
    if (reply->status != BADGE_OK) {
        stale->scan.span /= 2;
        return stale->scan.span > 0 ? SCAN_AGAIN : SCAN_NO_EVENTS;
    }
    *n_unknown += count_unknown(round->options.store, reply->result);
    stale->scan.below = from;
    if (from == first || *n_unknown > 0)
        return SCAN_COMPLETE;
    return is_before_account(round, from - 1);
}

/* From the head back to block `first`, or to the first unknown anchor. An aborted scan goes on in the next round. */
static enum scan scan_events(struct round *round, uint64_t first, size_t *n_unknown)
{
    struct stale_store *stale = &round->stale_store;
    enum scan scan = SCAN_AGAIN;
    if (stale->scan.span == 0) {
        stale->scan.below = round->head.number + 1;
        stale->scan.span = SPAN_BLOCKS;
        stale->scan.no_past_counts = false;
    }
    while (scan == SCAN_AGAIN)
        scan = stale->scan.below > first ? scan_range(round, first, n_unknown) : SCAN_COMPLETE;
    if (scan != SCAN_ABORTED) {
        stale->scan.span = 0;
        stale->n_event_requests = 0;
    }
    return scan;
}

/* -- the check ----------------------------------------------------------------------------------------------------- */

/* The account has transactions that the store does not have. */
static enum next compare_events(struct round *round, uint64_t count, bool has_signed, uint64_t first)
{
    char reason[96];
    size_t n_unknown = 0;
    uint64_t n_anchors;
    if (first == 0) {
        if (!ask_log_count(round, &n_anchors))
            return NEXT_ABORT;
        if (n_anchors == 0) {
            used_elsewhere(round, "no anchors: the issuer has none");
            return checked(round, count);
        }
    }
    enum scan scan = scan_events(round, first, &n_unknown);
    if (scan == SCAN_ABORTED)
        return NEXT_ABORT;
    snprintf(reason, sizeof reason, "%zu anchors of the operator account are missing from the store", n_unknown);
    round->stale_store.has_unknown = n_unknown > 0;
    if (n_unknown > 0)
        set_stale(round, reason);
    else if (scan == SCAN_NO_EVENTS && (has_signed || first == 0))
        set_stale(round, "transactions of the operator account are missing from the store, and no provider has their "
                         "events");
    else
        used_elsewhere(round, scan == SCAN_NO_EVENTS ? "unknown: no provider has their events" : "no anchors");
    return checked(round, count);
}

enum next stale_store_check(struct round *round)
{
    uint64_t count, ours = 0;
    struct store *store = round->options.store;
    struct stale_store *stale = &round->stale_store;
    const struct badge_address account = round->accounts.current.address;
    if (!is_due(round))
        return NEXT_STEP;
    if (!accounts_equal(&stale->account, &account))
        *stale = (struct stale_store){.account = account, .logged_used_elsewhere = stale->logged_used_elsewhere};
    if (!round_ask_count(round, &count, &account))
        return NEXT_ABORT;
    bool has_signed = store_next_nonce(store, &account, &ours);
    if (count <= ours && !stale->suspect) {
        set_current(round);
        return checked(round, count);
    }
    if (count <= stale->explained && !stale->suspect)
        return checked(round, count);
    if (stale->has_unknown && round->health.now.store_age == ANCHOR_STORE_STALE) /* they stay unknown */
        return checked(round, count);
    return compare_events(round, count, has_signed, first_block(store));
}

bool stale_store_explains(const struct round *round, uint64_t count)
{
    return count <= round->stale_store.explained;
}

void stale_store_recheck(struct round *round, bool suspect)
{
    round->stale_store.checked_at_ms = 0;
    round->stale_store.suspect = round->stale_store.suspect || suspect;
    round->progress = true;
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
