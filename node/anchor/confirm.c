/*
 * From a receipt to finality. Each open errand is looked for, each mined one watched whenever the head has changed. The
 * invariants: MINED is persisted only with what the receipt has to show, an anchor's own event; FINAL only after the
 * block that was persisted is still the one of its height, at or below the finalized block, and every healthy provider
 * shows the same receipt; and a nonce is given up only where no provider knows a receipt for it, or all show the same
 * final revert.
 */
#include <string.h>

#include "anchor/anchor_internal.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define DISAGREE_MS 20000 /* blocks may take so long to reach every provider */

static enum badge_status read_receipt(struct sighting *out, const json_t *receipt)
{
    uint64_t status;
    *out = (struct sighting){0};
    if (rpc_read_hash(&out->transaction, json_object_get(receipt, "transactionHash")) != BADGE_OK ||
        rpc_read_hash(&out->block_hash, json_object_get(receipt, "blockHash")) != BADGE_OK ||
        rpc_read_u64(&out->block_number, json_object_get(receipt, "blockNumber")) != BADGE_OK ||
        rpc_read_u64(&out->gas_used, json_object_get(receipt, "gasUsed")) != BADGE_OK ||
        rpc_read_u64(&status, json_object_get(receipt, "status")) != BADGE_OK)
        return BADGE_ETYPE;
    if (rpc_read_u64(&out->gas_price_wei, json_object_get(receipt, "effectiveGasPrice")) != BADGE_OK)
        out->gas_price_wei = 0; /* decides nothing, and not every chain has it */
    out->succeeded = status == 1;
    return BADGE_OK;
}

static void disagree(struct anchor *anchor)
{
    uint64_t now = anchor_now_ms(anchor);
    const char *one = providers_current(&anchor->providers)->name;
    const char *other = anchor->providers.provider[anchor->council.differing].name;
    char name[ERRAND_NAME_LEN];
    if (anchor->disagreement.since_ms == 0) {
        anchor->disagreement.since_ms = now;
        anchor->disagreement.number = anchor->errand.number;
        metric_set(METRIC_PROVIDERS_DISAGREE, 1);
        log_warn("providers disagree about a receipt", errand_field(&anchor->errand), log_text("one", one),
                 log_text("other", other), log_hex("transaction", anchor->sighting.transaction.b, 32));
    }
    if (anchor->disagreement.number == anchor->errand.number && now - anchor->disagreement.since_ms >= DISAGREE_MS)
        anchor_complain(anchor, COMPLAINT_DISAGREE, "providers_disagree",
                        "%.50s and %.50s differ on %s, not final until they agree: take the wrong one out of chain.rpc",
                        one, other, errand_name(name, &anchor->errand));
    anchor->watch_again = true;
    anchor_next(anchor);
}

void mined_agreed(struct anchor *anchor)
{
    if (anchor->disagreement.number != anchor->errand.number)
        return; /* another one is in dispute still */
    anchor->disagreement.since_ms = anchor->disagreement.number = 0;
    metric_set(METRIC_PROVIDERS_DISAGREE, 0);
    anchor_withdraw(anchor, COMPLAINT_DISAGREE);
}

/* For what all have to agree on; false where they don't, and the batch's turn is over. */
static bool all_agree(struct anchor *anchor)
{
    if (anchor->council.n_differ > 0) {
        disagree(anchor);
        return false;
    }
    if (anchor->council.n_failed > 0) {
        anchor->watch_again = true;
        anchor_next(anchor);
        return false;
    }
    mined_agreed(anchor);
    return true;
}

/* Of the transaction that was asked for, and no other: what is given up for a revert must have been its own. */
static enum badge_status read_asked(struct anchor *anchor, const json_t *receipt)
{
    enum badge_status status = read_receipt(&anchor->sighting, receipt);
    if (status == BADGE_OK && badge_hash_compare(&anchor->sighting.transaction, &anchor->asked) != 0)
        status = BADGE_EMISMATCH;
    return status;
}

