/*
 * What both hash backends share: the one-shot SHA-256, HMAC-SHA256 (RFC 2104) with its key states computed once,
 * comparison and wiping. Needs only badge_sha256_init/update/final, from either backend.
 */
#include <string.h>

#include "badge/hash.h"

#define BLOCK_LEN 64

void badge_sha256(struct badge_hash *out, const void *data, size_t len)
{
    struct badge_sha256 ctx;
    badge_sha256_init(&ctx);
    badge_sha256_update(&ctx, data, len);
    badge_sha256_final(&ctx, out);
}

void badge_hmac_init(struct badge_hmac *key, const void *secret, size_t len)
{
    uint8_t block[BLOCK_LEN] = {0};
    if (len > BLOCK_LEN) {
        struct badge_sha256 ctx;
        struct badge_hash hashed;
        badge_sha256_init(&ctx);
        badge_sha256_update(&ctx, secret, len);
        badge_sha256_final(&ctx, &hashed);
        memcpy(block, hashed.b, sizeof hashed.b);
        badge_wipe(&hashed, sizeof hashed);
        badge_wipe(&ctx, sizeof ctx);
    } else if (len > 0) {
        memcpy(block, secret, len);
    }

    for (size_t i = 0; i < BLOCK_LEN; i++)
        block[i] ^= 0x36;
    badge_sha256_init(&key->inner);
    badge_sha256_update(&key->inner, block, sizeof block);
    for (size_t i = 0; i < BLOCK_LEN; i++)
        block[i] ^= 0x36 ^ 0x5c;
    badge_sha256_init(&key->outer);
    badge_sha256_update(&key->outer, block, sizeof block);
    badge_wipe(block, sizeof block);
}

void badge_hmac_sha256(struct badge_hash *out, const struct badge_hmac *key, const void *data, size_t len)
{
    struct badge_sha256 ctx = key->inner;
    badge_sha256_update(&ctx, data, len);
    badge_sha256_final(&ctx, out);
    ctx = key->outer;
    badge_sha256_update(&ctx, out->b, sizeof out->b);
    badge_sha256_final(&ctx, out);
    badge_wipe(&ctx, sizeof ctx); /* anyone who has the key's states can compute salts */
}

int badge_hash_compare(const struct badge_hash *a, const struct badge_hash *b)
{
    return memcmp(a->b, b->b, sizeof a->b);
}

bool badge_equal_secret(const void *a, const void *b, size_t len)
{
    const volatile uint8_t *x = a, *y = b;
    uint8_t difference = 0;
    for (size_t i = 0; i < len; i++)
        difference |= x[i] ^ y[i];
    return difference == 0;
}

void badge_wipe(void *secret, size_t len)
{
    if (len > 0)
        memset(secret, 0, len);
    /* The compiler must assume that the zeros are read. */
    __asm__ __volatile__("" : : "r"(secret) : "memory");
}
