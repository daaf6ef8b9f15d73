/*
 * Changes in the registry with the user's own key, on the chain, without a node: for operator, accredit, withdraw and
 * revoke --undo. A command first reads whether the registry has the change already, so running it twice costs nothing.
 */
#ifndef CLI_SUPPORT_SIGNER_H
#define CLI_SUPPORT_SIGNER_H

#include "cli/support/chain.h"

/* The chain with the registry on it, and the key of --keystore. */
struct signer {
    struct chain chain;
    struct badge_key *key;
    struct badge_address account;
    char name[BADGE_ADDRESS_LEN + 1];
};

/* errors    those of chain_open(), chain_check_registry() and chain_key() */
enum badge_status signer_open(struct signer *signer, const struct cli *cli, struct badge_err *err) BADGE_CHECKED;
void signer_close(struct signer *signer);

/* A call of the registry whose answer is n numbers. errors    BADGE_EIO, BADGE_EREFUSED */
enum badge_status signer_query(struct signer *signer, const uint8_t *call, size_t len, uint64_t *out, size_t n,
                               struct badge_err *err) BADGE_CHECKED;
/* Lets an account anchor and revoke for the issuer, or ends that. errors    those of chain_send() */
enum badge_status signer_set_operator(struct signer *issuer, const struct badge_address *operator, bool wanted,
                                      struct badge_err *err) BADGE_CHECKED;
/*
 * Sends the call unless the change is made already, and reports it with chain_report(): what is the state that the
 * registry now has. answer is taken. errors    those of chain_send()
 */
enum badge_status signer_change(struct signer *signer, bool is_made, const uint8_t *call, size_t len, const char *what,
                                json_t *answer, struct badge_err *err) BADGE_CHECKED;

#endif
