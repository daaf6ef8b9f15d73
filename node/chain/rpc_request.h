/*
 * One question to one provider, asked again where that may help: a failure that says nothing about the question is
 * retried after a pause that grows, or after the one that the provider asks for. What is left is told to the caller.
 */
#ifndef CHAIN_RPC_REQUEST_H
#define CHAIN_RPC_REQUEST_H

#include "chain/rpc.h"

struct question;

/* All questions that are open; the owner's. */
struct questions {
    uv_loop_t *loop;
    struct question *first;
    bool closing;
};

/* How long to keep trying. */
enum insistence {
    ASK_AGAIN,       /* three times more, without an answer too */
    ASK_IF_ANSWERED, /* three times more, but not after a time-out: another provider is quicker */
};

/*
 * params is taken, even on failure. The callback runs exactly once, later; on failure never.
 * errors    those of rpc_call()
 */
enum badge_status question_ask(struct questions *questions, struct rpc *rpc, const char *method, json_t *params,
                               enum insistence insistence, rpc_callback callback, void *context, struct badge_err *err)
    __attribute__((warn_unused_result));

/* Nothing is asked again from now on; what waits to be is answered at once, as failed. */
void questions_close(struct questions *questions);

#endif
