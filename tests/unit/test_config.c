/*
 * Configuration: each source over the one before it, errors that name their place, and printed settings that read back
 * the same.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "badge/registry.h"
#include "runtime/file.h"
#include "runtime/settings.h"

static char folder[] = "/tmp/test_config.XXXXXX", path[64], list_path[64];
static struct badge_err err;

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/conf", folder);
    snprintf(list_path, sizeof list_path, "%s/urls", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    unlink(list_path);
    return rmdir(folder);
}

static void put(const char *text)
{
    assert_int_equal(file_replace(path, text, strlen(text), 0600, NULL), BADGE_OK);
}

static enum badge_status load(struct settings *out, const char *text)
{
    char *argv[] = {(char *)"badged", NULL};
    int argc = 1;
    put(text);
    return config_load(out, &settings_program, path, &argc, argv, &err);
}

static void defaults(void **state)
{
    (void)state;
    struct settings s;
    assert_int_equal(load(&s, ""), BADGE_OK);
    assert_string_equal(s.http_listen, "127.0.0.1:8080");
    assert_int_equal(s.http_loops, 1);
    assert_int_equal(s.http_max_json, 8 << 20);
    assert_int_equal(s.http_max_body, 16 << 20);
    assert_int_equal(s.http_max_connections, 10000);
    assert_null(s.http_public_url);
    assert_int_equal(s.http_trusted_proxy.n, 0);
    assert_string_equal(s.store_path, "/var/lib/badged");
    assert_int_equal(s.intake_issuers.n, 0);
    assert_int_equal(s.batch_max_leaves, 65536);
    assert_int_equal(s.batch_max_age_ms, 600000);
    assert_int_equal(s.batch_max_pending, 1048576);
    assert_int_equal(s.chain_rpc.n, 0);
    assert_int_equal(s.chain_id, 0);
    assert_true(s.chain_contract.set);
    assert_memory_equal(&s.chain_contract.address, &badge_registry_address, 20);
    assert_false(s.chain_issuer.set);
    assert_string_equal(s.chain_finality, "finalized");
    assert_int_equal(settings_confirmations(&s), 0);
    assert_int_equal(s.chain_max_fee_wei, UINT64_C(200000000000));
    assert_int_equal(s.chain_max_priority_fee_wei, UINT64_C(5000000000));
    assert_int_equal(s.chain_bump_after_ms, 48000);
    assert_int_equal(s.log_level, 1);
    assert_int_equal(s.log_format, 0);
    config_release(&s, &settings_program);
}

static const char full[] = "# a comment\n"
                           "; another\n"
                           "[http]\n"
                           "listen = [::1]:0   ; the loopback\n"
                           "max_json=2MiB\r\n"
                           "public_url: https://badges.example/node\n"
                           "trusted_proxy = 10.0.0.1\n"
                           "    10.0.0.2 10.0.0.3\n"
                           "\n"
                           "[batch]\n"
                           "max_age = 1.5 s\n"
                           "[chain]\n"
                           "id = 31337\n"
                           "rpc = http://user:secret@127.0.0.1:8545/v3/key?x=1 https://b.example\n"
                           "issuer = 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n"
                           "finality = 12\n"
                           "max_fee = 1.5 gwei\n"
                           "max_priority_fee = 0.000000001 ether\n"
                           "[log]\n"
                           "format = json\n";

static void a_whole_file(void **state)
{
    (void)state;
    struct settings s;
    enum badge_status status = load(&s, full);
    assert_string_equal(status == BADGE_OK ? "" : err.text, "");
    assert_string_equal(s.http_listen, "[::1]:0");
    assert_int_equal(s.http_max_json, 2 << 20);
    assert_string_equal(s.http_public_url, "https://badges.example/node");
    assert_int_equal(s.http_trusted_proxy.n, 3);
    assert_string_equal(s.http_trusted_proxy.item[2], "10.0.0.3");
    assert_int_equal(s.batch_max_age_ms, 1500);
    assert_int_equal(s.chain_id, 31337);
    assert_int_equal(s.chain_rpc.n, 2);
    assert_string_equal(s.chain_rpc.item[0], "http://user:secret@127.0.0.1:8545/v3/key?x=1");
    assert_int_equal(s.chain_issuer.address.b[0], 0xf3);
    assert_int_equal(settings_confirmations(&s), 12);
    assert_int_equal(s.chain_max_fee_wei, 1500000000);
    assert_int_equal(s.chain_max_priority_fee_wei, 1000000000);
    assert_int_equal(s.log_format, 1);
    config_release(&s, &settings_program);
}

static void flag_over_environment_over_file(void **state)
{
    (void)state;
    struct settings s;
    char *argv[] = {(char *)"badged",
                    (char *)"--http-loops",
                    (char *)"4",
                    (char *)"--other",
                    (char *)"x",
                    (char *)"--chain-rpc=http://a",
                    (char *)"--chain-rpc",
                    (char *)"http://b",
                    (char *)"--",
                    (char *)"--http-loops",
                    NULL};
    int argc = 10;
    put("[http]\nloops = 2\nmax_connections = 20\nmax_json = 3 MiB\n[chain]\nrpc = http://file\n");
    setenv("BADGED_HTTP_LOOPS", "3", 1);
    setenv("BADGED_HTTP_MAX_CONNECTIONS", "30", 1);
    setenv("BADGED_HTTP_MAX_JSON", "", 1);
    assert_int_equal(config_load(&s, &settings_program, path, &argc, argv, &err), BADGE_OK);
    assert_int_equal(s.http_loops, 4);
    assert_int_equal(s.http_max_connections, 30);
    assert_int_equal(s.http_max_json, 3 << 20);
    assert_int_equal(s.chain_rpc.n, 2);
    assert_string_equal(s.chain_rpc.item[1], "http://b");
    assert_int_equal(argc, 5);
    assert_string_equal(argv[1], "--other");
    assert_string_equal(argv[3], "--");
    assert_string_equal(argv[4], "--http-loops");
    assert_null(argv[5]);
    config_release(&s, &settings_program);
    unsetenv("BADGED_HTTP_LOOPS");
    unsetenv("BADGED_HTTP_MAX_CONNECTIONS");
    unsetenv("BADGED_HTTP_MAX_JSON");
}

static const struct {
    const char *text;
    enum badge_status status;
    unsigned line;
    const char *says;
} wrong[] = {
    {"[http]\nlisten = 127.0.0.1:1\nlistn = x\n", BADGE_ENOTFOUND, 3, "unknown key \"http.listn\""},
    {"loops = 1\n", BADGE_ENOTFOUND, 1, "unknown key \"loops\""},
    {"[nothing]\nloops = 1\n", BADGE_ENOTFOUND, 2, "nothing.loops"},
    {"[http]\nloops = 0\n", BADGE_ELIMIT, 2, "from 1 to 64"},
    {"[http]\nloops = 65\n", BADGE_ELIMIT, 2, "from 1 to 64"},
    {"[http]\nloops = 1 000\n", BADGE_ESYNTAX, 2, "digits only"},
    {"[http]\nloops = -1\n", BADGE_ESYNTAX, 2, "digits only"},
    {"[http]\nloops = 0x1\n", BADGE_ESYNTAX, 2, "digits only"},
    {"[http]\nloops =\n", BADGE_ESYNTAX, 2, "digits only"},
    {"[http]\nloops = 99999999999999999999\n", BADGE_ELIMIT, 2, "too large"},
    {"[http]\nloops = 1\nloops = 2\n", BADGE_EDUPLICATE, 3, "already set in line 2"},
    {"[http]\nloops = 1\n[log]\n[http]\nloops = 2\n", BADGE_EDUPLICATE, 5, "already set in line 2"},
    {"[http]\nmax_json = 5\n", BADGE_ESYNTAX, 2, "KiB"},
    {"[http]\nmax_json = 5 MB\n", BADGE_ESYNTAX, 2, "KiB"},
    {"[http]\nmax_json = 1.5 MiB\n", BADGE_ELIMIT, 2, "smaller unit"},
    {"[http]\nmax_json = 17179869184 GiB\n", BADGE_ELIMIT, 2, "too large"},
    {"[http]\nmax_json = . MiB\n", BADGE_ESYNTAX, 2, "unit"},
    {"[http]\nmax_json = 1. MiB\n", BADGE_ESYNTAX, 2, "unit"},
    {"[batch]\nmax_age = 10\n", BADGE_ESYNTAX, 2, "10 min"},
    {"[batch]\nmax_age = 99 ms\n", BADGE_ELIMIT, 2, "from 100 ms to 720 h"},
    {"[batch]\nmax_age = 1.0001 s\n", BADGE_ELIMIT, 2, "smaller unit"},
    {"[batch]\nmax_leaves = 16777217\n", BADGE_ELIMIT, 2, "from 1 to 16777216"},
    {"[chain]\nmax_fee = 0 gwei\n", BADGE_ELIMIT, 2, "at least 1 wei"},
    {"[chain]\nmax_fee = 0.0000000001 gwei\n", BADGE_ELIMIT, 2, "smaller unit"},
    {"[chain]\nmax_fee = 20 ether\n", BADGE_ELIMIT, 2, "too large"},
    {"[chain]\nissuer = 0x12\n", BADGE_ESYNTAX, 2, "40 hexadecimal digits"},
    {"[chain]\nissuer = 0xf39fd6e51aad88F6F4ce6aB8827279cffFb92266\n", BADGE_ESYNTAX, 2, "mistyped"},
    {"[chain]\nfinality = soon\n", BADGE_ESYNTAX, 2, "number of confirmations"},
    {"[chain]\nfinality = 0\n", BADGE_ESYNTAX, 2, "number of confirmations"},
    {"[chain]\nrpc = @/nonexistent\n", BADGE_ENOTFOUND, 2, "/nonexistent"},
    {"[chain]\nrpc = http://a\n  localhost:8545/secret\n", BADGE_ESYNTAX, 3, "item 2 of chain.rpc"},
    {"[chain]\nrpc = http://user@/x\n", BADGE_ESYNTAX, 2, "item 1 of chain.rpc"},
    {"[http]\nlisten = 8080\n", BADGE_ESYNTAX, 2, "address and a port"},
    {"[http]\nlisten = ::1:8080\n", BADGE_ESYNTAX, 2, "[::1]:8080"},
    {"[http]\nlisten = 127.0.0.1:65536\n", BADGE_ESYNTAX, 2, "address and a port"},
    {"[http]\npublic_url = https://a.example/\n", BADGE_ESYNTAX, 2, "slash"},
    {"[log]\nlevel = loud\n", BADGE_ESYNTAX, 2, "debug|info|warn|error"},
    {"[log]\nlevel = inf\n", BADGE_ESYNTAX, 2, "debug|info|warn|error"},
    {"[http]\nlisten = 127.0.0.1:1\n  loops = 2\n", BADGE_ESYNTAX, 3, "not a list"},
    {"[http]\nnonsense\nloops = 0\n", BADGE_ESYNTAX, 2, "neither"},
    {"[http\n", BADGE_ESYNTAX, 1, "neither"},
    {"[store]\npath = a\x01"
     "b\n",
     BADGE_ESYNTAX, 2, "control character"},
};

static void errors_name_file_and_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct settings s;
        char where[100];
        enum badge_status status = load(&s, wrong[i].text);
        snprintf(where, sizeof where, "%s:%u: ", path, wrong[i].line);
        if (status != wrong[i].status || strncmp(err.text, where, strlen(where)) != 0 ||
            !strstr(err.text, wrong[i].says))
            fail_msg("for <<%s>>: %d %s", wrong[i].text, (int)status, status ? err.text : "");
    }
}

static void a_long_line_is_refused_whole(void **state)
{
    (void)state;
    struct settings s;
    char text[400] = "[store]\npath = /";
    memset(text + strlen(text), 'x', 170);
    assert_int_equal(load(&s, text), BADGE_OK);
    assert_int_equal(strlen(s.store_path), 171);
    config_release(&s, &settings_program);
    memset(text + strlen(text), 'x', 60);
    assert_int_equal(load(&s, text), BADGE_ELIMIT);
    assert_non_null(strstr(err.text, ":2: the line is longer"));
}

static void other_sources_name_themselves(void **state)
{
    (void)state;
    struct settings s;
    char *argv[] = {(char *)"badged", (char *)"--http-loops=x", NULL};
    int argc = 2;
    assert_int_equal(config_load(&s, &settings_program, NULL, &argc, argv, &err), BADGE_ESYNTAX);
    assert_non_null(strstr(err.text, "--http-loops: "));
    char *last[] = {(char *)"badged", (char *)"--http-loops", NULL};
    argc = 2;
    assert_int_equal(config_load(&s, &settings_program, NULL, &argc, last, &err), BADGE_ESYNTAX);
    assert_string_equal(err.text, "--http-loops needs a value");
    setenv("BADGED_LOG_LEVEL", "x", 1);
    argc = 1;
    assert_int_equal(config_load(&s, &settings_program, NULL, &argc, last, &err), BADGE_ESYNTAX);
    assert_non_null(strstr(err.text, "BADGED_LOG_LEVEL: "));
    unsetenv("BADGED_LOG_LEVEL");
    setenv("BADGED_LOG_LEVLE", "info", 1);
    setenv("BADGED_LOG_FORMAT", "json", 1);
    bool found = false;
    size_t at = 0;
    for (const char *name; (name = config_next_unknown(&at, &settings_program));) {
        assert_memory_equal(name, "BADGED_", 7);
        assert_string_not_equal(name, "BADGED_LOG_FORMAT");
        found = found || strcmp(name, "BADGED_LOG_LEVLE") == 0;
    }
    assert_true(found);
    unsetenv("BADGED_LOG_LEVLE");
    unsetenv("BADGED_LOG_FORMAT");
    assert_int_equal(config_load(&s, &settings_program, "/nonexistent", &argc, last, &err), BADGE_ENOTFOUND);
    assert_non_null(strstr(err.text, "/nonexistent"));
    /* What the file could not say may not come in by a flag: it would not print back. */
    static const char *const unprintable[] = {"a ;b", " a", "a ", "a\nb", ";a"};
    for (size_t i = 0; i < sizeof unprintable / sizeof *unprintable; i++) {
        char *bad[] = {(char *)"badged", (char *)"--store-path", (char *)unprintable[i], NULL};
        argc = 3;
        assert_int_equal(config_load(&s, &settings_program, NULL, &argc, bad, &err), BADGE_ESYNTAX);
    }
}

