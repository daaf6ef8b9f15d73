/*
 * SVG, with libxml2: the only file that includes it. Its SAX parser reports the elements of a document that markup.c
 * has checked against the limits before; no tree is built. There is no network and no DTD is loaded; an internal subset
 * was refused before, so the only entities are XML's own five. The first error ends parsing.
 *
 * Invariant: libxml2 gets UTF-8 without a zero byte, and ignores the encoding that the declaration names.
 */
#include <libxml/parser.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "badge/text.h"
#include "core/compiler.h"
#include "core/kind.h"
#include "core/text.h"
#include "core/utf8.h"
#include "image/image_internal.h"
#include "image/markup.h"

#define PIECE_LEN ((size_t)65536)

struct svg_reader {
    xmlParserCtxtPtr parser;
    struct image *image;
    size_t n_elements;
    size_t part[IMAGE_MAX_PARTS], n_parts; /* the numbers, from 1, of the elements that are badge and receipt */

    bool inside;                /* the parser is within one of them: */
    enum image_version version; /* the badge's version, or IMAGE_NO_BADGE for the receipt */
    struct image_bytes text;    /* its text */
    struct image_bytes verify;  /* and its attribute `verify` */
    bool has_prefix;
    enum image_version prefix;
    struct badge_err failure;
};

static void stop_with(struct svg_reader *reader, enum badge_status status, const char *text)
{
    if (reader->failure.status == BADGE_OK)
        (void)badge_fail(&reader->failure, status, BADGE_NO_OFFSET, "%s", text);
    xmlStopParser(reader->parser);
}

/* -- callbacks of libxml2 ------------------------------------------------------------------------------------------ */

static const struct {
    const char *namespace, *name;
    enum image_version version;
} parts[] = {
    {OB3_NAMESPACE, "credential", IMAGE_OB3},
    {OB2_NAMESPACE, "assertion", IMAGE_OB2},
    {RECEIPT_NAMESPACE, "badgereceipt", IMAGE_NO_BADGE},
};

/* The version of the badges of a namespace; *name: of the element there, NULL for another namespace. */
static enum image_version version_of(const char **name, const xmlChar *namespace)
{
    *name = NULL;
    for (size_t i = 0; namespace && i < ARRAY_LEN(parts); i++) {
        if (strcmp((const char *)namespace, parts[i].namespace) != 0)
            continue;
        *name = parts[i].name;
        return parts[i].version;
    }
    return IMAGE_NO_BADGE;
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *namespace,
                     int n_namespaces, const xmlChar **namespaces, int n_attributes, int n_defaulted,
                     const xmlChar **attributes)
{
    struct svg_reader *reader = context;
    const char *part_name;
    (void)prefix;
    (void)n_defaulted;
    if (reader->inside) {
        stop_with(reader, BADGE_EIMAGE, "the SVG's badge or receipt contains elements; it must contain only text");
        return;
    }
    for (int i = 0; reader->n_elements == 0 && i < n_namespaces; i++) {
        if (namespaces[2 * i] && strcmp((const char *)namespaces[2 * i], "openbadges") == 0) {
            reader->has_prefix = true;
            reader->prefix = version_of(&part_name, namespaces[2 * i + 1]);
        }
    }
    reader->n_elements++;
    reader->version = version_of(&part_name, namespace);
    if (!part_name || strcmp((const char *)name, part_name) != 0)
        return;
    if (reader->n_parts == ARRAY_LEN(reader->part)) {
        stop_with(reader, BADGE_EIMAGE, "the SVG has too many copies of its badge; bake it again with one");
        return;
    }
    reader->inside = true;
    reader->text.len = reader->verify.len = 0;
    for (int i = 0; reader->version != IMAGE_NO_BADGE && i < n_attributes; i++) {
        const xmlChar *const *attribute = attributes + 5 * i; /* name, prefix, namespace, value, its end */
        if (!attribute[2] && strcmp((const char *)attribute[0], "verify") == 0)
            image_put(&reader->verify, attribute[3], (size_t)(attribute[4] - attribute[3]));
    }
    reader->part[reader->n_parts++] = reader->n_elements;
}

static void on_text(void *context, const xmlChar *text, int len)
{
    struct svg_reader *reader = context;
    if (reader->inside)
        image_put(&reader->text, text, (size_t)len);
}

