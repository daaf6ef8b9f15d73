/*
 * The complete list of batches of one source: pages of a node, the file of a mirror, the folder of a store. For
 * commands: runs the client's loop until the list has arrived.
 */
#ifndef AUDIT_FETCH_LIST_H
#define AUDIT_FETCH_LIST_H

#include "audit/reconciliation.h"
#include "net/client.h"

/*
 * If a node has the file of a mirror in place of pages, it is treated as a mirror: source->kind changes.
 * errors    BADGE_EIO (it can't be reached), BADGE_ENOMEM; any other: its answer is not a list of batches
 */
enum badge_status fetch_list(struct batch_list *out, struct reconciliation_source *source, struct net_client *client,
                             struct badge_err *err) BADGE_CHECKED;

#endif
