/*
 * The service manager's datagrams, received by a socket of our own.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/sd_notify.h"

/* A manager at the path; '@' begins an abstract one. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, address_len), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
    return fd;
}

static void expect(int fd, const char *text)
{
    char datagram[256] = "";
    ssize_t n = recv(fd, datagram, sizeof datagram - 1, 0);
    assert_int_equal(n, strlen(text));
    assert_string_equal(datagram, text);
}

static void a_path(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "/tmp/badged-notify-%ld", (long)getpid());
    int fd = listen_at(path);
    notify_send("READY=1\nSTATUS=listening");
    notify_send("STOPPING=1");
    expect(fd, "READY=1\nSTATUS=listening");
    expect(fd, "STOPPING=1");
    close(fd);
    unlink(path);
}

static void an_abstract_name(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "@badged-notify-%ld", (long)getpid());
    int fd = listen_at(path);
    notify_send("WATCHDOG=1");
    expect(fd, "WATCHDOG=1");
    close(fd);
}

static void nobody_listens(void **state)
{
    (void)state;
    char endless[300];
    memset(endless, 'a', sizeof endless - 1);
    endless[0] = '/';
    endless[sizeof endless - 1] = '\0';
    const char *const paths[] = {"", "@", "relative", "/nowhere/at/all", endless};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", paths[i], 1), 0);
        notify_send("READY=1");
    }
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    notify_send("READY=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path),
        cmocka_unit_test(an_abstract_name),
        cmocka_unit_test(nobody_listens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
