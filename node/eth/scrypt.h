/*
 * scrypt (RFC 7914), also with n >= 2^(16 r), which the RFC forbids: wallets have written such keystores (n = 2^18, r =
 * 1), and they must open.
 */
#ifndef ETH_SCRYPT_H
#define ETH_SCRYPT_H

#include <stddef.h>
#include <stdint.h>

#include "badge/status.h"

struct eth_scrypt_cost {
    uint32_t n, r, p; /* n: a power of two, at least 2; r, p: at least 1. Memory: 128 * r * (n + p + 2) bytes */
};

/*
 * out_len is at most 1 GiB, as are 128 * r * p and both inputs; the caller bounds n * r.
 * errors    BADGE_ENOMEM
 */
enum badge_status eth_scrypt(uint8_t *out, size_t out_len, const char *passphrase, size_t passphrase_len,
                             const uint8_t *salt, size_t salt_len, const struct eth_scrypt_cost *cost) BADGE_CHECKED;

#endif
