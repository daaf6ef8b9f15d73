/*
 * N-Quads (RDF 1.1 N-Quads, W3C Recommendation, 25 February 2014): a strict reader, and the writer of the canonical
 * form (RDFC-1.0 section 5). White space may stand between any two tokens, as the grammar has it, and lines may be
 * empty. An IRI has a scheme; characters that it can't contain are refused, and read and written as escapes.
 */
#include "jsonld/rdf.h"

#include "badge/text.h"
#include "core/utf8.h"

#include <string.h>

struct nquads {
    const char *begin, *at, *end;
    struct badge_arena *arena;
    struct badge_err *err;
    struct rdf_builder builder;
};

static enum badge_status fail_at(struct nquads *r, enum badge_status status, const char *at, const char *text)
{
    return badge_fail(r->err, status, (size_t)(at - r->begin), "%s", text);
}

static void skip_space(struct nquads *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
        r->at++;
}

static bool take(struct nquads *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* -- characters ---------------------------------------------------------------------------------------------------- */

static bool is_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

/* PN_CHARS_U. */
static bool begins_label(uint32_t c)
{
    static const uint32_t range[][2] = {{0xc0, 0xd6},     {0xd8, 0xf6},     {0xf8, 0x2ff},    {0x370, 0x37d},
                                        {0x37f, 0x1fff},  {0x200c, 0x200d}, {0x2070, 0x218f}, {0x2c00, 0x2fef},
                                        {0x3001, 0xd7ff}, {0xf900, 0xfdcf}, {0xfdf0, 0xfffd}, {0x10000, 0xeffff}};
    if (is_letter(c) || c == '_' || c == ':')
        return true;
    for (size_t i = 0; i < sizeof range / sizeof range[0]; i++)
        if (c >= range[i][0] && c <= range[i][1])
            return true;
    return false;
}

/* PN_CHARS. */
static bool continues_label(uint32_t c)
{
    return begins_label(c) || c == '-' || is_digit(c) || c == 0xb7 || (c >= 0x300 && c <= 0x36f) ||
           (c >= 0x203f && c <= 0x2040);
}

/* The next character of UTF-8; 0: there is none that is valid. */
static size_t peek(const struct nquads *r, const char *at, uint32_t *c)
{
    if (at == r->end)
        return 0;
    if (!((unsigned char)*at & 0x80)) {
        *c = (unsigned char)*at;
        return 1;
    }
    return core_utf8_decode(c, at, r->end);
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* What stands after a backslash: UCHAR, or ECHAR where the text is a string. */
static enum badge_status read_escape(struct nquads *r, uint32_t *out, bool is_string)
{
    static const char letters[] = "tbnrf\"'\\", meaning[] = "\t\b\n\r\f\"'\\";
    const char *start = r->at - 1;
    const char letter = r->at < r->end ? *r->at++ : '\0';
    const char *found = letter != '\0' ? strchr(letters, letter) : NULL;
    if (is_string && found) {
        *out = (unsigned char)meaning[found - letters];
        return BADGE_OK;
    }
    const int n = letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
    if (n == 0 || r->end - r->at < n)
        return fail_at(r, BADGE_ESYNTAX, start, "an escape that N-Quads does not have");
    *out = 0;
    for (int i = 0; i < n; i++) {
        const int digit = hex_value(*r->at++);
        if (digit < 0)
            return fail_at(r, BADGE_ESYNTAX, start, "an escape without its hexadecimal digits");
        *out = *out << 4 | (uint32_t)digit;
    }
    if (*out > 0x10ffff || (*out >= 0xd800 && *out <= 0xdfff))
        return fail_at(r, BADGE_EUTF8, start, "an escape of what is not a character");
    return BADGE_OK;
}

/*
 * The text up to `close`, unescaped: borrowed from the input where nothing in it was escaped.
 */
static enum badge_status read_quoted(struct nquads *r, struct badge_text *out, char close)
{
    const char *start = r->at, *plain = start;
    struct rdf_out text = {.arena = r->arena};
    for (;;) {
        if (r->at == r->end)
            return fail_at(r, BADGE_ESYNTAX, start - 1, "this has no end");
        const char c = *r->at;
        if (c == close)
            break;
        if (close == '"' && (c == '\n' || c == '\r'))
            return fail_at(r, BADGE_ESYNTAX, r->at, "a line break stands here");
        if (close == '>' && c != '\\' && (rdf_character[(unsigned char)c] & RDF_ESCAPED_IN_IRI))
            return fail_at(r, BADGE_ESYNTAX, r->at, "a character that an IRI can't contain");
        if (c == '\\') {
            char utf8[4];
            uint32_t character = 0;
            rdf_put(&text, plain, (size_t)(r->at - plain));
            r->at++;
            enum badge_status status = read_escape(r, &character, close == '"');
            if (status != BADGE_OK)
                return status;
            rdf_put(&text, utf8, core_utf8_encode(utf8, character));
            plain = r->at;
            continue;
        }
        uint32_t ignored;
        const size_t len = peek(r, r->at, &ignored);
        if (len == 0)
            return fail_at(r, BADGE_EUTF8, r->at, "bytes that are not UTF-8");
        r->at += len;
    }
    if (plain == start) {
        *out = (struct badge_text){start, (size_t)(r->at - start)};
    } else {
        rdf_put(&text, plain, (size_t)(r->at - plain));
        *out = (struct badge_text){text.bytes, text.len};
    }
    r->at++;
    return text.failed ? badge_no_memory(r->err) : BADGE_OK;
}

/* -- terms --------------------------------------------------------------------------------------------------------- */

/* After the `<`. */
static enum badge_status read_iri(struct nquads *r, struct badge_text *out)
{
    const char *start = r->at;
    enum badge_status status = read_quoted(r, out, '>');
    if (status == BADGE_OK && !rdf_is_iri(*out, false))
        status = fail_at(r, BADGE_ESYNTAX, start, "not an IRI with a scheme");
    return status;
}

/* After the `_`. */
static enum badge_status read_blank(struct nquads *r, struct badge_text *out)
{
    if (!take(r, ':'))
        return fail_at(r, BADGE_ESYNTAX, r->at, "a blank node begins with _:");
    const char *start = r->at, *end = start; /* a label does not end with a point */
    for (uint32_t c;;) {
        const size_t len = peek(r, r->at, &c);
        if (len == 0 && r->at < r->end)
            return fail_at(r, BADGE_EUTF8, r->at, "bytes that are not UTF-8");
        if (len == 0 || (r->at == start ? !begins_label(c) && !is_digit(c) : !continues_label(c) && c != '.'))
            break;
        r->at += len;
        if (c != '.')
            end = r->at;
    }
    r->at = end;
    *out = (struct badge_text){start, (size_t)(end - start)};
    return end == start ? fail_at(r, BADGE_ESYNTAX, start, "a blank node without a label") : BADGE_OK;
}

/* After the `@`. */
static enum badge_status read_language(struct nquads *r, struct badge_text *out)
{
    const char *start = r->at;
    bool is_first = true, is_empty = true;
    for (; r->at < r->end; r->at++) {
        const unsigned char c = (unsigned char)*r->at;
        if (c == '-' && !is_empty) {
            is_first = false;
            is_empty = true;
        } else if (is_letter(c) || (!is_first && is_digit(c))) {
            is_empty = false;
        } else {
            break;
        }
    }
    *out = (struct badge_text){start, (size_t)(r->at - start)};
    return is_empty ? fail_at(r, BADGE_ESYNTAX, r->at, "a language tag is incomplete") : BADGE_OK;
}

/* After the `"`. */
static enum badge_status read_literal(struct nquads *r, struct badge_rdf_term *out)
{
    out->kind = BADGE_RDF_LITERAL;
    out->datatype = RDF_TEXT(RDF_XSD "string");
    enum badge_status status = read_quoted(r, &out->value, '"');
    if (status != BADGE_OK)
        return status;
    const char *end = r->at;
    skip_space(r);
    if (take(r, '@')) {
        out->datatype = RDF_TEXT(RDF_SYNTAX "langString");
        return read_language(r, &out->language);
    }
    if (take(r, '^')) {
        if (!take(r, '^'))
            return fail_at(r, BADGE_ESYNTAX, r->at, "a datatype begins with ^^");
        skip_space(r);
        if (!take(r, '<'))
            return fail_at(r, BADGE_ESYNTAX, r->at, "a datatype is an IRI in < >");
        return read_iri(r, &out->datatype);
    }
    r->at = end;
    return BADGE_OK;
}

static enum badge_status read_term(struct nquads *r, const struct badge_rdf_term **out, unsigned kinds,
                                   const char *wanted)
{
    struct badge_rdf_term term = {.kind = BADGE_RDF_IRI};
    enum badge_status status;
    if (take(r, '<')) {
        status = read_iri(r, &term.value);
    } else if (kinds >> BADGE_RDF_BLANK & 1 && take(r, '_')) {
        term.kind = BADGE_RDF_BLANK;
        status = read_blank(r, &term.value);
    } else if (kinds >> BADGE_RDF_LITERAL & 1 && take(r, '"')) {
        status = read_literal(r, &term);
    } else {
        return fail_at(r, BADGE_ESYNTAX, r->at, wanted);
    }
    struct rdf_known *known = NULL;
    if (status == BADGE_OK)
        status = rdf_term(&known, &r->builder, &term, r->err);
    if (status == BADGE_OK)
        *out = &known->term;
    return status;
}

static enum badge_status read_statement(struct nquads *r)
{
    const unsigned iri = 1u << BADGE_RDF_IRI, node = iri | 1u << BADGE_RDF_BLANK;
    struct badge_rdf_quad quad = {0};
    enum badge_status status = read_term(r, &quad.subject, node, "a subject is an IRI or a blank node");
    skip_space(r);
    if (status == BADGE_OK)
        status = read_term(r, &quad.predicate, iri, "a predicate is an IRI");
    skip_space(r);
    if (status == BADGE_OK)
        status = read_term(r, &quad.object, node | 1u << BADGE_RDF_LITERAL, "an object stands here");
    skip_space(r);
    if (status == BADGE_OK && r->at < r->end && *r->at != '.')
        status = read_term(r, &quad.graph, node, "a graph's name or the point stands here");
    skip_space(r);
    if (status == BADGE_OK && !take(r, '.'))
        status = fail_at(r, BADGE_ESYNTAX, r->at, "a statement ends with a point");
    return status == BADGE_OK ? rdf_add(&r->builder, &quad, r->err) : status;
}

/* What may follow a statement on its line. */
static enum badge_status read_line_end(struct nquads *r)
{
    skip_space(r);
    if (take(r, '#'))
        for (uint32_t c; r->at < r->end && *r->at != '\n' && *r->at != '\r';) {
            const size_t len = peek(r, r->at, &c);
            if (len == 0)
                return fail_at(r, BADGE_EUTF8, r->at, "bytes that are not UTF-8");
            r->at += len;
        }
    if (r->at < r->end && !take(r, '\n') && !take(r, '\r'))
        return fail_at(r, BADGE_ESYNTAX, r->at, "a line ends here");
    return BADGE_OK;
}

enum badge_status badge_nquads_parse(struct badge_rdf_dataset *out, struct badge_arena *arena, const char *bytes,
                                     size_t len, struct badge_err *err)
{
    struct nquads r = {.begin = bytes, .at = bytes, .end = bytes + len, .arena = arena, .err = err};
    enum badge_status status = rdf_builder_init(&r.builder, arena, out, RDF_MAX_QUADS, err);
    while (status == BADGE_OK && r.at < r.end) {
        skip_space(&r);
        if (r.at < r.end && *r.at != '#' && *r.at != '\n' && *r.at != '\r')
            status = read_statement(&r);
        if (status == BADGE_OK)
            status = read_line_end(&r);
    }
    return status;
}

/* -- the canonical form -------------------------------------------------------------------------------------------- */

const uint8_t rdf_character[256] = {
    /* from 0x80 on: 0 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 7, 7, 7, 7, 7, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
    5, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0,
    1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 2,
};

size_t rdf_find(struct badge_text text, size_t from, uint8_t kinds)
{
    const unsigned char *at = (const unsigned char *)text.bytes;
    size_t i = from;
    for (; text.len - i >= 4; i += 4)
        if ((rdf_character[at[i]] | rdf_character[at[i + 1]] | rdf_character[at[i + 2]] | rdf_character[at[i + 3]]) &
            kinds)
            break;
    while (i < text.len && !(rdf_character[at[i]] & kinds))
        i++;
    return i;
}

/* A letter after the backslash, or \u00XX. */
static void put_escape(struct rdf_out *out, unsigned char c, bool is_string)
{
    static const char digits[] = "0123456789ABCDEF", controls[] = "btn?fr";
    char letter = 'u';
    if (is_string && c >= '\b' && c <= '\r' && c != '\v')
        letter = controls[c - '\b'];
    else if (is_string && (c == '"' || c == '\\'))
        letter = (char)c;
    const char escaped[6] = {'\\', letter, '0', '0', digits[c >> 4], digits[c & 15]};
    rdf_put(out, escaped, letter == 'u' ? 6 : 2);
}

static void put_escaped(struct rdf_out *out, struct badge_text text, uint8_t escaped)
{
    for (size_t at = 0;; at++) {
        const size_t next = rdf_find(text, at, escaped);
        rdf_put(out, text.bytes + at, next - at);
        at = next;
        if (at == text.len)
            return;
        put_escape(out, (unsigned char)text.bytes[at], escaped == RDF_ESCAPED_IN_STRING);
    }
}

static void put_iri(struct rdf_out *out, struct badge_text iri)
{
    RDF_PUT(out, "<");
    put_escaped(out, iri, RDF_ESCAPED_IN_IRI);
    RDF_PUT(out, ">");
}

void rdf_put_term(struct rdf_out *out, const struct badge_rdf_term *term)
{
    switch (term->kind) {
    case BADGE_RDF_IRI:
        put_iri(out, term->value);
        return;
    case BADGE_RDF_BLANK:
        RDF_PUT(out, "_:");
        rdf_put(out, term->value.bytes, term->value.len);
        return;
    case BADGE_RDF_LITERAL:
        RDF_PUT(out, "\"");
        put_escaped(out, term->value, RDF_ESCAPED_IN_STRING);
        RDF_PUT(out, "\"");
        if (term->language.len > 0) {
            RDF_PUT(out, "@");
            rdf_put(out, term->language.bytes, term->language.len);
        } else if (!rdf_text_is(term->datatype, RDF_TEXT(RDF_XSD "string"))) {
            RDF_PUT(out, "^^");
            put_iri(out, term->datatype);
        }
        return;
    }
    BADGE_ASSERT(0);
}

enum badge_status badge_nquads_write(struct badge_text *out, struct badge_arena *arena,
                                     const struct badge_rdf_dataset *dataset, struct badge_err *err)
{
    struct rdf_out text = {.arena = arena};
    for (size_t i = 0; i < dataset->n; i++) {
        const struct badge_rdf_quad *quad = &dataset->quad[i];
        rdf_put_term(&text, quad->subject);
        RDF_PUT(&text, " ");
        rdf_put_term(&text, quad->predicate);
        RDF_PUT(&text, " ");
        rdf_put_term(&text, quad->object);
        if (quad->graph) {
            RDF_PUT(&text, " ");
            rdf_put_term(&text, quad->graph);
        }
        RDF_PUT(&text, " .\n");
    }
    *out = (struct badge_text){text.bytes ? text.bytes : "", text.len};
    return text.failed ? badge_no_memory(err) : BADGE_OK;
}
