/*
 * `badge backup` and `badge restore`: a store in one file, from under a running node, and back.
 */
#include <stdio.h>
#include <string.h>

#include "cli/support/signals.h"
#include "cli/support/store_report.h"

static int run(const struct cli *cli, int argc, char **argv,
               enum badge_status (*act)(const char *store, const char *file, struct store_check *check,
                                        struct badge_err *err))
{
    const char *store = "/var/lib/badged";
    const struct cli_flag flag = {.name = "store", .value = &store};
    struct store_report report;
    struct badge_err err = {0};
    if (!cli_flags(&argc, argv, &flag, 1, 1, 1))
        return CLI_USAGE;
    if (strcmp(argv[1], "-") == 0)
        return cli_fail(CLI_USAGE, "%s: name a file; it is read again as a whole, which a pipe can't be", argv[0]);
    interrupt_hold();
    store_report_begin(&report, cli);
    enum badge_status status = act(store, argv[1], &report.check, &err);
    interrupt_let(); /* all that was unfinished is gone */
    store_report_end(&report, status);
    if (status)
        return cli_fail(status == BADGE_ECORRUPT ? CLI_NO : CLI_USAGE, "%s", err.text);
    return CLI_YES;
}

static int run_backup(const struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, store_backup);
}

static int run_restore(const struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, store_restore);
}

const struct cli_command backup_command = {
    .name = "backup",
    .synopsis = "FILE [--store DIR]",
    .summary = "Copy the store of a node, running or not, to one file",
    .help =
        "Everything acknowledged before the beginning is in it. The copy is taken apart and recomputed beside FILE\n"
        "before it gets that name, which needs as much room again for a while; FILE must not be there before.\n"
        "DIR is the node's store.path, /var/lib/badged unless you say otherwise; run it as the user that owns it.\n\n"
        "FILE is a tar archive. It holds the secrets of the batches, which keep digests from being guessed, and\n"
        "the hashes of the API tokens: it is readable by its owner alone; keep it so. The operator's keystore and\n"
        "its passphrase are not in it.",
    .run = run_backup};

const struct cli_command restore_command = {
    .name = "restore",
    .synopsis = "FILE [--store DIR]",
    .summary = "Make the store of a node from a backup",
    .help = "DIR must be empty or not there; it becomes a store once all of it has been recomputed and is clean, and\n"
            "else is empty again. Run it as the user that the node runs as. The index is made at the node's start.\n\n"
            "Never let two nodes run that were restored from the same backup.",
    .run = run_restore};
