/*
 * Checks of the chain, by the providers of chain.rpc: which one it is, its clock, its finality, the registry, the
 * operator and its money.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "badge/evidence.h"
#include "badge/registry.h"
#include "cli/doctor/doctor.h"
#include "cli/support/gas.h"
#include "cli/support/known_chains.h"
#include "core/format.h"
#include "runtime/file.h"

#define MAX_BEHIND_S 15 /* a block may be ahead of an honest clock by this much */
#define MIN_LAG_S 60
#define LAG_BLOCKS 10
#define SAMPLE_BLOCKS 100
#define LONG_FINALITY_S (6 * 3600)

static enum badge_status read_block(struct chain *chain, json_t *which, struct block *out, struct badge_err *err)
{
    json_t *result;
    enum badge_status status = session_rpc(&chain->session, chain->rpc, "eth_getBlockByNumber",
                                           json_pack("[o,b]", which, 0), &result, err);
    if (status == BADGE_OK && block_read(out, result) != BADGE_OK)
        status = json_is_null(result)
                     ? badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "%s has no such block", rpc_name(chain->rpc))
                     : badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "%s returned an invalid block",
                                  rpc_name(chain->rpc));
    json_decref(result);
    return status;
}

/* -- which chain --------------------------------------------------------------------------------------------------- */

static void find_chain(struct doctor *doctor, const struct chain *chain)
{
    enum chain_kind kind = known_chain_kind(chain->id);
    doctor_find(doctor, "chain", DOCTOR_GOOD, "%s answers for %s%s", rpc_name(chain->rpc), known_chain_text(chain->id),
                kind == CHAIN_UNKNOWN ? ", which this program does not know by name" : "");
    if (kind == CHAIN_TEST || kind == CHAIN_DEVELOPMENT)
        doctor_do(doctor, "Good to try with: what is recorded there lasts as long as that chain does. Badges that must "
                          "last belong on a main chain");
    else if (kind == CHAIN_UNKNOWN)
        doctor_do(doctor, "Make sure that it is not a test chain, and that it will last as long as the badges");
}

/* Each provider of chain.rpc; the first that answers is asked the rest. */
void doctor_check_chain(struct doctor *doctor)
{
    const struct config_list *rpc = &doctor->settings.chain_rpc;
    for (size_t i = 0; i < rpc->n; i++) {
        struct badge_err err = {0};
        struct chain chain;
        struct cli cli = doctor->chain_cli;
        cli.rpc = (struct config_list){.item = &rpc->item[i], .n = 1};
        if (chain_open(&chain, &cli, &err) != BADGE_OK) {
            doctor_find(doctor, "chain", err.status == BADGE_EREFUSED ? DOCTOR_BAD : DOCTOR_UNKNOWN, "%s", err.text);
            doctor_do(doctor, "Correct chain.rpc or chain.id, or name another provider");
            if (!doctor->has_chain)
                (void)snprintf(doctor->why_no_chain, sizeof doctor->why_no_chain, "%.200s", err.text);
            continue;
        }
        find_chain(doctor, &chain);
        chain_close(&chain);
        if (!doctor->has_chain)
            doctor->has_chain = chain_open(&doctor->chain, &cli, &err) == BADGE_OK;
    }
    if (!rpc->n) {
        doctor_find(doctor, "chain", DOCTOR_BAD, "chain.rpc names no provider");
        doctor_do(doctor, "Set chain.rpc to the URL of a JSON-RPC provider");
        (void)snprintf(doctor->why_no_chain, sizeof doctor->why_no_chain, "chain.rpc names no provider");
    }
    struct badge_err err = {0};
    if (!doctor->has_chain || read_block(&doctor->chain, json_string("latest"), &doctor->head, &err) == BADGE_OK)
        return;
    chain_close(&doctor->chain);
    doctor->has_chain = false;
    (void)snprintf(doctor->why_no_chain, sizeof doctor->why_no_chain, "%.200s", err.text);
}

/* -- time ---------------------------------------------------------------------------------------------------------- */

/* The usual seconds between blocks, times n; 0: unknown. */
static int64_t block_time_s(struct doctor *doctor, int64_t n)
{
    const struct block *head = &doctor->head;
    struct block earlier;
    struct badge_err err = {0};
    uint64_t back = head->number < SAMPLE_BLOCKS ? head->number : SAMPLE_BLOCKS;
    if (back == 0 || read_block(&doctor->chain, rpc_quantity(head->number - back), &earlier, &err) != BADGE_OK)
        return 0;
    return (head->time_s - earlier.time_s) * n / (int64_t)back;
}

