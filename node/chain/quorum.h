/*
 * One request to every quorum member. An answer counts only if all members that answered agree; a member that fails or
 * refuses is left out, or for a cross-check is a failure.
 */
#ifndef CHAIN_QUORUM_H
#define CHAIN_QUORUM_H

#include "chain/provider.h"
#include "runtime/coroutine.h"

struct quorum;

/* Chosen once for many requests, so that all of them go to the same providers. */
struct quorum_members {
    struct providers *providers;
    bool is_member[PROVIDERS_MAX];
    uint64_t head; /* the lowest of theirs: no member is asked for blocks that it does not have */
    struct badge_hash head_hash;
};
/* The members are the providers that are in sync and not stalled, or else all that are up. False if none is up. */
bool quorum_members_choose(struct quorum_members *out, struct providers *providers);
/*
 * For a cross-check of what the current provider says: the others that take part in irreversible decisions, perhaps
 * none. Without a head.
 */
void quorum_members_others(struct quorum_members *out, struct providers *providers);

/* Reads an answer. errors    BADGE_ETYPE: invalid, counts as failed; BADGE_EMISMATCH: differs from those before */
typedef enum badge_status (*quorum_reader)(struct quorum *quorum, const json_t *result);

/* A new one, otherwise zero, for each request. */
struct quorum {
    /* in */
    quorum_reader answer;
    void *context;
    const bool *excluded; /* members to leave out of this request; may be NULL */
    bool cross_check; /* a refusal is a failure too, and each failure ejects its provider, not a Retry-After alone */
    /* out */
    size_t n_answered, n_refused, n_failed; /* refused: with an error that is not transient */
    size_t n_limited;                       /* of n_failed: with an error that may mean "limit exceeded" */
    size_t n_differ, differing;             /* of n_answered; differing: the last of them */
    bool by_all;                            /* every configured provider has answered */
    bool has_refused[PROVIDERS_MAX];
    char why[PROVIDER_WHY_LEN]; /* the last provider that failed or differs, and its error; "" */
    /* private */
    size_t n_open;
    struct coroutine *waiting;
    struct quorum_call {
        struct quorum *quorum;
        struct provider *provider;
        size_t i;
    } call[PROVIDERS_MAX];
};

/* params is taken; quorum_wait() has the result. errors    BADGE_EIO: no member could be queried */
enum badge_status quorum_ask(struct quorum *quorum, const struct quorum_members *quorum_members, const char *method,
                             json_t *params) BADGE_CHECKED;
/* After quorum_ask(), in the coroutine: returns when all have answered. */
void quorum_wait(struct quorum *quorum, struct coroutine *coroutine);

#endif
