/*
 * badge_signature_verify(): the one door to the libraries that verify signatures of issuers.
 */
#include "core/format.h"
#include "crypto/crypto.h"

enum badge_status badge_signature_verify(bool *holds, enum badge_signature_algorithm algorithm,
                                         const struct badge_public_key *key, struct badge_text message,
                                         struct badge_text signature, struct badge_err *err)
{
    const struct crypto_signed what = {algorithm, key, message, signature};
    *holds = false;
    if (!badge_signature_is_plausible(algorithm, key, signature))
        return BADGE_OK;
    switch (algorithm) {
    case BADGE_SIGNATURE_ED25519:
        return crypto_ed25519(holds, &what, err);
    case BADGE_SIGNATURE_ES256:
    case BADGE_SIGNATURE_ES384:
        return crypto_ecdsa(holds, &what, err);
    case BADGE_SIGNATURE_ES256K:
        return crypto_secp256k1(holds, &what, err);
    case BADGE_SIGNATURE_RS256:
    case BADGE_SIGNATURE_PS256:
        return crypto_rsa(holds, &what, err);
    }
    return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET, "an algorithm that is not known here");
}
