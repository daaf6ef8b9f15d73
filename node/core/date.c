/*
 * Dates as credentials contain them. claims.c compares them with the clock, summary.c shows them.
 *
 * Invariant: what the text leaves open narrows the period; what is not a date at all is an error, and never a guess.
 */
#include "badge/text.h"
#include "core/text.h"

#define DAY_S 86400
#define MAX_YEAR_DIGITS 11 /* 10^11 years in seconds fit in 64 bits */

struct cursor {
    const char *at, *end;
};

static bool take(struct cursor *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

/* Two digits; -1: there are none. */
static int64_t take_two(struct cursor *c)
{
    if (c->end - c->at < 2 || c->at[0] < '0' || c->at[0] > '9' || c->at[1] < '0' || c->at[1] > '9')
        return -1;
    c->at += 2;
    return (c->at[-2] - '0') * 10 + (c->at[-1] - '0');
}

/* At least four digits, more only without a leading zero. */
static bool take_year(struct cursor *c, int64_t *year)
{
    bool is_negative = take(c, '-');
    const char *first = c->at;
    for (*year = 0; c->at < c->end && *c->at >= '0' && *c->at <= '9' && c->at - first <= MAX_YEAR_DIGITS; c->at++)
        *year = *year * 10 + (*c->at - '0');
    long n = (long)(c->at - first);
    if (is_negative)
        *year = -*year;
    return n >= 4 && n <= MAX_YEAR_DIGITS && (n == 4 || *first != '0');
}

static bool take_day(struct cursor *c, int64_t *days)
{
    static const uint8_t month_days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t year;
    if (!take_year(c, &year) || !take(c, '-'))
        return false;
    int64_t month = take_two(c);
    if (month < 1 || month > 12 || !take(c, '-'))
        return false;
    int64_t day = take_two(c);
    bool is_leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day < 1 || day > month_days[month - 1] + is_leap)
        return false;
    *days = core_days_from_date(year, month, day);
    return true;
}

/* The time of day in seconds; a fraction is dropped. */
static bool take_time(struct cursor *c, int64_t *second_of_day, bool *is_standard)
{
    bool has_fraction = false, is_zero = true;
    int64_t hour = take_two(c), minute = hour >= 0 && take(c, ':') ? take_two(c) : -1, second = 0;
    if (hour < 0 || minute < 0 || minute > 59)
        return false;
    if (take(c, ':')) {
        second = take_two(c);
        if (second < 0)
            return false;
        for (has_fraction = take(c, '.'); has_fraction && c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
            is_zero = is_zero && *c->at == '0';
        if (has_fraction && c->at[-1] == '.')
            return false;
    } else {
        *is_standard = false;
    }
    if (second == 60) { /* a leap second, which XML Schema does not have */
        *is_standard = false;
        second = 59;
    }
    if (hour > 24 || second > 59 || (hour == 24 && (minute != 0 || second != 0 || !is_zero)))
        return false;
    *second_of_day = hour * 3600 + minute * 60 + second;
    return true;
}

/* The rest of the text. False: it is not an offset. */
static bool take_offset(struct cursor *c, struct badge_date *out)
{
    int64_t begins_s = -12 * 3600, ends_s = 14 * 3600; /* where there is none, as in the narrower zone */
    if (c->at == c->end) {
        out->is_standard = false;
    } else if (take(c, 'Z') || take(c, 'z')) {
        out->is_standard = out->is_standard && c->at[-1] == 'Z';
        begins_s = ends_s = 0;
    } else {
        int64_t sign = take(c, '-') ? -1 : 1, minutes = 0;
        if (sign > 0 && !take(c, '+'))
            return false;
        int64_t hours = take_two(c);
        bool has_colon = take(c, ':');
        if (has_colon || c->at < c->end)
            minutes = take_two(c);
        if (hours < 0 || minutes < 0 || minutes > 59 || hours * 60 + minutes > 14 * 60)
            return false;
        out->is_standard = out->is_standard && has_colon;
        begins_s = ends_s = sign * (hours * 3600 + minutes * 60);
    }
    out->begins_s -= begins_s;
    out->ends_s -= ends_s;
    return c->at == c->end;
}

enum badge_status badge_date_parse(struct badge_date *out, const char *text, size_t text_len)
{
    struct cursor c = {text, text + text_len};
    int64_t days, first_s = 0, last_s = DAY_S - 1; /* of a day alone */
    out->is_standard = true;
    if (!take_day(&c, &days))
        return BADGE_ESYNTAX;
    if (take(&c, 'T') || take(&c, 't') || take(&c, ' ')) {
        out->is_standard = c.at[-1] == 'T';
        if (!take_time(&c, &first_s, &out->is_standard))
            return BADGE_ESYNTAX;
        last_s = first_s;
    } else {
        out->is_standard = false;
    }
    out->begins_s = days * DAY_S + first_s;
    out->ends_s = days * DAY_S + last_s;
    return take_offset(&c, out) ? BADGE_OK : BADGE_ESYNTAX;
}
