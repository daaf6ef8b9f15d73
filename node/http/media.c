/*
 * Media types of submissions. Pure; called before a body is read (is the type accepted?) and after it was hashed (do
 * the bytes contradict it?).
 */
#include "http/media.h"

#include <string.h>
#include <strings.h>

static bool is_token(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool equals(const char *s, size_t len, const char *expected)
{
    return strlen(expected) == len && strncasecmp(s, expected, len) == 0;
}

static bool ends_with(const char *s, size_t len, const char *suffix)
{
    size_t n = strlen(suffix);
    return len > n && strncasecmp(s + len - n, suffix, n) == 0;
}

static const char *skip_space(const char *s)
{
    return s + strspn(s, " \t");
}

/* Reads ";name=value" pairs to the end; false where they are malformed or a charset is not UTF-8. */
static bool parameters_ok(const char *s)
{
    for (s = skip_space(s); *s == ';'; s = skip_space(s)) {
        s = skip_space(s + 1);
        if (*s == ';' || !*s)
            continue; /* RFC 9110 section 5.6.6 lets parameters be empty */
        const char *name = s;
        while (is_token(*s))
            s++;
        size_t name_len = (size_t)(s - name), value_len;
        if (name_len == 0 || *s++ != '=')
            return false;
        const char *value = s;
        if (*s == '"') {
            value = ++s;
            s += strcspn(s, "\"\\"); /* no accepted type needs an escaped quote */
            value_len = (size_t)(s - value);
            if (*s++ != '"')
                return false;
        } else {
            while (is_token(*s))
                s++;
            value_len = (size_t)(s - value);
        }
        if (value_len == 0)
            return false;
        if (equals(name, name_len, "charset") && !equals(value, value_len, "utf-8") &&
            !equals(value, value_len, "us-ascii"))
            return false;
    }
    return !*s;
}

enum media media_parse(const char *content_type)
{
    if (!content_type)
        return MEDIA_REFUSED;
    const char *type = skip_space(content_type), *s = type;
    while (is_token(*s))
        s++;
    size_t type_len = (size_t)(s - type);
    if (type_len == 0 || *s++ != '/')
        return MEDIA_REFUSED;
    const char *sub = s;
    while (is_token(*s))
        s++;
    size_t sub_len = (size_t)(s - sub);
    if (sub_len == 0)
        return MEDIA_REFUSED;
    if (equals(type, type_len, "text") && equals(sub, sub_len, "plain"))
        return MEDIA_BYTES; /* of any charset: the bytes are hashed as they are */
    if (!parameters_ok(s))
        return MEDIA_REFUSED;
    if (equals(type, type_len, "image"))
        return equals(sub, sub_len, "png") ? MEDIA_PNG : equals(sub, sub_len, "svg+xml") ? MEDIA_SVG : MEDIA_REFUSED;
    if (!equals(type, type_len, "application"))
        return MEDIA_REFUSED;
    if (equals(sub, sub_len, "json") || equals(sub, sub_len, "vc") || ends_with(sub, sub_len, "+json"))
        return MEDIA_JSON;
    if (equals(sub, sub_len, "jwt") || ends_with(sub, sub_len, "+jwt"))
        return MEDIA_JWT;
    if (equals(sub, sub_len, "pdf"))
        return MEDIA_PDF;
    if (equals(sub, sub_len, "octet-stream"))
        return MEDIA_BYTES;
    if (equals(sub, sub_len, "x-ndjson") || equals(sub, sub_len, "ndjson"))
        return MEDIA_NDJSON;
    return MEDIA_REFUSED;
}

bool media_fits(enum media media, enum badge_label label, bool is_image, const void *head, size_t head_len)
{
    bool is_png = is_image && head_len > 0 && *(const unsigned char *)head == 0x89;
    switch (media) {
    case MEDIA_JSON:
    case MEDIA_NDJSON:
        return label == BADGE_LABEL_JCS && !is_image;
    case MEDIA_JWT:
        return label == BADGE_LABEL_COMPACT && !is_image;
    case MEDIA_PNG:
        return is_png;
    case MEDIA_SVG:
        return is_image && !is_png;
    case MEDIA_PDF:
        return label == BADGE_LABEL_RAW && head_len >= 5 && memcmp(head, "%PDF-", 5) == 0;
    case MEDIA_BYTES:
        return true;
    case MEDIA_REFUSED:
        break;
    }
    return false;
}
