/*
 * SHA-256 and SHA-384 (FIPS 180-4), HMAC-SHA256 (RFC 2104) and keccak-256 (the hash of Ethereum: Keccak with 0x01
 * padding, not FIPS 202's SHA3-256).
 *
 * One interface, two implementations chosen at link time: portable C for WebAssembly and fuzzers, nettle elsewhere.
 * No function here fails or allocates. Contexts are plain values: copying one copies its state.
 */
#ifndef BADGE_HASH_H
#define BADGE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "badge/status.h"

struct badge_hash {
    uint8_t b[32];
};

struct badge_sha256 {
    uint64_t opaque[16];
};

BADGE_API void badge_sha256_init(struct badge_sha256 *ctx);
BADGE_API void badge_sha256_update(struct badge_sha256 *ctx, const void *data, size_t len);
BADGE_API void badge_sha256_final(struct badge_sha256 *ctx, struct badge_hash *out);
BADGE_API void badge_sha256(struct badge_hash *out, const void *data, size_t len);

#define BADGE_SHA384_LEN 48
BADGE_API void badge_sha384(uint8_t out[BADGE_SHA384_LEN], const void *data, size_t len);

/* An HMAC key, prepared once for many messages. Secret: wipe it with badge_wipe(). */
struct badge_hmac {
    struct badge_sha256 inner, outer;
};

BADGE_API void badge_hmac_init(struct badge_hmac *key, const void *secret, size_t len);
BADGE_API void badge_hmac_sha256(struct badge_hash *out, const struct badge_hmac *key, const void *data, size_t len);

BADGE_API void badge_keccak256(struct badge_hash *out, const void *data, size_t len);

/* For public values only: its time depends on them. <0, 0, >0 like memcmp. */
BADGE_API int badge_hash_compare(const struct badge_hash *a, const struct badge_hash *b);

/* Compares secrets in constant time: it depends on len alone. */
BADGE_API bool badge_equal_secret(const void *a, const void *b, size_t len);
/* A memset to zero that compilers do not optimize away. */
BADGE_API void badge_wipe(void *secret, size_t len);

#endif
