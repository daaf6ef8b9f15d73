/* A root that is on the chain before its batch was signed: ours, or spoiled by somebody else. */
#ifndef ANCHOR_ALREADY_ANCHORED_H
#define ANCHOR_ALREADY_ANCHORED_H

#include "anchor/round.h"

/* NEXT_STEP: the root of this batch is not on the chain yet. */
enum next already_anchored_check(struct round *round, struct tx_job *job);

#endif
