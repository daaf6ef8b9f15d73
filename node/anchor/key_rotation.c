/*
 * daemon/reload.c offers an account at the start and whenever the operator changes it; a round switches to it while no
 * job is being processed. The invariant: the account in use is replaced only by one that is an operator on the chain
 * and has funds.
 */
#include "anchor/key_rotation.h"

#include "anchor/preflight.h"
#include "runtime/log.h"

static bool is_needed(struct round *round, const struct badge_address *account)
{
    struct store *store = round->options.store;
    struct attempts *attempts = &round->attempts; /* free: no job is being processed */
    for (struct store_job_id id = job_first(store); id.number != 0; id = job_after(store, id)) {
        size_t n = store_attempts(store, id, attempts->attempt, STORE_MAX_ATTEMPTS);
        for (size_t i = 0; i < n; i++)
            if (accounts_equal(&attempts->attempt[i].from, account))
                return true;
    }
    return false;
}

static void release_retired(struct round *round)
{
    for (struct retired_account **at = &round->accounts.retired; *at;) {
        if (is_needed(round, &(*at)->signer.address)) {
            at = &(*at)->next;
            continue;
        }
        char address[BADGE_ADDRESS_LEN + 1];
        badge_address_format(address, &(*at)->signer.address);
        log_info("old operator key released: all its transactions are final", log_text("account", address));
        accounts_release_retired(at);
    }
}

static enum next reject(struct accounts *accounts, const char *why)
{
    char address[BADGE_ADDRESS_LEN + 1];
    badge_address_format(address, &accounts->candidate.address);
    log_error("new operator key rejected, keeping the old one", log_text("account", address), log_text("why", why));
    signer_release(&accounts->candidate);
    accounts->has_candidate = false;
    return NEXT_STEP;
}

/* The operator may change the candidate again during a wait: then the next round checks that one. */
enum next key_rotation_check(struct round *round)
{
    struct accounts *accounts = &round->accounts;
    release_retired(round);
    if (!accounts->has_candidate)
        return NEXT_STEP;
    const struct badge_address account = accounts->candidate.address;
    if (!accounts_equal(&account, &accounts->current.address)) {
        bool allowed;
        struct badge_wei balance, price = preflight_price(round);
        if (!preflight_ask_operator(round, &allowed, &account))
            return NEXT_ABORT;
        if (allowed && !preflight_ask_balance(round, &balance, &account))
            return NEXT_ABORT;
        if (!accounts_equal(&account, &accounts->candidate.address))
            return NEXT_STEP;
        if (!allowed)
            return reject(accounts,
                          "not an operator of chain.issuer: run `badge operator add` with the issuer's key, then "
                          "send SIGHUP to the node");
        if (badge_wei_compare(&balance, &price) < 0)
            return reject(accounts, "insufficient funds for an anchor: send it funds, then send SIGHUP to the node");
    }
    if (accounts_take_over(accounts, &round->health) != BADGE_OK)
        return reject(accounts, "out of memory");
    round_recheck(round);
    return NEXT_STEP;
}
