/*
 * Keeps the index honest; read.c, append.c and seal.c ask it. It keeps the promise that no damage of LevelDB's files
 * is ever seen outside: a doubt leads to a new index made of the batch files, and what can't be made is an error of
 * the file that is damaged, by name.
 *
 * Doubts at the start: LevelDB refuses, its mark is not that of our batches, its tables are too small for what the mark
 * claims, or a digest of the batches is not found. Later: any read or write that LevelDB does not answer well.
 */
#include "store/digest_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/log.h"
#include "store/bytes.h"

#define LABELS "labels"
#define N_PROBED 16 /* batches, the newest among them; the first and last leaf of each */

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

/* Takes the batches up to n_batches into the mark. */
static void mark_extend(struct digest_index *catalog, struct index_checkpoint *mark, uint32_t n_batches)
{
    while (mark->n_batches < n_batches) {
        struct store_batch batch;
        uint8_t bytes[4 + 2 * 32];
        BADGE_ASSERT(anchors_batch(catalog->anchors, mark->n_batches + 1, &batch));
        memcpy(bytes, mark->batches.b, 32);
        put_u32(bytes + 32, batch.number);
        memcpy(bytes + 36, batch.root.b, 32);
        badge_sha256(&mark->batches, bytes, sizeof bytes);
        if (batch.replaces == 0)
            mark->n_credentials += batch.tree_size;
        mark->n_batches++;
    }
}

static enum badge_status open_batch(struct digest_index *catalog, uint32_t number, struct batch_file **out,
                                    struct badge_err *err)
{
    struct store_batch batch;
    BADGE_ASSERT(anchors_batch(catalog->anchors, number, &batch));
    enum badge_status status = batch_file_open(out, catalog->batches, number, err);
    if (status == BADGE_ENOTFOUND)
        return disk_missing(err, catalog->batches, number);
    if (status != BADGE_OK)
        return status;
    status = batch_file_match(*out, batch.tree_size, &batch.root, err);
    if (status != BADGE_OK)
        batch_file_free(*out);
    return status;
}

/* Its digests are another batch's: nothing of it is in the index. */
static bool is_spoiled(struct digest_index *catalog, uint32_t number)
{
    struct store_batch batch;
    BADGE_ASSERT(anchors_batch(catalog->anchors, number, &batch));
    return batch.anchor.state == STORE_ANCHOR_SPOILED;
}

static enum badge_status add_from_file(struct digest_index *catalog, uint32_t number, struct badge_err *err)
{
    struct batch_file *file;
    enum badge_status status = open_batch(catalog, number, &file, err);
    if (status != BADGE_OK)
        return status;
    uint32_t n = batch_file_head(file)->n_leaves;
    struct batch_leaf *leaves = malloc(n * sizeof *leaves);
    if (!leaves)
        status = badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "no memory to index batch %u", number);
    if (status == BADGE_OK)
        status = batch_file_check(file, err);
    if (status == BADGE_OK)
        status = batch_file_digests(file, 0, n, leaves, err);
    if (status == BADGE_OK)
        status = index_db_put(catalog->index, number, leaves, n, err);
    free(leaves);
    batch_file_free(file);
    return status;
}

static enum badge_status relabel(struct digest_index *catalog, const struct badge_digest *digest, struct badge_err *err)
{
    struct index_value value;
    enum badge_status status = index_db_get(catalog->index, &digest->value, &value, err);
    if (status == BADGE_ENOTFOUND || (status == BADGE_OK && value.label != BADGE_LABEL_EXTERNAL))
        return BADGE_OK;
    if (status != BADGE_OK)
        return status;
    value.label = digest->label;
    return index_db_put_one(catalog->index, &digest->value, &value, err);
}

