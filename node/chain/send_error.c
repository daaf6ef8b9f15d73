/*
 * The table of error texts, from the transaction pools of geth, erigon, nethermind, besu, reth and anvil. send.c acts
 * on the meaning; an unlisted text counts as transient, and is logged.
 */
#include "chain/send_error.h"

#include <string.h>

#include "core/compiler.h"

/* The first match decides, so specific texts come before general ones. */
static const struct {
    const char *substring;
    enum send_result meaning;
} texts[] = {
    {"already known", SEND_ACCEPTED},
    {"already imported", SEND_ACCEPTED},
    {"alreadyknown", SEND_ACCEPTED},
    {"known transaction:", SEND_ACCEPTED},
    {"already exists in", SEND_ACCEPTED},
    {"nonce too low", SEND_NONCE_USED},
    {"nonce is too low", SEND_NONCE_USED},
    {"nonce_too_low", SEND_NONCE_USED},
    {"oldnonce", SEND_NONCE_USED},
    {"nonce has already been used", SEND_NONCE_USED},
    {"underpriced", SEND_UNDERPRICED},
    {"less than block base fee", SEND_UNDERPRICED},
    {"feetoolow", SEND_UNDERPRICED},
    {"fee too low", SEND_UNDERPRICED},
    {"gas price too low", SEND_UNDERPRICED},
    {"gasprice is too low", SEND_UNDERPRICED},
    {"gas price below", SEND_UNDERPRICED},
    {"insufficient funds", SEND_NO_FUNDS},
    {"insufficientfunds", SEND_NO_FUNDS},
    {"insufficient balance", SEND_NO_FUNDS},
    {"upfront cost exceeds", SEND_NO_FUNDS},
    {"exceeds block gas limit", SEND_REFUSED},
    {"gas limit exceeded", SEND_REFUSED},
    {"gaslimitexceeded", SEND_REFUSED},
    {"intrinsic gas too low", SEND_REFUSED},
    {"intrinsicgas", SEND_REFUSED},
    {"invalid sender", SEND_REFUSED},
    {"invalid signature", SEND_REFUSED},
    {"chain id", SEND_REFUSED},
    {"chainid", SEND_REFUSED},
    {"type not supported", SEND_REFUSED},
    {"exceeds the configured cap", SEND_REFUSED},
    {"rlp", SEND_REFUSED},
};

const char *send_result_name(enum send_result result)
{
    static const char *const name[] = {
        [SEND_ACCEPTED] = "accepted",    [SEND_NONCE_USED] = "nonce_used", [SEND_UNDERPRICED] = "underpriced",
        [SEND_NO_FUNDS] = "no_funds",    [SEND_REFUSED] = "refused",       [SEND_TRY_LATER] = "try_later",
        [SEND_UNANSWERED] = "unanswered"};
    return name[result];
}

enum send_result send_error_classify(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (strcasestr(text, texts[i].substring))
            return texts[i].meaning;
    return SEND_TRY_LATER;
}
