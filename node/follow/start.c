/*
 * Where to begin, and what to do where the events are gone; follow.c comes here at the first round of a store, and
 * where every provider refuses the events of a single block.
 *
 * Nothing happens under an issuer's name before the issuer's own first transaction: it alone appoints operators. So the
 * search is for the last final block at which its account had sent none. A provider that does not show states so old
 * says nothing, and then the search goes on below: what is found may be too early, never too late.
 *
 * Events that no provider has any more (EIP-4444, or a provider that prunes) are passed over. What they would have told
 * of the batches of this store is asked of the contract's state: a withdrawal lets digests be submitted again, so it
 * has to be known. For revocations that would be a question for each credential; so the store keeps the gap, and no
 * credential of which nothing was said since is called good any more. Verifiers ask the state, and see it.
 */
#include <stdio.h>
#include <string.h>

#include "badge/registry.h"
#include "follow/follow_internal.h"
#include "runtime/log.h"

/* -- the start ----------------------------------------------------------------------------------------------------- */

static void start_found(struct follow *follow, uint64_t through)
{
    log_info("the registry is followed from the issuer's first transaction on", log_u64("block", through + 1));
    follow->begun = true;
    follow->final_block = follow->scanned_block = through;
    follow_continue(follow);
}

static enum badge_status nonce_answer(struct quorum *quorum, const json_t *result)
{
    struct follow *follow = quorum->context;
    uint64_t nonce;
    if (rpc_read_u64(&nonce, result) != BADGE_OK)
        return BADGE_ETYPE;
    follow->is_active = follow->is_active || nonce > 0;
    return BADGE_OK;
}

static void nonce_answered(struct quorum *quorum);

static void ask_nonce(struct follow *follow, uint64_t number)
{
    follow->number = number;
    follow->is_active = false;
    json_t *account = rpc_hex(follow->options.issuer.b, sizeof follow->options.issuer.b);
    follow_ask(follow, "eth_getTransactionCount", json_pack("[oo]", account, rpc_quantity(number)), nonce_answer,
               nonce_answered);
}

static void nonce_answered(struct quorum *quorum)
{
    struct follow *follow = quorum->context;
    bool all_silent = quorum->n_answered == 0 && quorum->n_refused > 0;
    if (!all_silent && !follow_may_continue(follow, quorum))
        return;
    bool quiet = quorum->n_answered > 0 && quorum->n_refused == 0 && quorum->n_failed == 0 && !follow->is_active;
    if (quiet)
        follow->low = follow->number;
    else
        follow->high = follow->number;
    if (all_silent) /* nor will they below */
        start_found(follow, follow->low);
    else if (follow->low + 1 < follow->high)
        ask_nonce(follow, follow->low + (follow->high - follow->low) / 2);
    else
        start_found(follow, follow->low);
}

void follow_start(struct follow *follow)
{
    follow->low = 0;
    follow->high = follow->final + 1;
    if (follow->final == 0)
        start_found(follow, 0);
    else
        ask_nonce(follow, follow->final);
}

/* -- the batches, by state ----------------------------------------------------------------------------------------- */

static void ask_batch(struct follow *follow);

static enum badge_status withdrawn_answer(struct quorum *quorum, const json_t *result)
{
    struct follow *follow = quorum->context;
    uint8_t bytes[32];
    size_t len;
    uint64_t at_s;
    if (rpc_read_bytes(bytes, sizeof bytes, &len, result) != BADGE_OK ||
        badge_answer_u64s(&at_s, 1, bytes, len) != BADGE_OK || at_s > INT64_MAX)
        return BADGE_ETYPE;
    if (quorum->n_answered > 0)
        return at_s == follow->number ? BADGE_OK : BADGE_EMISMATCH;
    follow->number = at_s;
    return BADGE_OK;
}