static enum badge_status visit_label(void *context, const uint8_t *payload, size_t len, uint64_t offset,
                                     struct badge_err *err)
{
    struct digest_index *catalog = context;
    struct journal_record record;
    if (len == 0)
        return BADGE_OK; /* the head */
    if (!journal_parse(&record, payload) || record.type != JOURNAL_RELABEL)
        return badge_fail(err, BADGE_ECORRUPT, (size_t)offset, "%s/" LABELS " has a strange record at byte %llu",
                          catalog->path, (unsigned long long)offset);
    return relabel(catalog, &record.digest, err);
}

static enum badge_status replay_labels(struct digest_index *catalog, uint64_t from, struct badge_err *err)
{
    pthread_mutex_lock(&catalog->labels_mutex);
    enum badge_status status;
    if (catalog->labels.fd >= 0)
        status = record_file_revisit(&catalog->labels, from, visit_label, catalog, err);
    else
        status = record_file_open(&catalog->labels, &labels_kind, catalog->path, LABELS, RECORD_FILE_TRUNCATE, from,
                                  visit_label, catalog, err);
    if (status == BADGE_ENOTFOUND)
        status = labels_missing(catalog->path, err);
    if (status == BADGE_OK)
        catalog->mark.labels_len = catalog->labels.len;
    pthread_mutex_unlock(&catalog->labels_mutex);
    return status;
}

/* Brings the index from its mark to the list of batches and the end of the labels. */
static enum badge_status catch_up(struct digest_index *catalog, struct badge_err *err)
{
    uint32_t n_batches = anchors_n_batches(catalog->anchors), first = catalog->mark.n_batches + 1;
    /* A batch entered now may hold digests whose labels came before the mark was set. */
    uint64_t labels_from = first <= n_batches ? 0 : catalog->mark.labels_len;
    uint64_t labels_before = catalog->mark.labels_len;
    enum badge_status status = BADGE_OK;
    time_t said = time(NULL);
    if (first <= n_batches)
        log_info("indexing batches", log_u64("from", first), log_u64("to", n_batches));
    for (uint32_t number = first; status == BADGE_OK && number <= n_batches; number++) {
        if (!is_spoiled(catalog, number))
            status = add_from_file(catalog, number, err);
        if (status == BADGE_OK)
            mark_extend(catalog, &catalog->mark, number);
        if (time(NULL) != said) {
            said = time(NULL);
            log_info("indexing batches", log_u64("done", number), log_u64("to", n_batches));
        }
    }
    if (status == BADGE_OK)
        status = replay_labels(catalog, labels_from, err);
    if (status == BADGE_OK && (first <= n_batches || catalog->mark.labels_len != labels_before))
        status = index_db_set_checkpoint(catalog->index, &catalog->mark, err);
    return status;
}

/* Whether a digest stands at a place of a later batch: its first batch was withdrawn, and it was submitted again. */
static enum badge_status check_later(struct digest_index *catalog, const struct badge_hash *digest, uint32_t number,
                                     const struct index_value *value, struct badge_err *err)
{
    struct batch_file *file;
    struct batch_leaf leaf = {.index = 0};
    enum badge_status status = BADGE_EMISMATCH;
    if (value->batch > number && value->batch <= anchors_n_batches(catalog->anchors) &&
        !is_spoiled(catalog, value->batch)) {
        status = open_batch(catalog, value->batch, &file, err);
        if (status != BADGE_OK)
            return status;
        status = BADGE_EMISMATCH;
        if (value->leaf < batch_file_head(file)->n_leaves)
            status = batch_file_digests(file, value->leaf, 1, &leaf, err);
        batch_file_free(file);
    }
    if (status == BADGE_OK && badge_hash_compare(&leaf.digest, digest) != 0)
        status = BADGE_EMISMATCH;
    if (status != BADGE_EMISMATCH)
        return status;
    return badge_fail(err, status, BADGE_NO_OFFSET, "the index has lost a digest of batch %u", number);
}

