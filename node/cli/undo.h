/* What only the issuer may do with what was anchored or revoked: with its own key, on the chain, without a node. */
#ifndef CLI_UNDO_H
#define CLI_UNDO_H

#include "cli/cli.h"
#include "cli/support/digest_args.h"

/* `badge revoke --undo`: restores those that are revoked. Returns an exit status. */
int undo_revocations(const struct cli *cli, const struct named_list *list);

#endif
