/*
 * The registry on a chain: found, deployed, and remembered in the settings of `badge`. For deploy and init.
 */
#ifndef CLI_SUPPORT_DEPLOYMENT_H
#define CLI_SUPPORT_DEPLOYMENT_H

#include "cli/support/chain.h"

/*
 * Looks for the registry: at the address of the settings, at its usual one, and, if sender is given, at those of the
 * contracts that this account has created. If it is found, chain->contract is its address; else the address at which it
 * will be, and *is_foreseen is false if that is known only once it is deployed.
 * errors    BADGE_EIO, BADGE_EREFUSED (the address of the settings has other code)
 */
enum badge_status deployment_find(struct chain *chain, const struct badge_address *sender, bool *is_there,
                                  bool *is_foreseen, struct badge_err *err) BADGE_CHECKED;
/*
 * Deploys it, and sets chain->contract. Uses the deterministic deployment proxy if the chain has it: then the address
 * is the same on every chain. errors    those of chain_send()
 */
enum badge_status deployment_make(struct chain *chain, const struct badge_key *key, struct chain_receipt *receipt,
                                  struct badge_err *err) BADGE_CHECKED;
/*
 * Adds the address to the file of the settings, which is made if it is missing, so that the commands that follow know
 * it. A file that names another address stays as it is. What can't be done is a warning.
 */
void deployment_remember(const struct cli *cli, const struct chain *chain);

#endif
