/*
 * Keeps the index consistent with the batches; read.c, append.c and seal.c use it. Callers never see damage to
 * LevelDB's files: a damaged index is rebuilt from the batch files, and if that fails, the error names the damaged
 * file.
 *
 * The index counts as damaged at the start if LevelDB can't open it, its checkpoint does not match our batches, its
 * tables are too small for the checkpoint, or a digest of the batches is not found; later, if any read or write fails.
 */
#include "store/digest_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/log.h"
#include "store/bytes.h"

#define LABELS "labels"
#define SEARCH_CHUNK 1024u /* leaves read at once, without an index */
#define N_PROBED 16        /* batches, including the newest; the first and last leaf of each */

struct get_args {
    const struct badge_hash *digest;
    struct index_value *out;
};

static const struct record_file_kind labels_kind = {"badgelb1", JOURNAL_PAYLOAD_LEN, JOURNAL_PAYLOAD_LEN};

enum badge_status digest_index_create_labels(const char *path, struct badge_err *err)
{
    struct record_file labels;
    enum badge_status status = record_file_create(&labels, &labels_kind, path, LABELS, "", 0, err);
    if (status == BADGE_OK)
        record_file_close(&labels);
    return status;
}

static enum badge_status labels_missing(const char *path, struct badge_err *err)
{
    return badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET, "%s/" LABELS " is missing: restore it from a backup", path);
}

enum badge_status digest_index_read_labels(struct record_file *out, const char *path, record_file_visit visit,
                                           void *context, struct badge_err *err)
{
    enum badge_status status = record_file_open(out, &labels_kind, path, LABELS, RECORD_FILE_READONLY, 0, visit,
                                                context, err);
    return status == BADGE_ENOTFOUND ? labels_missing(path, err) : status;
}

static struct store_batch listed_batch(struct digest_index *index, uint32_t number)
{
    struct store_batch batch;
    BADGE_ASSERT(anchors_batch(index->anchors, number, &batch));
    return batch;
}

/* Extends the checkpoint to n_batches. */
static void checkpoint_extend(struct digest_index *index, struct index_checkpoint *checkpoint, uint32_t n_batches)
{
    while (checkpoint->n_batches < n_batches) {
        struct store_batch batch = listed_batch(index, checkpoint->n_batches + 1);
        uint8_t bytes[4 + 2 * 32];
        memcpy(bytes, checkpoint->batches.b, 32);
        put_u32(bytes + 32, batch.number);
        memcpy(bytes + 36, batch.root.b, 32);
        badge_sha256(&checkpoint->batches, bytes, sizeof bytes);
        if (batch.replaces == 0)
            checkpoint->n_credentials += batch.tree_size;
        checkpoint->n_batches++;
    }
}

static enum badge_status open_batch(struct digest_index *index, uint32_t number, struct batch_file **out,
                                    struct badge_err *err)
{
    struct store_batch batch = listed_batch(index, number);
    return batch_file_open_listed(out, index->batches, &batch, err);
}

/* Another batch holds its digests: none of its leaves are in the index. */
static bool is_spoiled(struct digest_index *index, uint32_t number)
{
    return listed_batch(index, number).anchor.state == STORE_ANCHOR_SPOILED;
}

static enum badge_status add_from_file(struct digest_index *index, uint32_t number, struct badge_err *err)
{
    struct batch_file *file;
    enum badge_status status = open_batch(index, number, &file, err);
    if (status != BADGE_OK)
        return status;
    uint32_t n = batch_file_head(file)->n_leaves;
    struct batch_leaf *leaves = malloc(n * sizeof *leaves);
    if (!leaves)
        status = badge_no_memory(err);
    if (status == BADGE_OK)
        status = batch_file_check(file, err);
    if (status == BADGE_OK)
        status = batch_file_entries(file, 0, n, leaves, err);
    if (status == BADGE_OK)
        status = index_db_put(index->db, number, leaves, n, err);
    free(leaves);
    batch_file_free(file);
    return status;
}

