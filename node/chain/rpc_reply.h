/*
 * Parses a provider's reply from the bytes that it sent, which are untrusted. For rpc.c and its fuzzer.
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
 * Parses the reply to the request with this id; name is the provider's, for the error texts. Never fails: an invalid
 * reply has a status that says so. Must be released in any case.
 */
void rpc_reply_read(struct parsed_reply *out, const char *name, uint64_t id, long http_status, const char *body,
                    size_t len);
void rpc_reply_release(struct parsed_reply *reply);

#endif
