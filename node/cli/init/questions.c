/*
 * What `badge init` has to know: from badged.conf if it is there, else from flags, else asked. The answers are checked
 * by the daemon's own table of settings, before any file is written or any money spent.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/init/init.h"
#include "core/compiler.h"
#include "core/format.h"

#define MAX_FLAGS 256
#define LINE_MAX_LEN 180 /* of a value in badged.conf: runtime/config.h */

/* -- asking -------------------------------------------------------------------------------------------------------- */

/* A line from the terminal, without white space around it; an empty one is the suggestion. False: the end of input. */
static bool ask(char *out, size_t capacity, const char *question, const char *suggestion)
{
    fprintf(stderr, "%s%s%s%s ", question, suggestion ? " [" : "", suggestion ? suggestion : "",
            suggestion ? "]:" : ":");
    if (!fgets(out, (int)capacity, stdin))
        return cli_refuse("init: the input ended; nothing more was done");
    size_t skip = strspn(out, " \t"), len = strlen(out + skip);
    memmove(out, out + skip, len + 1);
    while (len > 0 && isspace((unsigned char)out[len - 1]))
        out[--len] = '\0';
    if (len == 0 && suggestion)
        (void)snprintf(out, capacity, "%s", suggestion);
    return true;
}

bool questions_confirm(const struct setup *setup, const char *question, int *exit_status)
{
    char line[16];
    if (setup->yes || setup->dev)
        return true;
    *exit_status = CLI_USAGE;
    if (!setup->asks)
        return cli_refuse("init: %s There is nobody to ask: say so with --yes", question);
    if (!ask(line, sizeof line, question, "no"))
        return false;
    return strcmp(line, "yes") == 0 || strcmp(line, "y") == 0 ||
           cli_refuse("init: stopped, and nothing was sent; the same command continues");
}

bool questions_wait(const struct setup *setup, const char *what)
{
    char line[INIT_ANSWER_LEN];
    if (!setup->asks)
        return false;
    fprintf(stderr, "%s Then press Enter (Ctrl-C stops; the same command continues). ", what);
    return fgets(line, sizeof line, stdin);
}

/* -- what is needed ------------------------------------------------------------------------------------------------ */

static void split_ids(struct setup *setup)
{
    for (char *at = setup->typed.ids; *at && setup->n_ids < INIT_MAX_IDS;) {
        at += strspn(at, " ,");
        size_t len = strcspn(at, " ,");
        if (len)
            setup->id[setup->n_ids++] = at;
        at += len;
        if (*at)
            *at++ = '\0';
    }
}

static bool ask_all(struct setup *setup)
{
    const struct cli *cli = setup->cli;
    while (!setup->n_ids) {
        if (!ask(setup->typed.ids, sizeof setup->typed.ids,
                 "Ids of the issuer, as its credentials name it, such as https://example.edu or did:web:example.edu",
                 NULL))
            return false;
        split_ids(setup);
    }
    while (!setup->public_url || !*setup->public_url) {
        if (!ask(setup->typed.public_url, sizeof setup->typed.public_url,
                 "Public URL of the node, such as https://badges.example.edu", NULL))
            return false;
        setup->public_url = setup->typed.public_url;
    }
    if (!setup->name) {
        if (!ask(setup->typed.name, sizeof setup->typed.name, "Name of the institution, for the pages (may be empty)",
                 NULL))
            return false;
        setup->name = setup->typed.name;
    }
    while (!cli->rpc.n && !setup->typed.rpc[0])
        if (!ask(setup->typed.rpc, sizeof setup->typed.rpc,
                 "URL of a JSON-RPC provider of the chain, for the node (it may have a key in it)", NULL))
            return false;
    if (!setup->public_rpc) {
        if (!ask(setup->typed.public_rpc, sizeof setup->typed.public_rpc,
                 "URL of a provider that everybody may know, for the pages (may be empty)", NULL))
            return false;
        setup->public_rpc = setup->typed.public_rpc;
    }
    return true;
}

