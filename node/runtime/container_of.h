/* From a member to the structure that it is embedded in. */
#ifndef RUNTIME_CONTAINER_OF_H
#define RUNTIME_CONTAINER_OF_H

#include <stddef.h>

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#endif