void doctor_check_clock(struct doctor *doctor)
{
    if (doctor_lacks_chain(doctor, "clock"))
        return;
    long long lag_s = time(NULL) - doctor->head.time_s;
    int64_t usual_s = block_time_s(doctor, LAG_BLOCKS);
    int64_t most_s = usual_s > MIN_LAG_S ? usual_s : MIN_LAG_S;
    int64_t allowed_s = (int64_t)(doctor->settings.verify_max_head_age_ms / 1000);
    if (allowed_s > BADGE_MAX_HEAD_AGE_S) /* set for a chain that makes blocks on demand */
        most_s = allowed_s;
    if (lag_s < -MAX_BEHIND_S) {
        doctor_find(doctor, "clock", DOCTOR_BAD,
                    "This machine's clock is %lld s behind the newest block: what is in force is judged wrongly",
                    -lag_s);
        doctor_do(doctor, "Set the clock, and let it be kept: timedatectl set-ntp true");
    } else if (lag_s > most_s) {
        doctor_find(doctor, "clock", DOCTOR_BAD,
                    "The newest block is %lld s older than this machine's clock: the clock is ahead, the provider is "
                    "cut off, or the chain stands still%s",
                    lag_s, lag_s > BADGE_MAX_HEAD_AGE_S ? "; verifiers answer unverifiable" : "");
        doctor_do(doctor, "Compare the clock (timedatectl); if it is right, try another provider");
    } else {
        doctor_find(doctor, "clock", DOCTOR_GOOD, "This machine's clock and the newest block differ by %lld s",
                    lag_s < 0 ? -lag_s : lag_s);
        if (lag_s > BADGE_MAX_HEAD_AGE_S)
            doctor_do(doctor,
                      "Give verifiers --max-head-age, as verify.max_head_age has it: blocks are older than they "
                      "allow by default");
    }
}

static void find_duration(char *out, size_t capacity, int64_t s)
{
    if (s < 120)
        (void)snprintf(out, capacity, "%lld s", (long long)s);
    else if (s < 7200)
        (void)snprintf(out, capacity, "%lld min", (long long)(s / 60));
    else
        (void)snprintf(out, capacity, "%lld h", (long long)(s / 3600));
}

/* The registry must be older than the final block: else verifiers find nothing there. */
static bool is_registry_final(struct doctor *doctor, uint64_t block_number)
{
    struct chain *chain = &doctor->chain;
    json_t *result;
    enum badge_status status = session_rpc(
        &chain->session, chain->rpc, "eth_getCode",
        json_pack("[o,o]", rpc_hex(chain->contract.b, sizeof chain->contract.b), rpc_quantity(block_number)), &result,
        NULL);
    const char *code = json_string_value(result);
    bool is_missing = status == BADGE_OK && code && strcmp(code, "0x") == 0;
    json_decref(result);
    return !is_missing;
}

void doctor_check_finality(struct doctor *doctor)
{
    uint64_t confirmations = settings_confirmations(&doctor->settings);
    struct block final;
    struct badge_err err = {0};
    char text[32];
    if (doctor_lacks_chain(doctor, "finality"))
        return;
    json_t *which = confirmations == 0                     ? json_string("finalized")
                    : doctor->head.number >= confirmations ? rpc_quantity(doctor->head.number - confirmations)
                                                           : rpc_quantity(0);
    enum badge_status status = read_block(&doctor->chain, which, &final, &err);
    if (status == BADGE_EIO) {
        doctor_find_failure(doctor, "finality", &err);
        return;
    }
    if (status != BADGE_OK) {
        doctor_find(doctor, "finality", DOCTOR_BAD, "This chain has no finalized block, so no badge becomes final: %s",
                    err.text);
        doctor_do(doctor, "Set chain.finality to a number of confirmations, and give verifiers --confirmations N");
        return;
    }
    int64_t lag_s = doctor->head.time_s - final.time_s;
    find_duration(text, sizeof text, lag_s > 0 ? lag_s : 0);
    if (doctor->has_registry && !is_registry_final(doctor, final.number)) {
        doctor_find(doctor, "finality", DOCTOR_BAD, "The final block, %llu, is older than the registry",
                    (unsigned long long) final.number);
        doctor_do(doctor, "Wait; if it does not move, set chain.finality to a number of confirmations");
    } else {
        doctor_find(doctor, "finality", DOCTOR_GOOD,
                    "An anchor becomes final about %s after it is mined (block %llu of %llu)", text,
                    (unsigned long long) final.number, (unsigned long long)doctor->head.number);
        if (lag_s > LONG_FINALITY_S)
            doctor_do(doctor, "That is long: say so to holders, or set chain.finality to a number of confirmations");
    }
}

/* -- registry and operator ----------------------------------------------------------------------------------------- */