static enum badge_status probe(struct digest_index *catalog, uint32_t number, struct badge_err *err)
{
    struct batch_file *file;
    if (is_spoiled(catalog, number))
        return BADGE_OK;
    enum badge_status status = open_batch(catalog, number, &file, err);
    if (status != BADGE_OK)
        return status;
    uint32_t at[2] = {0, batch_file_head(file)->n_leaves - 1};
    for (int i = 0; status == BADGE_OK && i < 2; i++) {
        struct batch_leaf leaf;
        struct index_value value;
        status = batch_file_digests(file, at[i], 1, &leaf, err);
        if (status == BADGE_OK)
            status = index_db_get(catalog->index, &leaf.digest, &value, err);
        if (status == BADGE_ENOTFOUND)
            status = badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "the index has lost a digest of batch %u",
                                number);
        else if (status == BADGE_OK && (value.batch != number || value.leaf != at[i]))
            status = check_later(catalog, &leaf.digest, number, &value, err);
    }
    batch_file_free(file);
    return status;
}

/* Of the first batches, what must be in the index once: digests of a withdrawn batch may be in a later one too. */
static uint64_t n_surely_indexed(struct digest_index *catalog, uint32_t n_batches)
{
    uint64_t n = 0;
    for (uint32_t number = 1; number <= n_batches; number++) {
        struct store_batch batch;
        BADGE_ASSERT(anchors_batch(catalog->anchors, number, &batch));
        if (batch.anchor.state != STORE_ANCHOR_SPOILED &&
            !chain_status_withdrawn_for_good(catalog->chain_status, &batch.root))
            n += batch.tree_size;
    }
    return n;
}

/* errors    BADGE_EMISMATCH: the index is in doubt; others are not its fault */
static enum badge_status check_index(struct digest_index *catalog, struct badge_err *err)
{
    uint32_t n_batches = anchors_n_batches(catalog->anchors);
    struct index_checkpoint ours;
    memset(&catalog->mark, 0, sizeof catalog->mark);
    memset(&ours, 0, sizeof ours);
    enum badge_status status = index_db_checkpoint(catalog->index, &catalog->mark, err);
    if (status == BADGE_ENOTFOUND)
        return n_batches == 0 ? BADGE_OK
                              : badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "the index has no mark of its own");
    if (status != BADGE_OK)
        return status;
    if (catalog->mark.n_batches > n_batches)
        return badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "the index knows more batches than there are");
    mark_extend(catalog, &ours, catalog->mark.n_batches);
    if (badge_hash_compare(&ours.batches, &catalog->mark.batches) != 0 ||
        ours.n_credentials != catalog->mark.n_credentials)
        return badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "the index is of other batches");
    if (!index_db_big_enough(catalog->index, n_surely_indexed(catalog, ours.n_batches)))
        return badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "the index has lost tables");
    uint32_t n = catalog->mark.n_batches, n_probed = n < N_PROBED ? n : N_PROBED;
    for (uint32_t i = 1; status == BADGE_OK && i <= n_probed; i++)
        status = probe(catalog, (uint32_t)((uint64_t)n * i / n_probed), err);
    return status;
}

/* Puts the index aside, keeping the last one so treated for whoever wants to know why, and begins an empty one. */
static enum badge_status begin_anew(struct digest_index *catalog, const char *folder, struct badge_err *err)
{
    char aside[DISK_PATH_MAX];
    index_db_close(catalog->index);
    catalog->index = NULL;
    enum badge_status status = disk_path(aside, catalog->path, "index.damaged", err);
    if (status == BADGE_OK)
        status = disk_remove_folder(aside, err);
    if (status == BADGE_OK && disk_exists(folder) && rename(folder, aside) != 0)
        status = disk_fail(err, "put aside", folder);
    if (status == BADGE_OK)
        status = disk_make_folder(folder, err);
    if (status == BADGE_OK)
        status = index_db_open(&catalog->index, folder, err);
    memset(&catalog->mark, 0, sizeof catalog->mark);
    catalog->generation++;
    return status;
}

