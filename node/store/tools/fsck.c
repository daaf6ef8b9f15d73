/*
 * Checks a whole store, for `badge fsck` and for backups. It reads with the same code as a start and writes nothing.
 * After a fault it goes on with whatever can still be checked: each file is reported once, with the offset of its first
 * fault.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/compiler.h"
#include "core/grow.h"
#include "runtime/tokens.h"
#include "store/crc32c.h"
#include "store/published.h"
#include "store/store_internal.h"
#include "store/tools/tools.h"

#define AT_ONCE 4096
#define PLACES_AT_ONCE (size_t)6000000 /* digests sorted together: 240 MB */

/* Batch and leaf of a digest; batch 0: pending. */
struct digest_place {
    struct badge_hash digest;
    uint32_t batch, leaf;
};

struct digest_places {
    struct digest_place *item;
    size_t n, capacity;
};

struct fsck {
    const char *path;
    char batches[DISK_PATH_MAX];
    struct store_check *check;
    struct store_options identity;
    struct anchors anchors;
    struct chain_status chain_status;
    bool list_complete; /* `anchors` was read to its end */
    bool *good;         /* indexed by batch number − 1: its file has no fault */
    struct digest_places pending;
    struct index_db *index;
    uint32_t n_in_index; /* batches in its checkpoint; a start adds the others */
    uint64_t n_wrong;    /* digests that are missing or wrong in the index */
    uint64_t done, total;
};

static void report_fault(struct fsck *fsck, const char *file, uint64_t offset, const char *text)
{
    fsck->check->n_faults++;
    if (fsck->check->on_fault)
        fsck->check->on_fault(fsck->check->context, file, offset, text);
}

enum badge_status store_check_continue(const struct store_check *check, struct badge_err *err)
{
    if (!check->is_stopped || !check->is_stopped(check->context))
        return BADGE_OK;
    return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "interrupted");
}

/* Reports a fault of the store or the disk, and returns BADGE_OK. Any other error is returned, and ends the check. */
static enum badge_status report(struct fsck *fsck, enum badge_status status, const char *file,
                                const struct badge_err *err)
{
    if (status != BADGE_ECORRUPT && status != BADGE_ENOTFOUND && status != BADGE_EIO)
        return status;
    report_fault(fsck, file, err->offset == BADGE_NO_OFFSET ? STORE_NO_OFFSET : err->offset, err->text);
    return BADGE_OK;
}

static void progress(struct fsck *fsck, uint64_t n)
{
    fsck->done += n;
    if (fsck->done > fsck->total)
        fsck->total = fsck->done; /* an unlisted batch was counted */
    if (fsck->check->on_progress)
        fsck->check->on_progress(fsck->check->context, "checked", fsck->done, fsck->total);
}

static enum badge_status add_place(struct digest_places *places, const struct badge_hash *digest, uint32_t batch,
                                   uint32_t leaf, struct badge_err *err)
{
    struct digest_place *grown = core_grow(places->item, &places->capacity, places->n + 1, sizeof *grown);
    if (!grown)
        return badge_no_memory(err);
    places->item = grown;
    places->item[places->n++] = (struct digest_place){*digest, batch, leaf};
    return BADGE_OK;
}

static enum badge_status check_list(struct fsck *fsck, struct badge_err *err)
{
    uint64_t len;
    enum badge_status status = anchors_open_readonly(&fsck->anchors, &fsck->identity, UINT64_MAX, &len, err);
    fsck->list_complete = status == BADGE_OK;
    fsck->check->n_torn += fsck->anchors.file.n_torn;
    if (status == BADGE_ENOTFOUND)
        badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "%s/anchors is missing: restore it from a backup",
                   fsck->path);
    return report(fsck, status, "anchors", err);
}

