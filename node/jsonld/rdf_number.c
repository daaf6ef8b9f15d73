/*
 * JSON numbers as RDF literals (JSON-LD 1.1 API section 8.2.2, steps 10 and 11): an integer in all its digits, another
 * number as printf's %.15E would write it, rounded exactly and without superfluous zeros.
 *
 * A double is an integer divided by a power of two, so it has finitely many decimal digits: at most 767. They are
 * computed in whole, in words of nine digits, and then rounded; for the numbers of credentials that is one word or two.
 */
#include "jsonld/rdf.h"

#include "badge/text.h"
#include "core/number.h"

#include <string.h>

#define WORD 1000000000u
#define WORD_DIGITS 9
#define MAX_WORDS 88
#define PRECISION 16 /* digits of %.15E */
#define INTEGER_DIGITS 21

struct words { /* the lowest first */
    uint32_t word[MAX_WORDS];
    size_t n;
};

static void multiply(struct words *number, uint32_t factor)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < number->n; i++) {
        carry += (uint64_t)number->word[i] * factor;
        number->word[i] = (uint32_t)(carry % WORD);
        carry /= WORD;
    }
    if (carry > 0)
        number->word[number->n++] = (uint32_t)carry;
}

/* factor^exponent, as many at a time as fit in a word. */
static void multiply_power(struct words *number, uint32_t factor, unsigned exponent)
{
    while (exponent > 0) {
        uint32_t power = 1;
        for (; exponent > 0 && power <= WORD / factor; exponent--)
            power *= factor;
        multiply(number, power);
    }
}

/* The decimal digits of significand * factor^exponent; returns how many. */
static size_t all_digits(char *out, uint64_t significand, uint32_t factor, unsigned exponent)
{
    struct words number = {.n = 2};
    number.word[0] = (uint32_t)(significand % WORD);
    number.word[1] = (uint32_t)(significand / WORD);
    number.n = number.word[1] == 0 ? 1 : 2;
    multiply_power(&number, factor, exponent);
    size_t n = core_put_integer(out, number.word[number.n - 1]);
    for (size_t i = number.n - 1; i > 0; i--) {
        uint32_t word = number.word[i - 1];
        for (size_t digit = WORD_DIGITS; digit > 0; digit--, word /= 10)
            out[n + digit - 1] = (char)('0' + word % 10);
        n += WORD_DIGITS;
    }
    return n;
}

/* Rounds to PRECISION digits, half to even, and drops zeros at the end. Returns how many digits are left; *exponent
 * grows by one where 9.99… becomes 10. */
static size_t round_digits(char *digits, size_t n, int *exponent)
{
    if (n > PRECISION) {
        bool up = digits[PRECISION] > '5' || (digits[PRECISION] == '5' && (digits[PRECISION - 1] & 1));
        for (size_t i = PRECISION + 1; i < n && !up && digits[PRECISION] == '5'; i++)
            up = digits[i] != '0';
        n = PRECISION;
        for (size_t i = n; up && i > 0; i--) {
            up = digits[i - 1] == '9';
            digits[i - 1] = up ? '0' : (char)(digits[i - 1] + 1);
        }
        if (up) { /* all were nines */
            digits[0] = '1';
            ++*exponent;
        }
    }
    while (n > 1 && digits[n - 1] == '0')
        n--;
    return n;
}

static size_t put_double(char *out, char *digits, size_t n_digits, int exponent)
{
    size_t n = round_digits(digits, n_digits, &exponent), len = 0;
    out[len++] = digits[0];
    out[len++] = '.';
    if (n == 1)
        out[len++] = '0';
    memcpy(out + len, digits + 1, n - 1);
    len += n - 1;
    out[len++] = 'E';
    if (exponent < 0)
        out[len++] = '-';
    return len + core_put_integer(out + len, (uint64_t)(exponent < 0 ? -exponent : exponent));
}

size_t rdf_put_number(char out[RDF_NUMBER_LEN], double value, bool *is_double)
{
    char digits[MAX_WORDS * WORD_DIGITS];
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t significand = bits & (((uint64_t)1 << 52) - 1);
    int exponent = (int)(bits >> 52) & 0x7ff;
    BADGE_ASSERT(exponent != 0x7ff);
    if (exponent == 0)
        exponent = 1;
    else
        significand |= (uint64_t)1 << 52;
    exponent -= 1075;
    if (significand == 0) {
        memcpy(out, "0.0E0", 5);
        return *is_double ? 5 : 1;
    }
    while (exponent < 0 && (significand & 1) == 0) {
        significand >>= 1;
        exponent++;
    }

    const size_t sign = bits >> 63;
    if (sign)
        out[0] = '-';
    if (exponent < 0) { /* s / 2^k is s * 5^k / 10^k */
        const size_t n = all_digits(digits, significand, 5, (unsigned)-exponent);
        *is_double = true;
        return sign + put_double(out + sign, digits, n, (int)n - 1 + exponent);
    }
    const size_t n = all_digits(digits, significand, 2, (unsigned)exponent);
    if (n > INTEGER_DIGITS)
        *is_double = true;
    if (*is_double)
        return sign + put_double(out + sign, digits, n, (int)n - 1);
    memcpy(out + sign, digits, n);
    return sign + n;
}