static enum badge_status rebuild(struct digest_index *catalog, const char *why, struct badge_err *err)
{
    char folder[DISK_PATH_MAX];
    enum badge_status status = disk_path(folder, catalog->path, "index", err);
    log_warn("index in doubt, made anew from the batches", log_text("why", why));
    if (status == BADGE_OK)
        status = begin_anew(catalog, folder, err);
    if (status == BADGE_OK)
        status = catch_up(catalog, err);
    if (status == BADGE_EMISMATCH) {
        /* A new index that fails at once: the disk, not the index. */
        status = BADGE_EIO;
        if (err)
            err->status = status;
    }
    if (status == BADGE_OK)
        log_info("index made anew", log_u64("credentials", catalog->mark.n_credentials));
    return status;
}

void digest_index_init(struct digest_index *catalog, const char *path, const char *batches, struct anchors *anchors,
                       struct chain_status *chain_status)
{
    memset(catalog, 0, sizeof *catalog);
    catalog->path = path;
    catalog->batches = batches;
    catalog->anchors = anchors;
    catalog->chain_status = chain_status;
    catalog->labels.fd = -1;
    pthread_rwlock_init(&catalog->lock, NULL);
    pthread_mutex_init(&catalog->labels_mutex, NULL);
}

/* Opens the index, and brings it up to the list of batches; makes it anew where it is in doubt. */
static enum badge_status bring_up(struct digest_index *catalog, struct badge_err *err)
{
    char folder[DISK_PATH_MAX];
    struct badge_err doubt = {.text = "it is not there"};
    enum badge_status status = disk_path(folder, catalog->path, "index", err);
    if (status != BADGE_OK)
        return status;
    status = disk_exists(folder) || anchors_n_batches(catalog->anchors) == 0 ? disk_make_folder(folder, &doubt)
                                                                             : BADGE_EMISMATCH;
    if (status == BADGE_OK)
        status = index_db_open(&catalog->index, folder, &doubt);
    if (status == BADGE_OK)
        status = check_index(catalog, &doubt);
    if (status == BADGE_OK)
        status = catch_up(catalog, &doubt);
    if (status == BADGE_EMISMATCH)
        return rebuild(catalog, doubt.text, err);
    if (status != BADGE_OK && err)
        *err = doubt;
    return status;
}

enum badge_status digest_index_open(struct digest_index *catalog, struct badge_err *err)
{
    return bring_up(catalog, err);
}

enum badge_status digest_index_resume(struct digest_index *catalog, struct badge_err *err)
{
    pthread_rwlock_wrlock(&catalog->lock);
    index_db_close(catalog->index);
    catalog->index = NULL;
    catalog->generation++;
    enum badge_status status = bring_up(catalog, err);
    pthread_rwlock_unlock(&catalog->lock);
    return status;
}

void digest_index_close(struct digest_index *catalog)
{
    index_db_close(catalog->index);
    record_file_close(&catalog->labels);
    pthread_rwlock_destroy(&catalog->lock);
    pthread_mutex_destroy(&catalog->labels_mutex);
}

/* Makes the index anew, unless somebody has done so since `generation` was in use. */
static enum badge_status heal(struct digest_index *catalog, unsigned generation, const char *why, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    pthread_rwlock_wrlock(&catalog->lock);
    if (catalog->generation == generation || !catalog->index)
        status = rebuild(catalog, why, err);
    pthread_rwlock_unlock(&catalog->lock);
    return status;
}

/*
 * One thing done with the index, and done again with a new one if the old one fails it. An index that could not be made
 * anew (index is NULL then) is tried again by the next caller.
 */
