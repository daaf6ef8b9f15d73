/*
 * Encodes and decodes the records of `anchors`, for anchors.c. The length of a record follows from its type, from the
 * transaction of an attempt, or from the number of digests of a request; a record of another length is refused.
 */
#include "store/anchors_record.h"

#include <string.h>

#include "store/bytes.h"

#define SET_BIT 0x80000000u /* in the number of a job */

/* Without the transaction of an attempt, and the digests and the note of a request. */
static const size_t fixed_len[] = {
    [ANCHORS_SEALED] = 61,   [ANCHORS_ATTEMPT] = 91, [ANCHORS_MOVE] = 118,      [ANCHORS_REVOKE] = 13,
    [ANCHORS_TAKE_SET] = 17, [ANCHORS_DROP] = 37,    [ANCHORS_REVOKE_WHY] = 16,
};

static void code_attempt(struct codec *codec, struct store_attempt *attempt)
{
    uint8_t raw_len[2] = {(uint8_t)(attempt->raw_len & 0xff), (uint8_t)(attempt->raw_len >> 8)};
    code_bytes(codec, attempt->from.b, sizeof attempt->from.b);
    code_u64(codec, &attempt->nonce);
    code_u64(codec, &attempt->gas_limit);
    code_u64(codec, &attempt->max_fee_wei);
    code_u64(codec, &attempt->max_priority_fee_wei);
    code_bytes(codec, attempt->transaction.b, sizeof attempt->transaction.b);
    code_bytes(codec, raw_len, sizeof raw_len);
    attempt->raw_len = raw_len[0] | (size_t)raw_len[1] << 8;
}

/* The note itself follows the digests. */
static void code_why(struct codec *codec, struct store_why *why)
{
    uint8_t bytes[3] = {(uint8_t)why->reason, (uint8_t)(why->note.len & 0xff), (uint8_t)(why->note.len >> 8)};
    code_bytes(codec, bytes, sizeof bytes);
    why->reason = badge_reason_of(bytes[0]);
    why->note.len = bytes[1] | (size_t)bytes[2] << 8;
}

static void code_anchor(struct codec *codec, struct store_anchor *anchor)
{
    uint8_t state = (uint8_t)anchor->state;
    code_bytes(codec, &state, 1);
    anchor->state = (enum store_anchor_state)state;
    code_i64(codec, &anchor->changed_at_s);
    code_u64(codec, &anchor->nonce);
    code_bytes(codec, anchor->transaction.b, sizeof anchor->transaction.b);
    code_u64(codec, &anchor->sequence);
    code_u64(codec, &anchor->block_number);
    code_u64(codec, &anchor->gas_used);
    code_bytes(codec, anchor->block_hash.b, sizeof anchor->block_hash.b);
    code_i64(codec, &anchor->block_time_s);
}

/* What follows type and number, up to the fixed length. */
static void code_record(struct codec *codec, struct anchors_record *record)
{
    switch (record->type) {
    case ANCHORS_SEALED:
        code_bytes(codec, record->sealed.root.b, sizeof record->sealed.root.b);
        code_u32(codec, &record->sealed.tree_size);
        code_i64(codec, &record->sealed.sealed_at_s);
        code_u64(codec, &record->sealed.sealed_through);
        code_u32(codec, &record->sealed.replaces);
        break;
    case ANCHORS_ATTEMPT:
        code_attempt(codec, &record->attempt);
        break;
    case ANCHORS_MOVE:
        code_anchor(codec, &record->anchor);
        break;
    case ANCHORS_REVOKE:
        code_i64(codec, &record->revoke.at_s);
        break;
    case ANCHORS_REVOKE_WHY:
        code_i64(codec, &record->revoke.at_s);
        code_why(codec, &record->revoke.why);
        break;
    case ANCHORS_TAKE_SET:
        code_i64(codec, &record->taken_set.at_s);
        code_u32(codec, &record->taken_set.n_digests);
        break;
    case ANCHORS_DROP:
        code_bytes(codec, record->dropped.bits, sizeof record->dropped.bits);
        break;
    }
}

