/*
 * Keys and signatures as numbers: what can be said of them without the mathematics of their curves.
 *
 * Invariant: what passes here has the lengths and bounds that every library expects, so that all of them (libsodium,
 * OpenSSL, libsecp256k1, WebCrypto) give the same answer to it.
 */
#include "proof/key.h"

#include <string.h>

#include "core/compiler.h"
#include "core/format.h"

#define MAX_COORDINATE 48

/* A prime field and the order of its group, big-endian (SEC 2; FIPS 186-4). */
struct curve {
    enum badge_key_type type;
    size_t len;
    uint8_t prime[MAX_COORDINATE], order[MAX_COORDINATE];
};

static const struct curve curves[] = {
    {BADGE_KEY_P256,
     32,
     {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    1,    0,    0,    0,    0,    0,    0,    0,    0,
      0,    0,    0,    0,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
     {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51}},
    {BADGE_KEY_P384,
     48,
     {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
      0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,    0,    0,    0,    0,    0xff, 0xff, 0xff, 0xff},
     {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
      0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73}},
    {BADGE_KEY_SECP256K1,
     32,
     {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xfc, 0x2f},
     {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
      0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41}},
};

static const struct curve *curve_of(enum badge_key_type type)
{
    for (size_t i = 0; i < ARRAY_LEN(curves); i++)
        if (curves[i].type == type)
            return &curves[i];
    return NULL;
}

/* -- Ed25519 ------------------------------------------------------------------------------------------------------- */

#define ED25519_LEN 32

static int compare_little_endian(const uint8_t *a, const uint8_t *b)
{
    for (size_t i = ED25519_LEN; i-- > 0;)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

/* The y coordinates, little-endian, of the points whose order divides 8, and those that are the same modulo the prime:
 * 1, −1, 0, the two of order 8; p and p + 1. x is 0 or the sign decides between two of them. */
static bool is_small_order(const uint8_t point[ED25519_LEN])
{
    static const uint8_t y[][ED25519_LEN] = {
        {1},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
        {0},
        {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
         0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
        {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
         0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
        {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
        {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    };
    uint8_t without_sign[ED25519_LEN];
    memcpy(without_sign, point, sizeof without_sign);
    without_sign[ED25519_LEN - 1] &= 0x7f;
    for (size_t i = 0; i < ARRAY_LEN(y); i++)
        if (memcmp(without_sign, y[i], sizeof without_sign) == 0)
            return true;
    return false;
}

/* RFC 8032 section 5.1.3: y below the prime 2^255 − 19. */
static bool is_canonical(const uint8_t point[ED25519_LEN])
{
    bool is_high = point[0] >= 0xed && (point[ED25519_LEN - 1] & 0x7f) == 0x7f;
    for (size_t i = 1; is_high && i < ED25519_LEN - 1; i++)
        is_high = point[i] == 0xff;
    return !is_high;
}

static bool ed25519_is_plausible(struct badge_text signature)
{
    static const uint8_t order[ED25519_LEN] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                               0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                               0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    const uint8_t *bytes = (const uint8_t *)signature.bytes;
    return signature.len == 2 * ED25519_LEN && !is_small_order(bytes) &&
           compare_little_endian(bytes + ED25519_LEN, order) < 0;
}

/* -- RSA ----------------------------------------------------------------------------------------------------------- */

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 8192

static uint64_t remainder_of(const struct badge_public_key *key, uint64_t divisor)
{
    uint64_t rest = 0;
    size_t i = 0;
    for (; (key->len - i) % 4 != 0; i++)
        rest = (rest << 8 | key->bytes[i]) % divisor;
    for (; i < key->len; i += 4) {
        uint64_t word = (uint64_t)key->bytes[i] << 24 | (uint64_t)key->bytes[i + 1] << 16 |
                        (uint64_t)key->bytes[i + 2] << 8 | key->bytes[i + 3];
        rest = (rest << 32 | word) % divisor;
    }
    return rest;
}

/*
 * Whether the modulus was made by a chip whose private keys can be computed (CVE-2017-15361, "ROCA"): modulo each of
 * these primes it is then a power of 65537. Of another modulus that is true once in 2^154.
 */
static bool is_roca(const struct badge_public_key *key)
{
    static const uint8_t primes[] = {3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
                                     47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
                                     107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
    for (size_t i = 0; i < ARRAY_LEN(primes); i++) {
        uint64_t rest = remainder_of(key, primes[i]), power = 1;
        do
            power = power * 65537 % primes[i];
        while (power != rest && power != 1);
        if (power != rest)
            return false;
    }
    return true;
}

static size_t bits_of(const struct badge_public_key *key)
{
    size_t bits = key->len * 8;
    for (unsigned top = 0x80; key->len > 0 && top > 0 && !(key->bytes[0] & top); top >>= 1)
        bits--;
    return bits;
}

static enum badge_status check_rsa(const struct badge_public_key *key, struct badge_err *err)
{
    size_t bits = bits_of(key);
    if (key->len == 0 || key->bytes[0] == 0 || !(key->bytes[key->len - 1] & 1) || key->exponent < 3 ||
        !(key->exponent & 1))
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "it is no RSA key: modulus or exponent is wrong");
    if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS)
        return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET, "an RSA key of %zu bits; from %d to %d are good",
                          bits, RSA_MIN_BITS, RSA_MAX_BITS);
    if (is_roca(key))
        return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                          "an RSA key whose private half can be computed (CVE-2017-15361)");
    return BADGE_OK;
}

static struct badge_text without_zeros(struct badge_text number)
{
    while (number.len > 0 && *number.bytes == '\0')
        number = (struct badge_text){number.bytes + 1, number.len - 1};
    return number;
}

enum badge_status key_take_rsa(struct badge_public_key *out, struct badge_text modulus, struct badge_text exponent,
                               struct badge_err *err)
{
    modulus = without_zeros(modulus);
    exponent = without_zeros(exponent);
    if (modulus.len > sizeof out->bytes || exponent.len > sizeof out->exponent)
        return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET, "the numbers of its RSA key are too long");
    out->type = BADGE_KEY_RSA;
    out->len = modulus.len;
    memcpy(out->bytes, modulus.bytes, modulus.len);
    out->exponent = 0;
    for (size_t i = 0; i < exponent.len; i++)
        out->exponent = out->exponent << 8 | (uint8_t)exponent.bytes[i];
    return key_check(out, err);
}

/* -- keys ---------------------------------------------------------------------------------------------------------- */

static bool is_point(const struct badge_public_key *key, const struct curve *curve)
{
    const uint8_t *x = key->bytes + 1;
    if (key->len == 1 + curve->len)
        return (key->bytes[0] == 2 || key->bytes[0] == 3) && memcmp(x, curve->prime, curve->len) < 0;
    return key->len == 1 + 2 * curve->len && key->bytes[0] == 4 && memcmp(x, curve->prime, curve->len) < 0 &&
           memcmp(x + curve->len, curve->prime, curve->len) < 0;
}

enum badge_status key_check(const struct badge_public_key *key, struct badge_err *err)
{
    const struct curve *curve = curve_of(key->type);
    if (key->type == BADGE_KEY_RSA)
        return check_rsa(key, err);
    if (curve ? !is_point(key, curve)
              : key->type != BADGE_KEY_ED25519 || key->len != ED25519_LEN || !is_canonical(key->bytes))
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "its key is not a point of its curve");
    if (!curve && is_small_order(key->bytes))
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "its key is a point of small order, which is nobody's");
    return BADGE_OK;
}

