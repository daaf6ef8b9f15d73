/*
 * What providers mean by the errors of eth_sendRawTransaction. Different clients have nothing but error texts in
 * common, so the texts are matched as substrings without case, by one table.
 */
#ifndef CHAIN_SEND_ERROR_H
#define CHAIN_SEND_ERROR_H

/* In order of precedence: if providers differ, the first in this list wins. */
enum send_result {
    SEND_ACCEPTED,    /* in the pool, now or already */
    SEND_NONCE_USED,  /* nonce too low: a transaction with this nonce was mined, perhaps an earlier attempt */
    SEND_UNDERPRICED, /* needs a higher fee */
    SEND_NO_FUNDS,
    SEND_REFUSED,   /* this chain will never accept these bytes */
    SEND_TRY_LATER, /* refused for a transient or unknown reason */
    SEND_UNANSWERED,
};

const char *send_result_name(enum send_result result);
enum send_result send_error_classify(const char *text);

#endif
