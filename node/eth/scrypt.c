/*
 * scrypt, RFC 7914: the slow, memory-hard step between a passphrase and a keystore's key. Called only by keystore.c, on
 * a thread that may block for a second. OpenSSL's, but for n >= 2^(16 r), which it refuses as the RFC demands: with r =
 * 1 the files of some wallets are such (n = 2^18), and they must open. With a larger r no n of 32 bits is.
 *
 * Invariant: what is derived from the passphrase is in memory that OpenSSL wipes, or in one mapping that is left out of
 * core dumps; the kernel zeroes its pages before it reuses them, so it is not wiped here (it may be a gigabyte).
 */
#include "eth/keystore.h"

#include <endian.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#define SALSA_WORDS 16                /* a 64-byte block */
#define BLOCK_WORDS (2 * SALSA_WORDS) /* the RFC's 128 * r bytes */
#define BLOCK_LEN ((size_t)4 * BLOCK_WORDS)
#define FIRST_REFUSED_N (UINT32_C(1) << 16)

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

/* RFC 7914 section 3: Salsa20/8 of a XOR b. */
static void salsa20_8(uint32_t out[SALSA_WORDS], const uint32_t a[SALSA_WORDS], const uint32_t b[SALSA_WORDS])
{
    uint32_t in[SALSA_WORDS], x[SALSA_WORDS];
    for (size_t i = 0; i < SALSA_WORDS; i++)
        in[i] = x[i] = a[i] ^ b[i];
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
        out[i] = x[i] + in[i];
}

/* RFC 7914 section 4: scryptBlockMix; out and in may be the same. */
static void block_mix(uint32_t out[BLOCK_WORDS], const uint32_t in[BLOCK_WORDS])
{
    salsa20_8(out, in + SALSA_WORDS, in);
    salsa20_8(out + SALSA_WORDS, out, in + SALSA_WORDS);
}

/* RFC 7914 section 5: scryptROMix; table holds n blocks. */
static void rom_mix(uint8_t block[BLOCK_LEN], uint32_t (*table)[BLOCK_WORDS], size_t n)
{
    uint32_t x[BLOCK_WORDS];
    memcpy(x, block, sizeof x);
    for (size_t i = 0; i < BLOCK_WORDS; i++)
        x[i] = le32toh(x[i]);
    for (size_t i = 0; i < n; i++) {
        memcpy(table[i], x, sizeof x);
        block_mix(x, x);
    }
    for (size_t i = 0; i < n; i++) {
        /* Integerify, modulo a power of two that 32 bits hold. */
        const uint32_t *chosen = table[x[SALSA_WORDS] & (n - 1)];
        for (size_t k = 0; k < BLOCK_WORDS; k++)
            x[k] ^= chosen[k];
        block_mix(x, x);
    }
    for (size_t i = 0; i < BLOCK_WORDS; i++)
        x[i] = htole32(x[i]);
    memcpy(block, x, sizeof x);
    OPENSSL_cleanse(x, sizeof x);
}

/* RFC 7914 section 6, with r = 1. */
static bool scrypt_r1(uint8_t *out, size_t out_len, const char *passphrase, size_t passphrase_len, const uint8_t *salt,
                      size_t salt_len, const struct eth_scrypt_cost *cost)
{
    const size_t blocks_len = BLOCK_LEN * cost->p, map_len = blocks_len + BLOCK_LEN * cost->n;
    uint8_t *blocks = mmap(NULL, map_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (blocks == MAP_FAILED)
        return false;
    bool done = madvise(blocks, map_len, MADV_DONTDUMP) == 0 &&
                PKCS5_PBKDF2_HMAC(passphrase, (int)passphrase_len, salt, (int)salt_len, 1, EVP_sha256(),
                                  (int)blocks_len, blocks);
    for (size_t i = 0; done && i < cost->p; i++)
        rom_mix(blocks + i * BLOCK_LEN, (void *)(blocks + blocks_len), cost->n);
    done = done && PKCS5_PBKDF2_HMAC(passphrase, (int)passphrase_len, blocks, (int)blocks_len, 1, EVP_sha256(),
                                     (int)out_len, out);
    munmap(blocks, map_len);
    return done;
}

enum badge_status eth_scrypt(uint8_t *out, size_t out_len, const char *passphrase, size_t passphrase_len,
                             const uint8_t *salt, size_t salt_len, const struct eth_scrypt_cost *cost)
{
    const uint64_t n = cost->n, r = cost->r, p = cost->p;
    BADGE_ASSERT(n >= 2 && (n & (n - 1)) == 0 && r >= 1 && p >= 1);
    bool done = r == 1 && n >= FIRST_REFUSED_N
                    ? scrypt_r1(out, out_len, passphrase, passphrase_len, salt, salt_len, cost)
                    : EVP_PBE_scrypt(passphrase, passphrase_len, salt, salt_len, n, r, p, 128 * r * (n + p + 2), out,
                                     out_len);
    return done ? BADGE_OK : BADGE_ENOMEM;
}
