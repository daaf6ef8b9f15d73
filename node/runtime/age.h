/*
 * How long ago something happened that has a time of the wall clock, where that clock may have been set meanwhile: by
 * the wall clock when its age is first asked for, by the monotonic clock from then on. So an age never stands still
 * because a clock that was ahead has been set right.
 */
#ifndef RUNTIME_AGE_H
#define RUNTIME_AGE_H

#include <stdbool.h>
#include <stdint.h>

/* Zero at first. One for each thing whose age is watched; on one thread. */
struct age {
    int64_t at_s;     /* the time that it is about, 0: none yet */
    uint64_t seen_ms; /* when that was first asked for, monotonic */
    uint64_t age_when_seen_ms;
    bool in_future; /* it was later than the wall clock then: its real age is unknown, and not less */
};

/* at_s, wall_s: Unix time. now_ms: a monotonic clock. Another at_s than before is another thing. */
uint64_t age_ms(struct age *age, int64_t at_s, int64_t wall_s, uint64_t now_ms);

#endif
