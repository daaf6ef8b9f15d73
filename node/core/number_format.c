/*
 * A double as ECMAScript prints it: the fewest digits that read back as the same double, and of those the nearest.
 *
 * The digits come from Schubfach: Raffaello Giulietti, "The Schubfach way to render doubles" (2020/2022), sections 6
 * to 9. One multiplication by a 126- to 128-bit power of ten scales the interval that rounds to the double, so that
 * the shortest decimal in it is one of at most four candidates; products are rounded to odd, which keeps every
 * comparison exact. The layout of the text is ECMA-262 Number::toString, as RFC 8785 section 3.2.2.3 requires.
 *
 * The writer calls it for every number that is not a small integer, so its speed matters.
 */
#include "badge/json.h"
#include "badge/status.h"
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

struct product {
    uint64_t high, low;
};

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 uint128; /* not a C11 type: without __extension__ there is a warning */
#endif

static struct product multiply(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    uint128 p = (uint128)a * b;
    return (struct product){(uint64_t)(p >> 64), (uint64_t)p};
#else
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
    uint64_t middle = (p00 >> 32) + (uint32_t)p01 + (uint32_t)p10;
    return (struct product){p11 + (p01 >> 32) + (p10 >> 32) + (middle >> 32), (middle << 32) | (uint32_t)p00};
#endif
}

/* The top 64 bits of g * x; the lowest bit is set if more was cut off than the table's own rounding error. */
static uint64_t round_to_odd(const struct core_pow10 *g, uint64_t x)
{
    uint64_t carry = multiply(g->low, x).high;
    struct product top = multiply(g->high, x);
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
    const struct core_pow10 *g = &core_pow10[-k - CORE_POW10_MIN];

    /* In quarters: the double, and the ends of the interval of numbers that round to it. */
    uint64_t value = round_to_odd(g, (4 * significand) << shift);
    uint64_t lower = round_to_odd(g, (4 * significand - 2 + lower_is_closer) << shift) + open;
    uint64_t upper = round_to_odd(g, (4 * significand + 2) << shift) - open;

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

/* Writes the decimal digits of value, no leading zero; returns how many. */
static size_t put_integer(char *out, uint64_t value)
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
    size_t n_digits = put_integer(digits, d.digits);
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
    return out + put_integer(out, (uint64_t)(point > 0 ? point - 1 : 1 - point));
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
            end += put_integer(end, significand >> -binary); /* an integer below 2^53 is its own shortest text */
        else
            end = put_decimal(end, shortest(significand, binary, fraction == 0 && exponent > 1));
    }
    *end = '\0';
    return (size_t)(end - out);
}
