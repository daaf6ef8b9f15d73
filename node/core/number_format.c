/*
 * A double as ECMAScript prints it: the fewest digits that read back as the same double, and of those the nearest.
 *
 * The digits come from Schubfach: Raffaello Giulietti, "The Schubfach way to render doubles" (2020/2022), sections 6
 * to 9. One multiplication by a 126- to 128-bit power of ten scales the interval that rounds to the double, so that
 * the shortest decimal in it is one of at most four candidates; products are rounded to odd, which keeps every
 * comparison exact. The layout of the text is ECMA-262 Number::toString, as RFC 8785 section 3.2.2.3 requires.
 *
 * A power of ten is the product of two from tables: one exact in 64 bits, the other in 192, so that the bits that the
 * product lacks never change the first 128. The unit test computes each power again by long division.
 *
 * The writer calls it for every number, so its speed matters.
 */
#include "badge/json.h"
#include "badge/status.h"
#include "core/compiler.h"
#include "core/number.h"

#include <string.h>

#define FRACTION_BITS 52
#define EXPONENT_BIAS 1075 /* of a significand read as an integer */

struct decimal {
    uint64_t digits; /* value = digits * 10^exponent */
    int exponent;
};

/* floor(log10(2^e)), or floor(log10(3/4 * 2^e)); exact for every exponent of a double. */
static int floor_log10_pow2(int e, bool three_quarters)
{
    return (e * 1262611 - (three_quarters ? 524031 : 0)) >> 22;
}

/* floor(log2(10^e)); exact for every k of the table. */
static int floor_log2_pow10(int e)
{
    return (e * 1741647) >> 19;
}

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 uint128; /* not a C11 type: without __extension__ there is a warning */
#endif

static struct core_wide multiply(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    uint128 p = (uint128)a * b;
    return (struct core_wide){(uint64_t)(p >> 64), (uint64_t)p};
#else
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
    uint64_t middle = (p00 >> 32) + (uint32_t)p01 + (uint32_t)p10;
    return (struct core_wide){p11 + (p01 >> 32) + (p10 >> 32) + (middle >> 32), (middle << 32) | (uint32_t)p00};
#endif
}

/* 10^k for k from 0: 64 bits from the leading one on, exact. Both tables are printed by scripts/pow10-table. */
static const uint64_t pow10_fine[] = {
    0x8000000000000000, 0xa000000000000000, 0xc800000000000000, 0xfa00000000000000, 0x9c40000000000000,
    0xc350000000000000, 0xf424000000000000, 0x9896800000000000, 0xbebc200000000000, 0xee6b280000000000,
    0x9502f90000000000, 0xba43b74000000000, 0xe8d4a51000000000, 0x9184e72a00000000, 0xb5e620f480000000,
    0xe35fa931a0000000, 0x8e1bc9bf04000000, 0xb1a2bc2ec5000000, 0xde0b6b3a76400000, 0x8ac7230489e80000,
    0xad78ebc5ac620000, 0xd8d726b7177a8000, 0x878678326eac9000, 0xa968163f0a57b400, 0xd3c21bcecceda100,
    0x84595161401484a0, 0xa56fa5b99019a5c8,
};
#define FINE ((int)ARRAY_LEN(pow10_fine))

