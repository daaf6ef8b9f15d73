/*
 * The account that signs. daemon/reload.c offers one at the start and whenever the operator changes it; anchor.c
 * switches to a new one during a round, while no job is being processed; send.c gets the signer of each transaction.
 * The invariant: the account in use is replaced only by one that is an operator on the chain and has funds, and the key
 * of an account is kept as long as one of its transactions may need a replacement.
 */
#include <stdlib.h>
#include <string.h>

#include "anchor/anchor_internal.h"
#include "net/retry.h"
#include "runtime/log.h"

static const struct net_retry_policy failed_signatures = {.first_ms = 1000, .max_ms = 60000};

static bool same_account(const struct badge_address *a, const struct badge_address *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* -- switching to a new account ------------------------------------------------------------------------------------ */

static void key_activated(struct anchor *anchor)
{
    char address[BADGE_ADDRESS_LEN + 1];
    badge_address_format(address, &anchor->signer.address);
    uv_mutex_lock(&anchor->lock);
    anchor->health.has_operator = true;
    anchor->health.operator_address = anchor->signer.address;
    uv_mutex_unlock(&anchor->lock);
    anchor->key_rotation.n_failed = 0;
    anchor->key_rotation.retry_at_ms = 0;
    anchor_clear(anchor, CONDITION_KEY);
    preflight_rerun(anchor);
    log_info("operator key in use", log_text("account", address), log_bool("remote", anchor->signer.remote));
}

static void reject_candidate(struct anchor *anchor, const char *why)
{
    char address[BADGE_ADDRESS_LEN + 1];
    badge_address_format(address, &anchor->key_rotation.candidate.address);
    log_error("new operator key rejected, keeping the old one", log_text("account", address), log_text("why", why));
    signer_release(&anchor->key_rotation.candidate);
    anchor->key_rotation.has_candidate = false;
    anchor_checked(anchor);
}

static void take_over(struct anchor *anchor)
{
    struct key_rotation *keys = &anchor->key_rotation;
    if (same_account(&keys->candidate.address, &anchor->signer.address)) {
        signer_release(&anchor->signer);
    } else {
        struct retired_key *retired = malloc(sizeof *retired);
        if (!retired) {
            reject_candidate(anchor, "out of memory");
            return;
        }
        *retired = (struct retired_key){.signer = anchor->signer, .next = keys->retired};
        keys->retired = retired;
    }
    anchor->signer = keys->candidate;
    keys->has_candidate = false;
    key_activated(anchor);
    anchor_checked(anchor);
}

static void balance_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    struct badge_wei balance, price = preflight_price(anchor);
    if (rpc_read_wei(&balance, reply->result) != BADGE_OK)
        anchor_round_failed(anchor, "returned an invalid answer to eth_getBalance");
    else if (badge_wei_compare(&balance, &price) < 0)
        reject_candidate(anchor, "insufficient funds for an anchor: send it funds, then send SIGHUP to the node");
    else
        take_over(anchor);
}

static void operator_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    bool allowed;
    if (!preflight_read_operator(&allowed, anchor, reply))
        return;
    if (!allowed) {
        reject_candidate(anchor,
                         "not an operator of chain.issuer: run `badge operator add` with the issuer's key, then "
                         "send SIGHUP to the node");
    } else {
        json_t *params = json_pack("[os]", rpc_hex(anchor->key_rotation.candidate.address.b, 20), "latest");
        anchor_ask(anchor, "eth_getBalance", params, balance_answered);
    }
}

void key_rotation_start(struct anchor *anchor)
{
    const struct badge_address *account = &anchor->key_rotation.candidate.address;
    if (same_account(account, &anchor->signer.address))
        take_over(anchor);
    else
        preflight_ask_operator(anchor, account, operator_answered);
}

/* -- releasing old accounts ---------------------------------------------------------------------------------------- */

/* Overwrites anchor->attempt: no job is being processed now. */
static bool is_needed(struct anchor *anchor, const struct badge_address *account)
{
    struct store *store = anchor->options.store;
    for (struct store_job_id id = job_first(store); id.number != 0; id = job_after(store, id)) {
        size_t n = store_attempts(store, id, anchor->attempt, STORE_MAX_ATTEMPTS);
        for (size_t i = 0; i < n; i++)
            if (same_account(&anchor->attempt[i].from, account))
                return true;
    }
    return false;
}

