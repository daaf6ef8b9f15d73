/*
 * Keystores with costs that the caller chooses, for tests and fuzzers; the public functions of badge/eth.h use the
 * standard costs.
 */
#ifndef ETH_KEYSTORE_H
#define ETH_KEYSTORE_H

#include "eth/key.h"
#include "eth/scrypt.h"

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

#endif
