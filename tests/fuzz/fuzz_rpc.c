/*
 * The parser of JSON-RPC replies and those of their values with any bytes: a provider may send anything.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "chain/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_value(const json_t *value)
{
    uint64_t number;
    struct badge_wei wei;
    struct badge_hash hash;
    struct badge_address account;
    uint8_t bytes[64];
    size_t len = 0;
    if (rpc_read_u64(&number, value) == BADGE_OK && !json_is_string(value))
        abort();
    (void)!rpc_read_wei(&wei, value);
    (void)!rpc_read_hash(&hash, value);
    (void)!rpc_read_address(&account, value);
    if (rpc_read_bytes(bytes, sizeof bytes, &len, value) == BADGE_OK && len > sizeof bytes)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct parsed_reply reply;
    long http_status = size > 0 && data[size - 1] == '!' ? 429 : 200;
    rpc_reply_read(&reply, "http://provider", "http://provider", 1, http_status, (const char *)data, size);
    if ((reply.is.status == BADGE_OK) != (reply.is.result != NULL))
        abort();
    for (const char *s = reply.is.error_text; *s; s++)
        if (*s < ' ' || *s >= 0x7f)
            abort();
    if (strlen(reply.is.error_data) > REPLY_DATA_MAX_LEN)
        abort();
    const char *key;
    json_t *member;
    read_value(reply.is.result);
    json_object_foreach(reply.is.result, key, member) read_value(member);
    rpc_reply_release(&reply);
    return 0;
}
