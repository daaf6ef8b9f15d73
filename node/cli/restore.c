/*
 * `badge restore`: makes a store from a backup.
 */
#include "cli/support/store_report.h"

static int run_restore(const struct cli *cli, int argc, char **argv)
{
    return store_report_archive(cli, argc, argv, "published", store_restore);
}

const struct cli_command restore_command = {
    .name = "restore",
    .synopsis = "FILE [--store DIR] [--published]",
    .summary = "Make the store of a node from a backup",
    .help = "DIR must be empty or missing. It becomes a store only after all of it has been recomputed and is\n"
            "clean; otherwise it is emptied again. Run it as the user that the node runs as. The node builds the\n"
            "index when it starts.\n\n"
            "The badges that holders had published at their links are left out: some may have been taken down since\n"
            "the backup. --published restores them too, also those.\n\n"
            "Never let two nodes run that were restored from the same backup.",
    .run = run_restore};