static struct badge_text trimmed(const struct image_bytes *text)
{
    return core_text_trim((struct badge_text){text->bytes, text->len});
}

/* The badge is the value of `verify` if that is not a URL, else the text; with both, nothing says which counts. */
static enum badge_status add_badge(struct svg_reader *reader)
{
    struct badge_text verify = trimmed(&reader->verify);
    struct badge_text text = trimmed(&reader->text);
    if (verify.len > 0 && text.len > 0 && !image_is_url(verify))
        return badge_fail(&reader->failure, BADGE_EIMAGE, BADGE_NO_OFFSET,
                          "the SVG's badge is both in the attribute verify and in the text, and nothing says which one "
                          "counts; bake it again");
    if (text.len == 0)
        text = verify;
    return image_add_badge(reader->image, reader->version, text.bytes, text.len, true, &reader->failure);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *namespace)
{
    struct svg_reader *reader = context;
    enum badge_status status;
    (void)name;
    (void)prefix;
    (void)namespace;
    if (!reader->inside)
        return;
    reader->inside = false;
    struct badge_text text = trimmed(&reader->text);
    if (reader->text.failed || reader->verify.failed)
        status = badge_no_memory(&reader->failure);
    else if (reader->version == IMAGE_NO_BADGE)
        status = image_add_receipt(reader->image, text.bytes, text.len, &reader->failure);
    else
        status = add_badge(reader);
    if (status != BADGE_OK)
        xmlStopParser(reader->parser);
}

static void on_reference(void *context, const xmlChar *name)
{
    (void)name;
    stop_with(context, BADGE_EIMAGE, "the SVG refers to an undeclared entity; save it again");
}

/*
 * Errors of grammar, namespaces and undeclared entities end parsing. Warnings are ignored, and so is a namespace name
 * that is not a URI, which a parser does not have to check (Namespaces in XML 1.0 section 3).
 */
static void on_error(void *context, xmlErrorPtr error)
{
    struct svg_reader *reader = context;
    if (error->code == XML_WAR_NS_URI || (error->level == XML_ERR_WARNING && error->code != XML_WAR_UNDECLARED_ENTITY))
        return;
    if (xmlDictGetUsage(reader->parser->dict) > IMAGE_MAX_NAMES) {
        stop_with(reader, BADGE_ELIMIT, "the SVG has too many different names; save it as plain SVG");
        return;
    }
    stop_with(reader, error->code == XML_ERR_NO_MEMORY ? BADGE_ENOMEM : BADGE_EIMAGE,
              "the SVG is not well-formed XML; save it again");
}

/* -- the encoding -------------------------------------------------------------------------------------------------- */

/* The document in UTF-8; owned: the caller's to free(), NULL where text is borrowed. */
struct svg_text {
    const char *text;
    size_t len;
    char *owned;
    bool is_utf16;
};

static enum badge_status not_encoded(const char *encoding, struct badge_err *err)
{
    return badge_fail(err, BADGE_EIMAGE, BADGE_NO_OFFSET, "the SVG is not valid %s; save it again", encoding);
}

/* The rule of kind.c: a byte-order mark, or '<' and a zero byte. */
static bool is_utf16(bool *is_big, const uint8_t *bytes, size_t len)
{
    *is_big = len >= 2 && ((bytes[0] == 0xfe && bytes[1] == 0xff) || (bytes[0] == 0 && bytes[1] == '<'));
    return *is_big || (len >= 2 && ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == '<' && bytes[1] == 0)));
}

static enum badge_status from_utf16(struct svg_text *out, const uint8_t *bytes, size_t len, bool is_big,
                                    struct badge_err *err)
{
    out->is_utf16 = true;
    out->owned = malloc(len / 2 * 3 + 1);
    if (!out->owned)
        return badge_no_memory(err);
    uint32_t high = 0;
    for (size_t i = 0; i + 1 < len; i += 2) {
        uint32_t unit = (uint32_t)(is_big ? bytes[i] << 8 | bytes[i + 1] : bytes[i + 1] << 8 | bytes[i]);
        bool is_low = unit >= 0xdc00 && unit <= 0xdfff;
        if (is_low != (high != 0))
            return not_encoded("UTF-16", err);
        if (unit >= 0xd800 && unit <= 0xdbff) {
            high = unit;
            continue;
        }
        if (is_low)
            unit = 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00);
        high = 0;
        out->len += core_utf8_encode(out->owned + out->len, unit);
    }
    out->text = out->owned;
    return len % 2 != 0 || high != 0 ? not_encoded("UTF-16", err) : BADGE_OK;
}

