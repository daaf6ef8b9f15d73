/*
 * Signs credentials in tests, with Ed25519 keys made of one byte. Link `signer`.
 */
#ifndef BADGE_TESTS_SIGNER_H
#define BADGE_TESTS_SIGNER_H

#include "badge/jsonld.h"

struct signer {
    uint8_t secret[64];
    char multikey[64]; /* "z6Mk…" */
    char did[80];      /* "did:key:z6Mk…" */
    char jwk[160];     /* as JSON */
};
void signer_init(struct signer *signer, uint8_t seed);

/*
 * A text with the one of its proofs signed whose proofValue is the mark, such as "@1"; the proofs that it names by
 * previousProof are signed already. Both texts are malloc()ed; the given one is freed.
 */
char *signer_sign(const struct signer *signer, struct badge_jsonld *processor, char *text, const char *mark);
/* A compact JWS; malloc()ed. */
char *signer_token(const struct signer *signer, const char *header, const char *payload);
/* Base64url, malloc()ed. */
char *signer_base64url(const void *bytes, size_t len);
/* printf() into malloc()ed memory. */
char *signer_text(const char *format, ...) BADGE_PRINTF(1, 2);

#endif
