/* Whether the store is older than the chain: a restored backup does not have the anchors that were made after it. */
#ifndef ANCHOR_STALE_STORE_H
#define ANCHOR_STALE_STORE_H

#include "anchor/round.h"

/* A step of the round. While the store is stale, round_may_sign() is false. */
enum next stale_store_check(struct round *round);
/* The operator accepts a stale store. False: it is not stale. */
bool stale_store_accept(struct round *round);

#endif
