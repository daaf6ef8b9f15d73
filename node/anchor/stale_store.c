/*
 * Checks whether the store is older than the chain, when an account starts to sign, from time to time, and when a nonce
 * was used by another program: the pending credentials of a restored backup, or of the store of another node with the
 * same key, may be anchored already. The invariants: while the chain has anchors of our account that the store does not
 * have, nothing new is signed unless the operator accepts that; and no provider alone can hide such an anchor from the
 * store, so all quorum members are asked.
 *
 * The account's nonce is the first, cheap test: it is higher than the store's transactions explain. Then the contract's
 * count of the issuer's anchors: if it is the place of the store's last final anchor, there are no others. Otherwise
 * the events, read backwards, show whose the others were. Each has its place in the issuer's log: an event that is held
 * back leaves a gap. If the events are unavailable, the nonce alone decides for an account that has signed from this
 * store before, and for a store without a final anchor; another account may have been used elsewhere.
 *
 * Only what the other node has on the chain can be seen: one that is stopped by this check itself, before its first
 * anchor, is noticed by nobody else.
 */
#include "anchor/stale_store.h"

#include <stdio.h>
#include <string.h>

#include "chain/quorum_events.h"
#include "runtime/log.h"

#define CHECK_EVERY_MS 60000
#define CHECK_SOON_MS 3000    /* while it is stale */
#define MAX_FAILED_REQUESTS 3 /* for events: a provider that has none may return an error that looks transient */

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
    stale->to_explain = 0;
    stale->has_unknown = false;
    return NEXT_STEP;
}

static void set_current(struct round *round)
{
    health_clear(&round->health, CONDITION_STORE);
    round->health.now.store_age = ANCHOR_STORE_CURRENT;
}

#define HAS_OTHER_ANCHORS "restore a newer backup, don't share the key with another node"
#define PROVIDERS_ARE_WRONG "remove the wrong provider from chain.rpc"
#define EVENTS_ARE_MISSING "add one to chain.rpc that has them"

