/*
 * How `badge keygen` and `badge address` print the account of a keystore.
 */
#ifndef CLI_SUPPORT_ADDRESS_REPORT_H
#define CLI_SUPPORT_ADDRESS_REPORT_H

#include "cli/cli.h"

/* A line, or with --json an object that names the keystore's file too. */
void address_report(const struct cli *cli, const struct badge_address *address, const char *file);

#endif
