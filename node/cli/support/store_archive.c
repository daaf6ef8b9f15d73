/*
 * Copies a store to an archive or back, and reports the check. Called by backup.c and restore.c.
 */
#include "cli/support/store_archive.h"

#include <string.h>

#include "cli/support/signals.h"
#include "cli/support/store_report.h"

int store_archive_run(const struct cli *cli, int argc, char **argv,
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
        return cli_fail(CLI_USAGE, "%s: name a file: the archive can't be standard input or output", argv[0]);
    signals_block();
    store_report_begin(&report, cli);
    enum badge_status status = act(store, argv[1], &report.check, &err);
    signals_unblock(); /* incomplete files have been removed */
    store_report_end(&report, status);
    if (status != BADGE_OK)
        return cli_fail(status == BADGE_ECORRUPT ? CLI_NO : CLI_USAGE, "%s", err.text);
    return CLI_YES;
}
