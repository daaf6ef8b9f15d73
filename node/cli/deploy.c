/*
 * `badge deploy`: deploys the registry contract, with the key of the user. If the chain has the contract already,
 * nothing is sent.
 */
#include <stdio.h>

#include "cli/support/deployment.h"
#include "core/format.h"

static int run_deploy(const struct cli *cli, int argc, char **argv)
{
    struct chain chain;
    struct badge_key *key = NULL;
    struct badge_address sender;
    struct badge_err err = {0};
    struct chain_receipt receipt;
    bool is_there = false, is_foreseen;
    if (!cli_flags(&argc, argv, NULL, 0, 0, 0))
        return CLI_USAGE;
    if (chain_open(&chain, cli, &err) != BADGE_OK)
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    enum badge_status status = deployment_find(&chain, NULL, &is_there, &is_foreseen, &err);
    if (status == BADGE_OK && !is_there)
        status = chain_key(&key, cli, &err);
    if (status == BADGE_OK && !is_there && !is_foreseen) {
        badge_key_address(&sender, key);
        status = deployment_find(&chain, &sender, &is_there, &is_foreseen, &err);
    }
    if (status == BADGE_OK && !is_there)
        status = deployment_make(&chain, key, &receipt, &err);
    if (status == BADGE_OK) {
        char what[96];
        struct account_text address = core_account_text(&chain.contract);
        (void)snprintf(what, sizeof what, "BadgeRegistry is at %s", address.s);
        json_t *answer = json_pack("{s:s,s:I}", "contract", address.s, "chainId", (json_int_t)chain.id);
        chain_report(&chain, answer, what, is_there ? NULL : &receipt);
        deployment_remember(cli, &chain);
    }
    badge_key_free(key);
    chain_close(&chain);
    return status != BADGE_OK ? cli_fail(cli_exit_of(&err), "%s", err.text) : CLI_YES;
}

const struct cli_command deploy_command = {
    .name = "deploy",
    .synopsis = "--rpc URL --keystore FILE",
    .summary = "Deploy the registry contract, whose code is in this program",
    .help = "The address is the same on every chain that has the deterministic deployment proxy. If the registry is\n"
            "there already, nothing is sent and no key is needed. Without the proxy the address depends on the "
            "account, so\n"
            "the account's own contracts are looked through before another one is deployed.\n"
            "The address is added to the file of the settings as `contract`, unless another one is there.",
    .run = run_deploy};