static void withdrawn_answered(struct quorum *quorum)
{
    struct follow *follow = quorum->context;
    struct store_batch batch;
    if (!follow_may_continue(follow, quorum))
        return;
    if (follow->number > 0 && store_batch(follow->options.store, follow->batch, &batch)) {
        const struct registry_event event = {.kind = REGISTRY_EVENT_WITHDRAWN,
                                             .block_number = follow->high - 1,
                                             .subject = batch.root,
                                             .time_s = (int64_t)follow->number};
        if (follow_add_event(follow, &event, quorum->by_all) != BADGE_OK) {
            follow_failed(follow, "not_kept", "more has changed on the chain than can be held");
            return;
        }
    }
    follow->batch++;
    ask_batch(follow);
}

static void ask_batch(struct follow *follow)
{
    struct store_batch batch = {.number = 0};
    while (store_batch(follow->options.store, follow->batch, &batch) && batch.anchor.state != STORE_ANCHOR_FINAL)
        follow->batch++;
    if (follow->batch > store_n_batches(follow->options.store)) {
        follow->scanned_block = follow->high - 1;
        follow_continue(follow);
        return;
    }
    size_t len = badge_call_withdrawn_at(follow->bytes, &follow->options.issuer, &batch.root);
    follow_ask(
        follow, "eth_call",
        json_pack("[oo]", rpc_call_object(&follow->options.contract, follow->bytes, len), rpc_quantity(follow->final)),
        withdrawn_answer, withdrawn_answered);
}

/* -- the gap ------------------------------------------------------------------------------------------------------- */

void follow_notify_gap(struct follow *follow, const struct store_gap *gap)
{
    follow->lasting_code = "logs_pruned";
    snprintf(follow->lasting_why, sizeof follow->lasting_why,
             "no provider has the events of blocks %llu to %llu any more, so who was revoked then is not known; name "
             "one in chain.rpc that has, stop the node and remove store.path/standing",
             (unsigned long long)gap->first_block, (unsigned long long)gap->last_block);
    uv_mutex_lock(&follow->lock);
    follow->health.gap = *gap;
    uv_mutex_unlock(&follow->lock);
}

static void gap_passed(struct follow *follow)
{
    follow->gap = (struct store_gap){follow->scanned_block + 1, follow->high - 1};
    follow_notify_gap(follow, &follow->gap);
    log_warn("events are gone, the withdrawals of this store's batches are asked of the contract",
             log_u64("from", follow->gap.first_block), log_u64("to", follow->gap.last_block));
    follow->batch = 1;
    ask_batch(follow);
}

static void try_block(struct follow *follow, uint64_t number);

static void block_tried(struct event_scan *scan, enum event_scan_outcome outcome)
{
    struct follow *follow = scan->context;
    uint64_t number = scan->wanted.from;
    bool refused = outcome == SCAN_REFUSED;
    if (follow->closing || (!refused && outcome != SCAN_DONE)) {
        follow_failed(follow, outcome == SCAN_DIFFERS ? "providers_disagree" : "chain_unreachable", scan->why);
        return;
    }
    if (refused && number == follow->final) { /* not for want of age */
        follow_failed(follow, "no_logs", scan->why);
        return;
    }
    if (refused)
        follow->low = number;
    else
        follow->high = number;
    if (follow->low + 1 < follow->high)
        try_block(follow, follow->low + (follow->high - follow->low) / 2);
    else
        gap_passed(follow);
}

static void try_block(struct follow *follow, uint64_t number)
{
    follow->scan.wanted.from = follow->scan.wanted.to = number;
    follow->scan.done = block_tried;
    if (event_scan_start(&follow->scan) != BADGE_OK)
        follow_failed(follow, "chain_unreachable", "no provider could be asked for events");
}

void follow_over_gap(struct follow *follow)
{
    follow->low = follow->scanned_block + 1;
    follow->high = follow->final;
    if (follow->low >= follow->final) {
        follow_failed(follow, "no_logs", follow->scan.why);
        return;
    }
    try_block(follow, follow->final);
}
