/*
 * RLP, Recursive Length Prefix: Ethereum yellow paper, appendix B. Strict: only the shortest encoding is accepted.
 */
#ifndef BADGE_RLP_H
#define BADGE_RLP_H

#include <stdbool.h>
#include <stdint.h>

#include "badge/status.h"

/* Writes into memory of the caller; an overflow is stored, and returned by badge_rlp_end(). */
struct badge_rlp {
    uint8_t *bytes;
    size_t len, capacity;
    bool overflow;
};

BADGE_API void badge_rlp_begin(struct badge_rlp *rlp, void *bytes, size_t capacity);
BADGE_API void badge_rlp_string(struct badge_rlp *rlp, const void *bytes, size_t len);
BADGE_API void badge_rlp_uint(struct badge_rlp *rlp, uint64_t value);
/* An integer of any width, big-endian; leading zeros are dropped. */
BADGE_API void badge_rlp_integer(struct badge_rlp *rlp, const uint8_t *big_endian, size_t len);
/* A list: open returns its start; write its items, then close it with that. Lists nest. */
BADGE_API size_t badge_rlp_list_open(struct badge_rlp *rlp);
BADGE_API void badge_rlp_list_close(struct badge_rlp *rlp, size_t start);
/* errors    BADGE_ELIMIT: the capacity did not suffice */
BADGE_API enum badge_status badge_rlp_end(const struct badge_rlp *rlp) BADGE_CHECKED;

struct badge_rlp_item {
    bool is_list;
    const uint8_t *payload; /* borrowed; of a list: its items, one after another */
    size_t len;
};
/*
 * Reads the item at *bytes and moves *bytes and *len past it.
 * errors    BADGE_ESYNTAX: truncated, or not the shortest encoding
 */
BADGE_API enum badge_status badge_rlp_read(struct badge_rlp_item *out, const uint8_t **bytes,
                                           size_t *len) BADGE_CHECKED;

#endif
