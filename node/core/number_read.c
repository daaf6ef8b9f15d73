/*
 * Decimal text to the nearest double, for the JSON parser.
 *
 * Most numbers are short: integers up to 2^53 and powers of ten up to 10^22 are exact, so that one multiplication or
 * division rounds once, correctly. The rest goes through strtod(), as digits and an exponent without a decimal point,
 * which a process's locale may change.
 */
#include "core/number.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

/* No double needs more digits to decide on which side of a tie a number is; a final 1 replaces all further digits. */
#define ENOUGH_DIGITS 780
#define HUGE_EXPONENT ((int64_t)1 << 40) /* more than the digits of any document can compensate */

struct literal {
    bool negative;
    int64_t exponent;                /* value = digits * 10^exponent */
    size_t n_digits;                 /* significant digits */
    uint64_t leading;                /* the first 19 of them */
    bool more;                       /* a digit after the first ENOUGH_DIGITS is not 0 */
    char digits[ENOUGH_DIGITS + 16]; /* those, with room for an exponent */
};

static void take_digit(struct literal *l, char c)
{
    if (l->n_digits == 0 && c == '0')
        return;
    if (l->n_digits < 19)
        l->leading = l->leading * 10 + (uint64_t)(c - '0');
    if (l->n_digits < ENOUGH_DIGITS)
        l->digits[l->n_digits] = c;
    else if (c != '0')
        l->more = true;
    l->n_digits++;
}

static void split_literal(struct literal *l, const char *at, const char *end)
{
    l->negative = *at == '-';
    l->more = false;
    l->exponent = 0;
    l->n_digits = l->leading = 0;
    at += l->negative;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        take_digit(l, *at);
    if (at < end && *at == '.')
        for (at++; at < end && *at >= '0' && *at <= '9'; at++) {
            take_digit(l, *at);
            l->exponent--;
        }
    if (at == end)
        return;
    bool negative = *++at == '-';
    int64_t exponent = 0;
    for (at += *at == '-' || *at == '+'; at < end; at++)
        if (exponent < HUGE_EXPONENT)
            exponent = exponent * 10 + (*at - '0');
    l->exponent += negative ? -exponent : exponent;
}

static bool read_exactly(double *out, const struct literal *l)
{
    static const double pow10[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (FLT_EVAL_METHOD != 0 || l->n_digits > 19 || l->leading > (uint64_t)1 << 53 || l->exponent < -22 ||
        l->exponent > 22)
        return false;
    double value = (double)l->leading;
    *out = l->exponent < 0 ? value / pow10[-l->exponent] : value * pow10[l->exponent];
    return true;
}

static bool read_by_strtod(double *out, struct literal *l)
{
    char *text = l->digits;
    int64_t exponent = l->exponent;
    size_t n = l->n_digits;
    if (n > ENOUGH_DIGITS) {
        exponent += (int64_t)(n - ENOUGH_DIGITS);
        n = ENOUGH_DIGITS;
        if (l->more) {
            text[n++] = '1';
            exponent--;
        }
    }
    int64_t magnitude = (int64_t)n + exponent; /* value < 10^magnitude */
    if (magnitude > 400 || magnitude < -400)
        return false;

    text[n++] = 'e';
    text[n++] = exponent < 0 ? '-' : '+';
    n += core_put_integer(text + n, (uint64_t)(exponent < 0 ? -exponent : exponent)); /* four digits at most */
    text[n] = '\0';
    *out = strtod(text, NULL);
    return *out != 0 && *out <= DBL_MAX;
}

bool core_decimal_read(uint64_t *out, const char *text, size_t len)
{
    *out = 0;
    for (size_t i = 0; i < len && len <= 18; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *out = *out * 10 + (uint64_t)(text[i] - '0');
    }
    return len >= 1 && len <= 18;
}

bool core_number_read(double *out, const char *literal, size_t len)
{
    struct literal l; /* its digits are not initialized: a number rarely has that many */
    split_literal(&l, literal, literal + len);
    if (l.n_digits == 0)
        *out = 0;
    else if (!read_exactly(out, &l) && !read_by_strtod(out, &l))
        return false;
    if (l.negative)
        *out = -*out;
    return true;
}
