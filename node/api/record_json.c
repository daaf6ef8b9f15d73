/*
 * The JSON of records and batches. The routes answer with it, and the events are made of the same members.
 */
#include "api/record_json.h"

#define MAX_REPLACED 16 /* that a record lists, the latest ones */

static void write_chain_status(struct json_out *out, const struct store_chain_status *status)
{
    json_out_text(out, "status", store_status_name(status->status));
    if (status->status == STORE_GOOD || status->status == STORE_UNKNOWN)
        return;
    json_out_time(out, "statusTime", status->at_s);
    json_out_address(out, "statusAccount", &status->account);
    if (status->status == STORE_REVOKED)
        json_out_text(out, "statusReason", badge_reason_name(status->reason));
}

/* What administrators have said of credentials that replace each other. */
static void write_relations(struct json_out *out, const struct badge_hash *digest, struct store *store)
{
    struct badge_hash by, replaced[MAX_REPLACED];
    if (store_replaced_by(store, digest, &by))
        json_out_hash(out, "replacedBy", &by);
    size_t n = store_replaces(store, digest, replaced, MAX_REPLACED);
    if (n == 0)
        return;
    json_out_array(out, "replaces");
    for (size_t i = 0; i < n; i++)
        json_out_hash(out, NULL, &replaced[i]);
    json_out_array_end(out);
}

static void write_notice(struct json_out *out, const char *code, const char *pointer, const char *detail)
{
    json_out_object(out, NULL);
    json_out_text(out, "code", code);
    json_out_text(out, "pointer", pointer);
    json_out_text(out, "detail", detail);
    json_out_object_end(out);
}

/* By the chain, or by a request to this node that is not on the chain yet. */
static void write_revoked(struct json_out *out, const struct store_record *record, struct store *store)
{
    const char *detail = "It is revoked on the chain, and stays so.";
    if (record->chain_status.status != STORE_REVOKED) {
        switch (store_revocation(store, &record->digest.value)) {
        case STORE_REVOCATION_NONE:
            return;
        case STORE_REVOCATION_REQUESTED:
        case STORE_REVOCATION_SENT:
            detail = "Its revocation was requested at this node, and is not on the chain yet.";
            break;
        case STORE_REVOCATION_MINED:
        case STORE_REVOCATION_FINAL:
            break;
        }
    }
    write_notice(out, "already_revoked", "", detail);
}

static void write_notices(struct json_out *out, const struct document_notices *notices,
                          const struct store_record *record, struct store *store)
{
    json_out_array(out, "notices");
    for (size_t i = 0; i < notices->n; i++)
        write_notice(out, notices->list[i].code, notices->list[i].pointer, notices->list[i].detail);
    write_revoked(out, record, store);
    json_out_array_end(out);
}

void record_json_write(struct json_out *out, const struct store_record *record, struct store *store, const char *notice,
                       const struct document_notices *notices)
{
    json_out_object(out, NULL);
    json_out_hash(out, "digest", &record->digest.value);
    json_out_text(out, "canonicalization", badge_label_name(record->digest.label));
    json_out_text(out, "state", store_state_name(record->state));
    json_out_time(out, "receivedAt", record->received_at_s);
    if (record->state != STORE_PENDING) {
        json_out_object(out, "batch");
        json_out_u64(out, "number", record->batch_number);
        json_out_hash(out, "root", &record->root);
        json_out_u64(out, "leafIndex", record->leaf_index);
        json_out_u64(out, "treeSize", record->tree_size);
        json_out_object_end(out);
    }
    write_chain_status(out, &record->chain_status);
    write_relations(out, &record->digest.value, store);
    if (notice)
        json_out_text(out, "notice", notice);
    if (notices)
        write_notices(out, notices, record, store);
    json_out_object_end(out);
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

void batch_json_members(struct json_out *out, const struct store_batch *batch, struct store *store)
{
    struct store_chain_status chain_status = {.status = STORE_GOOD};
    if (store)
        store_batch_status(store, &batch->root, &chain_status);
    json_out_u64(out, "number", batch->number);
    json_out_hash(out, "root", &batch->root);
    json_out_u64(out, "treeSize", batch->tree_size);
    json_out_text(out, "state", batch_state_name(batch));
    json_out_time(out, "sealedAt", batch->sealed_at_s);
    if (batch->replaces)
        json_out_u64(out, "replaces", batch->replaces);
    if (chain_status.status == STORE_WITHDRAWN) {
        json_out_object(out, "withdrawn");
        json_out_time(out, "time", chain_status.at_s);
        json_out_address(out, "account", &chain_status.account);
        json_out_object_end(out);
    }
}

void anchor_json_members(struct json_out *out, const struct store_anchor *anchor)
{
    bool mined = anchor->state == STORE_ANCHOR_MINED || anchor->state == STORE_ANCHOR_FINAL;
    if (mined)
        json_out_u64(out, "sequence", anchor->sequence);
    if (mined || anchor->state == STORE_ANCHOR_SENT)
        json_out_hex(out, "transaction", "0x", anchor->transaction.b, sizeof anchor->transaction.b);
    if (mined) {
        json_out_object(out, "block");
        json_out_u64(out, "number", anchor->block_number);
        json_out_hex(out, "hash", "0x", anchor->block_hash.b, sizeof anchor->block_hash.b);
        json_out_time(out, "time", anchor->block_time_s);
        json_out_object_end(out);
    }
}

void batch_json_write(struct json_out *out, const struct store_batch *batch, const struct api_options *options)
{
    json_out_object(out, NULL);
    batch_json_members(out, batch, options->store);
    json_out_object(out, "anchor");
    json_out_u64(out, "chainId", options->chain_id);
    json_out_address(out, "contract", &options->contract);
    json_out_address(out, "issuer", &options->issuer);
    anchor_json_members(out, &batch->anchor);
    json_out_object_end(out);
    json_out_object_end(out);
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

void outcome_json_write(struct json_out *out, const struct store_submission *submission, struct store *store,
                        const struct document_notices *notices)
{
    json_out_hash(out, "digest", &submission->digest.value);
    if (submission->outcome == STORE_NEW || submission->outcome == STORE_KNOWN) {
        json_out_text(out, "state", store_state_name(submission->record.state));
        if (notices)
            write_notices(out, notices, &submission->record, store);
    } else {
        problem_write(out, "error", outcome_problem(submission->outcome), outcome_detail(submission->outcome),
                      BADGE_NO_OFFSET);
    }
}

void outcome_tally(struct outcome_tally *tally, const struct store_submission *submission, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (submission[i].outcome == STORE_NEW || submission[i].outcome == STORE_KNOWN)
            tally->n_kept++;
        else
            tally->failure = submission[i].outcome;
}

bool outcome_refused(struct exchange *x, const struct outcome_tally *tally)
{
    if (tally->n_kept || tally->failure == STORE_NEW)
        return false;
    exchange_problem(x, outcome_problem(tally->failure), "%s", outcome_detail(tally->failure));
    return true;
}
