/*
 * Encodes and decodes the records of `anchors`, for anchors.c. The length of a record follows from its type, from the
 * transaction of an attempt, or from the number of digests of a request; a record of another length is refused.
 */
#include "store/anchors_record.h"

#include <string.h>

#include "store/bytes.h"

#define SEALED_LEN 61
#define ATTEMPT_LEN 91 /* plus the transaction */
#define MOVE_LEN 118
#define REVOKE_LEN 13 /* plus the digests */
#define TAKE_SET_LEN 17
#define DROP_LEN 37

#define SET_BIT 0x80000000u /* in the number of a job */

/* A position in a payload that advances with each value. */
struct payload_writer {
    uint8_t *at;
};
struct payload_reader {
    const uint8_t *at;
};

static void w8(struct payload_writer *c, uint8_t v)
{
    *c->at++ = v;
}

static void w32(struct payload_writer *c, uint32_t v)
{
    put_u32(c->at, v);
    c->at += 4;
}

static void w64(struct payload_writer *c, uint64_t v)
{
    put_u64(c->at, v);
    c->at += 8;
}

static void whash(struct payload_writer *c, const struct badge_hash *v)
{
    memcpy(c->at, v->b, sizeof v->b);
    c->at += sizeof v->b;
}

static uint8_t r8(struct payload_reader *r)
{
    return *r->at++;
}

static uint32_t r32(struct payload_reader *r)
{
    r->at += 4;
    return get_u32(r->at - 4);
}

static uint64_t r64(struct payload_reader *r)
{
    r->at += 8;
    return get_u64(r->at - 8);
}

static void rhash(struct payload_reader *r, struct badge_hash *v)
{
    memcpy(v->b, r->at, sizeof v->b);
    r->at += sizeof v->b;
}

static void encode_attempt(struct payload_writer *c, const struct store_attempt *attempt)
{
    BADGE_ASSERT(attempt->raw_len <= sizeof attempt->raw);
    memcpy(c->at, attempt->from.b, sizeof attempt->from.b);
    c->at += sizeof attempt->from.b;
    w64(c, attempt->nonce);
    w64(c, attempt->gas_limit);
    w64(c, attempt->max_fee_wei);
    w64(c, attempt->max_priority_fee_wei);
    whash(c, &attempt->transaction);
    w8(c, (uint8_t)(attempt->raw_len & 0xff));
    w8(c, (uint8_t)(attempt->raw_len >> 8));
    memcpy(c->at, attempt->raw, attempt->raw_len);
    c->at += attempt->raw_len;
}

static bool decode_attempt(struct payload_reader *r, size_t len, struct store_attempt *attempt)
{
    memset(attempt, 0, sizeof *attempt);
    memcpy(attempt->from.b, r->at, sizeof attempt->from.b);
    r->at += sizeof attempt->from.b;
    attempt->nonce = r64(r);
    attempt->gas_limit = r64(r);
    attempt->max_fee_wei = r64(r);
    attempt->max_priority_fee_wei = r64(r);
    rhash(r, &attempt->transaction);
    attempt->raw_len = r8(r);
    attempt->raw_len |= (size_t)r8(r) << 8;
    if (attempt->raw_len > sizeof attempt->raw || len != ATTEMPT_LEN + attempt->raw_len)
        return false;
    memcpy(attempt->raw, r->at, attempt->raw_len);
    return true;
}

static void encode_move(struct payload_writer *c, const struct store_anchor *anchor)
{
    w8(c, (uint8_t)anchor->state);
    w64(c, (uint64_t)anchor->changed_at_s);
    w64(c, anchor->nonce);
    whash(c, &anchor->transaction);
    w64(c, anchor->sequence);
    w64(c, anchor->block_number);
    w64(c, anchor->gas_used);
    whash(c, &anchor->block_hash);
    w64(c, (uint64_t)anchor->block_time_s);
}

static bool decode_move(struct payload_reader *r, struct store_anchor *anchor)
{
    uint8_t state = r8(r);
    anchor->state = (enum store_anchor_state)state;
    anchor->changed_at_s = (int64_t)r64(r);
    anchor->nonce = r64(r);
    rhash(r, &anchor->transaction);
    anchor->sequence = r64(r);
    anchor->block_number = r64(r);
    anchor->gas_used = r64(r);
    rhash(r, &anchor->block_hash);
    anchor->block_time_s = (int64_t)r64(r);
    return state <= STORE_ANCHOR_FINAL;
}

