/*
 * API tokens: made, seen by a running node, revoked; by several processes at once; and a file that is not ours.
 */
#include "support/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "badge/text.h"
#include "runtime/file.h"
#include "runtime/tokens.h"

static char folder[] = "/tmp/test_tokens.XXXXXX", path[64], lock_path[80];
static struct badge_err err;

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/tokens", folder);
    snprintf(lock_path, sizeof lock_path, "%s.lock", path);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    unlink(lock_path);
    return rmdir(folder);
}

static int start_empty(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static void made_seen_revoked(void **state)
{
    (void)state;
    struct tokens *node;
    struct token one, two;
    char text[TOKEN_TEXT_LEN + 1], other[TOKEN_TEXT_LEN + 1];
    struct stat info;
    assert_int_equal(tokens_open(&node, path, &err), BADGE_OK);
    assert_int_equal(tokens_count(node), 0);
    assert_int_equal(tokens_create(path, TOKEN_SUBMIT | TOKEN_ADMIN, "the registrar's office", text, &one, &err),
                     BADGE_OK);
    assert_int_equal(tokens_create(path, TOKEN_DIGEST, "", other, &two, &err), BADGE_OK);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(strlen(text), TOKEN_TEXT_LEN);
    assert_memory_equal(text, "badged_", 7);
    assert_int_equal(strspn(text + 7, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
    assert_string_not_equal(text, other);

    assert_int_equal(tokens_scopes(node, text, TOKEN_TEXT_LEN), 0);
    assert_int_equal(tokens_refresh(node, &err), BADGE_OK);
    assert_int_equal(tokens_count(node), 2);
    assert_string_equal(tokens_at(node, 0)->name, "the registrar's office");
    assert_string_equal(tokens_at(node, 0)->id, one.id);
    assert_int_equal(tokens_at(node, 0)->created_at_s, one.created_at_s);
    assert_int_equal(tokens_scopes(node, text, TOKEN_TEXT_LEN), TOKEN_SUBMIT | TOKEN_ADMIN);
    assert_int_equal(tokens_scopes(node, other, TOKEN_TEXT_LEN), TOKEN_DIGEST);
    assert_int_equal(tokens_scopes(node, text, TOKEN_TEXT_LEN - 1), 0);
    assert_int_equal(tokens_scopes(node, "", 0), 0);
    text[20] ^= 1;
    assert_int_equal(tokens_scopes(node, text, TOKEN_TEXT_LEN), 0);
    text[20] ^= 1;

    assert_int_equal(tokens_revoke(path, one.id, &err), BADGE_OK);
    assert_int_equal(tokens_revoke(path, one.id, &err), BADGE_ENOTFOUND);
    assert_int_equal(tokens_refresh(node, &err), BADGE_OK);
    assert_int_equal(tokens_scopes(node, text, TOKEN_TEXT_LEN), 0);
    assert_int_equal(tokens_scopes(node, other, TOKEN_TEXT_LEN), TOKEN_DIGEST);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(tokens_refresh(node, &err), BADGE_OK);
    assert_int_equal(tokens_scopes(node, other, TOKEN_TEXT_LEN), 0);
    tokens_free(node);
}

static void the_file_keeps_no_token(void **state)
{
    (void)state;
    struct token token;
    char text[TOKEN_TEXT_LEN + 1], hex[BADGE_HEX_LEN + 1], *file;
    size_t len;
    assert_int_equal(tokens_create(path, TOKEN_SUBMIT, "n", text, &token, &err), BADGE_OK);
    assert_int_equal(file_read(&file, &len, path, 1 << 16, &err), BADGE_OK);
    assert_null(strstr(file, text + 7));
    /* The hash as another program computes it. */
    char command[200];
    snprintf(command, sizeof command, "printf %%s '%s' | sha256sum", text);
    FILE *sum = popen(command, "r");
    assert_non_null(sum);
    assert_int_equal(fread(hex, 1, BADGE_HEX_LEN, sum), BADGE_HEX_LEN);
    hex[BADGE_HEX_LEN] = '\0';
    pclose(sum);
    assert_non_null(strstr(file, hex));
    free(file);
}

static void refuses_what_it_could_not_read(void **state)
{
    (void)state;
    struct token token;
    char text[TOKEN_TEXT_LEN + 1], name[65];
    memset(name, 'x', 64);
    name[64] = '\0';
    assert_int_equal(tokens_create(path, 0, "n", text, &token, &err), BADGE_ELIMIT);
    assert_int_equal(tokens_create(path, 8, "n", text, &token, &err), BADGE_ELIMIT);
    assert_int_equal(tokens_create(path, TOKEN_SUBMIT, name, text, &token, &err), BADGE_ELIMIT);
    assert_int_equal(tokens_create(path, TOKEN_SUBMIT, "a\nb", text, &token, &err), BADGE_ELIMIT);
    name[63] = '\0';
    assert_int_equal(tokens_create(path, TOKEN_SUBMIT, name, text, &token, &err), BADGE_OK);
    assert_int_equal(tokens_create("/nonexistent/tokens", TOKEN_SUBMIT, "n", text, &token, &err), BADGE_EIO);
}

#define GOOD                                                                                                           \
    "0123abcd 0000000000000000000000000000000000000000000000000000000000000000 submit 2026-01-02T03:04:05Z a b\n"
static const char *const corrupt[] = {
    "0123abcd 00 submit 2026-01-02T03:04:05Z n\n",
    "0123abc 0000000000000000000000000000000000000000000000000000000000000000 submit 2026-01-02T03:04:05Z n\n",
    "0123abcd 0000000000000000000000000000000000000000000000000000000000000000 root 2026-01-02T03:04:05Z n\n",
    "0123abcd 0000000000000000000000000000000000000000000000000000000000000000 submit,submit 2026-01-02T03:04:05Z n\n",
    "0123abcd 0000000000000000000000000000000000000000000000000000000000000000  2026-01-02T03:04:05Z n\n",
    "0123abcd 0000000000000000000000000000000000000000000000000000000000000000 submit yesterday n\n",
    "0123abcd 0000000000000000000000000000000000000000000000000000000000000000 submit 2026-01-02T03:04:05Z torn",
    "\n",
    "x",
};

static void a_corrupt_line_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof corrupt / sizeof *corrupt; i++) {
        char text[400], where[100];
        struct tokens *tokens;
        snprintf(text, sizeof text, "%s%s", GOOD, corrupt[i]);
        assert_int_equal(file_replace(path, text, strlen(text), 0600, NULL), BADGE_OK);
        assert_int_equal(tokens_open(&tokens, path, &err), BADGE_ECORRUPT);
        snprintf(where, sizeof where, "%s:2: ", path);
        assert_memory_equal(err.text, where, strlen(where));
    }
    /* A NUL, and what a node that runs does about it: it keeps the tokens it has. */
    struct tokens *tokens;
    char nul[] = GOOD "x";
    assert_int_equal(file_replace(path, GOOD, strlen(GOOD), 0600, NULL), BADGE_OK);
    assert_int_equal(tokens_open(&tokens, path, &err), BADGE_OK);
    assert_string_equal(tokens_at(tokens, 0)->name, "a b");
    nul[3] = '\0';
    assert_int_equal(file_replace(path, nul, sizeof nul - 1, 0600, NULL), BADGE_OK);
    assert_int_equal(tokens_refresh(tokens, &err), BADGE_ECORRUPT);
    assert_int_equal(tokens_count(tokens), 1);
    tokens_free(tokens);
}

static void processes_do_not_lose_each_others(void **state)
{
    (void)state;
    enum { N_PROCESSES = 4, N_EACH = 10 };
    pid_t child[N_PROCESSES];
    for (int i = 0; i < N_PROCESSES; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            struct token token;
            char text[TOKEN_TEXT_LEN + 1];
            for (int k = 0; k < N_EACH; k++)
                if (tokens_create(path, TOKEN_SUBMIT, "p", text, &token, NULL) != BADGE_OK)
                    _exit(1);
            _exit(0);
        }
    }
    for (int i = 0; i < N_PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        assert_int_equal(status, 0);
    }
    struct tokens *tokens;
    assert_int_equal(tokens_open(&tokens, path, &err), BADGE_OK);
    assert_int_equal(tokens_count(tokens), N_PROCESSES * N_EACH);
    tokens_free(tokens);
}

