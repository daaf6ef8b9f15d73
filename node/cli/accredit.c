/*
 * `badge accredit`: records on the chain that an account acts for a credential issuer, or ends that, with the
 * accreditor's own key.
 */
#include <stdio.h>
#include <string.h>

#include "badge/registry.h"
#include "cli/support/signer.h"

static enum badge_status set_accreditation(struct signer *accreditor, const struct badge_address *issuer,
                                           const char *id, bool wanted, struct badge_err *err)
{
    uint8_t call[BADGE_CALL_MAX_LEN];
    uint64_t time_s[2]; /* when it began, when it ended; 0: it did not */
    char what[160], account[BADGE_ADDRESS_LEN + 1];
    struct badge_hash subject;
    badge_keccak256(&subject, id, strlen(id));
    size_t len = badge_call_accredited_by(call, &accreditor->account, issuer, &subject);
    enum badge_status status = signer_query(accreditor, call, len, time_s, 2, err);
    if (status != BADGE_OK)
        return status;
    badge_address_format(account, issuer);
    (void)snprintf(what, sizeof what, "%s is %s by %s for this issuer id", account,
                   wanted ? "accredited" : "not accredited", accreditor->name);
    len = badge_call_accredit(call, issuer, &subject, wanted);
    json_t *answer = json_pack("{s:s,s:s,s:o*,s:b}", "accreditor", accreditor->name, "issuer", account, "subject",
                               json_string(id), "accredited", wanted);
    return signer_change(accreditor, (time_s[0] && !time_s[1]) == wanted, call, len, what, answer, err);
}

static int run_accredit(const struct cli *cli, int argc, char **argv)
{
    struct signer accreditor;
    struct badge_err err = {0};
    struct badge_address issuer;
    const char *id = NULL;
    bool end = false;
    const struct cli_flag flags[] = {{.name = "subject", .value = &id}, {.name = "end", .given = &end}};
    if (!cli_flags(&argc, argv, flags, 2, 1, 1) || !cli_read_account(&issuer, argv[1]))
        return CLI_USAGE;
    if (!id || !id[0])
        return cli_fail(CLI_USAGE, "accredit: name the credential issuer's id with --subject ID");
    if (signer_open(&accreditor, cli, &err) != BADGE_OK)
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    enum badge_status status = set_accreditation(&accreditor, &issuer, id, !end, &err);
    signer_close(&accreditor);
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