/* Compares a batch file with the list; adopts one that a crash left unlisted. */
static enum badge_status match_batch(struct fsck *fsck, const struct batch_file *file, struct badge_err *err)
{
    const struct batch_head *head = batch_file_head(file);
    struct store_batch listed;
    if (anchors_batch(&fsck->anchors, head->number, &listed)) {
        enum badge_status status = batch_file_match(file, &listed, err);
        bool ours = listed.replaces == head->replaces && head->chain_id == fsck->identity.chain_id &&
                    memcmp(&head->contract, &fsck->identity.contract, sizeof head->contract) == 0 &&
                    memcmp(&head->issuer, &fsck->identity.issuer, sizeof head->issuer) == 0;
        if (status != BADGE_OK || ours)
            return status;
    } else if (!fsck->list_complete) {
        return BADGE_OK;
    } else if (anchors_is_next_batch(&fsck->anchors, &fsck->identity, head)) {
        return anchors_adopt_unlisted(&fsck->anchors, head, err);
    }
    return badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET, "batch %u in %s does not belong to this store: remove it",
                      head->number, fsck->batches);
}

static enum badge_status check_batch(struct fsck *fsck, uint32_t number, struct badge_err *err)
{
    struct batch_file *file;
    char below[DISK_PATH_MAX];
    disk_number_path(below, "batches", number);
    enum badge_status status = store_check_continue(fsck->check, err);
    if (status != BADGE_OK)
        return status;
    status = batch_file_open(&file, fsck->batches, number, err);
    if (status == BADGE_ENOTFOUND)
        status = disk_missing(err, fsck->batches, number);
    if (status != BADGE_OK)
        return report(fsck, status, below, err);
    uint32_t n = batch_file_head(file)->n_leaves;
    status = match_batch(fsck, file, err);
    if (status == BADGE_OK)
        status = batch_file_recompute(file, err);
    if (status == BADGE_OK && number <= fsck->anchors.n)
        fsck->good[number - 1] = true;
    batch_file_free(file);
    progress(fsck, n);
    return report(fsck, status, below, err);
}

/* Checks all batches, those listed and those in the folder. */
static enum badge_status check_batches(struct fsck *fsck, struct badge_err *err)
{
    uint32_t *numbers = NULL;
    size_t n = 0;
    enum badge_status status = BADGE_OK;
    if (disk_exists(fsck->batches))
        status = disk_list(&numbers, &n, fsck->batches, err);
    uint32_t last = n > 0 ? numbers[n - 1] : 0;
    free(numbers);
    if (last > fsck->anchors.n + n)
        last = (uint32_t)(fsck->anchors.n + n); /* a stray high number must not report millions as missing */
    if (last < fsck->anchors.n)
        last = (uint32_t)fsck->anchors.n;
    fsck->total = fsck->anchors.n_sealed;
    for (size_t i = 0; i < fsck->anchors.n; i++)
        fsck->total += fsck->anchors.entries[i].batch.tree_size;
    fsck->good = calloc((size_t)last + 1, sizeof *fsck->good);
    if (!fsck->good)
        return badge_no_memory(err);
    for (uint32_t number = 1; status == BADGE_OK && number <= last; number++)
        status = check_batch(fsck, number, err);
    return status;
}

static enum badge_status visit_label(void *context, const uint8_t *payload, size_t len, uint64_t offset,
                                     struct badge_err *err)
{
    struct fsck *fsck = context;
    struct journal_record record;
    if (len == 0)
        return BADGE_OK; /* the head */
    fsck->check->n_labels++;
    if (journal_parse(&record, payload) && record.type == JOURNAL_RELABEL)
        return BADGE_OK;
    return badge_fail(err, BADGE_ECORRUPT, (size_t)offset, "%s/labels has an invalid record at byte %llu", fsck->path,
                      (unsigned long long)offset);
}

static enum badge_status check_labels(struct fsck *fsck, struct badge_err *err)
{
    struct record_file labels;
    enum badge_status status = digest_index_read_labels(&labels, fsck->path, visit_label, fsck, err);
    fsck->check->n_torn += labels.n_torn;
    record_file_close(&labels);
    return report(fsck, status, "labels", err);
}

/* A store without any has no such file. */
static enum badge_status check_relations(struct fsck *fsck, struct badge_err *err)
{
    struct relations relations;
    relations_init(&relations);
    enum badge_status status = relations_open_readonly(&relations, fsck->path, err);
    fsck->check->n_relations = digest_table_count(&relations.replaced);
    fsck->check->n_torn += relations.file.n_torn;
    relations_close(&relations);
    return report(fsck, status, "relations", err);
}

