/*
 * Writes the results of commands to files. Anything but a regular file (a device, a pipe, a link) is written into and
 * never replaced: `-o /dev/null` by root must not remove the device.
 */
#include "cli/support/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/file.h"

static int output_write_into(const char *path, const void *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    bool is_written = out && fwrite(bytes, 1, len, out) == len && fflush(out) == 0;
    int code = errno;
    if (out && fclose(out) && is_written) {
        is_written = false;
        code = errno;
    }
    return is_written ? CLI_YES : cli_fail(CLI_USAGE, "cannot write %s: %s", path, strerror(code));
}

int output_write(const char *path, const void *bytes, size_t len)
{
    struct stat about;
    struct badge_err err = {0};
    if (!path || strcmp(path, "-") == 0) {
        (void)fwrite(bytes, 1, len, stdout); /* main() checks the stream at the end */
        return CLI_YES;
    }
    if (lstat(path, &about) == 0 && !S_ISREG(about.st_mode))
        return output_write_into(path, bytes, len);
    return file_replace(path, bytes, len, 0644, &err) != BADGE_OK ? cli_fail(CLI_USAGE, "%s", err.text) : CLI_YES;
}

bool output_folder(const char *path)
{
    struct stat about;
    int code = mkdir(path, 0755) && errno != EEXIST ? errno : 0;
    if (!code && stat(path, &about) == 0 && !S_ISDIR(about.st_mode))
        code = ENOTDIR;
    else if (!code && access(path, W_OK | X_OK))
        code = errno;
    if (code)
        cli_fail(CLI_USAGE, "cannot write into the folder %s: %s", path, strerror(code));
    return code == 0;
}
