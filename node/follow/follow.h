/*
 * Follows the registry: what the chain says of the issuer's credentials, batches and operators, whoever sent it there,
 * read from its events into the store.
 *
 * On the main loop, over the anchor's providers, beside its rounds. What is final is kept; what is above the last final
 * block is held in memory and read again where the chain was reorganized. Where providers disagree, or none answers,
 * what was known stays, and its age is told. follow_health() may be called from any thread.
 */
#ifndef FOLLOW_FOLLOW_H
#define FOLLOW_FOLLOW_H

#include "chain/provider.h"
#include "store/store.h"

struct follow;

struct follow_options {
    uv_loop_t *loop;
    struct store *store;
    struct providers *providers; /* borrowed: they last until their open questions have ended */
    struct badge_address contract, issuer;
    uint64_t confirmations; /* 0: the chain's `finalized` tag */
    /*
     * What has just changed, on the main loop; not what was found when the past was read. undone: a reorganization has
     * taken it back. May be NULL.
     */
    void (*changed)(void *context, const struct store_change *change, bool undone);
    void *context;
};

enum badge_status follow_new(struct follow **out, const struct follow_options *options,
                             struct badge_err *err) BADGE_CHECKED;
/* Asks nothing any more; frees itself as the loop runs out. Before anchor_close(). */
void follow_close(struct follow *follow);

struct follow_health {
    uint64_t block;       /* read up to here; 0: nothing yet */
    uint64_t finalized;   /* and this much of it finally */
    uint64_t age_ms;      /* since that was known to be the present; UINT64_MAX: it never was */
    struct store_gap gap; /* blocks that could not be read: of revocations in them nothing is known */
    const char *code;     /* what is wrong, static; NULL: nothing. "chain_unreachable" "providers_disagree" "no_logs"
                             "logs_pruned" "withdrawal_unconfirmed" "not_kept" */
    char why[PROVIDER_WHY_LEN + 100];
};
void follow_health(struct follow *follow, struct follow_health *out);

#endif