/* 10^k in steps of FINE from here on: 192 bits, rounded down. */
#define COARSE_MIN (-297)
static const uint64_t pow10_coarse[][3] = {
    {0xa76c582338ed2621, 0xaf2af2b80af6f24e, 0x657c8f4d43323a36}, /* -297 */
    {0x873e4f75e2224e68, 0x5a7744a6e804a291, 0xcc35eddfcf0996d7}, /* -270 */
    {0xda7f5bf590966848, 0xaf39a475506a899e, 0xa30294cc2934e662}, /* -243 */
    {0xb080392cc4349dec, 0xbd8d794d96aacfb3, 0xfe13a5c86af64418}, /* -216 */
    {0x8e938662882af53e, 0x547eb47b7282ee9c, 0x41b0230e1421487d}, /* -189 */
    {0xe65829b3046b0afa, 0x0cb4a5a3112a5112, 0xa3b561b1cb208396}, /* -162 */
    {0xba121a4650e4ddeb, 0x92f34d62616ce413, 0x21a0183e10583cd3}, /* -135 */
    {0x964e858c91ba2655, 0x3a6a07f8d510f86f, 0xe9082f25e9c5e9ec}, /* -108 */
    {0xf2d56790ab41c2a2, 0xfae27299423fb9c3, 0x3695dad7e8858901}, /* -81 */
    {0xc428d05aa4751e4c, 0xaa97e14c3c26b886, 0x96842dc95323f5a8}, /* -54 */
    {0x9e74d1b791e07e48, 0x775ea264cf55347d, 0xca49f1c05120c9c7}, /* -27 */
    {0x8000000000000000, 0x0000000000000000, 0x0000000000000000}, /* 0 */
    {0xcecb8f27f4200f3a, 0x0000000000000000, 0x0000000000000000}, /* 27 */
    {0xa70c3c40a64e6c51, 0x999090b65f67d924, 0x0000000000000000}, /* 54 */
    {0x86f0ac99b4e8dafd, 0x69a028bb3ded71a3, 0xdf9f915627c04e28}, /* 81 */
    {0xda01ee641a708de9, 0xe80e6f4820cc9495, 0xd74baad03bc1d8d3}, /* 108 */
    {0xb01ae745b101e9e4, 0x5ec05dcff72e7f8f, 0xc04c79ffe324301f}, /* 135 */
    {0x8e41ade9fbebc27d, 0x14588f13be847307, 0x23bd6a2059c002f5}, /* 162 */
    {0xe5d3ef282a242e81, 0x8f1668c8a86da5fa, 0xf0b5ccf5176ecc7c}, /* 189 */
    {0xb9a74a0637ce2ee1, 0x6d953e2bd7173692, 0x88efb0037ac08bde}, /* 216 */
    {0x95f83d0a1fb69cd9, 0x4abdaf101564f98e, 0x0d5a4af7b3a98e47}, /* 243 */
    {0xf24a01a73cf2dccf, 0xbc633b39673c8cec, 0x3d9c44cd2f36917c}, /* 270 */
    {0xc3b8358109e84f07, 0x0a862f80ec4700c8, 0x02606ea01029dc37}, /* 297 */
    {0x9e19db92b4e31ba9, 0x6c07a2c26a8346d1, 0x4944d9f52cd0dec2}, /* 324 */
};

struct core_wide core_pow10(int k)
{
    const uint64_t *coarse = pow10_coarse[(k - COARSE_MIN) / FINE], fine = pow10_fine[(k - COARSE_MIN) % FINE];
    struct core_wide high = multiply(coarse[0], fine), middle = multiply(coarse[1], fine),
                     low = multiply(coarse[2], fine);
    middle.low += low.high;
    middle.high += middle.low < low.high;
    high.low += middle.high;
    high.high += high.low < middle.high;
    if (high.high >> 63 == 0) { /* of two leading ones comes a product with 255 or 256 bits */
        high = (struct core_wide){high.high << 1 | high.low >> 63, high.low << 1 | middle.low >> 63};
        middle.low <<= 1;
    }
    if ((middle.low | low.low) != 0 && ++high.low == 0)
        high.high++;
    return high;
}

/* The top 64 bits of g * x; the lowest bit is set if more was cut off than the table's own rounding error. */
static uint64_t round_to_odd(const struct core_wide *g, uint64_t x)
{
    uint64_t carry = multiply(g->low, x).high;
    struct core_wide top = multiply(g->high, x);
    uint64_t low = top.low + carry;
    uint64_t high = top.high + (low < carry);
    return high | (low > 1);
}

