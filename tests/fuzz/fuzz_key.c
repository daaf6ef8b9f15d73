/*
 * Public keys as text: multibase, Multikey, did:key, did:jwk, or a JWK where the input begins with a brace. A text that
 * is accepted is the only one with its bytes, and a key that is accepted can be passed to the mathematics.
 */
#include <stdint.h>
#include <string.h>

#include "badge/signature.h"
#include "proof/key.h"
#include "proof/multibase.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char base58_digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
                  base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static size_t encode_base58(char *out, uint8_t *bytes, size_t len)
{
    size_t n = 0, first = 0, n_zeros = 0;
    while (n_zeros < len && bytes[n_zeros] == 0)
        n_zeros++;
    for (first = n_zeros; first < len;) {
        unsigned rest = 0;
        for (size_t i = first; i < len; i++) {
            rest = rest << 8 | bytes[i];
            bytes[i] = (uint8_t)(rest / 58);
            rest %= 58;
        }
        out[n++] = base58_digits[rest];
        while (first < len && bytes[first] == 0)
            first++;
    }
    memset(out + n, '1', n_zeros);
    n += n_zeros;
    for (size_t i = 0; i < n / 2; i++) {
        char c = out[i];
        out[i] = out[n - 1 - i];
        out[n - 1 - i] = c;
    }
    return n;
}

static size_t encode_base64url(char *out, const uint8_t *bytes, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t bits = (uint32_t)bytes[i] << 16 | (i + 1 < len ? (uint32_t)bytes[i + 1] << 8 : 0) |
                        (i + 2 < len ? bytes[i + 2] : 0U);
        for (size_t j = 0; j < 4 && i + j <= len; j++)
            out[n++] = base64_digits[bits >> (18 - 6 * j) & 63];
    }
    return n;
}

static void check_text(struct badge_text text)
{
    uint8_t bytes[4096];
    char again[2 * sizeof bytes];
    size_t len;
    bool is_base64url;
    if (!multibase_decode(bytes, &len, sizeof bytes, &is_base64url, text))
        return;
    size_t n = is_base64url ? encode_base64url(again, bytes, len) : encode_base58(again, bytes, len);
    BADGE_ASSERT(n + 1 == text.len && memcmp(again, text.bytes + 1, n) == 0);
}

static void check_key(const struct badge_public_key *key, enum badge_status status)
{
    static const uint8_t signature[BADGE_SIGNATURE_MAX_LEN];
    BADGE_ASSERT((status == BADGE_OK) == (key->type != BADGE_KEY_NONE));
    if (status != BADGE_OK)
        return;
    BADGE_ASSERT(key->len > 0 && key->len <= sizeof key->bytes && key_check(key, NULL) == BADGE_OK &&
                 badge_key_equal(key, key));
    for (int algorithm = BADGE_SIGNATURE_ED25519; algorithm <= BADGE_SIGNATURE_PS256; algorithm++)
        for (size_t len = 0; len <= sizeof signature; len += 32)
            (void)badge_signature_is_plausible((enum badge_signature_algorithm)algorithm, key,
                                               (struct badge_text){(const char *)signature, len});
}

static void check_jwk(struct badge_text json)
{
    struct badge_arena arena;
    const struct badge_json_value *jwk;
    struct badge_public_key key;
    badge_arena_init(&arena, 1 << 20);
    if (badge_json_parse(&jwk, &arena, json.bytes, json.len, NULL) == BADGE_OK) {
        enum badge_status status = badge_key_from_jwk(&key, jwk, NULL);
        check_key(&key, status);
    }
    badge_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct badge_text text = {size ? (const char *)data : "", size};
    struct badge_public_key key, of_did;
    bool is_base64url;
    if (size > 0 && *text.bytes == '{') {
        check_jwk(text);
        return 0;
    }
    check_text(text);
    enum badge_status status = badge_key_from_multikey(&key, &is_base64url, text, NULL);
    check_key(&key, status);
    status = badge_key_from_did(&of_did, text, NULL);
    check_key(&of_did, status);
    return 0;
}
