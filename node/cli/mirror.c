/*
 * `badge mirror`: copies a node's batches and leaf lists to files. Any web server can serve them, and `badge audit`
 * takes them in place of the node.
 */
#include <stdio.h>
#include <string.h>

#include "audit/mirror.h"
#include "cli/support/output.h"
#include "cli/support/progress.h"
#include "cli/support/session.h"

static void mirror_on_progress(void *context, uint64_t done, uint64_t total)
{
    progress_show_stage(context, "batches mirrored", done, total);
}

static int mirror_node(const struct cli *cli, struct session *session, const char *folder)
{
    struct badge_err err = {0};
    struct progress progress = {0};
    struct mirror_result result;
    struct reconciliation_source source = {.kind = SOURCE_NODE, .place = cli_node(cli)};
    struct mirror_request request = {.loop = &session->loop,
                                     .client = session->client,
                                     .folder = folder,
                                     .source = &source,
                                     .progress = mirror_on_progress,
                                     .context = &progress};
    enum badge_status status = mirror_update(&request, &result, &err);
    progress_end(&progress);
    if (status != BADGE_OK) {
        const char *origin = config_url_origin(source.place);
        bool is_named = strstr(err.text, origin);
        return cli_fail(cli_exit_of(&err), "%s%s%s", is_named ? "" : origin, is_named ? "" : ": ", err.text);
    }
    if (cli->json)
        cli_print_json(json_pack("{s:I,s:I,s:I}", "batches", (json_int_t)result.n_batches, "new",
                                 (json_int_t)result.n_new, "bytes", (json_int_t)result.n_bytes));
    else
        printf("%s: %llu batches, %llu of them new\n", folder, (unsigned long long)result.n_batches,
               (unsigned long long)result.n_new);
    return CLI_YES;
}

static int run_mirror(const struct cli *cli, int argc, char **argv)
{
    struct badge_err err = {0};
    struct session session;
    if (!cli_flags(&argc, argv, NULL, 0, 1, 1))
        return CLI_USAGE;
    for (size_t len = strlen(argv[1]); len > 1 && argv[1][len - 1] == '/'; len--)
        argv[1][len - 1] = '\0';
    if (!output_folder(argv[1]))
        return CLI_USAGE;
    if (session_open(&session, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    int exit_status = mirror_node(cli, &session, argv[1]);
    session_close(&session);
    return exit_status;
}

const struct cli_command mirror_command = {
    .name = "mirror",
    .synopsis = "DIR --node URL",
    .summary = "Copy a node's batches and leaf lists to files for any web server",
    .help =
        "Writes v1/batches.json and v1/batches/NUMBER/leaves below DIR: what `badge audit` needs, and nothing else.\n"
        "Leaf hashes are salted, so they reveal neither credentials nor digests. Run it again to add new\n"
        "batches; the files are complete at any moment, so they can be served at the same time.",
    .run = run_mirror};
