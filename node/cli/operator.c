/*
 * `badge operator`: lets an account anchor and revoke for the issuer, or ends that, with the issuer's own key.
 */
#include <string.h>

#include "cli/support/signer.h"

static int run_operator(const struct cli *cli, int argc, char **argv)
{
    struct signer issuer;
    struct badge_err err = {0};
    struct badge_address operator;
    if (!cli_flags(&argc, argv, NULL, 0, 2, 2))
        return CLI_USAGE;
    bool wanted = strcmp(argv[1], "add") == 0;
    if (!wanted && strcmp(argv[1], "remove") != 0)
        return cli_fail(CLI_USAGE, "operator: the first argument is add or remove, not %s", argv[1]);
    if (!cli_read_account(&operator, argv[2]))
        return CLI_USAGE;
    if (signer_open(&issuer, cli, &err) != BADGE_OK)
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    enum badge_status status = signer_set_operator(&issuer, &operator, wanted, &err);
    signer_close(&issuer);
    return status != BADGE_OK ? cli_fail(cli_exit_of(&err), "%s", err.text) : CLI_YES;
}

const struct cli_command operator_command = {
    .name = "operator",
    .synopsis = "add|remove 0x… --rpc URL --keystore FILE",
    .summary = "Let an account anchor and revoke for the issuer, or end that",
    .help = "The keystore is the issuer's own. What an operator anchored stays valid after it is removed.",
    .run = run_operator};