static char *print(const struct settings *s)
{
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    config_print(out, &settings_program, s);
    fclose(out);
    return text;
}

static void expect_print_reads_back(const char *given)
{
    struct settings s;
    enum badge_status status = load(&s, given);
    assert_string_equal(status == BADGE_OK ? "" : err.text, "");
    char *first = print(&s);
    config_release(&s, &settings_program);
    status = load(&s, first);
    assert_string_equal(status == BADGE_OK ? "" : err.text, "");
    char *second = print(&s);
    assert_string_equal(first, second);
    free(first);
    free(second);
    config_release(&s, &settings_program);
}

static void print_reads_back(void **state)
{
    (void)state;
    struct settings s;
    expect_print_reads_back("");
    expect_print_reads_back(
        "[chain]\nrpc = http://a:1\n  https://b\n[intake]\nissuers = https://e.example/i#1 did:web:x\n"
        "[http]\nmax_body = 1025 B\n[batch]\nmax_age = 90 s\n[chain]\nmax_fee = 1.5 gwei\n");
    assert_int_equal(load(&s, full), BADGE_OK);
    char *text = print(&s);
    assert_null(strstr(text, "secret"));
    assert_null(strstr(text, "/v3/key"));
    assert_non_null(strstr(text, "http://127.0.0.1:8545\n"));
    assert_non_null(strstr(text, "max_json = 2 MiB\n"));
    assert_non_null(strstr(text, "max_age = 1500 ms\n"));
    assert_non_null(strstr(text, "max_fee = 1500000000 wei\n"));
    assert_non_null(strstr(text, "format = json\n"));
    free(text);
    config_release(&s, &settings_program);
}

