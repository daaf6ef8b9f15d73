/*
 * ES256K by libsecp256k1. Its static context is enough: verification needs no blinding.
 */
#include <secp256k1.h>

#include "badge/hash.h"
#include "crypto/crypto.h"

enum badge_status crypto_secp256k1(bool *holds, const struct crypto_signed *what, struct badge_err *err)
{
    secp256k1_pubkey key;
    secp256k1_ecdsa_signature signature;
    struct badge_hash hash;
    (void)err;
    badge_sha256(&hash, what->message.bytes, what->message.len);
    *holds = false;
    if (secp256k1_ec_pubkey_parse(secp256k1_context_static, &key, what->key->bytes, what->key->len) &&
        secp256k1_ecdsa_signature_parse_compact(secp256k1_context_static, &signature,
                                                (const uint8_t *)what->signature.bytes)) {
        /* RFC 8812 allows both s and n − s; the library verifies the lower one only. */
        (void)secp256k1_ecdsa_signature_normalize(secp256k1_context_static, &signature, &signature);
        *holds = secp256k1_ecdsa_verify(secp256k1_context_static, &signature, hash.b, &key) == 1;
    }
    return BADGE_OK;
}
