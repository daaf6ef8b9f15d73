/*
 * Arrays that grow by doubling.
 */
#ifndef CORE_GROW_H
#define CORE_GROW_H

#include "badge/status.h"

/*
 * Room for at least `wanted` elements of `size` bytes: the array where it lies now, with *capacity raised to what it
 * has room for. NULL where there is no memory: then nothing has changed, and the old array is still the caller's.
 */
void *core_grow(void *array, size_t *capacity, size_t wanted, size_t size) BADGE_CHECKED;

#endif
