/*
 * `badge operator`: lets an account anchor and revoke for the issuer, or ends that, with the issuer's own key.
 */
#include <stdio.h>
#include <string.h>

#include "badge/registry.h"
#include "cli/support/registry_tx.h"
#include "cli/support/tx_report.h"

static bool is_operator_already(const uint8_t *answer, size_t len, bool wanted)
{
    bool is;
    return badge_answer_bool(&is, answer, len) == BADGE_OK && is == wanted;
}

static int run_operator(const struct cli *cli, int argc, char **argv)
{
    struct chain chain;
    struct badge_key *key = NULL;
    struct badge_err err = {0};
    struct badge_address operator, issuer;
    struct registry_tx tx = {.is_done = is_operator_already};
    if (!cli_flags(&argc, argv, NULL, 0, 2, 2))
        return CLI_USAGE;
    tx.wanted = strcmp(argv[1], "add") == 0;
    if (!tx.wanted && strcmp(argv[1], "remove") != 0)
        return cli_fail(CLI_USAGE, "operator: the first argument is add or remove, not %s", argv[1]);
    if (!cli_read_account(&operator, argv[2]))
        return CLI_USAGE;
    if (chain_open(&chain, cli, &err) != BADGE_OK)
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    enum badge_status status = chain_key(&key, cli, &err);
    if (status == BADGE_OK) {
        char what[128], address[BADGE_ADDRESS_LEN + 1], name[BADGE_ADDRESS_LEN + 1];
        badge_key_address(&issuer, key);
        badge_address_format(address, &operator);
        badge_address_format(name, &issuer);
        (void)snprintf(what, sizeof what, "%s is %s operator of %s", address, tx.wanted ? "an" : "not an", name);
        tx.what = what;
        tx.len = badge_call_set_operator(tx.data, &operator, tx.wanted);
        tx.query_len = badge_call_is_operator(tx.query, &issuer, &operator);
        json_t *answer = json_object();
        tx_report_add_address(answer, "issuer", &issuer);
        tx_report_add_address(answer, "operator", &operator);
        json_object_set_new(answer, "allowed", json_boolean(tx.wanted));
        status = registry_tx_make(&chain, key, &tx, answer, &err);
        json_decref(answer);
    }
    badge_key_free(key);
    chain_close(&chain);
    return status != BADGE_OK ? cli_fail(cli_exit_of(&err), "%s", err.text) : CLI_YES;
}

const struct cli_command operator_command = {
    .name = "operator",
    .synopsis = "add|remove 0x… --rpc URL --keystore FILE",
    .summary = "Let an account anchor and revoke for the issuer, or end that",
    .help = "The keystore is the issuer's own. What an operator anchored stays valid after it is removed.",
    .run = run_operator};
