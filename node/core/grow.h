/*
 * Arrays that grow by doubling.
 */
#ifndef CORE_GROW_H
#define CORE_GROW_H

#include "badge/status.h"

/*
 * Grows an array to at least `wanted` elements of `size` bytes, and raises *capacity. Returns where the array is now;
 * NULL if out of memory: then nothing has changed, and the old array is still the caller's.
 */
void *core_grow(void *array, size_t *capacity, size_t wanted, size_t size) BADGE_CHECKED;

#endif
