/*
 * Cuts XML into its markup (XML 1.0 sections 2.4 to 2.8 and 3.1): comments, CDATA sections, processing instructions and
 * the DOCTYPE are passed over, tags are told. svg.c runs it over a whole document before libxml2 reads it, and again to
 * find the places of what libxml2 found.
 */
#include "image/markup.h"

#include <string.h>

#include "badge/text.h"
#include "core/kind.h"

void markup_init(struct markup *markup, const char *text, size_t len)
{
    *markup = (struct markup){.text = text, .len = len};
}

static enum badge_status broken(const struct markup *markup, struct badge_err *err)
{
    return badge_fail(err, BADGE_EIMAGE, markup->at, "the SVG is not well-formed XML; save it anew");
}

static bool begins(const struct markup *markup, const char *word)
{
    size_t len = strlen(word);
    return len <= markup->len - markup->at && memcmp(markup->text + markup->at, word, len) == 0;
}

/* Goes on behind the next `word`. */
static bool pass(struct markup *markup, const char *word)
{
    const char *from = markup->text + markup->at;
    const char *found = memmem(from, markup->len - markup->at, word, strlen(word));
    if (found)
        markup->at = (size_t)(found - markup->text) + strlen(word);
    return found;
}

/* Whether c stands in quotes or is one itself; *quote is the one that is open, or 0. */
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

static enum badge_status pass_doctype(struct markup *markup, struct badge_err *err)
{
    char quote = '\0';
    for (; markup->at < markup->len; markup->at++) {
        char c = markup->text[markup->at];
        if (is_quoted(&quote, c))
            continue;
        if (c == '[')
            return badge_fail(err, BADGE_EUNSUPPORTED, markup->at,
                              "the SVG declares entities or the like in its DOCTYPE, which are not read here; save it "
                              "as plain SVG");
        if (c == '>') {
            markup->at++;
            return BADGE_OK;
        }
    }
    return broken(markup, err);
}

/* Up to the '<' of the next tag, at which `at` is then. */
static enum badge_status find_tag(struct markup *markup, struct badge_err *err)
{
    for (;;) {
        const char *open = memchr(markup->text + markup->at, '<', markup->len - markup->at);
        enum badge_status status = BADGE_OK;
        if (!open)
            return BADGE_ENOTFOUND;
        markup->at = (size_t)(open - markup->text);
        if (begins(markup, "<!--")) {
            markup->at += 4;
            status = pass(markup, "-->") ? BADGE_OK : broken(markup, err);
        } else if (begins(markup, "<![CDATA[")) {
            markup->at += 9;
            status = pass(markup, "]]>") ? BADGE_OK : broken(markup, err);
        } else if (begins(markup, "<?")) {
            markup->at += 2;
            status = pass(markup, "?>") ? BADGE_OK : broken(markup, err);
        } else if (begins(markup, "<!")) {
            status = begins(markup, "<!DOCTYPE") ? pass_doctype(markup, err) : broken(markup, err);
        } else {
            return BADGE_OK;
        }
        if (status != BADGE_OK)
            return status;
    }
}

/* From behind the name to behind '>', counting attributes. */
static enum badge_status pass_attributes(struct markup *markup, unsigned *n_namespaces, struct badge_err *err)
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
        } else if (c == 'x' && begins(markup, "xmlns")) {
            (*n_namespaces)++;
        } else if (c == '>') {
            markup->at++;
            return BADGE_OK;
        }
    }
    return broken(markup, err);
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
    if (begins(markup, "/")) {
        tag->kind = MARKUP_END;
        if (markup->depth == 0 || !pass(markup, ">"))
            return broken(markup, err);
        markup->n_namespaces -= markup->declared[--markup->depth];
        tag->end = markup->at;
        return BADGE_OK;
    }
    while (markup->at < markup->len && !kind_is_space((uint8_t)markup->text[markup->at]) && !begins(markup, "/") &&
           !begins(markup, ">"))
        markup->at++;
    tag->name_len = markup->at - tag->at - 1;
    status = pass_attributes(markup, &n_namespaces, err);
    if (status != BADGE_OK)
        return status;
    tag->end = markup->at;
    tag->kind = markup->text[tag->end - 2] == '/' ? MARKUP_EMPTY : MARKUP_START;
    return open_element(markup, n_namespaces, tag->kind == MARKUP_EMPTY, err);
}
