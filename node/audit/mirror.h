/*
 * A mirror: everything that is needed to audit a node, as files that any web server can serve.
 *
 *   v1/batches.json            {"batches": […]}: all of them, newest first, each as the node describes it
 *   v1/batches/NUMBER/leaves   the leaf hashes, 32 bytes each, in order
 *
 * Nothing else is ever written. Leaf hashes are salted, so they reveal neither digests nor credentials.
 */
#ifndef AUDIT_MIRROR_H
#define AUDIT_MIRROR_H

#include "audit/reconciliation.h"
#include "net/client.h"

struct mirror_request {
    uv_loop_t *loop;
    struct net_client *client;
    const char *folder;
    struct reconciliation_source *source;
    void (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
};
struct mirror_result {
    uint64_t n_batches, n_new, n_bytes; /* n_bytes of leaves that were fetched */
};
/*
 * Fetches what the folder does not have yet. Leaves that do not match their root are rejected. The list is written
 * last, in one step, so the mirror is complete at any moment. errors    BADGE_EIO (the source, or the disk),
 * BADGE_EMISMATCH (leaves, or a batch that is not the one that was mirrored), BADGE_ENOMEM, those of batch_list_read()
 */
enum badge_status mirror_update(const struct mirror_request *request, struct mirror_result *out,
                                struct badge_err *err) BADGE_CHECKED;

#endif
