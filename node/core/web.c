/*
 * What an address on the web is, and an answer by its headers. proof/ and status/ use it for what they fetch.
 */
#include "core/web.h"

#include <string.h>

#include "core/compiler.h"
#include "core/did.h"
#include "core/text.h"

bool web_url_is_https(struct badge_text url)
{
    struct badge_text rest = url, port = {NULL, 0};
    if (!core_text_skip(&rest, "https://") || rest.len == 0 || *rest.bytes == '/')
        return false;
    bool in_authority = true;
    for (size_t i = 0; i < rest.len; i++) {
        char c = rest.bytes[i];
        if (c <= ' ' || c > '~' || strchr("\"<>\\^`{|}#", c))
            return false;
        in_authority = in_authority && c != '/' && c != '?';
        if (in_authority && c == '@')
            return false;
        if (in_authority && (c == ':' || c == ']')) /* the last colon that is not within an IPv6 address */
            port = (struct badge_text){c == ':' ? rest.bytes + i + 1 : NULL, 0};
        else if (in_authority && port.bytes)
            port.len++;
    }
    return !port.bytes || did_port_ok(port);
}

struct badge_text web_url_origin(struct badge_text url)
{
    struct badge_text rest = url;
    if (!core_text_skip(&rest, "https://"))
        return (struct badge_text){"", 0};
    size_t n = 0;
    while (n < rest.len && rest.bytes[n] != '/' && rest.bytes[n] != '?')
        n++;
    return (struct badge_text){url.bytes, url.len - rest.len + n};
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* Without case, as media types are compared (RFC 9110 section 8.3.1). */
static bool is_type(struct badge_text type, const char *expected)
{
    size_t len = strlen(expected);
    for (size_t i = 0; i < len && type.len == len; i++) {
        char c = type.bytes[i];
        if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != expected[i])
            return false;
    }
    return type.len == len;
}

bool web_is_json(const char *media_type, bool has_disposition)
{
    static const char *const allowed[] = {"application/json",    "application/did+json", "application/did+ld+json",
                                          "application/ld+json", "application/jwk+json", "application/jwk-set+json"};
    if (!media_type || has_disposition || strchr(media_type, ',')) /* a comma: two headers, made one */
        return false;
    while (is_space(*media_type))
        media_type++;
    struct badge_text type = {media_type, strcspn(media_type, ";")};
    while (type.len > 0 && is_space(type.bytes[type.len - 1]))
        type.len--;
    for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
        if (is_type(type, allowed[i]))
            return true;
    return false;
}
