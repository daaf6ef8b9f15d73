/*
 * Follows the registry: reads its events about the issuer's credentials, batches and operators, from any sender, into
 * the store.
 *
 * Runs on the main loop, over the anchor's providers, beside its rounds. Final events are stored; those above the last
 * final block are kept in memory and read again after a reorganization. If providers disagree, or none answers, the
 * known state remains, and follow_health() reports its age. follow_health() may be called from any thread.
 */
#ifndef FOLLOW_FOLLOW_H
#define FOLLOW_FOLLOW_H

#include "chain/provider.h"
#include "store/store.h"

struct follow;

struct follow_options {
    uv_loop_t *loop;
    struct store *store;
    struct providers *providers; /* borrowed: they last until their open requests have ended */
    struct badge_address contract, issuer;
    uint64_t confirmations; /* 0: the chain's `finalized` tag */
    /*
     * A new change, on the main loop; not called for changes found during the first sync. undone: a reorganization has
     * reverted it. May be NULL.
     */
    void (*on_change)(void *context, const struct store_change *change, bool undone);
    /* The first sync has ended, and found changes. May be NULL. */
    void (*on_synced)(void *context);
    void *context;
};

enum badge_status follow_new(struct follow **out, const struct follow_options *options,
                             struct badge_err *err) BADGE_CHECKED;
/* Sends no more requests; frees itself when the loop ends. Before anchor_close(). */
void follow_close(struct follow *follow);

struct follow_health {
    uint64_t block;       /* scanned up to here; 0: nothing yet */
    uint64_t finalized;   /* final up to here */
    uint64_t age_ms;      /* since the state was last known to be current; UINT64_MAX: never */
    struct store_gap gap; /* blocks that could not be read: revocations in them are unknown */
    const char *code;     /* what is wrong, static; NULL: nothing. "chain_unreachable" "providers_disagree" "no_logs"
                             "logs_pruned" "withdrawal_unconfirmed" "not_kept" */
    char why[PROVIDER_WHY_LEN + 100];
};
void follow_health(struct follow *follow, struct follow_health *out);

#endif
