/*
 * Receipts as JSON: written by the node for each request, read by every verifier. Reading is strict about known members
 * and ignores unknown ones.
 *
 * Invariant: every value of a receipt that was read is within its bounds, so later code does not check again.
 */
#include "badge/receipt.h"

#include <string.h>

#include "badge/registry.h"
#include "core/compiler.h"
#include "core/json_out.h"
#include "core/text.h"

#define MAX_INTEGER (((uint64_t)1 << 53) - 1) /* RFC 7493 section 2.2: exact in any JSON parser */
#define ARENA_CEILING ((size_t)4 << 20)

static const char *const digest_algorithm = "sha-256", *const tree_algorithm = "RFC9162_SHA256";
static const char *const anchor_status_name[] = {
    [BADGE_ANCHOR_SEALED] = "sealed",
    [BADGE_ANCHOR_SENT] = "sent",
    [BADGE_ANCHOR_MINED] = "mined",
    [BADGE_ANCHOR_FINAL] = "final",
};
#define N_ANCHOR_STATUSES ARRAY_LEN(anchor_status_name)

const char *badge_anchor_status_name(enum badge_anchor_status status)
{
    BADGE_ASSERT((size_t)status < N_ANCHOR_STATUSES);
    return anchor_status_name[status];
}

/* -- writing ------------------------------------------------------------------------------------------------------ */

static void write_inclusion(struct json_out *json, const struct badge_receipt *receipt)
{
    json_out_object(json, "inclusion");
    json_out_text(json, "algorithm", tree_algorithm);
    json_out_hash(json, "salt", &receipt->salt);
    json_out_hash(json, "root", &receipt->root);
    json_out_u64(json, "treeSize", receipt->tree_size);
    json_out_u64(json, "leafIndex", receipt->leaf_index);
    json_out_array(json, "path");
    for (size_t i = 0; i < receipt->n_path; i++)
        json_out_hash(json, NULL, &receipt->path[i]);
    json_out_array_end(json);
    json_out_object_end(json);
}

static void write_anchor(struct json_out *json, const struct badge_receipt *receipt)
{
    json_out_object(json, "anchor");
    json_out_u64(json, "chainId", receipt->chain_id);
    json_out_address(json, "contract", &receipt->contract);
    json_out_address(json, "issuer", &receipt->issuer);
    if (receipt->has_sequence && receipt->sequence <= MAX_INTEGER)
        json_out_u64(json, "sequence", receipt->sequence);
    json_out_text(json, "status", badge_anchor_status_name(receipt->status));
    if (receipt->has_transaction)
        json_out_hex(json, "transaction", "0x", receipt->transaction.b, sizeof receipt->transaction.b);
    if (receipt->has_block && receipt->block_number <= MAX_INTEGER) {
        json_out_object(json, "block");
        json->layout = JSON_OUT_SPACED;
        json_out_u64(json, "number", receipt->block_number);
        json_out_hex(json, "hash", "0x", receipt->block_hash.b, sizeof receipt->block_hash.b);
        json_out_time(json, "time", receipt->block_time_s);
        json_out_object_end(json);
        json->layout = JSON_OUT_INDENTED;
    }
    json_out_object_end(json);
}

size_t badge_receipt_encode(char out[BADGE_RECEIPT_MAX_LEN], const struct badge_receipt *receipt)
{
    struct json_buffer buffer = {.bytes = out, .capacity = BADGE_RECEIPT_MAX_LEN};
    struct json_out json = {.put = json_buffer_put, .to = &buffer, .layout = JSON_OUT_INDENTED};
    BADGE_ASSERT(receipt->n_path <= BADGE_MAX_PATH && receipt->leaf_index < receipt->tree_size);
    BADGE_ASSERT(receipt->tree_size <= BADGE_MAX_LEAVES);
    BADGE_ASSERT(receipt->chain_id >= 1 && receipt->chain_id <= BADGE_MAX_CHAIN_ID);

    json_out_object(&json, NULL);
    json_out_text(&json, "type", "BadgeReceipt");
    json_out_u64(&json, "version", 1);
    json_out_object(&json, "digest");
    json_out_text(&json, "algorithm", digest_algorithm);
    json_out_text(&json, "canonicalization", badge_label_name(receipt->digest.label));
    json_out_hash(&json, "value", &receipt->digest.value);
    json_out_object_end(&json);
    write_inclusion(&json, receipt);
    write_anchor(&json, receipt);
    json_out_object_end(&json);
    bool fits = json_buffer_put(&buffer, "\n", 1);
    BADGE_ASSERT(fits && !json.failed);
    return buffer.len;
}

/* -- reading ------------------------------------------------------------------------------------------------------ */

/* Keeps the first error; every take_…() after it does nothing, so that the caller need not check each one. */
struct receipt_reader {
    enum badge_status status;
    struct badge_err *err;
};

/* full_name is for error texts ("inclusion.salt"); the member's own name is the part after the dot. */
static const struct badge_json_value *member(const struct badge_json_value *object, const char *full_name)
{
    const char *dot = strrchr(full_name, '.');
    return badge_json_member(object, dot ? dot + 1 : full_name);
}

