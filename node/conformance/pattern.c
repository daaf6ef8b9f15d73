/*
 * The regular expressions of the schemas, each written out.
 */
#include <string.h>

#include "conformance/rules.h"
#include "core/text.h"

static bool in(char c, char first, char last)
{
    return c >= first && c <= last;
}

/* Skips min to max characters between first and last; false: there are fewer. */
static bool skip(struct badge_text *text, char first, char last, size_t min, size_t max)
{
    size_t n = 0;
    while (n < max && n < text->len && in(text->bytes[n], first, last))
        n++;
    *text = (struct badge_text){text->bytes + n, text->len - n};
    return n >= min;
}

/* ^[a-z]{2}(-[A-Z]{2})?$ */
static bool is_language(struct badge_text text)
{
    return skip(&text, 'a', 'z', 2, 2) &&
           (text.len == 0 || (core_text_skip(&text, "-") && skip(&text, 'A', 'Z', 2, 2) && text.len == 0));
}

/* ^[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$ */
static bool is_language_tag(struct badge_text text)
{
    if (!skip(&text, 'a', 'z', 2, 4))
        return false;
    struct badge_text script = text;
    if (core_text_skip(&script, "-") && skip(&script, 'A', 'Z', 1, 1) && skip(&script, 'a', 'z', 3, 3))
        text = script;
    struct badge_text letters = text, numbers = text;
    return text.len == 0 || (core_text_skip(&letters, "-") && skip(&letters, 'A', 'Z', 2, 2) && letters.len == 0) ||
           (core_text_skip(&numbers, "-") && skip(&numbers, '0', '9', 3, 3) && numbers.len == 0);
}

/* ^[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]*\.[a-zA-Z0-9_-]+$ */
static bool is_jws(struct badge_text text)
{
    size_t n_dots = 0, len[3] = {0};
    for (size_t i = 0; i < text.len; i++) {
        char c = text.bytes[i];
        if (c == '.' && ++n_dots > 2)
            return false;
        if (c == '.')
            continue;
        if (!in(c, 'a', 'z') && !in(c, 'A', 'Z') && !in(c, '0', '9') && c != '_' && c != '-')
            return false;
        len[n_dots]++;
    }
    return n_dots == 2 && len[0] > 0 && len[2] > 0;
}

/* (ext:)[a-z|A-Z|0-9|.|-|_]+, anywhere: the minus between two bars is a range of bars alone. */
static bool has_extension(struct badge_text text)
{
    for (size_t i = 0; i + 4 < text.len; i++) {
        char c = text.bytes[i + 4];
        if (memcmp(text.bytes + i, "ext:", 4) == 0 &&
            (in(c, 'a', 'z') || in(c, 'A', 'Z') || in(c, '0', '9') || c == '|' || c == '.' || c == '_'))
            return true;
    }
    return false;
}

/* ^PREFIX(-MAJOR.\d.\d)*.json$ */
static bool is_context(struct badge_text text, const char *prefix, const char *version)
{
    if (!core_text_skip(&text, prefix))
        return false;
    while (core_text_skip(&text, version))
        if (!skip(&text, '0', '9', 1, 1) || !core_text_skip(&text, ".") || !skip(&text, '0', '9', 1, 1))
            return false;
    return core_text_is(text, ".json");
}

bool rules_matches(enum rules_pattern pattern, struct badge_text text)
{
    switch (pattern) {
    case RULES_LANGUAGE:
        return is_language(text);
    case RULES_JWS:
        return is_jws(text);
    case RULES_EXTENSION:
        return has_extension(text);
    case RULES_LANGUAGE_TAG:
        return is_language_tag(text);
    case RULES_OB_CONTEXT:
        return is_context(text, "https://purl.imsglobal.org/spec/ob/v3p0/context", "-3.");
    case RULES_CLR_CONTEXT:
        return is_context(text, "https://purl.imsglobal.org/spec/clr/v2p0/context", "-2.");
    }
    return false;
}
