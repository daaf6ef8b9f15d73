/*
 * One request and its answer, as the handlers see them. The server calls a route's functions in this order, always on
 * the thread of the exchange's loop:
 *
 *   open   the headers are there and allowed (NULL: nothing to do); may answer: the body is then not read
 *   data   each piece of the body, unless the exchange was answered
 *   run    the request is complete: answers, or begins something and waits
 *   end    the answer is sent or the client is gone, and there is an x->state: frees it, or lets go of it. Never while
 *          it waits
 *
 * Whoever waits is woken with exchange_resume() once the answer is there; until then its connection is suspended and
 * can't die. A body may be slowed down in `data` by waiting without an answer: after the resume it goes on.
 */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "http/ip_address.h"
#include "http/loop.h"
#include "http/media.h"
#include "http/problem.h"

struct route;
struct http_module;
struct MHD_Connection;

/* A body that is produced as it is sent, in blocks of which the library holds one. */
#define STREAM_BLOCK_LEN (32u * 1024)
struct stream {
    /*
     * Up to max bytes from pos on; 0: it waits (exchange_wait() was called); -1: the connection has to be cut;
     * STREAM_END: it was of unknown length, and ends here.
     */
    ssize_t (*read)(struct exchange *x, uint64_t pos, char *out, size_t max);
};
#define STREAM_END (-2)
#define STREAM_ENDLESS UINT64_MAX /* reply.len of a stream that goes on until somebody has had enough */

#define REPLY_MAX_PIECES 16

struct reply {
    unsigned status; /* 0: not answered */
    const char *content_type;
    const char *cache_control; /* NULL: no-store */
    char etag[72];             /* with its quotes; "": made from the body if cache_control is set */
    struct strbuf head;        /* more headers: name, NUL, value, NUL … */
    /* the body: one of these */
    struct strbuf body;
    const void *fixed;            /* bytes that stay: static, or until release(owner) was called */
    void (*release)(void *owner); /* NULL: nothing to release */
    void *owner;
    int fd; /* -1: none */
    const struct stream *stream;
    const struct piece *pieces; /* kept by the handler's state, as what they point to */
    size_t n_pieces;            /* at most REPLY_MAX_PIECES */
    uint64_t len;               /* of fixed, fd and stream */
};

/* Once: the bytes of `fixed` are not needed any more. */
void reply_release_owner(struct reply *reply);

enum exchange_stage { EXCHANGE_HEADERS, EXCHANGE_BODY, EXCHANGE_COMPLETE, EXCHANGE_SENT };

struct exchange {
    struct loop *loop;
    struct MHD_Connection *connection;
    const struct route *route;        /* NULL: none was found */
    const struct http_module *module; /* of the route */
    void *loop_state;                 /* what the module keeps on this loop */
    char *path;                       /* as sent, without the query */
    const char *query;                /* after the '?', else "" */
    struct badge_hash digest;         /* {digest} of the path */
    bool has_no_digest;               /* what stands there is none */
    uint32_t number;                  /* {number} of the path */
    uint64_t max_body;                /* longer is PROBLEM_TOO_LARGE; open() may change it */
    uint64_t content_length;          /* announced; 0 for a chunked body */
    uint64_t body_len;                /* received so far */
    bool has_body;                    /* Content-Length above 0, or chunked */
    void *state;                      /* the handler's */
    enum exchange_stage stage;
    bool waiting;
    bool is_open, must_close;
    bool is_https;            /* so a trusted proxy says */
    unsigned scopes;          /* of the token, where the route looks at one */
    struct ip_address client; /* behind a trusted proxy, whom the proxy says it is */
    size_t reserved;          /* its share of exchange_budget() */
    uint64_t started_ns;
    char id[65];
    const char *method;
    struct reply reply;
};

/* A header of the request, NULL where it is missing. */
const char *exchange_header(const struct exchange *x, const char *name);
/* A decimal number of the query; false (and answered) if it is malformed or out of range; absent: fallback. */
bool exchange_number(struct exchange *x, const char *name, uint64_t *out, uint64_t fallback, uint64_t min,
                     uint64_t max);

void exchange_wait(struct exchange *x);
void exchange_resume(struct exchange *x);
/*
 * Makes sure that the exchange's share of the memory for bodies, received or sent, is len bytes at least; false (and
 * answered) when the loop holds too much. Asked for early, it lets some requests through where otherwise all would stop
 * half-way.
 */
bool exchange_reserve(struct exchange *x, uint64_t len);
struct memory_budget *exchange_budget(const struct exchange *x);

bool exchange_answered(const struct exchange *x);
/* An answer in JSON; the caller writes into what is returned. */
struct strbuf *exchange_json(struct exchange *x, unsigned status);
/* Static bytes. */
void exchange_fixed(struct exchange *x, const char *content_type, const void *bytes, size_t len);
void exchange_add_header(struct exchange *x, const char *name, const char *format, ...) BADGE_PRINTF(3, 4);
/* Replaces an answer that was begun. */
void exchange_problem(struct exchange *x, enum problem problem, const char *format, ...) BADGE_PRINTF(3, 4);
void exchange_problem_at(struct exchange *x, enum problem problem, const char *detail, size_t offset);
void exchange_no_memory(struct exchange *x);

#endif