static bool require_all(struct setup *setup)
{
    if (setup->dev && !setup->public_url)
        setup->public_url = "http://127.0.0.1:8080";
    if (setup->dev && !setup->cli->rpc.n)
        (void)snprintf(setup->typed.rpc, sizeof setup->typed.rpc, "http://127.0.0.1:8545");
    if (setup->dev && !setup->public_rpc)
        setup->public_rpc = setup->cli->rpc.n ? setup->cli->rpc.item[0] : setup->typed.rpc;
    if (!setup->n_ids)
        return cli_refuse("init: name the issuer's ids with --issuer-id ID, each as the credentials name the issuer");
    if (!setup->public_url)
        return cli_refuse("init: name the URL at which people will reach the node with --public-url URL");
    if (!setup->cli->rpc.n && !setup->typed.rpc[0])
        return cli_refuse("init: name a JSON-RPC provider of the chain with --rpc URL");
    if (!setup->dev && setup->yes && !setup->cli->chain_id)
        return cli_refuse("init: with --yes, name the chain with --chain-id N, so that no other one is paid for");
    return true;
}

/* -- the settings of the node -------------------------------------------------------------------------------------- */

struct flags {
    char *argv[MAX_FLAGS];
    int argc;
};

static void add_flag(struct flags *flags, const char *name, const char *value)
{
    if (!value || !*value || flags->argc + 2 >= MAX_FLAGS)
        return;
    flags->argv[flags->argc++] = (char *)(uintptr_t)name;
    flags->argv[flags->argc++] = (char *)(uintptr_t)value;
}

/* A value that the file would change: it cuts comments off, and lines have a limit. */
static bool is_writable(const char *name, const char *value)
{
    if (!value || (strlen(value) <= LINE_MAX_LEN && !strpbrk(value, "\r\n") && !strstr(value, " ;")))
        return true;
    return cli_refuse("init: %s: badged.conf can't hold this value: at most %d bytes, without line breaks and \" ;\"",
                      name, LINE_MAX_LEN);
}

static bool are_writable(const struct setup *setup)
{
    char operator_key[INIT_PATH_LEN]; /* longer than the other paths in the folder */
    for (size_t i = 0; i < setup->n_ids; i++)
        if (!is_writable("--issuer-id", setup->id[i]))
            return false;
    for (size_t i = 0; i < setup->cli->rpc.n_words; i++)
        if (!is_writable("--rpc", setup->cli->rpc.word[i]))
            return false;
    return is_writable("--public-url", setup->public_url) && is_writable("--public-rpc", setup->public_rpc) &&
           is_writable("--name", setup->name) && is_writable("--rpc", setup->typed.rpc) &&
           is_writable("--dir", files_path(operator_key, setup, "operator.json")) &&
           is_writable("--passphrase-file", setup->passphrase) && is_writable("--store", setup->store);
}

/* The node listens on the port of a public URL that is this machine's own; else a proxy stands before it. */
static const char *listen_of(char out[32], const char *public_url)
{
    static const char *const own[] = {"http://127.0.0.1", "http://localhost"};
    for (size_t i = 0; i < ARRAY_LEN(own); i++) {
        size_t len = strlen(own[i]);
        if (strncmp(public_url, own[i], len) != 0 || (public_url[len] && public_url[len] != ':'))
            continue;
        (void)snprintf(out, 32, "127.0.0.1:%s", public_url[len] ? public_url + len + 1 : "80");
        return out;
    }
    return NULL;
}

static bool load_answers(struct setup *setup)
{
    static char name[] = "badged";
    char listen[32], store[INIT_PATH_LEN], operator_key[INIT_PATH_LEN];
    struct flags flags = {{name}, 1};
    struct badge_err err = {0};
    const struct cli *cli = setup->cli;
    add_flag(&flags, "--http-listen", listen_of(listen, setup->public_url));
    add_flag(&flags, "--http-public-url", setup->public_url);
    add_flag(&flags, "--http-public-rpc", setup->public_rpc);
    add_flag(&flags, "--http-name", setup->name);
    add_flag(&flags, "--store-path", setup->store ? setup->store : files_path(store, setup, "store"));
    for (size_t i = 0; i < setup->n_ids; i++)
        add_flag(&flags, "--intake-issuers", setup->id[i]);
    add_flag(&flags, "--batch-max-age", setup->dev ? "10 s" : NULL);
    for (size_t i = 0; i < cli->rpc.n_words; i++)
        add_flag(&flags, "--chain-rpc", cli->rpc.word[i]);
    add_flag(&flags, "--chain-rpc", setup->typed.rpc);
    add_flag(&flags, "--chain-keystore", files_path(operator_key, setup, "operator.json"));
    add_flag(&flags, "--chain-passphrase-file", setup->passphrase);
    if (config_load(&setup->settings, &settings_program, NULL, &flags.argc, flags.argv, &err) != BADGE_OK)
        return cli_refuse("init: %s", err.text);
    setup->has_settings = true;
    setup->settings.chain_id = cli->chain_id;
    setup->settings.chain_contract = cli->contract;
    return true;
}

