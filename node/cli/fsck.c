/*
 * `badge fsck`: checks the store of a stopped node by recomputing it from its leaves.
 */
#include <stdio.h>

#include "cli/support/store_report.h"

static int run_fsck(const struct cli *cli, int argc, char **argv)
{
    const char *store = "/var/lib/badged";
    const struct cli_flag flag = {.name = "store", .value = &store};
    struct store_report report;
    struct badge_err err = {0};
    if (!cli_flags(&argc, argv, &flag, 1, 0, 0))
        return CLI_USAGE;
    store_report_begin(&report, cli);
    enum badge_status status = store_fsck(store, &report.check, &err);
    store_report_end(&report, status);
    if (status != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    return report.check.n_faults ? CLI_NO : CLI_YES;
}

const struct cli_command fsck_command = {
    .name = "fsck",
    .synopsis = "[--store DIR]",
    .summary = "Check the store of a stopped node, recomputed from its leaves",
    .help =
        "Checks every batch from its digests to its root, the list of batches and their anchors, the journal, the\n"
        "labels, the status read from the chain, the tokens, and the published badges; that no digest occurs twice, "
        "unless its first batch\n"
        "was withdrawn; and that the index has every digest. Each fault is printed with its file and offset.\n"
        "DIR is the node's store.path, /var/lib/badged unless you say otherwise; run it as the user that owns it.\n\n"
        "Nothing is changed. A crash may leave an incomplete record at the end of a file, or an index that is stale\n"
        "or missing; the next start repairs these. For other faults you need a backup. While the node runs,\n"
        "`badge backup` checks what it copies in the same way.",
    .run = run_fsck};
