/*
 * What a provider answered, out of the bytes it sent: hostile until read here. For rpc.c and its fuzzer.
 */
#ifndef CHAIN_RPC_REPLY_H
#define CHAIN_RPC_REPLY_H

#include "chain/rpc.h"

#define REPLY_TEXT_MAX_LEN 200
#define REPLY_DATA_MAX_LEN 2050

struct parsed_reply {
    struct rpc_reply is; /* points into the members below */
    json_t *root;
    char text[REPLY_TEXT_MAX_LEN + 1];
    char data[REPLY_DATA_MAX_LEN + 1];
};

/*
 * Reads the answer to the request with that id; name is the provider's, for the error texts. Never fails: what is
 * wrong is the reply's status. Release it in any case.
 */
void rpc_reply_read(struct parsed_reply *out, const char *name, uint64_t id, long http_status, const char *body,
                    size_t len);
void rpc_reply_release(struct parsed_reply *reply);

#endif