/* It can be rebuilt, like the index: damage is reported with that advice, and a missing file is not a fault. */
static enum badge_status check_chain_status(struct fsck *fsck, struct badge_err *err)
{
    char text[232];
    if (!fsck->list_complete) /* chain, contract and issuer are unknown */
        return BADGE_OK;
    enum badge_status status = chain_status_open_readonly(&fsck->chain_status, &fsck->identity, err);
    fsck->check->n_torn += fsck->chain_status.file.n_torn;
    uint64_t last = 0;
    for (size_t i = 0; i < fsck->anchors.n; i++)
        if (fsck->anchors.entries[i].batch.anchor.block_number > last)
            last = fsck->anchors.entries[i].batch.anchor.block_number;
    fsck->check->has_chain_status = status == BADGE_OK && fsck->chain_status.file_reached_head &&
                                    fsck->chain_status.through >= last;
    if (status == BADGE_ENOTFOUND)
        return BADGE_OK;
    if (status != BADGE_ECORRUPT)
        return status;
    (void)snprintf(text, sizeof text, "%.140s; remove it, and the node reads the chain again", err->text);
    report_fault(fsck, "standing", err->offset, text);
    return BADGE_OK;
}

/* Whether the digests of a batch may be pending or in a later one: it was withdrawn, or that can't be ruled out. */
static bool may_be_again(struct fsck *fsck, uint32_t number)
{
    const struct store_batch *batch = &fsck->anchors.entries[number - 1].batch;
    if (batch->anchor.state != STORE_ANCHOR_FINAL)
        return false;
    return !fsck->check->has_chain_status || chain_status_withdrawal_is_final(&fsck->chain_status, &batch->root);
}

static enum badge_status visit_journal(void *context, const struct journal_record *record, uint64_t sequence,
                                       struct badge_err *err)
{
    struct fsck *fsck = context;
    if (record->type != JOURNAL_NEW || sequence < fsck->anchors.sealed_through)
        return BADGE_OK;
    return add_place(&fsck->pending, &record->digest.value, 0, (uint32_t)fsck->pending.n, err);
}

/* Without the complete list it is unknown which records of the journal are pending. */
static enum badge_status check_journal(struct fsck *fsck, struct badge_err *err)
{
    struct journal journal;
    if (!fsck->list_complete)
        return BADGE_OK;
    journal_init(&journal);
    enum badge_status status = journal_open(&journal, fsck->path, RECORD_FILE_READONLY, fsck->anchors.sealed_through,
                                            visit_journal, fsck, err);
    fsck->check->n_torn += journal.current.n_torn;
    fsck->check->n_pending = fsck->pending.n;
    size_t path_len = strlen(fsck->path);
    bool within = strncmp(journal.current.path, fsck->path, path_len) == 0;
    const char *below = within ? journal.current.path + path_len + 1 : "journal";
    status = report(fsck, status, below, err);
    journal_close(&journal);
    return status;
}

static enum badge_status check_tokens(struct fsck *fsck, struct badge_err *err)
{
    char path[DISK_PATH_MAX];
    struct tokens *tokens = NULL;
    disk_path(path, fsck->path, "tokens");
    enum badge_status status = tokens_open(&tokens, path, err);
    tokens_free(tokens);
    return report(fsck, status, "tokens", err);
}

static enum badge_status visit_published(void *context, const char *name, struct badge_err *err)
{
    struct fsck *fsck = context;
    char below[DISK_PATH_MAX];
    disk_path(below, PUBLISHED_FOLDER, name);
    enum badge_status status = store_check_continue(fsck->check, err);
    if (status != BADGE_OK)
        return status;
    fsck->check->n_published++;
    return report(fsck, published_check(fsck->path, name, err), below, err);
}

/* A store without any has no such folder. */
static enum badge_status check_published(struct fsck *fsck, struct badge_err *err)
{
    return published_visit(fsck->path, visit_published, fsck, err);
}

static void check_indexed(struct fsck *fsck, uint32_t batch, const struct batch_leaf *leaf)
{
    struct index_value value;
    struct badge_err err;
    enum badge_status status = index_db_get(fsck->index, &leaf->digest, &value, &err);
    bool here = status == BADGE_OK && value.batch == batch && value.leaf == leaf->index &&
                (leaf->label == BADGE_LABEL_EXTERNAL || (uint8_t)value.label == leaf->label);
    if (here || (status == BADGE_OK && value.batch > batch && may_be_again(fsck, batch)))
        fsck->check->n_indexed++;
    else
        fsck->n_wrong++;
}

