/*
 * Whether the store is older than the chain: a restored backup does not have the anchors that were made after it, nor
 * has an empty folder in place of the store, nor the store of another node with the same key.
 */
#ifndef ANCHOR_STALE_STORE_H
#define ANCHOR_STALE_STORE_H

#include "anchor/round.h"

/* A step of the round. While the store is stale, round_may_sign() is false. */
enum next stale_store_check(struct round *round);
/* Whether it is known what the account's transactions up to this nonce are; if not, nothing may be signed after them.
 */
bool stale_store_explains(const struct round *round, uint64_t count);
/* Checks in the next round, which starts at once: another program has used a nonce of the account below `count`. */
void stale_store_recheck(struct round *round, const struct badge_address *account, uint64_t count);
/* The operator accepts a stale store. False: it is not stale. */
bool stale_store_accept(struct round *round);

#endif
