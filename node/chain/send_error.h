/*
 * What providers mean by the errors of eth_sendRawTransaction. Their texts are the only thing that nodes of different
 * make have in common, so they are compared as lower-cased substrings, by one table.
 */
#ifndef CHAIN_SEND_ERROR_H
#define CHAIN_SEND_ERROR_H

#include <stdbool.h>

#include "chain/rpc.h"

/* In order of what is believed where several providers differ: the first outweighs the others. */
enum send_result {
    SEND_ACCEPTED,    /* in the pool, now or already */
    SEND_NONCE_USED,  /* a transaction with this nonce was mined: perhaps an earlier attempt */
    SEND_UNDERPRICED, /* a higher fee would do */
    SEND_NO_FUNDS,
    SEND_REFUSED,   /* these bytes will never be taken by this chain */
    SEND_TRY_LATER, /* refused for a reason that may pass, or that is not known */
    SEND_UNANSWERED,
};

const char *send_result_name(enum send_result result);
enum send_result send_error_classify(const char *text);

/* Whether a failed reply says nothing about the request, only that the provider can't answer it now. */
bool rpc_reply_is_transient(const struct rpc_reply *reply);

#endif
