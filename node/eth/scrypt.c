/*
 * scrypt, RFC 7914: the slow, memory-hard step between a passphrase and a keystore's key. Called only by keystore.c, on
 * a thread that may block for a second.
 *
 * Invariant: everything derived from the passphrase is in one mapping that is left out of core dumps; the kernel zeroes
 * its pages before it reuses them, so it is not wiped here (it may be a gigabyte).
 */
#include "eth/scrypt.h"

#include <openssl/evp.h>
#include <string.h>
#include <sys/mman.h>

#define SALSA_WORDS 16 /* a 64-byte block */

static inline uint32_t rotate(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static inline void quarter(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
    x[b] ^= rotate(x[a] + x[d], 7);
    x[c] ^= rotate(x[b] + x[a], 9);
    x[d] ^= rotate(x[c] + x[b], 13);
    x[a] ^= rotate(x[d] + x[c], 18);
}

/* RFC 7914 section 3: Salsa20/8. */
static void salsa20_8(uint32_t b[SALSA_WORDS])
{
    uint32_t x[SALSA_WORDS];
    memcpy(x, b, sizeof x);
    for (int round = 0; round < 8; round += 2) {
        quarter(x, 0, 4, 8, 12);
        quarter(x, 5, 9, 13, 1);
        quarter(x, 10, 14, 2, 6);
        quarter(x, 15, 3, 7, 11);
        quarter(x, 0, 1, 2, 3);
        quarter(x, 5, 6, 7, 4);
        quarter(x, 10, 11, 8, 9);
        quarter(x, 15, 12, 13, 14);
    }
    for (size_t i = 0; i < SALSA_WORDS; i++)
        b[i] += x[i];
}

/* RFC 7914 section 4: scryptBlockMix; even blocks go to the first half, odd ones to the second. */
static void block_mix(uint32_t *out, const uint32_t *in, size_t r)
{
    uint32_t x[SALSA_WORDS];
    memcpy(x, in + (2 * r - 1) * SALSA_WORDS, sizeof x);
    for (size_t i = 0; i < 2 * r; i++) {
        for (size_t k = 0; k < SALSA_WORDS; k++)
            x[k] ^= in[i * SALSA_WORDS + k];
        salsa20_8(x);
        memcpy(out + (i / 2 + (i & 1) * r) * SALSA_WORDS, x, sizeof x);
    }
}

/* RFC 7914 section 5: scryptROMix of one block of 128 * r bytes; table holds n of them, scratch two. */
static void rom_mix(uint8_t *block, uint32_t *table, uint32_t *scratch, size_t n, size_t r)
{
    const size_t words = 2 * r * SALSA_WORDS;
    uint32_t *x = scratch, *y = scratch + words;
    for (size_t i = 0; i < words; i++)
        table[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 | (uint32_t)block[4 * i + 2] << 16 |
                   (uint32_t)block[4 * i + 3] << 24;
    for (size_t i = 1; i < n; i++)
        block_mix(table + i * words, table + (i - 1) * words, r);
    block_mix(x, table + (n - 1) * words, r);

    for (size_t i = 0; i < n; i++) {
        /* Integerify, modulo a power of two that 32 bits hold. */
        const uint32_t *chosen = table + (x[words - SALSA_WORDS] & (n - 1)) * words;
        for (size_t k = 0; k < words; k++)
            x[k] ^= chosen[k];
        block_mix(y, x, r);
        uint32_t *swap = x;
        x = y;
        y = swap;
    }
    for (size_t i = 0; i < 4 * words; i++)
        block[i] = (uint8_t)(x[i / 4] >> (8 * (i % 4)));
}

enum badge_status eth_scrypt(uint8_t *out, size_t out_len, const char *passphrase, size_t passphrase_len,
                             const uint8_t *salt, size_t salt_len, const struct eth_scrypt_cost *cost)
{
    BADGE_ASSERT(cost->n >= 2 && (cost->n & (cost->n - 1)) == 0 && cost->r >= 1 && cost->p >= 1);
    const size_t block_len = (size_t)128 * cost->r, blocks_len = block_len * cost->p;
    const size_t map_len = block_len * ((size_t)cost->n + cost->p + 2);
    uint8_t *map = mmap(NULL, map_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return BADGE_ENOMEM;
    enum badge_status status = BADGE_ENOMEM;
    uint8_t *blocks = map;
    uint32_t *scratch = (uint32_t *)(void *)(map + blocks_len);
    uint32_t *table = scratch + 2 * block_len / sizeof *scratch;
    if (madvise(map, map_len, MADV_DONTDUMP) != 0)
        goto out;
    if (!PKCS5_PBKDF2_HMAC(passphrase, (int)passphrase_len, salt, (int)salt_len, 1, EVP_sha256(), (int)blocks_len,
                           blocks))
        goto out;
    for (size_t i = 0; i < cost->p; i++)
        rom_mix(blocks + i * block_len, table, scratch, cost->n, cost->r);
    if (!PKCS5_PBKDF2_HMAC(passphrase, (int)passphrase_len, blocks, (int)blocks_len, 1, EVP_sha256(), (int)out_len,
                           out))
        goto out;
    status = BADGE_OK;
out:
    munmap(map, map_len);
    return status;
}
