/*
 * An answer, as a handler fills it in and the server sends it.
 */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include <sys/types.h>

#include "http/strbuf.h"

struct exchange;

/* A body that is produced while it is sent, in blocks; libmicrohttpd keeps one block at a time. */
#define STREAM_BLOCK_LEN (32u * 1024)
struct stream {
    /*
     * Up to max bytes from pos on; 0: nothing yet, exchange_wait() was called; STREAM_END: the end of a body of unknown
     * length; STREAM_ERROR: close the connection.
     */
    ssize_t (*read)(struct exchange *x, uint64_t pos, char *out, size_t max);
};
#define STREAM_END (-1)
#define STREAM_ERROR (-2)
#define STREAM_ENDLESS UINT64_MAX /* reply.len of a stream that goes on until the client or the server ends it */

/* A part of a body, where it lies in memory. */
struct reply_piece {
    const void *bytes;
    size_t len;
};
#define REPLY_MAX_PIECES 16

struct reply {
    unsigned status; /* 0: not answered */
    const char *content_type;
    const char *cache_control; /* NULL: no-store */
    char etag[72];             /* with its quotes; "": made from the body if cache_control is set */
    struct strbuf head;        /* more headers: name, NUL, value, NUL … */
    /* the body: one of these */
    struct strbuf body;
    const void *fixed; /* static bytes */
    int fd;            /* -1: none */
    const struct stream *stream;
    const struct reply_piece *pieces; /* owned by the handler's state, as are the bytes they point to */
    size_t n_pieces;                  /* at most REPLY_MAX_PIECES */
    uint64_t len;                     /* of fixed, fd and stream */
};

static inline bool reply_is_endless(const struct reply *reply)
{
    return reply->stream && reply->len == STREAM_ENDLESS;
}

#endif
