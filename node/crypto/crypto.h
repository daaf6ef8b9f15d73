/*
 * The libraries behind badge_signature_verify(), one a file. Key and signature have passed
 * badge_signature_is_plausible(). Any thread may call them.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "badge/signature.h"

struct crypto_signed {
    enum badge_signature_algorithm algorithm;
    const struct badge_public_key *key;
    struct badge_text message, signature;
};

/* errors    BADGE_EUNSUPPORTED: the library lacks it; BADGE_ENOMEM */
enum badge_status crypto_ed25519(bool *holds, const struct crypto_signed *what, struct badge_err *err) BADGE_CHECKED;
enum badge_status crypto_ecdsa(bool *holds, const struct crypto_signed *what, struct badge_err *err) BADGE_CHECKED;
enum badge_status crypto_rsa(bool *holds, const struct crypto_signed *what, struct badge_err *err) BADGE_CHECKED;
enum badge_status crypto_secp256k1(bool *holds, const struct crypto_signed *what, struct badge_err *err) BADGE_CHECKED;

#endif