/* arg: a struct badge_digest */
static enum badge_status relabel(struct digest_index *index, void *arg, struct badge_err *err)
{
    const struct badge_digest *digest = arg;
    struct index_value value;
    enum badge_status status = index_db_get(index->db, &digest->value, &value, err);
    if (status == BADGE_ENOTFOUND || (status == BADGE_OK && value.label != BADGE_LABEL_EXTERNAL))
        return BADGE_OK;
    if (status != BADGE_OK)
        return status;
    struct batch_leaf leaf = {.digest = digest->value, .index = value.leaf, .label = (uint8_t)digest->label};
    return index_db_put(index->db, value.batch, &leaf, 1, err);
}

static enum badge_status visit_label(void *context, const uint8_t *payload, size_t len, uint64_t offset,
                                     struct badge_err *err)
{
    struct digest_index *index = context;
    struct journal_record record;
    if (len == 0)
        return BADGE_OK; /* the head */
    if (!journal_parse(&record, payload) || record.type != JOURNAL_RELABEL)
        return badge_fail(err, BADGE_ECORRUPT, (size_t)offset, "%s/" LABELS " has an invalid record at byte %llu",
                          index->path, (unsigned long long)offset);
    return relabel(index, &record.digest, err);
}

/* arg: an uint64_t, the offset of the first label. */
static enum badge_status replay_labels(struct digest_index *index, void *arg, struct badge_err *err)
{
    uint64_t from = *(uint64_t *)arg;
    pthread_mutex_lock(&index->labels_mutex);
    enum badge_status status;
    if (index->labels.fd >= 0)
        status = record_file_revisit(&index->labels, from, visit_label, index, err);
    else
        status = record_file_open(&index->labels, &labels_kind, index->path, LABELS, RECORD_FILE_TRUNCATE, from,
                                  visit_label, index, err);
    if (status == BADGE_ENOTFOUND)
        status = labels_missing(index->path, err);
    if (status == BADGE_OK)
        index->checkpoint.labels_len = index->labels.len;
    pthread_mutex_unlock(&index->labels_mutex);
    return status;
}

/* Updates the index from its checkpoint to the list of batches and the end of the labels. */
static enum badge_status catch_up(struct digest_index *index, struct badge_err *err)
{
    uint32_t n_batches = anchors_n_batches(index->anchors), first = index->checkpoint.n_batches + 1;
    /* A batch added now may hold digests whose labels came before the checkpoint. */
    uint64_t labels_from = first <= n_batches ? 0 : index->checkpoint.labels_len;
    uint64_t labels_before = index->checkpoint.labels_len;
    enum badge_status status = BADGE_OK;
    time_t logged_s = time(NULL);
    if (first <= n_batches)
        log_info("indexing batches", log_u64("from", first), log_u64("to", n_batches));
    for (uint32_t number = first; status == BADGE_OK && number <= n_batches; number++) {
        if (!is_spoiled(index, number))
            status = add_from_file(index, number, err);
        if (status == BADGE_OK)
            checkpoint_extend(index, &index->checkpoint, number);
        if (time(NULL) != logged_s) {
            logged_s = time(NULL);
            log_info("indexing batches", log_u64("done", number), log_u64("to", n_batches));
        }
    }
    if (status == BADGE_OK)
        status = replay_labels(index, &labels_from, err);
    if (status == BADGE_OK && (first <= n_batches || index->checkpoint.labels_len != labels_before))
        status = index_db_set_checkpoint(index->db, &index->checkpoint, err);
    return status;
}

