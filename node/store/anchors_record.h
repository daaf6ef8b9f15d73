/*
 * The records of `anchors`, as bytes and as values.
 */
#ifndef STORE_ANCHORS_RECORD_H
#define STORE_ANCHORS_RECORD_H

#include "store/records.h"
#include "store/store.h"

enum anchors_type {
    ANCHORS_SEALED = 1,  /* batch, sealed_through */
    ANCHORS_ATTEMPT = 2, /* number, attempt */
    ANCHORS_MOVE = 3,    /* number, anchor */
};

struct anchors_record {
    enum anchors_type type;
    uint32_t number;
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
    };
};

#define ANCHORS_MIN_PAYLOAD 61
#define ANCHORS_MAX_PAYLOAD (91 + 512)
#define ANCHORS_HEAD_LEN 48

/* Returns the length of the payload, at most ANCHORS_MAX_PAYLOAD. */
size_t anchors_record_encode(uint8_t *out, const struct anchors_record *record);
bool anchors_record_decode(struct anchors_record *out, const uint8_t *payload, size_t len);

#endif
