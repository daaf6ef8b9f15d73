/*
 * An arena: memory that is allocated piece by piece and freed all at once, with a ceiling.
 *
 * One arena serves one document at a time: badge_arena_clear() keeps its largest block for the next. Not thread-safe.
 * Blocks come from malloc().
 */
#ifndef BADGE_ARENA_H
#define BADGE_ARENA_H

#include <stdbool.h>

#include "badge/status.h"

struct badge_arena {
    struct badge_arena_block *current; /* the newest block, head of a list of all */
    size_t used, ceiling;              /* bytes of all blocks, and their maximum */
    bool is_full;                      /* the ceiling, and not want of memory, has refused something since clear */
};

BADGE_API void badge_arena_init(struct badge_arena *arena, size_t ceiling);
/* Aligned for any type, valid until clear or release; NULL: the ceiling is reached or memory ran out. */
BADGE_API void *badge_arena_alloc(struct badge_arena *arena, size_t len) BADGE_CHECKED;
/* Ends the life of all allocations; keeps one block. */
BADGE_API void badge_arena_clear(struct badge_arena *arena);
/* Frees all blocks; the arena can be used again. */
BADGE_API void badge_arena_release(struct badge_arena *arena);

#endif
