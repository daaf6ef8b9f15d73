/*
 * Checks what a remote signer returns: it is accepted only if it is, byte for byte, the transaction that was to be
 * signed.
 */
#ifndef ANCHOR_SIGNED_H
#define ANCHOR_SIGNED_H

#include "badge/eth.h"

/* Enough for the unsigned form of a full revocation set; an anchor's is much shorter. */
#define SIGNED_MAX_LEN 8704

/*
 * Whether raw is tx, of the kind BADGE_TX_EIP1559 or BADGE_TX_EIP155 and without an access list, signed by the account:
 * every field, the signature's form (EIP-2: low s), the account that it recovers to, and nothing else. Pure.
 * *hash     the transaction's
 * errors    BADGE_EMISMATCH: the text names what differs
 */
enum badge_status signed_check(struct badge_hash *hash, const uint8_t *raw, size_t raw_len, const struct badge_tx *tx,
                               const struct badge_address *account, struct badge_err *err) BADGE_CHECKED;

#endif
