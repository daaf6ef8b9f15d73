/*
 * `badge submit`: the command. Collects what is to be submitted, has it submitted and its receipts fetched, and says
 * how it went.
 */
#include "cli/submit/submission.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/support/output.h"

#define MAX_DEPTH 32

bool submit_add(struct submit *submit, char *path, const struct badge_hash *digest, bool accepted)
{
    if (submit->n_items == submit->capacity) {
        size_t capacity = submit->capacity ? submit->capacity * 2 : 256;
        struct submit_item *item = realloc(submit->item, capacity * sizeof *item);
        if (!item) {
            free(path);
            return false;
        }
        submit->item = item;
        submit->capacity = capacity;
    }
    submit->item[submit->n_items++] = (struct submit_item){.path = path, .digest = *digest, .accepted = accepted};
    return true;
}

void submit_stop(struct submit *submit, int exit_status, const char *why)
{
    if (!submit->stopped) {
        cli_fail(0, "%s", why);
        cli_fail(0, "what was answered is safe; run the same command again for the rest");
    }
    submit->stopped = submit->stopped ? submit->stopped : exit_status;
}

void submit_unreachable(struct submit *submit, const char *why)
{
    char text[512];
    (void)snprintf(text, sizeof text, "%s: %s", config_url_origin(cli_node(submit->cli)), why);
    submit_stop(submit, CLI_UNREACHABLE, text);
}

void submit_answered(struct submit *submit, const struct net_response *response)
{
    char why[256];
    session_problem(why, sizeof why, response->http_status, response->body, response->body_len);
    if (response->http_status == 401 || response->http_status == 403)
        submit_stop(submit, CLI_USAGE, why);
    else
        submit_unreachable(submit, why);
}

bool submit_receipt_path(const struct submit *submit, const struct submit_item *item, char *out, size_t len)
{
    char hex[BADGE_HEX_LEN + 1];
    int n;
    badge_hex_encode(hex, item->digest.b, 32);
    if (submit->receipts) {
        n = snprintf(out, len, "%s/%s.receipt.json", submit->receipts, hex);
    } else if (item->path && strcmp(item->path, "-") != 0) {
        const char *slash = strrchr(item->path, '/');
        n = snprintf(out, len, "%.*s%s.receipt.json", slash ? (int)(slash - item->path) + 1 : 0, item->path, hex);
    } else {
        return false;
    }
    return n > 0 && (size_t)n < len;
}

/* -- what is to be submitted ------------------------------------------------------------------------------------- */

static bool has_suffix(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && strcmp(text + n - m, suffix) == 0;
}

static int collect(struct submit *submit, const char *path, int depth);

static int collect_folder(struct submit *submit, const char *path, int depth)
{
    struct dirent **entry;
    size_t len = strlen(path);
    int exit_status = CLI_YES, n = scandir(path, &entry, NULL, alphasort);
    if (n < 0)
        return cli_fail(CLI_USAGE, "%s: the folder can't be read", path);
    for (int i = 0; i < n; i++) {
        char child[4096];
        const char *name = entry[i]->d_name;
        bool take = name[0] != '.' && !has_suffix(name, ".receipt.json") && exit_status == CLI_YES;
        if (take && (size_t)snprintf(child, sizeof child, "%s%s%s", path, path[len - 1] == '/' ? "" : "/", name) >=
                        sizeof child)
            exit_status = cli_fail(CLI_USAGE, "%s/%s: the path is too long", path, name);
        else if (take)
            exit_status = collect(submit, child, depth + 1);
        free(entry[i]);
    }
    free(entry);
    return exit_status;
}

