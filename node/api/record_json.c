/*
 * The JSON of records and batches. Everything written here is hexadecimal, a number or a word of ours, so that nothing
 * needs escaping but a notice.
 */
#include "api/record_json.h"

#include <string.h>

static void write_time(struct text *out, int64_t unix_s)
{
    char time[BADGE_TIME_LEN + 1];
    badge_time_format(time, unix_s);
    text_printf(out, "\"%s\"", time);
}

static void write_hash(struct text *out, const struct badge_hash *hash)
{
    text_put(out, "\"", 1);
    text_hex(out, hash->b, sizeof hash->b);
    text_put(out, "\"", 1);
}

static void write_address(struct text *out, const struct badge_address *address)
{
    char hex[BADGE_ADDRESS_LEN + 1];
    badge_address_format(hex, address);
    text_printf(out, "\"%s\"", hex);
}

static void write_status(struct text *out, const struct store_standing *standing)
{
    text_printf(out, ",\"status\":\"%s\"", store_status_name(standing->status));
    if (standing->status == STORE_GOOD || standing->status == STORE_UNKNOWN)
        return;
    text_printf(out, ",\"statusTime\":");
    write_time(out, standing->at_s);
    text_printf(out, ",\"statusAccount\":");
    write_address(out, &standing->account);
}

void record_write(struct text *out, const struct store_record *record, const char *notice)
{
    text_printf(out, "{\"digest\":");
    write_hash(out, &record->digest.value);
    text_printf(out,
                ",\"canonicalization\":\"%s\",\"state\":\"%s\",\"receivedAt\":", badge_label_name(record->digest.label),
                store_state_name(record->state));
    write_time(out, record->received_at_s);
    if (record->state != STORE_PENDING) {
        text_printf(out, ",\"batch\":{\"number\":%u,\"root\":", record->batch_number);
        write_hash(out, &record->root);
        text_printf(out, ",\"leafIndex\":%u,\"treeSize\":%u}", record->leaf_index, record->tree_size);
    }
    write_status(out, &record->standing);
    if (notice) {
        text_printf(out, ",\"notice\":");
        text_json(out, notice, strlen(notice));
    }
    text_put(out, "}", 1);
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

void batch_write(struct text *out, const struct store_batch *batch, const struct http_options *options)
{
    const struct store_anchor *anchor = &batch->anchor;
    struct store_standing standing;
    store_batch_standing(options->store, &batch->root, &standing);
    text_printf(out, "{\"number\":%u,\"root\":", batch->number);
    write_hash(out, &batch->root);
    text_printf(out, ",\"treeSize\":%u,\"state\":\"%s\",\"sealedAt\":", batch->tree_size, batch_state_name(batch));
    write_time(out, batch->sealed_at_s);
    if (batch->replaces)
        text_printf(out, ",\"replaces\":%u", batch->replaces);
    if (standing.status == STORE_WITHDRAWN) {
        text_printf(out, ",\"withdrawn\":{\"time\":");
        write_time(out, standing.at_s);
        text_printf(out, ",\"account\":");
        write_address(out, &standing.account);
        text_put(out, "}", 1);
    }
    text_printf(out, ",\"anchor\":{\"chainId\":%llu,\"contract\":", (unsigned long long)options->chain_id);
    write_address(out, &options->contract);
    text_printf(out, ",\"issuer\":");
    write_address(out, &options->issuer);
    bool mined = anchor->state == STORE_ANCHOR_MINED || anchor->state == STORE_ANCHOR_FINAL;
    if (mined)
        text_printf(out, ",\"sequence\":%llu", (unsigned long long)anchor->sequence);
    if (mined || anchor->state == STORE_ANCHOR_SENT) {
        text_printf(out, ",\"transaction\":\"0x");
        text_hex(out, anchor->transaction.b, sizeof anchor->transaction.b);
        text_put(out, "\"", 1);
    }
    if (mined) {
        text_printf(out, ",\"block\":{\"number\":%llu,\"hash\":\"0x", (unsigned long long)anchor->block_number);
        text_hex(out, anchor->block_hash.b, sizeof anchor->block_hash.b);
        text_printf(out, "\",\"time\":");
        write_time(out, anchor->block_time_s);
        text_put(out, "}", 1);
    }
    text_put(out, "}}", 2);
}

enum problem outcome_problem(enum store_outcome outcome)
{
    return outcome == STORE_FULL ? PROBLEM_TOO_BUSY : PROBLEM_STORE_FAILED;
}

const char *outcome_detail(enum store_outcome outcome)
{
    return outcome == STORE_FULL ? "Too many credentials wait for their batch; send this one again in a few seconds."
                                 : "The node can't write to its disk and has to be looked after; nothing was kept.";
}

void outcome_write(struct text *out, const struct store_submission *submission)
{
    text_printf(out, "\"digest\":");
    write_hash(out, &submission->digest.value);
    if (submission->outcome == STORE_NEW || submission->outcome == STORE_KNOWN) {
        text_printf(out, ",\"state\":\"%s\"", store_state_name(submission->record.state));
    } else {
        text_printf(out, ",\"error\":");
        problem_write(out, outcome_problem(submission->outcome), outcome_detail(submission->outcome), BADGE_NO_OFFSET);
    }
    text_put(out, "}", 1);
}
