/*
 * Ages for the batch that waits to be sealed, and for the metrics that alerts rest on.
 */
#include "runtime/age.h"

#define TOLERATED_S 2 /* a clock that is corrected while it runs may go back a little */

uint64_t age_ms(struct age *age, int64_t at_s, int64_t wall_s, uint64_t now_ms)
{
    if (age->at_s != at_s)
        *age = (struct age){
            .at_s = at_s,
            .seen_ms = now_ms,
            .age_when_seen_ms = at_s < wall_s ? (uint64_t)(wall_s - at_s) * 1000 : 0,
            .in_future = at_s > wall_s + TOLERATED_S,
        };
    return age->age_when_seen_ms + (now_ms - age->seen_ms);
}
