/*
 * Public keys and signatures as bytes: which key, which algorithm, what was signed. libbadge decides all of this
 * (badge/proof.h); the mathematics is done by libsodium, OpenSSL and libsecp256k1 behind badge_signature_verify(), or
 * by WebCrypto in a browser.
 */
#ifndef BADGE_SIGNATURE_H
#define BADGE_SIGNATURE_H

#include <stdbool.h>
#include <stdint.h>

#include "badge/json.h"

enum badge_key_type {
    BADGE_KEY_NONE,
    BADGE_KEY_ED25519, /* 32 bytes (RFC 8032) */
    BADGE_KEY_P256,    /* a point as in SEC 1: 02 or 03 and x, or 04, x and y */
    BADGE_KEY_P384,
    BADGE_KEY_SECP256K1,
    BADGE_KEY_RSA, /* the modulus, big-endian without leading zeros; from 2048 to 8192 bits */
};

#define BADGE_KEY_MAX_LEN 1024
#define BADGE_SIGNATURE_MAX_LEN 1024

struct badge_public_key {
    enum badge_key_type type;
    uint8_t bytes[BADGE_KEY_MAX_LEN];
    size_t len;
    uint32_t exponent; /* of RSA: odd, from 3 */
};

enum badge_signature_algorithm {
    BADGE_SIGNATURE_ED25519, /* RFC 8032, pure */
    BADGE_SIGNATURE_ES256,   /* ECDSA, r ‖ s (RFC 7518 section 3.4): P-256 and SHA-256 */
    BADGE_SIGNATURE_ES384,   /* P-384 and SHA-384 */
    BADGE_SIGNATURE_ES256K,  /* secp256k1 and SHA-256 (RFC 8812) */
    BADGE_SIGNATURE_RS256,   /* RSASSA-PKCS1-v1_5 with SHA-256 */
    BADGE_SIGNATURE_PS256,   /* RSASSA-PSS with SHA-256, salt of 32 bytes (RFC 7518 section 3.5) */
};

/* "EdDSA" "ES256" … as in JOSE. */
BADGE_API const char *badge_signature_algorithm_name(enum badge_signature_algorithm algorithm);

/*
 * Whether a signature and key may be passed to the mathematics at all: key type and lengths fit the algorithm; of
 * Ed25519, S is below the group's order, A is canonical, neither A nor R of small order; of ECDSA, r and s are within
 * the order and not 0. False: the signature is not good, or the key is not one. Pure.
 */
BADGE_API bool badge_signature_is_plausible(enum badge_signature_algorithm algorithm,
                                            const struct badge_public_key *key, struct badge_text signature);

/*
 * Whether the signature of the message holds; calls badge_signature_is_plausible() first. In libbadge, not in its core.
 * errors    BADGE_EUNSUPPORTED: the library that it needs does not have the algorithm; BADGE_ENOMEM
 */
BADGE_API enum badge_status badge_signature_verify(bool *holds, enum badge_signature_algorithm algorithm,
                                                   const struct badge_public_key *key, struct badge_text message,
                                                   struct badge_text signature, struct badge_err *err) BADGE_CHECKED;

/*
 * Reads a key. errors    BADGE_ETYPE: not well-formed; BADGE_EUNSUPPORTED: another kind of key, or an RSA modulus
 * beyond its bounds
 */
/* Multibase and multicodec, as in a Multikey's publicKeyMultibase or after did:key: (z…, base58btc; u…, base64url,
 * which sets *is_base64url). */
BADGE_API enum badge_status badge_key_from_multikey(struct badge_public_key *out, bool *is_base64url,
                                                    struct badge_text multibase, struct badge_err *err) BADGE_CHECKED;
/* A JWK (RFC 7517, 8037), already parsed. A private key in it (`d`) is an error. */
BADGE_API enum badge_status badge_key_from_jwk(struct badge_public_key *out, const struct badge_json_value *jwk,
                                               struct badge_err *err) BADGE_CHECKED;
/* did:key and did:jwk; the fragment that follows, if any, has to name the DID's own key. BADGE_EUNSUPPORTED also: it is
 * another DID; BADGE_ENOMEM */
BADGE_API enum badge_status badge_key_from_did(struct badge_public_key *out, struct badge_text did_or_url,
                                               struct badge_err *err) BADGE_CHECKED;
/* Whether two keys are the same. A compressed point equals the whole one with its x and the parity of its y. */
BADGE_API bool badge_key_equal(const struct badge_public_key *a, const struct badge_public_key *b);

#endif
