/*
 * SVG, by libxml2: the only file that includes it. Its SAX reader tells the elements, in a document that has been cut
 * into tags before (markup.c) and found to be within bounds; no tree is built. There is no network, no DTD is loaded,
 * an internal subset has been refused, so there are no entities but XML's own five. The first error ends the reading.
 *
 * Invariant: libxml2 only ever sees UTF-8 without a zero byte, and is told to ignore what the declaration says of that.
 */
#include <libxml/parser.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "badge/text.h"
#include "core/compiler.h"
#include "core/format.h"
#include "core/kind.h"
#include "core/utf8.h"
#include "image/image_internal.h"
#include "image/markup.h"

#define PIECE_LEN ((size_t)65536)

struct reading {
    xmlParserCtxtPtr parser;
    struct image *image;
    size_t n_elements;
    size_t part[2], n_parts; /* which elements, from 1, are the badge and the receipt */

    bool inside;                /* one of these, */
    enum image_version version; /* which, IMAGE_NO_BADGE being the receipt, */
    struct image_bytes text;    /* and what is in it */
    struct image_bytes verify;
    bool has_prefix;
    enum image_version prefix;
    struct badge_err failure;
};

static void fail(struct reading *reading, enum badge_status status, const char *text)
{
    if (reading->failure.status == BADGE_OK)
        (void)badge_fail(&reading->failure, status, BADGE_NO_OFFSET, "%s", text);
    xmlStopParser(reading->parser);
}

/* -- what libxml2 tells -------------------------------------------------------------------------------------------- */

static enum image_version version_of(const xmlChar *namespace)
{
    if (namespace && strcmp((const char *)namespace, OB3_NAMESPACE) == 0)
        return IMAGE_OB3;
    if (namespace && strcmp((const char *)namespace, OB2_NAMESPACE) == 0)
        return IMAGE_OB2;
    return IMAGE_NO_BADGE;
}

static bool is_part(enum image_version *version, const xmlChar *name, const xmlChar *namespace)
{
    *version = version_of(namespace);
    switch (*version) {
    case IMAGE_OB3:
        return strcmp((const char *)name, "credential") == 0;
    case IMAGE_OB2:
        return strcmp((const char *)name, "assertion") == 0;
    case IMAGE_NO_BADGE:
        break;
    }
    return namespace && strcmp((const char *)namespace, RECEIPT_NAMESPACE) == 0 &&
           strcmp((const char *)name, "badgereceipt") == 0;
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *namespace,
                     int n_namespaces, const xmlChar **namespaces, int n_attributes, int n_defaulted,
                     const xmlChar **attributes)
{
    struct reading *reading = context;
    (void)prefix;
    (void)n_defaulted;
    if (reading->inside) {
        fail(reading, BADGE_EIMAGE, "there are elements in the SVG's badge or receipt, where text belongs");
        return;
    }
    for (int i = 0; reading->n_elements == 0 && i < n_namespaces; i++) {
        if (namespaces[2 * i] && strcmp((const char *)namespaces[2 * i], "openbadges") == 0) {
            reading->has_prefix = true;
            reading->prefix = version_of(namespaces[2 * i + 1]);
        }
    }
    reading->n_elements++;
    if (!is_part(&reading->version, name, namespace))
        return;
    reading->inside = true;
    reading->text.len = reading->verify.len = 0;
    for (int i = 0; reading->version != IMAGE_NO_BADGE && i < n_attributes; i++) {
        const xmlChar *const *attribute = attributes + 5 * i; /* name, prefix, namespace, value, its end */
        if (!attribute[2] && strcmp((const char *)attribute[0], "verify") == 0)
            image_put(&reading->verify, attribute[3], (size_t)(attribute[4] - attribute[3]));
    }
    if (reading->n_parts < ARRAY_LEN(reading->part))
        reading->part[reading->n_parts++] = reading->n_elements;
}

static void on_text(void *context, const xmlChar *text, int len)
{
    struct reading *reading = context;
    if (reading->inside)
        image_put(&reading->text, text, (size_t)len);
}

/* The badge is in `verify`, if that is no URL, else in the text; where both are there, nothing says which counts. */
static enum badge_status take_badge(struct reading *reading)
{
    struct badge_text verify = image_trim(reading->verify.bytes, reading->verify.len);
    struct badge_text text = image_trim(reading->text.bytes, reading->text.len);
    if (verify.len > 0 && text.len > 0 && !image_is_url(verify))
        return badge_fail(&reading->failure, BADGE_EIMAGE, BADGE_NO_OFFSET,
                          "the SVG's badge is in the attribute verify and in the text too, and nothing says which one "
                          "counts; bake it anew");
    if (text.len == 0)
        text = verify;
    return image_found_badge(reading->image, reading->version, text.bytes, text.len, &reading->failure);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *namespace)
{
    struct reading *reading = context;
    enum badge_status status;
    (void)name;
    (void)prefix;
    (void)namespace;
    if (!reading->inside)
        return;
    reading->inside = false;
    struct badge_text text = image_trim(reading->text.bytes, reading->text.len);
    if (reading->text.failed || reading->verify.failed)
        status = badge_no_memory(&reading->failure);
    else if (reading->version == IMAGE_NO_BADGE)
        status = image_found_receipt(reading->image, text.bytes, text.len, &reading->failure);
    else
        status = take_badge(reading);
    if (status != BADGE_OK)
        xmlStopParser(reading->parser);
}

