/*
 * `badge audit`: compares the chain with the batches of nodes, mirrors and stores. node/audit does the work; this file
 * reads the arguments, shows the progress and writes the reports.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit.h"
#include "cli/support/output.h"
#include "cli/support/progress.h"
#include "cli/support/session.h"
#include "cli/support/signals.h"
#include "core/compiler.h"
#include "core/format.h"
#include "runtime/file.h"
#include "store/disk.h"
#include "store/tools/tools.h"

#define MAX_SOURCES 64
#define MAX_PROVIDERS 16
#define INTERRUPT_MS 100 /* from a signal to the end of the program */

struct auditing {
    const struct cli *cli;
    struct session session;
    struct rpc *rpc[MAX_PROVIDERS];
    struct reconciliation_source source[MAX_SOURCES];
    char unpacked[DISK_PATH_MAX]; /* the folder of the store from a backup's archive; "": none */
    struct audit audit;
    struct progress progress;
};

/* -- arguments ----------------------------------------------------------------------------------------------------- */

static bool add_source(struct auditing *a, const char *place, enum reconciliation_source_kind kind)
{
    size_t *n = &a->audit.reconciliation.n_sources;
    if (*n == MAX_SOURCES)
        return cli_refuse("audit: at most %d sources", MAX_SOURCES);
    if (kind == SOURCE_NODE && !config_url_is_web(place))
        return cli_refuse("audit: --node takes the URL of a node; a folder goes with --mirror or --backup");
    if (kind == SOURCE_MIRROR && !config_url_is_web(place))
        kind = SOURCE_FOLDER;
    if (!config_url_is_web(place) && access(place, F_OK))
        return cli_refuse("audit: %s: %s", place, strerror(errno));
    struct reconciliation_source *source = &a->source[(*n)++];
    *source = (struct reconciliation_source){.kind = kind, .place = place};
    /* The name in reports is a URL without parts that may be secret (user, password, query). */
    bool is_secret = config_url_is_web(place) && strpbrk(place, "@?#");
    (void)core_format(source->name, sizeof source->name, "%s", is_secret ? config_url_origin(place) : place);
    return true;
}

/* A store's folder, or an archive of `badge backup`, which is unpacked beside it. */
static bool add_backup(struct auditing *a, const char *place)
{
    char folder[DISK_PATH_MAX];
    struct stat about;
    struct store_check check = {.is_stopped = signals_pending};
    struct badge_err err = {0};
    if (stat(place, &about) || !S_ISREG(about.st_mode))
        return add_source(a, place, SOURCE_STORE);
    if (core_format(folder, sizeof folder, "%s.audit", place) != strlen(place) + strlen(".audit"))
        return cli_refuse("audit: the name of the backup is too long: rename it");
    if (access(folder, F_OK) == 0)
        return cli_refuse(
            "audit: %s is there already: another audit uses it, or was interrupted; remove it if none is running",
            folder);
    signals_block();
    if (store_restore(folder, place, &check, &err) != BADGE_OK)
        return cli_refuse("%s", err.text); /* what was unpacked is removed */
    memcpy(a->unpacked, folder, sizeof folder);
    if (!add_source(a, a->unpacked, SOURCE_STORE))
        return false;
    (void)core_format(a->source[a->audit.reconciliation.n_sources - 1].name, sizeof a->source->name, "%s", place);
    return true;
}

static bool read_number(uint64_t *out, const char *flag, const char *text)
{
    char *end;
    *out = 0;
    if (!text)
        return true;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end || errno || number >> 53)
        return cli_refuse("audit: --%s takes a number of blocks", flag);
    *out = number;
    return true;
}

struct audit_args {
    const char *mirror, *backup, *state, *html, *confirmations, *from_block;
};

static bool read_args(struct auditing *a, const struct audit_args *args)
{
    const struct cli *cli = a->cli;
    struct audit_request *request = &a->audit.request;
    if (!cli->rpc.n || cli->rpc.n > MAX_PROVIDERS || cli->issuer.n != 1)
        return cli_refuse(!cli->rpc.n          ? "name a provider of the chain with --rpc URL or BADGE_RPC"
                          : cli->issuer.n == 1 ? "audit: too many providers"
                                               : "name the one account to audit with --issuer 0x…");
    const char *account = strrchr(cli->issuer.item[0], '=');
    if (!cli_read_account(&request->issuer, account ? account + 1 : cli->issuer.item[0]) ||
        !read_number(&request->confirmations, "confirmations", args->confirmations) ||
        !read_number(&request->from_block, "from-block", args->from_block))
        return false;
    for (size_t i = 0; i < cli->nodes.n; i++)
        if (!add_source(a, cli->nodes.item[i], SOURCE_NODE))
            return false;
    if ((args->mirror && !add_source(a, args->mirror, SOURCE_MIRROR)) || (args->backup && !add_backup(a, args->backup)))
        return false;
    if (!a->audit.reconciliation.n_sources)
        return cli_refuse("name what is to be audited: --node URL, --mirror DIR|URL or --backup FILE|DIR");
    request->chain_id = cli->chain_id;
    request->max_head_age_s = cli->max_head_age_ms / 1000;
    request->contract = cli->contract.address;
    request->checkpoint_file = args->state;
    return true;
}

/* -- the run ------------------------------------------------------------------------------------------------------- */

static void audit_on_progress(void *context, const char *what, uint64_t done, uint64_t total)
{
    progress_show_stage(context, what, done, total);
}