/* Adds the digests of one batch that belong to this turn; on the first turn also looks up each in the index. */
static enum badge_status collect_digests(struct fsck *fsck, uint32_t number, struct digest_places *places,
                                         uint32_t turn, uint32_t n_turns, struct badge_err *err)
{
    struct batch_file *file;
    struct batch_leaf *leaf = malloc(AT_ONCE * sizeof *leaf);
    if (!leaf)
        return badge_no_memory(err);
    enum badge_status status = batch_file_open(&file, fsck->batches, number, err);
    if (status != BADGE_OK) {
        free(leaf);
        return status;
    }
    uint32_t n = batch_file_head(file)->n_leaves;
    for (uint32_t first = 0; status == BADGE_OK && first < n; first += AT_ONCE) {
        uint32_t some = n - first < AT_ONCE ? n - first : AT_ONCE;
        status = batch_file_entries(file, first, some, leaf, err);
        for (uint32_t i = 0; status == BADGE_OK && i < some; i++) {
            if (turn == 0 && number <= fsck->n_in_index)
                check_indexed(fsck, number, &leaf[i]);
            if (crc32c(0, leaf[i].digest.b, sizeof leaf[i].digest.b) % n_turns == turn)
                status = add_place(places, &leaf[i].digest, number, leaf[i].index, err);
        }
        progress(fsck, turn == 0 ? some : 0);
    }
    batch_file_free(file);
    free(leaf);
    return status;
}

static int compare_places(const void *a, const void *b)
{
    const struct digest_place *x = a, *y = b;
    return memcmp(x->digest.b, y->digest.b, sizeof x->digest.b);
}

static void name_place(char *out, size_t len, const struct digest_place *place)
{
    if (place->batch == 0)
        (void)snprintf(out, len, "pending");
    else
        (void)snprintf(out, len, "leaf %u of batch %u", place->leaf, place->batch);
}

static void report_duplicate(struct fsck *fsck, const struct digest_place *a, const struct digest_place *b)
{
    char digest[65], one[40], other[40], text[232], below[DISK_PATH_MAX] = "journal";
    uint32_t batch = a->batch > b->batch ? a->batch : b->batch;
    badge_hex_encode(digest, a->digest.b, sizeof a->digest.b);
    name_place(one, sizeof one, a);
    name_place(other, sizeof other, b);
    (void)snprintf(text, sizeof text, "duplicate digest %s: %s and %s", digest, one, other);
    if (batch > 0)
        disk_number_path(below, "batches", batch);
    report_fault(fsck, below, STORE_NO_OFFSET, text);
}

/* At most one leaf or pending entry of a digest counts: all others must be in withdrawn batches. */
static void find_duplicates(struct fsck *fsck, struct digest_places *places)
{
    const struct digest_place *counts = NULL;
    if (places->n > 1)
        qsort(places->item, places->n, sizeof *places->item, compare_places);
    for (size_t i = 0; i < places->n; i++) {
        const struct digest_place *place = &places->item[i];
        bool again = i > 0 && compare_places(place - 1, place) == 0;
        if (!again)
            counts = NULL;
        if (place->batch != 0 && may_be_again(fsck, place->batch)) {
            fsck->check->n_superseded += again;
            continue;
        }
        if (counts)
            report_duplicate(fsck, counts, place);
        else
            fsck->check->n_superseded += again;
        counts = place;
    }
}

static bool is_readable(struct fsck *fsck, uint32_t number)
{
    return fsck->good[number - 1] && fsck->anchors.entries[number - 1].batch.anchor.state != STORE_ANCHOR_SPOILED;
}