/* Checks that a later batch holds the digest: its first batch was withdrawn, and it was submitted again. */
static enum badge_status check_later_batch(struct digest_index *index, const struct badge_hash *digest, uint32_t number,
                                           const struct index_value *value, struct badge_err *err)
{
    struct batch_file *file;
    struct batch_leaf leaf = {.index = 0};
    enum badge_status status = BADGE_EMISMATCH;
    if (value->batch > number && value->batch <= anchors_n_batches(index->anchors) &&
        !is_spoiled(index, value->batch)) {
        status = open_batch(index, value->batch, &file, err);
        if (status != BADGE_OK)
            return status;
        status = BADGE_EMISMATCH;
        if (value->leaf < batch_file_head(file)->n_leaves)
            status = batch_file_entries(file, value->leaf, 1, &leaf, err);
        batch_file_free(file);
    }
    if (status == BADGE_OK && badge_hash_compare(&leaf.digest, digest) != 0)
        status = BADGE_EMISMATCH;
    if (status != BADGE_EMISMATCH)
        return status;
    return badge_fail(err, status, BADGE_NO_OFFSET, "a digest of batch %u is missing from the index", number);
}

static enum badge_status probe_batch(struct digest_index *index, uint32_t number, struct badge_err *err)
{
    struct batch_file *file;
    if (is_spoiled(index, number))
        return BADGE_OK;
    enum badge_status status = open_batch(index, number, &file, err);
    if (status != BADGE_OK)
        return status;
    uint32_t at[2] = {0, batch_file_head(file)->n_leaves - 1};
    for (int i = 0; status == BADGE_OK && i < 2; i++) {
        struct batch_leaf leaf;
        struct index_value value;
        status = batch_file_entries(file, at[i], 1, &leaf, err);
        if (status == BADGE_OK)
            status = index_db_get(index->db, &leaf.digest, &value, err);
        if (status == BADGE_ENOTFOUND)
            status = badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "a digest of batch %u is missing from the index",
                                number);
        else if (status == BADGE_OK && (value.batch != number || value.leaf != at[i]))
            status = check_later_batch(index, &leaf.digest, number, &value, err);
    }
    batch_file_free(file);
    return status;
}

/* The least number of digests that the index must have: those of a withdrawn batch may be in a later one too. */
static uint64_t min_indexed(struct digest_index *index, uint32_t n_batches)
{
    uint64_t n = 0;
    for (uint32_t number = 1; number <= n_batches; number++) {
        struct store_batch batch = listed_batch(index, number);
        if (batch.anchor.state != STORE_ANCHOR_SPOILED &&
            !chain_status_withdrawal_is_final(index->chain_status, &batch.root))
            n += batch.tree_size;
    }
    return n;
}

/* errors    BADGE_EMISMATCH: the index is damaged; other errors have other causes */
static enum badge_status check_index(struct digest_index *index, struct badge_err *err)
{
    uint32_t n_batches = anchors_n_batches(index->anchors);
    struct index_checkpoint expected;
    memset(&index->checkpoint, 0, sizeof index->checkpoint);
    memset(&expected, 0, sizeof expected);
    enum badge_status status = index_db_checkpoint(index->db, &index->checkpoint, err);
    if (status == BADGE_ENOTFOUND)
        return n_batches == 0 ? BADGE_OK
                              : badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "the index has no checkpoint");
    if (status != BADGE_OK)
        return status;
    if (index->checkpoint.n_batches > n_batches)
        return badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "the index lists more batches than exist");
    checkpoint_extend(index, &expected, index->checkpoint.n_batches);
    if (badge_hash_compare(&expected.batches, &index->checkpoint.batches) != 0 ||
        expected.n_credentials != index->checkpoint.n_credentials)
        return badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "the index was built from other batches");
    if (!index_db_big_enough(index->db, min_indexed(index, expected.n_batches)))
        return badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "tables of the index are missing");
    uint32_t n = index->checkpoint.n_batches, n_probed = n < N_PROBED ? n : N_PROBED;
    for (uint32_t i = 1; status == BADGE_OK && i <= n_probed; i++)
        status = probe_batch(index, (uint32_t)((uint64_t)n * i / n_probed), err);
    return status;
}

