/* Requested revocations become sets, each of which is one transaction. */
#ifndef ANCHOR_REVOCATION_BATCHER_H
#define ANCHOR_REVOCATION_BATCHER_H

#include "anchor/round.h"

/* A step of the round: requests go into a set, if one is due. */
enum next revocations_collect(struct round *round);
/* Drops restored credentials from a set that is about to be signed; NEXT_STEP: some are left. */
enum next revocations_prune(struct round *round, struct tx_job *job);

#endif
