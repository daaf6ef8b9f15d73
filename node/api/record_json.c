/*
 * The JSON of records and batches. Everything written here is hexadecimal, a number or a constant, so that only the
 * notice needs escaping.
 */
#include "api/record_json.h"

#include <string.h>

static void write_time(struct strbuf *out, int64_t unix_s)
{
    char time[BADGE_TIME_LEN + 1];
    badge_time_format(time, unix_s);
    strbuf_printf(out, "\"%s\"", time);
}

static void write_hash(struct strbuf *out, const struct badge_hash *hash)
{
    strbuf_put(out, "\"", 1);
    strbuf_hex(out, hash->b, sizeof hash->b);
    strbuf_put(out, "\"", 1);
}

static void write_address(struct strbuf *out, const struct badge_address *address)
{
    char hex[BADGE_ADDRESS_LEN + 1];
    badge_address_format(hex, address);
    strbuf_printf(out, "\"%s\"", hex);
}

static void write_chain_status(struct strbuf *out, const struct store_chain_status *status)
{
    strbuf_printf(out, ",\"status\":\"%s\"", store_status_name(status->status));
    if (status->status == STORE_GOOD || status->status == STORE_UNKNOWN)
        return;
    strbuf_printf(out, ",\"statusTime\":");
    write_time(out, status->at_s);
    strbuf_printf(out, ",\"statusAccount\":");
    write_address(out, &status->account);
}

void record_json_write(struct strbuf *out, const struct store_record *record, const char *notice)
{
    strbuf_printf(out, "{\"digest\":");
    write_hash(out, &record->digest.value);
    strbuf_printf(out, ",\"canonicalization\":\"%s\",\"state\":\"%s\",\"receivedAt\":",
                  badge_label_name(record->digest.label), store_state_name(record->state));
    write_time(out, record->received_at_s);
    if (record->state != STORE_PENDING) {
        strbuf_printf(out, ",\"batch\":{\"number\":%u,\"root\":", record->batch_number);
        write_hash(out, &record->root);
        strbuf_printf(out, ",\"leafIndex\":%u,\"treeSize\":%u}", record->leaf_index, record->tree_size);
    }
    write_chain_status(out, &record->chain_status);
    if (notice) {
        strbuf_printf(out, ",\"notice\":");
        strbuf_json(out, notice, strlen(notice));
    }
    strbuf_put(out, "}", 1);
}

const char *batch_state_name(const struct store_batch *batch)
{
    switch (batch->anchor.state) {
    case STORE_ANCHOR_SEALED:
    case STORE_ANCHOR_SIGNED:
        return store_state_name(STORE_SEALED);
    case STORE_ANCHOR_SENT:
        return store_state_name(STORE_SENT);
    case STORE_ANCHOR_MINED:
        return store_state_name(STORE_MINED);
    case STORE_ANCHOR_FINAL:
        return store_state_name(STORE_FINAL);
    case STORE_ANCHOR_SPOILED:
        break;
    }
    return "spoiled";
}

void batch_json_write(struct strbuf *out, const struct store_batch *batch, const struct api_options *options)
{
    const struct store_anchor *anchor = &batch->anchor;
    struct store_chain_status chain_status;
    store_batch_status(options->store, &batch->root, &chain_status);
    strbuf_printf(out, "{\"number\":%u,\"root\":", batch->number);
    write_hash(out, &batch->root);
    strbuf_printf(out, ",\"treeSize\":%u,\"state\":\"%s\",\"sealedAt\":", batch->tree_size, batch_state_name(batch));
    write_time(out, batch->sealed_at_s);
    if (batch->replaces)
        strbuf_printf(out, ",\"replaces\":%u", batch->replaces);
    if (chain_status.status == STORE_WITHDRAWN) {
        strbuf_printf(out, ",\"withdrawn\":{\"time\":");
        write_time(out, chain_status.at_s);
        strbuf_printf(out, ",\"account\":");
        write_address(out, &chain_status.account);
        strbuf_put(out, "}", 1);
    }
    strbuf_printf(out, ",\"anchor\":{\"chainId\":%llu,\"contract\":", (unsigned long long)options->chain_id);
    write_address(out, &options->contract);
    strbuf_printf(out, ",\"issuer\":");
    write_address(out, &options->issuer);
    bool mined = anchor->state == STORE_ANCHOR_MINED || anchor->state == STORE_ANCHOR_FINAL;
    if (mined)
        strbuf_printf(out, ",\"sequence\":%llu", (unsigned long long)anchor->sequence);
    if (mined || anchor->state == STORE_ANCHOR_SENT) {
        strbuf_printf(out, ",\"transaction\":\"0x");
        strbuf_hex(out, anchor->transaction.b, sizeof anchor->transaction.b);
        strbuf_put(out, "\"", 1);
    }
    if (mined) {
        strbuf_printf(out, ",\"block\":{\"number\":%llu,\"hash\":\"0x", (unsigned long long)anchor->block_number);
        strbuf_hex(out, anchor->block_hash.b, sizeof anchor->block_hash.b);
        strbuf_printf(out, "\",\"time\":");
        write_time(out, anchor->block_time_s);
        strbuf_put(out, "}", 1);
    }
    strbuf_put(out, "}}", 2);
}

enum problem outcome_problem(enum store_outcome outcome)
{
    return outcome == STORE_FULL ? PROBLEM_TOO_BUSY : PROBLEM_STORE_FAILED;
}

const char *outcome_detail(enum store_outcome outcome)
{
    return outcome == STORE_FULL ? "Too many credentials wait for their batch; retry in a few seconds."
                                 : "The node can't write to its disk and needs its operator; nothing was stored.";
}

void outcome_json_write(struct strbuf *out, const struct store_submission *submission)
{
    strbuf_printf(out, "\"digest\":");
    write_hash(out, &submission->digest.value);
    if (submission->outcome == STORE_NEW || submission->outcome == STORE_KNOWN) {
        strbuf_printf(out, ",\"state\":\"%s\"", store_state_name(submission->record.state));
    } else {
        strbuf_printf(out, ",\"error\":");
        problem_write(out, outcome_problem(submission->outcome), outcome_detail(submission->outcome), BADGE_NO_OFFSET);
    }
    strbuf_put(out, "}", 1);
}