static void lists_come_from_files(void **state)
{
    (void)state;
    struct settings s;
    char text[200];
    static const char urls[] = "# keys inside\nhttps://a.example/key1\r\n\n  https://b.example/key2  \n";
    assert_int_equal(file_replace(list_path, urls, strlen(urls), 0600, NULL), BADGE_OK);
    snprintf(text, sizeof text, "[chain]\nrpc = http://first @%s\n", list_path);
    assert_int_equal(load(&s, text), BADGE_OK);
    assert_int_equal(s.chain_rpc.n, 3);
    assert_string_equal(s.chain_rpc.item[1], "https://a.example/key1");
    assert_string_equal(s.chain_rpc.item[2], "https://b.example/key2");
    char *printed = print(&s);
    assert_non_null(strstr(printed, list_path));
    assert_null(strstr(printed, "key1"));
    config_release(&s, &settings_program);
    assert_int_equal(load(&s, printed), BADGE_OK);
    assert_int_equal(s.chain_rpc.n, 3);
    free(printed);
    config_release(&s, &settings_program);
}

struct small {
    char *node;
    uint64_t chain_id;
};

static void keys_without_a_section(void **state)
{
    (void)state;
    static const struct config_option option[] = {
        {"node", CONFIG_TEXT, offsetof(struct small, node), "", .help = "a node"},
        {"chain_id", CONFIG_U64, offsetof(struct small, chain_id), "0", .help = "a chain"}};
    static const struct config_program program = {"badge", "BADGE_", option, 2};
    struct small s;
    char *argv[] = {(char *)"badge", (char *)"--chain-id=5", (char *)"verify", NULL};
    int argc = 3;
    put("node = http://x\n");
    assert_int_equal(config_load(&s, &program, path, &argc, argv, &err), BADGE_OK);
    assert_string_equal(s.node, "http://x");
    assert_int_equal(s.chain_id, 5);
    assert_int_equal(argc, 2);
    config_release(&s, &program);
    setenv("BADGE_CHAIN_ID", "6", 1);
    assert_int_equal(config_load(&s, &program, NULL, &argc, argv, &err), BADGE_OK);
    assert_int_equal(s.chain_id, 6);
    assert_null(s.node);
    config_release(&s, &program);
    unsetenv("BADGE_CHAIN_ID");
}

