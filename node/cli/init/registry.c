/*
 * What `badge init` does on the chain. Everything is read first, so that what is done already costs nothing, and the
 * cost of the rest is said before a person agrees to it.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "badge/registry.h"
#include "cli/init/init.h"
#include "cli/support/accreditation.h"
#include "cli/support/deployment.h"
#include "cli/support/gas.h"
#include "cli/support/known_chains.h"
#include "core/compiler.h"
#include "core/format.h"

#define PRICE_MARGIN 2 /* prices move while transactions wait; what is not spent stays in the account */
#define FIRST_ANCHORS 100
#define SHOWN_WEI UINT64_C(1000000000000) /* amounts are shown with 6 places of ether */
#define FUNDS_POLL_MS 2000

struct plan {
    struct signer signer; /* its key is opened only if something is to be sent */
    bool has_registry, is_foreseen, has_operator, accredits[INIT_MAX_IDS];
    size_t n_accreditations; /* to be made */
    uint64_t gas, price_wei;
};

static bool fail(const struct badge_err *err, int *exit_status)
{
    *exit_status = cli_exit_of(err);
    return cli_refuse("%s", err->text);
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

static bool is_mine(const struct plan *plan, const struct setup *setup)
{
    return memcmp(&plan->signer.account, &setup->issuer, sizeof setup->issuer) == 0;
}

static enum badge_status read_operator(struct plan *plan, const struct setup *setup, struct badge_err *err)
{
    uint8_t call[BADGE_CALL_MAX_LEN];
    uint64_t is_operator = 0;
    size_t len = badge_call_is_operator(call, &setup->issuer, &setup->operator);
    enum badge_status status = chain_query(&plan->signer.chain, call, len, &is_operator, 1, err);
    plan->has_operator = is_operator != 0;
    return status;
}

static enum badge_status read_registry(struct plan *plan, const struct setup *setup, struct badge_err *err)
{
    struct chain *chain = &plan->signer.chain;
    enum badge_status status = deployment_find(chain, &setup->issuer, &plan->has_registry, &plan->is_foreseen, err);
    if (status == BADGE_OK && plan->has_registry)
        status = read_operator(plan, setup, err);
    for (size_t i = 0; status == BADGE_OK && i < setup->n_ids; i++) {
        struct period period = {0};
        if (plan->has_registry)
            status = accreditation_read(chain, &setup->issuer, &setup->issuer, setup->id[i], &period, err);
        plan->accredits[i] = !period_has(&period, (int64_t)time(NULL));
        plan->n_accreditations += plan->accredits[i];
    }
    if (status == BADGE_OK)
        status = chain_rpc_u64(chain, "eth_gasPrice", json_array(), &plan->price_wei, err);
    plan->gas = (plan->has_registry ? 0 : GAS_DEPLOY) + (plan->has_operator ? 0 : GAS_OPERATOR) +
                plan->n_accreditations * GAS_ACCREDIT;
    return status;
}

/* -- money --------------------------------------------------------------------------------------------------------- */

struct amount {
    char text[96];
};

static struct badge_wei cost_wei(const struct plan *plan, uint64_t gas)
{
    uint64_t wei;
    return badge_wei_from_u64(__builtin_mul_overflow(gas, plan->price_wei, &wei) ? UINT64_MAX : wei);
}

static struct amount cost(const struct plan *plan, uint64_t gas)
{
    struct amount out;
    struct badge_wei wei = cost_wei(plan, gas);
    badge_wei_format_ether(out.text, &wei);
    return out;
}

static void say_cost(const struct plan *plan)
{
    char price[32];
    (void)snprintf(price, sizeof price, "%llu.%03llu gwei", (unsigned long long)(plan->price_wei / 1000000000),
                   (unsigned long long)(plan->price_wei / 1000000 % 1000));
    cli_warn("on %s, at today's price of %s, setting up costs about %s of its ether (%llu gas), paid by the issuer's "
             "account: %s%s%zu %s; each batch of credentials then costs the node about %s",
             known_chain_text(plan->signer.chain.id), price, cost(plan, plan->gas).text, (unsigned long long)plan->gas,
             plan->has_registry ? "" : "the registry, which this chain does not have yet; ",
             plan->has_operator ? "" : "the node's right to anchor; ", plan->n_accreditations,
             plan->n_accreditations == 1 ? "accreditation" : "accreditations", cost(plan, GAS_ANCHOR).text);
}

/* As a quantity of JSON-RPC. */
static json_t *wei_quantity(const struct badge_wei *wei)
{
    char digits[2 * sizeof wei->b + 1], text[sizeof digits + 2];
    badge_hex_encode(digits, wei->b, sizeof wei->b);
    size_t zeros = strspn(digits, "0");
    (void)snprintf(text, sizeof text, "0x%s", digits[zeros] ? digits + zeros : "0");
    return json_string(text);
}

/*
 * Fills an account of a development chain. That the chain lets anybody set balances is the proof that it is one: so a
 * balance that suffices is set too, to what it is.
 */
static bool fill(struct plan *plan, const struct badge_address *account, int *exit_status)
{
    static const char *const method[] = {"anvil_setBalance", "hardhat_setBalance", "evm_setAccountBalance"};
    const struct badge_wei least = badge_wei_from_u64(UINT64_C(1000000000000000000));
    struct badge_err err = {0};
    struct badge_wei balance;
    struct chain *chain = &plan->signer.chain;
    if (chain_balance(chain, account, &balance, &err) != BADGE_OK)
        return fail(&err, exit_status);
    bool suffices = badge_wei_compare(&balance, &least) >= 0;
    for (size_t i = 0; i < ARRAY_LEN(method); i++) {
        json_t *result;
        json_t *amount = suffices ? wei_quantity(&balance) : json_string("0x56bc75e2d63100000"); /* 100 ether */
        enum badge_status status = session_rpc(&chain->session, chain->rpc, method[i],
                                               json_pack("[o,o]", rpc_hex(account->b, sizeof account->b), amount),
                                               &result, &err);
        json_decref(result);
        if (status == BADGE_OK)
            return true;
        if (status != BADGE_EREFUSED)
            return fail(&err, exit_status);
    }
    *exit_status = CLI_NO;
    return cli_refuse("init: --dev is for development chains, and %s is not one, since %s is refused: leave --dev out",
                      rpc_name(chain->rpc), method[0]);
}

/* What has to be sent for this gas: rounded up to what is shown, so that the amount that is named is enough. */
static struct badge_wei funds_wei(const struct plan *plan, uint64_t gas)
{
    struct badge_wei wei = cost_wei(plan, gas);
    uint64_t low;
    if (badge_wei_to_u64(&low, &wei) != BADGE_OK || low > UINT64_MAX - SHOWN_WEI)
        return wei;
    return badge_wei_from_u64((low + SHOWN_WEI - 1) / SHOWN_WEI * SHOWN_WEI);
}

struct funds {
    struct badge_wei issuer, node; /* what the accounts have */
    bool issuer_can_pay, node_can_pay;
};

static enum badge_status read_funds(struct funds *funds, struct plan *plan, const struct setup *setup,
                                    struct badge_err *err)
{
    *funds = (struct funds){0};
    const struct badge_wei issuer_needs = funds_wei(plan, PRICE_MARGIN * plan->gas);
    const struct badge_wei node_needs = funds_wei(plan, FEW_ANCHORS * GAS_ANCHOR);
    enum badge_status status = chain_balance(&plan->signer.chain, &setup->issuer, &funds->issuer, err);
    if (status == BADGE_OK)
        status = chain_balance(&plan->signer.chain, &setup->operator, & funds->node, err);
    funds->issuer_can_pay = badge_wei_compare(&funds->issuer, &issuer_needs) >= 0;
    funds->node_can_pay = badge_wei_compare(&funds->node, &node_needs) >= 0;
    return status;
}

/* Which account needs how much. */
static void name_funds(char out[INIT_ANSWER_LEN], const struct funds *funds, const struct plan *plan,
                       const struct setup *setup)
{
    char has[96], sends[96], issuer[480] = "", node[480] = "";
    struct badge_wei wei = funds_wei(plan, PRICE_MARGIN * plan->gas);
    if (!funds->issuer_can_pay) {
        badge_wei_format_ether(sends, &wei);
        badge_wei_format_ether(has, &funds->issuer);
        (void)snprintf(issuer, sizeof issuer,
                       "at least %s ether on %s to the issuer's account %s, which has %s now (this is twice the cost, "
                       "since prices move)",
                       sends, known_chain_text(plan->signer.chain.id), core_account_text(&setup->issuer).s, has);
    }
    if (!funds->node_can_pay) {
        wei = funds_wei(plan, FIRST_ANCHORS * GAS_ANCHOR);
        badge_wei_format_ether(sends, &wei);
        badge_wei_format_ether(has, &funds->node);
        (void)snprintf(node, sizeof node, "%s ether on %s to the node's account %s, which has %s now, for %d batches",
                       sends, known_chain_text(plan->signer.chain.id), core_account_text(&setup->operator).s, has,
                       FIRST_ANCHORS);
    }
    (void)snprintf(out, INIT_ANSWER_LEN, "send %s%s%s.", issuer, issuer[0] && node[0] ? ", and " : "", node);
}

/* Until the issuer's account can pay; with --wait also the node's. */
static bool await_funds(struct plan *plan, const struct setup *setup, int *exit_status)
{
    struct funds funds;
    struct badge_err err = {0};
    char what[INIT_ANSWER_LEN], said[INIT_ANSWER_LEN] = "";
    for (;;) {
        if (read_funds(&funds, plan, setup, &err) != BADGE_OK)
            return fail(&err, exit_status);
        if (funds.issuer_can_pay && (funds.node_can_pay || !setup->waits))
            return true;
        name_funds(what, &funds, plan, setup);
        if (setup->waits && strcmp(what, said) != 0) /* first, and when one of the balances has changed */
            cli_warn("waiting for funds (Ctrl-C stops; the same command continues): %s", what);
        (void)snprintf(said, sizeof said, "%s", what);
        if (setup->waits)
            uv_sleep(FUNDS_POLL_MS);
        if (setup->waits || questions_wait(setup, what))
            continue;
        *exit_status = CLI_NO;
        return cli_refuse("init: %s Then run the same command again: it continues", what);
    }
}

/* The node starts without funds, and anchors nothing. If they can't be read, badge doctor says so another time. */
static void warn_of_node_funds(struct plan *plan, const struct setup *setup)
{
    struct funds funds;
    char what[INIT_ANSWER_LEN];
    if (read_funds(&funds, plan, setup, NULL) != BADGE_OK || funds.node_can_pay)
        return;
    funds.issuer_can_pay = true; /* it has paid */
    name_funds(what, &funds, plan, setup);
    cli_warn("the node can't anchor much with what its account has: %s", what);
}

/* -- changes ------------------------------------------------------------------------------------------------------- */

static enum badge_status deploy(struct plan *plan, struct badge_err *err)
{
    struct chain *chain = &plan->signer.chain;
    struct chain_receipt receipt;
    char what[96];
    enum badge_status status = plan->has_registry ? chain_check_registry(chain, err)
                                                  : deployment_make(chain, plan->signer.key, &receipt, err);
    if (status != BADGE_OK)
        return status;
    struct account_text address = core_account_text(&chain->contract);
    (void)snprintf(what, sizeof what, "BadgeRegistry is at %s", address.s);
    chain_report(chain, json_pack("{s:s,s:I}", "contract", address.s, "chainId", (json_int_t)chain->id), what,
                 plan->has_registry ? NULL : &receipt);
    return BADGE_OK;
}

static enum badge_status accredit(struct plan *plan, const struct setup *setup, size_t i, struct badge_err *err)
{
    static const struct period always = {ALWAYS_SINCE_S, 0};
    uint8_t call[BADGE_CALL_MAX_LEN];
    char what[INIT_ANSWER_LEN];
    struct account_text issuer = core_account_text(&setup->issuer);
    size_t len = accreditation_call(call, &setup->issuer, setup->id[i], &always);
    (void)snprintf(what, sizeof what, "%s is accredited by itself for %s", issuer.s, setup->id[i]);
    json_t *answer = json_pack("{s:s,s:s,s:o}", "accreditor", issuer.s, "issuer", issuer.s, "subject",
                               cli_json_text(setup->id[i]));
    return signer_change(&plan->signer, !plan->accredits[i], call, len, what, answer, err);
}

static bool change(struct plan *plan, struct setup *setup, int *exit_status)
{
    struct badge_err err = {0};
    struct chain *chain = &plan->signer.chain;
    if (deploy(plan, &err) != BADGE_OK)
        return fail(&err, exit_status);
    setup->settings.chain_contract.address = chain->contract;
    if (!setup->dev)
        deployment_remember(setup->cli, chain);
    if (!plan->has_registry && !plan->is_foreseen && !files_make_conf(setup, exit_status))
        return false;
    if (signer_set_operator(&plan->signer, &setup->operator, true, &err) != BADGE_OK)
        return fail(&err, exit_status);
    for (size_t i = 0; i < setup->n_ids; i++)
        if (accredit(plan, setup, i, &err) != BADGE_OK)
            return fail(&err, exit_status);
    return true;
}

/* The key is needed only for what is still to be sent. */
static bool open_key(struct plan *plan, const struct setup *setup, int *exit_status)
{
    struct badge_err err = {0};
    plan->signer.account = setup->issuer;
    badge_address_format(plan->signer.name, &setup->issuer);
    if (plan->gas == 0)
        return true;
    if (chain_key(&plan->signer.key, &setup->chain_cli, &err) != BADGE_OK) {
        *exit_status = CLI_USAGE;
        return cli_refuse("%s; the issuer's key signs what is still to be done: put it there, or name it with "
                          "--keystore FILE",
                          err.text);
    }
    badge_key_address(&plan->signer.account, plan->signer.key);
    *exit_status = CLI_USAGE;
    return is_mine(plan, setup) || cli_refuse("init: %s is not the key of %s", setup->issuer_key, plan->signer.name);
}

static bool confirm(struct plan *plan, const struct setup *setup, int *exit_status)
{
    char question[160];
    if (plan->gas == 0)
        return true;
    (void)snprintf(question, sizeof question, "Spend about %s ether on %s?", cost(plan, plan->gas).text,
                   known_chain_text(plan->signer.chain.id));
    return questions_confirm(setup, question, exit_status);
}

/* -- all of it ----------------------------------------------------------------------------------------------------- */

static bool settle(struct plan *plan, struct setup *setup, int *exit_status)
{
    struct badge_err err = {0};
    if (setup->dev && (!fill(plan, &setup->issuer, exit_status) || !fill(plan, &setup->operator, exit_status)))
        return false;
    if (read_registry(plan, setup, &err) != BADGE_OK)
        return fail(&err, exit_status);
    setup->settings.chain_contract.address = plan->signer.chain.contract;
    if ((plan->has_registry || plan->is_foreseen) && !files_make_conf(setup, exit_status))
        return false;
    if (plan->gas != 0)
        say_cost(plan);
    if (!open_key(plan, setup, exit_status) || !confirm(plan, setup, exit_status))
        return false;
    if ((plan->gas != 0 || setup->waits) && !await_funds(plan, setup, exit_status))
        return false;
    if (!change(plan, setup, exit_status))
        return false;
    warn_of_node_funds(plan, setup);
    return true;
}

bool registry_settle(struct setup *setup, json_t *changes, int *exit_status)
{
    struct plan plan = {0};
    struct badge_err err = {0};
    if (chain_open(&plan.signer.chain, &setup->chain_cli, &err) != BADGE_OK)
        return fail(&err, exit_status);
    plan.signer.chain.reports = changes;
    setup->settings.chain_id = plan.signer.chain.id;
    bool is_settled = settle(&plan, setup, exit_status);
    signer_close(&plan.signer);
    return is_settled;
}
