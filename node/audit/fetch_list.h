/*
 * The list of batches of one source, whole: pages of a node, the file of a mirror, the folder of a store. For commands:
 * the loop runs until the list is there.
 */
#ifndef AUDIT_FETCH_LIST_H
#define AUDIT_FETCH_LIST_H

#include "audit/reconciliation.h"
#include "net/client.h"

/*
 * A node that has no pages but the file of a mirror is taken for the mirror that it is: source->kind changes.
 * errors    BADGE_EIO (it can't be reached), BADGE_ENOMEM; any other: what it says can't be a list of batches
 */
enum badge_status fetch_list(struct batch_list *out, struct reconciliation_source *source, uv_loop_t *loop,
                             struct net_client *client, struct badge_err *err) BADGE_CHECKED;

#endif
