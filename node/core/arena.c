/*
 * The arena: blocks in a list, each about twice the size of the one before, filled from the bottom.
 *
 * The JSON parser allocates its tree here. The bytes of all blocks never exceed the ceiling, whatever a document asks
 * for; after the first few documents an arena has one block that fits them all and no longer calls malloc().
 */
#include "badge/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#define FIRST_BLOCK ((size_t)16384)

struct badge_arena_block {
    struct badge_arena_block *older;
    size_t len, used; /* of bytes[] */
    alignas(max_align_t) unsigned char bytes[];
};

static const size_t header_len = offsetof(struct badge_arena_block, bytes);

void badge_arena_init(struct badge_arena *arena, size_t ceiling)
{
    *arena = (struct badge_arena){.ceiling = ceiling};
}

static void drop_current(struct badge_arena *arena)
{
    struct badge_arena_block *block = arena->current;
    arena->current = block->older;
    arena->used -= header_len + block->len;
    free(block);
}

/* Adds a current block with room for len bytes: twice the last one's size, or what the ceiling leaves. What would fill
 * more than half of that gets a block of its own: a stack that doubles would leave the other half empty each time. */
static struct badge_arena_block *add_block(struct badge_arena *arena, size_t len)
{
    size_t wanted = !arena->current ? FIRST_BLOCK : arena->current->len * 2;
    if (arena->current && arena->current->used == 0)
        drop_current(arena); /* badge_arena_clear() kept it, but it is too small: free what it takes of the ceiling */

    size_t left = arena->ceiling - arena->used;
    if (left < header_len || len > left - header_len) {
        arena->is_full = true;
        return NULL;
    }
    if (wanted > left - header_len)
        wanted = left - header_len;
    if (wanted < len || (arena->current && len >= wanted / 2))
        wanted = len;
    struct badge_arena_block *block = malloc(header_len + wanted);
    if (!block)
        return NULL;
    block->older = arena->current;
    block->len = wanted;
    block->used = 0;
    arena->current = block;
    arena->used += header_len + wanted;
    return block;
}

void *badge_arena_alloc(struct badge_arena *arena, size_t len)
{
    const size_t mask = alignof(max_align_t) - 1;
    if (len > SIZE_MAX - mask)
        return NULL;
    len = (len + mask) & ~mask;
    struct badge_arena_block *block = arena->current;
    if (!block || len > block->len - block->used) {
        block = add_block(arena, len);
        if (!block)
            return NULL;
    }
    void *out = block->bytes + block->used;
    block->used += len;
    return out;
}

void badge_arena_clear(struct badge_arena *arena)
{
    struct badge_arena_block *largest = arena->current;
    arena->is_full = false;
    for (struct badge_arena_block *block = largest; block; block = block->older)
        if (block->len > largest->len)
            largest = block;
    while (arena->current && arena->current != largest)
        drop_current(arena);
    if (!largest)
        return;
    struct badge_arena_block *older = largest->older;
    largest->older = NULL;
    largest->used = 0;
    arena->current = older;
    while (arena->current)
        drop_current(arena);
    arena->current = largest;
}

void badge_arena_release(struct badge_arena *arena)
{
    arena->is_full = false;
    while (arena->current)
        drop_current(arena);
}