void doctor_check_registry(struct doctor *doctor)
{
    struct badge_err err = {0};
    if (doctor_lacks_chain(doctor, "registry"))
        return;
    struct account_text at = core_account_text(&doctor->chain.contract);
    enum badge_status status = chain_check_registry(&doctor->chain, &err);
    doctor->has_registry = status == BADGE_OK;
    if (status == BADGE_OK) {
        bool is_usual = memcmp(&doctor->chain.contract, &badge_registry_address, sizeof badge_registry_address) == 0;
        doctor_find(doctor, "registry", DOCTOR_GOOD, "The code at %s has the hash that verifiers know%s", at.s,
                    is_usual ? "" : "; it is not the usual address");
        if (!is_usual)
            doctor_do(doctor, "Publish --contract %s beside the issuer's account: verifiers need it", at.s);
    } else if (status == BADGE_EREFUSED) {
        doctor_find(doctor, "registry", DOCTOR_BAD, "%s", err.text);
        doctor_do(doctor, "badge deploy, or correct chain.contract");
    } else {
        doctor_find_failure(doctor, "registry", &err);
    }
}

/* The account that the node signs with. */
static bool operator_account(struct doctor *doctor, struct badge_address *out)
{
    const struct settings *settings = &doctor->settings;
    struct badge_err err = {0};
    char *json;
    size_t len;
    if (settings->chain_operator.set) {
        *out = settings->chain_operator.address;
        return true;
    }
    enum badge_status status = settings->chain_keystore
                                   ? file_read(&json, &len, settings->chain_keystore, 65536, &err)
                                   : badge_fail(&err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "chain.keystore is not set");
    if (status == BADGE_OK) {
        status = badge_keystore_address(out, json, len, &err);
        free(json);
    }
    if (status == BADGE_OK)
        return true;
    doctor_find(doctor, "operator", DOCTOR_UNKNOWN, "The node's key can't be read: %s", err.text);
    doctor_do(doctor, "Run this as the user that the node runs as, or correct chain.keystore");
    return false;
}

static void check_balance(struct doctor *doctor, const struct badge_address *account)
{
    struct badge_err err = {0};
    struct badge_wei balance;
    uint64_t price_wei, balance_wei, anchor_wei;
    char has[96];
    if (chain_rpc_u64(&doctor->chain, "eth_gasPrice", json_array(), &price_wei, &err) != BADGE_OK ||
        chain_balance(&doctor->chain, account, &balance, &err) != BADGE_OK) {
        doctor_find_failure(doctor, "balance", &err);
        return;
    }
    badge_wei_format_ether(has, &balance);
    if (badge_wei_to_u64(&balance_wei, &balance) != BADGE_OK)
        balance_wei = UINT64_MAX;
    if (__builtin_mul_overflow(GAS_ANCHOR, price_wei, &anchor_wei))
        anchor_wei = UINT64_MAX;
    struct account_text name = core_account_text(account);
    uint64_t n = anchor_wei ? balance_wei / anchor_wei : 0;
    if (anchor_wei == 0) {
        doctor_find(doctor, "balance", DOCTOR_GOOD, "This chain asks for no fees; %s has %s ether", name.s, has);
        return;
    }
    bool is_low = n < FEW_ANCHORS;
    doctor_find(doctor, "balance", is_low ? DOCTOR_BAD : DOCTOR_GOOD,
                "%s has %s ether, which pays for %s%llu batches at today's price", name.s, has,
                balance_wei == UINT64_MAX ? "more than " : "", (unsigned long long)n);
    if (is_low)
        doctor_do(doctor, "Send funds to %s on this chain", name.s);
}

void doctor_check_operator(struct doctor *doctor)
{
    uint8_t call[BADGE_CALL_MAX_LEN];
    struct badge_address account;
    struct badge_err err = {0};
    uint64_t is_operator = 0;
    if (doctor_lacks_chain(doctor, "operator")) {
        (void)doctor_lacks_chain(doctor, "balance");
        return;
    }
    if (!operator_account(doctor, &account))
        return;
    check_balance(doctor, &account);
    if (!doctor->has_registry) {
        doctor_find(doctor, "operator", DOCTOR_UNKNOWN, "There is no registry to ask");
        doctor_do(doctor, "See registry");
        return;
    }
    const struct badge_address *issuer = &doctor->settings.chain_issuer.address;
    size_t len = badge_call_is_operator(call, issuer, &account);
    struct account_text name = core_account_text(&account);
    if (chain_query(&doctor->chain, call, len, &is_operator, 1, &err) != BADGE_OK) {
        doctor_find_failure(doctor, "operator", &err);
        return;
    }
    doctor_find(doctor, "operator", is_operator ? DOCTOR_GOOD : DOCTOR_BAD, "The node's account %s may %sanchor for %s",
                name.s, is_operator ? "" : "not ", core_account_text(issuer).s);
    if (!is_operator)
        doctor_do(doctor, "With the issuer's key: badge operator add %s --rpc URL --keystore issuer.json", name.s);
}
