/*
 * keccak-256 in portable C: Keccak[c = 512] of the Keccak reference, version 3, with its original padding, as Ethereum
 * uses it. For WebAssembly, fuzzers and any build without nettle; linked in place of the nettle backend.
 */
#include <string.h>

#include "badge/hash.h"

#define RATE 136 /* bytes of a block: 200 − 2 × 32 */

static const uint64_t round_constant[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

static uint64_t rotate_left(uint64_t x, unsigned n)
{
    return n == 0 ? x : x << n | x >> (64 - n);
}

/* Keccak-f[1600]; lane (x, y) is a[x + 5 * y]. */
static void permute(uint64_t a[25])
{
    for (size_t round = 0; round < 24; round++) {
        /* theta: each column takes up the parity of two neighbours */
        uint64_t parity[5];
        for (size_t x = 0; x < 5; x++)
            parity[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (size_t x = 0; x < 5; x++) {
            uint64_t d = parity[(x + 4) % 5] ^ rotate_left(parity[(x + 1) % 5], 1);
            for (size_t y = 0; y < 5; y++)
                a[x + 5 * y] ^= d;
        }
        /* rho and pi: lanes turn by the triangular numbers and move along (x, y) → (y, 2x + 3y) */
        size_t x = 1, y = 0;
        uint64_t lane = a[x + 5 * y];
        for (unsigned t = 0; t < 24; t++) {
            size_t next_y = (2 * x + 3 * y) % 5;
            x = y;
            y = next_y;
            uint64_t displaced = a[x + 5 * y];
            a[x + 5 * y] = rotate_left(lane, (t + 1) * (t + 2) / 2 % 64);
            lane = displaced;
        }
        /* chi: the only step that is not linear */
        for (size_t row = 0; row < 25; row += 5) {
            uint64_t b[5];
            memcpy(b, a + row, sizeof b);
            for (size_t i = 0; i < 5; i++)
                a[row + i] = b[i] ^ (~b[(i + 1) % 5] & b[(i + 2) % 5]);
        }
        a[0] ^= round_constant[round];
    }
}

static void absorb(uint64_t a[25], const uint8_t block[RATE])
{
    for (size_t i = 0; i < RATE; i++)
        a[i / 8] ^= (uint64_t)block[i] << (8 * (i % 8));
    permute(a);
}

void badge_keccak256(struct badge_hash *out, const void *data, size_t len)
{
    uint64_t a[25] = {0};
    uint8_t last[RATE] = {0};
    const uint8_t *bytes = data;

    for (; len >= RATE; bytes += RATE, len -= RATE)
        absorb(a, bytes);
    if (len > 0)
        memcpy(last, bytes, len);
    last[len] = 0x01;
    last[RATE - 1] |= 0x80;
    absorb(a, last);
    for (size_t i = 0; i < sizeof out->b; i++)
        out->b[i] = (uint8_t)(a[i / 8] >> (8 * (i % 8)));
}