static uint32_t number_of(const struct anchors_record *record)
{
    if (record->type == ANCHORS_REVOKE)
        return record->revoke.n_digests;
    return record->job.number | (record->job.kind == STORE_JOB_SET ? SET_BIT : 0);
}

size_t anchors_record_encode(uint8_t *out, const struct anchors_record *record)
{
    struct payload_writer c = {out};
    w8(&c, (uint8_t)record->type);
    w32(&c, number_of(record));
    switch (record->type) {
    case ANCHORS_SEALED:
        whash(&c, &record->sealed.root);
        w32(&c, record->sealed.tree_size);
        w64(&c, (uint64_t)record->sealed.sealed_at_s);
        w64(&c, record->sealed.sealed_through);
        w32(&c, record->sealed.replaces);
        break;
    case ANCHORS_ATTEMPT:
        encode_attempt(&c, &record->attempt);
        break;
    case ANCHORS_MOVE:
        encode_move(&c, &record->anchor);
        break;
    case ANCHORS_REVOKE:
        BADGE_ASSERT(record->revoke.n_digests >= 1 && record->revoke.n_digests <= ANCHORS_MAX_REVOKE);
        w64(&c, (uint64_t)record->revoke.at_s);
        memcpy(c.at, record->revoke.digests, (size_t)record->revoke.n_digests * 32);
        c.at += (size_t)record->revoke.n_digests * 32;
        break;
    case ANCHORS_TAKE_SET:
        w64(&c, (uint64_t)record->taken_set.at_s);
        w32(&c, record->taken_set.n_digests);
        break;
    case ANCHORS_DROP:
        memcpy(c.at, record->dropped.bits, sizeof record->dropped.bits);
        c.at += sizeof record->dropped.bits;
        break;
    }
    return (size_t)(c.at - out);
}

bool anchors_record_decode(struct anchors_record *out, const uint8_t *payload, size_t len)
{
    if (len < ANCHORS_MIN_PAYLOAD)
        return false;
    struct payload_reader r = {payload};
    uint8_t type = r8(&r);
    uint32_t number = r32(&r);
    out->job = number & SET_BIT ? store_set_id(number & ~SET_BIT) : store_batch_id(number);
    switch (type) {
    case ANCHORS_SEALED:
        out->type = ANCHORS_SEALED;
        if (len != SEALED_LEN)
            return false;
        rhash(&r, &out->sealed.root);
        out->sealed.tree_size = r32(&r);
        out->sealed.sealed_at_s = (int64_t)r64(&r);
        out->sealed.sealed_through = r64(&r);
        out->sealed.replaces = r32(&r);
        return out->sealed.tree_size >= 1 && out->sealed.tree_size <= BADGE_MAX_LEAVES;
    case ANCHORS_ATTEMPT:
        out->type = ANCHORS_ATTEMPT;
        return len >= ATTEMPT_LEN && decode_attempt(&r, len, &out->attempt);
    case ANCHORS_MOVE:
        out->type = ANCHORS_MOVE;
        return len == MOVE_LEN && decode_move(&r, &out->anchor);
    case ANCHORS_REVOKE:
        out->type = ANCHORS_REVOKE;
        out->revoke.at_s = (int64_t)r64(&r);
        out->revoke.n_digests = number;
        out->revoke.digests = r.at;
        return number >= 1 && number <= ANCHORS_MAX_REVOKE && len == REVOKE_LEN + (size_t)number * 32;
    case ANCHORS_TAKE_SET:
        out->type = ANCHORS_TAKE_SET;
        out->taken_set.at_s = (int64_t)r64(&r);
        out->taken_set.n_digests = r32(&r);
        return len == TAKE_SET_LEN && out->taken_set.n_digests >= 1 && out->taken_set.n_digests <= STORE_MAX_SET;
    case ANCHORS_DROP:
        out->type = ANCHORS_DROP;
        if (len == DROP_LEN)
            memcpy(out->dropped.bits, r.at, sizeof out->dropped.bits);
        return len == DROP_LEN;
    }
    return false;
}
