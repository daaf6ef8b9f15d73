/*
 * Splits XML into its markup (XML 1.0 sections 2.4 to 2.8 and 3.1): returns the tags, and skips comments, CDATA
 * sections, processing instructions and the DOCTYPE. svg.c runs it over a whole document before libxml2 reads it, and
 * again to find the positions of the elements that libxml2 reported.
 */
#include "image/markup.h"

#include <string.h>

#include "badge/text.h"
#include "core/kind.h"

void markup_init(struct markup *markup, const char *text, size_t len)
{
    *markup = (struct markup){.text = text, .len = len};
}

static enum badge_status malformed(const struct markup *markup, struct badge_err *err)
{
    return badge_fail(err, BADGE_EIMAGE, markup->at, "the SVG is not well-formed XML; save it again");
}

static bool is_at(const struct markup *markup, const char *text)
{
    size_t len = strlen(text);
    return len <= markup->len - markup->at && memcmp(markup->text + markup->at, text, len) == 0;
}

/* Moves past the next occurrence of `text`; false: there is none. */
static bool skip_past(struct markup *markup, const char *text)
{
    const char *from = markup->text + markup->at;
    const char *found = memmem(from, markup->len - markup->at, text, strlen(text));
    if (found)
        markup->at = (size_t)(found - markup->text) + strlen(text);
    return found;
}

/* Whether c is a quote or between quotes; *quote is the open quote, or 0. */
static bool is_quoted(char *quote, char c)
{
    bool was_open = *quote != '\0';
    if (!was_open && c != '"' && c != '\'')
        return false;
    if (!was_open)
        *quote = c;
    else if (c == *quote)
        *quote = '\0';
    return true;
}

static enum badge_status skip_doctype(struct markup *markup, struct badge_err *err)
{
    char quote = '\0';
    for (; markup->at < markup->len; markup->at++) {
        char c = markup->text[markup->at];
        if (is_quoted(&quote, c))
            continue;
        if (c == '[')
            return badge_fail(err, BADGE_EUNSUPPORTED, markup->at,
                              "the SVG has declarations in its DOCTYPE, such as entities, which are not supported; "
                              "save it as plain SVG");
        if (c == '>') {
            markup->at++;
            return BADGE_OK;
        }
    }
    return malformed(markup, err);
}

/* Moves to the '<' of the next tag. */
static enum badge_status find_tag(struct markup *markup, struct badge_err *err)
{
    for (;;) {
        const char *open = memchr(markup->text + markup->at, '<', markup->len - markup->at);
        enum badge_status status = BADGE_OK;
        if (!open)
            return BADGE_ENOTFOUND;
        markup->at = (size_t)(open - markup->text);
        if (is_at(markup, "<!--")) {
            markup->at += 4;
            status = skip_past(markup, "-->") ? BADGE_OK : malformed(markup, err);
        } else if (is_at(markup, "<![CDATA[")) {
            markup->at += 9;
            status = skip_past(markup, "]]>") ? BADGE_OK : malformed(markup, err);
        } else if (is_at(markup, "<?")) {
            markup->at += 2;
            status = skip_past(markup, "?>") ? BADGE_OK : malformed(markup, err);
        } else if (is_at(markup, "<!")) {
            status = is_at(markup, "<!DOCTYPE") ? skip_doctype(markup, err) : malformed(markup, err);
        } else {
            return BADGE_OK;
        }
        if (status != BADGE_OK)
            return status;
    }
}

/* Moves from the end of the name past '>', counting attributes. */
static enum badge_status skip_attributes(struct markup *markup, unsigned *n_namespaces, struct badge_err *err)
{
    unsigned n = 0;
    char quote = '\0';
    for (; markup->at < markup->len && markup->text[markup->at] != '<'; markup->at++) {
        char c = markup->text[markup->at];
        bool was_open = quote != '\0';
        if (is_quoted(&quote, c)) {
            if (!was_open && ++n > IMAGE_MAX_ATTRIBUTES)
                return badge_fail(err, BADGE_ELIMIT, markup->at, "an element of the SVG has more than %u attributes",
                                  IMAGE_MAX_ATTRIBUTES);
        } else if (c == 'x' && is_at(markup, "xmlns")) {
            (*n_namespaces)++;
        } else if (c == '>') {
            markup->at++;
            return BADGE_OK;
        }
    }
    return malformed(markup, err);
}

static enum badge_status open_element(struct markup *markup, unsigned n_namespaces, bool is_empty,
                                      struct badge_err *err)
{
    markup->n_elements++;
    if (markup->depth == IMAGE_MAX_DEPTH)
        return badge_fail(err, BADGE_ELIMIT, markup->at, "elements of the SVG nest deeper than %u", IMAGE_MAX_DEPTH);
    if (markup->n_namespaces + n_namespaces > IMAGE_MAX_NAMESPACES)
        return badge_fail(err, BADGE_ELIMIT, markup->at, "more than %u namespaces are declared in one place of the SVG",
                          IMAGE_MAX_NAMESPACES);
    if (!is_empty) {
        markup->declared[markup->depth++] = (uint16_t)n_namespaces;
        markup->n_namespaces += n_namespaces;
    }
    return BADGE_OK;
}

enum badge_status markup_next(struct markup *markup, struct markup_tag *tag, struct badge_err *err)
{
    unsigned n_namespaces = 0;
    enum badge_status status = find_tag(markup, err);
    if (status != BADGE_OK)
        return status;
    tag->at = markup->at++;
    if (is_at(markup, "/")) {
        tag->kind = MARKUP_END;
        if (markup->depth == 0 || !skip_past(markup, ">"))
            return malformed(markup, err);
        markup->n_namespaces -= markup->declared[--markup->depth];
        tag->end = markup->at;
        return BADGE_OK;
    }
    while (markup->at < markup->len && !kind_is_space((uint8_t)markup->text[markup->at]) && !is_at(markup, "/") &&
           !is_at(markup, ">"))
        markup->at++;
    tag->name_len = markup->at - tag->at - 1;
    status = skip_attributes(markup, &n_namespaces, err);
    if (status != BADGE_OK)
        return status;
    tag->end = markup->at;
    tag->kind = markup->text[tag->end - 2] == '/' ? MARKUP_EMPTY : MARKUP_START;
    return open_element(markup, n_namespaces, tag->kind == MARKUP_EMPTY, err);
}