static int collect(struct submit *submit, const char *path, int depth)
{
    struct stat status = {0};
    if (strcmp(path, "-") != 0 && stat(path, &status))
        return cli_fail(CLI_USAGE, "%s: %s", path, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return depth < MAX_DEPTH ? collect_folder(submit, path, depth)
                                 : cli_fail(CLI_USAGE, "%s: folders nest too deeply", path);
    char *copy = strdup(path);
    return copy && submit_add(submit, copy, &(struct badge_hash){{0}}, false) ? CLI_YES
                                                                              : cli_fail(CLI_USAGE, "out of memory");
}

/* -- the command ------------------------------------------------------------------------------------------------- */

static bool read_wanted(struct submit *submit, const char *wait)
{
    static const struct {
        const char *name;
        enum badge_anchor_status status;
    } states[] = {{"sealed", BADGE_ANCHOR_SEALED}, {"mined", BADGE_ANCHOR_MINED}, {"final", BADGE_ANCHOR_FINAL}};
    submit->wait = wait || submit->receipts;
    submit->wanted = BADGE_ANCHOR_FINAL;
    for (size_t i = 0; wait && i < sizeof states / sizeof *states; i++) {
        if (strcmp(wait, states[i].name) == 0) {
            submit->wanted = states[i].status;
            return true;
        }
    }
    if (wait)
        cli_fail(CLI_USAGE, "--wait takes sealed, mined or final, not %s", wait);
    return !wait;
}

static int run(struct submit *submit, int argc, char **argv, bool ndjson)
{
    int exit_status = CLI_YES;
    for (int i = 1; i < argc && exit_status == CLI_YES; i++)
        exit_status = ndjson ? submit_lines(submit, argv[i]) : collect(submit, argv[i], 0);
    if (exit_status == CLI_YES && !ndjson && !submit->n_items)
        cli_fail(0, "there is no file to submit: receipts and hidden files are passed over");
    if (exit_status == CLI_YES && !ndjson)
        submit_files(submit);
    if (exit_status == CLI_YES && submit->wait && !submit->stopped)
        submit_await(submit);
    if (submit->stopped)
        return submit->stopped;
    if (exit_status == CLI_YES && submit->n_refused)
        return cli_fail(CLI_NO, "%llu refused, each with its reason above; nothing of those was stored",
                        (unsigned long long)submit->n_refused);
    return exit_status;
}

static int run_submit(const struct cli *cli, int argc, char **argv)
{
    struct submit submit = {.cli = cli};
    const char *wait = NULL;
    bool ndjson = false;
    const struct cli_flag flags[] = {{.name = "ndjson", .given = &ndjson},
                                     {.name = "wait", .value = &wait},
                                     {.name = "receipts", .value = &submit.receipts}};
    struct badge_err err = {0};
    if (!cli_flags(&argc, argv, flags, 3, 1, 1 << 20) || !read_wanted(&submit, wait))
        return CLI_USAGE;
    if (submit.receipts && !output_folder(submit.receipts))
        return CLI_USAGE;
    if (session_open(&submit.session, &err))
        return cli_fail(CLI_USAGE, "%s", err.text);
    submit.authorization = http_retry_authorization(cli);
    int exit_status = submit.authorization ? run(&submit, argc, argv, ndjson) : CLI_USAGE;
    session_close(&submit.session);
    for (size_t i = 0; i < submit.n_items; i++)
        free(submit.item[i].path);
    free(submit.item);
    http_retry_forget(submit.authorization);
    return exit_status;
}

const struct cli_command submit_command = {
    .name = "submit",
    .synopsis = "FILE|DIR|-… [--ndjson] [--wait sealed|mined|final] [--receipts DIR]",
    .summary = "Submit credentials to a node, many at a time, and fetch their receipts",
    .help =
        "Folders are searched for files of any kind; receipts (*.receipt.json) and hidden files are passed over.\n\n"
        "  --ndjson    each line is a credential: the way for hundreds of thousands\n"
        "  --wait      until every anchor is that far, then write <digest>.receipt.json beside each file\n"
        "  --receipts  write the receipts into this folder instead (and wait until final, unless --wait says else)\n\n"
        "A run that was cut off is started again with the same words: nothing is submitted in vain, and final\n"
        "receipts that are there are left alone.",
    .run = run_submit};
