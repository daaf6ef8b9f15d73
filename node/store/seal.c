/*
 * Seals batches; the batch module calls it when a batch closes. Every credential is always either pending or in a
 * batch, whatever fails and whenever the process dies: the rename of the batch file is the moment of change, and the
 * file holds the sequence number of the journal up to which everything is sealed.
 *
 * It also reseals a batch whose root another account has anchored with another tree size; the anchor calls that. Every
 * credential stays in exactly one batch that is not spoiled: the new file names the batch that it replaces, and a
 * single record both lists the new batch and spoils the old one.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "runtime/failpoint.h"
#include "runtime/log.h"
#include "store/store_internal.h"

/* A seal or a reseal. The store's sealing lock is held throughout. */
struct seal_job {
    struct store *store;
    uint32_t n;
    struct pending_entry *entries; /* copied at the start of the seal */
    struct batch_head head;
    uint32_t *order;          /* the index of the entry at each leaf */
    struct badge_hash *above; /* the tree */
};

static void seal_release(struct seal_job *seal)
{
    badge_wipe(&seal->head.secret, sizeof seal->head.secret);
    free(seal->entries);
    free(seal->order);
    free(seal->above);
}

static enum badge_status seal_no_memory(struct badge_err *err, size_t n)
{
    (void)badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET,
                     "out of memory sealing %zu credentials: lower batch.max_leaves", n);
    return BADGE_ENOMEM;
}

static enum badge_status seal_refused(struct badge_err *err)
{
    return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                      "the store accepts no writes after an earlier failure: see /readyz");
}

/* Under the commit lock: takes the oldest entries and rotates the journal. */
static enum badge_status seal_begin(struct seal_job *seal, size_t max_leaves, struct badge_err *err)
{
    struct store *store = seal->store;
    if (!store_accepts(store))
        return seal_refused(err);
    size_t n = pending_count(&store->pending), most = max_leaves < BADGE_MAX_LEAVES ? max_leaves : BADGE_MAX_LEAVES;
    if (n > most)
        n = most;
    if (n == 0)
        return BADGE_OK;
    seal->entries = malloc(n * sizeof *seal->entries);
    if (!seal->entries)
        return seal_no_memory(err, n);
    enum badge_status status = journal_rotate(&store->journal, err);
    if (status != BADGE_OK) {
        if (store->journal.current.failed)
            store_fail(store, err, true);
        return status;
    }
    for (size_t i = 0; i < n; i++)
        seal->entries[i] = *pending_at(&store->pending, i);
    seal->n = (uint32_t)n;
    store->sealing_through = store->pending.table.first + n;
    seal->head.sealed_through = store->sealing_through;
    return BADGE_OK;
}

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

static int compare_leaves(const void *a, const void *b, void *leaves)
{
    const struct badge_hash *leaf = leaves;
    return badge_hash_compare(&leaf[*(const uint32_t *)a], &leaf[*(const uint32_t *)b]);
}

static enum badge_status build_tree(struct seal_job *seal, struct badge_err *err)
{
    size_t n = seal->n, n_above = badge_tree_n_above(n);
    struct badge_hash *leaves = malloc(n * sizeof *leaves); /* as the entries are */
    struct badge_hash *sorted = malloc(n * sizeof *sorted);
    seal->order = malloc(n * sizeof *seal->order);
    seal->above = malloc((n_above + 1) * sizeof *seal->above);
    enum badge_status status = BADGE_OK;
    if (!leaves || !sorted || !seal->order || !seal->above) {
        status = seal_no_memory(err, n);
        goto out;
    }
    struct badge_hmac secret;
    badge_hmac_init(&secret, seal->head.secret.b, sizeof seal->head.secret.b);
    for (uint32_t i = 0; i < n; i++) {
        struct badge_hash salt;
        badge_leaf_salt(&salt, &secret, &seal->entries[i].digest);
        badge_leaf_hash(&leaves[i], &salt, &seal->entries[i].digest);
        seal->order[i] = i;
    }
    badge_wipe(&secret, sizeof secret);
    qsort_r(seal->order, n, sizeof *seal->order, compare_leaves, leaves);
    for (size_t i = 0; i < n; i++)
        sorted[i] = leaves[seal->order[i]];
    status = badge_tree_build(&seal->head.root, seal->above, sorted, n, err);
out:
    free(leaves);
    free(sorted);
    return status;
}

/* All steps up to the rename; *sealed is *renamed of batch_file_write(). */
static enum badge_status seal_write(struct seal_job *seal, bool *sealed, struct badge_err *err)
{
    const struct store_options *options = &seal->store->options;
    struct batch_head *head = &seal->head;
    head->number = anchors_n_batches(&seal->store->anchors) + 1;
    head->n_leaves = seal->n;
    head->chain_id = options->chain_id;
    head->contract = options->contract;
    head->issuer = options->issuer;
    head->sealed_at_s = (int64_t)time(NULL);
    if (getrandom(head->secret.b, sizeof head->secret.b, 0) != (ssize_t)sizeof head->secret.b)
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "no random bytes from the operating system");
    enum badge_status status = build_tree(seal, err);
    if (status != BADGE_OK)
        return status;
    return batch_file_write(seal->store->batches, head, seal->entries, seal->order, seal->above, sealed, err);
}

static enum badge_status seal_index(struct seal_job *seal, struct badge_err *err)
{
    struct batch_leaf *leaves = malloc(seal->n * sizeof *leaves);
    if (!leaves)
        return seal_no_memory(err, seal->n);
    for (uint32_t i = 0; i < seal->n; i++) {
        const struct pending_entry *entry = &seal->entries[seal->order[i]];
        leaves[i] = (struct batch_leaf){.digest = entry->digest, .index = i, .label = entry->label};
    }
    enum badge_status status = digest_index_add(&seal->store->digest_index, seal->head.number, leaves, seal->n, err);
    free(leaves);
    return status;
}

