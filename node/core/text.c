/*
 * The text forms of the protocol, parsed strictly and written in one way: hexadecimal, accounts, times.
 * Invariant: nothing here reads its input beyond the given length.
 */
#include "badge/text.h"

#include <string.h>

#include "core/kind.h"
#include "core/text.h"

#define DAY_S 86400

static const char hex_digit[] = "0123456789abcdef";

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

void badge_hex_encode(char *out, const void *bytes, size_t len)
{
    const uint8_t *b = bytes;
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = hex_digit[b[i] >> 4];
        out[2 * i + 1] = hex_digit[b[i] & 15];
    }
    out[2 * len] = '\0';
}

enum badge_status badge_hex_decode(void *out, size_t out_len, const char *text, size_t text_len)
{
    uint8_t *b = out;
    if (text_len / 2 != out_len || text_len % 2 != 0)
        return BADGE_ESYNTAX;
    for (size_t i = 0; i < out_len; i++) {
        int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return BADGE_ESYNTAX;
        b[i] = (uint8_t)(high << 4 | low);
    }
    return BADGE_OK;
}

/* EIP-55: a letter is a capital where the keccak-256 of the lower-case digits has 8 or more at its place. */
void badge_address_format(char out[BADGE_ADDRESS_LEN + 1], const struct badge_address *address)
{
    struct badge_hash hash;
    out[0] = '0';
    out[1] = 'x';
    badge_hex_encode(out + 2, address->b, sizeof address->b);
    badge_keccak256(&hash, out + 2, BADGE_ADDRESS_LEN - 2);
    for (size_t i = 0; i < BADGE_ADDRESS_LEN - 2; i++) {
        unsigned nibble = i % 2 == 0 ? hash.b[i / 2] >> 4 : hash.b[i / 2] & 15;
        char *c = out + 2 + i;
        if (nibble >= 8 && *c >= 'a')
            *c = (char)(*c - 'a' + 'A');
    }
}

enum badge_status badge_address_parse(struct badge_address *out, const char *text, size_t text_len)
{
    if (text_len != BADGE_ADDRESS_LEN || text[0] != '0' || text[1] != 'x')
        return BADGE_ESYNTAX;
    return badge_hex_decode(out->b, sizeof out->b, text + 2, text_len - 2);
}

bool badge_address_checksum_ok(const char *text, size_t text_len)
{
    struct badge_address address;
    char formatted[BADGE_ADDRESS_LEN + 1];
    bool lower = false, upper = false;

    if (badge_address_parse(&address, text, text_len) != BADGE_OK)
        return false;
    for (size_t i = 2; i < text_len; i++) {
        lower = lower || (text[i] >= 'a' && text[i] <= 'f');
        upper = upper || (text[i] >= 'A' && text[i] <= 'F');
    }
    if (!lower || !upper)
        return true;
    badge_address_format(formatted, &address);
    return memcmp(formatted, text, BADGE_ADDRESS_LEN) == 0;
}

/* -- times ------------------------------------------------------------------------------------------------------- */