static void on_reference(void *context, const xmlChar *name)
{
    (void)name;
    fail(context, BADGE_EIMAGE, "the SVG refers to an entity that it does not declare; save it anew");
}

/*
 * Errors of the grammar, of namespaces, of entities that are not there: each ends it. Warnings are of no account, nor
 * whether the name of a namespace is a URI, which is for nobody to check (Namespaces in XML 1.0 section 3).
 */
static void on_error(void *context, xmlErrorPtr error)
{
    struct reading *reading = context;
    char text[96];
    if (error->code == XML_WAR_NS_URI || (error->level == XML_ERR_WARNING && error->code != XML_WAR_UNDECLARED_ENTITY))
        return;
    if (xmlDictGetUsage(reading->parser->dict) > IMAGE_MAX_NAMES) {
        fail(reading, BADGE_ELIMIT, "the SVG has more different names than are read here; save it as plain SVG");
        return;
    }
    (void)core_format(text, sizeof text, "the SVG is not well-formed XML (line %d); save it anew", error->line);
    fail(reading, error->code == XML_ERR_NO_MEMORY ? BADGE_ENOMEM : BADGE_EIMAGE, text);
}

/* -- its encoding -------------------------------------------------------------------------------------------------- */

/* The document in UTF-8; *owned is to be freed, if it had to be written anew. */
struct source {
    const char *text;
    size_t len;
    char *owned;
    bool is_utf16;
};

static enum badge_status not_encoded(const char *what, struct badge_err *err)
{
    return badge_fail(err, BADGE_EIMAGE, BADGE_NO_OFFSET, "the SVG is not in %s throughout; save it anew", what);
}

/* As kind.c tells it: by a byte-order mark, or by '<' and a zero byte. */
static bool is_utf16(bool *is_big, const uint8_t *bytes, size_t len)
{
    *is_big = len >= 2 && ((bytes[0] == 0xfe && bytes[1] == 0xff) || (bytes[0] == 0 && bytes[1] == '<'));
    return *is_big || (len >= 2 && ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == '<' && bytes[1] == 0)));
}

static enum badge_status from_utf16(struct source *out, const uint8_t *bytes, size_t len, bool is_big,
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

static bool is_exactly(struct badge_text text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.bytes, word, text.len) == 0;
}

static bool pass_spaces(const char **at, const char *end)
{
    const char *begin = *at;
    while (*at < end && kind_is_space((uint8_t) * *at))
        (*at)++;
    return *at > begin;
}

static bool pass_word(const char **at, const char *end, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(end - *at) < len || memcmp(*at, word, len) != 0)
        return false;
    *at += len;
    return true;
}

/* name="value" after white space; where it is not there, nothing is passed. */
static bool pass_value(struct badge_text *value, const char **at, const char *end, const char *name)
{
    const char *from = *at;
    if (!pass_spaces(&from, end) || !pass_word(&from, end, name))
        return false;
    (void)pass_spaces(&from, end);
    if (!pass_word(&from, end, "="))
        return false;
    (void)pass_spaces(&from, end);
    if (from == end || (*from != '"' && *from != '\''))
        return false;
    const char *close = memchr(from + 1, *from, (size_t)(end - from - 1));
    if (!close)
        return false;
    *value = (struct badge_text){from + 1, (size_t)(close - from - 1)};
    *at = close + 1;
    return true;
}

static bool is_version(struct badge_text value)
{
    for (size_t i = 2; i < value.len; i++)
        if (value.bytes[i] < '0' || value.bytes[i] > '9')
            return false;
    return value.len > 2 && memcmp(value.bytes, "1.", 2) == 0;
}

/*
 * The XML declaration, to the letter (XML 1.0 section 2.8): browsers' parsers, which are handed text, never see it, and
 * unbake.mjs reads it by the same rule. *encoding is what it names, bytes NULL where it names none. False: malformed.
 */
static bool read_declaration(struct badge_text *encoding, const struct source *source)
{
    const char *at = source->text, *end = source->text + source->len;
    struct badge_text version, standalone = {"no", 2};
    *encoding = (struct badge_text){NULL, 0};
    (void)pass_word(&at, end, "\xef\xbb\xbf");
    if (!pass_word(&at, end, "<?xml") || at == end || !kind_is_space((uint8_t)*at))
        return true; /* there is none */
    if (!pass_value(&version, &at, end, "version") || !is_version(version))
        return false;
    (void)pass_value(encoding, &at, end, "encoding");
    if (pass_value(&standalone, &at, end, "standalone") && !is_exactly(standalone, "yes") &&
        !is_exactly(standalone, "no"))
        return false;
    (void)pass_spaces(&at, end);
    return pass_word(&at, end, "?>");
}

