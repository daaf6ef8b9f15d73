/* What C lacks: the length of an array, and the way from a member to the structure that embeds it. */
#ifndef CORE_COMPILER_H
#define CORE_COMPILER_H

#include <stddef.h>

#define ARRAY_LEN(array) (sizeof(array) / sizeof *(array))
#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#endif
