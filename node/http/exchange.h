/*
 * One request and its answer, as the handlers see them. The server calls a route's functions in this order, always on
 * the thread of the exchange's loop:
 *
 *   open   the headers are there and allowed (NULL: nothing to do); may answer: the body is then not read
 *   data   each part of the body, unless the exchange was answered
 *   run    the request is complete: answers, or starts an operation and waits
 *   end    the answer is sent or the client is gone, and there is an x->state: releases what it holds. The state itself
 *          is freed afterwards. Never while the exchange waits
 *
 * An exchange that waits is resumed with exchange_resume() once it is answered; until then its connection is suspended
 * and stays in memory. `data` may slow a body down by waiting without an answer: after the resume it continues.
 */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "http/ip_address.h"
#include "http/loop.h"
#include "http/media.h"
#include "http/problem.h"
#include "http/reply.h"

struct route;
struct http_module;

/* EXCHANGE_REFUSED: answered before the end of its request, and nothing more is sent. */
enum exchange_stage { EXCHANGE_HEADERS, EXCHANGE_BODY, EXCHANGE_COMPLETE, EXCHANGE_SENT, EXCHANGE_REFUSED };

struct exchange {
    struct loop *loop;
    struct MHD_Connection *mhd;
    const struct route *route;        /* NULL: not found */
    const struct http_module *module; /* of the route */
    void *loop_state;                 /* what the module keeps on this loop */
    char *path;                       /* as sent, without the query */
    const char *query;                /* after the '?', else "" */
    struct badge_hash digest;         /* {digest} of the path */
    bool has_no_digest;               /* that part of the path is not a digest */
    uint32_t number;                  /* {number} of the path */
    uint64_t max_body;                /* longer is PROBLEM_TOO_LARGE; open() may change it */
    const char *max_body_setting;     /* and this: the setting that max_body is of; NULL: none */
    uint64_t content_length;          /* announced; 0 for a chunked body */
    uint64_t body_len;                /* received so far */
    bool has_body;                    /* Content-Length above 0, or chunked */
    void *state;                      /* the handler's: exchange_new_state() */
    struct loop_job job;              /* of exchange_run_job() */
    void (*work)(struct exchange *x), (*done)(struct exchange *x);
    enum exchange_stage stage;
    bool waiting;
    bool is_open, must_close;
    bool is_https;            /* according to a trusted proxy */
    unsigned scopes;          /* of the token, where the route checks one */
    struct ip_address client; /* behind a trusted proxy: as the proxy reports it */
    size_t reserved;          /* its share of the loop's budget */
    uint64_t started_ns;
    char id[65];
    const char *method;
    struct reply reply;
    struct json_out json; /* into reply.body */
};

/* -- for handlers ------------------------------------------------------------------------------------------------ */

/* A header of the request, NULL where it is missing. */
const char *exchange_header(const struct exchange *x, const char *name);
/* A parameter of the query as it was sent, the first of this name; NULL where it is missing. */
const char *exchange_parameter(const struct exchange *x, const char *name, size_t *len);
/* A decimal number of the query; false (and answered) if it is malformed or out of range; absent: fallback. */
bool exchange_number(struct exchange *x, const char *name, uint64_t *out, uint64_t fallback, uint64_t min,
                     uint64_t max);

/* What the handler keeps until the exchange ends, zeroed; also in x->state. NULL (and answered): no memory. */
void *exchange_new_state(struct exchange *x, size_t size) BADGE_CHECKED;

void exchange_wait(struct exchange *x);
void exchange_resume(struct exchange *x);
/*
 * work on the pool, which uses nothing but x->state and what is constant in x; then done on the loop, which resumes the
 * exchange or runs another job. The exchange waits from now on.
 */
void exchange_run_job(struct exchange *x, void (*work)(struct exchange *x), void (*done)(struct exchange *x));
/*
 * Raises the exchange's share of the memory for bodies, received or sent, to at least len bytes, before they are used;
 * false (and answered) if the loop holds too much, or never has so much.
 */
bool exchange_reserve(struct exchange *x, uint64_t len);

bool exchange_answered(const struct exchange *x);
/* An answer in JSON, which the caller writes. */
struct json_out *exchange_json(struct exchange *x, unsigned status);
/* Static bytes. */
void exchange_fixed(struct exchange *x, const char *content_type, const void *bytes, size_t len);
void exchange_add_header(struct exchange *x, const char *name, const char *format, ...) BADGE_PRINTF(3, 4);
/* Replaces an answer that was begun. */
void exchange_problem(struct exchange *x, enum problem problem, const char *format, ...) BADGE_PRINTF(3, 4);
void exchange_problem_at(struct exchange *x, enum problem problem, const char *detail, size_t offset);
/* As problem_write_rules() writes it. */
void exchange_problem_rules(struct exchange *x, enum problem problem, const char *detail, size_t offset,
                            const char *conformance);
void exchange_no_memory(struct exchange *x);
/* PROBLEM_TOO_LARGE: a body of len bytes, or of more than max_body if len is 0. Names the setting. */
void exchange_too_large(struct exchange *x, uint64_t len);
/* For a digest whose record or receipt could not be read: it is unknown (BADGE_ENOTFOUND), or the store has failed. */
void exchange_unread(struct exchange *x, enum badge_status status, const struct badge_err *err);

/* -- for the server ---------------------------------------------------------------------------------------------- */

/* The connection's next exchange; the one before was released. uri: as sent, with the query. */
void exchange_begin(struct connection *connection, const char *uri);
/* The handler has finished, its answer may still be unsent: calls `end`, returns the reserved memory. */
void exchange_end_handler(struct exchange *x);
/* Does nothing if it was released already. */
void exchange_release(struct exchange *x);

#endif
