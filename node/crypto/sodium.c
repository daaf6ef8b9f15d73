/*
 * Ed25519 by libsodium, which verifies some two times faster than OpenSSL.
 */
#include <sodium.h>

#include "core/format.h"
#include "crypto/crypto.h"

enum badge_status crypto_ed25519(bool *holds, const struct crypto_signed *what, struct badge_err *err)
{
    if (sodium_init() < 0) /* once per process; later calls return at once */
        return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET, "libsodium can't be initialized");
    *holds = crypto_sign_verify_detached((const uint8_t *)what->signature.bytes, (const uint8_t *)what->message.bytes,
                                         what->message.len, what->key->bytes) == 0;
    return BADGE_OK;
}
