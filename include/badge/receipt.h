/*
 * The receipt, version 1 (PROTOCOL.md section 4): a node's answer about one credential, kept beside it and checked by
 * anyone. Hashes are lower-case hex without 0x (upper case is refused: one hash, one text), accounts are EIP-55 and
 * compared without case, transactions and block hashes 0x-hex, times RFC 3339 UTC in whole seconds. Unknown members are
 * ignored. anchor.status, sequence, transaction and block are hints: nothing that decides is taken from them.
 */
#ifndef BADGE_RECEIPT_H
#define BADGE_RECEIPT_H

#include "badge/digest.h"
#include "badge/merkle.h"
#include "badge/text.h"

#define BADGE_RECEIPT_MAX_LEN 4096       /* of an encoded receipt, including its NUL */
#define BADGE_RECEIPT_MAX_READ_LEN 65536 /* of a receipt that is decoded: later versions may add members */

enum badge_anchor_status { BADGE_ANCHOR_SEALED, BADGE_ANCHOR_SENT, BADGE_ANCHOR_MINED, BADGE_ANCHOR_FINAL };

struct badge_receipt {
    struct badge_digest digest;
    struct badge_hash salt, root;
    uint64_t tree_size, leaf_index;
    size_t n_path;
    struct badge_hash path[BADGE_MAX_PATH];

    uint64_t chain_id;
    struct badge_address contract, issuer;
    enum badge_anchor_status status;
    bool has_sequence, has_transaction, has_block;
    uint64_t sequence;
    struct badge_hash transaction;
    uint64_t block_number;
    struct badge_hash block_hash;
    int64_t block_time_s;
};

BADGE_API const char *badge_anchor_status_name(enum badge_anchor_status status);

/*
 * JSON with a newline at its end; returns its length, a NUL follows. Members are in the order of the protocol's
 * example. receipt   tree_size 1 to BADGE_MAX_LEAVES, leaf_index below it, n_path to BADGE_MAX_PATH, chain_id 1 to 2^53
 * − 1. A sequence or block number beyond 2^53 − 1, which JSON can't represent, is left out: they are hints.
 */
BADGE_API size_t badge_receipt_encode(char out[BADGE_RECEIPT_MAX_LEN], const struct badge_receipt *receipt);

/*
 * errors    those of badge_json_parse(); BADGE_EUNSUPPORTED: another version, algorithm, label or anchor.status;
 *           BADGE_ETYPE: a member that is missing, malformed or out of range; BADGE_ELIMIT: longer than
 *           BADGE_RECEIPT_MAX_READ_LEN. *out is then unspecified
 */
BADGE_API enum badge_status badge_receipt_decode(struct badge_receipt *out, const char *bytes, size_t len,
                                                 struct badge_err *err) BADGE_CHECKED;
/* The same from a parsed value, as in a bundle. */
BADGE_API enum badge_status badge_receipt_read(struct badge_receipt *out, const struct badge_json_value *value,
                                               struct badge_err *err) BADGE_CHECKED;

#endif