/* Moves the index aside for diagnosis, replacing one moved aside earlier, and creates an empty one. */
static enum badge_status reset_index(struct digest_index *index, const char *folder, struct badge_err *err)
{
    char aside[DISK_PATH_MAX];
    index_db_close(index->db);
    index->db = NULL;
    disk_path(aside, index->path, "index.damaged");
    enum badge_status status = disk_remove_folder(aside, err);
    if (status == BADGE_OK && disk_exists(folder) && rename(folder, aside) != 0)
        status = disk_fail(err, "move aside", folder);
    if (status == BADGE_OK)
        status = disk_make_folder(folder, err);
    if (status == BADGE_OK)
        status = index_db_open(&index->db, folder, err);
    memset(&index->checkpoint, 0, sizeof index->checkpoint);
    index->generation++;
    return status;
}

static enum badge_status rebuild(struct digest_index *index, const char *why, struct badge_err *err)
{
    char folder[DISK_PATH_MAX];
    disk_path(folder, index->path, "index");
    log_warn("index unusable, rebuilding it from the batches", log_text("why", why));
    enum badge_status status = reset_index(index, folder, err);
    if (status == BADGE_OK)
        status = catch_up(index, err);
    if (status == BADGE_EMISMATCH) {
        /* A new index that fails at once: the disk is at fault. */
        status = BADGE_EIO;
        if (err)
            err->status = status;
    }
    index->no_space = index->no_space && status != BADGE_OK;
    if (status == BADGE_OK)
        log_info("index rebuilt", log_u64("credentials", index->checkpoint.n_credentials));
    return status;
}

void digest_index_init(struct digest_index *index, const char *path, const char *batches, struct anchors *anchors,
                       struct chain_status *chain_status)
{
    memset(index, 0, sizeof *index);
    index->path = path;
    index->batches = batches;
    index->anchors = anchors;
    index->chain_status = chain_status;
    index->labels.fd = -1;
    pthread_rwlock_init(&index->lock, NULL);
    pthread_mutex_init(&index->labels_mutex, NULL);
}

/* Opens the index and updates it to the list of batches; rebuilds it if it is damaged. */
enum badge_status digest_index_open(struct digest_index *index, struct badge_err *err)
{
    char folder[DISK_PATH_MAX];
    struct badge_err why = {.text = "it is missing"};
    enum badge_status status = BADGE_EMISMATCH;
    disk_path(folder, index->path, "index");
    if (disk_exists(folder) || anchors_n_batches(index->anchors) == 0)
        status = disk_make_folder(folder, &why);
    if (status == BADGE_OK)
        status = index_db_open(&index->db, folder, &why);
    if (status == BADGE_OK)
        status = check_index(index, &why);
    if (status == BADGE_OK)
        status = catch_up(index, &why);
    if (status == BADGE_EMISMATCH)
        return rebuild(index, why.text, err);
    if (status != BADGE_OK && err)
        *err = why;
    return status;
}

enum badge_status digest_index_resume(struct digest_index *index, struct badge_err *err)
{
    pthread_rwlock_wrlock(&index->lock);
    index_db_close(index->db);
    index->db = NULL;
    index->generation++;
    enum badge_status status = digest_index_open(index, err);
    index->no_space = status == BADGE_EIO;
    if (index->no_space) {
        index_db_close(index->db);
        index->db = NULL;
    }
    pthread_rwlock_unlock(&index->lock);
    return status;
}

/* -- without an index ---------------------------------------------------------------------------------------------- */

static enum badge_status visit_no_label(void *context, const uint8_t *payload, size_t len, uint64_t offset,
                                        struct badge_err *err)
{
    (void)context, (void)payload, (void)len, (void)offset, (void)err;
    return BADGE_OK;
}

