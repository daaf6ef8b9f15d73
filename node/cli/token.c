/*
 * `badge token`: makes, lists and revokes the API tokens in a node's store. A running node notices within a second.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/format.h"
#include "runtime/tokens.h"

static int token_list(const struct cli *cli, const char *path)
{
    struct tokens *tokens;
    struct badge_err err = {0};
    if (tokens_open(&tokens, path, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    for (size_t i = 0; i < tokens_count(tokens); i++) {
        const struct token *token = tokens_at(tokens, i);
        char names[TOKEN_SCOPES_LEN + 1];
        token_scopes_format(names, token->scopes);
        struct time_text time = core_time_text(token->created_at_s);
        if (cli->json)
            cli_print_json(json_pack("{s:s,s:s,s:s,s:s}", "id", token->id, "scope", names, "name", token->name,
                                     "createdAt", time.s));
        else
            printf("%s  %-19s  %s  %s\n", token->id, names, time.s, token->name);
    }
    tokens_free(tokens);
    return CLI_YES;
}

static int token_create(const struct cli *cli, const char *path, const char *scope, const char *name)
{
    struct badge_err err = {0};
    struct token token;
    char text[TOKEN_TEXT_LEN + 1];
    unsigned bits = scope ? token_scopes_parse(scope, strlen(scope)) : 0;
    if (!bits)
        return cli_fail(CLI_USAGE,
                        "token create: name what the token may do with --scope: one or more of submit,digest,admin");
    if (tokens_create(path, bits, name ? name : "", text, &token, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    if (cli->json)
        cli_print_json(json_pack("{s:s,s:s}", "id", token.id, "token", text));
    else
        puts(text);
    badge_wipe(text, sizeof text);
    return CLI_YES;
}

static int run_token(const struct cli *cli, int argc, char **argv)
{
    const char *scope = NULL, *name = NULL, *store = "/var/lib/badged";
    const struct cli_flag flags[] = {
        {.name = "scope", .value = &scope}, {.name = "name", .value = &name}, {.name = "store", .value = &store}};
    struct badge_err err = {0};
    char path[4096];
    if (!cli_flags(&argc, argv, flags, 3, 1, 2))
        return CLI_USAGE;
    if ((size_t)snprintf(path, sizeof path, "%s/tokens", store) >= sizeof path)
        return cli_fail(CLI_USAGE, "token: the path of the store is too long");
    if (access(store, X_OK))
        return cli_fail(CLI_USAGE, "token: %s: %s; --store names the folder that is store.path of the node", store,
                        strerror(errno));
    if (argc == 2 && strcmp(argv[1], "create") == 0)
        return token_create(cli, path, scope, name);
    if (argc == 2 && strcmp(argv[1], "list") == 0)
        return token_list(cli, path);
    if (argc == 3 && strcmp(argv[1], "revoke") == 0)
        return tokens_revoke(path, argv[2], &err) != BADGE_OK ? cli_fail(cli_exit_of(&err), "%s", err.text) : CLI_YES;
    return cli_fail(CLI_USAGE, "token: the first argument is create, list or revoke; see `badge token --help`");
}

const struct cli_command token_command = {
    .name = "token",
    .synopsis = "create --scope submit,digest,admin [--name N] | list | revoke ID   [--store DIR]",
    .summary = "Make, list and revoke the API tokens of a node",
    .help = "The token is shown once, and only its hash is kept, in DIR/tokens (DIR is the node's store.path,\n"
            "/var/lib/badged unless you say otherwise). A running node notices a change within a second.\n\n"
            "  submit   may submit credentials\n"
            "  digest   may submit digests of documents that the node never sees\n"
            "  admin    may seal a batch at once, revoke, and see the providers' addresses",
    .run = run_token};
