/*
 * `badge backup`: copies a store to one file. The node may be running.
 */
#include "cli/support/store_report.h"

static int run_backup(const struct cli *cli, int argc, char **argv)
{
    return store_report_archive(cli, argc, argv, NULL, store_backup);
}

const struct cli_command backup_command = {
    .name = "backup",
    .synopsis = "FILE [--store DIR]",
    .summary = "Copy the store of a node, running or not, to one file",
    .help =
        "Everything acknowledged before the start is in it. The copy is unpacked and recomputed beside FILE before it\n"
        "gets that name, which temporarily takes as much space again. FILE must not exist.\n"
        "DIR is the node's store.path, /var/lib/badged unless you say otherwise; run it as the user that owns it.\n\n"
        "FILE is a tar archive. It holds the secrets of the batches, which keep digests from being guessed, and\n"
        "the hashes of the API tokens, and the badges that their holders have published: it is readable by its owner "
        "alone; keep it so. The operator's keystore and\n"
        "its passphrase are not in it.",
    .run = run_backup};
