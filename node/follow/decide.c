/*
 * The rules by which follow.c and reader.c go on. The invariants: recent events belong to the chain of the scanned
 * block; and a withdrawal, after which digests may be anchored again, is final only if every configured provider has
 * returned it.
 */
#include "follow/decide.h"

#define MAX_HEAD_LAG_BLOCKS 5 /* another provider answers, and is this far behind: not a reorganization */
#define GROW_AFTER 32
#define SMALL_RANGE_BLOCKS 64 /* a provider that refuses even these does not have the events */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/*
 * Blocks that have become final are read again in any case: a provider is many machines, and one that is behind
 * silently leaves out events of blocks that it does not have yet.
 */
enum follow_way follow_way(const struct follow_position *at)
{
    bool has_recent = at->scanned > at->stored;
    if (at->scanned <= at->head)
        return has_recent && at->final == at->stored ? WAY_CHECK_BLOCK : WAY_READ_AGAIN;
    if (at->scanned - at->head <= MAX_HEAD_LAG_BLOCKS)
        return WAY_WAIT;
    return has_recent ? WAY_REORGANIZED : WAY_BEHIND;
}

uint64_t follow_range_end(const struct follow_position *at, uint64_t span)
{
    uint64_t last = at->scanned < at->final ? at->final : at->head;
    return at->scanned + least(last - at->scanned, span);
}

uint64_t follow_span_after(uint64_t span, unsigned n_ok)
{
    return n_ok % GROW_AFTER == 0 ? least(span * 2, SPAN_MAX_BLOCKS) : span;
}

enum scan_outcome follow_scan_outcome(const struct quorum *logs, uint64_t n_blocks)
{
    bool refused = logs->n_refused > 0 || (logs->n_limited > 0 && n_blocks > 1);
    if (logs->n_differ > 0)
        return SCAN_DIFFERS;
    if (logs->n_answered > 0 && (!refused || n_blocks <= SMALL_RANGE_BLOCKS))
        return SCAN_DONE;
    if (refused)
        return SCAN_REFUSED;
    return logs->n_failed > 0 ? SCAN_FAILED : SCAN_UNASKED;
}

uint64_t follow_final_through(const struct follow_position *at, uint64_t first_unconfirmed)
{
    uint64_t through = least(at->final, at->scanned);
    return first_unconfirmed > 0 ? least(through, first_unconfirmed - 1) : through;
}