/* Days from 1970-01-01 in the proleptic Gregorian calendar. Years begin in March here: a leap day is a year's last. */
int64_t core_days_from_date(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void date_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    *month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    *year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

static void put_digits(char *out, int n, int64_t value)
{
    for (int i = n - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

void badge_time_format(char out[BADGE_TIME_LEN + 1], int64_t unix_s)
{
    const int64_t first = core_days_from_date(0, 1, 1) * DAY_S, last = core_days_from_date(10000, 1, 1) * DAY_S - 1;
    int64_t s = unix_s < first ? first : unix_s > last ? last : unix_s;
    int64_t days = s / DAY_S, second_of_day = s % DAY_S, year, month, day;

    if (second_of_day < 0) {
        second_of_day += DAY_S;
        days--;
    }
    date_from_days(days, &year, &month, &day);
    memcpy(out, "0000-00-00T00:00:00Z", BADGE_TIME_LEN + 1);
    put_digits(out, 4, year);
    put_digits(out + 5, 2, month);
    put_digits(out + 8, 2, day);
    put_digits(out + 11, 2, second_of_day / 3600);
    put_digits(out + 14, 2, second_of_day / 60 % 60);
    put_digits(out + 17, 2, second_of_day % 60);
}

/* Reads exactly n digits and, unless it is NUL, the character `after`; moves *text past both. -1: no match. */
static int64_t take_digits(const char **text, const char *end, int n, char after)
{
    int64_t value = 0;
    if (end - *text < n + (after ? 1 : 0))
        return -1;
    for (int i = 0; i < n; i++, ++*text) {
        if (**text < '0' || **text > '9')
            return -1;
        value = value * 10 + (**text - '0');
    }
    if (after && *(*text)++ != after)
        return -1;
    return value;
}

/* RFC 3339 section 5.6: time-secfrac is optional, time-offset is not. */
static bool take_fraction_and_offset(int64_t *offset_s, const char *text, const char *end)
{
    if (text < end && *text == '.') {
        const char *digits = ++text;
        while (text < end && *text >= '0' && *text <= '9')
            text++;
        if (text == digits)
            return false;
    }
    if (text == end)
        return false;
    char sign = *text++;
    *offset_s = 0;
    if (sign == 'Z' || sign == 'z')
        return text == end;
    if (sign != '+' && sign != '-')
        return false;
    int64_t hours = take_digits(&text, end, 2, ':');
    int64_t minutes = take_digits(&text, end, 2, '\0');
    if (text != end || hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *offset_s = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    return true;
}

enum badge_status badge_time_parse(int64_t *unix_s, const char *text, size_t text_len)
{
    static const uint8_t month_days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const char *end = text + text_len;
    int64_t year = take_digits(&text, end, 4, '-');
    int64_t month = year < 0 ? -1 : take_digits(&text, end, 2, '-');
    int64_t day = month < 1 || month > 12 ? -1 : take_digits(&text, end, 2, '\0');
    if (day < 1 || text == end || (*text != 'T' && *text != 't'))
        return BADGE_ESYNTAX;
    text++;
    bool leap_year = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > month_days[month - 1] + (month == 2 && leap_year ? 1 : 0))
        return BADGE_ESYNTAX;

    int64_t hour = take_digits(&text, end, 2, ':');
    int64_t minute = hour < 0 || hour > 23 ? -1 : take_digits(&text, end, 2, ':');
    int64_t second = minute < 0 || minute > 59 ? -1 : take_digits(&text, end, 2, '\0');
    int64_t offset_s;
    if (second < 0 || second > 60 || !take_fraction_and_offset(&offset_s, text, end))
        return BADGE_ESYNTAX;
    int64_t s = core_days_from_date(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second - offset_s;
    if (second == 60) {
        /* RFC 3339 section 5.7: a leap second is the last of a month in UTC, so the next second begins a month. */
        date_from_days(s / DAY_S, &year, &month, &day);
        if (s % DAY_S != 0 || day != 1)
            return BADGE_ESYNTAX;
    }
    *unix_s = s;
    return BADGE_OK;
}

/* -- comparison ---------------------------------------------------------------------------------------------------- */

bool core_text_equal(struct badge_text a, struct badge_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

bool core_text_is(struct badge_text text, const char *expected)
{
    return core_text_equal(text, (struct badge_text){expected, strlen(expected)});
}

bool core_text_skip(struct badge_text *text, const char *prefix)
{
    size_t len = strlen(prefix);
    if (text->len < len || memcmp(text->bytes, prefix, len) != 0)
        return false;
    text->bytes += len;
    text->len -= len;
    return true;
}

struct badge_text core_text_trim(struct badge_text text)
{
    while (text.len > 0 && kind_is_space((uint8_t)text.bytes[text.len - 1]))
        text.len--;
    for (; text.len > 0 && kind_is_space((uint8_t)*text.bytes); text.len--)
        text.bytes++;
    return text;
}
