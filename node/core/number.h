/*
 * Conversion between decimal text and binary64: parsing for the JSON parser, and the powers of ten for printing.
 */
#ifndef CORE_NUMBER_H
#define CORE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The double nearest to a JSON number literal (ties to even), whatever its length and the process's locale.
 * literal   must match the grammar of RFC 8259
 * Returns false if it overflows binary64, or is not zero and rounds to zero.
 */
bool core_number_read(double *out, const char *literal, size_t len);

/* A whole number in decimal, 1 to 18 digits and nothing else. */
bool core_decimal_read(uint64_t *out, const char *text, size_t len);
/* Writes the decimal digits of a value, without a leading zero, at most 20; returns how many. */
size_t core_put_integer(char *out, uint64_t value);

/*
 * 10^k as a 128-bit significand whose top bit is set, rounded up: g = ceil(10^k / 2^(floor(log2(10^k)) - 127)).
 */
#define CORE_POW10_MIN (-292)
#define CORE_POW10_MAX 324
struct core_wide {
    uint64_t high, low;
};
struct core_wide core_pow10(int k);

#endif
