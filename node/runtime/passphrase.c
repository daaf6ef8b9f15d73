/*
 * Reads the operator's passphrase, when the daemon starts and for `badge`. Invariant: it is only ever in one page that
 * is locked in memory and excluded from core dumps; it is read straight into that page, and wiped before the page is
 * freed.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "badge/text.h"
#include "runtime/file.h"

#define PAGE_LEN 4096
#define INTERRUPT '\003'

void passphrase_free(struct passphrase *passphrase)
{
    if (!passphrase->text)
        return;
    badge_wipe(passphrase->text, passphrase->capacity);
    munmap(passphrase->text, passphrase->capacity);
    passphrase->text = NULL;
    passphrase->len = passphrase->capacity = 0;
}

/*
 * Byte by byte, so that bytes after the line stay in a pipe. The line ends at a newline, at the byte `stop`, or at the
 * end of the file; *end is that byte, or -1 for the end of the file.
 */
static enum badge_status read_line(struct passphrase *out, int fd, const char *path, char stop, int *end,
                                   struct badge_err *err)
{
    *end = -1;
    while (out->len + 1 < out->capacity) {
        char byte = 0;
        ssize_t n = read(fd, &byte, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return file_fail(err, "cannot read", path, errno);
        if (n == 0 || byte == '\n' || byte == stop) {
            *end = n == 0 ? -1 : byte;
            if (out->len > 0 && out->text[out->len - 1] == '\r')
                out->len--;
            out->text[out->len] = '\0';
            return BADGE_OK;
        }
        out->text[out->len++] = byte;
    }
    return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the first line of %s is too long for a passphrase", path);
}

static enum badge_status read_file(struct passphrase *out, const char *path, struct badge_err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int end = -1, fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return file_fail(err, "cannot open the passphrase file", path, errno);
    enum badge_status status = read_line(out, fd, path, '\n', &end, err);
    if (!is_stdin)
        close(fd);
    if (status == BADGE_OK && out->len == 0 && end < 0)
        status = badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "%s is empty; put the passphrase on its first line",
                            path);
    return status;
}

/*
 * Without echo, and without signals from the keyboard, since one would end the program and leave the terminal without
 * echo. ^C ends the line instead.
 */
static enum badge_status read_terminal(struct passphrase *out, const char *prompt, struct badge_err *err)
{
    int end = -1, fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    struct termios before, quiet;
    if (fd < 0 || tcgetattr(fd, &before) < 0) {
        if (fd >= 0)
            close(fd);
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                          "no terminal to ask for the passphrase: set passphrase_file to a file that contains it");
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    quiet.c_lflag |= ICANON;
    quiet.c_cc[VEOL] = INTERRUPT;
    enum badge_status status;
    if (tcsetattr(fd, TCSAFLUSH, &quiet) < 0 || write(fd, prompt, strlen(prompt)) < 0)
        status = file_fail(err, "cannot use", "the terminal", errno);
    else
        status = read_line(out, fd, "the terminal", INTERRUPT, &end, err);
    if (status == BADGE_OK && end == INTERRUPT)
        status = badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "interrupted; no passphrase was read");
    tcsetattr(fd, TCSAFLUSH, &before);
    if (write(fd, "\n", 1) < 0 && status == BADGE_OK)
        status = file_fail(err, "cannot use", "the terminal", errno);
    close(fd);
    return status;
}

enum badge_status passphrase_read(struct passphrase *out, const char *path, const char *prompt, struct badge_err *err)
{
    *out = (struct passphrase){.capacity = PAGE_LEN};
    out->text = mmap(NULL, PAGE_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (out->text == MAP_FAILED) {
        *out = (struct passphrase){0};
        return badge_no_memory(err);
    }
    if (mlock(out->text, PAGE_LEN) < 0 || madvise(out->text, PAGE_LEN, MADV_DONTDUMP) < 0) {
        passphrase_free(out);
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                          "cannot lock memory for the passphrase; raise the limit of locked memory (ulimit -l)");
    }
    enum badge_status status = path ? read_file(out, path, err) : read_terminal(out, prompt, err);
    if (status != BADGE_OK)
        passphrase_free(out);
    return status;
}