static void help_fits_a_terminal(void **state)
{
    (void)state;
    char *text, *rest;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    config_print_help(out, &settings_program);
    fclose(out);
    assert_non_null(strstr(text, "--chain-max-priority-fee AMOUNT"));
    assert_non_null(strstr(text, "(default: 10 min)"));
    assert_non_null(strstr(text, "BADGED_HTTP_LISTEN"));
    char account[BADGE_ADDRESS_LEN + 1];
    badge_address_format(account, &badge_registry_address);
    assert_non_null(strstr(text, account));
    rest = text;
    for (char *line; (line = strsep(&rest, "\n"));)
        assert_true(strlen(line) <= 100);
    free(text);
}

static void origins(void **state)
{
    (void)state;
    static const char *const pair[][2] = {
        {"http://127.0.0.1:8545", "http://127.0.0.1:8545"},
        {"https://user:pass@host.example:1/v3/key?k=1#f", "https://host.example:1"},
        {"https://a@b@c/x", "https://c"},
        {"https://host?apikey=1", "https://host"},
        {"https://host\\@evil/", "https://host"},
        {"http://[::1]:8545/", "http://[::1]:8545"},
        {"https://ho\nst/", "https://ho_st"},
        {"user:pass@host", "(no URL)"},
        {"https://", "(no URL)"},
    };
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
        assert_string_equal(config_url_origin(pair[i][0]), pair[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(a_whole_file),
        cmocka_unit_test(flag_over_environment_over_file),
        cmocka_unit_test(errors_name_file_and_line),
        cmocka_unit_test(a_long_line_is_refused_whole),
        cmocka_unit_test(other_sources_name_themselves),
        cmocka_unit_test(print_reads_back),
        cmocka_unit_test(lists_come_from_files),
        cmocka_unit_test(keys_without_a_section),
        cmocka_unit_test(help_fits_a_terminal),
        cmocka_unit_test(origins),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
