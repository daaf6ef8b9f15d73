/*
 * A library that test_disk.py preloads into badged: it counts the calls that access files below one folder, and
 * fails the N-th of them. It wraps the C library for the program (or a sanitizer's runtime), so it counts the calls of
 * all threads together, unlike strace's injection.
 *
 *   DISK_FAULTS_BELOW   the folder
 *   DISK_FAULTS_LOG     a file that gets a line for each call counted: its number, its name, the path
 *   DISK_FAULTS_ERROR   EIO, or ENOSPC, which counts only calls that a full disk can fail; a write of several bytes
 *                       then writes half of them before it fails
 *   DISK_FAULTS_FAIL    N; 0 or absent fails none
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define N_FDS 1024

static struct {
    char below[4096];
    int log, error;
    long fail;
    atomic_long count;
    char path[N_FDS][64]; /* the end of the path of each descriptor below the folder, empty for others */
    atomic_bool full[N_FDS];
} faults = {.log = -1};

__attribute__((constructor)) static void begin(void)
{
    const char *below = getenv("DISK_FAULTS_BELOW"), *error = getenv("DISK_FAULTS_ERROR"),
               *fail = getenv("DISK_FAULTS_FAIL"), *log = getenv("DISK_FAULTS_LOG");
    if (below == NULL || log == NULL)
        return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    faults.log = fcntl(fd, F_DUPFD_CLOEXEC, N_FDS);
    (void)syscall(SYS_close, fd);
    faults.error = error != NULL && strcmp(error, "ENOSPC") == 0 ? ENOSPC : EIO;
    faults.fail = fail != NULL ? strtol(fail, NULL, 10) : 0;
    snprintf(faults.below, sizeof faults.below, "%s", below);
}

static bool is_below(const char *path)
{
    size_t len = strlen(faults.below);
    return len > 0 && strncmp(path, faults.below, len) == 0;
}

static const char *tail(const char *path)
{
    return is_below(path) ? path + strlen(faults.below) : path;
}

/* Counts a call; true if this is the one to fail. */
static bool fails(const char *call, const char *path, bool takes_room)
{
    if (faults.error == ENOSPC && !takes_room)
        return false;
    long n = atomic_fetch_add(&faults.count, 1) + 1;
    char line[256];
    int len = snprintf(line, sizeof line, "%ld %s %s\n", n, call, tail(path));
    if (len > 0)
        (void)syscall(SYS_write, faults.log, line, (size_t)len < sizeof line ? (size_t)len : sizeof line - 1);
    if (n != faults.fail)
        return false;
    errno = faults.error;
    return true;
}

static const char *path_of(int fd)
{
    return fd >= 0 && fd < N_FDS && faults.path[fd][0] != '\0' ? faults.path[fd] : NULL;
}

static bool fd_fails(const char *call, int fd, bool takes_room)
{
    const char *path = path_of(fd);
    return path != NULL && fails(call, path, takes_room);
}

static int opened(int fd, const char *path)
{
    if (fd >= 0 && fd < N_FDS && is_below(path)) {
        snprintf(faults.path[fd], sizeof faults.path[fd], "%s/", tail(path));
        faults.full[fd] = false;
    }
    return fd;
}

EXPORT int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    unsigned mode = flags & O_CREAT ? va_arg(arguments, unsigned) : 0;
    va_end(arguments);
    if (is_below(path) && fails("open", path, (flags & O_CREAT) != 0))
        return -1;
    return opened((int)syscall(SYS_openat, AT_FDCWD, path, flags, mode), path);
}

EXPORT DIR *opendir(const char *path)
{
    if (is_below(path) && fails("opendir", path, false))
        return NULL;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    return fd < 0 ? NULL : fdopendir(fd);
}

EXPORT int close(int fd)
{
    if (fd >= 0 && fd < N_FDS)
        faults.path[fd][0] = '\0';
    return (int)syscall(SYS_close, fd);
}

EXPORT ssize_t write(int fd, const void *bytes, size_t len)
{
    if (path_of(fd) != NULL && faults.full[fd]) {
        faults.full[fd] = false;
        errno = ENOSPC;
        return -1;
    }
    if (!fd_fails("write", fd, true))
        return syscall(SYS_write, fd, bytes, len);
    if (faults.error != ENOSPC || len < 2)
        return -1;
    faults.full[fd] = true;
    return syscall(SYS_write, fd, bytes, len / 2);
}

EXPORT ssize_t read(int fd, void *bytes, size_t len)
{
    return fd_fails("read", fd, false) ? -1 : syscall(SYS_read, fd, bytes, len);
}

EXPORT ssize_t pread(int fd, void *bytes, size_t len, off_t offset)
{
    return fd_fails("pread", fd, false) ? -1 : syscall(SYS_pread64, fd, bytes, len, offset);
}

EXPORT int fsync(int fd)
{
    return fd_fails("fsync", fd, true) ? -1 : (int)syscall(SYS_fsync, fd);
}

EXPORT int fdatasync(int fd)
{
    return fd_fails("fdatasync", fd, true) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

EXPORT int ftruncate(int fd, off_t len)
{
    return fd_fails("ftruncate", fd, true) ? -1 : (int)syscall(SYS_ftruncate, fd, len);
}

EXPORT int flock(int fd, int operation)
{
    return fd_fails("flock", fd, false) ? -1 : (int)syscall(SYS_flock, fd, operation);
}

EXPORT int fstat(int fd, struct stat *out)
{
    return fd_fails("fstat", fd, false) ? -1 : (int)syscall(SYS_fstat, fd, out);
}

EXPORT int rename(const char *from, const char *to)
{
    return is_below(to) && fails("rename", to, true) ? -1 : (int)syscall(SYS_rename, from, to);
}

EXPORT int unlink(const char *path)
{
    return is_below(path) && fails("unlink", path, false) ? -1 : (int)syscall(SYS_unlink, path);
}

EXPORT int unlinkat(int folder, const char *name, int flags)
{
    return folder != AT_FDCWD && fails("unlinkat", name, false) ? -1 : (int)syscall(SYS_unlinkat, folder, name, flags);
}

EXPORT int mkdir(const char *path, mode_t mode)
{
    return is_below(path) && fails("mkdir", path, true) ? -1 : (int)syscall(SYS_mkdir, path, mode);
}

EXPORT int rmdir(const char *path)
{
    return is_below(path) && fails("rmdir", path, false) ? -1 : (int)syscall(SYS_rmdir, path);
}
