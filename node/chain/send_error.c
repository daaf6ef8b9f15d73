/*
 * The table of error texts, from the transaction pools of geth, erigon, nethermind, besu, reth and anvil. send.c acts
 * on the meaning; an unlisted text counts as transient, and is logged.
 */
#include "chain/send_error.h"
#include "core/compiler.h"

#include <string.h>

#define MAX_TEXT 512

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
    switch (result) {
    case SEND_ACCEPTED:
        return "accepted";
    case SEND_NONCE_USED:
        return "nonce_used";
    case SEND_UNDERPRICED:
        return "underpriced";
    case SEND_NO_FUNDS:
        return "no_funds";
    case SEND_REFUSED:
        return "refused";
    case SEND_TRY_LATER:
        return "try_later";
    case SEND_UNANSWERED:
        return "unanswered";
    }
    return "unknown";
}

enum send_result send_error_classify(const char *text)
{
    char lower[MAX_TEXT];
    size_t len = 0;
    for (; text[len] != '\0' && len < sizeof lower - 1; len++)
        lower[len] = text[len] >= 'A' && text[len] <= 'Z' ? (char)(text[len] - 'A' + 'a') : text[len];
    lower[len] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (strstr(lower, texts[i].substring))
            return texts[i].meaning;
    return SEND_TRY_LATER;
}

/* HTTP statuses and codes of error objects (EIP-1474) that are worth a retry; unlisted ones are not. */
static const struct range {
    int64_t first, last;
} transient_status[] = {{408, 408}, {425, 425}, {429, 429}, {500, 599}},
  transient_code[] = {{-32005, -32005}, {-32603, -32603}, {429, 429}}; /* limit exceeded, internal error */

static bool is_in(const struct range *range, size_t n, int64_t value)
{
    for (size_t i = 0; i < n; i++)
        if (value >= range[i].first && value <= range[i].last)
            return true;
    return false;
}

#define IS_IN(table, value) is_in(table, ARRAY_LEN(table), value)

bool rpc_reply_is_transient(const struct rpc_reply *reply)
{
    if (reply->status == BADGE_OK)
        return false;
    if (reply->status == BADGE_EREFUSED) /* the error object decides, unless the request was rate limited */
        return reply->http_status == 429 || IS_IN(transient_code, reply->error_code);
    return reply->http_status == 0 || IS_IN(transient_status, reply->http_status);
}
