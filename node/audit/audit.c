/*
 * The course of an audit, called by `badge audit`: pin a block, list every source, read the chain, fetch and hash the
 * leaves, judge. What can't be read becomes a finding that says so; only a chain that can't be asked ends it early.
 */
#include "audit/audit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/checkpoint.h"
#include "audit/fetch_list.h"
#include "audit/leaves.h"

#define MAX_PENDING                                                                                                    \
    4096 /* batches of a source that the chain does not have: each costs two questions to the provider */

void audit_release(struct audit *audit)
{
    reconciliation_release(&audit->reconciliation);
    registry_events_release(&audit->events);
    free(audit->operators);
    audit->operators = NULL;
}

static enum badge_status list_source(struct audit *audit, uint32_t index, struct badge_err *err)
{
    struct reconciliation_source *source = &audit->reconciliation.source[index];
    struct batch_list list = {.max = audit->reconciliation.log.count + MAX_PENDING};
    struct badge_err why = {0};
    enum badge_status status = fetch_list(&list, source, audit->request.loop, audit->request.client, &why);
    source->is_listed = status == BADGE_OK;
    source->why_status = status;
    memcpy(source->why, why.text, sizeof source->why);
    status = BADGE_OK;
    /* Of a list that ends in nonsense, what came before is still looked at. */
    for (size_t i = 0; i < list.n && status == BADGE_OK; i++)
        status = reconciliation_add_copy(&audit->reconciliation, index, &list.batch[i], err);
    source->n_batches = (uint32_t)list.n;
    batch_list_release(&list);
    return status;
}

static enum badge_status gather(struct audit *audit, struct badge_err *err)
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
    return status != BADGE_OK ? status : registry_read_operators(audit, err);
}

/* -- leaves -------------------------------------------------------------------------------------------------------- */

struct leaves_of_audit {
    struct audit *audit;
    struct audit_state *state;
    struct reconciliation_copy **copy;
    size_t n, n_done;
};

static struct leaves_item item(void *context, size_t i)
{
    const struct leaves_of_audit *leaves = context;
    return (struct leaves_item){.source = &leaves->audit->reconciliation.source[leaves->copy[i]->source],
                                .batch = &leaves->copy[i]->batch};
}

static void done(void *context, size_t i, enum reconciliation_leaves found, const char *why)
{
    struct leaves_of_audit *leaves = context;
    struct audit *audit = leaves->audit;
    (void)why;
    leaves->copy[i]->leaves = found;
    if (found == LEAVES_HOLD)
        checkpoint_add(leaves->state, &audit->reconciliation, leaves->copy[i]);
    leaves->n_done++;
    if (audit->request.progress)
        audit->request.progress(audit->request.context, "batches verified", leaves->n_done, leaves->n);
}

static enum badge_status check_leaves(struct audit *audit, struct badge_err *err)
{
    struct reconciliation *reconciliation = &audit->reconciliation;
    struct leaves_of_audit leaves = {.audit = audit};
    enum badge_status status = BADGE_OK;
    if (audit->request.state_file)
        status = checkpoint_open(&leaves.state, audit->request.state_file, reconciliation, err);
    if (status != BADGE_OK)
        return status;
    leaves.copy = malloc((reconciliation->n_copies + 1) * sizeof(struct reconciliation_copy *));
    if (!leaves.copy)
        status = badge_no_memory(err);
    for (size_t i = 0; i < reconciliation->n_copies && status == BADGE_OK; i++) {
        struct reconciliation_copy *copy = &reconciliation->copy[i];
        if (!reconciliation_wants_leaves(reconciliation, copy))
            continue;
        copy->from_state = checkpoint_has(leaves.state, reconciliation, copy);
        if (copy->from_state) {
            copy->leaves = LEAVES_HOLD;
            audit->n_from_state++;
        } else {
            leaves.copy[leaves.n++] = copy;
        }
    }
    struct leaves_run run = {.loop = audit->request.loop,
                             .client = audit->request.client,
                             .n_items = leaves.n,
                             .item = item,
                             .done = done,
                             .context = &leaves};
    if (status == BADGE_OK)
        status = leaves_check(&run, err);
    free(leaves.copy);
    checkpoint_close(leaves.state);
    return status;
}

enum badge_status audit_run(struct audit *audit, struct badge_err *err)
{
    audit->began_s = (int64_t)time(NULL);
    (void)snprintf(audit->provider, sizeof audit->provider, "%s", rpc_name(audit->request.rpc[0]));
    enum badge_status status = registry_pin(audit, err);
    if (status == BADGE_OK)
        status = gather(audit, err);
    if (status == BADGE_OK)
        status = check_leaves(audit, err);
    if (status == BADGE_OK)
        status = reconciliation_judge(&audit->reconciliation, err);
    audit->ended_s = (int64_t)time(NULL);
    return status;
}
