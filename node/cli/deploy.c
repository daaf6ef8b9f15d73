/*
 * `badge deploy`: deploys the registry contract, with the key of the user. If the chain has the contract already,
 * nothing is sent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/registry.h"
#include "cli/support/chain.h"
#include "core/format.h"

/* Uses the deterministic deployment proxy if the chain has it: then the address is the same on every chain. */
static enum badge_status deploy_registry(struct chain *chain, const struct badge_key *key,
                                         struct chain_receipt *receipt, struct badge_err *err)
{
    bool has_proxy;
    struct badge_hash hash;
    enum badge_status status = chain_code(chain, &badge_create2_proxy, &has_proxy, &hash, err);
    if (status != BADGE_OK)
        return status;
    size_t salt_len = has_proxy ? 32 : 0;
    uint8_t *data = calloc(1, salt_len + badge_registry_init_code_len);
    if (!data)
        return badge_no_memory(err);
    memcpy(data + salt_len, badge_registry_init_code, badge_registry_init_code_len);
    status = chain_send(chain, key, has_proxy ? &badge_create2_proxy : NULL, data,
                        salt_len + badge_registry_init_code_len, receipt, err);
    free(data);
    if (status != BADGE_OK)
        return status;
    if (!has_proxy && !receipt->has_created)
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                          "%s did not return the address of the new contract: look up the transaction 0x%s",
                          rpc_name(chain->rpc), core_hash_text(&receipt->transaction).s);
    chain->contract = has_proxy ? badge_registry_address : receipt->created;
    if (!has_proxy)
        cli_warn("this chain does not have the deployment proxy, so the registry is not at its usual address: set "
                 "chain.contract to the new one, and give it to verifiers");
    return chain_check_registry(chain, err);
}

static int run_deploy(const struct cli *cli, int argc, char **argv)
{
    struct chain chain;
    struct badge_key *key = NULL;
    struct badge_err err = {0};
    struct chain_receipt receipt;
    bool has_code = false;
    struct badge_hash hash;
    if (!cli_flags(&argc, argv, NULL, 0, 0, 0))
        return CLI_USAGE;
    if (chain_open(&chain, cli, &err) != BADGE_OK)
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    chain.contract = badge_registry_address;
    enum badge_status status = chain_code(&chain, &chain.contract, &has_code, &hash, &err);
    if (status == BADGE_OK && has_code)
        status = chain_check_registry(&chain, &err);
    if (status == BADGE_OK && !has_code)
        status = chain_key(&key, cli, &err);
    if (status == BADGE_OK && !has_code)
        status = deploy_registry(&chain, key, &receipt, &err);
    if (status == BADGE_OK) {
        char what[96];
        struct account_text address = core_account_text(&chain.contract);
        (void)snprintf(what, sizeof what, "BadgeRegistry is at %s", address.s);
        json_t *answer = json_pack("{s:s,s:I}", "contract", address.s, "chainId", (json_int_t)chain.id);
        chain_report(&chain, answer, what, has_code ? NULL : &receipt);
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
            "there already, nothing is sent and no key is needed.",
    .run = run_deploy};
