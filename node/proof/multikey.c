/*
 * Keys in multibase and multicodec: a Multikey's publicKeyMultibase, did:key; and did:jwk.
 */
#include <string.h>

#include "core/compiler.h"
#include "core/format.h"
#include "core/text.h"
#include "proof/key.h"
#include "proof/multibase.h"

#define MAX_ENCODED (BADGE_KEY_MAX_LEN + 32) /* an RSA key with its prefix and tags */

/* Multicodec: an unsigned varint before the key (the registry's `key` codes). */
struct codec {
    uint8_t prefix[2];
    enum badge_key_type type; /* BADGE_KEY_NONE: known, but it signs nothing that is verified here */
    const char *name;
};

static const struct codec codecs[] = {
    {{0xed, 0x01}, BADGE_KEY_ED25519, "Ed25519"}, {{0x80, 0x24}, BADGE_KEY_P256, "P-256"},
    {{0x81, 0x24}, BADGE_KEY_P384, "P-384"},      {{0xe7, 0x01}, BADGE_KEY_SECP256K1, "secp256k1"},
    {{0x85, 0x24}, BADGE_KEY_RSA, "RSA"},         {{0xec, 0x01}, BADGE_KEY_NONE, "X25519"},
    {{0x82, 0x24}, BADGE_KEY_NONE, "P-521"},      {{0xeb, 0x01}, BADGE_KEY_NONE, "BLS12-381"},
};

/* Takes a DER element with this tag (X.690; lengths in their shortest form). False: there is none. */
static bool take_der(struct badge_text *out, struct badge_text *rest, uint8_t tag)
{
    const uint8_t *bytes = (const uint8_t *)rest->bytes;
    if (rest->len < 2 || bytes[0] != tag)
        return false;
    size_t n = bytes[1], head = 2;
    if (n >= 0x80) {
        size_t n_octets = n & 0x7f;
        if (n_octets < 1 || n_octets > 2 || rest->len < 2 + n_octets)
            return false;
        n = n_octets == 1 ? bytes[2] : (size_t)bytes[2] << 8 | bytes[3];
        head += n_octets;
        if (n < (n_octets == 1 ? 0x80U : 0x100U))
            return false;
    }
    if (n > rest->len - head)
        return false;
    *out = (struct badge_text){rest->bytes + head, n};
    *rest = (struct badge_text){rest->bytes + head + n, rest->len - head - n};
    return true;
}

/* RSAPublicKey (RFC 8017 appendix A.1.1): a sequence of two integers, none of them negative. */
static enum badge_status read_rsa(struct badge_public_key *out, struct badge_text der, struct badge_err *err)
{
    struct badge_text sequence, modulus, exponent;
    if (!take_der(&sequence, &der, 0x30) || der.len > 0 || !take_der(&modulus, &sequence, 0x02) ||
        !take_der(&exponent, &sequence, 0x02) || sequence.len > 0 || modulus.len == 0 || exponent.len == 0 ||
        (uint8_t)*modulus.bytes & 0x80 || (uint8_t)*exponent.bytes & 0x80)
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "its RSA key is not well-formed");
    return key_take_rsa(out, modulus, exponent, err);
}

static enum badge_status read_multikey(struct badge_public_key *out, struct badge_text bytes, struct badge_err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(codecs); i++) {
        const struct codec *codec = &codecs[i];
        struct badge_text key = {bytes.bytes + sizeof codec->prefix, bytes.len - sizeof codec->prefix};
        if (memcmp(bytes.bytes, codec->prefix, sizeof codec->prefix) != 0)
            continue;
        if (codec->type == BADGE_KEY_NONE)
            return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET, "a %s key, which is not verified here",
                              codec->name);
        if (codec->type == BADGE_KEY_RSA)
            return read_rsa(out, key, err);
        if (key.len > sizeof out->bytes)
            return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "its key is too long");
        out->type = codec->type;
        out->len = key.len;
        memcpy(out->bytes, key.bytes, key.len);
        return key_check(out, err);
    }
    return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET, "a kind of key that is not known here");
}

enum badge_status badge_key_from_multikey(struct badge_public_key *out, bool *is_base64url, struct badge_text multibase,
                                          struct badge_err *err)
{
    char bytes[MAX_ENCODED];
    size_t len;
    *out = (struct badge_public_key){0};
    if (!multibase_decode(bytes, &len, sizeof bytes, is_base64url, multibase) || len < sizeof codecs[0].prefix)
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "its key is not in multibase");
    enum badge_status status = read_multikey(out, (struct badge_text){bytes, len}, err);
    if (status != BADGE_OK)
        *out = (struct badge_public_key){0};
    return status;
}

/* -- DIDs that are keys -------------------------------------------------------------------------------------------- */

#define MAX_DID_JWK 6144 /* of its base64url */
#define JWK_ARENA ((size_t)256 << 10)

static enum badge_status read_did_jwk(struct badge_public_key *out, struct badge_text encoded, struct badge_err *err)
{
    char json[MAX_DID_JWK / 4 * 3];
    size_t len;
    const struct badge_json_value *jwk;
    struct badge_arena arena;
    if (!multibase_base64url(json, &len, sizeof json, encoded))
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "its did:jwk is not in base64url, or too long");
    badge_arena_init(&arena, JWK_ARENA);
    enum badge_status status = badge_json_parse(&jwk, &arena, json, len, err);
    if (status == BADGE_OK)
        status = badge_key_from_jwk(out, jwk, err);
    else if (status != BADGE_ENOMEM)
        status = BADGE_ETYPE;
    badge_arena_release(&arena);
    return status;
}

enum badge_status badge_key_from_did(struct badge_public_key *out, struct badge_text did_or_url, struct badge_err *err)
{
    const char *hash = did_or_url.len > 0 ? memchr(did_or_url.bytes, '#', did_or_url.len) : NULL;
    struct badge_text fragment = {"", 0}, rest = did_or_url;
    bool is_base64url;
    *out = (struct badge_public_key){0};
    if (hash) {
        rest.len = (size_t)(hash - did_or_url.bytes);
        fragment = (struct badge_text){hash + 1, did_or_url.len - rest.len - 1};
    }
    if (core_text_skip(&rest, "did:jwk:")) {
        if (hash && !core_text_is(fragment, "0"))
            return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "a did:jwk has no key but #0");
        return read_did_jwk(out, rest, err);
    }
    if (!core_text_skip(&rest, "did:key:"))
        return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET, "it is not a did:key or did:jwk");
    if (hash && !core_text_equal(fragment, rest))
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "its method is not the key of its did:key");
    enum badge_status status = badge_key_from_multikey(out, &is_base64url, rest, err);
    if (status == BADGE_OK && is_base64url) {
        *out = (struct badge_public_key){0};
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "a did:key has its key in base58btc");
    }
    return status;
}