static bool is_the_same_receipt(struct anchor *anchor, const json_t *receipt)
{
    struct sighting seen;
    const struct sighting *known = &anchor->sighting;
    return read_receipt(&seen, receipt) == BADGE_OK && seen.succeeded == known->succeeded &&
           badge_hash_compare(&seen.transaction, &known->transaction) == 0 &&
           badge_hash_compare(&seen.block_hash, &known->block_hash) == 0;
}

static void confirm_receipt(struct anchor *anchor, void (*done)(struct anchor *anchor))
{
    json_t *params = json_pack("[o]", rpc_hex(anchor->sighting.transaction.b, 32));
    council_ask(anchor, "eth_getTransactionReceipt", params, is_the_same_receipt, done);
}

/* -- reverts ------------------------------------------------------------------------------------------------------- */

/* Back to sealed: the next round asks anchorOf whether another has anchored the root, and signs anew if not. */
static void revert_judged(struct anchor *anchor)
{
    if (!all_agree(anchor))
        return;
    struct chase *chase = chase_of(anchor, anchor->errand.number);
    if (chase != NULL) {
        chase->n_reverted++;
        chase->said_reverted = false;
        chase->publish_at_ms = 0;
    }
    check_again(anchor);
    anchor->moved = (struct store_anchor){0};
    anchor_move(anchor, EVENT_DROPPED, anchor_next);
}

static void gone(struct anchor *anchor);

/* While it can still be undone its nonce may yet carry the anchor: a second one waits until the revert is final. */
static void wait_for_revert(struct anchor *anchor)
{
    if (anchor->errand.anchor.state == STORE_ANCHOR_MINED)
        gone(anchor);
    else if (anchor->sighting.block_number > anchor->final_number)
        anchor_next(anchor);
    else
        confirm_receipt(anchor, revert_judged);
}

/* The same call, on the state that the block left behind: the contract names its errors. */
static void reason_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    const struct sighting *seen = &anchor->sighting;
    const char *why = reply->status == BADGE_OK ? "it would not fail any more" : send_revert_reason(reply);
    log_error("anchor transaction reverted", errand_field(&anchor->errand),
              log_hex("transaction", seen->transaction.b, 32), log_u64("block", seen->block_number),
              log_u64("gas", seen->gas_used), log_text("why", why), log_text("data", reply->error_data));
    if (anchor->chase != NULL)
        anchor->chase->said_reverted = true;
    check_again(anchor);
    wait_for_revert(anchor);
}

static void reverted(struct anchor *anchor)
{
    if (anchor->errand.anchor.state == STORE_ANCHOR_SEALED) { /* found by its event, so it can't have */
        anchor_round_failed(anchor, "its log and its receipt of one transaction disagree");
        return;
    }
    if (anchor->chase == NULL || anchor->chase->said_reverted) {
        wait_for_revert(anchor);
        return;
    }
    size_t len = errand_call(anchor->data, &anchor->errand, anchor->options.store, &anchor->options.issuer);
    json_t *call = rpc_call_object(&anchor->options.contract, anchor->data, len);
    (void)json_object_set_new(call, "from", rpc_hex(anchor->signer.address.b, 20)); /* of an operator, or it fails */
    json_t *params = json_pack("[oo]", call, rpc_quantity(anchor->sighting.block_number));
    anchor_ask_or_refuse(anchor, "eth_call", params, reason_answered);
}

/* -- receipts ------------------------------------------------------------------------------------------------------ */

static void block_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    struct block block;
    const struct sighting *seen = &anchor->sighting;
    if (json_is_null(reply->result)) { /* gone in between */
        anchor_next(anchor);
        return;
    }
    if (block_read(&block, reply->result) != BADGE_OK || block.number != seen->block_number ||
        badge_hash_compare(&block.hash, &seen->block_hash) != 0) {
        anchor_round_failed(anchor, "its answer to eth_getBlockByHash is of another block");
        return;
    }
    uint64_t nonce = anchor->errand.anchor.nonce;
    anchor->moved = (struct store_anchor){
        .nonce = nonce,
        .transaction = seen->transaction,
        .sequence = seen->sequence,
        .block_number = seen->block_number,
        .gas_used = seen->gas_used,
        .block_hash = seen->block_hash,
        .block_time_s = block.time_s,
    };
    anchor_move(anchor, EVENT_MINED, anchor_next);
}

