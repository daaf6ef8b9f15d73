/*
 * `badge verify` for another command: the same arguments, the same reader, without output.
 */
#ifndef CLI_VERIFY_H
#define CLI_VERIFY_H

#include "badge/verdict.h"
#include "cli/cli.h"

/*
 * argv[0] is the command, argv[1] … its arguments, with one file. The exit status is that of `badge verify`; CLI_USAGE:
 * there is no report, and the reason is printed. What is remarkable about the sources of the evidence is printed too.
 */
int verify_for_report(const struct cli *cli, int argc, char **argv, struct badge_report *report);

#endif
