/*
 * `badge`: everything that is not the daemon. Reads the settings, finds the command, runs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "badge/registry.h"
#include "cli/cli.h"
#include "core/compiler.h"

#define OPTION(k, t, member, d, h)                                                                                     \
    {                                                                                                                  \
        .key = k, .type = t, .offset = offsetof(struct cli, member), .fallback = d, .help = h                          \
    }
static const struct config_option options[] = {
    OPTION("node", CONFIG_URLS, nodes, NULL, "URL of a node; commands that need one default to http://127.0.0.1:8080"),
    OPTION("token_file", CONFIG_TEXT, token_file, NULL, "file that holds the API token"),
    OPTION("rpc", CONFIG_URLS, rpc, NULL, "URL of an Ethereum JSON-RPC provider; several must agree"),
    {.key = "contract",
     .type = CONFIG_ADDRESS,
     .offset = offsetof(struct cli, contract),
     .fallback_address = &badge_registry_address,
     .help = "address of the trusted registry contract"},
    {.key = "chain_id",
     .type = CONFIG_U64,
     .offset = offsetof(struct cli, chain_id),
     .max = BADGE_MAX_CHAIN_ID,
     .help = "id of the trusted chain; 0: that of the provider"},
    {.key = "max_head_age",
     .type = CONFIG_DURATION,
     .offset = offsetof(struct cli, max_head_age_ms),
     .fallback = "1 h",
     .min = 1000,
     .max = UINT64_C(8760) * 3600 * 1000,
     .help = "a provider whose newest block is older does not count"},
    {.key = "status_max_age",
     .type = CONFIG_DURATION,
     .offset = offsetof(struct cli, status_max_age_ms),
     .fallback = "1 h",
     .max = UINT64_C(8760) * 3600 * 1000,
     .help = "how long a status list that can't be fetched again is used beyond its time"},
    OPTION("issuer", CONFIG_LIST, issuer, NULL,
           "an issuer ID that is trusted, or [ID=]0x…: the account that acts for it"),
    OPTION("accreditor", CONFIG_LIST, accreditor, NULL, "an account whose accreditations are trusted"),
    OPTION("keystore", CONFIG_TEXT, keystore, NULL, "file with the key that signs (Web3 Secret Storage)"),
    OPTION("passphrase_file", CONFIG_TEXT, passphrase_file, NULL,
           "file with the key's passphrase; otherwise badge asks for it"),
};
static const struct config_program program = {
    .name = "badge", .env_prefix = "BADGE_", .option = options, .n_options = ARRAY_LEN(options)};

static const struct cli_command *const commands[] = {
    &init_command,    &doctor_command, &bake_command,     &unbake_command,   &digest_command,   &submit_command,
    &receipt_command, &verify_command, &check_command,    &revoke_command,   &withdraw_command, &keygen_command,
    &address_command, &deploy_command, &operator_command, &accredit_command, &token_command,    &audit_command,
    &mirror_command,  &fsck_command,   &backup_command,   &restore_command,  &rdf_command,
};
#define N_COMMANDS (ARRAY_LEN(commands))

static void print_help(void)
{
    puts("badge: issue, anchor and verify credentials through a badged node\n\nCommands");
    for (size_t i = 0; i < N_COMMANDS; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    puts("\n`badge COMMAND --help` shows its arguments. Every command takes --json.\n\n"
         "Settings, for the commands that use them (file ~/.config/badge/config, or --config FILE)");
    config_print_help(stdout, &program);
    puts("\nExit status: 0 success, 1 the answer is no (invalid, not found, refused), 2 usage, input or output error,\n"
         "3 a node or a provider can't be reached.");
}

static void print_command_help(const struct cli_command *command)
{
    printf("badge %s %s\n\n%s.\n", command->name, command->synopsis, command->summary);
    if (command->help[0])
        printf("\n%s\n", command->help);
}

/* --config FILE, which must exist, else ~/.config/badge/config, which may be missing: *exists. */
static enum badge_status settings_file(char *out, size_t capacity, bool *exists, int *argc, char **argv,
                                       struct badge_err *err)
{
    const char *named, *home = getenv("HOME"), *base = getenv("XDG_CONFIG_HOME");
    out[0] = '\0';
    enum badge_status status = config_take_flag(&named, "--config", argc, argv, err);
    if (status != BADGE_OK)
        return status;
    if (named)
        (void)snprintf(out, capacity, "%s", named);
    else if (base && base[0])
        (void)snprintf(out, capacity, "%s/badge/config", base);
    else if (home)
        (void)snprintf(out, capacity, "%s/.config/badge/config", home);
    *exists = named || (out[0] && access(out, R_OK) == 0);
    return BADGE_OK;
}

static bool take_flag(const char *flag, int *argc, char **argv)
{
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], "--") == 0)
            return false;
        if (strcmp(argv[i], flag) != 0)
            continue;
        memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i) * sizeof *argv);
        (*argc)--;
        return true;
    }
    return false;
}

/* Output that could not be written is an error. */
static int flush_and_end(int exit_status)
{
    if (fflush(stdout) || ferror(stdout))
        return cli_fail(CLI_USAGE, "the output could not be written");
    return exit_status;
}

int main(int argc, char **argv)
{
    struct cli cli = {0};
    struct badge_err err = {0};
    bool has_settings = false;
    /* This process handles keys: no core dumps, and other processes of the user can't read its memory. */
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    json_object_seed(0);
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* keeps output and progress in order, also through a pipe */

    bool help = take_flag("--help", &argc, argv);
    if (take_flag("--version", &argc, argv)) {
        puts("badge " BADGED_VERSION);
        return flush_and_end(CLI_YES);
    }
    const struct cli_command *command = NULL;
    for (size_t i = 0; i < N_COMMANDS && argc > 1; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            command = commands[i];
    if (argc < 2 || (help && (command || argv[1][0] == '-'))) {
        if (command)
            print_command_help(command);
        else
            print_help();
        return flush_and_end(help ? CLI_YES : CLI_USAGE);
    }
    if (!command)
        return cli_fail(CLI_USAGE, "unknown command %s; `badge --help` lists the commands", argv[1]);

    cli.json = take_flag("--json", &argc, argv);
    if (settings_file(cli.settings_file, sizeof cli.settings_file, &has_settings, &argc, argv, &err) != BADGE_OK ||
        config_load(&cli, &program, has_settings ? cli.settings_file : NULL, &argc, argv, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    for (size_t i = 0; i < cli.nodes.n; i++) {
        cli.node = cli.nodes.item[i];
        for (size_t len = strlen(cli.node); len && cli.node[len - 1] == '/'; len--)
            cli.node[len - 1] = '\0';
    }
    int exit_status = command->run(&cli, argc - 1, argv + 1);
    config_release(&cli, &program);
    return flush_and_end(exit_status);
}