static bool is_request(const struct anchors_record *record)
{
    return record->type == ANCHORS_REVOKE || record->type == ANCHORS_REVOKE_WHY;
}

static uint32_t number_of(const struct anchors_record *record)
{
    if (is_request(record))
        return record->revoke.n_digests;
    return record->job.number | (record->job.kind == STORE_JOB_SET ? SET_BIT : 0);
}

size_t anchors_record_encode(uint8_t *out, struct anchors_record *record)
{
    struct codec codec = {.to = out + 5};
    out[0] = (uint8_t)record->type;
    put_u32(out + 1, number_of(record));
    code_record(&codec, record);
    if (record->type == ANCHORS_ATTEMPT) {
        BADGE_ASSERT(record->attempt.raw_len <= sizeof record->attempt.raw);
        code_bytes(&codec, record->attempt.raw, record->attempt.raw_len);
    } else if (is_request(record)) {
        const struct badge_text *note = &record->revoke.why.note;
        BADGE_ASSERT(record->revoke.n_digests >= 1 && record->revoke.n_digests <= ANCHORS_MAX_REVOKE);
        BADGE_ASSERT(note->len <= STORE_MAX_NOTE && (note->len == 0 || record->type == ANCHORS_REVOKE_WHY));
        memcpy(codec.to, record->revoke.digests, (size_t)record->revoke.n_digests * 32);
        codec.to += (size_t)record->revoke.n_digests * 32;
        if (note->len > 0)
            memcpy(codec.to, note->bytes, note->len);
        codec.to += note->len;
    }
    return (size_t)(codec.to - out);
}

/* rest: what follows the fixed length. */
static bool decode_request(struct anchors_record *out, const uint8_t *rest, size_t rest_len, uint32_t number)
{
    struct badge_text *note = &out->revoke.why.note;
    out->revoke.n_digests = number;
    out->revoke.digests = rest;
    if (number < 1 || number > ANCHORS_MAX_REVOKE || note->len > STORE_MAX_NOTE ||
        rest_len != (size_t)number * 32 + note->len)
        return false;
    note->bytes = note->len > 0 ? (const char *)rest + (size_t)number * 32 : NULL;
    return true;
}

bool anchors_record_decode(struct anchors_record *out, const uint8_t *payload, size_t len)
{
    if (len < ANCHORS_MIN_PAYLOAD || payload[0] < ANCHORS_SEALED || payload[0] > ANCHORS_REVOKE_WHY ||
        len < fixed_len[payload[0]])
        return false;
    uint32_t number = get_u32(payload + 1);
    struct codec codec = {.from = payload + 5};
    memset(out, 0, sizeof *out);
    out->type = (enum anchors_type)payload[0];
    out->job = number & SET_BIT ? store_set_id(number & ~SET_BIT) : store_batch_id(number);
    code_record(&codec, out);
    size_t rest = len - fixed_len[out->type];
    switch (out->type) {
    case ANCHORS_SEALED:
        return rest == 0 && out->sealed.tree_size >= 1 && out->sealed.tree_size <= BADGE_MAX_LEAVES;
    case ANCHORS_ATTEMPT:
        if (rest != out->attempt.raw_len || rest > sizeof out->attempt.raw)
            return false;
        code_bytes(&codec, out->attempt.raw, rest);
        return true;
    case ANCHORS_MOVE:
        return rest == 0 && out->anchor.state <= STORE_ANCHOR_FINAL;
    case ANCHORS_REVOKE:
    case ANCHORS_REVOKE_WHY:
        return decode_request(out, codec.from, rest, number);
    case ANCHORS_TAKE_SET:
        return rest == 0 && out->taken_set.n_digests >= 1 && out->taken_set.n_digests <= STORE_MAX_SET;
    case ANCHORS_DROP:
        return rest == 0;
    }
    return false;
}
