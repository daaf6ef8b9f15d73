/*
 * Text put together piece by piece, in a room that its writer knows to suffice: more is a mistake of the program.
 */
#ifndef CORE_WRITER_H
#define CORE_WRITER_H

#include <string.h>

#include "badge/status.h"

struct writer {
    char *at, *end; /* end: a place for the NUL left out */
};

static inline void put_bytes(struct writer *writer, const char *bytes, size_t len)
{
    BADGE_ASSERT(len <= (size_t)(writer->end - writer->at));
    memcpy(writer->at, bytes, len);
    writer->at += len;
    *writer->at = '\0';
}

static inline void put(struct writer *writer, const char *text)
{
    put_bytes(writer, text, strlen(text));
}

#endif
