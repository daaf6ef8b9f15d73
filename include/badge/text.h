/*
 * The text forms of the protocol: hexadecimal, accounts (EIP-55), times (RFC 3339). Pure, no allocation.
 */
#ifndef BADGE_TEXT_H
#define BADGE_TEXT_H

#include "badge/hash.h"

#define BADGE_HEX_LEN 64     /* of a hash, without 0x */
#define BADGE_ADDRESS_LEN 42 /* "0x" and 40 digits */
#define BADGE_TIME_LEN 20    /* "2026-11-23T12:00:00Z" */

struct badge_address {
    uint8_t b[20];
};

/* Writes 2 * len lower-case digits and a NUL. */
BADGE_API void badge_hex_encode(char *out, const void *bytes, size_t len);

/*
 * Reads exactly 2 * out_len digits, upper or lower case, no prefix.
 * errors    BADGE_ESYNTAX (a wrong length, a character that is not a digit); out is then unspecified
 */
BADGE_API enum badge_status badge_hex_decode(void *out, size_t out_len, const char *text,
                                             size_t text_len) BADGE_CHECKED;

/* EIP-55 mixed case, 42 characters and a NUL. */
BADGE_API void badge_address_format(char out[BADGE_ADDRESS_LEN + 1], const struct badge_address *address);

/*
 * "0x" and 40 digits. Case is not compared with the checksum: accounts are written as EIP-55 and compared without case.
 * errors    BADGE_ESYNTAX
 */
BADGE_API enum badge_status badge_address_parse(struct badge_address *out, const char *text,
                                                size_t text_len) BADGE_CHECKED;
/* Whether mixed-case text has the right EIP-55 checksum; text in one case passes. For input typed by people. */
BADGE_API bool badge_address_checksum_ok(const char *text, size_t text_len);

/* Seconds since 1970 to UTC; 20 characters and a NUL. Times outside the years 0000 to 9999 become the nearest. */
BADGE_API void badge_time_format(char out[BADGE_TIME_LEN + 1], int64_t unix_s);
/*
 * RFC 3339 section 5.6 with any offset; a fraction is truncated. A leap second counts as the second after it, and is
 * accepted only where UTC can have one: at the end of a month.
 * errors    BADGE_ESYNTAX
 */
BADGE_API enum badge_status badge_time_parse(int64_t *unix_s, const char *text, size_t text_len) BADGE_CHECKED;

/*
 * A date in a credential: the moment as which it counts where it is a first one, and where it is a last one. The two
 * differ where the text leaves open what it means, which then counts for the narrower period: without an offset a first
 * moment is that of -12:00 and a last one that of +14:00; a day alone begins and ends with that day.
 */
struct badge_date {
    int64_t begins_s, ends_s; /* seconds since 1970, a fraction dropped */
    bool is_standard;         /* an xsd:dateTimeStamp, as VC Data Model 2.0 requires */
};
/*
 * xsd:dateTimeStamp (XML Schema 1.1 part 2, section 3.4.28): 24:00:00, years of more than four digits or below 0, and
 * fractions of any length, but not a leap second. Also read, and not standard: a day alone, no offset, no seconds,
 * +0100, small letters, a space for the T, a leap second (the second before it).
 * errors    BADGE_ESYNTAX
 */
BADGE_API enum badge_status badge_date_parse(struct badge_date *out, const char *text, size_t text_len) BADGE_CHECKED;

/*
 * Fills err (which may be NULL) and returns status, so that a caller writes `return badge_fail(err, …)`.
 * Conversions: %s %.*s %u %d %zu %lld %llu %c %%, and no others (core has a small formatter of its own). Control
 * characters and bytes that are not UTF-8 in the arguments become '?'.
 */
BADGE_API enum badge_status badge_fail(struct badge_err *err, enum badge_status status, size_t offset,
                                       const char *format, ...) BADGE_PRINTF(4, 5);
/* "out of memory", the same everywhere, since details would not help anyone. Returns BADGE_ENOMEM. */
static inline enum badge_status badge_no_memory(struct badge_err *err)
{
    (void)badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "out of memory");
    return BADGE_ENOMEM;
}

#endif