static bool is_utf8(const char *text, size_t len)
{
    for (const char *end = text + len; text < end;) {
        uint32_t code_point;
        size_t n = (uint8_t)*text < 0x80 ? 1 : core_utf8_decode(&code_point, text, end);
        if (n == 0)
            return false;
        text += n;
    }
    return true;
}

static bool skip_spaces(struct badge_text *rest)
{
    const size_t len = rest->len;
    for (; rest->len > 0 && kind_is_space((uint8_t)*rest->bytes); rest->len--)
        rest->bytes++;
    return rest->len < len;
}

/* Reads name="value" after white space; false: it is not there, and *rest has not moved. */
static bool read_attribute(struct badge_text *value, struct badge_text *rest, const char *name)
{
    struct badge_text from = *rest;
    if (!skip_spaces(&from) || !core_text_skip(&from, name))
        return false;
    (void)skip_spaces(&from);
    if (!core_text_skip(&from, "="))
        return false;
    (void)skip_spaces(&from);
    if (from.len == 0 || (*from.bytes != '"' && *from.bytes != '\''))
        return false;
    const char *close = memchr(from.bytes + 1, *from.bytes, from.len - 1);
    if (!close)
        return false;
    *value = (struct badge_text){from.bytes + 1, (size_t)(close - from.bytes - 1)};
    *rest = (struct badge_text){close + 1, from.len - value->len - 2};
    return true;
}

static bool is_version(struct badge_text value)
{
    if (!core_text_skip(&value, "1.") || value.len == 0)
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (value.bytes[i] < '0' || value.bytes[i] > '9')
            return false;
    return true;
}

/*
 * The XML declaration, read strictly (XML 1.0 section 2.8): browsers' parsers, which are given text, never see it, and
 * unbake.mjs reads it by the same rule. *encoding: as declared, bytes NULL without one. False: malformed.
 */
static bool read_declaration(struct badge_text *encoding, const struct svg_text *source)
{
    struct badge_text rest = {source->text, source->len}, version, standalone = {"no", 2};
    *encoding = (struct badge_text){NULL, 0};
    (void)core_text_skip(&rest, "\xef\xbb\xbf");
    if (!core_text_skip(&rest, "<?xml") || rest.len == 0 || !kind_is_space((uint8_t)*rest.bytes))
        return true; /* no declaration */
    if (!read_attribute(&version, &rest, "version") || !is_version(version))
        return false;
    (void)read_attribute(encoding, &rest, "encoding");
    if (read_attribute(&standalone, &rest, "standalone") && !core_text_is(standalone, "yes") &&
        !core_text_is(standalone, "no"))
        return false;
    (void)skip_spaces(&rest);
    return core_text_skip(&rest, "?>");
}

static bool is_named(struct badge_text encoding, const char *name)
{
    return encoding.len == strlen(name) && strncasecmp(encoding.bytes, name, encoding.len) == 0;
}

/* The two encodings that every XML parser supports (XML 1.0 section 4.3.3); US-ASCII is a subset of the first. */
static enum badge_status read_source(struct svg_text *out, const void *bytes, size_t len, struct badge_err *err)
{
    bool is_big;
    enum badge_status status = BADGE_OK;
    *out = (struct svg_text){.text = bytes, .len = len};
    if (is_utf16(&is_big, bytes, len)) {
        out->len = 0;
        status = from_utf16(out, bytes, len, is_big, err);
        if (status != BADGE_OK)
            return status;
    }
    struct badge_text encoding;
    if (!read_declaration(&encoding, out))
        return badge_fail(err, BADGE_EIMAGE, BADGE_NO_OFFSET,
                          "the SVG is not well-formed XML (its declaration is malformed); save it again");
    bool is_known = out->is_utf16 ? is_named(encoding, "utf-16")
                                  : is_named(encoding, "utf-8") || is_named(encoding, "us-ascii");
    if (encoding.bytes && !is_known)
        return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                          "the SVG declares an encoding that is neither UTF-8 nor UTF-16, or not the one it is in; "
                          "save it in UTF-8");
    if (memchr(out->text, '\0', out->len) || !is_utf8(out->text, out->len))
        return not_encoded("UTF-8", err);
    return BADGE_OK;
}

