/*
 * `badge deploy`, `badge operator`, `badge accredit`: what an issuer does on the chain with its own key. Each looks
 * first whether it is done already, so that running one twice costs nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/registry.h"
#include "cli/support/tx_report.h"

static void add_address(json_t *object, const char *name, const struct badge_address *address)
{
    char text[BADGE_ADDRESS_LEN + 1];
    badge_address_format(text, address);
    json_object_set_new(object, name, json_string(text));
}

/* -- deploy ------------------------------------------------------------------------------------------------------ */

/* Through the deterministic deployment proxy where the chain has it, so that the address is the same everywhere. */
static enum badge_status deploy(struct chain *chain, const struct badge_key *key, struct chain_receipt *receipt,
                                struct badge_err *err)
{
    bool has_proxy;
    struct badge_hash hash;
    enum badge_status status = chain_code(chain, &badge_create2_proxy, &has_proxy, &hash, err);
    if (status)
        return status;
    size_t salt_len = has_proxy ? 32 : 0;
    uint8_t *data = calloc(1, salt_len + badge_registry_init_code_len);
    if (!data)
        return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "out of memory");
    memcpy(data + salt_len, badge_registry_init_code, badge_registry_init_code_len);
    status = chain_send(chain, key, has_proxy ? &badge_create2_proxy : NULL, data,
                        salt_len + badge_registry_init_code_len, receipt, err);
    free(data);
    if (status)
        return status;
    if (!has_proxy && !receipt->has_created)
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                          "%s does not say at which address the contract was created; look the transaction up",
                          rpc_name(chain->rpc));
    chain->contract = has_proxy ? badge_registry_address : receipt->created;
    if (!has_proxy)
        fputs("badge: this chain lacks the deployment proxy, so the registry has an address of its own: tell it to "
              "verifiers, and set chain.contract\n",
              stderr);
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
    if (chain_open(&chain, cli, &err))
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    chain.contract = badge_registry_address;
    enum badge_status status = chain_code(&chain, &chain.contract, &has_code, &hash, &err);
    if (!status && has_code)
        status = chain_check_registry(&chain, &err);
    if (!status && !has_code)
        status = chain_key(&key, cli, &err);
    if (!status && !has_code)
        status = deploy(&chain, key, &receipt, &err);
    if (!status) {
        char what[96], address[BADGE_ADDRESS_LEN + 1];
        json_t *answer = json_object();
        add_address(answer, "contract", &chain.contract);
        json_object_set_new(answer, "chainId", json_integer((json_int_t)chain.id));
        badge_address_format(address, &chain.contract);
        (void)snprintf(what, sizeof what, "BadgeRegistry is at %s", address);
        tell_done(&chain, answer, what, has_code ? NULL : &receipt);
        json_decref(answer);
    }
    badge_key_free(key);
    chain_close(&chain);
    return status ? cli_fail(cli_exit_of(&err), "%s", err.text) : CLI_YES;
}

/* -- operator and accredit ---------------------------------------------------------------------------------------- */

struct change {
    uint8_t data[BADGE_CALL_MAX_LEN]; /* the transaction */
    size_t len;
    uint8_t question[BADGE_CALL_MAX_LEN]; /* the call that tells whether it is done already */
    size_t question_len;
    bool (*done)(const uint8_t *answer, size_t len, bool wanted);
    bool wanted;
    const char *what;
};

static bool is_operator_already(const uint8_t *answer, size_t len, bool wanted)
{
    bool is;
    return !badge_answer_bool(&is, answer, len) && is == wanted;
}

static bool is_accredited_already(const uint8_t *answer, size_t len, bool wanted)
{
    uint64_t word[2];
    return !badge_answer_u64s(word, 2, answer, len) && (word[0] && !word[1]) == wanted;
}

static enum badge_status make(struct chain *chain, const struct badge_key *key, const struct change *change,
                              json_t *answer, struct badge_err *err)
{
    uint8_t said[64];
    size_t said_len;
    struct chain_receipt receipt;
    enum badge_status status = chain_check_registry(chain, err);
    if (!status)
        status = chain_call(chain, change->question, change->question_len, said, sizeof said, &said_len, err);
    if (status)
        return status;
    bool done = change->done(said, said_len, change->wanted);
    if (!done)
        status = chain_send(chain, key, &chain->contract, change->data, change->len, &receipt, err);
    if (!status)
        tell_done(chain, answer, change->what, done ? NULL : &receipt);
    return status;
}