enum badge_status digest_index_open_without_space(struct digest_index *index, struct badge_err *err)
{
    index_db_close(index->db);
    index->db = NULL;
    index->no_space = true;
    if (index->labels.fd >= 0)
        return BADGE_OK;
    enum badge_status status = record_file_open(&index->labels, &labels_kind, index->path, LABELS, RECORD_FILE_TRUNCATE,
                                                0, visit_no_label, NULL, err);
    return status == BADGE_ENOTFOUND ? labels_missing(index->path, err) : status;
}

/* arg: a struct get_args */
static enum badge_status visit_wanted_label(void *context, const uint8_t *payload, size_t len, uint64_t offset,
                                            struct badge_err *err)
{
    (void)offset, (void)err;
    const struct get_args *args = context;
    struct journal_record record;
    if (len > 0 && journal_parse(&record, payload) && record.type == JOURNAL_RELABEL &&
        args->out->label == BADGE_LABEL_EXTERNAL && badge_hash_compare(&record.digest.value, args->digest) == 0)
        args->out->label = record.digest.label;
    return BADGE_OK;
}

/* errors    BADGE_ENOTFOUND: it is not in this batch */
static enum badge_status search_batch(struct digest_index *index, uint32_t number, const struct get_args *args,
                                      struct batch_leaf *leaves, struct badge_err *err)
{
    struct batch_file *file;
    enum badge_status status = open_batch(index, number, &file, err);
    if (status != BADGE_OK)
        return status;
    bool found = false;
    uint32_t n_leaves = batch_file_head(file)->n_leaves;
    for (uint32_t first = 0; status == BADGE_OK && !found && first < n_leaves; first += SEARCH_CHUNK) {
        uint32_t n = n_leaves - first < SEARCH_CHUNK ? n_leaves - first : SEARCH_CHUNK;
        status = batch_file_entries(file, first, n, leaves, err);
        for (uint32_t i = 0; status == BADGE_OK && !found && i < n; i++) {
            found = badge_hash_compare(&leaves[i].digest, args->digest) == 0;
            if (found)
                *args->out = (struct index_value){number, leaves[i].index, (enum badge_label)leaves[i].label};
        }
    }
    batch_file_free(file);
    return status == BADGE_OK && !found ? BADGE_ENOTFOUND : status;
}

/* The newest batch with a digest counts, as in the index. */
static enum badge_status search_batches(struct digest_index *index, struct get_args *args, struct badge_err *err)
{
    struct batch_leaf *leaves = malloc(SEARCH_CHUNK * sizeof *leaves);
    if (!leaves)
        return badge_no_memory(err);
    enum badge_status status = BADGE_ENOTFOUND;
    for (uint32_t number = anchors_n_batches(index->anchors); status == BADGE_ENOTFOUND && number > 0; number--)
        if (!is_spoiled(index, number))
            status = search_batch(index, number, args, leaves, err);
    free(leaves);
    if (status == BADGE_ENOTFOUND)
        return badge_fail(err, status, BADGE_NO_OFFSET, "not in a batch");
    if (status != BADGE_OK || args->out->label != BADGE_LABEL_EXTERNAL)
        return status;
    pthread_mutex_lock(&index->labels_mutex);
    status = record_file_revisit(&index->labels, 0, visit_wanted_label, args, err);
    pthread_mutex_unlock(&index->labels_mutex);
    return status;
}

void digest_index_close(struct digest_index *index)
{
    index_db_close(index->db);
    record_file_close(&index->labels);
    pthread_rwlock_destroy(&index->lock);
    pthread_mutex_destroy(&index->labels_mutex);
}

/* Rebuilds the index, unless another thread has done so since `generation` was in use. */
static enum badge_status rebuild_once(struct digest_index *index, unsigned generation, const char *why,
                                      struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    pthread_rwlock_wrlock(&index->lock);
    if (index->generation == generation || !index->db)
        status = rebuild(index, why, err);
    pthread_rwlock_unlock(&index->lock);
    return status;
}