/* Indexes the labels that arrived during the seal. */
static enum badge_status index_new_labels(struct seal_job *seal, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    for (uint32_t i = 0; status == BADGE_OK && i < seal->n; i++) {
        const struct pending_entry *now = pending_at(&seal->store->pending, i);
        if (now->label != seal->entries[i].label)
            status = digest_index_relabel(&seal->store->digest_index,
                                          &(struct badge_digest){(enum badge_label)now->label, now->digest}, err);
    }
    return status;
}

static void drop_sealed(struct seal_job *seal)
{
    FAILPOINT("pending", "drop");
    pending_drop(&seal->store->pending, seal->n);
    FAILPOINT("pending", "dropped");
    journal_trim(&seal->store->journal, seal->head.sealed_through);
}

/*
 * Adds the batch to the list. Sets *sealed to false if there was no disk space for that and the batch file was deleted
 * again: then nothing has changed.
 */
static enum badge_status seal_list(struct seal_job *seal, bool *sealed, struct badge_err *err)
{
    struct store *store = seal->store;
    enum badge_status status = anchors_seal(&store->anchors, &seal->head, err);
    if (status == BADGE_EIO && !store->anchors.file.failed)
        *sealed = batch_file_remove(store->batches, seal->head.number, NULL) != BADGE_OK;
    return status;
}

/*
 * Stops the store after a seal that failed after its rename. If the batch was listed (the commit lock is held then), it
 * is completed once there is disk space again, because the index is derived from the files; if not, the next start
 * reads what the disk has.
 */
static void seal_fail(struct seal_job *seal, bool listed, const struct badge_err *cause)
{
    if (listed)
        seal->store->index_behind = true;
    store_fail(seal->store, cause, !listed);
}

/*
 * Lists and indexes a batch that has its name. If the index fails, the store stops before another group is appended,
 * whose labels would miss the batch. A reseal holds the commit lock all the time, so that no label arrives while its
 * digests move: the file has the labels of the first seal, the replay adds the later ones.
 */
static enum badge_status seal_enter(struct seal_job *seal, struct badge_err *err)
{
    struct store *store = seal->store;
    bool sealed = true, is_reseal = seal->head.replaces != 0;
    if (is_reseal)
        pthread_mutex_lock(&store->commit);
    enum badge_status status = seal_list(seal, &sealed, err);
    bool listed = status == BADGE_OK;
    if (listed)
        status = seal_index(seal, err);
    if (!is_reseal)
        pthread_mutex_lock(&store->commit);
    if (status == BADGE_OK)
        status = is_reseal ? digest_index_replay_labels(&store->digest_index, err) : index_new_labels(seal, err);
    if (status == BADGE_OK)
        status = digest_index_settle(&store->digest_index, err);
    if (status != BADGE_OK && sealed)
        seal_fail(seal, listed, err);
    if (status == BADGE_OK && !is_reseal)
        drop_sealed(seal);
    pthread_mutex_unlock(&store->commit);
    return status;
}

/* From the entries to a batch that is written, listed and indexed. */
static enum badge_status seal_run(struct seal_job *seal, struct store_batch *out, struct badge_err *err)
{
    struct store *store = seal->store;
    bool sealed = false;
    enum badge_status status = seal_write(seal, &sealed, err);
    if (status == BADGE_OK)
        status = seal_enter(seal, err);
    else if (sealed)
        seal_fail(seal, false, err);
    pthread_mutex_lock(&store->commit);
    store->sealing_through = 0;
    pthread_mutex_unlock(&store->commit);
    if (status == BADGE_OK)
        BADGE_ASSERT(anchors_batch(&store->anchors, seal->head.number, out));
    return status;
}

/* replaces: NULL: seals what is pending; else the number of the spoiled batch whose leaves get a new root. */
static enum badge_status seal_one(struct store *store, size_t max_leaves, const uint32_t *replaces,
                                  struct store_batch *out, struct badge_err *err)
{
    struct badge_err own;
    if (!err)
        err = &own;
    struct seal_job seal = {.store = store};
    memset(out, 0, sizeof *out);
    pthread_mutex_lock(&store->sealing);
    enum badge_status status;
    if (replaces) {
        status = reseal_begin(&seal, *replaces, err);
    } else {
        pthread_mutex_lock(&store->commit);
        status = seal_begin(&seal, max_leaves, err);
        pthread_mutex_unlock(&store->commit);
    }
    if (status == BADGE_OK && seal.n > 0) {
        status = seal_run(&seal, out, err);
        if (status == BADGE_OK)
            log_info(replaces ? "batch resealed" : "batch sealed", log_u64("number", out->number),
                     replaces ? log_u64("replaces", *replaces) : log_none, log_u64("leaves", out->tree_size),
                     log_hex("root", out->root.b, sizeof out->root.b));
    }
    pthread_mutex_unlock(&store->sealing);
    seal_release(&seal);
    return status;
}

enum badge_status store_seal_work(struct store *store, size_t max_leaves, struct store_batch *out,
                                  struct badge_err *err)
{
    return seal_one(store, max_leaves, NULL, out, err);
}

enum badge_status store_reseal_work(struct store *store, uint32_t number, struct store_batch *out,
                                    struct badge_err *err)
{
    return seal_one(store, 0, &number, out, err);
}