static void refuse(struct receipt_reader *reader, const char *name, const char *shape)
{
    reader->status = badge_fail(reader->err, BADGE_ETYPE, BADGE_NO_OFFSET, "the receipt's %s must be %s", name, shape);
}

static const struct badge_json_value *take_object(struct receipt_reader *reader, const struct badge_json_value *object,
                                                  const char *name)
{
    const struct badge_json_value *value = member(object, name);
    if (reader->status == BADGE_OK && !badge_json_is(value, BADGE_JSON_OBJECT))
        refuse(reader, name, "an object");
    return value;
}

/* Lower case only: a hash with two spellings is sooner or later compared wrongly. */
static void take_hash(struct receipt_reader *reader, struct badge_hash *out, const struct badge_json_value *value,
                      const char *name)
{
    struct badge_text text = {0};
    if (reader->status != BADGE_OK)
        return;
    bool ok = badge_json_string(value, &text) &&
              badge_hex_decode(out->b, sizeof out->b, text.bytes, text.len) == BADGE_OK;
    for (size_t i = 0; ok && i < text.len; i++)
        ok = text.bytes[i] < 'A' || text.bytes[i] > 'F';
    if (!ok)
        refuse(reader, name, "a string of 64 lower-case hexadecimal digits");
}

static void take_chain_hash(struct receipt_reader *reader, struct badge_hash *out, const struct badge_json_value *value,
                            const char *name)
{
    struct badge_text text = {0};
    if (reader->status != BADGE_OK)
        return;
    if (!badge_json_string(value, &text) || !core_text_skip(&text, "0x") ||
        badge_hex_decode(out->b, sizeof out->b, text.bytes, text.len) != BADGE_OK)
        refuse(reader, name, "a string of 0x and 64 hexadecimal digits");
}

static void take_address(struct receipt_reader *reader, struct badge_address *out,
                         const struct badge_json_value *object, const char *name)
{
    struct badge_text text = {0};
    if (reader->status == BADGE_OK &&
        (!badge_json_string(member(object, name), &text) || badge_address_parse(out, text.bytes, text.len) != BADGE_OK))
        refuse(reader, name, "an account: a string of 0x and 40 hexadecimal digits");
}

static void take_integer(struct receipt_reader *reader, uint64_t *out, const struct badge_json_value *value,
                         uint64_t min, uint64_t max, const char *name)
{
    int64_t integer;
    if (reader->status != BADGE_OK)
        return;
    if (!badge_json_integer(value, &integer) || integer < 0 || (uint64_t)integer < min || (uint64_t)integer > max) {
        reader->status = badge_fail(reader->err, BADGE_ETYPE, BADGE_NO_OFFSET,
                                    "the receipt's %s must be an integer from %llu to %llu", name,
                                    (unsigned long long)min, (unsigned long long)max);
        return;
    }
    *out = (uint64_t)integer;
}

/* The index of a string among its known values: another one is from a later version, anything else is malformed. */
static size_t take_choice(struct receipt_reader *reader, const struct badge_json_value *object, const char *name,
                          const char *const *known, size_t n_known)
{
    struct badge_text text;
    if (reader->status != BADGE_OK)
        return 0;
    if (!badge_json_string(member(object, name), &text)) {
        refuse(reader, name, "a string");
        return 0;
    }
    for (size_t i = 0; i < n_known; i++)
        if (core_text_is(text, known[i]))
            return i;
    reader->status = badge_fail(reader->err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                                "the receipt's %s is \"%.*s\", which this version does not support: use a newer one",
                                name, text.len < 40 ? (int)text.len : 40, text.bytes);
    return 0;
}

static void take_head(struct receipt_reader *reader, const struct badge_json_value *value)
{
    int64_t version;
    if (!badge_json_equals(member(value, "type"), "BadgeReceipt")) {
        reader->status = badge_fail(reader->err, BADGE_ETYPE, BADGE_NO_OFFSET,
                                    "this is not a receipt: it must be an object whose type is \"BadgeReceipt\"");
    } else if (!badge_json_integer(member(value, "version"), &version)) {
        refuse(reader, "version", "an integer");
    } else if (version != 1) {
        reader->status = badge_fail(reader->err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                                    "the receipt has version %lld, but only version 1 is supported",
                                    (long long)version);
    }
}

static void take_digest(struct receipt_reader *reader, struct badge_receipt *out, const struct badge_json_value *value)
{
    const struct badge_json_value *digest = take_object(reader, value, "digest");
    const char *const labels[] = {badge_label_name(BADGE_LABEL_JCS), badge_label_name(BADGE_LABEL_COMPACT),
                                  badge_label_name(BADGE_LABEL_RAW), badge_label_name(BADGE_LABEL_EXTERNAL)};
    (void)take_choice(reader, digest, "digest.algorithm", &digest_algorithm, 1);
    size_t label = take_choice(reader, digest, "digest.canonicalization", labels, ARRAY_LEN(labels));
    out->digest.label = (enum badge_label)(BADGE_LABEL_JCS + label);
    take_hash(reader, &out->digest.value, member(digest, "digest.value"), "digest.value");
}

