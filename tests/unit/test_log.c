/*
 * The log: whatever a value holds, what leaves is one line, and in JSON one object that another parser reads.
 */
#include "support/test.h"

#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/log.h"

static char captured[1 << 20];
static int stderr_before, capture_fd;

static void capture(void)
{
    char name[] = "/tmp/test_log.XXXXXX";
    capture_fd = mkstemp(name);
    assert_true(capture_fd >= 0);
    unlink(name);
    stderr_before = dup(STDERR_FILENO);
    /* Appending, as a log file would be: threads must not write over each other. */
    fcntl(capture_fd, F_SETFL, O_APPEND);
    dup2(capture_fd, STDERR_FILENO);
}

static const char *release(void)
{
    dup2(stderr_before, STDERR_FILENO);
    close(stderr_before);
    ssize_t n = pread(capture_fd, captured, sizeof captured - 1, 0);
    close(capture_fd);
    assert_true(n >= 0);
    captured[n] = '\0';
    return captured;
}

/* Behind the time, which is checked here. */
static const char *after_time(const char *line)
{
    int year, month, day, hour, minute, second, ms, n = 0;
    assert_int_equal(
        sscanf(line, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &year, &month, &day, &hour, &minute, &second, &ms, &n), 7);
    assert_int_equal(n, 24);
    assert_true(year >= 2024 && month >= 1 && month <= 12);
    return line + n;
}

static void text_lines(void **state)
{
    (void)state;
    log_configure(LOG_INFO, false);
    capture();
    log_info("batch sealed", log_u64("number", 7), log_hex("root", "\x01\xff", 2), log_i64("left", -3),
             log_bool("full", true), log_text("why", "age"), log_text("nothing", NULL));
    log_warn("empty", log_text("value", ""));
    log_error("plain", log_none);
    const char *line = after_time(release());
    assert_string_equal(strtok(captured, "\n") + 24,
                        " info batch sealed number=7 root=01ff left=-3 full=true why=age nothing=null");
    line = after_time(strtok(NULL, "\n"));
    assert_string_equal(line, " warn empty value=\"\"");
    assert_string_equal(after_time(strtok(NULL, "\n")), " error plain");
    assert_null(strtok(NULL, "\n"));
}

static void least_level(void **state)
{
    (void)state;
    capture();
    log_configure(LOG_ERROR, false);
    log_debug("no", log_none);
    log_warn("no", log_none);
    log_broken("yes", log_none);
    assert_non_null(strstr(release(), " broken yes\n"));
    assert_null(strstr(captured, "no"));
}

static const char *const hostile[] = {
    "two\nlines",
    "quote\" and \\",
    "tab\t bell\a escape\x1b[31m",
    "\x7f",
    "\xc2\x80\xc2\x9f", /* C1 */
    "\xff\xfe",
    "\xc0\xaf",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
    "\xe2\x82",
    "\xf8\x88\x80\x80\x80",
    "a=b c=d",
    "\xe2\x80\xae"
    "drow",
    "\xe2\x80\xa8",
    "caf\xc3\xa9 \xf0\x9f\x98\x80",
    "{\"json\":1}",
    "",
};

static void hostile_values_stay_one_line(void **state)
{
    (void)state;
    for (int json = 0; json < 2; json++) {
        for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
            log_configure(LOG_INFO, json);
            capture();
            log_info("e", log_text("value", hostile[i]), log_u64("after", 1));
            const char *line = release();
            size_t len = strlen(line);
            assert_ptr_equal(strchr(line, '\n'), line + len - 1);
            for (size_t k = 0; k + 1 < len; k++)
                assert_true((unsigned char)line[k] >= ' ' && line[k] != 0x7f);
            assert_null(strstr(line, "\xe2\x80\xae"));
            if (json) {
                json_error_t wrong;
                json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &wrong);
                assert_non_null(object);
                assert_true(json_is_string(json_object_get(object, "value")));
                assert_int_equal(json_integer_value(json_object_get(object, "after")), 1);
                json_decref(object);
            } else {
                assert_non_null(strstr(line, " after=1\n"));
            }
        }
    }
}

static void json_keeps_what_it_can(void **state)
{
    (void)state;
    log_configure(LOG_INFO, true);
    capture();
    log_info("e", log_text("name", "caf\xc3\xa9 \"x\"\n"), log_u64("big", UINT64_MAX), log_i64("low", INT64_MIN),
             log_u64("exact", (UINT64_C(1) << 53) - 1), log_hex("h", "\xab", 1), log_text("null", NULL),
             log_bool("b", false));
    json_t *object = json_loads(release(), 0, NULL);
    assert_non_null(object);
    assert_string_equal(json_string_value(json_object_get(object, "name")), "caf\xc3\xa9 \"x\"\n");
    assert_string_equal(json_string_value(json_object_get(object, "big")), "18446744073709551615");
    assert_string_equal(json_string_value(json_object_get(object, "low")), "-9223372036854775808");
    assert_int_equal(json_integer_value(json_object_get(object, "exact")), (INT64_C(1) << 53) - 1);
    assert_string_equal(json_string_value(json_object_get(object, "h")), "ab");
    assert_string_equal(json_string_value(json_object_get(object, "level")), "info");
    assert_string_equal(json_string_value(json_object_get(object, "event")), "e");
    assert_true(json_is_null(json_object_get(object, "null")));
    assert_true(json_is_false(json_object_get(object, "b")));
    json_decref(object);
}

static void long_values_are_cut(void **state)
{
    (void)state;
    static char huge[100000];
    memset(huge, '\n', sizeof huge - 1);
    for (int json = 0; json < 2; json++) {
        log_configure(LOG_INFO, json);
        capture();
        log_info("e", log_text("a", huge), log_text("b", huge), log_text("c", huge), log_text("d", huge),
                 log_text("f", huge), log_text("g", huge), log_hex("h", huge, sizeof huge), log_u64("last", 5));
        const char *line = release();
        assert_true(strlen(line) <= 4096);
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
        assert_non_null(strstr(line, "last"));
        assert_non_null(strstr(line, "shortened"));
        if (json) {
            json_t *object = json_loads(line, 0, NULL);
            assert_non_null(object);
            json_decref(object);
        }
    }
}

static void *write_many(void *context)
{
    for (unsigned i = 0; i < 500; i++)
        log_info("thread", log_text("who", context), log_u64("i", i),
                 log_text("fill", "0123456789012345678901234567890123456789"));
    return NULL;
}

static void threads_do_not_mix(void **state)
{
    (void)state;
    log_configure(LOG_INFO, true);
    capture();
    pthread_t thread[4];
    static char name[4][2] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, write_many, name[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    release();
    unsigned n = 0;
    for (char *line = strtok(captured, "\n"); line; line = strtok(NULL, "\n"), n++) {
        json_t *object = json_loads(line, 0, NULL);
        assert_non_null(object);
        json_decref(object);
    }
    assert_int_equal(n, 2000);
}

static void fatal_ends_with_70(void **state)
{
    (void)state;
    log_configure(LOG_INFO, false);
    capture();
    pid_t child = fork();
    if (child == 0)
        fatal("store corrupt", LOG_FIELDS(log_u64("offset", 12)));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 70);
    assert_non_null(strstr(release(), " broken store corrupt offset=12\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_lines),
        cmocka_unit_test(least_level),
        cmocka_unit_test(hostile_values_stay_one_line),
        cmocka_unit_test(json_keeps_what_it_can),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(threads_do_not_mix),
        cmocka_unit_test(fatal_ends_with_70),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
