/*
 * A copy of a store in one file, from under a running node: `badge backup`. It takes no lock and stops nobody; that the
 * copy is one the node could have left behind follows from the order of copying.
 *
 *   1. The journal: its segments are listed and all opened, before any is read. One that is gone by then was trimmed:
 *      the list is made again. Let S be the sequence number behind the last submission of these copies.
 *   2. The list of batches, up to the first batch that is sealed beyond S. It is only ever appended to, and batches are
 *      sealed in the order of the journal, so this is the list as it was at a moment.
 *   3. Labels and what the chain says, which are only appended to; tokens, which are replaced in one step. Before a
 *      digest is accepted again its batch's withdrawal is on disk, so what explains such a digest of step 1 is there.
 *   4. The files of the batches in that list. A batch file has its name before it is listed, and is never changed.
 *
 * Every submission acknowledged before the beginning is in it: when the segments were opened, it stood in one of them,
 * or its segment had been trimmed. Then its batch was listed before, and sealed through no more than S: a seal begins
 * a segment at the place through which it seals, and that one, or a later one, is among the copies. So the batch is in
 * the list of step 2, and its file in step 4. What is pending in the copy is what the journal has from there on. A
 * group or a record that is being written at the time may be there in part, at the end of a file: a start cuts it off,
 * and nobody had been answered for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/compiler.h"
#include "store/store_internal.h"
#include "store/tools/archive.h"
#include "store/tools/tools.h"

#define MAX_LISTINGS 1000 /* segments go when batches are sealed: no node seals that fast */

/* A file of the store, open. */
struct source {
    int fd;
    uint64_t len;
    char name[16 + DISK_NAME_MAX], path[DISK_PATH_MAX];
};

struct backup {
    const char *store;
    char scratch[DISK_PATH_MAX], tree[DISK_PATH_MAX], unfinished[DISK_PATH_MAX]; /* FILE.check and within it */
    struct store_check *check;
    struct archive archive;
    struct source *segment;
    size_t n_segments;
};

static enum badge_status source_open(struct source *source, const char *store, const char *name, struct badge_err *err)
{
    source->fd = -1;
    (void)snprintf(source->name, sizeof source->name, "%s", name);
    enum badge_status status = disk_path(source->path, store, name, err);
    if (status == BADGE_OK)
        status = disk_open(&source->fd, source->path, O_RDONLY, err);
    return status == BADGE_OK ? disk_size(source->fd, source->path, &source->len, err) : status;
}

static void source_close(struct source *source)
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

/* errors    BADGE_ENOTFOUND: one was trimmed between its listing and its opening */
static enum badge_status open_segments_once(struct backup *backup, struct badge_err *err)
{
    char folder[DISK_PATH_MAX];
    uint32_t *numbers = NULL;
    size_t n = 0;
    enum badge_status status = disk_path(folder, backup->store, "journal", err);
    if (status == BADGE_OK && !disk_exists(folder))
        status = badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET, "%s is missing: restore it from a backup", folder);
    if (status == BADGE_OK)
        status = disk_list(&numbers, &n, folder, err);
    if (status == BADGE_OK && !(backup->segment = calloc(n + 1, sizeof *backup->segment)))
        status = badge_no_memory(err);
    for (size_t i = 0; status == BADGE_OK && i < n; i++) {
        char number[DISK_NAME_MAX], name[16 + DISK_NAME_MAX];
        disk_number_name(number, numbers[i], "");
        (void)snprintf(name, sizeof name, "journal/%s", number);
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
    return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "the journal of %s does not hold still: try again",
                      backup->store);
}

static enum badge_status copy_out(const struct source *source, const char *folder, struct badge_err *err)
{
    char path[DISK_PATH_MAX];
    uint8_t bytes[65536];
    int fd = -1;
    enum badge_status status = disk_path(path, folder, source->name, err);
    if (status == BADGE_OK)
        status = disk_open(&fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, err);
    for (uint64_t at = 0; status == BADGE_OK && at < source->len; at += sizeof bytes) {
        size_t some = source->len - at < sizeof bytes ? (size_t)(source->len - at) : sizeof bytes;
        status = disk_read(source->fd, source->path, bytes, some, at, err);
        if (status == BADGE_OK)
            status = disk_write(fd, path, bytes, some, err);
    }
    if (fd >= 0)
        close(fd);
    return status;
}

/* Copies of the segments, made first in the scratch folder, for these very bytes must tell how far they reach. */
static enum badge_status copy_journal(struct backup *backup, uint64_t *sequence, struct badge_err *err)
{
    char folder[DISK_PATH_MAX];
    enum badge_status status = open_segments(backup, err);
    if (status == BADGE_OK)
        status = disk_path(folder, backup->tree, "journal", err);
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
        struct source copy;
        status = source_open(&copy, backup->tree, backup->segment[i].name, err);
        if (status == BADGE_OK)
            status = archive_add(&backup->archive, copy.name, copy.fd, copy.path, copy.len, err);
        source_close(&copy);
    }
    close_segments(backup);
    return status;
}