static void release_retired(struct anchor *anchor)
{
    for (struct retired_key **at = &anchor->key_rotation.retired; *at;) {
        struct retired_key *retired = *at;
        if (is_needed(anchor, &retired->signer.address)) {
            at = &retired->next;
            continue;
        }
        char address[BADGE_ADDRESS_LEN + 1];
        badge_address_format(address, &retired->signer.address);
        log_info("old operator key released: all its transactions are final", log_text("account", address));
        *at = retired->next;
        signer_release(&retired->signer);
        free(retired);
    }
}

bool key_rotation_due(struct anchor *anchor)
{
    release_retired(anchor);
    return anchor->key_rotation.has_candidate;
}

void key_rotation_release(struct anchor *anchor)
{
    struct key_rotation *keys = &anchor->key_rotation;
    for (struct retired_key *next; keys->retired; keys->retired = next) {
        next = keys->retired->next;
        signer_release(&keys->retired->signer);
        free(keys->retired);
    }
    if (keys->has_candidate)
        signer_release(&keys->candidate);
    signer_release(&anchor->signer);
}

/* -- signing ------------------------------------------------------------------------------------------------------- */

bool key_rotation_ready(const struct anchor *anchor)
{
    return signer_is_there(&anchor->signer) && anchor_now_ms(anchor) >= anchor->key_rotation.retry_at_ms;
}

const struct signer *key_rotation_signer(const struct anchor *anchor, const struct badge_address *account)
{
    if (same_account(account, &anchor->signer.address))
        return &anchor->signer;
    for (const struct retired_key *retired = anchor->key_rotation.retired; retired; retired = retired->next)
        if (same_account(account, &retired->signer.address))
            return &retired->signer;
    return NULL;
}

void key_rotation_signed(struct anchor *anchor)
{
    anchor->key_rotation.n_failed = 0;
    anchor->key_rotation.retry_at_ms = 0;
    anchor_clear(anchor, CONDITION_KEY);
}

void key_rotation_idle(struct anchor *anchor)
{
    if (signer_is_there(&anchor->signer))
        key_rotation_signed(anchor);
}

void key_rotation_failed(struct anchor *anchor)
{
    struct key_rotation *keys = &anchor->key_rotation;
    const struct signing *signing = &anchor->signing;
    const char *name = signing->signer->remote ? rpc_name(signing->signer->remote) : "local key";
    keys->retry_at_ms = anchor_now_ms(anchor) + net_retry_delay_ms(&failed_signatures, ++keys->n_failed, 0, 0);
    if (signing->status == BADGE_EMISMATCH) {
        log_broken("remote signer returned a wrong transaction, not sent", log_text("signer", name),
                   job_log_field(&anchor->job), log_text("why", signing->err.text));
        anchor_raise(anchor, CONDITION_KEY, "signer_wrong", "%.60s: %.100s; check chain.signer", name,
                     signing->err.text);
    } else if (signing->status == BADGE_EREFUSED) {
        anchor_raise(anchor, CONDITION_KEY, "signer_refuses", "remote signer refused: %.150s", signing->err.text);
    } else {
        anchor_raise(anchor, CONDITION_KEY, "signer_unreachable",
                     "remote signer unreachable, start it or correct chain.signer: %.120s", signing->err.text);
    }
}

/* -- interface ----------------------------------------------------------------------------------------------------- */

enum badge_status anchor_use(struct anchor *anchor, const struct anchor_account *account, struct badge_err *err)
{
    const struct anchor_options *options = &anchor->options;
    const struct fee_caps caps = {options->max_fee_wei, options->max_priority_fee_wei};
    struct signer signer;
    signer_init(&signer, account->key, options->chain_id, &options->contract, &caps);
    if (!account->key) {
        signer.address = account->address;
        enum badge_status status = rpc_new(&signer.remote, options->client, account->signer_url, err);
        if (status != BADGE_OK)
            return status;
    }
    struct key_rotation *keys = &anchor->key_rotation;
    if (!signer_is_there(&anchor->signer)) { /* so nothing is being signed */
        anchor->signer = signer;
        key_activated(anchor);
    } else {
        if (keys->has_candidate)
            signer_release(&keys->candidate);
        keys->candidate = signer;
        keys->has_candidate = true;
    }
    anchor_wake(anchor);
    return BADGE_OK;
}