/* -- reader ------------------------------------------------------------------------------------------------------- */

static enum badge_status check_markup(const struct svg_text *source, struct badge_err *err)
{
    struct markup markup;
    struct markup_tag tag;
    enum badge_status status = BADGE_OK;
    markup_init(&markup, source->text, source->len);
    while (status == BADGE_OK)
        status = markup_next(&markup, &tag, err);
    return status == BADGE_ENOTFOUND ? BADGE_OK : status;
}

/* Finds the positions of the elements whose numbers the callbacks stored. The document is well-formed by now. */
static void find_places(struct image_places *places, const struct svg_reader *reader, const struct svg_text *source)
{
    struct markup markup;
    struct markup_tag tag;
    unsigned depth = 0; /* of the part's element whose end is searched; 0: none */
    markup_init(&markup, source->text, source->len);
    while (markup_next(&markup, &tag, NULL) == BADGE_OK) {
        if (tag.kind == MARKUP_END) {
            if (depth != 0 && markup.depth == depth - 1) {
                places->place[places->n++].end = tag.end;
                depth = 0;
            }
            continue;
        }
        if (markup.n_elements == 1) {
            places->root_at = tag.at;
            places->root_end = tag.end;
            places->root_name_len = tag.name_len;
            places->root_is_empty = tag.kind == MARKUP_EMPTY;
        }
        if (places->n == reader->n_parts || markup.n_elements != reader->part[places->n])
            continue;
        places->place[places->n].at = tag.at;
        if (tag.kind == MARKUP_EMPTY)
            places->place[places->n++].end = tag.end;
        else
            depth = markup.depth;
    }
    places->has_prefix = reader->has_prefix;
    places->prefix = reader->prefix;
    places->is_utf16 = source->is_utf16;
}

/* Line ends of XML 1.0 section 2.11, which libxml2 does not normalize in a CDATA section that arrives in pieces. */
static size_t copy_lines(char *out, const char *text, size_t len, bool *after_return)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '\n' || !*after_return)
            out[n++] = text[i] == '\r' ? '\n' : text[i];
        *after_return = text[i] == '\r';
    }
    return n;
}

/* In pieces: the parser then keeps only the current part of the document, and refuses a token that is too long. */
static void parse(struct svg_reader *reader, const struct svg_text *source)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    xmlSAXHandler handler = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .cdataBlock = on_text,
        .ignorableWhitespace = on_text,
        .reference = on_reference,
        .serror = on_error,
    };
    char piece[PIECE_LEN];
    bool after_return = false;
    (void)pthread_once(&once, xmlInitParser); /* initializes its globals before threads use them */
    reader->parser = xmlCreatePushParserCtxt(&handler, reader, NULL, 0, NULL);
    if (!reader->parser) {
        (void)badge_no_memory(&reader->failure);
        return;
    }
    (void)xmlDictSetLimit(reader->parser->dict, IMAGE_MAX_NAMES);
    (void)xmlCtxtUseOptions(reader->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
    for (size_t at = 0; at < source->len && reader->failure.status == BADGE_OK; at += PIECE_LEN) {
        size_t len = source->len - at < PIECE_LEN ? source->len - at : PIECE_LEN;
        size_t n = copy_lines(piece, source->text + at, len, &after_return);
        (void)xmlParseChunk(reader->parser, piece, (int)n, at + len == source->len);
    }
    if (!reader->parser->wellFormed)
        stop_with(reader, BADGE_EIMAGE, "the SVG is not well-formed XML; save it again");
    xmlFreeParserCtxt(reader->parser);
}

enum badge_status image_svg_read(struct image *image, struct image_places *places, const void *bytes, size_t len,
                                 struct badge_err *err)
{
    struct svg_text source;
    struct svg_reader reader = {.image = image};
    enum badge_status status = read_source(&source, bytes, len, err);
    if (status == BADGE_OK)
        status = check_markup(&source, err);
    if (status != BADGE_OK)
        goto out;
    reader.text.max = reader.verify.max = source.len;
    parse(&reader, &source);
    status = reader.failure.status;
    if (status == BADGE_OK)
        find_places(places, &reader, &source);
    else if (err)
        *err = reader.failure;

out:
    free(reader.text.bytes);
    free(reader.verify.bytes);
    free(source.owned);
    return status;
}