static enum badge_status with_index(struct digest_index *catalog,
                                    enum badge_status (*act)(struct digest_index *catalog, void *arg,
                                                             struct badge_err *err),
                                    void *arg, struct badge_err *err)
{
    struct badge_err why = {.text = "it could not be made before"};
    for (int attempt = 0;; attempt++) {
        pthread_rwlock_rdlock(&catalog->lock);
        unsigned generation = catalog->generation;
        enum badge_status status = catalog->index ? act(catalog, arg, &why) : BADGE_EMISMATCH;
        pthread_rwlock_unlock(&catalog->lock);
        if (status != BADGE_EMISMATCH) {
            if (status != BADGE_OK && err)
                *err = why;
            return status;
        }
        if (attempt > 0)
            return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "a new index fails too: look at the disk of %s",
                              catalog->path);
        status = heal(catalog, generation, why.text, err);
        if (status != BADGE_OK)
            return status;
    }
}

struct get_args {
    const struct badge_hash *digest;
    struct index_value *out;
};

static enum badge_status act_get(struct digest_index *catalog, void *arg, struct badge_err *err)
{
    struct get_args *args = arg;
    return index_db_get(catalog->index, args->digest, args->out, err);
}

enum badge_status digest_index_get(struct digest_index *catalog, const struct badge_hash *digest,
                                   struct index_value *out, struct badge_err *err)
{
    return with_index(catalog, act_get, &(struct get_args){digest, out}, err);
}

struct add_args {
    uint32_t batch;
    struct batch_leaf *leaves;
    size_t n;
};

static enum badge_status act_add(struct digest_index *catalog, void *arg, struct badge_err *err)
{
    struct add_args *args = arg;
    return index_db_put(catalog->index, args->batch, args->leaves, args->n, err);
}

enum badge_status digest_index_add(struct digest_index *catalog, uint32_t batch, struct batch_leaf leaves[], size_t n,
                                   struct badge_err *err)
{
    return with_index(catalog, act_add, &(struct add_args){batch, leaves, n}, err);
}

static enum badge_status act_replay_labels(struct digest_index *catalog, void *arg, struct badge_err *err)
{
    (void)arg;
    return replay_labels(catalog, 0, err);
}

enum badge_status digest_index_replay_labels(struct digest_index *catalog, struct badge_err *err)
{
    return with_index(catalog, act_replay_labels, NULL, err);
}

/* The seal alone comes here, and making the index anew needs the lock for writing: nobody else touches the mark. */
static enum badge_status act_settle(struct digest_index *catalog, void *arg, struct badge_err *err)
{
    (void)arg;
    mark_extend(catalog, &catalog->mark, anchors_n_batches(catalog->anchors));
    pthread_mutex_lock(&catalog->labels_mutex);
    catalog->mark.labels_len = catalog->labels.len;
    pthread_mutex_unlock(&catalog->labels_mutex);
    return index_db_set_checkpoint(catalog->index, &catalog->mark, err);
}

enum badge_status digest_index_settle(struct digest_index *catalog, struct badge_err *err)
{
    return with_index(catalog, act_settle, NULL, err);
}

enum badge_status digest_index_keep_labels(struct digest_index *catalog, uint8_t *framed, size_t len,
                                           struct badge_err *err)
{
    pthread_mutex_lock(&catalog->labels_mutex);
    enum badge_status status = record_file_append(&catalog->labels, framed, len, err);
    pthread_mutex_unlock(&catalog->labels_mutex);
    return status;
}

bool digest_index_labels_failed(struct digest_index *catalog)
{
    pthread_mutex_lock(&catalog->labels_mutex);
    bool failed = catalog->labels.failed;
    pthread_mutex_unlock(&catalog->labels_mutex);
    return failed;
}

static enum badge_status act_relabel(struct digest_index *catalog, void *arg, struct badge_err *err)
{
    return relabel(catalog, arg, err);
}

enum badge_status digest_index_relabel(struct digest_index *catalog, const struct badge_digest *digest,
                                       struct badge_err *err)
{
    struct badge_digest copy = *digest;
    return with_index(catalog, act_relabel, &copy, err);
}
