#!/usr/bin/env bash
# libsecp256k1 refuses about half of the valid secp256k1 signatures that OpenSSL makes.
#
# A good guess: ECDSA over secp256k1 is one algorithm, so a signature that OpenSSL makes and verifies, an ES256K token's
# for instance, verifies in libsecp256k1 too.
#
# What happens: for each signature (r, s) the pair (r, n - s) is valid as well. libsecp256k1 accepts the one with the
# lower s only, as Bitcoin and Ethereum do; OpenSSL makes either, by chance. secp256k1_ecdsa_verify returns 0 for the
# others, and no error says why. After secp256k1_ecdsa_signature_normalize all of them verify.
#
# Why it matters: a node that checks Ethereum signatures with libsecp256k1 and then learns JWTs with ES256K rejects
# every second genuine credential. A test with a single fixed token passes or fails for ever. Normalize signatures from
# outside before verifying; do not where a chain's rule is meant.
#
# Source: the comments on secp256k1_ecdsa_verify and secp256k1_ecdsa_signature_normalize in secp256k1.h; RFC 8812,
# section 3.2 (ES256K); SEC 1, section 4.1.4 (verification has no such rule).
set -euo pipefail

type -P cc pkg-config >/dev/null || { echo "needs cc and pkg-config: apt-get install gcc pkg-config" >&2; exit 2; }
for pin in libsecp256k1-dev=0.2.0 libssl-dev=3.0.19; do
    found=$(dpkg-query -W -f '${Version}' "${pin%=*}" 2>/dev/null) || true
    echo "Debian's ${pin%=*} $found"
    [[ $found == "${pin#*=}"-* ]] || { echo "pinned is ${pin/=/ }: apt-get install ${pin%=*}" >&2; exit 2; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >check.c <<'C'
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <secp256k1.h>
#include <stdio.h>
#include <string.h>

enum { COUNT = 400 };

int main(void)
{
    EVP_PKEY *key = EVP_EC_gen("secp256k1");
    unsigned char point[65];
    size_t point_size;
    if (!key || !EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &point_size))
        return 2;
    secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_VERIFY);
    secp256k1_pubkey pub;
    if (!secp256k1_ec_pubkey_parse(ctx, &pub, point, point_size))
        return 2;

    int valid = 0, high = 0, refused_high = 0, refused_low = 0, after = 0;
    for (int i = 0; i < COUNT; i++) {
        unsigned char digest[32], der[80];
        size_t size = sizeof der;
        memset(digest, i & 255, sizeof digest);
        digest[0] = (unsigned char)(i >> 8);

        EVP_PKEY_CTX *op = EVP_PKEY_CTX_new(key, NULL);
        if (EVP_PKEY_sign_init(op) != 1 || EVP_PKEY_sign(op, der, &size, digest, sizeof digest) != 1)
            return 2;
        EVP_PKEY_CTX_free(op);
        op = EVP_PKEY_CTX_new(key, NULL);
        valid += EVP_PKEY_verify_init(op) == 1 && EVP_PKEY_verify(op, der, size, digest, sizeof digest) == 1;
        EVP_PKEY_CTX_free(op);

        secp256k1_ecdsa_signature sig;
        if (!secp256k1_ecdsa_signature_parse_der(ctx, &sig, der, size))
            return 2;
        int refused = !secp256k1_ecdsa_verify(ctx, &sig, digest, &pub);
        int is_high = secp256k1_ecdsa_signature_normalize(ctx, &sig, &sig);
        high += is_high;
        refused_high += refused && is_high;
        refused_low += refused && !is_high;
        after += secp256k1_ecdsa_verify(ctx, &sig, digest, &pub);
    }
    printf("%d signatures by OpenSSL, valid in OpenSSL: %d\n", COUNT, valid);
    printf("with the higher s: %d, refused by libsecp256k1: %d\n", high, refused_high);
    printf("with the lower s: %d, refused: %d\n", COUNT - high, refused_low);
    printf("verified by libsecp256k1 once normalized: %d\n", after);
    secp256k1_context_destroy(ctx);
    EVP_PKEY_free(key);

    // among 400 fair coins fewer than 100 heads, or more than 300, do not happen
    int stated = valid == COUNT && high > 100 && high < 300 && refused_high == high && !refused_low && after == COUNT;
    if (!stated)
        puts("  CHANGED, stated is: all valid, about half with the higher s, refused are these and only these");
    return stated ? 0 : 1;
}
C
read -ra flags < <(pkg-config --cflags --libs libsecp256k1 libcrypto)
cc -std=c11 -Wall -Wextra -O1 -o check check.c "${flags[@]}" || exit 2
./check
