/*
 * The records of `anchors`, as bytes and as values.
 */
#ifndef STORE_ANCHORS_RECORD_H
#define STORE_ANCHORS_RECORD_H

#include "store/record_file.h"
#include "store/store.h"

enum anchors_type {
    ANCHORS_SEALED = 1,     /* job: the batch, sealed */
    ANCHORS_ATTEMPT = 2,    /* job, attempt */
    ANCHORS_MOVE = 3,       /* job, anchor */
    ANCHORS_REVOKE = 4,     /* revoke, without a reason and a note: of an older version */
    ANCHORS_TAKE_SET = 5,   /* job: the set, taken_set */
    ANCHORS_DROP = 6,       /* job: the set, dropped */
    ANCHORS_REVOKE_WHY = 7, /* revoke */
};

struct anchors_record {
    enum anchors_type type;
    struct store_job_id job; /* on disk one number, whose top bit marks a set */
    union {
        struct {
            struct badge_hash root;
            uint32_t tree_size;
            int64_t sealed_at_s;
            uint64_t sealed_through;
            uint32_t replaces;
        } sealed;
        struct store_attempt attempt;
        struct store_anchor anchor;
        struct {
            int64_t at_s;
            struct store_why why; /* the note is borrowed */
            uint32_t n_digests;
            const uint8_t *digests; /* n_digests × 32 bytes, borrowed */
        } revoke;
        struct {
            int64_t at_s;
            uint32_t n_digests;
        } taken_set;
        struct anchors_dropped {
            uint8_t bits[STORE_MAX_SET / 8]; /* one per digest; the first is the lowest bit of the first byte */
        } dropped;
    };
};

#define ANCHORS_MIN_PAYLOAD 17
#define ANCHORS_MAX_PAYLOAD (91 + STORE_MAX_RAW_LEN)
#define ANCHORS_MAX_REVOKE 256 /* digests in one record */
_Static_assert(16 + STORE_MAX_NOTE + 32 * ANCHORS_MAX_REVOKE <= ANCHORS_MAX_PAYLOAD, "a request fits into a record");

/* Returns the length of the payload, at most ANCHORS_MAX_PAYLOAD. Does not change the record. */
size_t anchors_record_encode(uint8_t *out, struct anchors_record *record);
bool anchors_record_decode(struct anchors_record *out, const uint8_t *payload, size_t len);

#endif
