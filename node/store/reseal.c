/*
 * Reseals a batch whose root another account has anchored with another tree size; the anchor calls it. Every credential
 * stays in exactly one batch that is not spoiled, whenever the process dies: the new file names the batch that it
 * replaces, its rename is the moment of change, and a single record both lists the new batch and spoils the old one.
 */
#include <stdlib.h>
#include <string.h>

#include "runtime/log.h"
#include "store/seal.h"

static enum badge_status load_entries(struct seal_job *seal, const struct batch_file *file, struct badge_err *err)
{
    uint32_t n = batch_file_head(file)->n_leaves;
    struct batch_leaf *leaves = malloc(n * sizeof *leaves);
    seal->entries = calloc(n, sizeof *seal->entries);
    if (!leaves || !seal->entries) {
        free(leaves);
        return seal_no_memory(err, n);
    }
    enum badge_status status = batch_file_entries(file, 0, n, leaves, err);
    for (uint32_t i = 0; status == BADGE_OK && i < n; i++) {
        struct pending_entry *entry = &seal->entries[i];
        entry->digest = leaves[i].digest;
        entry->label = leaves[i].label;
        status = batch_file_received(file, &leaves[i], &entry->received_at_s, err);
    }
    seal->n = n;
    free(leaves);
    return status;
}

/* Loads the leaves of the old batch and sets the new head. */
static enum badge_status reseal_begin(struct seal_job *seal, uint32_t number, struct badge_err *err)
{
    struct store *store = seal->store;
    struct store_batch old;
    struct batch_file *file;
    if (!store_accepts(store))
        return seal_refused(err);
    if (!anchors_batch(&store->anchors, number, &old))
        return badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "batch %u not found", number);
    if (old.anchor.state != STORE_ANCHOR_SEALED)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                          "batch %u may have an open transaction or is replaced, so it can't be resealed", number);
    enum badge_status status = batch_file_open_listed(&file, store->batches, &old, err);
    if (status != BADGE_OK)
        return status;
    status = batch_file_check(file, err);
    if (status == BADGE_OK)
        status = load_entries(seal, file, err);
    batch_file_free(file);
    seal->head.replaces = number;
    seal->head.sealed_through = store->anchors.sealed_through; /* changes only under the sealing lock */
    return status;
}

/*
 * Under the commit lock, so that no label arrives while the index is updated: the file has the labels of the first
 * seal, the replay adds the later ones.
 */
static enum badge_status reseal_enter(struct seal_job *seal, struct store_batch *batch, struct badge_err *err)
{
    struct store *store = seal->store;
    pthread_mutex_lock(&store->commit);
    bool sealed = true;
    enum badge_status status = seal_list(seal, batch, &sealed, err);
    bool listed = status == BADGE_OK;
    if (listed)
        status = seal_index(seal, err);
    if (status == BADGE_OK)
        status = digest_index_replay_labels(&store->digest_index, err);
    if (status == BADGE_OK)
        status = digest_index_settle(&store->digest_index, err);
    if (status != BADGE_OK && sealed)
        seal_fail(seal, listed, err);
    pthread_mutex_unlock(&store->commit);
    return status;
}

enum badge_status store_reseal_work(struct store *store, uint32_t number, struct store_batch *out,
                                    struct badge_err *err)
{
    struct badge_err own;
    if (!err)
        err = &own;
    struct seal_job seal = {.store = store};
    bool sealed = false;
    memset(out, 0, sizeof *out);
    pthread_mutex_lock(&store->sealing);
    enum badge_status status = reseal_begin(&seal, number, err);
    if (status == BADGE_OK)
        status = seal_write(&seal, &sealed, err);
    if (status == BADGE_OK)
        status = reseal_enter(&seal, out, err);
    else if (sealed)
        seal_fail(&seal, false, err);
    if (status == BADGE_OK)
        log_info("batch resealed", log_u64("number", out->number), log_u64("replaces", number),
                 log_u64("leaves", out->tree_size), log_hex("root", out->root.b, sizeof out->root.b));
    pthread_mutex_unlock(&store->sealing);
    seal_release(&seal);
    return status;
}
