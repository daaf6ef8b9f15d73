/*
 * Status lists in memory, each fetched whole, verified, inflated on the pool and then shared by all verifications of a
 * process. Bounded in number and in bytes. A list is used as long as it says (its `ttl`, its own end, and what its host
 * says of caches); if it can't be fetched again, for max_age longer at most, and what rests on it says how old it is. A
 * node fetches the lists that are in use again by itself, so that a host sees nobody's verifications. Only on the loop.
 */
#ifndef AUDIT_STATUS_LISTS_H
#define AUDIT_STATUS_LISTS_H

#include "audit/proof_query.h"
#include "badge/status_list.h"

#define STATUS_LISTS_MAX 256                       /* that are cached */
#define STATUS_LISTS_MAX_BYTES ((size_t)128 << 20) /* of all of them */
#define STATUS_LISTS_MAX_LOADS 64                  /* that are being fetched and read, or wait for that */
#define STATUS_LISTS_DEFAULT_MAX_AGE_MS 3600000

struct status_lists;

struct status_lists_options {
    uv_loop_t *loop;
    struct issuer_documents *documents;      /* fetches; borrowed until `closed` */
    struct processors *processors;           /* with what was given by hand; held */
    const struct issuer_fetch_policy *fetch; /* borrowed until `closed` */
    uint64_t max_age_ms;                     /* how long a list is used beyond its time that can't be fetched again */
    bool is_node;                            /* lists in use are fetched again by a timer */
    /* 0: the default; for tests */
    size_t max_bytes;
    uint64_t tick_ms;
};
enum badge_status status_lists_new(struct status_lists **out, const struct status_lists_options *options,
                                   struct badge_err *err) BADGE_CHECKED;
/*
 * When no waiter is left; what the timer has begun is ended first, for which the requests of the client have to end.
 * closed    then, maybe at once: the documents are not used any more, and the lists are gone; may be NULL
 */
void status_lists_close(struct status_lists *lists, void (*closed)(void *context), void *context);
/* What was given by hand has changed: no list that was read before counts any more. */
void status_lists_use(struct status_lists *lists, struct processors *processors);

struct status_answer {
    const struct badge_status_list *list; /* NULL: why */
    const char *why;                      /* one clause */
    bool is_stale;                        /* its time is over, and it could not be fetched again */
    int64_t read_s;
};

/* The caller's; it must live until its callback runs. */
struct status_waiter {
    void (*callback)(void *context, const struct status_answer *answer); /* borrowed until it returns */
    void *context;
    struct status_waiter *next;
};

/*
 * The list at this URL: the one given by hand, or cached, or fetched. If it is there, or can't be had, returns the
 * answer, borrowed until the next call. NULL: the waiter is called exactly once, later.
 * client    as for issuer_documents_ask()
 */
const struct status_answer *status_lists_ask(struct status_lists *lists, const char *url, const uint8_t *client,
                                             struct status_waiter *waiter);

#endif
