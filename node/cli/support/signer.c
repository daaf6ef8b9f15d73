/*
 * The transactions of operator, accredit, withdraw and revoke --undo, and the queries before them.
 */
#include "cli/support/signer.h"

#include <stdio.h>

#include "badge/registry.h"

enum badge_status signer_open(struct signer *signer, const struct cli *cli, struct badge_err *err)
{
    signer->key = NULL;
    enum badge_status status = chain_open(&signer->chain, cli, err);
    if (status != BADGE_OK)
        return status;
    status = chain_key(&signer->key, cli, err);
    if (status == BADGE_OK)
        status = chain_check_registry(&signer->chain, err);
    if (status != BADGE_OK) {
        signer_close(signer);
        return status;
    }
    badge_key_address(&signer->account, signer->key);
    badge_address_format(signer->name, &signer->account);
    return BADGE_OK;
}

void signer_close(struct signer *signer)
{
    badge_key_free(signer->key);
    chain_close(&signer->chain);
}

enum badge_status signer_query(struct signer *signer, const uint8_t *call, size_t len, uint64_t *out, size_t n,
                               struct badge_err *err)
{
    return chain_query(&signer->chain, call, len, out, n, err);
}

enum badge_status signer_set_operator(struct signer *issuer, const struct badge_address *operator, bool wanted,
                                      struct badge_err *err)
{
    uint8_t call[BADGE_CALL_MAX_LEN];
    char what[128], account[BADGE_ADDRESS_LEN + 1];
    uint64_t is_operator;
    size_t len = badge_call_is_operator(call, &issuer->account, operator);
    enum badge_status status = signer_query(issuer, call, len, &is_operator, 1, err);
    if (status != BADGE_OK)
        return status;
    badge_address_format(account, operator);
    (void)snprintf(what, sizeof what, "%s is %s operator of %s", account, wanted ? "an" : "not an", issuer->name);
    len = badge_call_set_operator(call, operator, wanted);
    return signer_change(issuer, (is_operator != 0) == wanted, call, len, what,
                         json_pack("{s:s,s:s,s:b}", "issuer", issuer->name, "operator", account, "allowed", wanted),
                         err);
}

enum badge_status signer_change(struct signer *signer, bool is_made, const uint8_t *call, size_t len, const char *what,
                                json_t *answer, struct badge_err *err)
{
    struct chain_receipt receipt;
    enum badge_status status = BADGE_OK;
    if (!is_made)
        status = chain_send(&signer->chain, signer->key, &signer->chain.contract, call, len, &receipt, err);
    if (status == BADGE_OK)
        chain_report(&signer->chain, answer, what, is_made ? NULL : &receipt);
    else
        json_decref(answer);
    return status;
}
