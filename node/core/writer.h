/*
 * Text written piece by piece into a buffer that is always large enough: an overflow is a bug, and asserts.
 */
#ifndef CORE_WRITER_H
#define CORE_WRITER_H

#include <string.h>

#include "badge/status.h"

struct text_writer {
    char *at, *end; /* end leaves room for the NUL */
};

static inline void put_bytes(struct text_writer *writer, const char *bytes, size_t len)
{
    BADGE_ASSERT(len <= (size_t)(writer->end - writer->at));
    memcpy(writer->at, bytes, len);
    writer->at += len;
    *writer->at = '\0';
}

static inline void put(struct text_writer *writer, const char *text)
{
    put_bytes(writer, text, strlen(text));
}

#endif
