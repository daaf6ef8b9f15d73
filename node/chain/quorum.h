/*
 * One question to every provider that has a say. Nothing is believed that one of those who answer tells otherwise; who
 * fails or refuses has no say in it.
 */
#ifndef CHAIN_QUORUM_H
#define CHAIN_QUORUM_H

#include "chain/provider.h"

#define POLL_MAX_VOTERS 16

struct poll;

/* Chosen once for many questions, so that all of them are asked of the same. */
struct voters {
    struct providers *providers;
    bool has_say[POLL_MAX_VOTERS];
    uint64_t head; /* the lowest of theirs: no one is asked beyond what it knows */
    struct badge_hash head_hash;
};
/* Those that are in step and move; where none does, all that are up. False where there is none. */
bool voters_choose(struct voters *out, struct providers *providers);

/* Reads an answer. errors    BADGE_ETYPE: it can't be read, and counts as none; BADGE_EMISMATCH: not as those before */
typedef enum badge_status (*poll_answer)(struct poll *poll, const json_t *result);

struct poll {
    /* the asker's */
    poll_answer answer;
    void (*done)(struct poll *poll); /* once, later: all have answered */
    void *context;
    const bool *silent; /* of voters that are not asked this; may be NULL */
    /* what came of it */
    size_t n_answered, n_refused, n_failed; /* refused: with an error that says no, not that it passes */
    size_t n_limited;                       /* of the failed: with an error that may as well say "too much" */
    bool differ;
    bool by_all; /* every provider there is has answered */
    bool has_refused[POLL_MAX_VOTERS];
    char why[PROVIDER_WHY_LEN]; /* the last that did not answer, or that differs, and what it said; "" */
    /* its own */
    size_t n_open;
    struct poll_voice {
        struct poll *poll;
        struct provider *provider;
        size_t i;
    } voice[POLL_MAX_VOTERS];
};

/* params is taken. errors    BADGE_EIO: nobody could be asked, and nothing is called back */
enum badge_status poll_ask(struct poll *poll, const struct voters *voters, const char *method, json_t *params)
    __attribute__((warn_unused_result));

#endif
