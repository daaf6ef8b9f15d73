/* How the commands that change the chain tell what they did. */
#ifndef CLI_TELL_H
#define CLI_TELL_H

#include "cli/chain.h"

/* The line, or the JSON with what the receipt tells added to the answer. NULL receipt: nothing had to be done. */
void tell_done(const struct chain *chain, json_t *answer, const char *what, const struct chain_receipt *receipt);

#endif
