/*
 * Growth of arrays, the same everywhere: 16 elements first, then twice as many each time.
 */
#include "core/grow.h"

#include <stdint.h>
#include <stdlib.h>

#define FIRST_CAPACITY 16

void *core_grow(void *array, size_t *capacity, size_t wanted, size_t size)
{
    if (wanted <= *capacity && array)
        return array;
    size_t more = *capacity < FIRST_CAPACITY / 2 ? FIRST_CAPACITY : *capacity * 2;
    if (more < wanted)
        more = wanted;
    if (more > SIZE_MAX / size)
        return NULL;
    void *grown = realloc(array, more * size);
    if (grown)
        *capacity = more;
    return grown;
}
