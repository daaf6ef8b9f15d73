/*
 * Copies the store of a running node to one file: `badge backup`. It takes no lock and does not block the node. The
 * order of copying makes the copy consistent: a state in which the node could have crashed.
 *
 *   1. The journal: its segments are listed and all opened before any is read. If one no longer exists, it was trimmed,
 *      and the list is read again. Let S be the sequence number after the last submission of these copies.
 *   2. The list of batches, up to the first batch that is sealed beyond S. It is append-only, and batches are sealed in
 *      the order of the journal, so this is the list at one moment.
 *   3. Labels and chain status, which are append-only; tokens and published credentials, which are replaced
 *      atomically. A digest is accepted
 *      again only after the withdrawal of its batch is on disk, so the copy has the withdrawal that explains why a
 *      digest of step 1 is also in a batch.
 *   4. The files of the batches in that list. A batch file has its name before it is listed, and is never changed.
 *
 * The copy has every submission acknowledged before the backup started. When the segments were opened, the submission
 * was in one of them, or its segment had been trimmed. In that case its batch was listed before, and sealed through at
 * most S: a seal starts a segment at the sequence number through which it seals, and that segment, or a later one, is
 * among the copies. So the batch is in the list of step 2, and its file in step 4. The pending submissions of the copy
 * are those of the journal from there on. A group or record that is being written may be copied in part, at the end of
 * a file: a start truncates it, and it was not acknowledged.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "badge/text.h"
#include "core/compiler.h"
#include "runtime/file.h"
#include "store/published.h"
#include "store/store_internal.h"
#include "store/tools/archive.h"
#include "store/tools/tools.h"

#define MAX_LISTINGS 1000 /* a seal trims segments, but no node seals that often */

/* An open file of the store. */
struct backup_source {
    int fd;
    uint64_t len;
    char name[sizeof PUBLISHED_FOLDER + BADGE_HEX_LEN + 1], path[DISK_PATH_MAX]; /* that is the longest */
};

struct backup {
    const char *store;
    char scratch[DISK_PATH_MAX], tree[DISK_PATH_MAX], unfinished[DISK_PATH_MAX]; /* FILE.check and within it */
    struct store_check *check;
    int64_t began_at_s;
    struct archive archive;
    struct backup_source *segment;
    size_t n_segments;
};

static enum badge_status source_open(struct backup_source *source, const char *store, const char *name,
                                     struct badge_err *err)
{
    (void)snprintf(source->name, sizeof source->name, "%s", name);
    disk_path(source->path, store, name);
    enum badge_status status = disk_open(&source->fd, source->path, O_RDONLY, err);
    return status == BADGE_OK ? disk_size(source->fd, source->path, &source->len, err) : status;
}

static void source_close(struct backup_source *source)
{
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
}

static void close_segments(struct backup *backup)
{
    for (size_t i = 0; i < backup->n_segments; i++)
        source_close(&backup->segment[i]);
    free(backup->segment);
    backup->segment = NULL;
    backup->n_segments = 0;
}

/* errors    BADGE_ENOTFOUND: a segment was trimmed after it was listed */
static enum badge_status open_segments_once(struct backup *backup, struct badge_err *err)
{
    char folder[DISK_PATH_MAX];
    uint32_t *numbers = NULL;
    size_t n = 0;
    disk_path(folder, backup->store, "journal");
    if (!disk_exists(folder))
        return badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET, "%s is missing: restore it from a backup", folder);
    enum badge_status status = disk_list(&numbers, &n, folder, err);
    if (status == BADGE_OK && !(backup->segment = calloc(n + 1, sizeof *backup->segment)))
        status = badge_no_memory(err);
    for (size_t i = 0; status == BADGE_OK && i < n; i++) {
        char name[DISK_PATH_MAX];
        disk_number_path(name, "journal", numbers[i]);
        status = source_open(&backup->segment[backup->n_segments++], backup->store, name, err);
    }
    free(numbers);
    return status;
}

static enum badge_status open_segments(struct backup *backup, struct badge_err *err)
{
    for (int i = 0; i < MAX_LISTINGS; i++) {
        enum badge_status status = open_segments_once(backup, err);
        if (status != BADGE_ENOTFOUND)
            return status;
        close_segments(backup);
    }
    return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "the journal of %s keeps changing: try again", backup->store);
}