/*
 * Runs an operation on the index; if the index fails, rebuilds it and retries once. If a rebuild fails (db is NULL
 * then), the next caller tries it again.
 */
static enum badge_status with_rebuild(struct digest_index *index,
                                      enum badge_status (*act)(struct digest_index *index, void *arg,
                                                               struct badge_err *err),
                                      void *arg, struct badge_err *err)
{
    struct badge_err why = {.text = "an earlier rebuild failed"};
    for (int attempt = 0;; attempt++) {
        pthread_rwlock_rdlock(&index->lock);
        unsigned generation = index->generation;
        enum badge_status status = index->db ? act(index, arg, &why) : BADGE_EMISMATCH;
        pthread_rwlock_unlock(&index->lock);
        if (status != BADGE_EMISMATCH) {
            if (status != BADGE_OK && err)
                *err = why;
            return status;
        }
        if (attempt > 0)
            return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "the rebuilt index fails too: check the disk of %s",
                              index->path);
        status = rebuild_once(index, generation, why.text, err);
        if (status != BADGE_OK)
            return status;
    }
}

static enum badge_status act_get(struct digest_index *index, void *arg, struct badge_err *err)
{
    struct get_args *args = arg;
    return index_db_get(index->db, args->digest, args->out, err);
}

enum badge_status digest_index_get(struct digest_index *index, const struct badge_hash *digest, struct index_value *out,
                                   struct badge_err *err)
{
    struct get_args args = {digest, out};
    pthread_rwlock_rdlock(&index->lock);
    bool no_space = index->no_space;
    enum badge_status status = no_space ? search_batches(index, &args, err) : BADGE_OK;
    pthread_rwlock_unlock(&index->lock);
    return no_space ? status : with_rebuild(index, act_get, &args, err);
}

struct add_args {
    uint32_t batch;
    struct batch_leaf *leaves;
    size_t n;
};

static enum badge_status act_add(struct digest_index *index, void *arg, struct badge_err *err)
{
    struct add_args *args = arg;
    return index_db_put(index->db, args->batch, args->leaves, args->n, err);
}

enum badge_status digest_index_add(struct digest_index *index, uint32_t batch, struct batch_leaf leaves[], size_t n,
                                   struct badge_err *err)
{
    return with_rebuild(index, act_add, &(struct add_args){batch, leaves, n}, err);
}

enum badge_status digest_index_replay_labels(struct digest_index *index, struct badge_err *err)
{
    return with_rebuild(index, replay_labels, &(uint64_t){0}, err);
}

/* Only a seal calls this, and a rebuild needs the write lock, so no other thread changes the checkpoint. */
static enum badge_status act_settle(struct digest_index *index, void *arg, struct badge_err *err)
{
    (void)arg;
    checkpoint_extend(index, &index->checkpoint, anchors_n_batches(index->anchors));
    pthread_mutex_lock(&index->labels_mutex);
    index->checkpoint.labels_len = index->labels.len;
    pthread_mutex_unlock(&index->labels_mutex);
    return index_db_set_checkpoint(index->db, &index->checkpoint, err);
}

enum badge_status digest_index_settle(struct digest_index *index, struct badge_err *err)
{
    return with_rebuild(index, act_settle, NULL, err);
}

enum badge_status digest_index_keep_labels(struct digest_index *index, uint8_t *framed, size_t len,
                                           struct badge_err *err)
{
    pthread_mutex_lock(&index->labels_mutex);
    enum badge_status status = record_file_append(&index->labels, framed, len, err);
    pthread_mutex_unlock(&index->labels_mutex);
    return status;
}

enum badge_status digest_index_relabel(struct digest_index *index, const struct badge_digest *digest,
                                       struct badge_err *err)
{
    struct badge_digest copy = *digest;
    return with_rebuild(index, relabel, &copy, err);
}
