/*
 * Keys as JSON Web Keys (RFC 7517; RFC 7518 section 6; RFC 8037; RFC 8812).
 */
#include <string.h>

#include "core/compiler.h"
#include "core/format.h"
#include "proof/key.h"
#include "proof/multibase.h"

#define MAX_NUMBER (BADGE_KEY_MAX_LEN + 1) /* some write a zero byte before the modulus */

static bool read_member(uint8_t *out, size_t *len, size_t capacity, const struct badge_json_value *jwk,
                        const char *name)
{
    struct badge_text text;
    return badge_json_string(badge_json_member(jwk, name), &text) && multibase_base64url(out, len, capacity, text);
}

/* A member of a private key, or the whole of a secret one: the document's author has given the key away. */
static bool has_secret(const struct badge_json_value *jwk)
{
    static const char *const secret[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
    for (size_t i = 0; i < ARRAY_LEN(secret); i++)
        if (badge_json_member(jwk, secret[i]))
            return true;
    return false;
}

/* RFC 7517 sections 4.2, 4.3: what it does not say it may do. */
static bool may_verify(const struct badge_json_value *jwk)
{
    const struct badge_json_value *use = badge_json_member(jwk, "use"), *ops = badge_json_member(jwk, "key_ops");
    return (!use || badge_json_equals(use, "sig")) &&
           (!ops || (badge_json_is(ops, BADGE_JSON_ARRAY) && badge_json_includes(ops, "verify")));
}

static enum badge_status malformed(struct badge_err *err, const char *name)
{
    return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "the %s of its JWK is not base64url of the right length",
                      name);
}

static enum badge_status read_okp(struct badge_public_key *out, const struct badge_json_value *jwk,
                                  struct badge_err *err)
{
    if (!badge_json_equals(badge_json_member(jwk, "crv"), "Ed25519"))
        return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET, "a JWK of a curve that is not verified here");
    out->type = BADGE_KEY_ED25519;
    if (!read_member(out->bytes, &out->len, 32, jwk, "x") || out->len != 32)
        return malformed(err, "x");
    return key_check(out, err);
}

static enum badge_status read_ec(struct badge_public_key *out, const struct badge_json_value *jwk,
                                 struct badge_err *err)
{
    static const struct {
        const char *name;
        enum badge_key_type type;
        size_t len;
    } curve[] = {{"P-256", BADGE_KEY_P256, 32}, {"P-384", BADGE_KEY_P384, 48}, {"secp256k1", BADGE_KEY_SECP256K1, 32}};
    for (size_t i = 0; i < ARRAY_LEN(curve); i++) {
        size_t len = curve[i].len, read;
        if (!badge_json_equals(badge_json_member(jwk, "crv"), curve[i].name))
            continue;
        out->type = curve[i].type;
        out->len = 1 + 2 * len;
        out->bytes[0] = 4;
        if (!read_member(out->bytes + 1, &read, len, jwk, "x") || read != len)
            return malformed(err, "x");
        if (!read_member(out->bytes + 1 + len, &read, len, jwk, "y") || read != len)
            return malformed(err, "y");
        return key_check(out, err);
    }
    return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET, "a JWK of a curve that is not verified here");
}

static enum badge_status read_rsa(struct badge_public_key *out, const struct badge_json_value *jwk,
                                  struct badge_err *err)
{
    uint8_t modulus[MAX_NUMBER], exponent[8];
    size_t modulus_len, exponent_len;
    if (!read_member(modulus, &modulus_len, sizeof modulus, jwk, "n"))
        return malformed(err, "n");
    if (!read_member(exponent, &exponent_len, sizeof exponent, jwk, "e"))
        return malformed(err, "e");
    return key_take_rsa(out, (struct badge_text){(const char *)modulus, modulus_len},
                        (struct badge_text){(const char *)exponent, exponent_len}, err);
}

static enum badge_status read_jwk(struct badge_public_key *out, const struct badge_json_value *jwk,
                                  struct badge_err *err)
{
    const struct badge_json_value *kty = badge_json_member(jwk, "kty");
    if (!badge_json_is(jwk, BADGE_JSON_OBJECT) || !badge_json_is(kty, BADGE_JSON_STRING))
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "its key is no JWK");
    if (has_secret(jwk))
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "its JWK has a private or secret key in it");
    if (!may_verify(jwk))
        return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET, "its JWK is not for signatures");
    if (badge_json_equals(kty, "OKP"))
        return read_okp(out, jwk, err);
    if (badge_json_equals(kty, "EC"))
        return read_ec(out, jwk, err);
    if (badge_json_equals(kty, "RSA"))
        return read_rsa(out, jwk, err);
    return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET, "a JWK of a kind that is not verified here");
}

enum badge_status badge_key_from_jwk(struct badge_public_key *out, const struct badge_json_value *jwk,
                                     struct badge_err *err)
{
    *out = (struct badge_public_key){0};
    enum badge_status status = read_jwk(out, jwk, err);
    if (status != BADGE_OK)
        *out = (struct badge_public_key){0};
    return status;
}