/* Whether one point has only x and a sign, and the other is the point with this x and the parity of this y. */
static bool is_compressed_of(const struct badge_public_key *a, const struct badge_public_key *b)
{
    const struct curve *curve = curve_of(a->type);
    return curve && a->len == 1 + curve->len && b->len == 1 + 2 * curve->len &&
           a->bytes[0] == 2 + (b->bytes[b->len - 1] & 1) && memcmp(a->bytes + 1, b->bytes + 1, curve->len) == 0;
}

bool badge_key_equal(const struct badge_public_key *a, const struct badge_public_key *b)
{
    if (a->type != b->type || a->type == BADGE_KEY_NONE)
        return false;
    if (a->len == b->len)
        return memcmp(a->bytes, b->bytes, a->len) == 0 && (a->type != BADGE_KEY_RSA || a->exponent == b->exponent);
    return is_compressed_of(a, b) || is_compressed_of(b, a);
}

/* -- signatures ---------------------------------------------------------------------------------------------------- */

const char *badge_signature_algorithm_name(enum badge_signature_algorithm algorithm)
{
    static const char *const name[] = {
        [BADGE_SIGNATURE_ED25519] = "EdDSA", [BADGE_SIGNATURE_ES256] = "ES256", [BADGE_SIGNATURE_ES384] = "ES384",
        [BADGE_SIGNATURE_ES256K] = "ES256K", [BADGE_SIGNATURE_RS256] = "RS256", [BADGE_SIGNATURE_PS256] = "PS256",
    };
    BADGE_ASSERT((size_t)algorithm < ARRAY_LEN(name));
    return name[algorithm];
}

static enum badge_key_type key_type_of(enum badge_signature_algorithm algorithm)
{
    switch (algorithm) {
    case BADGE_SIGNATURE_ED25519:
        return BADGE_KEY_ED25519;
    case BADGE_SIGNATURE_ES256:
        return BADGE_KEY_P256;
    case BADGE_SIGNATURE_ES384:
        return BADGE_KEY_P384;
    case BADGE_SIGNATURE_ES256K:
        return BADGE_KEY_SECP256K1;
    case BADGE_SIGNATURE_RS256:
    case BADGE_SIGNATURE_PS256:
        return BADGE_KEY_RSA;
    }
    return BADGE_KEY_NONE;
}

static bool is_scalar(const uint8_t *number, const struct curve *curve)
{
    static const uint8_t zero[MAX_COORDINATE];
    return memcmp(number, zero, curve->len) != 0 && memcmp(number, curve->order, curve->len) < 0;
}

bool badge_signature_is_plausible(enum badge_signature_algorithm algorithm, const struct badge_public_key *key,
                                  struct badge_text signature)
{
    const struct curve *curve = curve_of(key->type);
    const uint8_t *bytes = (const uint8_t *)signature.bytes;
    if (key->type != key_type_of(algorithm) || key_check(key, NULL) != BADGE_OK)
        return false;
    if (curve)
        return signature.len == 2 * curve->len && is_scalar(bytes, curve) && is_scalar(bytes + curve->len, curve);
    return key->type == BADGE_KEY_RSA ? signature.len == key->len : ed25519_is_plausible(signature);
}
