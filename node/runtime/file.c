/*
 * Small files: read whole, up to a limit, and replaced atomically. Called when the programs start, by `badge`, and by
 * pool workers; never on a loop. Invariant: a reader of a replaced file sees the old bytes or the new, never a mix.
 */
#include "runtime/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "badge/text.h"

enum badge_status file_fail(struct badge_err *err, const char *what, const char *path, int code)
{
    enum badge_status status = code == ENOENT ? BADGE_ENOTFOUND : BADGE_EIO;
    return badge_fail(err, status, BADGE_NO_OFFSET, "%s %s: %s", what, path, uv_strerror(uv_translate_sys_error(code)));
}

static enum badge_status read_all(char **out, size_t *out_len, int fd, const char *path, size_t max_len,
                                  struct badge_err *err)
{
    size_t capacity = max_len < 4096 ? max_len + 1 : 4096, len = 0;
    char *bytes = malloc(capacity);
    while (bytes) {
        /* The capacity grows up to max_len + 1: one byte for the NUL, which also detects a file that is too long. */
        ssize_t n = read(fd, bytes + len, capacity - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int code = errno;
            free(bytes);
            return file_fail(err, "cannot read", path, code);
        }
        len += (size_t)n;
        if (len > max_len) {
            free(bytes);
            bool in_mib = max_len % (1 << 20) == 0;
            return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "%s is longer than the limit of %zu %s", path,
                              in_mib ? max_len >> 20 : max_len, in_mib ? "MiB" : "bytes");
        }
        if (n == 0) {
            bytes[len] = '\0';
            *out = bytes;
            *out_len = len;
            return BADGE_OK;
        }
        if (len == capacity) {
            capacity = capacity > max_len / 2 ? max_len + 1 : capacity * 2;
            char *more = realloc(bytes, capacity);
            if (!more)
                free(bytes);
            bytes = more;
        }
    }
    return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "out of memory while reading %s", path);
}

enum badge_status file_read(char **out, size_t *len, const char *path, size_t max_len, struct badge_err *err)
{
    if (strcmp(path, "-") == 0)
        return read_all(out, len, STDIN_FILENO, "standard input", max_len, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return file_fail(err, "cannot open", path, errno);
    enum badge_status status = read_all(out, len, fd, path, max_len, err);
    close(fd);
    return status;
}

/* A rename is durable once its folder is synced. sync: fsync, or syncfs for the whole file system. */
static int sync_folder_of(const char *path, int (*sync)(int fd))
{
    const char *slash = strrchr(path, '/');
    char *folder = !slash ? strdup(".") : slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
    if (!folder)
        return ENOMEM;
    int code = 0, fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || sync(fd) < 0)
        code = errno;
    if (fd >= 0)
        close(fd);
    free(folder);
    return code;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

static int write_temporary(char *name, const void *bytes, size_t len, mode_t mode, bool synced)
{
    int fd = mkostemp(name, O_CLOEXEC), code = 0;
    if (fd < 0)
        return errno;
    if (fchmod(fd, mode) < 0 || (code = write_all(fd, bytes, len)) != 0 || (synced && fsync(fd) < 0))
        code = code ? code : errno;
    if (close(fd) < 0 && code == 0)
        code = errno;
    if (code)
        unlink(name);
    return code;
}

static enum badge_status fail_write(struct badge_err *err, const char *path, int code)
{
    return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "cannot write %s: %s", path,
                      uv_strerror(uv_translate_sys_error(code)));
}

static enum badge_status replace_file(const char *path, const void *bytes, size_t len, mode_t mode, bool synced,
                                      struct badge_err *err)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    char *name; /* hidden, so that a temporary that a crash leaves is not mistaken for a document of the folder */
    if (asprintf(&name, "%.*s.%s.XXXXXX", (int)(base - path), path, base) < 0)
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "out of memory while writing %s", path);
    int code = write_temporary(name, bytes, len, mode, synced);
    if (code == 0 && rename(name, path) < 0) {
        code = errno;
        unlink(name);
    }
    free(name);
    if (code == 0 && synced)
        code = sync_folder_of(path, fsync);
    return code ? fail_write(err, path, code) : BADGE_OK;
}

enum badge_status file_replace(const char *path, const void *bytes, size_t len, mode_t mode, struct badge_err *err)
{
    return replace_file(path, bytes, len, mode, true, err);
}

enum badge_status file_replace_later(const char *path, const void *bytes, size_t len, mode_t mode,
                                     struct badge_err *err)
{
    return replace_file(path, bytes, len, mode, false, err);
}

enum badge_status file_sync_beside(const char *path, struct badge_err *err)
{
    int code = sync_folder_of(path, syncfs);
    return code ? fail_write(err, path, code) : BADGE_OK;
}