void mined_read(struct anchor *anchor, const json_t *receipt)
{
    struct sighting *seen = &anchor->sighting;
    if (read_asked(anchor, receipt) != BADGE_OK) {
        anchor_round_failed(anchor, "its answer to eth_getTransactionReceipt can't be read, or is of another one");
        return;
    }
    if (!seen->succeeded) {
        reverted(anchor);
        return;
    }
    const struct errand_registry registry = {&anchor->options.contract, &anchor->options.issuer};
    if (!errand_is_shown(&anchor->errand, &registry, json_object_get(receipt, "logs"), &seen->sequence)) {
        anchor_round_failed(anchor, "its receipt lacks the contract's event, or has others");
        return;
    }
    json_t *params = json_pack("[ob]", rpc_hex(seen->block_hash.b, 32), 0);
    anchor_ask(anchor, "eth_getBlockByHash", params, block_answered);
}

/* -- looking for one that is open ---------------------------------------------------------------------------------- */

void mined_ask_receipt(struct anchor *anchor, const struct badge_hash *transaction, anchor_step step)
{
    anchor->asked = *transaction;
    anchor_ask(anchor, "eth_getTransactionReceipt", json_pack("[o]", rpc_hex(transaction->b, 32)), step);
}

static void look_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    if (!json_is_null(reply->result))
        mined_read(anchor, reply->result);
    else if (anchor->i_attempt > 0)
        mined_ask_receipt(anchor, &anchor->attempt[--anchor->i_attempt].transaction, look_answered);
    else
        send_open(anchor);
}

/* Attempts with an earlier nonce that was given up can't be mined any more, or have failed. */
static void load_attempts(struct anchor *anchor)
{
    size_t n = store_attempts(anchor->options.store, anchor->errand.number, anchor->attempt, STORE_MAX_ATTEMPTS);
    uint64_t nonce = anchor->errand.anchor.nonce;
    struct badge_address from = {{0}}; /* of the last with that nonce: another account may have used the number too */
    anchor->n_all_attempts = n;
    anchor->n_attempts = 0;
    for (size_t i = 0; i < n; i++)
        if (anchor->attempt[i].nonce == nonce)
            from = anchor->attempt[i].from;
    for (size_t i = 0; i < n; i++)
        if (anchor->attempt[i].nonce == nonce && memcmp(&anchor->attempt[i].from, &from, sizeof from) == 0)
            anchor->attempt[anchor->n_attempts++] = anchor->attempt[i];
}

void mined_look(struct anchor *anchor)
{
    load_attempts(anchor);
    if (anchor->n_attempts == 0) {
        chase_stop(anchor, "the store has none of its transactions; restore a backup of the file `anchors`");
        return;
    }
    anchor->i_attempt = anchor->n_attempts - 1;
    mined_ask_receipt(anchor, &anchor->attempt[anchor->i_attempt].transaction, look_answered);
}

/* -- a nonce that is used up, and by none of ours ------------------------------------------------------------------ */

static bool is_null(struct anchor *anchor, const json_t *receipt)
{
    (void)anchor;
    return json_is_null(receipt);
}

static void confirm_next(struct anchor *anchor);

static void attempt_judged(struct anchor *anchor)
{
    if (anchor->council.n_differ > 0) { /* it knows one: the next round reads from it */
        anchor->providers.favoured = anchor->council.differing;
        anchor_round_end(anchor);
    } else if (anchor->council.n_failed > 0) {
        anchor_next(anchor);
    } else {
        confirm_next(anchor);
    }
}