static void set_stale(struct round *round, const char *reason, const char *remedy)
{
    if (round->health.now.store_age == ANCHOR_STORE_ACCEPTED)
        return;
    if (round->health.now.store_age != ANCHOR_STORE_STALE)
        log_error("stale store: older than the chain; anchoring stopped", log_text("why", reason));
    round->health.now.store_age = ANCHOR_STORE_STALE;
    health_raise(&round->health, CONDITION_STORE, "store_older_than_chain",
                 "%s: %s, or create an empty file accept-stale-store in store.path", reason, remedy);
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

/* -- what all quorum members say ----------------------------------------------------------------------------------- */

/* The highest: one that is too low would hide transactions. */
static enum badge_status keep_highest(struct quorum *quorum, uint64_t value)
{
    uint64_t *highest = quorum->context;
    *highest = value > *highest ? value : *highest;
    return BADGE_OK;
}

static enum badge_status nonce_answer(struct quorum *quorum, const json_t *result)
{
    uint64_t nonce;
    return rpc_read_u64(&nonce, result) == BADGE_OK ? keep_highest(quorum, nonce) : BADGE_ETYPE;
}

static enum badge_status log_answer(struct quorum *quorum, const json_t *result)
{
    struct badge_log_head log;
    uint8_t words[64];
    size_t len;
    if (rpc_read_bytes(words, sizeof words, &len, result) != BADGE_OK || badge_answer_log(&log, words, len) != BADGE_OK)
        return BADGE_ETYPE;
    return keep_highest(quorum, log.count);
}

/* At the block that all members have. */
static bool ask_nonce(struct round *round, const struct quorum_members *members, uint64_t *nonce)
{
    json_t *account = rpc_hex(round->stale_store.account.b, sizeof round->stale_store.account.b);
    *nonce = 0;
    return round_ask_quorum(round, members, "eth_getTransactionCount",
                            json_pack("[oo]", account, rpc_quantity(members->head)), nonce_answer, nonce);
}

/* The number of the issuer's anchors, likewise. */
static bool ask_log_count(struct round *round, const struct quorum_members *members, uint64_t *count)
{
    uint8_t data[BADGE_CALL_MAX_LEN];
    size_t len = badge_call_log_of(data, &round->options.issuer);
    json_t *call = rpc_call_object(&round->options.contract, data, len);
    *count = 0;
    return round_ask_quorum(round, members, "eth_call", json_pack("[oo]", call, rpc_quantity(members->head)),
                            log_answer, count);
}

/* -- the issuer's anchors, backwards ------------------------------------------------------------------------------- */

enum search {
    SEARCH_ON,
    SEARCH_ABORTED,
    SEARCH_COMPLETE,
    SEARCH_NO_EVENTS, /* at any provider */
    SEARCH_GAP,       /* an anchor that the contract has counted is not among the events */
    SEARCH_DISPUTED,
};

/* The store's last final anchor: it has all up to that one, unless the operator has accepted that it does not. */
static struct store_anchor last_final(struct store *store)
{
    struct store_anchor last = {0};
    struct store_batch batch;
    for (uint32_t number = store_n_batches(store); number > 0; number--)
        if (store_batch(store, number, &batch) && batch.anchor.state == STORE_ANCHOR_FINAL &&
            batch.anchor.sequence > last.sequence)
            last = batch.anchor;
    return last;
}

/* Whether it may be the root of an anchor after the last final one. */
static bool knows_root(struct store *store, const struct badge_hash *root)
{
    struct store_batch batch;
    for (uint32_t number = store_n_batches(store); number > 0; number--)
        if (store_batch(store, number, &batch) && badge_hash_compare(&batch.root, root) == 0)
            return batch.anchor.state != STORE_ANCHOR_FINAL;
    return false;
}

/* Counts those of our account that the store does not have. False: an anchor is missing between them. */
static bool take_events(struct round *round, const struct registry_events *events, uint64_t known, size_t *n_unknown)
{
    struct stale_store *stale = &round->stale_store;
    for (size_t i = events->n; i > 0 && stale->search.sequence > known; i--) {
        const struct registry_event *event = &events->event[i - 1];
        if (event->sequence != stale->search.sequence--)
            return false;
        *n_unknown += accounts_equal(&event->account, &stale->account) &&
                      !knows_root(round->options.store, &event->subject);
    }
    return true;
}

/* One range, not below the last final anchor; counts the anchors in it that the store does not have. */
static enum search search_range(struct round *round, const struct quorum_members *members,
                                const struct store_anchor *last, size_t *n_unknown)
{
    struct stale_store *stale = &round->stale_store;
    uint64_t n_blocks = stale->search.below - last->block_number;
    n_blocks = n_blocks < stale->search.span ? n_blocks : stale->search.span;
    const struct registry_events_filter wanted = {.contract = round->options.contract,
                                                  .issuer = round->options.issuer,
                                                  .from = stale->search.below - n_blocks,
                                                  .to = stale->search.below - 1,
                                                  .kinds = REGISTRY_KIND(REGISTRY_EVENT_ANCHORED)};
    struct registry_events events;
    if (round->closing)
        return SEARCH_ABORTED;
    round->quorum.excluded = stale->search.excluded;
    enum scan_outcome outcome = quorum_events(&events, &round->quorum, members, &wanted, &round->coroutine);
    bool fits = take_events(round, &events, last->sequence, n_unknown);
    registry_events_release(&events);
    if (round->closing)
        return SEARCH_ABORTED;
    switch (outcome) {
    case SCAN_DONE:
        stale->search.n_failed = 0;
        stale->search.below -= n_blocks;
        if (quorum_exclude_refusing(stale->search.excluded, &round->quorum))
            stale->search.span = SPAN_MAX_BLOCKS;
        if (*n_unknown > 0)
            return SEARCH_COMPLETE;
        return fits ? SEARCH_ON : SEARCH_GAP;
    case SCAN_REFUSED:
        stale->search.span = n_blocks / 2;
        return n_blocks > 1 ? SEARCH_ON : SEARCH_NO_EVENTS;
    case SCAN_FAILED:
        return ++stale->search.n_failed < MAX_FAILED_REQUESTS ? SEARCH_ABORTED : SEARCH_NO_EVENTS;
    case SCAN_DIFFERS:
        return SEARCH_DISPUTED;
    case SCAN_UNASKED:
        break;
    }
    return SEARCH_NO_EVENTS;
}

/*
 * From the head back to the last final anchor, or to the first unknown one. An aborted search goes on in the next
 * round, unless the account's nonce is another by then: what has used it may be above the blocks that are searched.
 */
static enum search search_events(struct round *round, const struct quorum_members *members, uint64_t nonce,
                                 const struct store_anchor *last, size_t *n_unknown)
{
    struct stale_store *stale = &round->stale_store;
    enum search search = SEARCH_ON;
    if (stale->search.span == 0 || members->head + 1 < stale->search.below || nonce != stale->search.nonce) {
        uint64_t count;
        if (!ask_log_count(round, members, &count))
            return SEARCH_ABORTED;
        memset(&stale->search, 0, sizeof stale->search);
        stale->search.nonce = nonce;
        stale->search.sequence = count;
        stale->search.below = members->head + 1;
        stale->search.span = SPAN_MAX_BLOCKS;
    }
    while (search == SEARCH_ON) {
        if (stale->search.sequence <= last->sequence)
            search = SEARCH_COMPLETE;
        else
            search = stale->search.below > last->block_number ? search_range(round, members, last, n_unknown)
                                                              : SEARCH_GAP;
    }
    if (search != SEARCH_ABORTED)
        stale->search.span = 0;
    return search;
}

/* -- the check ----------------------------------------------------------------------------------------------------- */

/* The account has transactions that the store does not have. */
static enum next compare_events(struct round *round, const struct quorum_members *members, uint64_t count,
                                bool has_signed)
{
    char reason[100];
    size_t n_unknown = 0;
    const struct store_anchor last = last_final(round->options.store);
    enum search search = search_events(round, members, count, &last, &n_unknown);
    round->stale_store.has_unknown = n_unknown > 0;
    switch (search) {
    case SEARCH_ON:
    case SEARCH_ABORTED:
        return NEXT_ABORT;
    case SEARCH_DISPUTED:
        set_stale(round, "providers disagree about the issuer's anchors", PROVIDERS_ARE_WRONG);
        break;
    case SEARCH_GAP:
        set_stale(round, "providers do not return the events of all the issuer's anchors", EVENTS_ARE_MISSING);
        break;
    case SEARCH_NO_EVENTS:
        if (has_signed || last.sequence == 0)
            set_stale(round,
                      "transactions of the operator account are missing from the store, and no provider has "
                      "their events",
                      EVENTS_ARE_MISSING);
        else
            used_elsewhere(round, "unknown: no provider has their events");
        break;
    case SEARCH_COMPLETE:
        snprintf(reason, sizeof reason, "%zu anchors of the operator account are missing from the store", n_unknown);
        if (n_unknown > 0)
            set_stale(round, reason, HAS_OTHER_ANCHORS);
        else
            used_elsewhere(round, "no anchors");
        break;
    }
    return checked(round, count);
}

/* What used the nonces is in a block that not all providers have yet: until then nothing is signed. */
static enum next wait_for_providers(struct round *round)
{
    if (round->health.now.store_age == ANCHOR_STORE_CURRENT)
        round->health.now.store_age = ANCHOR_STORE_UNCHECKED;
    return NEXT_STEP;
}

enum next stale_store_check(struct round *round)
{
    uint64_t count, ours = 0;
    struct quorum_members members;
    struct store *store = round->options.store;
    struct stale_store *stale = &round->stale_store;
    const struct badge_address account = round->accounts.current.address;
    if (!is_due(round))
        return NEXT_STEP;
    if (!accounts_equal(&stale->account, &account))
        *stale = (struct stale_store){.account = account, .logged_used_elsewhere = stale->logged_used_elsewhere};
    if (!quorum_members_choose(&members, &round->providers) || !ask_nonce(round, &members, &count))
        return NEXT_ABORT;
    if (count < stale->to_explain)
        return wait_for_providers(round);
    bool has_signed = store_next_nonce(store, &account, &ours);
    if (count <= ours && stale->to_explain == 0) {
        set_current(round);
        return checked(round, count);
    }
    if (count <= stale->explained && stale->to_explain == 0)
        return checked(round, count);
    if (stale->has_unknown && round->health.now.store_age == ANCHOR_STORE_STALE) /* they stay unknown */
        return checked(round, count);
    return compare_events(round, &members, count, has_signed);
}

bool stale_store_explains(const struct round *round, uint64_t count)
{
    return count <= round->stale_store.explained;
}

void stale_store_recheck(struct round *round, const struct badge_address *account, uint64_t count)
{
    round->stale_store.checked_at_ms = 0;
    if (accounts_equal(account, &round->stale_store.account)) /* else it was one before a key rotation */
        round->stale_store.to_explain = count;
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
