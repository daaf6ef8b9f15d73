/*
 * What the commands that check a store print: faults as they are found, the progress, and the counts at the end.
 */
#ifndef CLI_SUPPORT_STORE_REPORT_H
#define CLI_SUPPORT_STORE_REPORT_H

#include "cli/cli.h"
#include "cli/support/progress.h"
#include "store/tools/tools.h"

struct store_report {
    struct store_check check; /* for the store's tools */
    const struct cli *cli;
    struct progress progress;
    json_t *faults; /* with --json */
};

void store_report_begin(struct store_report *report, const struct cli *cli);
/* Prints the result, unless the store could not be checked at all. */
void store_report_end(struct store_report *report, enum badge_status status);

/*
 * `badge backup` and `badge restore`: acts with the command's arguments, and reports. more: a flag of the command's
 * own, which sets check.with_published; NULL: none. Returns an exit status.
 */
int store_report_archive(const struct cli *cli, int argc, char **argv, const char *more,
                         enum badge_status (*act)(const char *store, const char *file, struct store_check *check,
                                                  struct badge_err *err));

#endif
