/* How the commands that change the chain tell what they did. */
#ifndef CLI_SUPPORT_TX_REPORT_H
#define CLI_SUPPORT_TX_REPORT_H

#include "cli/support/chain.h"

/* An account as a member of the answer. */
void tx_report_add_address(json_t *answer, const char *name, const struct badge_address *address);
/* The line, or the JSON with what the receipt tells added to the answer. NULL receipt: nothing had to be done. */
void tx_report(const struct chain *chain, json_t *answer, const char *what, const struct chain_receipt *receipt);

#endif
