/*
 * Fetches leaf lists from their sources, several at a time, and checks them against their roots on the pool. For
 * commands: runs the loop until all are done.
 */
#ifndef AUDIT_LEAVES_H
#define AUDIT_LEAVES_H

#include "audit/reconciliation.h"
#include "net/client.h"

struct leaves_item {
    const struct reconciliation_source *source;
    const struct listed_batch *batch; /* its tree_size bounds the memory: check it before */
};

struct leaves_run {
    uv_loop_t *loop;
    struct net_client *client;
    size_t n_items;
    struct leaves_item (*item)(void *context, size_t i);
    /* On the pool, if the leaves match the root; NULL: they are freed at once. A failure ends the run. */
    enum badge_status (*save_work)(void *context, size_t i, const struct badge_hash *leaf, struct badge_err *err);
    /* On the loop. why: one clause if found is LEAVES_UNREAD. */
    void (*done)(void *context, size_t i, enum reconciliation_leaves found, const char *why);
    void *context;
};
/*
 * Memory: 64 bytes for each of at most 2^24 leaves at a time.
 * errors    those of save_work, BADGE_ENOMEM
 */
enum badge_status leaves_check(const struct leaves_run *run, struct badge_err *err) BADGE_CHECKED;

#endif
