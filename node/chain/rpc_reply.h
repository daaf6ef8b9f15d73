/*
 * A provider's reply: as callers get it, and parsed from the bytes that it sent, which are untrusted.
 */
#ifndef CHAIN_RPC_REPLY_H
#define CHAIN_RPC_REPLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "badge/text.h"

struct rpc_reply {
    enum badge_status status; /* BADGE_OK: result is set (may be JSON null); BADGE_EIO: no reply, or not a JSON-RPC
                                 reply; BADGE_EREFUSED: the provider returned an error object */
    struct badge_err err;
    json_t *result;          /* borrowed until the callback returns */
    int64_t error_code;      /* of an error object */
    const char *error_text;  /* its message, bounded; "" if none */
    const char *error_data;  /* its data if that is 0x-hex (revert data), in any of the usual members; "" if none */
    long http_status;        /* 0: no response */
    uint64_t retry_after_ms; /* 0: no Retry-After */
};
/* Whether a failed reply says nothing about the request, only that the provider can't answer now. */
bool rpc_reply_is_transient(const struct rpc_reply *reply);
/* Whether the provider read the request and will not answer it: an error object that is not about a limit. */
bool rpc_reply_is_refusal(const struct rpc_reply *reply);
/* What a failed reply says, without the provider's name, which the texts of rpc and net start with. */
const char *rpc_reply_error_text(const struct rpc_reply *reply, const char *name);

#define REPLY_TEXT_MAX_LEN 200
#define REPLY_DATA_MAX_LEN 2050

struct parsed_reply {
    struct rpc_reply is; /* points into the members below */
    json_t *root;
    char text[REPLY_TEXT_MAX_LEN + 1];
    char data[REPLY_DATA_MAX_LEN + 1];
};

/*
 * Parses the reply to the request with this id; name is the provider's, for the error texts. url: the provider's, of
 * which these show nothing but the name, even if the reply repeats it: an API key may be in it. Never fails: an invalid
 * reply has a status that says so. Must be released in any case.
 */
void rpc_reply_read(struct parsed_reply *out, const char *name, const char *url, uint64_t id, long http_status,
                    const char *body, size_t len);
void rpc_reply_release(struct parsed_reply *reply);

#endif