/* What the file says counts. A flag that says something else is an error, since the file is not changed. */
static bool agrees(const char *flag, const char *given, const char *key, const char *kept)
{
    return !given || (kept && strcmp(given, kept) == 0) ||
           cli_refuse("init: %s says %s, but badged.conf, which is kept, has %s = %s: leave the flag out, or edit the "
                      "file",
                      flag, given, key, kept ? kept : "");
}

static bool load_conf(struct setup *setup, const char *file)
{
    static char name[] = "badged";
    char *argv[] = {name, NULL}, given[24] = "", kept[24];
    int argc = 1;
    struct badge_err err = {0};
    if (config_load(&setup->settings, &settings_program, file, &argc, argv, &err) != BADGE_OK)
        return cli_refuse("%s", err.text);
    setup->has_settings = true;
    const struct settings *settings = &setup->settings;
    if (!settings->chain_rpc.n)
        return cli_refuse("%s does not name a provider: add rpc = URL to its section [chain]", file);
    (void)snprintf(given, sizeof given, "%llu", (unsigned long long)setup->cli->chain_id);
    (void)snprintf(kept, sizeof kept, "%llu", (unsigned long long)settings->chain_id);
    return agrees("--chain-id", setup->cli->chain_id ? given : NULL, "chain.id", kept) &&
           agrees("--public-url", setup->public_url, "http.public_url", settings->http_public_url) &&
           agrees("--name", setup->name, "http.name", settings->http_name) &&
           agrees("--store", setup->store, "store.path", settings->store_path);
}

static void settle_ids(struct setup *setup)
{
    const struct config_list *kept = &setup->settings.intake_issuers;
    size_t n_given = setup->n_ids;
    for (size_t i = 0; i < kept->n && setup->n_ids < INIT_MAX_IDS; i++) {
        bool is_given = false;
        for (size_t j = 0; j < n_given; j++)
            is_given = is_given || strcmp(setup->id[j], kept->item[i]) == 0;
        if (!is_given)
            setup->id[setup->n_ids++] = kept->item[i];
    }
    for (size_t j = 0; j < n_given && kept->n; j++) {
        bool is_kept = false;
        for (size_t i = 0; i < kept->n; i++)
            is_kept = is_kept || strcmp(setup->id[j], kept->item[i]) == 0;
        if (!is_kept)
            cli_warn("badged.conf, which is kept, does not accept credentials of %s: add it to intake.issuers",
                     setup->id[j]);
    }
}

bool questions_settle(struct setup *setup, int *exit_status)
{
    char conf[INIT_PATH_LEN];
    *exit_status = CLI_USAGE;
    if (setup->asks && !setup->dir[0] && !ask(setup->dir, sizeof setup->dir, "Folder for settings and keys", "."))
        return false;
    if (!setup->dir[0])
        (void)snprintf(setup->dir, sizeof setup->dir, ".");
    setup->has_conf = access(files_path(conf, setup, "badged.conf"), F_OK) == 0;
    if (setup->has_conf)
        return load_conf(setup, conf);
    if (setup->asks && !setup->dev && !ask_all(setup))
        return false;
    return require_all(setup);
}

bool questions_load(struct setup *setup, int *exit_status)
{
    *exit_status = CLI_USAGE;
    if (!setup->has_conf && (!are_writable(setup) || !load_answers(setup)))
        return false;
    settle_ids(setup);
    return true;
}
