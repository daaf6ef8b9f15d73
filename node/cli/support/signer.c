/*
 * The transactions of operator, accredit, withdraw and revoke --undo, and the queries before them.
 */
#include "cli/support/signer.h"

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
    uint8_t words[128];
    size_t words_len;
    enum badge_status status = chain_call(&signer->chain, call, len, words, sizeof words, &words_len, err);
    if (status == BADGE_OK && badge_answer_u64s(out, n, words, words_len) != BADGE_OK)
        status = badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                            "%s returned an answer that can't come from the registry: try another provider",
                            rpc_name(signer->chain.rpc));
    return status;
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
