/*
 * Which account signs, and the report of a signature that failed. The invariant: the key of an account is kept as long
 * as one of its transactions may need a replacement.
 */
#include "anchor/accounts.h"

#include <stdlib.h>
#include <string.h>

#include "net/retry.h"
#include "runtime/log.h"

static const struct net_retry_policy failed_signatures = {.first_ms = 1000, .max_ms = 60000};

bool accounts_equal(const struct badge_address *a, const struct badge_address *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

const struct signer *accounts_signer(const struct accounts *accounts, const struct badge_address *account)
{
    if (accounts_equal(account, &accounts->current.address))
        return &accounts->current;
    for (const struct retired_account *retired = accounts->retired; retired; retired = retired->next)
        if (accounts_equal(account, &retired->signer.address))
            return &retired->signer;
    return NULL;
}

void accounts_activated(struct accounts *accounts, struct health *health)
{
    char address[BADGE_ADDRESS_LEN + 1];
    badge_address_format(address, &accounts->current.address);
    health->now.has_operator = true;
    health->now.operator_address = accounts->current.address;
    accounts_signed(accounts, health);
    health_publish(health);
    log_info("operator key in use", log_text("account", address), log_bool("remote", accounts->current.remote));
}

enum badge_status accounts_take_over(struct accounts *accounts, struct health *health)
{
    if (accounts_equal(&accounts->candidate.address, &accounts->current.address)) {
        signer_release(&accounts->current);
    } else {
        struct retired_account *retired = malloc(sizeof *retired);
        if (!retired)
            return BADGE_ENOMEM;
        *retired = (struct retired_account){.signer = accounts->current, .next = accounts->retired};
        accounts->retired = retired;
    }
    accounts->current = accounts->candidate;
    accounts->has_candidate = false;
    accounts_activated(accounts, health);
    return BADGE_OK;
}

void accounts_release_retired(struct retired_account **at)
{
    struct retired_account *retired = *at;
    *at = retired->next;
    signer_release(&retired->signer);
    free(retired);
}

void accounts_release(struct accounts *accounts)
{
    while (accounts->retired)
        accounts_release_retired(&accounts->retired);
    if (accounts->has_candidate)
        signer_release(&accounts->candidate);
    signer_release(&accounts->current);
}

/* -- signatures ---------------------------------------------------------------------------------------------------- */

bool accounts_may_sign(const struct accounts *accounts, uint64_t now_ms)
{
    return signer_is_there(&accounts->current) && now_ms >= accounts->retry_at_ms;
}

void accounts_signed(struct accounts *accounts, struct health *health)
{
    accounts->n_failed = 0;
    accounts->retry_at_ms = 0;
    health_clear(health, CONDITION_KEY);
}

void accounts_failed(struct accounts *accounts, struct health *health, const struct signer *signer,
                     const struct tx_job *job, enum badge_status status, const struct badge_err *err, uint64_t now_ms)
{
    const char *name = signer->remote ? rpc_name(signer->remote) : "local key";
    accounts->retry_at_ms = now_ms + net_retry_delay_ms(&failed_signatures, ++accounts->n_failed, 0, 0);
    if (status == BADGE_EMISMATCH) {
        log_broken("remote signer returned a wrong transaction, not sent", log_text("signer", name), job_log_field(job),
                   log_text("why", err->text));
        health_raise(health, CONDITION_KEY, "signer_wrong", "%.60s: %.100s; check chain.signer", name, err->text);
    } else if (status == BADGE_EREFUSED) {
        health_raise(health, CONDITION_KEY, "signer_refuses", "remote signer refused: %.150s", err->text);
    } else {
        health_raise(health, CONDITION_KEY, "signer_unreachable",
                     "remote signer unreachable, start it or correct chain.signer: %.120s", err->text);
    }
}