static int run_operator(const struct cli *cli, int argc, char **argv)
{
    struct chain chain;
    struct badge_key *key = NULL;
    struct badge_err err = {0};
    struct badge_address operator, issuer;
    struct change change = {.done = is_operator_already};
    if (!cli_flags(&argc, argv, NULL, 0, 2, 2))
        return CLI_USAGE;
    change.wanted = strcmp(argv[1], "add") == 0;
    if (!change.wanted && strcmp(argv[1], "remove") != 0)
        return cli_fail(CLI_USAGE, "operator: say add or remove, not %s", argv[1]);
    if (!cli_read_account(&operator, argv[2]))
        return CLI_USAGE;
    if (chain_open(&chain, cli, &err))
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    enum badge_status status = chain_key(&key, cli, &err);
    if (!status) {
        char what[128], address[BADGE_ADDRESS_LEN + 1], name[BADGE_ADDRESS_LEN + 1];
        badge_key_address(&issuer, key);
        badge_address_format(address, &operator);
        badge_address_format(name, &issuer);
        (void)snprintf(what, sizeof what, "%s is %s operator of %s", address, change.wanted ? "an" : "no", name);
        change.what = what;
        change.len = badge_call_set_operator(change.data, &operator, change.wanted);
        change.question_len = badge_call_is_operator(change.question, &issuer, &operator);
        json_t *answer = json_object();
        add_address(answer, "issuer", &issuer);
        add_address(answer, "operator", &operator);
        json_object_set_new(answer, "allowed", json_boolean(change.wanted));
        status = make(&chain, key, &change, answer, &err);
        json_decref(answer);
    }
    badge_key_free(key);
    chain_close(&chain);
    return status ? cli_fail(cli_exit_of(&err), "%s", err.text) : CLI_YES;
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
    struct change change = {.done = is_accredited_already};
    const struct cli_flag flags[] = {{.name = "subject", .value = &id}, {.name = "end", .given = &end}};
    if (!cli_flags(&argc, argv, flags, 2, 1, 1) || !cli_read_account(&account, argv[1]))
        return CLI_USAGE;
    if (!id || !id[0])
        return cli_fail(CLI_USAGE, "accredit: name the credential issuer's id with --subject ID");
    if (chain_open(&chain, cli, &err))
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    enum badge_status status = chain_key(&key, cli, &err);
    if (!status) {
        char what[160], address[BADGE_ADDRESS_LEN + 1], name[BADGE_ADDRESS_LEN + 1];
        change.wanted = !end;
        badge_key_address(&accreditor, key);
        badge_keccak256(&subject, id, strlen(id));
        badge_address_format(address, &account);
        badge_address_format(name, &accreditor);
        (void)snprintf(what, sizeof what, "%s is %s by %s for this issuer id", address,
                       end ? "not accredited" : "accredited", name);
        change.what = what;
        change.len = badge_call_accredit(change.data, &account, &subject, !end);
        change.question_len = badge_call_accredited_by(change.question, &accreditor, &account, &subject);
        json_t *answer = json_object();
        add_address(answer, "accreditor", &accreditor);
        add_address(answer, "issuer", &account);
        json_object_set_new(answer, "subject", json_string(id));
        json_object_set_new(answer, "accredited", json_boolean(!end));
        status = make(&chain, key, &change, answer, &err);
        json_decref(answer);
    }
    badge_key_free(key);
    chain_close(&chain);
    return status ? cli_fail(cli_exit_of(&err), "%s", err.text) : CLI_YES;
}

const struct cli_command deploy_command = {
    .name = "deploy",
    .synopsis = "--rpc URL --keystore FILE",
    .summary = "Deploy the registry contract, whose code is in this program",
    .help =
        "The address is the same on every chain that has the deterministic deployment proxy. Where the registry is\n"
        "there already nothing is sent and no key is needed.",
    .run = run_deploy};

const struct cli_command operator_command = {
    .name = "operator",
    .synopsis = "add|remove 0x… --rpc URL --keystore FILE",
    .summary = "Let an account anchor and revoke for the issuer, or end that",
    .help = "The keystore is the issuer's own. What an operator anchored stays valid after it is removed.",
    .run = run_operator};

const struct cli_command accredit_command = {
    .name = "accredit",
    .synopsis = "0x… --subject ID [--end] --rpc URL --keystore FILE",
    .summary = "Say on the chain that an account acts for a credential issuer",
    .help =
        "ID is the id of the issuer in its credentials, such as did:web:example.edu. Verifiers who trust the account\n"
        "of this keystore as an accreditor will bind credentials of that issuer to 0x…; --end ends it from now on.",
    .run = run_accredit};
