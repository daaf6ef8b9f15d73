/*
 * A JWS, compact or in JSON. One that may be verified has an algorithm, a signature and bytes that were signed, which
 * are two parts of base64url; its claims are compared.
 */
#include <stdint.h>
#include <string.h>

#include "proof/jose.h"
#include "proof/multibase.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct jose_signature *signature, struct badge_arena *arena)
{
    size_t len;
    if (signature->code) {
        BADGE_ASSERT(signature->detail[0] && strlen(signature->detail) < sizeof signature->detail);
        return;
    }
    const char *dot = memchr(signature->message.bytes, '.', signature->message.len);
    BADGE_ASSERT(dot && signature->suite[0] && signature->signature.len > 0 &&
                 signature->signature.len <= BADGE_SIGNATURE_MAX_LEN);
    struct badge_text payload = {dot + 1, signature->message.len - (size_t)(dot + 1 - signature->message.bytes)};
    char *json = badge_arena_alloc(arena, payload.len + 1);
    const struct badge_json_value *value;
    if (!json)
        return;
    BADGE_ASSERT(multibase_base64url(json, &len, payload.len + 1, payload));
    if (badge_json_parse(&value, arena, json, len, NULL) == BADGE_OK)
        (void)jose_claim_differs(value);
    if (signature->jwk)
        BADGE_ASSERT(!jose_key_misfit(signature->algorithm, &signature->key, signature->jwk));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct badge_text text = {size ? (const char *)data : "", size};
    struct jose_signature signature[JOSE_MAX_SIGNATURES];
    const struct badge_json_value *value;
    struct badge_arena arena;
    size_t n = 0;
    badge_arena_init(&arena, 1 << 20);
    if (badge_json_parse(&value, &arena, text.bytes, text.len, NULL) == BADGE_OK) {
        if (jose_read_json(signature, &n, &arena, value, NULL) == BADGE_OK)
            BADGE_ASSERT(n > 0 && n <= JOSE_MAX_SIGNATURES);
        else
            n = 0;
        (void)jose_claim_differs(value);
    } else if (jose_read_compact(signature, &arena, text, NULL) == BADGE_OK) {
        n = 1;
    }
    for (size_t i = 0; i < n; i++)
        check(&signature[i], &arena);
    badge_arena_release(&arena);
    return 0;
}
