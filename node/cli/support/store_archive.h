/*
 * What `badge backup` and `badge restore` share: a store, an archive, and the report of the check of the copy.
 */
#ifndef CLI_SUPPORT_STORE_ARCHIVE_H
#define CLI_SUPPORT_STORE_ARCHIVE_H

#include "cli/cli.h"
#include "store/tools/tools.h"

/* Runs store_backup() or store_restore() with the command's arguments. Returns an exit status. */
int store_archive_run(const struct cli *cli, int argc, char **argv,
                      enum badge_status (*act)(const char *store, const char *file, struct store_check *check,
                                               struct badge_err *err));

#endif