static int write_html(const struct audit *audit, const char *path)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return cli_fail(CLI_USAGE, "out of memory");
    audit_write_html(out, audit);
    int exit_status = fclose(out) ? cli_fail(CLI_USAGE, "out of memory") : output_write(path, text, len);
    free(text);
    return exit_status;
}

static int print_audit(struct auditing *a, const char *html)
{
    static const int exit_of[] = {[RECONCILIATION_CLEAN] = CLI_YES,
                                  [RECONCILIATION_FAILED] = CLI_NO,
                                  [RECONCILIATION_UNDECIDED] = CLI_UNREACHABLE};
    if (a->cli->json)
        cli_print_json(audit_json(&a->audit));
    else if (!html || strcmp(html, "-") != 0)
        audit_write_text(stdout, &a->audit);
    int exit_status = html ? write_html(&a->audit, html) : CLI_YES;
    return exit_status != CLI_YES ? exit_status : exit_of[a->audit.reconciliation.verdict];
}

static int audit_sources(struct auditing *a, const char *html)
{
    struct badge_err err = {0};
    struct audit_request *request = &a->audit.request;
    for (size_t i = 0; i < a->cli->rpc.n; i++)
        if (rpc_new(&a->rpc[request->n_rpcs++], a->session.client, a->cli->rpc.item[i], &err) != BADGE_OK)
            return cli_fail(CLI_USAGE, "--rpc: %s", err.text);
    request->loop = &a->session.loop;
    request->client = a->session.client;
    request->rpc = a->rpc;
    request->progress = audit_on_progress;
    request->context = &a->progress;
    a->audit.reconciliation.source = a->source;
    enum badge_status status = audit_run(&a->audit, &err);
    progress_end(&a->progress);
    int exit_status = status != BADGE_OK ? cli_fail(cli_exit_of(&err), "%s", err.text) : print_audit(a, html);
    audit_release(&a->audit);
    return exit_status;
}

static void remove_unpacked(const struct auditing *a)
{
    struct badge_err err = {0};
    if (a->unpacked[0] && disk_remove_folder(a->unpacked, &err) != BADGE_OK)
        cli_warn("audit: the unpacked backup could not be removed: %s", err.text);
}

/* Ends the program if a signal is pending, even during a request; the unpacked store is all there is to clean up. */
static void check_interrupt(uv_timer_t *timer)
{
    if (!signals_pending(NULL))
        return;
    remove_unpacked(timer->data);
    signals_unblock();
}

static int audit_in_session(struct auditing *a, const char *html)
{
    struct badge_err err = {0};
    uv_timer_t timer = {.data = a};
    if (session_open(&a->session, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    (void)uv_timer_init(&a->session.loop, &timer);
    if (a->unpacked[0])
        (void)uv_timer_start(&timer, check_interrupt, INTERRUPT_MS, INTERRUPT_MS);
    uv_unref((uv_handle_t *)&timer);
    int exit_status = audit_sources(a, html);
    uv_close((uv_handle_t *)&timer, NULL);
    for (size_t i = 0; i < a->audit.request.n_rpcs; i++)
        rpc_free(a->rpc[i]);
    session_close(&a->session);
    return exit_status;
}

static int run_audit(const struct cli *cli, int argc, char **argv)
{
    struct audit_args args = {0};
    const struct cli_flag flags[] = {{.name = "mirror", .value = &args.mirror},
                                     {.name = "backup", .value = &args.backup},
                                     {.name = "state", .value = &args.state},
                                     {.name = "html", .value = &args.html},
                                     {.name = "confirmations", .value = &args.confirmations},
                                     {.name = "from-block", .value = &args.from_block}};
    if (!cli_flags(&argc, argv, flags, ARRAY_LEN(flags), 0, 0))
        return CLI_USAGE;
    struct auditing *a = calloc(1, sizeof *a);
    if (!a)
        return cli_fail(CLI_USAGE, "out of memory");
    a->cli = cli;
    int exit_status = read_args(a, &args) ? audit_in_session(a, args.html) : CLI_USAGE;
    remove_unpacked(a);
    signals_unblock();
    free(a);
    return exit_status;
}

const struct cli_command audit_command = {
    .name = "audit",
    .synopsis = "--rpc URL… --issuer 0x… [--contract 0x…] [--chain-id N] [--node URL]… [--mirror DIR|URL]\n"
                "             [--backup FILE|DIR] [--state FILE] [--html FILE] [--confirmations N] [--from-block N]\n"
                "             [--max-head-age TIME]",
    .summary = "Audit an issuer's whole registry: every anchor against every batch",
    .help =
        "Compares every anchor of the issuer on the chain with every batch of its nodes: each root is recomputed from\n"
        "its leaves, and the contract's log proves that no anchor is missing. All is read at one final block.\n\n"
        "  --node           a node of the issuer, or a web server with a mirror of one; may be named several times\n"
        "  --mirror         what `badge mirror` made: a folder, or the URL of one\n"
        "  --backup         an archive of `badge backup`, unpacked beside it for the audit; or the folder of a store\n"
        "  --state          a file that keeps what is verified: after an interruption, the same command continues\n"
        "  --html           also write the report as a page; --json prints it for machines\n"
        "  --confirmations  how many blocks below the newest are final, if the chain has no finalized block\n"
        "  --from-block     do not search for events before this block\n"
        "  --max-head-age   how old a provider's newest block may be for an absence to count; 1 h\n\n"
        "Exit status 0 clean; 1 missing, extra or altered batches, or another chain or contract; 3 undecided:\n"
        "something could not be read.",
    .run = run_audit};
