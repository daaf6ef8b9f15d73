/*
 * What only the issuer can do: restore and withdraw, with its own key, on the chain, without a node. For `badge revoke
 * --undo` and `badge withdraw`.
 */
#ifndef CLI_SUPPORT_ISSUER_H
#define CLI_SUPPORT_ISSUER_H

#include "cli/support/chain.h"
#include "cli/support/digest_args.h"

/* The chain with the registry on it, and the issuer's key. */
struct issuer {
    struct chain chain;
    struct badge_key *key;
    struct badge_address account;
    char name[BADGE_ADDRESS_LEN + 1];
};

/* errors    those of chain_open(), chain_check_registry() and chain_key() */
enum badge_status issuer_open(struct issuer *issuer, const struct cli *cli, struct badge_err *err) BADGE_CHECKED;
void issuer_close(struct issuer *issuer);

/* A call of the registry whose answer is n numbers. errors    BADGE_EIO, BADGE_EREFUSED */
enum badge_status issuer_call(struct issuer *issuer, const uint8_t *call, size_t len, uint64_t *out, size_t n,
                              struct badge_err *err) BADGE_CHECKED;

/* `badge revoke --undo`: restores the digests that are revoked, and prints the others. Returns an exit status. */
int issuer_restore(const struct cli *cli, const struct digest_args *list);

#endif
