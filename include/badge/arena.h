/*
 * Memory that is given out piece by piece and taken back all at once, with a ceiling from birth.
 *
 * One arena serves one document at a time: badge_arena_clear() keeps its largest block for the next. Not thread-safe.
 * Blocks come from malloc().
 */
#ifndef BADGE_ARENA_H
#define BADGE_ARENA_H

#include "badge/status.h"

struct badge_arena {
    struct badge_arena_block *current; /* the newest block; the older ones hang from it */
    size_t used, ceiling;              /* bytes over all blocks, and the most they may be */
};

BADGE_API void badge_arena_init(struct badge_arena *arena, size_t ceiling);
/* Aligned for any type; NULL when the ceiling or the memory is reached. */
BADGE_API void *badge_arena_alloc(struct badge_arena *arena, size_t len) BADGE_CHECKED;
BADGE_API void badge_arena_clear(struct badge_arena *arena);
BADGE_API void badge_arena_release(struct badge_arena *arena);

#endif
