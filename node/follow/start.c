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
#include "follow/start.h"

#include "badge/registry.h"
#include "runtime/log.h"

static enum badge_status nonce_answer(struct quorum *quorum, const json_t *result)
{
    bool *is_active = quorum->context;
    uint64_t nonce;
    if (rpc_read_u64(&nonce, result) != BADGE_OK)
        return BADGE_ETYPE;
    *is_active = *is_active || nonce > 0;
    return BADGE_OK;
}

bool start_find(struct reader *reader, uint64_t final, uint64_t *through)
{
    uint64_t low = 0, high = final + 1, number = final; /* not active at low, perhaps at high */
    bool all_refused = false;                           /* then they refuse older blocks, too */
    while (low + 1 < high && !all_refused) {
        bool is_active = false;
        json_t *account = rpc_hex(reader->issuer.b, sizeof reader->issuer.b);
        json_t *params = json_pack("[oo]", account, rpc_quantity(number));
        bool answered = reader_ask(reader, "eth_getTransactionCount", params, nonce_answer, &is_active);
        all_refused = reader_all_refused(reader);
        if (!answered && !all_refused)
            return false;
        if (answered && !is_active && reader->quorum.n_refused == 0 && reader->quorum.n_failed == 0)
            low = number;
        else
            high = number;
        number = low + (high - low) / 2;
    }
    log_info("registry sync starts at the issuer's first transaction", log_u64("block", low + 1));
    *through = low;
    return true;
}

/* -- pruned events ------------------------------------------------------------------------------------------------- */

bool start_find_gap(struct reader *reader, uint64_t first, uint64_t final, struct store_gap *out)
{
    uint64_t low = first, high = final, number = final; /* refused at low, answered at high */
    if (first >= final)
        return false; /* not because the block is old */
    do {
        struct registry_events events;
        bool by_all;
        enum scan_outcome outcome = reader_events(reader, number, number, &events, &by_all);
        registry_events_release(&events);
        if (outcome == SCAN_DONE)
            high = number;
        else if (outcome == SCAN_REFUSED && number < final)
            low = number;
        else
            return false;
        number = low + (high - low) / 2;
    } while (low + 1 < high);
    *out = (struct store_gap){first, high - 1};
    return true;
}

static enum badge_status withdrawn_answer(struct quorum *quorum, const json_t *result)
{
    uint64_t *withdrawn_at_s = quorum->context, at_s;
    uint8_t bytes[32];
    size_t len;
    if (rpc_read_bytes(bytes, sizeof bytes, &len, result) != BADGE_OK ||
        badge_answer_u64s(&at_s, 1, bytes, len) != BADGE_OK || at_s > INT64_MAX)
        return BADGE_ETYPE;
    if (quorum->n_answered > 0)
        return at_s == *withdrawn_at_s ? BADGE_OK : BADGE_EMISMATCH;
    *withdrawn_at_s = at_s;
    return BADGE_OK;
}

bool start_read_withdrawals(struct reader *reader, uint64_t final, struct store *store, uint64_t at,
                            struct recent *recent)
{
    for (uint32_t number = 1; number <= store_n_batches(store); number++) {
        struct store_batch batch;
        uint8_t data[BADGE_CALL_MAX_LEN];
        uint64_t at_s = 0; /* 0: not withdrawn */
        if (!store_batch(store, number, &batch) || batch.anchor.state != STORE_ANCHOR_FINAL)
            continue;
        size_t len = badge_call_withdrawn_at(data, &reader->issuer, &batch.root);
        json_t *call = rpc_call_object(&reader->contract, data, len);
        json_t *params = json_pack("[oo]", call, rpc_quantity(final));
        if (!reader_ask(reader, "eth_call", params, withdrawn_answer, &at_s))
            return false;
        struct registry_event event = {
            .kind = REGISTRY_EVENT_WITHDRAWN, .block_number = at, .subject = batch.root, .time_s = (int64_t)at_s};
        const struct registry_events one = {.event = &event, .n = 1};
        if (at_s > 0 && !recent_add(recent, &one, reader->quorum.by_all))
            return reader_fail(reader, "not_kept", RECENT_FULL);
    }
    return true;
}
