/*
 * Conditional and partial requests, read from what a stranger wrote. Pure; the server and the leaves handler call it.
 */
#include "http/conditions.h"

#include <string.h>
#include <strings.h>

bool conditions_match(const char *list, const char *etag)
{
    if (!list)
        return false;
    size_t etag_len = strlen(etag);
    const char *s = list + strspn(list, " \t,");
    if (s[0] == '*')
        return true;
    while (*s) {
        if (s[0] == 'W' && s[1] == '/')
            s += 2;
        if (*s != '"')
            return false;
        const char *end = strchr(s + 1, '"');
        if (!end)
            return false;
        size_t len = (size_t)(end + 1 - s);
        if (len == etag_len && memcmp(s, etag, len) == 0)
            return true;
        s = end + 1;
        s += strspn(s, " \t,");
    }
    return false;
}

/* Decimal digits at *s, at most what 64 bits hold; a number beyond them is the largest. */
static bool read_number(const char **s, uint64_t *out)
{
    const char *start = *s;
    *out = 0;
    for (; **s >= '0' && **s <= '9'; (*s)++) {
        uint64_t digit = (uint64_t)(**s - '0');
        *out = *out > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *out * 10 + digit;
    }
    return *s != start;
}

enum range conditions_range(const char *header, uint64_t content_len, uint64_t *first, uint64_t *last)
{
    if (!header || strncasecmp(header, "bytes=", 6) != 0)
        return RANGE_WHOLE;
    const char *s = header + 6;
    bool has_first = read_number(&s, first);
    if (*s++ != '-')
        return RANGE_WHOLE;
    bool has_last = read_number(&s, last);
    if (*s || (!has_first && !has_last))
        return RANGE_WHOLE;
    if (!has_first) { /* the last so many bytes */
        if (*last == 0 || content_len == 0)
            return RANGE_UNSATISFIABLE;
        *first = *last >= content_len ? 0 : content_len - *last;
        *last = content_len - 1;
        return RANGE_PART;
    }
    if (has_last && *last < *first)
        return RANGE_WHOLE;
    if (*first >= content_len)
        return RANGE_UNSATISFIABLE;
    if (!has_last || *last >= content_len)
        *last = content_len - 1;
    return RANGE_PART;
}
