/*
 * Restores a store from an archive: for `badge restore`, and to check a new backup. It guarantees two things: existing
 * files in the folder are never touched, and no node can use the store before it is complete, because `anchors` gets
 * its name last and no node starts without it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/compiler.h"
#include "runtime/log.h"
#include "store/published.h"
#include "store/store_internal.h"
#include "store/tools/archive.h"
#include "store/tools/tools.h"

/* What a restore creates, in a folder that had none of it. */
static const char *const folders[] = {"journal", "batches", PUBLISHED_FOLDER};
static const char *const files[] = {"anchors", "anchors.new", "labels", "standing", "tokens", "relations", "lock"};

static bool is_ignored(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "lock") == 0 ||
           strcmp(name, "lost+found") == 0; /* the folder may be a mount point */
}

static enum badge_status check_empty(const char *path, struct badge_err *err)
{
    DIR *dir = opendir(path);
    if (!dir)
        return disk_fail(err, "read", path);
    enum badge_status status = BADGE_OK;
    for (struct dirent *entry; status == BADGE_OK && (entry = readdir(dir));)
        if (!is_ignored(entry->d_name))
            status = badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                                "%s is not empty: move its contents away, or choose another folder", path);
    closedir(dir);
    return status;
}

void store_remove_restored(const char *path)
{
    char below[DISK_PATH_MAX];
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        disk_path(below, path, folders[i]);
        if (disk_remove_folder(below, NULL) != BADGE_OK)
            log_warn("folder not removed", log_text("path", below));
    }
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        disk_path(below, path, files[i]);
        unlink(below);
    }
}

static enum badge_status name_anchors(const char *path, struct badge_err *err)
{
    char from[DISK_PATH_MAX], to[DISK_PATH_MAX];
    disk_path(from, path, "anchors.new");
    disk_path(to, path, "anchors");
    return rename(from, to) == 0 ? BADGE_OK : disk_fail(err, "rename into place", to);
}

static enum badge_status sync_all(int fd, const char *path, struct badge_err *err)
{
    return syncfs(fd) == 0 ? BADGE_OK : disk_fail(err, "sync", path);
}

/* The folder is empty, and locked through fd. */
static enum badge_status restore_files(const char *path, const char *file, int fd, struct store_check *check,
                                       struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; status == BADGE_OK && i < ARRAY_LEN(folders); i++) {
        char folder[DISK_PATH_MAX];
        disk_path(folder, path, folders[i]);
        if (check->with_published || strcmp(folders[i], PUBLISHED_FOLDER) != 0)
            status = disk_make_folder(folder, err);
    }
    if (status == BADGE_OK)
        status = archive_extract(file, path, check, err);
    if (status == BADGE_OK)
        status = sync_all(fd, path, err);
    if (status == BADGE_OK)
        status = name_anchors(path, err);
    if (status == BADGE_OK)
        status = store_check_unlocked(path, check, err);
    if (status == BADGE_OK && check->n_faults > 0)
        status = badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET, "the store in %s has faults: use another backup",
                            file);
    return status == BADGE_OK ? sync_all(fd, path, err) : status;
}

enum badge_status store_restore(const char *path, const char *file, struct store_check *check, struct badge_err *err)
{
    enum badge_status status = disk_check_path(path, err);
    if (status != BADGE_OK)
        return status;
    if (access(file, F_OK) != 0)
        return errno == ENOENT ? badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "backup %s not found", file)
                               : disk_fail(err, "open", file);
    bool made = mkdir(path, 0700) == 0;
    int lock = -1;
    if (!made && errno != EEXIST)
        return disk_fail(err, "create the folder", path);
    status = check_empty(path, err);
    if (status == BADGE_OK)
        status = store_lock(&lock, path, err);
    if (status != BADGE_OK)
        return status;
    status = check_empty(path, err); /* again under the lock: a node may have written to it */
    if (status == BADGE_OK) {
        status = restore_files(path, file, lock, check, err);
        if (status != BADGE_OK)
            store_remove_restored(path);
    }
    close(lock);
    if (status != BADGE_OK && made)
        rmdir(path);
    return status;
}
