/*
 * Recovers a store at the start: store_open() calls it with the folder locked. It makes the files consistent again, in
 * the order of their dependencies: list of batches, batch files that a crash left unlisted, index, journal. Damage that
 * can't be repaired from other files stops the node.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/compiler.h"
#include "runtime/log.h"
#include "store/reserve.h"
#include "store/store_internal.h"

static const char *const folders[] = {"batches", "journal"};

static enum badge_status make_folders(struct store *store, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; status == BADGE_OK && i < ARRAY_LEN(folders); i++) {
        char path[DISK_PATH_MAX];
        disk_path(path, store->path, folders[i]);
        status = disk_make_folder(path, err);
        if (status == BADGE_OK)
            status = disk_tidy(path, err);
    }
    return status;
}

/* `anchors` is created last: if it exists, the store is complete. */
static enum badge_status prepare_new(struct store *store, struct badge_err *err)
{
    char path[DISK_PATH_MAX];
    disk_path(path, store->path, "anchors");
    if (disk_exists(path))
        return BADGE_OK;
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        uint32_t *numbers = NULL;
        size_t n = 0;
        disk_path(path, store->path, folders[i]);
        enum badge_status status = disk_list(&numbers, &n, path, err);
        free(numbers);
        if (status != BADGE_OK)
            return status;
        if (n > 0)
            return badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET,
                              "%s/anchors is missing, but %s/ is not empty: restore it from a backup", store->path,
                              folders[i]);
    }
    log_info("creating a new store", log_text("path", store->path));
    return digest_index_create_labels(store->path, err);
}

/* Lists a batch that has its name but is not in the list, because the process died in between. */
static enum badge_status adopt_batch(struct store *store, uint32_t number, struct badge_err *err)
{
    struct batch_file *file;
    enum badge_status status = batch_file_open(&file, store->batches, number, err);
    if (status != BADGE_OK)
        return status;
    const struct batch_head *head = batch_file_head(file);
    bool ours = anchors_is_next_batch(&store->anchors, &store->options, head);
    status = ours ? batch_file_check(file, err)
                  : badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET,
                               "batch %u in %s does not belong to this store: remove it", number, store->batches);
    if (status == BADGE_OK) {
        log_warn("unlisted batch added to the list after a crash", log_u64("number", number));
        status = anchors_seal(&store->anchors, head, err);
    }
    batch_file_free(file);
    return status;
}

static enum badge_status match_batches(struct store *store, struct badge_err *err)
{
    uint32_t *numbers;
    size_t n, listed = store->anchors.n;
    enum badge_status status = disk_list(&numbers, &n, store->batches, err);
    for (size_t i = 0; status == BADGE_OK && (i < n || i < listed); i++) {
        if (i >= n || numbers[i] != i + 1)
            status = disk_missing(err, store->batches, (uint32_t)i + 1);
        else if (i >= listed)
            status = adopt_batch(store, numbers[i], err);
    }
    free(numbers);
    return status;
}

static enum badge_status visit_journal(void *context, const struct journal_record *record, uint64_t sequence,
                                       struct badge_err *err)
{
    struct store *store = context;
    struct pending *pending = &store->pending;
    uint64_t found;
    struct pending_entry *entry = pending_lookup(pending, &record->digest.value, &found);
    if (record->type == JOURNAL_RELABEL) {
        if (entry && entry->label == BADGE_LABEL_EXTERNAL)
            entry->label = (uint8_t)record->digest.label;
        return BADGE_OK;
    }
    if (sequence < store->anchors.sealed_through)
        return BADGE_OK;
    if (entry || sequence != pending->table.end)
        return badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET,
                          "the journal of %s is inconsistent at submission %llu: restore it from a backup", store->path,
                          (unsigned long long)sequence);
    return pending_push(pending, &record->digest, record->at_s, err);
}

static bool is_full(const struct store *store)
{
    return disk_probe(store->path, NULL) != BADGE_OK && disk_out_of_space(errno);
}

/* What the batches hold is served from a full disk too. */
static enum badge_status open_index(struct store *store, struct badge_err *err)
{
    struct badge_err why;
    struct digest_index *index = &store->digest_index;
    enum badge_status status = digest_index_open(index, &why);
    if (status == BADGE_EIO && is_full(store) && reserve_give_back(store->path))
        status = digest_index_open(index, &why);
    if (status == BADGE_EIO && is_full(store)) {
        log_error("disk full: the index can't be opened; digests are looked up in the batch files, slowly",
                  log_text("why", why.text));
        store->index_behind = true;
        status = digest_index_open_without_space(index, &why);
    }
    if (status != BADGE_OK && err)
        *err = why;
    return status;
}

/* Submissions are refused until there is space for them and for the reserve. */
static void begin_full(struct store *store)
{
    struct badge_err why;
    bool no_index = store->digest_index.no_space;
    (void)badge_fail(&why, BADGE_EIO, BADGE_NO_OFFSET, "the disk is full%s",
                     no_index ? " and the index can't be opened: digests are looked up in the batch files, slowly"
                              : "");
    store_fail(store, &why, false);
}

enum badge_status store_recover(struct store *store, struct badge_err *err)
{
    bool was_full = is_full(store);
    if (was_full)
        (void)reserve_give_back(store->path);

    enum badge_status status = make_folders(store, err);
    if (status == BADGE_OK)
        status = prepare_new(store, err);
    if (status == BADGE_OK)
        status = anchors_open(&store->anchors, &store->options, err);
    if (status == BADGE_OK)
        status = match_batches(store, err);
    if (status == BADGE_OK)
        status = chain_status_open(&store->chain_status, &store->options, err);
    if (status == BADGE_OK)
        status = relations_open(&store->relations, store->path, err);
    if (status == BADGE_OK)
        status = open_index(store, err);
    if (status == BADGE_OK)
        status = pending_begin(&store->pending, store->anchors.sealed_through, err);
    if (status == BADGE_OK)
        status = journal_open(&store->journal, store->path, RECORD_FILE_TRUNCATE, store->anchors.sealed_through,
                              visit_journal, store, err);
    if (status != BADGE_OK)
        return status;
    pending_publish(&store->pending, NULL, 0);
    if (was_full || store->digest_index.no_space)
        begin_full(store);
    else
        store->has_reserve = reserve_keep(store->path);
    journal_trim(&store->journal, store->anchors.sealed_through);
    log_info("store opened", log_text("path", store->path), log_u64("batches", store->anchors.n),
             log_u64("sealed", store->anchors.n_sealed), log_u64("pending", pending_count(&store->pending)));
    return BADGE_OK;
}
