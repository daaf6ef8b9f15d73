/*
 * The rules by which follow.c and reader.c go on. The invariants: recent events belong to the chain of the scanned
 * block; and a withdrawal, after which digests may be anchored again, is final only if every configured provider has
 * returned it.
 */
#include "follow/decide.h"

#define MAX_HEAD_LAG_BLOCKS 5 /* another provider answers, and is this far behind: not a reorganization */
#define GROW_AFTER 32

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

uint64_t follow_final_through(const struct follow_position *at, uint64_t first_unconfirmed)
{
    uint64_t through = least(at->final, at->scanned);
    return first_unconfirmed > 0 ? least(through, first_unconfirmed - 1) : through;
}
