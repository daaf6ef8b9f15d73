/*
 * A change in the registry. It is checked first whether the registry has it already, so running a command twice costs
 * nothing.
 */
#ifndef CLI_SUPPORT_REGISTRY_TX_H
#define CLI_SUPPORT_REGISTRY_TX_H

#include "badge/registry.h"
#include "cli/support/chain.h"

struct registry_tx {
    uint8_t data[BADGE_CALL_MAX_LEN]; /* the transaction */
    size_t len;
    uint8_t query[BADGE_CALL_MAX_LEN]; /* the call whose answer shows whether it is done already */
    size_t query_len;
    bool (*is_done)(const uint8_t *answer, size_t len, bool wanted);
    bool wanted;
    const char *what; /* the state that is wanted, for people */
};

/*
 * Checks the contract, makes the query, sends the transaction if it is needed, and reports it. Adds members to
 * the answer, which stays the caller's.
 * errors    those of chain_check_registry(), chain_call() and chain_send()
 */
enum badge_status registry_tx_make(struct chain *chain, const struct badge_key *key, const struct registry_tx *tx,
                                   json_t *answer, struct badge_err *err) BADGE_CHECKED;

#endif
