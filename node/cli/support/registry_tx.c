/*
 * Makes a change in the registry, unless it is made already. Called by operator.c and accredit.c.
 */
#include "cli/support/registry_tx.h"

#include "cli/support/tx_report.h"

enum badge_status registry_tx_make(struct chain *chain, const struct badge_key *key, const struct registry_tx *tx,
                                   json_t *answer, struct badge_err *err)
{
    uint8_t result[64];
    size_t result_len;
    struct chain_receipt receipt;
    enum badge_status status = chain_check_registry(chain, err);
    if (status == BADGE_OK)
        status = chain_call(chain, tx->query, tx->query_len, result, sizeof result, &result_len, err);
    if (status != BADGE_OK)
        return status;
    bool done = tx->is_done(result, result_len, tx->wanted);
    if (!done)
        status = chain_send(chain, key, &chain->contract, tx->data, tx->len, &receipt, err);
    if (status == BADGE_OK)
        tx_report(chain, answer, tx->what, done ? NULL : &receipt);
    return status;
}
