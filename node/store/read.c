/*
 * Reads records, receipts and lists of leaves, for api's handlers on the pool. It never returns data from a batch file
 * that does not match the list of batches.
 */
#include <string.h>

#include "runtime/log.h"
#include "store/store_internal.h"

/* A damaged file concerns the operator, so it is logged as well as returned to the caller. */
static enum badge_status report_damage(enum badge_status status, const struct badge_err *cause, struct badge_err *err)
{
    if (status == BADGE_ECORRUPT)
        log_broken("store damaged", log_text("what", cause->text));
    if (status != BADGE_OK && err)
        *err = *cause;
    return status;
}

/* What a record and a receipt say of each state of an anchor. */
static const struct {
    enum store_state record;
    enum badge_anchor_status receipt;
} states[] = {
    [STORE_ANCHOR_SEALED] = {STORE_SEALED, BADGE_ANCHOR_SEALED},
    [STORE_ANCHOR_SIGNED] = {STORE_SEALED, BADGE_ANCHOR_SEALED},
    [STORE_ANCHOR_SENT] = {STORE_SENT, BADGE_ANCHOR_SENT},
    [STORE_ANCHOR_MINED] = {STORE_MINED, BADGE_ANCHOR_MINED},
    [STORE_ANCHOR_FINAL] = {STORE_FINAL, BADGE_ANCHOR_FINAL},
    [STORE_ANCHOR_SPOILED] = {STORE_SEALED, BADGE_ANCHOR_SEALED}, /* find_sealed() never returns it */
};

static enum badge_status find_batch(struct store *store, const struct index_value *value, struct store_batch *out,
                                    struct badge_err *err)
{
    if (anchors_batch(&store->anchors, value->batch, out))
        return BADGE_OK;
    return badge_fail(
        err, BADGE_ECORRUPT, BADGE_NO_OFFSET,
        "the index refers to batch %u, which does not exist: stop the node, remove its index folder and restart",
        value->batch);
}

/*
 * Finds the batch and leaf of a digest. If the index leads to a spoiled batch, a reseal is about to update it, so look
 * again after that.
 */
static enum badge_status find_sealed(struct store *store, const struct badge_hash *digest, struct index_value *value,
                                     struct store_batch *batch, struct badge_err *err)
{
    for (int attempt = 0;; attempt++) {
        enum badge_status status = digest_index_get(&store->digest_index, digest, value, err);
        if (status == BADGE_OK)
            status = find_batch(store, value, batch, err);
        if (status != BADGE_OK || batch->anchor.state != STORE_ANCHOR_SPOILED)
            return status;
        if (attempt > 0)
            return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                              "batch %u could not be resealed: repair the disk, then restart the node", value->batch);
        pthread_mutex_lock(&store->commit);
        pthread_mutex_unlock(&store->commit);
    }
}

enum badge_status store_sealed_record(struct store *store, const struct badge_hash *digest,
                                      const struct index_value *value, struct store_record *out, struct badge_err *err)
{
    struct store_batch batch;
    struct batch_file *file;
    enum badge_status status = find_batch(store, value, &batch, err);
    if (status == BADGE_OK)
        status = batch_cache_get(&store->cache, &batch, &file, err);
    if (status != BADGE_OK)
        return status;
    *out = (struct store_record){.digest = {value->label, *digest},
                                 .state = states[batch.anchor.state].record,
                                 .batch_number = batch.number,
                                 .leaf_index = value->leaf,
                                 .tree_size = batch.tree_size,
                                 .root = batch.root};
    chain_status_find(&store->chain_status, digest, &batch.root, &out->chain_status);
    status = batch_file_find(file, value->leaf, digest, &out->received_at_s, err);
    batch_cache_put(&store->cache, file);
    return status;
}

bool store_find_pending(struct store *store, const struct badge_hash *digest, struct store_record *out)
{
    memset(out, 0, sizeof *out);
    out->state = STORE_PENDING;
    if (!pending_find(&store->pending, digest, &out->digest, &out->received_at_s))
        return false;
    chain_status_find(&store->chain_status, digest, NULL, &out->chain_status);
    return true;
}

enum badge_status store_find_work(struct store *store, const struct badge_hash *digest, struct store_record *out,
                                  struct badge_err *err)
{
    if (store_find_pending(store, digest, out))
        return BADGE_OK;
    struct badge_err cause;
    struct index_value value;
    struct store_batch batch;
    enum badge_status status = find_sealed(store, digest, &value, &batch, &cause);
    if (status == BADGE_OK)
        status = store_sealed_record(store, digest, &value, out, &cause);
    return report_damage(status, &cause, err);
}

static void fill_anchor(struct store *store, const struct store_batch *batch, struct badge_receipt *out)
{
    const struct store_anchor *anchor = &batch->anchor;
    out->chain_id = store->options.chain_id;
    out->contract = store->options.contract;
    out->issuer = store->options.issuer;
    out->status = states[anchor->state].receipt;
    if (out->status == BADGE_ANCHOR_SEALED)
        return;
    out->has_transaction = true;
    out->transaction = anchor->transaction;
    if (out->status == BADGE_ANCHOR_SENT)
        return;
    out->has_sequence = out->has_block = true;
    out->sequence = anchor->sequence;
    out->block_number = anchor->block_number;
    out->block_hash = anchor->block_hash;
    out->block_time_s = anchor->block_time_s;
}

enum badge_status store_receipt_work(struct store *store, const struct badge_hash *digest, struct badge_receipt *out,
                                     struct badge_err *err)
{
    struct badge_err cause;
    struct index_value value;
    struct store_batch batch;
    struct batch_file *file;
    memset(out, 0, sizeof *out);
    enum badge_status status = find_sealed(store, digest, &value, &batch, &cause);
    if (status == BADGE_OK)
        status = batch_cache_get(&store->cache, &batch, &file, &cause);
    if (status != BADGE_OK)
        return report_damage(status, &cause, err);
    out->digest = (struct badge_digest){value.label, *digest};
    out->root = batch.root;
    out->tree_size = batch.tree_size;
    out->leaf_index = value.leaf;
    fill_anchor(store, &batch, out);
    status = batch_file_prove(file, value.leaf, digest, &out->salt, out->path, &out->n_path, &cause);
    batch_cache_put(&store->cache, file);
    if (status != BADGE_OK)
        memset(out, 0, sizeof *out);
    return report_damage(status, &cause, err);
}

enum badge_status store_leaves_work(struct store *store, uint32_t number, uint32_t first, uint32_t n,
                                    struct badge_hash *out, struct badge_err *err)
{
    struct badge_err cause;
    struct store_batch batch;
    struct batch_file *file;
    if (!anchors_batch(&store->anchors, number, &batch))
        return badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "batch %u not found", number);
    enum badge_status status = batch_cache_get(&store->cache, &batch, &file, &cause);
    if (status == BADGE_OK) {
        status = batch_file_leaves(file, first, n, out, &cause);
        batch_cache_put(&store->cache, file);
    }
    return report_damage(status, &cause, err);
}