static enum badge_status copy_out(const struct backup_source *source, const char *folder, struct badge_err *err)
{
    char path[DISK_PATH_MAX];
    int fd;
    disk_path(path, folder, source->name);
    enum badge_status status = disk_open(&fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, err);
    if (status != BADGE_OK)
        return status;
    status = disk_copy(fd, path, source->fd, source->path, 0, source->len, NULL, err);
    close(fd);
    return status;
}

/* Copies the segments to the scratch folder first, because S must be read from the very bytes that are archived. */
static enum badge_status copy_journal(struct backup *backup, uint64_t *sequence, struct badge_err *err)
{
    char folder[DISK_PATH_MAX];
    enum badge_status status = open_segments(backup, err);
    disk_path(folder, backup->tree, "journal");
    if (status == BADGE_OK)
        status = disk_make_folder(backup->tree, err);
    if (status == BADGE_OK)
        status = disk_make_folder(folder, err);
    for (size_t i = 0; status == BADGE_OK && i < backup->n_segments; i++)
        if ((status = store_check_continue(backup->check, err)) == BADGE_OK)
            status = copy_out(&backup->segment[i], backup->tree, err);
    if (status == BADGE_OK)
        status = journal_end(backup->tree, sequence, err);
    for (size_t i = 0; status == BADGE_OK && i < backup->n_segments; i++) {
        struct backup_source copy;
        status = source_open(&copy, backup->tree, backup->segment[i].name, err);
        if (status == BADGE_OK)
            status = archive_add(&backup->archive, copy.name, copy.fd, copy.path, copy.len, err);
        source_close(&copy);
    }
    close_segments(backup);
    return status;
}

/* Copies the first len bytes; STORE_NO_OFFSET: the whole file. */
static enum badge_status copy_file(struct backup *backup, const char *name, uint64_t len, struct badge_err *err)
{
    struct backup_source source;
    enum badge_status status = source_open(&source, backup->store, name, err);
    if (status == BADGE_OK)
        status = archive_add(&backup->archive, name, source.fd, source.path, len < source.len ? len : source.len, err);
    source_close(&source);
    return status;
}

static enum badge_status source_missing(const struct backup *backup, const char *name, struct badge_err *err)
{
    return badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET, "%s/%s is missing: restore it from a backup", backup->store,
                      name);
}

static void report_progress(const struct backup *backup, uint64_t done, uint64_t total)
{
    if (backup->check->on_progress)
        backup->check->on_progress(backup->check->context, "copied", done, total);
}

static enum badge_status copy_batches(struct backup *backup, struct anchors *anchors, struct badge_err *err)
{
    uint64_t done = 0, total = 0;
    for (size_t i = 0; i < anchors->n; i++)
        total += anchors->entries[i].batch.tree_size;
    for (size_t i = 0; i < anchors->n; i++) {
        char name[DISK_PATH_MAX];
        disk_number_path(name, "batches", (uint32_t)i + 1);
        enum badge_status status = store_check_continue(backup->check, err);
        if (status == BADGE_OK)
            status = copy_file(backup, name, STORE_NO_OFFSET, err);
        if (status != BADGE_OK)
            return status == BADGE_ENOTFOUND ? source_missing(backup, name, err) : status;
        done += anchors->entries[i].batch.tree_size;
        report_progress(backup, done, total);
    }
    return BADGE_OK;
}

/* A file that is not there any more was taken down after it was listed. */
static enum badge_status copy_published(void *context, const char *name, struct badge_err *err)
{
    struct backup *backup = context;
    char below[DISK_PATH_MAX];
    disk_path(below, PUBLISHED_FOLDER, name);
    enum badge_status status = store_check_continue(backup->check, err);
    if (status == BADGE_OK)
        status = copy_file(backup, below, STORE_NO_OFFSET, err);
    return status == BADGE_ENOTFOUND ? BADGE_OK : status;
}

/* Everything after the journal, whose copies end at `sequence`. */
static enum badge_status copy_rest(struct backup *backup, uint64_t sequence, struct badge_err *err)
{
    struct anchors anchors;
    struct store_options found = {.path = backup->store};
    uint64_t len = 0;
    anchors_init(&anchors);
    enum badge_status status = anchors_open_readonly(&anchors, &found, sequence, &len, err);
    if (status == BADGE_ENOTFOUND)
        status = source_missing(backup, "anchors", err);
    if (status == BADGE_OK)
        status = copy_file(backup, "labels", STORE_NO_OFFSET, err);
    if (status == BADGE_ENOTFOUND)
        status = source_missing(backup, "labels", err);
    /* The first can be read from the chain again; the others may not exist. */
    static const char *const optional[] = {"standing", "tokens", "relations"};
    for (size_t i = 0; status == BADGE_OK && i < ARRAY_LEN(optional); i++) {
        status = copy_file(backup, optional[i], STORE_NO_OFFSET, err);
        if (status == BADGE_ENOTFOUND)
            status = BADGE_OK;
    }
    if (status == BADGE_OK)
        status = published_visit(backup->store, copy_published, backup, err);
    if (status == BADGE_OK)
        status = copy_batches(backup, &anchors, err);
    if (status == BADGE_OK)
        status = copy_file(backup, "anchors", len, err);
    anchors_close(&anchors);
    return status;
}

