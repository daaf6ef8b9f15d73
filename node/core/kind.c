/*
 * Four recognizers side by side, a byte at a time: PNG signature, JSON object, compact token, XML whose root is svg.
 * The digester feeds each document through them. A recognizer that can no longer match is dead; when all are dead, the
 * document is raw. All state is in struct kind_scan, so the result does not depend on how a document is cut into
 * pieces.
 */
#include "core/kind.h"

#include <string.h>

enum { DEAD = 255 };

bool kind_is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

bool kind_is_base64url(uint8_t byte, uint8_t *value)
{
    if (byte >= 'A' && byte <= 'Z')
        *value = (uint8_t)(byte - 'A');
    else if (byte >= 'a' && byte <= 'z')
        *value = (uint8_t)(byte - 'a' + 26);
    else if (byte >= '0' && byte <= '9')
        *value = (uint8_t)(byte - '0' + 52);
    else if (byte == '-' || byte == '_')
        *value = byte == '-' ? 62 : 63;
    else
        return false;
    return true;
}

void kind_init(struct kind_scan *scan)
{
    *scan = (struct kind_scan){0};
}

static enum kind step_png(struct kind_scan *s, uint8_t c)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    if (c != signature[s->png]) {
        s->png = DEAD;
        return KIND_UNDECIDED;
    }
    return ++s->png == sizeof signature ? KIND_IMAGE : KIND_UNDECIDED;
}

/* '{' and then '"' or '}'. A byte-order mark before them is accepted here, and then refused by the parser. */
static enum kind step_json(struct kind_scan *s, uint8_t c)
{
    enum { START, SPACE = 3, BRACE }; /* 1 and 2: within the mark */
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    if (s->json < SPACE && c == mark[s->json])
        s->json++;
    else if (s->json == BRACE && (c == '"' || c == '}'))
        return KIND_JSON;
    else if (c == '{' && (s->json == START || s->json == SPACE))
        s->json = BRACE;
    else if (!kind_is_space(c) || s->json == 1 || s->json == 2)
        s->json = DEAD;
    else if (s->json == START)
        s->json = SPACE;
    return KIND_UNDECIDED;
}

/* base64url parts between dots: three are a JWS, five a JWE; three and '~' begin an SD-JWT. */
static enum kind step_token(struct kind_scan *s, uint8_t c)
{
    enum { LEADING, WITHIN, TRAILING };
    uint8_t value;
    if (kind_is_space(c)) {
        if (s->token == WITHIN)
            s->token = TRAILING;
    } else if (s->token == TRAILING) {
        s->token = DEAD;
    } else if (kind_is_base64url(c, &value)) {
        s->token = WITHIN;
        s->filled |= (uint8_t)(1u << s->part);
    } else if (c == '.' && s->filled & 1 && s->part < 4) {
        s->part++;
    } else {
        if (c == '~' && s->part == 2 && s->filled == 7)
            return KIND_SD_JWT;
        s->token = DEAD;
    }
    return KIND_UNDECIDED;
}

/* -- XML, as far as its root: the prolog of XML 1.0 section 2.8 ---------------------------------------------------- */

enum xml_state {
    XML_PROLOG,      /* between markup */
    XML_OPEN,        /* after '<' */
    XML_BANG,        /* after "<!" */
    XML_BANG_DASH,   /* after "<!-" */
    XML_COMMENT,     /* in a comment; matched counts its closing dashes */
    XML_INSTRUCTION, /* in <?…?>, the XML declaration too; matched: after a '?' */
    XML_KEYWORD,     /* in the keyword DOCTYPE */
    XML_DOCTYPE,     /* after it, or after the internal subset */
    XML_QUOTED,      /* a literal of either */
    XML_SUBSET,      /* in the internal subset, between markup */
    XML_DECLARATION, /* in a declaration of the subset */
    XML_NAME,        /* in the root's name */
};

/* The state after a comment or an instruction. */
static uint8_t outer_state(const struct kind_scan *s)
{
    return s->in_subset ? XML_SUBSET : XML_PROLOG;
}

static bool is_name_char(uint8_t c)
{
    uint8_t value;
    return c >= 0x80 || c == '.' || c == ':' || kind_is_base64url(c, &value);
}

static void xml_open(struct kind_scan *s, uint8_t c)
{
    s->matched = 0;
    if (c == '!') {
        s->xml = XML_BANG;
    } else if (c == '?') {
        s->xml = XML_INSTRUCTION;
    } else if (!s->in_subset && is_name_char(c)) {
        s->xml = XML_NAME;
        s->name_len = 0;
        if (c != ':')
            s->name[s->name_len++] = (char)c;
    } else {
        s->xml = DEAD;
    }
}

static void xml_bang(struct kind_scan *s, uint8_t c)
{
    if (c == '-') {
        s->xml = XML_BANG_DASH;
    } else if (s->in_subset) {
        s->xml = XML_DECLARATION;
    } else {
        s->matched = 1;
        s->xml = c == 'D' ? XML_KEYWORD : DEAD;
    }
}

static void xml_comment(struct kind_scan *s, uint8_t c)
{
    if (c == '>' && s->matched == 2)
        s->xml = outer_state(s);
    else if (c != '-')
        s->matched = 0;
    else if (s->matched < 2)
        s->matched++;
}

