/*
 * A change in the registry that is made at most once: the registry is asked first whether it is as wanted already, so
 * running the command twice costs nothing.
 */
#ifndef CLI_SUPPORT_REGISTRY_TX_H
#define CLI_SUPPORT_REGISTRY_TX_H

#include "badge/registry.h"
#include "cli/support/chain.h"

struct registry_tx {
    uint8_t data[BADGE_CALL_MAX_LEN]; /* the transaction */
    size_t len;
    uint8_t question[BADGE_CALL_MAX_LEN]; /* the call whose answer shows whether it is done already */
    size_t question_len;
    bool (*is_done)(const uint8_t *answer, size_t len, bool wanted);
    bool wanted;
    const char *what; /* the state that is wanted, in words */
};

/*
 * Checks that the registry is there, asks, sends the transaction if there is need, and reports it. Members are added to
 * the answer, which stays the caller's.
 * errors    those of chain_check_registry(), chain_call() and chain_send()
 */
enum badge_status registry_tx_make(struct chain *chain, const struct badge_key *key, const struct registry_tx *tx,
                                   json_t *answer, struct badge_err *err) __attribute__((warn_unused_result));

#endif
