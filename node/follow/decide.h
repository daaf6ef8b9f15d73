/*
 * The follower's decisions: pure functions of what is known, without a loop, a clock or a provider.
 */
#ifndef FOLLOW_DECIDE_H
#define FOLLOW_DECIDE_H

#include "chain/quorum_events.h"

/* How far the chain was read, and how far it goes. */
struct follow_position {
    uint64_t stored;  /* final up to here, and in the store */
    uint64_t scanned; /* read up to here, at least `stored` */
    uint64_t final;   /* final up to here, from `stored` to `head` */
    uint64_t head;    /* the lowest of the quorum's */
};

/* How a round goes on. */
enum follow_way {
    WAY_READ_AGAIN,  /* everything above the last stored block */
    WAY_CHECK_BLOCK, /* goes on after the scanned block if it is still on the chain, or else as WAY_REORGANIZED */
    WAY_WAIT,        /* the providers that answer now are behind: wait for them */
    WAY_BEHIND,      /* they are behind a block that was final */
    WAY_REORGANIZED, /* the scanned block is not on the chain any more: as WAY_READ_AGAIN */
};
enum follow_way follow_way(const struct follow_position *at);

/* The last block of the next range; at->scanned < at->head. A range does not go beyond `final` unless it begins there.
 */
uint64_t follow_range_end(const struct follow_position *at, uint64_t span);
/* Blocks in one request, after n_ok of them in a row have succeeded. */
uint64_t follow_span_after(uint64_t span, unsigned n_ok);

/*
 * The last block whose events may be stored as final. first_unconfirmed: the first withdrawal that not all configured
 * providers have returned; 0: none.
 */
uint64_t follow_final_through(const struct follow_position *at, uint64_t first_unconfirmed);

#endif
