/*
 * `badge operator`: lets an account anchor and revoke for the issuer, or ends that, with the issuer's own key.
 */
#include <stdio.h>
#include <string.h>

#include "badge/registry.h"
#include "cli/support/signer.h"

static enum badge_status set_operator(struct signer *issuer, const struct badge_address *operator, bool wanted,
                                      struct badge_err *err)
{
    uint8_t call[BADGE_CALL_MAX_LEN];
    char what[128], account[BADGE_ADDRESS_LEN + 1];
    uint64_t is_operator;
    size_t len = badge_call_is_operator(call, &issuer->account, operator);
    enum badge_status status = signer_query(issuer, call, len, &is_operator, 1, err);
    if (status != BADGE_OK)
        return status;
    badge_address_format(account, operator);
    (void)snprintf(what, sizeof what, "%s is %s operator of %s", account, wanted ? "an" : "not an", issuer->name);
    len = badge_call_set_operator(call, operator, wanted);
    return signer_change(issuer, (is_operator != 0) == wanted, call, len, what,
                         json_pack("{s:s,s:s,s:b}", "issuer", issuer->name, "operator", account, "allowed", wanted),
                         err);
}

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
    enum badge_status status = set_operator(&issuer, &operator, wanted, &err);
    signer_close(&issuer);
    return status != BADGE_OK ? cli_fail(cli_exit_of(&err), "%s", err.text) : CLI_YES;
}

const struct cli_command operator_command = {
    .name = "operator",
    .synopsis = "add|remove 0x… --rpc URL --keystore FILE",
    .summary = "Let an account anchor and revoke for the issuer, or end that",
    .help = "The keystore is the issuer's own. What an operator anchored stays valid after it is removed.",
    .run = run_operator};
