#include "support/signer.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json_tree.h"
#include "proof/data_integrity.h"
#include "support/test.h"

char *signer_text(const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = malloc((size_t)len + 1);
    assert_non_null(text);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}

char *signer_base64url(const void *bytes, size_t len)
{
    char *text = malloc(len * 2 + 8);
    assert_non_null(text);
    sodium_bin2base64(text, len * 2 + 8, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return text;
}

/* base58btc of bytes that do not begin with 0 */
static void base58(char *out, const uint8_t *bytes, size_t len)
{
    static const char letter[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    uint8_t digit[64] = {0};
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned carry = bytes[i];
        for (size_t k = 0; k < n; k++) {
            carry += digit[k] * 256U;
            digit[k] = (uint8_t)(carry % 58);
            carry /= 58;
        }
        for (; carry; carry /= 58)
            digit[n++] = (uint8_t)(carry % 58);
    }
    for (size_t k = 0; k < n; k++)
        out[k] = letter[digit[n - 1 - k]];
    out[n] = '\0';
}

void signer_init(struct signer *signer, uint8_t seed)
{
    uint8_t seeds[32], key[34] = {0xed, 0x01};
    memset(seeds, seed, sizeof seeds);
    assert_true(sodium_init() >= 0);
    assert_int_equal(crypto_sign_seed_keypair(key + 2, signer->secret, seeds), 0);
    signer->multikey[0] = 'z';
    base58(signer->multikey + 1, key, sizeof key);
    snprintf(signer->did, sizeof signer->did, "did:key:%s", signer->multikey);
    char *x = signer_base64url(key + 2, 32);
    snprintf(signer->jwk, sizeof signer->jwk, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}", x);
    free(x);
}

static char *replace(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    return signer_text("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static const struct badge_json_value *item(const struct badge_json_value *list, size_t i)
{
    return badge_json_is(list, BADGE_JSON_ARRAY) ? badge_json_at(list, i, NULL) : i == 0 ? list : NULL;
}

static const struct badge_json_value *previous_of(struct badge_arena *arena, const struct badge_json_value *proofs,
                                                  const struct badge_json_value *proof)
{
    const struct badge_json_value *named = badge_json_member(proof, "previousProof"), *one, *id;
    size_t n = badge_json_is(named, BADGE_JSON_ARRAY) ? badge_json_count(named) : 1;
    struct badge_text text, other;
    if (!named)
        return NULL;
    struct badge_json_value *list = core_json_array(arena, n);
    for (size_t i = 0; (id = item(named, i)); i++)
        for (size_t k = 0; (one = item(proofs, k)); k++)
            if (badge_json_string(id, &text) && badge_json_string(badge_json_member(one, "id"), &other) &&
                text.len == other.len && memcmp(text.bytes, other.bytes, text.len) == 0)
                core_json_set(list, i, one);
    return list;
}

char *signer_sign(const struct signer *signer, struct badge_jsonld *processor, char *text, const char *mark)
{
    static const char place[] =
        "uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const struct badge_json_value *document, *proof;
    struct data_integrity read;
    struct badge_arena arena;
    uint8_t signature[64];
    char *with_place = replace(text, mark, place);
    badge_arena_init(&arena, (size_t)16 << 20);
    assert_int_equal(badge_json_parse(&document, &arena, with_place, strlen(with_place), NULL), BADGE_OK);
    const struct badge_json_value *proofs = badge_json_member(document, "proof");
    size_t i = 0;
    while ((proof = item(proofs, i)) && !badge_json_equals(badge_json_member(proof, "proofValue"), place))
        i++;
    assert_non_null(proof);
    struct secured secured = {
        .arena = &arena,
        .processor = processor,
        .document = document,
        .is_presentation = badge_json_equals(badge_json_member(proof, "proofPurpose"), "authentication")};
    assert_int_equal(data_integrity_read(&read, &secured, proof, previous_of(&arena, proofs, proof), NULL), BADGE_OK);
    if (read.code)
        fail_msg("%s: %s: %s", with_place, read.code, read.detail);
    crypto_sign_detached(signature, NULL, (const uint8_t *)read.message.bytes, read.message.len, signer->secret);
    char *value = signer_base64url(signature, sizeof signature), *multibase = signer_text("u%s", value);
    char *out = replace(text, mark, multibase);
    badge_arena_release(&arena);
    free(multibase);
    free(value);
    free(with_place);
    free(text);
    return out;
}

char *signer_token(const struct signer *signer, const char *header, const char *payload)
{
    uint8_t signature[64];
    char *h = signer_base64url(header, strlen(header)), *p = signer_base64url(payload, strlen(payload));
    char *input = signer_text("%s.%s", h, p);
    crypto_sign_detached(signature, NULL, (const uint8_t *)input, strlen(input), signer->secret);
    char *s = signer_base64url(signature, sizeof signature), *token = signer_text("%s.%s", input, s);
    free(h);
    free(p);
    free(s);
    free(input);
    return token;
}
