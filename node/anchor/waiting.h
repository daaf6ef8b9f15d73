/*
 * Waiting always has a reason: what no other condition explains is one after some time. Steps of a round, on the
 * anchor's coroutine; they change no state.
 */
#ifndef ANCHOR_WAITING_H
#define ANCHOR_WAITING_H

#include "anchor/round.h"

/* Whether the registry exists in the last final block: before that nothing in it can be final. NEXT_STEP or NEXT_ABORT
 */
enum next waiting_check_registry(struct round *round);
/* After round->final_number was read: whether mined jobs wait for a final block that does not move. */
void waiting_check_finality(struct round *round);
/* After the jobs: whether one is not in a block long after the node has begun to send it. */
void waiting_check_jobs(struct round *round);

#endif