static void confirm_next(struct anchor *anchor)
{
    if (anchor->i_attempt == 0) {
        anchor->absent(anchor);
        return;
    }
    json_t *params = json_pack("[o]", rpc_hex(anchor->attempt[--anchor->i_attempt].transaction.b, 32));
    council_ask(anchor, "eth_getTransactionReceipt", params, is_null, attempt_judged);
}

void mined_confirm_unused(struct anchor *anchor, void (*unused)(struct anchor *anchor))
{
    anchor->i_attempt = anchor->n_attempts;
    anchor->absent = unused;
    confirm_next(anchor);
}

/* -- watching one that is mined ------------------------------------------------------------------------------------ */

static void final_judged(struct anchor *anchor)
{
    if (!all_agree(anchor))
        return;
    anchor->moved = anchor->errand.anchor;
    anchor_move(anchor, EVENT_FINAL, anchor_next);
}

static void height_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    struct block block;
    if (block_read(&block, reply->result) != BADGE_OK) {
        anchor_round_failed(anchor, "its answer to eth_getBlockByNumber can't be read");
        return;
    }
    if (badge_hash_compare(&block.hash, &anchor->errand.anchor.block_hash) != 0) {
        anchor_round_failed(anchor, "its receipt and its block of one height disagree");
        return;
    }
    confirm_receipt(anchor, final_judged);
}

static void gone(struct anchor *anchor)
{
    log_warn("anchor's block is gone from the chain", errand_field(&anchor->errand),
             log_u64("block", anchor->errand.anchor.block_number),
             log_hex("block_hash", anchor->errand.anchor.block_hash.b, 32));
    for (struct chase *chase = anchor->chases; chase != NULL; chase = chase->next)
        chase->publish_at_ms = 0; /* what followed it is likely gone from the pools too */
    load_attempts(anchor);
    anchor->moved = (struct store_anchor){0};
    if (anchor->n_attempts == 0) { /* not sent by this node */
        anchor_move(anchor, EVENT_DROPPED, anchor_next);
        return;
    }
    anchor->in_flight = true; /* no new nonce after it in this round */
    anchor->moved.nonce = anchor->errand.anchor.nonce;
    anchor->moved.transaction = anchor->attempt[anchor->n_attempts - 1].transaction;
    anchor_move(anchor, EVENT_GONE, anchor_next);
}

static bool is_no_such_receipt(struct anchor *anchor, const json_t *receipt)
{
    struct sighting seen;
    return read_receipt(&seen, receipt) != BADGE_OK ||
           badge_hash_compare(&seen.block_hash, &anchor->errand.anchor.block_hash) != 0;
}

/* Where another still shows the receipt, the one that does not may only be behind. */
static void gone_judged(struct anchor *anchor)
{
    anchor->sighting.transaction = anchor->errand.anchor.transaction;
    if (all_agree(anchor))
        gone(anchor);
}

static void watch_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    struct sighting *seen = &anchor->sighting;
    const struct store_anchor *known = &anchor->errand.anchor;
    if (json_is_null(reply->result)) {
        json_t *params = json_pack("[o]", rpc_hex(known->transaction.b, 32));
        council_ask(anchor, "eth_getTransactionReceipt", params, is_no_such_receipt, gone_judged);
    } else if (read_asked(anchor, reply->result) != BADGE_OK) {
        anchor_round_failed(anchor, "its answer to eth_getTransactionReceipt can't be read, or is of another one");
    } else if (badge_hash_compare(&seen->block_hash, &known->block_hash) != 0 || !seen->succeeded) {
        mined_read(anchor, reply->result);
    } else if (known->block_number <= anchor->final_number) {
        json_t *params = json_pack("[ob]", rpc_quantity(known->block_number), 0);
        anchor_ask(anchor, "eth_getBlockByNumber", params, height_answered);
    } else {
        anchor_next(anchor);
    }
}

void mined_watch(struct anchor *anchor)
{
    mined_ask_receipt(anchor, &anchor->errand.anchor.transaction, watch_answered);
}