struct asking {
    struct tokens *tokens;
    const char *text;
    atomic_bool stop;
};

static void *ask(void *context)
{
    struct asking *asking = context;
    while (!atomic_load(&asking->stop))
        assert_int_equal(tokens_scopes(asking->tokens, asking->text, TOKEN_TEXT_LEN), TOKEN_SUBMIT);
    return NULL;
}

static void asked_while_refreshed(void **state)
{
    (void)state;
    struct token token;
    char text[TOKEN_TEXT_LEN + 1], other[TOKEN_TEXT_LEN + 1];
    struct asking asking = {.text = text};
    pthread_t thread;
    assert_int_equal(tokens_create(path, TOKEN_SUBMIT, "n", text, &token, &err), BADGE_OK);
    assert_int_equal(tokens_open(&asking.tokens, path, &err), BADGE_OK);
    assert_int_equal(pthread_create(&thread, NULL, ask, &asking), 0);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(tokens_create(path, TOKEN_DIGEST, "n", other, &token, &err), BADGE_OK);
        assert_int_equal(tokens_refresh(asking.tokens, &err), BADGE_OK);
        assert_int_equal(tokens_scopes(asking.tokens, other, TOKEN_TEXT_LEN), TOKEN_DIGEST);
    }
    atomic_store(&asking.stop, true);
    pthread_join(thread, NULL);
    tokens_free(asking.tokens);
}

static void scopes_as_text(void **state)
{
    (void)state;
    char text[TOKEN_SCOPES_LEN + 1];
    for (unsigned scopes = 1; scopes < 8; scopes++) {
        token_scopes_format(text, scopes);
        assert_int_equal(token_scopes_parse(text, strlen(text)), scopes);
    }
    assert_string_equal(text, "submit,digest,admin");
    static const char *const bad[] = {
        "", ",", "submit,", ",submit", "Submit", "submit digest", "adminx", "submit,submit"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(token_scopes_parse(bad[i], strlen(bad[i])), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(made_seen_revoked, start_empty),
        cmocka_unit_test_setup(the_file_keeps_no_token, start_empty),
        cmocka_unit_test_setup(refuses_what_it_could_not_read, start_empty),
        cmocka_unit_test_setup(a_corrupt_line_is_named, start_empty),
        cmocka_unit_test_setup(processes_do_not_lose_each_others, start_empty),
        cmocka_unit_test_setup(asked_while_refreshed, start_empty),
        cmocka_unit_test(scopes_as_text),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
