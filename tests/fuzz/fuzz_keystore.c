/*
 * Keystores: a hostile file causes no crash and costs no more than the limits (low ones here, so that a key derivation
 * takes microseconds); a keystore that opens has the address that it states.
 */
#include <string.h>

#include "eth/keystore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct eth_kdf_limits limits = {.memory = 1 << 16, .block_mixes = 256, .pbkdf2_rounds = 64};
    const char *const json = (const char *)data;
    struct badge_key *key = NULL;
    struct badge_address own, named;
    struct badge_err err;
    const enum badge_status named_status = badge_keystore_address(&named, json, size, &err);
    if (eth_keystore_open(&key, json, size, "pass", 4, &limits, &err) == BADGE_OK && named_status == BADGE_OK) {
        badge_key_address(&own, key);
        BADGE_ASSERT(memcmp(own.b, named.b, sizeof own.b) == 0);
    }
    badge_key_free(key);
    return 0;
}