/* The shortest decimal that rounds to significand * 2^exponent; of several, the closest. */
static struct decimal shortest(uint64_t significand, int exponent, bool lower_is_closer)
{
    uint64_t open = significand & 1; /* an odd significand's interval excludes its ends */
    int k = floor_log10_pow2(exponent, lower_is_closer);
    int shift = exponent + floor_log2_pow10(-k) + 1;
    const struct core_wide g = core_pow10(-k);

    /* In quarters: the double, and the ends of the interval of numbers that round to it. */
    uint64_t value = round_to_odd(&g, (4 * significand) << shift);
    uint64_t lower = round_to_odd(&g, (4 * significand - 2 + lower_is_closer) << shift) + open;
    uint64_t upper = round_to_odd(&g, (4 * significand + 2) << shift) - open;

    uint64_t s = value / 4;
    if (s >= 10) { /* one digit fewer */
        uint64_t t = s / 10;
        bool below_in = lower <= 40 * t, above_in = 40 * t + 40 <= upper;
        if (below_in != above_in)
            return (struct decimal){t + above_in, k + 1};
    }
    bool below_in = lower <= 4 * s, above_in = 4 * s + 4 <= upper;
    if (below_in != above_in)
        return (struct decimal){s + above_in, k};
    uint64_t middle = 4 * s + 2;
    return (struct decimal){s + (value > middle || (value == middle && (s & 1))), k};
}

size_t core_put_integer(char *out, uint64_t value)
{
    char reversed[20];
    size_t n = 0;
    do {
        reversed[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    for (size_t i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    return n;
}

/* Writes digits * 10^exponent. ECMA-262's n, the position of the point, is n_digits + exponent. */
static char *put_decimal(char *out, struct decimal d)
{
    while (d.digits % 10 == 0) {
        d.digits /= 10;
        d.exponent++;
    }
    char digits[20];
    size_t n_digits = core_put_integer(digits, d.digits);
    int point = (int)n_digits + d.exponent;

    if (d.exponent >= 0 && point <= 21) {
        memcpy(out, digits, n_digits);
        memset(out + n_digits, '0', (size_t)d.exponent);
        return out + point;
    }
    if (point > 0 && point <= 21) {
        memcpy(out, digits, (size_t)point);
        out[point] = '.';
        memcpy(out + point + 1, digits + point, n_digits - (size_t)point);
        return out + n_digits + 1;
    }
    if (point > -6 && point <= 0) {
        memcpy(out, "0.00000", 7);
        memcpy(out + 2 - point, digits, n_digits);
        return out + 2 - point + n_digits;
    }
    *out++ = digits[0];
    if (n_digits > 1) {
        *out++ = '.';
        memcpy(out, digits + 1, n_digits - 1);
        out += n_digits - 1;
    }
    *out++ = 'e';
    *out++ = point > 0 ? '+' : '-';
    return out + core_put_integer(out, (uint64_t)(point > 0 ? point - 1 : 1 - point));
}

size_t badge_number_format(char out[BADGE_NUMBER_LEN], double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t fraction = bits & (((uint64_t)1 << FRACTION_BITS) - 1);
    int exponent = (int)(bits >> FRACTION_BITS) & 0x7ff;
    BADGE_ASSERT(exponent != 0x7ff);

    char *end = out;
    if (exponent == 0 && fraction == 0) {
        *end++ = '0';
    } else {
        if (bits >> 63)
            *end++ = '-';
        uint64_t significand = exponent == 0 ? fraction : fraction | (uint64_t)1 << FRACTION_BITS;
        int binary = (exponent == 0 ? 1 : exponent) - EXPONENT_BIAS;
        if (binary <= 0 && binary > -FRACTION_BITS - 1 && significand % ((uint64_t)1 << -binary) == 0)
            end += core_put_integer(end, significand >> -binary); /* an integer below 2^53 is its own shortest text */
        else
            end = put_decimal(end, shortest(significand, binary, fraction == 0 && exponent > 1));
    }
    *end = '\0';
    return (size_t)(end - out);
}
