/*
 * Keywords, and IRIs as texts: what is absolute, and how a relative reference is resolved (RFC 3986 section 5.2).
 * Called by context processing and expansion.
 */
#include "jsonld/iri.h"

#include <string.h>

#include "core/compiler.h"
#include "core/text.h"

#define T(s)                                                                                                           \
    {                                                                                                                  \
        s, sizeof s - 1                                                                                                \
    }

static const struct badge_text keywords[] = {
    T("@base"),   T("@container"), T("@context"), T("@direction"), T("@graph"),     T("@id"),
    T("@import"), T("@included"),  T("@index"),   T("@json"),      T("@language"),  T("@list"),
    T("@nest"),   T("@none"),      T("@prefix"),  T("@propagate"), T("@protected"), T("@reverse"),
    T("@set"),    T("@type"),      T("@value"),   T("@version"),   T("@vocab"),
};

struct badge_text ld_keyword_text(enum ld_keyword keyword)
{
    return keywords[keyword];
}

enum ld_keyword ld_keyword(struct badge_text text)
{
    if (text.len < 3 || text.bytes[0] != '@')
        return LD_NOT_KEYWORD;
    size_t i = 0;
    while (i < ARRAY_LEN(keywords) && !core_text_equal(keywords[i], text))
        i++;
    return (enum ld_keyword)i;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool ld_is_keyword_like(struct badge_text text)
{
    if (text.len < 2 || text.bytes[0] != '@')
        return false;
    for (size_t i = 1; i < text.len; i++)
        if (!is_letter(text.bytes[i]))
            return false;
    return true;
}

/* The length of a scheme that begins the text, without its colon; 0: it begins with none. */
static size_t scheme_length(struct badge_text text)
{
    size_t i = 0;
    if (text.len == 0 || !is_letter(text.bytes[0]))
        return 0;
    while (i < text.len && (is_letter(text.bytes[i]) || (text.bytes[i] >= '0' && text.bytes[i] <= '9') ||
                            text.bytes[i] == '+' || text.bytes[i] == '-' || text.bytes[i] == '.'))
        i++;
    return i < text.len && text.bytes[i] == ':' ? i : 0;
}

bool ld_is_blank(struct badge_text text)
{
    return text.len >= 2 && text.bytes[0] == '_' && text.bytes[1] == ':';
}

bool ld_is_absolute(struct badge_text text)
{
    if (!ld_is_blank(text) && scheme_length(text) == 0)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.bytes[i] <= ' ')
            return false;
    return true;
}

bool ld_ends_with_delimiter(struct badge_text text)
{
    return text.len > 0 && memchr(":/?#[]@", text.bytes[text.len - 1], 7);
}

size_t ld_colon(struct badge_text text)
{
    const char *colon = text.len > 1 ? memchr(text.bytes + 1, ':', text.len - 1) : NULL;
    return colon ? (size_t)(colon - text.bytes) : 0;
}

bool ld_concat(struct badge_text *out, struct badge_arena *arena, struct badge_text a, struct badge_text b)
{
    char *text = badge_arena_alloc(arena, a.len + b.len);
    if (!text)
        return false;
    if (a.len > 0)
        memcpy(text, a.bytes, a.len);
    if (b.len > 0)
        memcpy(text + a.len, b.bytes, b.len);
    *out = (struct badge_text){text, a.len + b.len};
    return true;
}

/* -- resolution ---------------------------------------------------------------------------------------------------- */

/* The components of RFC 3986 section 3, with their delimiters: "http:", "//a", "/b/c", "?d", "#e". */
struct parts {
    struct badge_text scheme, authority, path, query, fragment;
};

static struct badge_text take(struct badge_text *rest, size_t len)
{
    struct badge_text taken = {rest->bytes, len};
    *rest = (struct badge_text){rest->bytes + len, rest->len - len};
    return taken;
}

/* How many bytes come before the first of the delimiters. */
static size_t until(struct badge_text text, const char *delimiters)
{
    size_t i = 0;
    while (i < text.len && (text.bytes[i] == '\0' || !strchr(delimiters, text.bytes[i])))
        i++;
    return i;
}

static struct parts split(struct badge_text iri)
{
    struct parts parts = {0};
    size_t scheme = scheme_length(iri);
    if (scheme > 0)
        parts.scheme = take(&iri, scheme + 1);
    if (iri.len >= 2 && iri.bytes[0] == '/' && iri.bytes[1] == '/') {
        struct badge_text after = {iri.bytes + 2, iri.len - 2};
        parts.authority = take(&iri, 2 + until(after, "/?#"));
    }
    parts.path = take(&iri, until(iri, "?#"));
    parts.query = take(&iri, until(iri, "#"));
    parts.fragment = iri;
    return parts;
}

static char *put(char *at, struct badge_text text)
{
    if (text.len > 0)
        memcpy(at, text.bytes, text.len);
    return at + text.len;
}

/* Whether the path goes on with a segment of this text: at its end, or before a slash. */
static bool at_segment(const char *at, const char *end, const char *segment)
{
    size_t len = strlen(segment);
    return (size_t)(end - at) >= len && memcmp(at, segment, len) == 0 && (at + len == end || at[len] == '/');
}

/* RFC 3986 section 5.2.4, in place; returns the new end. */
static char *remove_dot_segments(char *path, char *end)
{
    char *to = path;
    const char *at = path;
    while (at_segment(at, end, ".") || at_segment(at, end, ".."))
        for (bool slash = false; at < end && !slash; at++)
            slash = *at == '/';
    while (at < end) {
        bool up = at_segment(at, end, "/..");
        if (!up && !at_segment(at, end, "/.")) {
            do
                *to++ = *at++;
            while (at < end && *at != '/');
            continue;
        }
        at += up ? 3 : 2;
        while (up && to > path && *--to != '/')
            ;
        if (at == end)
            *to++ = '/';
    }
    return to;
}

/* The base's path up to its last slash. */
static struct badge_text directory(const struct parts *base)
{
    struct badge_text path = base->path;
    while (path.len > 0 && path.bytes[path.len - 1] != '/')
        path.len--;
    if (path.len == 0 && base->authority.len > 0)
        return (struct badge_text){"/", 1};
    return path;
}

bool ld_iri_resolve(struct badge_text *out, struct badge_arena *arena, struct badge_text base,
                    struct badge_text reference)
{
    *out = reference;
    if (base.len == 0 || scheme_length(reference) > 0)
        return true;
    struct parts from = split(base), to = split(reference);
    char *text = badge_arena_alloc(arena, base.len + reference.len + 2);
    if (!text)
        return false;

    bool has_authority = to.authority.len > 0, has_path = has_authority || to.path.len > 0;
    char *at = put(text, from.scheme);
    at = put(at, has_authority ? to.authority : from.authority);
    char *path = at;
    if (!has_path) {
        at = put(at, from.path);
    } else {
        if (!has_authority && to.path.bytes[0] != '/')
            at = put(at, directory(&from));
        at = put(at, to.path);
        at = remove_dot_segments(path, at);
    }
    at = put(at, has_path || to.query.len > 0 ? to.query : from.query);
    at = put(at, to.fragment);
    *out = (struct badge_text){text, (size_t)(at - text)};
    return true;
}