/* len: of it, or STORE_NO_OFFSET for all that is there. */
static enum badge_status copy_file(struct backup *backup, const char *name, uint64_t len, struct badge_err *err)
{
    struct source source;
    enum badge_status status = source_open(&source, backup->store, name, err);
    if (status == BADGE_OK)
        status = archive_add(&backup->archive, name, source.fd, source.path, len < source.len ? len : source.len, err);
    source_close(&source);
    return status;
}

static enum badge_status missing(const struct backup *backup, const char *name, struct badge_err *err)
{
    return badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET, "%s/%s is missing: restore it from a backup", backup->store,
                      name);
}

static void tell(const struct backup *backup, uint64_t done, uint64_t total)
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
        char number[DISK_NAME_MAX], name[16 + DISK_NAME_MAX];
        disk_number_name(number, (uint32_t)i + 1, "");
        (void)snprintf(name, sizeof name, "batches/%s", number);
        enum badge_status status = store_check_continue(backup->check, err);
        if (status == BADGE_OK)
            status = copy_file(backup, name, STORE_NO_OFFSET, err);
        if (status != BADGE_OK)
            return status == BADGE_ENOTFOUND ? missing(backup, name, err) : status;
        done += anchors->entries[i].batch.tree_size;
        tell(backup, done, total);
    }
    return BADGE_OK;
}

/* Everything behind the journal, whose copies end at `sequence`. */
static enum badge_status copy_rest(struct backup *backup, uint64_t sequence, struct badge_err *err)
{
    struct anchors anchors;
    struct store_options found = {.path = backup->store};
    uint64_t len = 0;
    anchors_init(&anchors);
    enum badge_status status = anchors_open_readonly(&anchors, &found, sequence, &len, err);
    if (status == BADGE_ENOTFOUND)
        status = missing(backup, "anchors", err);
    if (status == BADGE_OK)
        status = copy_file(backup, "labels", STORE_NO_OFFSET, err);
    if (status == BADGE_ENOTFOUND)
        status = missing(backup, "labels", err);
    static const char *const optional[] = {"standing", "tokens"}; /* the chain has the one, nobody made the other */
    for (size_t i = 0; status == BADGE_OK && i < ARRAY_LEN(optional); i++) {
        status = copy_file(backup, optional[i], STORE_NO_OFFSET, err);
        if (status == BADGE_ENOTFOUND)
            status = BADGE_OK;
    }
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
    tell(backup, 0, 0);
    if (status == BADGE_OK)
        status = copy_rest(backup, sequence, err);
    if (status == BADGE_OK)
        status = archive_finish(&backup->archive, err);
    archive_release(&backup->archive);
    store_remove_restored(backup->tree);
    return status;
}

/* A folder of our own, for nobody else to put anything into. */
static enum badge_status make_scratch(struct backup *backup, const char *file, struct badge_err *err)
{
    size_t n = sizeof backup->scratch;
    if ((size_t)snprintf(backup->scratch, n, "%s.check", file) >= n ||
        (size_t)snprintf(backup->tree, n, "%s.check/store", file) >= n ||
        (size_t)snprintf(backup->unfinished, n, "%s.check/tar", file) >= n)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the name of the backup is too long");
    if (mkdir(backup->scratch, 0700) == 0)
        return BADGE_OK;
    if (errno == EEXIST)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                          "%s is there already, of a backup that was cut off or is under way: remove it first",
                          backup->scratch);
    return disk_fail(err, "make the folder", backup->scratch);
}

static void remove_scratch(const struct backup *backup)
{
    store_remove_restored(backup->tree);
    rmdir(backup->tree);
    unlink(backup->unfinished);
    rmdir(backup->scratch);
}

/* A name that somebody else has taken meanwhile is not taken from him. */
static enum badge_status publish(const char *unfinished, const char *file, struct badge_err *err)
{
    char folder[DISK_PATH_MAX];
    const char *slash = strrchr(file, '/');
    int len = slash == file ? 1 : slash ? (int)(slash - file) : 1;
    (void)snprintf(folder, sizeof folder, "%.*s", len, slash ? file : ".");
    if (link(unfinished, file) != 0)
        return disk_fail(err, "name the backup", file);
    return disk_sync_folder(folder, err);
}

enum badge_status store_backup(const char *path, const char *file, struct store_check *check, struct badge_err *err)
{
    struct backup backup = {.store = path, .check = check};
    enum badge_status status = store_exists(path, err);
    if (status == BADGE_OK && disk_exists(file))
        status = badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                            "%s is there already, and a backup is never written over: choose another name", file);
    if (status == BADGE_OK)
        status = make_scratch(&backup, file, err);
    if (status != BADGE_OK)
        return status;
    status = write_archive(&backup, err);
    if (status == BADGE_OK)
        status = store_restore(backup.tree, backup.unfinished, check, err);
    if (status == BADGE_ECORRUPT && check->n_faults > 0)
        status = badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET,
                            "the copy of %s has faults, so there is no backup: stop the node and run badge fsck", path);
    if (status == BADGE_OK)
        status = publish(backup.unfinished, file, err);
    remove_scratch(&backup);
    return status;
}