static void take_inclusion(struct receipt_reader *reader, struct badge_receipt *out,
                           const struct badge_json_value *value)
{
    const struct badge_json_value *inclusion = take_object(reader, value, "inclusion");
    (void)take_choice(reader, inclusion, "inclusion.algorithm", &tree_algorithm, 1);
    take_hash(reader, &out->salt, member(inclusion, "salt"), "inclusion.salt");
    take_hash(reader, &out->root, member(inclusion, "root"), "inclusion.root");
    take_integer(reader, &out->tree_size, member(inclusion, "treeSize"), 1, BADGE_MAX_LEAVES, "inclusion.treeSize");
    take_integer(reader, &out->leaf_index, member(inclusion, "leafIndex"), 0, BADGE_MAX_LEAVES - 1,
                 "inclusion.leafIndex");
    if (reader->status == BADGE_OK && out->leaf_index >= out->tree_size) {
        reader->status = badge_fail(reader->err, BADGE_ETYPE, BADGE_NO_OFFSET,
                                    "the receipt's leafIndex %llu must be below its treeSize %llu",
                                    (unsigned long long)out->leaf_index, (unsigned long long)out->tree_size);
    }

    const struct badge_json_value *path = member(inclusion, "path");
    out->n_path = badge_json_count(path);
    if (reader->status == BADGE_OK && (!badge_json_is(path, BADGE_JSON_ARRAY) || out->n_path > BADGE_MAX_PATH))
        refuse(reader, "inclusion.path", "an array of at most 24 hashes");
    for (size_t i = 0; reader->status == BADGE_OK && i < out->n_path; i++)
        take_hash(reader, &out->path[i], badge_json_at(path, i, NULL), "inclusion.path, each of its entries,");
}

static void take_block(struct receipt_reader *reader, struct badge_receipt *out, const struct badge_json_value *anchor)
{
    const struct badge_json_value *block = take_object(reader, anchor, "anchor.block");
    struct badge_text time = {0};
    take_integer(reader, &out->block_number, member(block, "number"), 0, MAX_INTEGER, "anchor.block.number");
    take_chain_hash(reader, &out->block_hash, member(block, "hash"), "anchor.block.hash");
    if (reader->status == BADGE_OK && (!badge_json_string(member(block, "time"), &time) || time.len != BADGE_TIME_LEN ||
                                       time.bytes[BADGE_TIME_LEN - 1] != 'Z' ||
                                       badge_time_parse(&out->block_time_s, time.bytes, time.len) != BADGE_OK))
        refuse(reader, "anchor.block.time", "a time in UTC in whole seconds, such as \"2026-11-23T12:00:00Z\"");
}

static void take_anchor(struct receipt_reader *reader, struct badge_receipt *out, const struct badge_json_value *value)
{
    const struct badge_json_value *anchor = take_object(reader, value, "anchor");
    const struct badge_json_value *sequence = member(anchor, "sequence");
    const struct badge_json_value *transaction = member(anchor, "transaction");

    take_integer(reader, &out->chain_id, member(anchor, "chainId"), 1, BADGE_MAX_CHAIN_ID, "anchor.chainId");
    take_address(reader, &out->contract, anchor, "anchor.contract");
    take_address(reader, &out->issuer, anchor, "anchor.issuer");
    out->status = (enum badge_anchor_status)take_choice(reader, anchor, "anchor.status", anchor_status_name,
                                                        N_ANCHOR_STATUSES);
    out->has_sequence = sequence;
    if (sequence)
        take_integer(reader, &out->sequence, sequence, 0, MAX_INTEGER, "anchor.sequence");
    out->has_transaction = transaction;
    if (transaction)
        take_chain_hash(reader, &out->transaction, transaction, "anchor.transaction");
    out->has_block = member(anchor, "block");
    if (out->has_block)
        take_block(reader, out, anchor);
}

enum badge_status badge_receipt_read(struct badge_receipt *out, const struct badge_json_value *value,
                                     struct badge_err *err)
{
    struct receipt_reader reader = {.status = BADGE_OK, .err = err};
    memset(out, 0, sizeof *out);
    take_head(&reader, value);
    take_digest(&reader, out, value);
    take_inclusion(&reader, out, value);
    take_anchor(&reader, out, value);
    return reader.status;
}

enum badge_status badge_receipt_decode(struct badge_receipt *out, const char *bytes, size_t len, struct badge_err *err)
{
    const struct badge_json_value *value;
    struct badge_arena arena;

    if (len > BADGE_RECEIPT_MAX_READ_LEN) {
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the receipt is %zu bytes long; the limit is %u bytes",
                          len, (unsigned)BADGE_RECEIPT_MAX_READ_LEN);
    }
    badge_arena_init(&arena, ARENA_CEILING);
    enum badge_status status = badge_json_parse(&value, &arena, bytes, len, err);
    if (status == BADGE_OK)
        status = badge_receipt_read(out, value, err);
    badge_arena_release(&arena);
    return status;
}
