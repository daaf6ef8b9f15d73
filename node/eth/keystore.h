/*
 * Keystores with costs that the caller chooses, for tests and fuzzers; the public functions of badge/eth.h use the
 * standard costs.
 */
#ifndef ETH_KEYSTORE_H
#define ETH_KEYSTORE_H

#include "eth/key.h"

struct eth_scrypt_cost {
    uint32_t n, r, p; /* n: a power of two, at least 2; r, p: at least 1. Memory: 128 * r * (n + p + 2) bytes */
};

struct eth_kdf_cost {
    enum badge_keystore_kdf kdf;
    struct eth_scrypt_cost scrypt;
    uint32_t rounds; /* of PBKDF2 */
};

/* What opening a keystore may cost. */
struct eth_kdf_limits {
    uint64_t memory;        /* of scrypt, in bytes: 128 * n * r */
    uint64_t block_mixes;   /* of scrypt: n * r * p; about 2 million take a second */
    uint64_t pbkdf2_rounds; /* about 4 million take a second */
};

enum badge_status eth_keystore_open(struct badge_key **out, const char *json, size_t json_len, const char *passphrase,
                                    size_t passphrase_len, const struct eth_kdf_limits *limits,
                                    struct badge_err *err) BADGE_CHECKED;
enum badge_status eth_keystore_write(char out[BADGE_KEYSTORE_MAX_LEN], size_t *out_len, const struct badge_key *key,
                                     const char *passphrase, size_t passphrase_len, const struct eth_kdf_cost *cost,
                                     struct badge_err *err) BADGE_CHECKED;

/*
 * scrypt (RFC 7914), also with n >= 2^(16 r), which the RFC forbids: wallets have written such keystores (n = 2^18, r =
 * 1), and they must open. out_len is at most 1 GiB, as are 128 * r * p and both inputs; the caller bounds n * r.
 * errors    BADGE_ENOMEM
 */
enum badge_status eth_scrypt(uint8_t *out, size_t out_len, const char *passphrase, size_t passphrase_len,
                             const uint8_t *salt, size_t salt_len, const struct eth_scrypt_cost *cost) BADGE_CHECKED;

#endif
