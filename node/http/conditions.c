/*
 * Conditional and partial requests, parsed from untrusted headers. Pure; send.c and handlers call it.
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

/* Decimal digits at *s; a number that does not fit in 64 bits becomes the largest. */
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
    uint64_t from, to;
    bool has_from = read_number(&s, &from);
    if (*s++ != '-')
        return RANGE_WHOLE;
    bool has_to = read_number(&s, &to);
    if (*s || (!has_from && !has_to) || (has_from && has_to && to < from))
        return RANGE_WHOLE;
    if (has_from ? from >= content_len : to == 0 || content_len == 0)
        return RANGE_UNSATISFIABLE;
    if (has_from) {
        *first = from;
        *last = has_to && to < content_len ? to : content_len - 1;
    } else { /* a suffix: the last `to` bytes */
        *first = to < content_len ? content_len - to : 0;
        *last = content_len - 1;
    }
    return RANGE_PART;
}

/* Whether the parameters of a coding allow it: every weight does except q=0, however it is written. */
static bool has_weight(const char *s, size_t len)
{
    const char *q = memchr(s, '=', len);
    if (!q)
        return true;
    for (const char *c = q + 1; c < s + len; c++)
        if (*c >= '1' && *c <= '9')
            return true;
    return false;
}

bool conditions_accept_gzip(const char *list)
{
    bool any = false;
    for (const char *s = list ? list : ""; *s; s += *s == ',') {
        s += strspn(s, " \t");
        size_t len = strcspn(s, ","), name_len = strcspn(s, " \t;,");
        if (name_len == 4 && strncasecmp(s, "gzip", 4) == 0)
            return has_weight(s, len);
        any = any || (name_len == 1 && *s == '*' && has_weight(s, len));
        s += len;
    }
    return any;
}
