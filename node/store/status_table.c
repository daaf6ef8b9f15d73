/*
 * The table of marks: standing.c fills it from its file and from the chain, and asks it for http's handlers. A table
 * that grows is built beside the old one, so that readers on the loops wait for the exchange alone.
 *
 * Open addressing with linear probing; nothing is ever deleted. The table is at most half full.
 */
#include "store/status_table.h"

#include <stdlib.h>
#include <string.h>

#include "badge/text.h"

#define FIRST_ROOM 64
#define MAX_ROOM ((size_t)1 << 30)

void marks_release(struct marks *marks)
{
    free(marks->mark);
    free(marks->slots);
    *marks = (struct marks){0};
}

/* The slot that holds the hash, or the free one where it would stand. */
static uint32_t *find_slot(const struct marks *marks, const struct badge_hash *of)
{
    size_t n_slots = marks->room * 2, slot = scatter_home(&marks->scatter, of, n_slots);
    while (marks->slots[slot] != 0 && badge_hash_compare(&marks->mark[marks->slots[slot] - 1].of, of) != 0)
        slot = (slot + 1) & (n_slots - 1);
    return &marks->slots[slot];
}

static enum badge_status grow(struct marks *marks, pthread_mutex_t *readers, struct badge_err *err)
{
    struct marks grown = {.n = marks->n, .room = marks->room ? marks->room * 2 : FIRST_ROOM};
    if (grown.room > MAX_ROOM)
        return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "the chain revokes more than this node can hold");
    enum badge_status status = scatter_draw(&grown.scatter, err);
    if (status != BADGE_OK)
        return status;
    grown.mark = malloc(grown.room * sizeof(*grown.mark));
    grown.slots = calloc(grown.room * 2, sizeof(*grown.slots));
    if (!grown.mark || !grown.slots) {
        marks_release(&grown);
        return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "no memory for what the chain revokes");
    }
    for (size_t i = 0; i < marks->n; i++) {
        grown.mark[i] = marks->mark[i];
        *find_slot(&grown, &grown.mark[i].of) = (uint32_t)i + 1;
    }
    struct marks old = *marks;
    if (readers)
        pthread_mutex_lock(readers);
    *marks = grown;
    if (readers)
        pthread_mutex_unlock(readers);
    marks_release(&old);
    return BADGE_OK;
}

enum badge_status marks_put(struct marks *marks, const struct mark *mark, pthread_mutex_t *readers,
                            struct badge_err *err)
{
    if (marks->n == marks->room) {
        enum badge_status status = grow(marks, readers, err);
        if (status != BADGE_OK)
            return status;
    }
    if (readers)
        pthread_mutex_lock(readers);
    uint32_t *slot = find_slot(marks, &mark->of);
    if (*slot == 0)
        *slot = (uint32_t)++marks->n;
    marks->mark[*slot - 1] = *mark;
    if (readers)
        pthread_mutex_unlock(readers);
    return BADGE_OK;
}

const struct mark *marks_find(const struct marks *marks, const struct badge_hash *of)
{
    if (marks->n == 0)
        return NULL;
    uint32_t taken = *find_slot(marks, of);
    return taken != 0 ? &marks->mark[taken - 1] : NULL;
}