static void xml_doctype(struct kind_scan *s, uint8_t c)
{
    bool subset = s->xml != XML_DOCTYPE;
    if (c == '"' || c == '\'') {
        s->quote = c;
        s->resume = s->xml;
        s->xml = XML_QUOTED;
    } else if (s->xml == XML_SUBSET && c == '<') {
        s->xml = XML_OPEN;
    } else if (s->xml == XML_SUBSET && c == ']') {
        s->xml = XML_DOCTYPE;
        s->in_subset = false;
    } else if (!subset && c == '[') {
        s->xml = XML_SUBSET;
        s->in_subset = true;
    } else if (c == '>' && s->xml != XML_SUBSET) {
        s->xml = outer_state(s);
    }
}

static enum kind xml_name(struct kind_scan *s, uint8_t c)
{
    if (c == ':') {
        s->name_len = 0; /* the name so far was the prefix */
    } else if (is_name_char(c)) {
        if (s->name_len < sizeof s->name)
            s->name[s->name_len] = (char)c;
        s->name_len = s->name_len < 4 ? (uint8_t)(s->name_len + 1) : 4;
    } else {
        s->xml = DEAD;
        if (s->name_len == 3 && memcmp(s->name, "svg", 3) == 0 && (kind_is_space(c) || c == '/' || c == '>'))
            return KIND_IMAGE;
    }
    return KIND_UNDECIDED;
}

static enum kind step_xml(struct kind_scan *s, uint8_t c)
{
    static const char doctype[] = "DOCTYPE";
    switch (s->xml) {
    case XML_PROLOG:
        if (c == '<')
            s->xml = XML_OPEN;
        else if (!kind_is_space(c))
            s->xml = DEAD;
        break;
    case XML_OPEN:
        xml_open(s, c);
        break;
    case XML_BANG:
        xml_bang(s, c);
        break;
    case XML_BANG_DASH:
        s->xml = c == '-' ? XML_COMMENT : DEAD;
        break;
    case XML_COMMENT:
        xml_comment(s, c);
        break;
    case XML_INSTRUCTION:
        if (c == '>' && s->matched == 1)
            s->xml = outer_state(s);
        s->matched = c == '?';
        break;
    case XML_KEYWORD:
        if (s->matched < sizeof doctype - 1)
            s->xml = c == (uint8_t)doctype[s->matched++] ? XML_KEYWORD : DEAD;
        else
            s->xml = kind_is_space(c) ? XML_DOCTYPE : DEAD;
        break;
    case XML_DOCTYPE:
    case XML_SUBSET:
    case XML_DECLARATION:
        xml_doctype(s, c);
        break;
    case XML_QUOTED:
        if (c == s->quote)
            s->xml = s->resume;
        break;
    case XML_NAME:
        return xml_name(s, c);
    }
    return KIND_UNDECIDED;
}

/*
 * XML is in UTF-8 or another superset of ASCII, or in UTF-16, which begins with a byte-order mark or with '<' and a
 * zero byte. Markup is ASCII: any other UTF-16 unit is passed on as 0x80, which counts as a letter.
 */
static enum kind step_encoded(struct kind_scan *s, uint8_t c)
{
    enum { START, BYTES, LITTLE, BIG, MARK_8 };
    if (s->encoding == BYTES)
        return step_xml(s, c);
    if (s->encoding == MARK_8) {
        s->encoding = BYTES;
        if (c != 0xbf)
            s->xml = DEAD;
        return KIND_UNDECIDED;
    }
    if (!s->has_pending) {
        s->has_pending = true;
        s->pending = c;
        return KIND_UNDECIDED;
    }
    s->has_pending = false;
    uint8_t high = s->encoding == LITTLE ? c : s->pending, low = s->encoding == LITTLE ? s->pending : c;
    if (s->encoding != START)
        return step_xml(s, high == 0 && low < 0x80 ? low : 0x80);

    if (high == 0xef && low == 0xbb) {
        s->encoding = MARK_8;
    } else if ((high == 0xff && low == 0xfe) || (high == 0xfe && low == 0xff)) {
        s->encoding = high == 0xff ? LITTLE : BIG;
    } else if ((high == '<' && low == 0) || (high == 0 && low == '<')) {
        s->encoding = high == '<' ? LITTLE : BIG;
        return step_xml(s, '<');
    } else {
        s->encoding = BYTES;
        (void)step_xml(s, high); /* one byte never decides */
        return step_xml(s, low);
    }
    return KIND_UNDECIDED;
}

/* -- all of them --------------------------------------------------------------------------------------------------- */

enum kind kind_feed(struct kind_scan *scan, const uint8_t *bytes, size_t len)
{
    enum kind kind = KIND_UNDECIDED;
    for (size_t i = 0; i < len && kind == KIND_UNDECIDED; i++) {
        if (scan->png != DEAD)
            kind = step_png(scan, bytes[i]);
        if (scan->json != DEAD && kind == KIND_UNDECIDED)
            kind = step_json(scan, bytes[i]);
        if (scan->token != DEAD && kind == KIND_UNDECIDED)
            kind = step_token(scan, bytes[i]);
        if (scan->xml != DEAD && kind == KIND_UNDECIDED)
            kind = step_encoded(scan, bytes[i]);
        if (scan->png == DEAD && scan->json == DEAD && scan->token == DEAD && scan->xml == DEAD &&
            kind == KIND_UNDECIDED)
            kind = KIND_RAW;
    }
    return kind;
}

enum kind kind_end(const struct kind_scan *scan)
{
    if (scan->token != DEAD && scan->part == 2 && scan->filled == 7)
        return KIND_COMPACT;
    if (scan->token != DEAD && scan->part == 4)
        return KIND_JWE;
    return KIND_RAW;
}

enum kind kind_of(const void *bytes, size_t len)
{
    struct kind_scan scan;
    kind_init(&scan);
    enum kind kind = kind_feed(&scan, bytes, len);
    return kind == KIND_UNDECIDED ? kind_end(&scan) : kind;
}
