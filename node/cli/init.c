/*
 * `badge init`: from nothing to a node that can be started: settings, keys, the registry, the right to anchor,
 * accreditations, a token. It can be run again at any time, and goes on where it ended.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/init/init.h"
#include "core/compiler.h"
#include "core/format.h"

/* --issuer-id may be given several times. */
static bool read_ids(struct setup *setup, int *argc, char **argv)
{
    for (;;) {
        struct badge_err err = {0};
        const char *id;
        if (config_take_flag(&id, "--issuer-id", argc, argv, &err) != BADGE_OK)
            return cli_refuse("init: %s", err.text);
        if (!id)
            return true;
        if (!questions_take_id(setup, id))
            return false;
    }
}

static bool read_args(struct setup *setup, int argc, char **argv)
{
    const char *dir = NULL;
    const struct cli_flag flags[] = {{.name = "dir", .value = &dir},
                                     {.name = "public-url", .value = &setup->public_url},
                                     {.name = "public-rpc", .value = &setup->public_rpc},
                                     {.name = "name", .value = &setup->name},
                                     {.name = "store", .value = &setup->store},
                                     {.name = "dev", .given = &setup->dev},
                                     {.name = "wait", .given = &setup->waits},
                                     {.name = "yes", .given = &setup->yes}};
    if (!read_ids(setup, &argc, argv) || !cli_flags(&argc, argv, flags, ARRAY_LEN(flags), 0, 0))
        return false;
    if (dir && (size_t)snprintf(setup->dir, sizeof setup->dir, "%s", dir) >= sizeof setup->dir - 64)
        return cli_refuse("init: the path of --dir is too long");
    setup->asks = !setup->yes && !setup->cli->json && isatty(STDIN_FILENO);
    return true;
}

/* The commands' own settings, for the chain of badged.conf. */
static void choose_chain(struct setup *setup)
{
    const struct settings *settings = &setup->settings;
    setup->chain_cli = *setup->cli;
    setup->chain_cli.rpc = settings->chain_rpc;
    setup->chain_cli.chain_id = settings->chain_id;
    setup->chain_cli.contract = settings->chain_contract;
    setup->chain_cli.keystore = setup->issuer_key;
    setup->chain_cli.passphrase_file = setup->passphrase;
}

static void print_end(const struct setup *setup)
{
    const struct settings *settings = &setup->settings;
    struct account_text issuer = core_account_text(&setup->issuer), operator= core_account_text(&setup->operator);
    puts("\nThe node can be started. The commands for it:");
    cli_print("  badged --config %s/badged.conf", setup->dir);
    cli_print("  badge submit FILE... --wait final --node http://%s --token-file %s/token", settings->http_listen,
              setup->dir);
    cli_print("  badge backup FILE --store %s", settings->store_path);
    cli_print("  badge doctor BADGE --dir %s", setup->dir);
    puts("\nKeep, and keep to yourself:");
    cli_print("  %s: with the passphrase it is the issuer. It is needed again only to change", setup->issuer_key);
    puts("    operators and accreditations and to undo revocations: keep it, and a copy, where the node is not.");
    cli_print("  %s: opens the keys. The node needs it; keep a copy elsewhere.", setup->passphrase);
    if (settings->chain_keystore)
        cli_print("  %s: the node's own key, which can be replaced.", settings->chain_keystore);
    cli_print("    Its account %s pays for the batches.", operator.s);
    cli_print("  %s: the records of the node, without which no receipt can be made: back it up.", settings->store_path);
    puts("\nPublish this, for verifiers who decide whom they trust:");
    for (size_t i = 0; i < setup->n_ids; i++)
        cli_print("  --issuer %s=%s", setup->id[i], issuer.s);
    cli_print("  --accreditor %s   (for all of them)", issuer.s);
    if (setup->has_did_document) {
        puts("\nWith its service BadgeRegistry, did.json says that all that the issuer signs from now on is recorded "
             "by this");
        puts("account: a signed badge without its receipt is then not accepted. Remove `service` if you sign without "
             "it.");
    }
}

static void print_json(struct setup *setup, json_t *changes)
{
    json_t *ids = json_array();
    for (size_t i = 0; i < setup->n_ids; i++)
        json_array_append_new(ids, cli_json_text(setup->id[i]));
    cli_print_json(json_pack("{s:o,s:s,s:s,s:s,s:I,s:o,s:O,s:O}", "dir", cli_json_text(setup->dir), "issuer",
                             core_account_text(&setup->issuer).s, "operator", core_account_text(&setup->operator).s,
                             "contract", core_account_text(&setup->settings.chain_contract.address).s, "chainId",
                             (json_int_t)setup->settings.chain_id, "issuerIds", ids, "files", setup->files, "changes",
                             changes));
}

static bool settle(struct setup *setup, json_t *changes, int *exit_status)
{
    if (!questions_settle(setup, exit_status) || !files_make_folder(setup, exit_status) ||
        !questions_load(setup, exit_status) || !files_make_store(setup, exit_status))
        return false;
    choose_chain(setup);
    return files_make_keys(setup, exit_status) && registry_settle(setup, changes, exit_status) &&
           files_make_token(setup, exit_status) && files_make_did_documents(setup, exit_status);
}

static int run_init(const struct cli *cli, int argc, char **argv)
{
    int exit_status = CLI_USAGE;
    struct setup *setup = calloc(1, sizeof *setup);
    json_t *changes = cli->json ? json_array() : NULL;
    if (!setup)
        return cli_fail(CLI_USAGE, "out of memory");
    setup->cli = cli;
    setup->lock_fd = -1;
    setup->files = cli->json ? json_array() : NULL;
    if (read_args(setup, argc, argv) && settle(setup, changes, &exit_status)) {
        exit_status = CLI_YES;
        if (cli->json)
            print_json(setup, changes);
        else
            print_end(setup);
    }
    if (setup->has_settings)
        config_release(&setup->settings, &settings_program);
    if (setup->lock_fd >= 0)
        (void)close(setup->lock_fd);
    json_decref(setup->files);
    json_decref(changes);
    free(setup);
    return exit_status;
}

const struct cli_command init_command = {
    .name = "init",
    .synopsis = "[--dir DIR] [--issuer-id ID]… [--public-url URL] [--rpc URL] [--chain-id N] [--dev] [--yes] [--wait]",
    .summary = "Make all that a node needs: settings, keys, registry, accreditations, a token",
    .help = "What is not given is asked. What is there is kept, so the command can be run again: it goes on where it\n"
            "ended. What it costs is said, and confirmed, before anything is sent.\n\n"
            "  --dir         folder for badged.conf, issuer.json, operator.json, passphrase and token; else this one\n"
            "  --issuer-id   the issuer's id in its credentials, a URL or a DID; may be given several times\n"
            "  --public-url  where people reach the node; --name: what its pages call the institution\n"
            "  --public-rpc  a provider that the pages may name to everybody; that of --rpc stays with the node\n"
            "  --store       folder for the node's records; else DIR/store\n"
            "  --keystore    the issuer's key, with --passphrase-file, if there is one already\n"
            "  --dev         a development chain, such as anvil: fills the accounts, asks nothing\n"
            "  --yes         asks nothing, and agrees to the cost; the chain must be named with --chain-id\n"
            "  --wait        says which funds are missing, and waits for them, in place of ending with status 1",
    .run = run_init};
