/*
 * Reads multibase and base64url for keys, proof values and the parts of a JWS.
 *
 * Invariant: a text that is accepted is the only one with its value, so that no character of a signature can be changed
 * unnoticed.
 */
#include "proof/multibase.h"

#include <string.h>

#include "core/kind.h"

bool multibase_base64url(void *out, size_t *len, size_t capacity, struct badge_text text)
{
    uint8_t *to = out, value;
    uint32_t bits = 0;
    unsigned n_bits = 0;
    *len = 0;
    if (text.len % 4 == 1 || text.len / 4 * 3 + text.len % 4 * 3 / 4 > capacity)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!kind_is_base64url((uint8_t)text.bytes[i], &value))
            return false;
        bits = bits << 6 | value;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            if (to)
                to[*len] = (uint8_t)(bits >> n_bits);
            ++*len;
            bits &= (1U << n_bits) - 1;
        }
    }
    return bits == 0;
}

/* The digit of a character; 58: it is none. */
static unsigned base58_digit(char c)
{
    static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (unsigned)(at - digits) : 58;
}

#define CHUNK 5                                       /* digits taken at once: 58^5 < 2^32 */
#define MAX_WORDS (MULTIBASE_MAX_LEN * 3 / 4 / 4 + 2) /* a digit has less than 6 bits */

/* value = value * factor + digits; the words of value, the lowest first. */
static size_t multiply_add(uint32_t *word, size_t n, uint32_t factor, uint32_t digits)
{
    uint64_t carry = digits;
    for (size_t i = 0; i < n; i++) {
        carry += (uint64_t)word[i] * factor;
        word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry > 0)
        word[n++] = (uint32_t)carry;
    return n;
}

static bool base58(uint8_t *out, size_t *len, size_t capacity, struct badge_text text)
{
    uint32_t word[MAX_WORDS];
    size_t n = 0, n_zeros = 0;
    if (text.len > MULTIBASE_MAX_LEN)
        return false;
    while (n_zeros < text.len && text.bytes[n_zeros] == '1')
        n_zeros++;
    for (size_t i = n_zeros; i < text.len;) {
        uint32_t factor = 1, digits = 0;
        for (size_t end = text.len - i < CHUNK ? text.len : i + CHUNK; i < end; i++) {
            unsigned digit = base58_digit(text.bytes[i]);
            if (digit == 58)
                return false;
            factor *= 58;
            digits = digits * 58 + digit;
        }
        n = multiply_add(word, n, factor, digits);
    }
    size_t n_bytes = n * 4;
    while (n_bytes > 0 && (word[(n_bytes - 1) / 4] >> (n_bytes - 1) % 4 * 8 & 0xff) == 0)
        n_bytes--;
    if (n_zeros + n_bytes > capacity)
        return false;
    memset(out, 0, n_zeros);
    for (size_t i = 0; i < n_bytes; i++)
        out[n_zeros + n_bytes - 1 - i] = (uint8_t)(word[i / 4] >> i % 4 * 8);
    *len = n_zeros + n_bytes;
    return true;
}

bool multibase_decode(void *out, size_t *len, size_t capacity, bool *is_base64url, struct badge_text text)
{
    *len = 0;
    *is_base64url = false;
    if (text.len == 0)
        return false;
    struct badge_text rest = {text.bytes + 1, text.len - 1};
    if (*text.bytes == 'z')
        return base58(out, len, capacity, rest);
    *is_base64url = *text.bytes == 'u';
    return *is_base64url && multibase_base64url(out, len, capacity, rest);
}
