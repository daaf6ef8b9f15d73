/*
 * How the commands that change the chain report what they did.
 */
#ifndef CLI_SUPPORT_TX_REPORT_H
#define CLI_SUPPORT_TX_REPORT_H

#include "cli/support/chain.h"

/* Adds an account to the answer. */
void tx_report_add_address(json_t *answer, const char *name, const struct badge_address *address);
/* Prints a line, or with --json the answer with the members of the receipt. receipt NULL: nothing had to be done. */
void tx_report(const struct chain *chain, json_t *answer, const char *what, const struct chain_receipt *receipt);

#endif
