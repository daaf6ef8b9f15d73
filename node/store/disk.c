/*
 * The store's access to the file system, used by every file in this folder. It guarantees three things: files are not
 * readable by others, a short read or write is never taken for a complete one, and an error names its path.
 */
#include "store/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "badge/text.h"
#include "core/grow.h"
#include "runtime/failpoint.h"

#define PROBE_CHUNK (1u << 18)
#define PROBE_LEN (1u << 21) /* more than the index writes in one piece */

enum badge_status disk_fail(struct badge_err *err, const char *verb, const char *path)
{
    char why[96];
    int cause = errno;
    /* GNU's strerror_r may return a static string instead. */
    const char *text = strerror_r(cause, why, sizeof why);
    enum badge_status status = badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "can't %s %s: %s", verb, path, text);
    errno = cause;
    return status;
}

bool disk_out_of_space(int code)
{
    return code == ENOSPC || code == EDQUOT || code == EFBIG;
}

enum badge_status disk_probe(const char *folder, struct badge_err *err)
{
    char path[DISK_PATH_MAX];
    static const uint8_t bytes[PROBE_CHUNK];
    int fd = -1;
    disk_path(path, folder, "probe" DISK_UNFINISHED);
    enum badge_status status = disk_open(&fd, path, O_WRONLY | O_CREAT | O_TRUNC, err);
    if (status != BADGE_OK)
        return status;
    unlink(path);
    for (size_t len = 0; status == BADGE_OK && len < PROBE_LEN; len += PROBE_CHUNK)
        status = disk_write(fd, path, bytes, PROBE_CHUNK, err);
    if (status == BADGE_OK)
        status = disk_sync(fd, path, err);
    close(fd);
    return status;
}

enum badge_status disk_check_path(const char *store, struct badge_err *err)
{
    if (strlen(store) <= DISK_FOLDER_MAX)
        return BADGE_OK;
    return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the path of the store is too long: choose a shorter one");
}

void disk_path(char out[DISK_PATH_MAX], const char *folder, const char *name)
{
    int len = snprintf(out, DISK_PATH_MAX, "%s/%s", folder, name);
    BADGE_ASSERT(len > 0 && len < DISK_PATH_MAX);
}

void disk_number_name(char out[DISK_NAME_MAX], uint32_t number)
{
    (void)snprintf(out, DISK_NAME_MAX, "%08u", (unsigned)number);
}

void disk_number_path(char out[DISK_PATH_MAX], const char *folder, uint32_t number)
{
    char name[DISK_NAME_MAX];
    disk_number_name(name, number);
    disk_path(out, folder, name);
}

enum badge_status disk_missing(struct badge_err *err, const char *folder, uint32_t number)
{
    char path[DISK_PATH_MAX];
    disk_number_path(path, folder, number);
    return badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET, "%s is missing: restore it from a backup", path);
}

enum badge_status disk_make_folder(const char *path, struct badge_err *err)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return BADGE_OK;
    return disk_fail(err, "create the folder", path);
}

enum badge_status disk_check_private(const char *folder, struct badge_err *err)
{
    struct stat st;
    if (stat(folder, &st) != 0)
        return disk_fail(err, "read the mode of", folder);
    if (!(st.st_mode & (S_IWGRP | S_IWOTH)))
        return BADGE_OK;
    return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                      "others may write into the store %s (its mode is %04o): make it the node's own with chmod go-w",
                      folder, (unsigned)st.st_mode & 07777u);
}

enum badge_status disk_sync_folder(const char *path, struct badge_err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return disk_fail(err, "open", path);
    enum badge_status status = fsync(fd) == 0 ? BADGE_OK : disk_fail(err, "sync", path);
    close(fd);
    return status;
}

bool disk_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

enum badge_status disk_open(int *fd, const char *path, int flags, struct badge_err *err)
{
    *fd = open(path, flags | O_CLOEXEC, 0600);
    if (*fd >= 0)
        return BADGE_OK;
    enum badge_status status = errno == ENOENT ? BADGE_ENOTFOUND : BADGE_EIO;
    disk_fail(err, "open", path);
    if (err)
        err->status = status;
    return status;
}

enum badge_status disk_write(int fd, const char *path, const void *bytes, size_t len, struct badge_err *err)
{
    const uint8_t *p = bytes;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return disk_fail(err, "write", path);
        p += n;
        len -= (size_t)n;
    }
    return BADGE_OK;
}

