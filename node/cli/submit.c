/*
 * `badge submit`: collects the files, submits them, fetches their receipts, and reports the result.
 */
#include "cli/submit/submission.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "cli/support/output.h"
#include "core/compiler.h"

#define MAX_DEPTH 32

/* -- files to submit --------------------------------------------------------------------------------------------- */

static bool has_suffix(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && strcasecmp(text + n - m, suffix) == 0;
}

/* What folders have beside credentials: why it is passed over, NULL: it is not. */
static const char *why_passed_over(const char *path, const char *name)
{
    static const char *const table[] = {".csv", ".tsv", ".xls", ".xlsx", ".ods"};
    struct stat about;
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (has_suffix(name, table[i]))
            return "a table";
    if (strcasecmp(name, "Thumbs.db") == 0 || strcasecmp(name, "desktop.ini") == 0)
        return "a file of the system's";
    if (name[0] == '~' || has_suffix(name, "~"))
        return "an editor's copy";
    return stat(path, &about) != 0 && errno == ENOENT ? "a link to nothing" : NULL;
}

static int collect_path(struct submission *submission, const char *path, int depth);

static int collect_entry(struct submission *submission, const char *path, const char *name, int depth)
{
    const char *why = why_passed_over(path, name);
    if (!why)
        return collect_path(submission, path, depth);
    cli_warn("%s: passed over: %s", path, why);
    submission->n_passed_over++;
    return CLI_YES;
}

static int collect_folder(struct submission *submission, const char *path, int depth)
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
            exit_status = collect_entry(submission, child, name, depth + 1);
        free(entry[i]);
    }
    free(entry);
    return exit_status;
}

static int collect_path(struct submission *submission, const char *path, int depth)
{
    struct stat about = {0};
    if (strcmp(path, "-") != 0 && stat(path, &about))
        return cli_fail(CLI_USAGE, "%s: %s", path, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return depth < MAX_DEPTH ? collect_folder(submission, path, depth)
                                 : cli_fail(CLI_USAGE, "%s: folders nest too deeply", path);
    char *copy = strdup(path);
    return copy && submission_add(submission, copy, &(struct badge_hash){{0}}, false)
               ? CLI_YES
               : cli_fail(CLI_USAGE, "out of memory");
}

/* -- the command ------------------------------------------------------------------------------------------------- */

static bool read_wanted(struct submission *submission, const char *wait)
{
    static const enum badge_anchor_status states[] = {BADGE_ANCHOR_SEALED, BADGE_ANCHOR_MINED, BADGE_ANCHOR_FINAL};
    submission->wait = wait || submission->receipts;
    submission->wanted = BADGE_ANCHOR_FINAL;
    for (size_t i = 0; wait && i < ARRAY_LEN(states); i++) {
        if (strcmp(wait, badge_anchor_status_name(states[i])) == 0) {
            submission->wanted = states[i];
            return true;
        }
    }
    return !wait || cli_refuse("--wait takes sealed, mined or final, not %s", wait);
}

static uint64_t count_accepted(const struct submission *submission)
{
    uint64_t n = 0;
    for (size_t i = 0; i < submission->n_items; i++)
        n += submission->item[i].accepted;
    return n;
}

static int submit_run(struct submission *submission, int argc, char **argv, bool ndjson)
{
    int exit_status = CLI_YES;
    for (int i = 1; i < argc && exit_status == CLI_YES; i++)
        exit_status = ndjson ? submit_lines(submission, argv[i]) : collect_path(submission, argv[i], 0);
    if (exit_status == CLI_YES && !ndjson && !submission->n_items)
        return cli_fail(CLI_USAGE, "no file to submit: receipts and hidden files are skipped");
    if (exit_status == CLI_YES && !ndjson) {
        submit_summarize(submission);
        submit_files(submission);
        submission_sum(submission, count_accepted(submission));
    }
    if (exit_status == CLI_YES && submission->wait && !submission->stopped)
        submit_await(submission);
    if (submission->stopped)
        return submission->stopped;
    if (exit_status == CLI_YES && submission->n_refused)
        return cli_fail(CLI_NO, "%llu refused, each for the reason above; the node has stored none of them",
                        (unsigned long long)submission->n_refused);
    return exit_status;
}

static int run_submit(const struct cli *cli, int argc, char **argv)
{
    struct submission submission = {.cli = cli};
    const char *wait = NULL;
    bool ndjson = false, check = false;
    const struct cli_flag flags[] = {{.name = "ndjson", .given = &ndjson},
                                     {.name = "check", .given = &check},
                                     {.name = "raw", .given = &submission.raw},
                                     {.name = "wait", .value = &wait},
                                     {.name = "receipts", .value = &submission.receipts}};
    struct badge_err err = {0};
    if (!cli_flags(&argc, argv, flags, ARRAY_LEN(flags), 1, 1 << 20) || !read_wanted(&submission, wait))
        return CLI_USAGE;
    submission.query = check ? "?check=1" : "";
    if (submission.receipts && !output_folder(submission.receipts))
        return CLI_USAGE;
    if (session_open(&submission.session, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    int exit_status = CLI_USAGE;
    if (http_retry_authorization(&submission.authorization, cli))
        exit_status = submit_run(&submission, argc, argv, ndjson);
    session_close(&submission.session);
    for (size_t i = 0; i < submission.n_items; i++)
        free(submission.item[i].path);
    free(submission.item);
    http_retry_forget(submission.authorization);
    return exit_status;
}

const struct cli_command submit_command = {
    .name = "submit",
    .synopsis = "FILE|DIR|-… [--ndjson | --raw] [--check] [--wait sealed|mined|final] [--receipts DIR]",
    .summary = "Submit credentials to a node, many at a time, and fetch their receipts",
    .help = "Folders are searched for files of any kind; receipts (*.receipt.json) and hidden files are skipped;\n"
            "tables, Thumbs.db, desktop.ini, files with ~ and links to nothing are passed over and named. A file that\n"
            "claims to be JSON, a JWT or an image and can not be read as one is refused. The notices of the node are\n"
            "printed.\n\n"
            "  --ndjson    each line is a credential: use this for hundreds of thousands\n"
            "  --raw       take any bytes and any JSON: names and types are not looked at\n"
            "  --check     also say which rules of its standard each breaks, which takes longer\n"
            "  --wait      wait until every anchor has this state, then write <digest>.receipt.json beside each file\n"
            "  --receipts  write the receipts into this folder instead; without --wait, wait until final\n\n"
            "After an interruption, run the same command again: submitting twice is harmless, and final receipts\n"
            "on disk are not fetched again.",
    .run = run_submit};