static bool is_named(struct badge_text encoding, const char *name)
{
    return encoding.len == strlen(name) && strncasecmp(encoding.bytes, name, encoding.len) == 0;
}

/* The two encodings that every reader of XML knows (XML 1.0 section 4.3.3); US-ASCII is part of the first. */
static enum badge_status read_source(struct source *out, const void *bytes, size_t len, struct badge_err *err)
{
    bool is_big;
    enum badge_status status = BADGE_OK;
    *out = (struct source){.text = bytes, .len = len};
    if (is_utf16(&is_big, bytes, len)) {
        out->len = 0;
        status = from_utf16(out, bytes, len, is_big, err);
        if (status != BADGE_OK)
            return status;
    }
    struct badge_text encoding;
    if (!read_declaration(&encoding, out))
        return badge_fail(err, BADGE_EIMAGE, BADGE_NO_OFFSET,
                          "the SVG is not well-formed XML (its declaration is malformed); save it anew");
    bool is_known = out->is_utf16 ? is_named(encoding, "utf-16")
                                  : is_named(encoding, "utf-8") || is_named(encoding, "us-ascii");
    if (encoding.bytes && !is_known)
        return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                          "the SVG says that it is in an encoding other than UTF-8 and UTF-16, or than it is; save it "
                          "in UTF-8");
    if (memchr(out->text, '\0', out->len) || !is_utf8(out->text, out->len))
        return not_encoded("UTF-8", err);
    return BADGE_OK;
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

static enum badge_status check_markup(const struct source *source, struct badge_err *err)
{
    struct markup markup;
    struct markup_tag tag;
    enum badge_status status = BADGE_OK;
    markup_init(&markup, source->text, source->len);
    while (status == BADGE_OK)
        status = markup_next(&markup, &tag, err);
    return status == BADGE_ENOTFOUND ? BADGE_OK : status;
}

/* Where the elements stand that libxml2 has counted. The document is well-formed by now. */
static void find_places(struct image_places *places, const struct reading *reading, const struct source *source)
{
    struct markup markup;
    struct markup_tag tag;
    unsigned depth = 0; /* at which the place that is open ends; 0: none is */
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
        if (places->n == reading->n_parts || markup.n_elements != reading->part[places->n])
            continue;
        places->place[places->n].at = tag.at;
        if (tag.kind == MARKUP_EMPTY)
            places->place[places->n++].end = tag.end;
        else
            depth = markup.depth;
    }
    places->has_prefix = reading->has_prefix;
    places->prefix = reading->prefix;
    places->is_utf16 = source->is_utf16;
}

/* XML 1.0 section 2.11, which libxml2 forgets in a CDATA section that comes in pieces. */
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

/* In pieces: the parser keeps no more of the document than it is at, and refuses one that it would have to keep long.
 */
static void parse(struct reading *reading, const struct source *source)
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
    (void)pthread_once(&once, xmlInitParser); /* its globals, before threads use them */
    reading->parser = xmlCreatePushParserCtxt(&handler, reading, NULL, 0, NULL);
    if (!reading->parser) {
        (void)badge_no_memory(&reading->failure);
        return;
    }
    (void)xmlDictSetLimit(reading->parser->dict, IMAGE_MAX_NAMES);
    (void)xmlCtxtUseOptions(reading->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
    for (size_t at = 0; at < source->len && reading->failure.status == BADGE_OK; at += PIECE_LEN) {
        size_t len = source->len - at < PIECE_LEN ? source->len - at : PIECE_LEN;
        size_t n = copy_lines(piece, source->text + at, len, &after_return);
        (void)xmlParseChunk(reading->parser, piece, (int)n, at + len == source->len);
    }
    if (!reading->parser->wellFormed)
        fail(reading, BADGE_EIMAGE, "the SVG is not well-formed XML; save it anew");
    xmlFreeParserCtxt(reading->parser);
}

enum badge_status image_svg_read(struct image *image, struct image_places *places, const void *bytes, size_t len,
                                 struct badge_err *err)
{
    struct source source;
    struct reading reading = {.image = image};
    enum badge_status status = read_source(&source, bytes, len, err);
    if (status == BADGE_OK)
        status = check_markup(&source, err);
    if (status != BADGE_OK)
        goto out;
    reading.text.max = reading.verify.max = source.len;
    parse(&reading, &source);
    status = reading.failure.status;
    if (status == BADGE_OK)
        find_places(places, &reading, &source);
    else if (err)
        *err = reading.failure;

out:
    free(reading.text.bytes);
    free(reading.verify.bytes);
    free(source.owned);
    return status;
}
