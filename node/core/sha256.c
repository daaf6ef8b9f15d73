/*
 * SHA-256 (FIPS 180-4) in portable C, for WebAssembly, fuzzers and any build without nettle. Linked in place of the
 * nettle backend, never beside it; both keep their state in the opaque words of struct badge_sha256.
 */
#include <string.h>

#include "badge/hash.h"

#define BLOCK_LEN 64

/* may_alias: the memory is a struct badge_sha256 of the caller. */
struct __attribute__((may_alias)) sha256_state {
    uint32_t h[8];
    uint64_t len; /* bytes so far */
    uint8_t block[BLOCK_LEN];
};
_Static_assert(sizeof(struct sha256_state) <= sizeof(struct badge_sha256), "the state fits its opaque words");

/* FIPS 180-4 section 4.2.2: the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t round_constant[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate_right(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static uint32_t load_be32(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void store_be32(uint8_t *b, uint32_t x)
{
    b[0] = (uint8_t)(x >> 24);
    b[1] = (uint8_t)(x >> 16);
    b[2] = (uint8_t)(x >> 8);
    b[3] = (uint8_t)x;
}

/* FIPS 180-4 section 6.2.2, over one block. */
static void compress(uint32_t h[8], const uint8_t *block)
{
    uint32_t w[64];
    for (size_t t = 0; t < 16; t++)
        w[t] = load_be32(block + 4 * t);
    for (size_t t = 16; t < 64; t++) {
        uint32_t s0 = rotate_right(w[t - 15], 7) ^ rotate_right(w[t - 15], 18) ^ w[t - 15] >> 3;
        uint32_t s1 = rotate_right(w[t - 2], 17) ^ rotate_right(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }

    uint32_t v[8]; /* the working variables a to h */
    memcpy(v, h, sizeof v);
    for (size_t t = 0; t < 64; t++) {
        uint32_t sum1 = rotate_right(v[4], 6) ^ rotate_right(v[4], 11) ^ rotate_right(v[4], 25);
        uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t t1 = v[7] + sum1 + choice + round_constant[t] + w[t];
        uint32_t sum0 = rotate_right(v[0], 2) ^ rotate_right(v[0], 13) ^ rotate_right(v[0], 22);
        uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += t1;
        v[0] = t1 + sum0 + majority;
    }
    for (size_t i = 0; i < 8; i++)
        h[i] += v[i];
}

void badge_sha256_init(struct badge_sha256 *ctx)
{
    /* FIPS 180-4 section 5.3.3: the fractional parts of the square roots of the first eight primes. */
    static const uint32_t initial[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    struct sha256_state *state = (struct sha256_state *)ctx;
    memset(ctx, 0, sizeof *ctx);
    memcpy(state->h, initial, sizeof initial);
}

void badge_sha256_update(struct badge_sha256 *ctx, const void *data, size_t len)
{
    struct sha256_state *state = (struct sha256_state *)ctx;
    const uint8_t *bytes = data;
    size_t held = state->len % BLOCK_LEN;

    state->len += len;
    if (held > 0) {
        size_t space = BLOCK_LEN - held;
        size_t n = len < space ? len : space;
        if (n > 0)
            memcpy(state->block + held, bytes, n);
        if (n < space)
            return;
        compress(state->h, state->block);
        bytes += n;
        len -= n;
    }
    for (; len >= BLOCK_LEN; bytes += BLOCK_LEN, len -= BLOCK_LEN)
        compress(state->h, bytes);
    if (len > 0)
        memcpy(state->block, bytes, len);
}

void badge_sha256_final(struct badge_sha256 *ctx, struct badge_hash *out)
{
    struct sha256_state *state = (struct sha256_state *)ctx;
    size_t held = state->len % BLOCK_LEN;
    uint64_t n_bits = state->len * 8;

    state->block[held++] = 0x80;
    if (held > BLOCK_LEN - 8) {
        memset(state->block + held, 0, BLOCK_LEN - held);
        compress(state->h, state->block);
        held = 0;
    }
    memset(state->block + held, 0, BLOCK_LEN - 8 - held);
    store_be32(state->block + BLOCK_LEN - 8, (uint32_t)(n_bits >> 32));
    store_be32(state->block + BLOCK_LEN - 4, (uint32_t)n_bits);
    compress(state->h, state->block);
    for (size_t i = 0; i < 8; i++)
        store_be32(out->b + 4 * i, state->h[i]);
}