enum badge_status disk_read(int fd, const char *path, void *out, size_t len, uint64_t offset, struct badge_err *err)
{
    uint8_t *p = out;
    while (len > 0) {
        ssize_t n = pread(fd, p, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return disk_fail(err, "read", path);
        if (n == 0)
            return badge_fail(err, BADGE_ECORRUPT, (size_t)offset,
                              "%s is truncated at byte %llu: restore it from a backup", path,
                              (unsigned long long)offset);
        p += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return BADGE_OK;
}

enum badge_status disk_copy(int to, const char *to_path, int from, const char *from_path, uint64_t at, uint64_t len,
                            struct badge_sha256 *sha, struct badge_err *err)
{
    uint8_t bytes[65536];
    enum badge_status status = BADGE_OK;
    for (uint64_t end = at + len; status == BADGE_OK && at < end; at += sizeof bytes) {
        size_t some = end - at < sizeof bytes ? (size_t)(end - at) : sizeof bytes;
        status = disk_read(from, from_path, bytes, some, at, err);
        if (status == BADGE_OK && sha)
            badge_sha256_update(sha, bytes, some);
        if (status == BADGE_OK)
            status = disk_write(to, to_path, bytes, some, err);
    }
    badge_wipe(bytes, len < sizeof bytes ? (size_t)len : sizeof bytes);
    return status;
}

enum badge_status disk_size(int fd, const char *path, uint64_t *out, struct badge_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return disk_fail(err, "get the size of", path);
    *out = (uint64_t)st.st_size;
    return BADGE_OK;
}

enum badge_status disk_sync(int fd, const char *path, struct badge_err *err)
{
    return fdatasync(fd) == 0 ? BADGE_OK : disk_fail(err, "sync", path);
}

enum badge_status disk_create(const char *folder, const char *name, const void *bytes, size_t len,
                              struct badge_err *err)
{
    char unfinished[DISK_PATH_MAX + sizeof DISK_UNFINISHED], path[DISK_PATH_MAX];
    int fd;
    disk_path(path, folder, name);
    (void)snprintf(unfinished, sizeof unfinished, "%s" DISK_UNFINISHED, path);
    enum badge_status status = disk_open(&fd, unfinished, O_WRONLY | O_CREAT | O_TRUNC, err);
    if (status != BADGE_OK)
        return status;
    FAILPOINT("create", "write");
    status = disk_write(fd, unfinished, bytes, len, err);
    FAILPOINT("create", "written");
    if (status == BADGE_OK)
        status = disk_sync(fd, unfinished, err);
    FAILPOINT("create", "synced");
    int write_errno = errno;
    close(fd);
    errno = write_errno;
    if (status == BADGE_OK && rename(unfinished, path) != 0)
        status = disk_fail(err, "rename into place", path);
    FAILPOINT("create", "renamed");
    if (status == BADGE_OK)
        return disk_sync_folder(folder, err);
    int cause = errno;
    unlink(unfinished);
    errno = cause;
    return status;
}

/* True for at least eight digits, without a leading zero if there are more; *suffix is the rest of the name. */
static bool number_parse(const char *name, uint32_t *out, const char **suffix)
{
    uint64_t number = 0;
    size_t n = 0;
    for (; name[n] >= '0' && name[n] <= '9'; n++) {
        number = number * 10 + (uint64_t)(name[n] - '0');
        if (number > UINT32_MAX)
            return false;
    }
    *out = (uint32_t)number;
    *suffix = name + n;
    return number > 0 && (n == 8 || (n > 8 && name[0] != '0'));
}

static int compare_u32(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

enum badge_status disk_list(uint32_t **out, size_t *n, const char *folder, struct badge_err *err)
{
    *out = NULL;
    *n = 0;
    DIR *dir = opendir(folder);
    if (!dir && errno == ENOENT)
        return badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "%s is missing: restore it from a backup", folder);
    if (!dir)
        return disk_fail(err, "read", folder);
    enum badge_status status = BADGE_OK;
    size_t capacity = 0;
    for (struct dirent *entry; status == BADGE_OK && (entry = readdir(dir));) {
        uint32_t number;
        const char *suffix;
        if (!number_parse(entry->d_name, &number, &suffix) || *suffix != '\0')
            continue;
        uint32_t *grown = core_grow(*out, &capacity, *n + 1, sizeof *grown);
        if (!grown) {
            status = badge_no_memory(err);
            break;
        }
        *out = grown;
        (*out)[(*n)++] = number;
    }
    closedir(dir);
    if (status != BADGE_OK) {
        free(*out);
        *out = NULL;
        *n = 0;
    } else if (*n > 1) {
        qsort(*out, *n, sizeof **out, compare_u32);
    }
    return status;
}

enum badge_status disk_tidy(const char *folder, struct badge_err *err)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return disk_fail(err, "read", folder);
    for (struct dirent *entry; (entry = readdir(dir));) {
        uint32_t number;
        const char *suffix;
        if (number_parse(entry->d_name, &number, &suffix) && strcmp(suffix, DISK_UNFINISHED) == 0)
            unlinkat(dirfd(dir), entry->d_name, 0);
    }
    closedir(dir);
    return BADGE_OK;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

enum badge_status disk_remove_folder(const char *path, struct badge_err *err)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
        return BADGE_OK;
    return disk_fail(err, "remove", path);
}
