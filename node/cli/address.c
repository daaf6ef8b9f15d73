/*
 * `badge address`: prints the account of a keystore; the passphrase is not needed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "badge/eth.h"
#include "cli/cli.h"
#include "runtime/file.h"

static int run_address(const struct cli *cli, int argc, char **argv)
{
    struct badge_address address;
    struct badge_err err = {0};
    char *json;
    size_t len;
    if (!cli_flags(&argc, argv, NULL, 0, 1, 1))
        return CLI_USAGE;
    if (file_read(&json, &len, argv[1], 65536, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    enum badge_status status = badge_keystore_address(&address, json, len, &err);
    free(json);
    if (status != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s: %s", argv[1], err.text);
    cli_print_account(cli, &address, argv[1]);
    return CLI_YES;
}

const struct cli_command address_command = {.name = "address",
                                            .synopsis = "FILE",
                                            .summary = "Print the account of a keystore; no passphrase is needed",
                                            .help = "",
                                            .run = run_address};
