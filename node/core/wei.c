/*
 * Amounts of wei: 256 bits, big-endian, as in JSON-RPC and RLP. Used for balances and fees.
 *
 * Invariant: nothing is truncated silently; an amount that does not fit 64 bits is an error.
 */
#include "badge/wei.h"

#include <string.h>

#include "badge/text.h"

#define GWEI 1000000000
#define N_DIGITS 78     /* of 2^256 − 1 */
#define ETHER_DIGITS 18 /* an ether is 10^18 wei */
#define SHOWN_PLACES 6

struct badge_wei badge_wei_from_u64(uint64_t wei)
{
    struct badge_wei out = {{0}};
    for (size_t i = 0; i < 8; i++)
        out.b[31 - i] = (uint8_t)(wei >> (8 * i));
    return out;
}

enum badge_status badge_wei_to_u64(uint64_t *out, const struct badge_wei *wei)
{
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof wei->b; i++) {
        if (i < sizeof wei->b - 8 && wei->b[i] != 0)
            return BADGE_ELIMIT;
        value = value << 8 | wei->b[i];
    }
    *out = value;
    return BADGE_OK;
}

int badge_wei_compare(const struct badge_wei *a, const struct badge_wei *b)
{
    return memcmp(a->b, b->b, sizeof a->b);
}

enum badge_status badge_wei_parse_hex(struct badge_wei *out, const char *text, size_t len)
{
    char digits[2 * sizeof out->b];
    if (len < 3 || len > 2 + sizeof digits || text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
        return BADGE_ESYNTAX;
    memset(digits, '0', sizeof digits);
    memcpy(digits + sizeof digits - (len - 2), text + 2, len - 2);
    return badge_hex_decode(out->b, sizeof out->b, digits, sizeof digits);
}

/* Divides a big-endian number in place and returns the remainder. */
static uint32_t divide(uint8_t number[32], uint32_t divisor)
{
    uint64_t rest = 0;
    for (size_t i = 0; i < 32; i++) {
        rest = rest << 8 | number[i];
        number[i] = (uint8_t)(rest / divisor);
        rest %= divisor;
    }
    return (uint32_t)rest;
}

int64_t badge_wei_to_gwei(const struct badge_wei *wei)
{
    struct badge_wei quotient = *wei;
    uint64_t gwei;
    divide(quotient.b, GWEI);
    return badge_wei_to_u64(&gwei, &quotient) == BADGE_OK && gwei < INT64_MAX ? (int64_t)gwei : INT64_MAX;
}

/* In a unit of 10^unit_digits wei, rounded down to this many places. */
static void format(char *out, const struct badge_wei *wei, size_t unit_digits, size_t places)
{
    char digit[N_DIGITS]; /* digit[i] stands for 10^i wei */
    struct badge_wei rest = *wei;
    for (size_t i = 0; i < N_DIGITS; i++)
        digit[i] = (char)('0' + divide(rest.b, 10));

    size_t first = N_DIGITS - 1, last = unit_digits - places;
    while (first > unit_digits && digit[first] == '0')
        first--;
    while (last < unit_digits && digit[last] == '0')
        last++;
    for (size_t i = first + 1; i-- > last;) {
        if (i + 1 == unit_digits)
            *out++ = '.';
        *out++ = digit[i];
    }
    *out = '\0';
}

void badge_wei_format(char out[96], const struct badge_wei *wei)
{
    format(out, wei, 0, 0);
}

void badge_wei_format_ether(char out[96], const struct badge_wei *wei)
{
    format(out, wei, ETHER_DIGITS, SHOWN_PLACES);
}
