/*
 * Finds the first block to read, and handles pruned events; follow.c calls this in the first round of a store, and when
 * every provider refuses the events of a single block.
 *
 * An issuer has no events before its own first transaction: only the issuer appoints operators. So this searches for
 * the last final block at which the issuer's nonce was 0. A provider without the state of an old block can't answer,
 * and then the search continues below it: the block found may be too early, never too late.
 *
 * Events that no provider has any more (EIP-4444, or pruned nodes) are skipped. Withdrawals of this store's batches are
 * read from the contract's state instead: a withdrawal lets digests be submitted again, so it must be known.
 * Revocations would need one request per credential; so the store records the gap, and does not report a credential as
 * good unless a later event says so. Verifiers read the state and see the revocation.
 */
#include <stdio.h>
#include <string.h>

#include "badge/registry.h"
#include "follow/follow_internal.h"
#include "runtime/log.h"

/* -- the start ----------------------------------------------------------------------------------------------------- */

static void start_found(struct follow *follow, uint64_t through)
{
    log_info("registry sync starts at the issuer's first transaction", log_u64("block", through + 1));
    follow->started = true;
    follow->final_block = follow->scanned_block = through;
    follow->found(follow);
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
    bool all_refused = quorum->n_answered == 0 && quorum->n_refused > 0;
    if (!all_refused && !follow_may_continue(follow, quorum))
        return;
    bool unused = quorum->n_answered > 0 && quorum->n_refused == 0 && quorum->n_failed == 0 && !follow->is_active;
    if (unused)
        follow->low = follow->number;
    else
        follow->high = follow->number;
    bool continues = !all_refused && follow->low + 1 < follow->high; /* after a refusal they refuse older ones, too */
    if (continues)
        ask_nonce(follow, follow->low + (follow->high - follow->low) / 2);
    else
        start_found(follow, follow->low);
}

void follow_start(struct follow *follow, void (*found)(struct follow *follow))
{
    follow->found = found;
    follow->low = 0;
    follow->high = follow->final + 1;
    if (follow->final == 0)
        start_found(follow, 0);
    else
        ask_nonce(follow, follow->final);
}

/* -- withdrawals, from the contract's state ------------------------------------------------------------------------ */

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
            follow_failed(follow, "not_kept", TOO_MANY_EVENTS);
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
        follow->found(follow);
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
    follow->permanent_code = "logs_pruned";
    snprintf(follow->permanent_why, sizeof follow->permanent_why,
             "events of blocks %llu to %llu are pruned at all providers, so revocations in them are unknown; add an "
             "archive node to chain.rpc, stop this node and remove store.path/standing",
             (unsigned long long)gap->first_block, (unsigned long long)gap->last_block);
    uv_mutex_lock(&follow->lock);
    follow->health.gap = *gap;
    uv_mutex_unlock(&follow->lock);
}

static void gap_found(struct follow *follow)
{
    follow->gap = (struct store_gap){follow->scanned_block + 1, follow->high - 1};
    follow_notify_gap(follow, &follow->gap);
    log_warn("events pruned at all providers; reading withdrawals of this store's batches from the contract instead",
             log_u64("from", follow->gap.first_block), log_u64("to", follow->gap.last_block));
    follow->batch = 1;
    ask_batch(follow);
}

static void probe_block(struct follow *follow, uint64_t number);

static void block_probed(struct event_scan *scan, enum event_scan_outcome outcome)
{
    struct follow *follow = scan->context;
    uint64_t number = scan->wanted.from;
    bool refused = outcome == SCAN_REFUSED;
    if (follow->closing || (!refused && outcome != SCAN_DONE)) {
        follow_failed(follow, outcome == SCAN_DIFFERS ? "providers_disagree" : "chain_unreachable", scan->why);
        return;
    }
    if (refused && number == follow->final) { /* not because the block is old */
        follow_failed(follow, "no_logs", scan->why);
        return;
    }
    if (refused)
        follow->low = number;
    else
        follow->high = number;
    if (follow->low + 1 < follow->high)
        probe_block(follow, follow->low + (follow->high - follow->low) / 2);
    else
        gap_found(follow);
}

static void probe_block(struct follow *follow, uint64_t number)
{
    follow->scan.wanted.from = follow->scan.wanted.to = number;
    follow->scan.done = block_probed;
    if (event_scan_start(&follow->scan) != BADGE_OK)
        follow_failed(follow, "chain_unreachable", "no provider could be queried for events");
}

void follow_skip_gap(struct follow *follow, void (*found)(struct follow *follow))
{
    follow->found = found;
    follow->low = follow->scanned_block + 1;
    follow->high = follow->final;
    if (follow->low >= follow->final) {
        follow_failed(follow, "no_logs", follow->scan.why);
        return;
    }
    probe_block(follow, follow->final);
}
