/*
 * `badge accredit`: records on the chain that an account acts for a credential issuer, or ends that, with the
 * accreditor's own key.
 */
#include <stdio.h>
#include <string.h>

#include "badge/registry.h"
#include "cli/support/registry_tx.h"
#include "cli/support/tx_report.h"

static bool is_accredited_already(const uint8_t *answer, size_t len, bool wanted)
{
    uint64_t word[2];
    return badge_answer_u64s(word, 2, answer, len) == BADGE_OK && (word[0] && !word[1]) == wanted;
}

static int run_accredit(const struct cli *cli, int argc, char **argv)
{
    struct chain chain;
    struct badge_key *key = NULL;
    struct badge_err err = {0};
    struct badge_address account, accreditor;
    struct badge_hash subject;
    const char *id = NULL;
    bool end = false;
    struct registry_tx tx = {.is_done = is_accredited_already};
    const struct cli_flag flags[] = {{.name = "subject", .value = &id}, {.name = "end", .given = &end}};
    if (!cli_flags(&argc, argv, flags, 2, 1, 1) || !cli_read_account(&account, argv[1]))
        return CLI_USAGE;
    if (!id || !id[0])
        return cli_fail(CLI_USAGE, "accredit: name the credential issuer's id with --subject ID");
    if (chain_open(&chain, cli, &err) != BADGE_OK)
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    enum badge_status status = chain_key(&key, cli, &err);
    if (status == BADGE_OK) {
        char what[160], address[BADGE_ADDRESS_LEN + 1], name[BADGE_ADDRESS_LEN + 1];
        tx.wanted = !end;
        badge_key_address(&accreditor, key);
        badge_keccak256(&subject, id, strlen(id));
        badge_address_format(address, &account);
        badge_address_format(name, &accreditor);
        (void)snprintf(what, sizeof what, "%s is %s by %s for this issuer id", address,
                       end ? "not accredited" : "accredited", name);
        tx.what = what;
        tx.len = badge_call_accredit(tx.data, &account, &subject, !end);
        tx.query_len = badge_call_accredited_by(tx.query, &accreditor, &account, &subject);
        json_t *answer = json_object();
        tx_report_add_address(answer, "accreditor", &accreditor);
        tx_report_add_address(answer, "issuer", &account);
        json_object_set_new(answer, "subject", json_string(id));
        json_object_set_new(answer, "accredited", json_boolean(!end));
        status = registry_tx_make(&chain, key, &tx, answer, &err);
        json_decref(answer);
    }
    badge_key_free(key);
    chain_close(&chain);
    return status != BADGE_OK ? cli_fail(cli_exit_of(&err), "%s", err.text) : CLI_YES;
}

const struct cli_command accredit_command = {
    .name = "accredit",
    .synopsis = "0x… --subject ID [--end] --rpc URL --keystore FILE",
    .summary = "Record on the chain that an account acts for a credential issuer",
    .help =
        "ID is the id of the issuer in its credentials, such as did:web:example.edu. Verifiers who trust the account\n"
        "of this keystore as an accreditor will accept 0x… as that issuer's account; --end ends this from now on.",
    .run = run_accredit};
