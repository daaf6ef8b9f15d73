/*
 * Core's own small formatter, so that core does not need stdio. Arguments are sanitized: control characters and bytes
 * that are not UTF-8 become '?', so that a hostile document can't control a terminal or break the JSON that contains
 * the text. What does not fit is cut off after a whole character.
 */
#ifndef CORE_FORMAT_H
#define CORE_FORMAT_H

#include <stdarg.h>

#include "badge/text.h"

/* Conversions: %s %.*s %u %d %zu %lld %llu %c %%. Returns the length written; a NUL follows. capacity is at least 1. */
size_t core_format(char *out, size_t capacity, const char *format, ...) BADGE_PRINTF(3, 4);
size_t core_vformat(char *out, size_t capacity, const char *format, va_list args) BADGE_PRINTF(3, 0);

/* The text forms of badge/text.h, for one expression: printf("%s", core_hash_text(&root).s). */
struct hash_text {
    char s[BADGE_HEX_LEN + 1];
};
struct account_text {
    char s[BADGE_ADDRESS_LEN + 1];
};
struct time_text {
    char s[BADGE_TIME_LEN + 1];
};
struct hash_text core_hash_text(const struct badge_hash *hash);
struct account_text core_account_text(const struct badge_address *account);
struct time_text core_time_text(int64_t unix_s);

#endif
