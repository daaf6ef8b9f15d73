/*
 * The reserve: store.c and recover.c call it at the start and when the disk may have space again. Its blocks are
 * allocated, not only its length; a file system that can't allocate has them written by the C library.
 */
#include "store/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "runtime/log.h"
#include "store/disk.h"

#define RESERVE "reserve"
#define RESERVE_LEN (16 << 20)
#define SPARE_LEN (4 << 20) /* that must be left beside it, for what disk_probe() writes */

static bool has_space(const char *folder)
{
    struct statvfs fs;
    return statvfs(folder, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize >= RESERVE_LEN + SPARE_LEN;
}

bool reserve_keep(const char *folder)
{
    int fd;
    struct stat st;
    char path[DISK_PATH_MAX];
    disk_path(path, folder, RESERVE);
    if (stat(path, &st) == 0 && st.st_size == RESERVE_LEN)
        return true;
    if (!has_space(folder) || disk_open(&fd, path, O_WRONLY | O_CREAT | O_TRUNC, NULL) != BADGE_OK)
        return false;
    bool ok = posix_fallocate(fd, 0, RESERVE_LEN) == 0;
    close(fd);
    if (!ok)
        unlink(path);
    return ok;
}

bool reserve_give_back(const char *folder)
{
    char path[DISK_PATH_MAX];
    disk_path(path, folder, RESERVE);
    if (unlink(path) != 0)
        return false;
    log_warn("disk full: the reserve is given back", log_text("file", path));
    return true;
}
