/*
 * The check of a request's headers. request.c calls it once for each request, before routing. A fault is answered with
 * 400 and the connection closed, because it is unknown where the next request would begin.
 */
#include "http/header_check.h"

#include <string.h>
#include <strings.h>

#include "core/number.h"

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool consists_of(const char *s, size_t len, const char *others)
{
    for (size_t i = 0; i < len; i++)
        if (!is_alphanumeric(s[i]) && (!s[i] || !strchr(others, s[i])))
            return false;
    return len > 0;
}

static bool has_control(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] < 0x20 ? s[i] != '\t' : s[i] == 0x7f)
            return true;
    return false;
}

static bool equals(const char *text, size_t len, const char *expected)
{
    return strlen(expected) == len && strncasecmp(text, expected, len) == 0;
}

bool header_check_field(struct header_check *check, const char *name, size_t name_len, const char *value,
                        size_t value_len)
{
    if (!consists_of(name, name_len, "!#$%&'*+-.^_`|~"))
        check->why = "A header's name contains a character that is not allowed, such as a space before the colon.";
    else if (has_control(value, value_len))
        check->why = "A header's value contains a control character.";
    else if (equals(name, name_len, "Host")) {
        if (check->n_hosts++)
            check->why = "There is more than one Host header.";
        else if (!consists_of(value, value_len, "-._~:[]"))
            check->why = "The Host header is not a host name with an optional port.";
    } else if (equals(name, name_len, "Content-Length")) {
        if (check->n_lengths++)
            check->why = "There is more than one Content-Length header.";
        else if (!core_decimal_read(&check->content_length, value, value_len))
            check->why = "The Content-Length is not a decimal number.";
    } else if (equals(name, name_len, "Transfer-Encoding")) {
        if (check->n_codings++ || !equals(value, value_len, "chunked"))
            check->why = "This node accepts only the transfer coding chunked, once.";
        check->is_chunked = true;
    } else if (equals(name, name_len, "X-Request-Id") && value_len <= 64 && consists_of(value, value_len, "-._")) {
        memcpy(check->request_id, value, value_len);
        check->request_id[value_len] = '\0';
    }
    return !check->why;
}

void header_check_end(struct header_check *check, const char *path)
{
    if (check->why)
        return;
    if (check->n_lengths && check->n_codings)
        check->why = "Content-Length and Transfer-Encoding must not come together.";
    else if (check->n_codings && !check->is_1_1)
        check->why = "HTTP/1.0 has no transfer codings.";
    else if (check->is_1_1 && check->n_hosts == 0)
        check->why = "The Host header is missing.";
    else if (path[0] != '/' && strcmp(path, "*") != 0)
        check->why = "The target of a request must begin with a slash.";
}
