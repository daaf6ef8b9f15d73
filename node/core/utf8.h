/*
 * UTF-8 as I-JSON allows it (RFC 3629; RFC 7493 section 2.1: no surrogates, no noncharacters).
 */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads one sequence whose first byte is 0x80 or above. Returns its length; 0: invalid. bytes < end. */
size_t core_utf8_decode(uint32_t *code_point, const char *bytes, const char *end);
/* Writes the 1 to 4 bytes of a code point that is not a surrogate; returns how many. */
size_t core_utf8_encode(char *out, uint32_t code_point);
/* U+FDD0 to U+FDEF and the last two code points of each plane. */
bool core_utf8_noncharacter(uint32_t code_point);

#endif
