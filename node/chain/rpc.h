/*
 * JSON-RPC 2.0 to an Ethereum provider, over net/client. Replies are untrusted: bounded in size, their id checked,
 * parsed strictly. One rpc is one provider; the caller chooses among several.
 */
#ifndef CHAIN_RPC_H
#define CHAIN_RPC_H

#include "badge/text.h"
#include "badge/wei.h"
#include "chain/rpc_reply.h"
#include "net/client.h"

struct rpc;

/* url is copied. errors    BADGE_ENOMEM */
enum badge_status rpc_new(struct rpc **out, struct net_client *client, const char *url,
                          struct badge_err *err) BADGE_CHECKED;
void rpc_free(struct rpc *rpc);              /* its open requests are detached: their callbacks still run */
const char *rpc_name(const struct rpc *rpc); /* the URL's origin, for logs: never credentials, path or query */

typedef void (*rpc_callback)(void *context, const struct rpc_reply *reply);

/*
 * params is an array and taken, even on failure; NULL, which jansson returns if out of memory, fails. On success the
 * callback runs exactly once, later; on failure never.
 * errors    BADGE_ENOMEM, BADGE_EREFUSED (the client is closing)
 */
enum badge_status rpc_call(struct rpc *rpc, const char *method, json_t *params, rpc_callback callback, void *context,
                           struct badge_err *err) BADGE_CHECKED;

/* The values of JSON-RPC. Each reader accepts any JSON and returns BADGE_ETYPE if it has another form. */
json_t *rpc_hex(const void *bytes, size_t len); /* "0x" and digits */
json_t *rpc_quantity(uint64_t value);           /* "0x1f" */
enum badge_status rpc_read_u64(uint64_t *out, const json_t *value) BADGE_CHECKED;
enum badge_status rpc_read_wei(struct badge_wei *out, const json_t *value) BADGE_CHECKED;
enum badge_status rpc_read_hash(struct badge_hash *out, const json_t *value) BADGE_CHECKED;
enum badge_status rpc_read_address(struct badge_address *out, const json_t *value) BADGE_CHECKED;
/* "0x…" of any length up to capacity. */
enum badge_status rpc_read_bytes(uint8_t *out, size_t capacity, size_t *len, const json_t *value) BADGE_CHECKED;

/* The result of eth_chainId; name: the provider's. errors    BADGE_EIO, BADGE_EREFUSED (above BADGE_MAX_CHAIN_ID) */
enum badge_status rpc_read_chain_id(uint64_t *out, const json_t *value, const char *name,
                                    struct badge_err *err) BADGE_CHECKED;

struct block {
    uint64_t number;
    struct badge_hash hash;
    int64_t time_s; /* at most the end of the year 9999 */
    bool has_base_fee;
    uint64_t base_fee_wei;
    uint64_t gas_limit; /* 0: unknown */
};
/* The header's fields that the anchor needs, from the result of eth_getBlockByNumber or …ByHash. */
enum badge_status block_read(struct block *out, const json_t *value) BADGE_CHECKED;

/* {"to": …, "data": …} for eth_call. */
json_t *rpc_call_object(const struct badge_address *to, const uint8_t *data, size_t data_len);
/* The block of a call: {"blockHash": …} of EIP-1898, or its number, for a provider that refuses that. */
json_t *rpc_at_block(const struct block *block, bool by_number);

#endif
