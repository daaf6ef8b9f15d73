/*
 * Leaf lists fetched from their sources, several at a time, and held against their roots on the pool. For commands: the
 * loop runs until all is done.
 */
#ifndef AUDIT_LEAVES_H
#define AUDIT_LEAVES_H

#include "audit/reconciliation.h"
#include "net/client.h"

struct leaves_item {
    const struct reconciliation_source *source;
    const struct listed_batch *batch; /* its tree_size is what is asked for and held in memory: bound it before */
};

struct leaves_run {
    uv_loop_t *loop;
    struct net_client *client;
    size_t n_items;
    struct leaves_item (*item)(void *context, size_t i);
    /* On the pool, once the leaves give the root; NULL: they are let go at once. A failure ends the run. */
    enum badge_status (*keep_work)(void *context, size_t i, const struct badge_hash *leaf, struct badge_err *err);
    /* On the loop. why: one clause where they are LEAVES_UNREAD. */
    void (*done)(void *context, size_t i, enum reconciliation_leaves found, const char *why);
    void *context;
};
/*
 * Memory: 64 bytes a leaf, of 2^24 leaves in all at most.
 * errors    those of keep_work, BADGE_ENOMEM
 */
enum badge_status leaves_check(const struct leaves_run *run, struct badge_err *err) BADGE_CHECKED;

#endif
