/*
 * Files read and replaced whole, and the passphrase: its first line, from a file or a terminal that does not echo.
 */
#include "support/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "runtime/file.h"

static char folder[] = "/tmp/test_file.XXXXXX", path[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails if a temporary was left behind */
}

static void put(const void *bytes, size_t len)
{
    struct badge_err err;
    assert_int_equal(file_replace(path, bytes, len, 0600, &err), BADGE_OK);
}

static void replaces_and_reads(void **state)
{
    (void)state;
    static const size_t lens[] = {0, 1, 4095, 4096, 4097, 8192, 100000};
    char *bytes = malloc(100000), *read;
    struct stat info;
    memset(bytes, 'x', 100000);
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        size_t len = lens[i], read_len;
        bytes[0] = (char)i;
        put(bytes, len);
        assert_int_equal(file_read(&read, &read_len, path, len, NULL), BADGE_OK);
        assert_int_equal(read_len, len);
        assert_memory_equal(read, bytes, len);
        assert_int_equal(read[len], 0);
        free(read);
        if (len > 0)
            assert_int_equal(file_read(&read, &read_len, path, len - 1, NULL), BADGE_ELIMIT);
    }
    free(bytes);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(file_replace(path, "", 0, 0644, NULL), BADGE_OK);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0644);
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    struct badge_err err;
    char *read;
    size_t len;
    assert_int_equal(file_read(&read, &len, "/nonexistent/x", 10, &err), BADGE_ENOTFOUND);
    assert_non_null(strstr(err.text, "/nonexistent/x"));
    assert_int_equal(file_read(&read, &len, folder, 10, &err), BADGE_EIO);
    assert_int_equal(file_replace("/nonexistent/x", "", 0, 0600, &err), BADGE_EIO);
    assert_non_null(strstr(err.text, "/nonexistent/x"));
    /* The rename fails: nothing is left beside it, which remove_folder() checks. */
    char sub[80];
    snprintf(sub, sizeof sub, "%s/sub", folder);
    assert_int_equal(mkdir(sub, 0700), 0);
    assert_int_equal(file_replace(sub, "x", 1, 0600, &err), BADGE_EIO);
    assert_int_equal(rmdir(sub), 0);
}

static void endless_input_is_bounded(void **state)
{
    (void)state;
    char *read;
    size_t len;
    assert_int_equal(file_read(&read, &len, "/dev/zero", 1 << 20, NULL), BADGE_ELIMIT);
}

static void expect_passphrase(const char *bytes, size_t len, const char *want)
{
    struct passphrase got;
    put(bytes, len);
    assert_int_equal(passphrase_read(&got, path, NULL, NULL), BADGE_OK);
    assert_string_equal(got.text, want);
    assert_int_equal(got.len, strlen(want));
    passphrase_free(&got);
    assert_null(got.text);
    passphrase_free(&got);
}

static void passphrase_is_the_first_line(void **state)
{
    (void)state;
    expect_passphrase("secret", 6, "secret");
    expect_passphrase("two words \nrest", 15, "two words ");
    expect_passphrase("windows\r\n", 9, "windows");
    expect_passphrase("\n", 1, "");
    struct passphrase got;
    struct badge_err err;
    put("", 0);
    assert_int_equal(passphrase_read(&got, path, NULL, &err), BADGE_ESYNTAX);
    assert_null(got.text);
    assert_int_equal(passphrase_read(&got, "/nonexistent", NULL, &err), BADGE_ENOTFOUND);
    assert_int_equal(passphrase_read(&got, "/dev/zero", NULL, &err), BADGE_ELIMIT);
}

/* In a session of its own, with a terminal that this test types at. */
static int ask_in_terminal(const char *typed, char *screen, size_t room)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0);
    assert_int_equal(grantpt(terminal), 0);
    assert_int_equal(unlockpt(terminal), 0);
    pid_t child = fork();
    if (child == 0) {
        struct passphrase got;
        struct termios before, after;
        setsid();
        int tty = open(ptsname(terminal), O_RDWR);
        ioctl(tty, TIOCSCTTY, 0);
        tcgetattr(tty, &before);
        enum badge_status status = passphrase_read(&got, NULL, "Passphrase: ", NULL);
        tcgetattr(tty, &after);
        if (before.c_lflag != after.c_lflag)
            _exit(3);
        if (status == BADGE_EREFUSED)
            _exit(2);
        int rc = status == BADGE_OK && strcmp(got.text, "hunter2") == 0 ? 0 : 1;
        passphrase_free(&got);
        _exit(rc);
    }
    /* Typed only once it asks: what came before is thrown away. */
    size_t len = 0;
    while (len < room - 1 && !memmem(screen, len, "Passphrase: ", 12)) {
        ssize_t n = read(terminal, screen + len, room - 1 - len);
        assert_true(n > 0);
        len += (size_t)n;
    }
    assert_true(write(terminal, typed, strlen(typed)) > 0);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    fcntl(terminal, F_SETFL, O_NONBLOCK);
    ssize_t n = read(terminal, screen + len, room - 1 - len);
    screen[len + (n > 0 ? (size_t)n : 0)] = '\0';
    close(terminal);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void asks_without_echo(void **state)
{
    (void)state;
    char screen[256];
    assert_int_equal(ask_in_terminal("hunter2\n", screen, sizeof screen), 0);
    assert_null(strstr(screen, "hunter2"));
    assert_int_equal(ask_in_terminal("hunt\003", screen, sizeof screen), 2);
}

static void no_terminal(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct passphrase got;
        struct badge_err err;
        setsid();
        _exit(passphrase_read(&got, NULL, "Passphrase: ", &err) == BADGE_EIO && strstr(err.text, "no terminal") ? 0
                                                                                                                : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replaces_and_reads),       cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(endless_input_is_bounded), cmocka_unit_test(passphrase_is_the_first_line),
        cmocka_unit_test(asks_without_echo),        cmocka_unit_test(no_terminal),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