static enum badge_status write_archive(struct backup *backup, struct badge_err *err)
{
    uint64_t sequence = 0;
    enum badge_status status = archive_create(&backup->archive, backup->unfinished, err);
    if (status != BADGE_OK)
        return status;
    status = copy_journal(backup, &sequence, err);
    report_progress(backup, 0, 0);
    if (status == BADGE_OK)
        status = copy_rest(backup, sequence, err);
    if (status == BADGE_OK)
        status = archive_finish(&backup->archive, err);
    archive_release(&backup->archive);
    store_remove_restored(backup->tree);
    return status;
}

/* A folder of our own that no other user can write to. */
static enum badge_status make_scratch(struct backup *backup, const char *file, struct badge_err *err)
{
    size_t n = sizeof backup->scratch;
    if (strlen(file) + strlen(".check/store") > DISK_FOLDER_MAX)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the name of the backup is too long");
    (void)snprintf(backup->scratch, n, "%s.check", file);
    (void)snprintf(backup->tree, n, "%s.check/store", file);
    (void)snprintf(backup->unfinished, n, "%s.check/tar", file);
    if (mkdir(backup->scratch, 0700) == 0)
        return BADGE_OK;
    if (errno == EEXIST)
        return badge_fail(
            err, BADGE_EREFUSED, BADGE_NO_OFFSET,
            "%s already exists: another backup is running, or was interrupted; remove it if none is running",
            backup->scratch);
    return disk_fail(err, "create the folder", backup->scratch);
}

static void remove_scratch(const struct backup *backup)
{
    store_remove_restored(backup->tree);
    rmdir(backup->tree);
    unlink(backup->unfinished);
    rmdir(backup->scratch);
}

/* Uses link(2), so that a file created in the meantime is never overwritten. */
static enum badge_status publish_backup(const char *unfinished, const char *file, struct badge_err *err)
{
    char folder[DISK_PATH_MAX];
    const char *slash = strrchr(file, '/');
    int len = slash == file ? 1 : slash ? (int)(slash - file) : 1;
    (void)snprintf(folder, sizeof folder, "%.*s", len, slash ? file : ".");
    if (link(unfinished, file) != 0)
        return disk_fail(err, "create the backup", file);
    return disk_sync_folder(folder, err);
}

/* For `badge doctor`. The backup itself is complete, so a store that can't be written to is not an error. */
static void note_backup(const struct backup *backup)
{
    char path[DISK_PATH_MAX], text[BADGE_TIME_LEN + 2];
    struct badge_err err = {0};
    disk_path(path, backup->store, STORE_LAST_BACKUP);
    badge_time_format(text, backup->began_at_s);
    text[BADGE_TIME_LEN] = '\n';
    (void)!file_replace(path, text, BADGE_TIME_LEN + 1, 0600, &err);
}

enum badge_status store_backup(const char *path, const char *file, struct store_check *check, struct badge_err *err)
{
    struct backup backup = {.store = path, .check = check, .began_at_s = (int64_t)time(NULL)};
    enum badge_status status = store_exists(path, err);
    if (status == BADGE_OK && disk_exists(file))
        status = badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                            "%s already exists, and a backup never overwrites a file: choose another name", file);
    if (status == BADGE_OK)
        status = make_scratch(&backup, file, err);
    if (status != BADGE_OK)
        return status;
    status = write_archive(&backup, err);
    check->with_published = true;
    if (status == BADGE_OK)
        status = store_restore(backup.tree, backup.unfinished, check, err);
    if (status == BADGE_ECORRUPT && check->n_faults > 0)
        status = badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET,
                            "the copy of %s has faults, so no backup was made: stop the node and run badge fsck", path);
    if (status == BADGE_OK)
        status = publish_backup(backup.unfinished, file, err);
    if (status == BADGE_OK)
        note_backup(&backup);
    remove_scratch(&backup);
    return status;
}
