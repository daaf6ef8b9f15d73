/*
 * What the follower reads from the chain: from all quorum members at once. Each function waits, on the follower's
 * coroutine, until all have answered; an answer counts only if all that answered agree.
 */
#ifndef FOLLOW_READER_H
#define FOLLOW_READER_H

#include "follow/decide.h"
#include "runtime/coroutine.h"

struct reader {
    struct badge_address contract, issuer;
    struct coroutine coroutine;
    struct quorum_members members; /* of this round */
    bool closing;                  /* sends no more requests: what waits fails */
    bool excluded[PROVIDERS_MAX];  /* refused even a small range: not asked for events */
    struct quorum quorum;          /* the last request's */
    /* of the last failure */
    const char *code; /* as in struct follow_health */
    char why[PROVIDER_WHY_LEN + 100];
};

/* Notes why the round can't go on, and returns false. */
bool reader_fail(struct reader *reader, const char *code, const char *why);

/* params is taken; answer() gets context as the quorum's. False: no answer to continue with, which is noted. */
bool reader_ask(struct reader *reader, const char *method, json_t *params, quorum_reader answer, void *context);
/* After reader_ask(): all members refused, so they do not have it. */
bool reader_all_refused(const struct reader *reader);
bool reader_block_hash(struct reader *reader, uint64_t number, struct badge_hash *out);
/*
 * The events of a range of blocks in order, each with the time of its block; the caller's: registry_events_release().
 * by_all: every configured provider returned them. An outcome other than SCAN_DONE is noted as a failure.
 */
enum scan_outcome reader_events(struct reader *reader, uint64_t from, uint64_t to, struct registry_events *out,
                                bool *by_all);

#endif
