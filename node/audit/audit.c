/*
 * The steps of an audit, called by `badge audit`: pin a block, list every source, read the chain, fetch and hash the
 * leaves, judge. What can't be read becomes a finding; only a chain that can't be read ends the audit early.
 */
#include "audit/audit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/checkpoint.h"
#include "audit/fetch_list.h"
#include "audit/leaves.h"

/* Batches of a source that the chain does not have. Each costs two requests to the provider. */
#define MAX_PENDING 4096

void audit_release(struct audit *audit)
{
    reconciliation_release(&audit->reconciliation);
    registry_events_release(&audit->events);
    free(audit->operators);
}

static enum badge_status list_source(struct audit *audit, uint32_t index, struct badge_err *err)
{
    struct reconciliation_source *source = &audit->reconciliation.source[index];
    struct batch_list list = {.max = audit->reconciliation.log.count + MAX_PENDING};
    struct badge_err why = {0};
    enum badge_status status = fetch_list(&list, source, audit->request.client, &why);
    source->is_listed = status == BADGE_OK;
    source->why_status = status;
    memcpy(source->why, why.text, sizeof source->why);
    status = BADGE_OK;
    /* If the list is malformed from some point on, the batches before it are still checked. */
    for (size_t i = 0; i < list.n && status == BADGE_OK; i++)
        status = reconciliation_add_copy(&audit->reconciliation, index, &list.batch[i], err);
    source->n_batches = (uint32_t)list.n;
    batch_list_release(&list);
    return status;
}

static enum badge_status collect(struct audit *audit, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    for (uint32_t i = 0; i < audit->reconciliation.n_sources && status == BADGE_OK; i++)
        status = list_source(audit, i, err);
    if (status == BADGE_OK)
        status = registry_read_events(audit, err);
    for (size_t i = 0; i < audit->events.n && status == BADGE_OK; i++)
        if (audit->events.event[i].kind == REGISTRY_EVENT_ANCHORED)
            status = reconciliation_add_root(&audit->reconciliation, &audit->events.event[i].subject,
                                             &audit->events.event[i].account, err);
    if (status == BADGE_OK)
        status = reconciliation_merge(&audit->reconciliation, err);
    if (status == BADGE_OK)
        status = registry_read_roots(audit, err);
    if (status == BADGE_OK)
        status = registry_read_operators(audit, err);
    return status != BADGE_OK ? status : registry_confirm(audit, err);
}

/* -- leaves -------------------------------------------------------------------------------------------------------- */

struct audit_leaves {
    struct audit *audit;
    struct checkpoint *checkpoint;
    struct reconciliation_copy **copy;
    size_t n, n_done;
};

static struct leaves_item audit_leaves_item(void *context, size_t i)
{
    const struct audit_leaves *leaves = context;
    return (struct leaves_item){.source = &leaves->audit->reconciliation.source[leaves->copy[i]->source],
                                .batch = &leaves->copy[i]->batch};
}

static void audit_leaves_done(void *context, size_t i, enum reconciliation_leaves found, const char *why)
{
    struct audit_leaves *leaves = context;
    struct audit *audit = leaves->audit;
    (void)why;
    leaves->copy[i]->leaves = found;
    if (found == LEAVES_MATCH)
        checkpoint_add(leaves->checkpoint, &audit->reconciliation, leaves->copy[i]);
    leaves->n_done++;
    audit->request.progress(audit->request.context, "batches verified", leaves->n_done, leaves->n);
}

static enum badge_status check_leaves(struct audit *audit, struct badge_err *err)
{
    struct reconciliation *reconciliation = &audit->reconciliation;
    struct audit_leaves leaves = {.audit = audit};
    enum badge_status status = BADGE_OK;
    if (audit->request.checkpoint_file)
        status = checkpoint_open(&leaves.checkpoint, audit->request.checkpoint_file, reconciliation, err);
    if (status != BADGE_OK)
        return status;
    leaves.copy = malloc((reconciliation->n_copies + 1) * sizeof(struct reconciliation_copy *));
    if (!leaves.copy)
        status = badge_no_memory(err);
    for (size_t i = 0; i < reconciliation->n_copies && status == BADGE_OK; i++) {
        struct reconciliation_copy *copy = &reconciliation->copy[i];
        if (!reconciliation_wants_leaves(reconciliation, copy))
            continue;
        copy->from_checkpoint = checkpoint_has(leaves.checkpoint, reconciliation, copy);
        if (copy->from_checkpoint) {
            copy->leaves = LEAVES_MATCH;
            audit->n_from_checkpoint++;
        } else {
            leaves.copy[leaves.n++] = copy;
        }
    }
    struct leaves_run run = {.loop = audit->request.loop,
                             .client = audit->request.client,
                             .n_items = leaves.n,
                             .item = audit_leaves_item,
                             .done = audit_leaves_done,
                             .context = &leaves};
    if (status == BADGE_OK)
        status = leaves_check(&run, err);
    free(leaves.copy);
    checkpoint_close(leaves.checkpoint);
    return status;
}

enum badge_status audit_run(struct audit *audit, struct badge_err *err)
{
    audit->began_s = (int64_t)time(NULL);
    (void)snprintf(audit->provider, sizeof audit->provider, "%s", rpc_name(audit->request.rpc[0]));
    enum badge_status status = registry_pin(audit, err);
    if (status == BADGE_OK)
        status = collect(audit, err);
    if (status == BADGE_OK)
        status = check_leaves(audit, err);
    if (status == BADGE_OK)
        status = reconciliation_judge(&audit->reconciliation, err);
    audit->ended_s = (int64_t)time(NULL);
    return status;
}
