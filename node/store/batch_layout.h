/*
 * Offsets within a batch file, and the encoding of its parts; shared by its writer and its reader.
 */
#ifndef STORE_BATCH_LAYOUT_H
#define STORE_BATCH_LAYOUT_H

#include "store/batch_file.h"

#define BATCH_HEAD_LEN 160

struct batch_layout {
    size_t n_above;
    uint64_t digests, times, labels, above, checksum, len;
};

void batch_layout_of(struct batch_layout *out, uint32_t n_leaves);
void batch_head_encode(uint8_t out[BATCH_HEAD_LEN], const struct batch_head *head);
/* False if magic, checksum or number of leaves is wrong. */
bool batch_head_decode(struct batch_head *out, const uint8_t bytes[BATCH_HEAD_LEN]);

#define BATCH_TIME_LEN 8
void batch_time_encode(uint8_t out[BATCH_TIME_LEN], int64_t received_at_s, const struct badge_hash *digest,
                       uint8_t label);
/* False if the checksum does not match this digest and label. */
bool batch_time_decode(int64_t *received_at_s, const uint8_t bytes[BATCH_TIME_LEN], const struct badge_hash *digest,
                       uint8_t label);

#endif
