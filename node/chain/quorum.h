/*
 * One request to every provider that has a say. Nothing is believed that one of those who answer tells otherwise; who
 * fails or refuses has no say in it.
 */
#ifndef CHAIN_QUORUM_H
#define CHAIN_QUORUM_H

#include "chain/provider.h"

#define QUORUM_MAX_MEMBERS 16

struct quorum;

/* Chosen once for many requests, so that all of them are asked of the same. */
struct quorum_members {
    struct providers *providers;
    bool is_member[QUORUM_MAX_MEMBERS];
    uint64_t head; /* the lowest of theirs: no one is asked beyond what it knows */
    struct badge_hash head_hash;
};
/* Those that are in step and move; where none does, all that are up. False where there is none. */
bool quorum_members_choose(struct quorum_members *out, struct providers *providers);

/* Reads an answer. errors    BADGE_ETYPE: it can't be read, and counts as none; BADGE_EMISMATCH: not as those before */
typedef enum badge_status (*quorum_reader)(struct quorum *quorum, const json_t *result);

struct quorum {
    /* the asker's */
    quorum_reader answer;
    void (*done)(struct quorum *quorum); /* once, later: all have answered */
    void *context;
    const bool *excluded; /* of quorum_members that are not asked this; may be NULL */
    /* what came of it */
    size_t n_answered, n_refused, n_failed; /* refused: with an error that says no, not that it passes */
    size_t n_limited;                       /* of the failed: with an error that may as well say "too much" */
    bool differ;
    bool by_all; /* every provider there is has answered */
    bool has_refused[QUORUM_MAX_MEMBERS];
    char why[PROVIDER_WHY_LEN]; /* the last that did not answer, or that differs, and what it said; "" */
    /* its own */
    size_t n_open;
    struct quorum_call {
        struct quorum *quorum;
        struct provider *provider;
        size_t i;
    } call[QUORUM_MAX_MEMBERS];
};

/* params is taken. errors    BADGE_EIO: nobody could be asked, and nothing is called back */
enum badge_status quorum_ask(struct quorum *quorum, const struct quorum_members *quorum_members, const char *method,
                             json_t *params) BADGE_CHECKED;

#endif