/* Checks that no digest is there twice, in several turns to keep memory bounded. */
static enum badge_status check_digests(struct fsck *fsck, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    uint32_t n_turns = (uint32_t)((fsck->anchors.n_sealed + fsck->pending.n) / PLACES_AT_ONCE + 1);
    for (uint32_t turn = 0; status == BADGE_OK && turn < n_turns; turn++) {
        struct digest_places places = {0};
        for (uint32_t number = 1; status == BADGE_OK && number <= fsck->anchors.n; number++)
            if (is_readable(fsck, number))
                status = collect_digests(fsck, number, &places, turn, n_turns, err);
        for (size_t i = 0; status == BADGE_OK && i < fsck->pending.n; i++) {
            const struct digest_place *pending = &fsck->pending.item[i];
            if (crc32c(0, pending->digest.b, sizeof pending->digest.b) % n_turns == turn)
                status = add_place(&places, &pending->digest, 0, pending->leaf, err);
        }
        if (status == BADGE_OK)
            find_duplicates(fsck, &places);
        free(places.item);
    }
    return status;
}

/* A missing index is not a fault, nor one that a crash left behind the batches: the next start repairs both. */
static enum badge_status open_index(struct fsck *fsck, struct badge_err *err)
{
    char path[DISK_PATH_MAX];
    disk_path(path, fsck->path, "index");
    if (!disk_exists(path))
        return BADGE_OK;
    fsck->check->has_index = true;
    struct index_checkpoint checkpoint = {0};
    enum badge_status status = index_db_open(&fsck->index, path, err);
    if (status == BADGE_OK)
        status = index_db_checkpoint(fsck->index, &checkpoint, err);
    fsck->n_in_index = checkpoint.n_batches;
    if (status == BADGE_OK || status == BADGE_ENOTFOUND)
        return BADGE_OK;
    if (status != BADGE_EMISMATCH)
        return status;
    report_fault(fsck, "index", STORE_NO_OFFSET, err->text);
    return BADGE_OK;
}

static void report_index(struct fsck *fsck)
{
    char text[232];
    unsigned long long n_wrong = fsck->n_wrong, n_all = n_wrong + fsck->check->n_indexed;
    if (n_wrong == 0)
        return;
    (void)snprintf(
        text, sizeof text,
        "%llu of %llu digests are missing or wrong in the index: remove %s/index, and the next start rebuilds "
        "it",
        n_wrong, n_all, fsck->path);
    report_fault(fsck, "index", STORE_NO_OFFSET, text);
}

static void count_totals(struct fsck *fsck)
{
    fsck->check->n_batches = (uint32_t)fsck->anchors.n;
    fsck->check->n_sealed = fsck->anchors.n_sealed;
    for (size_t i = 0; i < fsck->anchors.n; i++)
        fsck->check->n_spoiled += fsck->anchors.entries[i].batch.anchor.state == STORE_ANCHOR_SPOILED;
}

enum badge_status store_check_unlocked(const char *path, struct store_check *check, struct badge_err *err)
{
    static enum badge_status (*const steps[])(struct fsck * fsck, struct badge_err * err) = {
        check_list,    check_batches, check_labels,    check_relations, check_chain_status,
        check_journal, check_tokens,  check_published, open_index,      check_digests,
    };
    struct fsck fsck = {.path = path, .check = check, .identity = {.path = path}};
    enum badge_status status = BADGE_OK;
    disk_path(fsck.batches, path, "batches");
    anchors_init(&fsck.anchors);
    chain_status_init(&fsck.chain_status);
    for (size_t i = 0; status == BADGE_OK && i < ARRAY_LEN(steps); i++)
        status = steps[i](&fsck, err);
    if (status == BADGE_OK)
        report_index(&fsck);
    count_totals(&fsck);
    index_db_close(fsck.index);
    anchors_close(&fsck.anchors);
    chain_status_close(&fsck.chain_status);
    free(fsck.good);
    free(fsck.pending.item);
    return status;
}

enum badge_status store_exists(const char *path, struct badge_err *err)
{
    static const char *const names[] = {"anchors", "batches", "journal"};
    enum badge_status status = disk_check_path(path, err);
    if (status != BADGE_OK)
        return status;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char below[DISK_PATH_MAX];
        disk_path(below, path, names[i]);
        if (disk_exists(below))
            return BADGE_OK;
    }
    return badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "no store found in %s: name one with --store", path);
}

enum badge_status store_fsck(const char *path, struct store_check *check, struct badge_err *err)
{
    int lock;
    enum badge_status status = store_exists(path, err);
    if (status == BADGE_OK)
        status = store_lock(&lock, path, err);
    if (status != BADGE_OK)
        return status;
    status = store_check_unlocked(path, check, err);
    close(lock);
    return status;
}
