/*
 * What the readers of keys and badge_signature_is_plausible() share.
 */
#ifndef PROOF_KEY_H
#define PROOF_KEY_H

#include "badge/signature.h"

/*
 * BADGE_OK: lengths, and numbers within their bounds. A point is not checked to be on its curve.
 * errors    BADGE_ETYPE: it is not a key; BADGE_EUNSUPPORTED: RSA beyond the bounds of badge/signature.h, or a key
 * whose private half can be computed
 */
enum badge_status key_check(const struct badge_public_key *key, struct badge_err *err) BADGE_CHECKED;
/* Takes the modulus of an RSA key, big-endian, and its exponent. errors    as above */
enum badge_status key_take_rsa(struct badge_public_key *out, struct badge_text modulus, struct badge_text exponent,
                               struct badge_err *err) BADGE_CHECKED;

#endif
