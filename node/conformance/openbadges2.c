/*
 * The rules of Open Badges 2.0, as a table made by hand from its text (Data Classes): of an assertion, of each other
 * class that is a document of its own, and of what is embedded in them or was given beside them.
 */
#include <string.h>

#include "badge/text.h"
#include "conformance/profile.h"
#include "core/compiler.h"
#include "core/shape.h"
#include "core/text.h"

#define MAX_DEPTH 8

enum kind {
    TEXT,
    IRI,
    BOOLEAN,
    DATE,
    NUMBER,
    ANY,
    /* an object of the class, or the IRI of one */
    ASSERTION,
    BADGE_CLASS,
    PROFILE,
    IDENTITY,
    VERIFICATION,
    ENDORSEMENT,
    CLAIM,
    EVIDENCE,
    IMAGE,
    CRITERIA,
    ALIGNMENT,
    REVOCATION_LIST,
    REVOKED,
    KEY,
};

enum { OPTIONAL, REQUIRED, ADVISED = 2, MANY = 4 };
/* ADVISED: required by the text and not by 1EdTech's validator: a warning. MANY: or a list of these. */

struct property {
    const char *name;
    enum kind kind;
    unsigned flags;
};

#define MAX_PROPERTIES 14
struct class
{
    const char *name, *other; /* what `type` must include; other: or this */
    bool needs_type;          /* false: its text has it default to this class */
    bool is_document;         /* it may stand alone, and an IRI may name it */
    bool may_be_iri;
    struct property property[MAX_PROPERTIES];
};

static const struct class classes[] = {
    [ASSERTION] = {"Assertion",
                   NULL,
                   true,
                   true,
                   true,
                   {{"id", IRI, REQUIRED},
                    {"recipient", IDENTITY, REQUIRED},
                    {"verification", VERIFICATION, REQUIRED},
                    {"badge", BADGE_CLASS, REQUIRED},
                    {"issuedOn", DATE, REQUIRED},
                    {"image", IMAGE, MANY},
                    {"evidence", EVIDENCE, MANY},
                    {"narrative", TEXT, OPTIONAL},
                    {"expires", DATE, OPTIONAL},
                    {"revoked", BOOLEAN, OPTIONAL},
                    {"revocationReason", TEXT, OPTIONAL},
                    {"endorsement", ENDORSEMENT, MANY}}},
    [BADGE_CLASS] = {"BadgeClass",
                     NULL,
                     true,
                     true,
                     true,
                     {{"id", IRI, REQUIRED},
                      {"name", TEXT, REQUIRED},
                      {"description", TEXT, REQUIRED},
                      {"image", IMAGE, ADVISED | MANY},
                      {"criteria", CRITERIA, REQUIRED},
                      {"issuer", PROFILE, REQUIRED},
                      {"alignment", ALIGNMENT, MANY},
                      {"tags", TEXT, MANY},
                      {"endorsement", ENDORSEMENT, MANY}}},
    [PROFILE] = {"Issuer",
                 "Profile",
                 true,
                 true,
                 true,
                 {{"id", IRI, REQUIRED},
                  {"name", TEXT, REQUIRED},
                  {"url", IRI, REQUIRED | MANY},
                  {"email", TEXT, REQUIRED | MANY},
                  {"telephone", TEXT, MANY},
                  {"description", TEXT, OPTIONAL},
                  {"image", IMAGE, MANY},
                  {"publicKey", KEY, MANY},
                  {"verification", ANY, OPTIONAL},
                  {"revocationList", REVOCATION_LIST, OPTIONAL},
                  {"endorsement", ENDORSEMENT, MANY}}},
    [IDENTITY] = {"IdentityObject",
                  NULL,
                  false,
                  false,
                  false,
                  {{"type", TEXT, REQUIRED | MANY},
                   {"identity", TEXT, REQUIRED},
                   {"hashed", BOOLEAN, REQUIRED},
                   {"salt", TEXT, OPTIONAL}}},
    [VERIFICATION] = {"VerificationObject",
                      NULL,
                      false,
                      false,
                      false,
                      {{"type", TEXT, REQUIRED | MANY},
                       {"creator", KEY, OPTIONAL},
                       {"verificationProperty", TEXT, OPTIONAL},
                       {"startsWith", TEXT, MANY},
                       {"allowedOrigins", TEXT, MANY}}},
    [ENDORSEMENT] = {"Endorsement",
                     NULL,
                     true,
                     true,
                     true,
                     {{"id", IRI, REQUIRED},
                      {"claim", CLAIM, REQUIRED},
                      {"issuer", PROFILE, REQUIRED},
                      {"issuedOn", DATE, REQUIRED},
                      {"verification", VERIFICATION, REQUIRED}}},
    [CLAIM] = {"claim", NULL, false, false, false, {{"id", IRI, REQUIRED}, {"endorsementComment", TEXT, OPTIONAL}}},
    [EVIDENCE] = {"Evidence",
                  NULL,
                  false,
                  false,
                  true,
                  {{"id", IRI, OPTIONAL},
                   {"narrative", TEXT, OPTIONAL},
                   {"name", TEXT, OPTIONAL},
                   {"description", TEXT, OPTIONAL},
                   {"genre", TEXT, OPTIONAL},
                   {"audience", TEXT, OPTIONAL}}},
    [IMAGE] = {"Image", NULL, false, false, true, {{"id", IRI, REQUIRED}, {"caption", TEXT, OPTIONAL}}},
    [CRITERIA] = {"Criteria", NULL, false, false, true, {{"id", IRI, OPTIONAL}, {"narrative", TEXT, OPTIONAL}}},
    [ALIGNMENT] = {"AlignmentObject",
                   NULL,
                   false,
                   true,
                   false,
                   {{"targetName", TEXT, REQUIRED},
                    {"targetUrl", IRI, REQUIRED},
                    {"targetDescription", TEXT, OPTIONAL},
                    {"targetFramework", TEXT, OPTIONAL},
                    {"targetCode", TEXT, OPTIONAL}}},
    [REVOCATION_LIST] = {"RevocationList",
                         NULL,
                         true,
                         true,
                         true,
                         {{"id", IRI, OPTIONAL},
                          {"issuer", PROFILE, OPTIONAL},
                          {"revokedAssertions", REVOKED, REQUIRED | MANY}}},
    [REVOKED] = {"RevokedAssertion",
                 NULL,
                 false,
                 false,
                 true,
                 {{"id", IRI, OPTIONAL},
                  {"uid", TEXT, OPTIONAL},
                  {"revoked", BOOLEAN, OPTIONAL},
                  {"revocationReason", TEXT, OPTIONAL}}},
    [KEY] = {"CryptographicKey",
             NULL,
             true,
             true,
             true,
             {{"id", IRI, REQUIRED}, {"owner", IRI, REQUIRED}, {"publicKeyPem", TEXT, REQUIRED}}},
};

struct check {
    struct findings *findings;
    const struct related *related;
    struct badge_text assertion; /* the id of the assertion that is checked; empty: of another document */
};

static void check_object(const struct check *c, const struct step *at, enum kind class,
                         const struct badge_json_value *object, unsigned depth);

static void say(const struct check *c, bool is_error, const char *code, const struct step *at, const char *class,
                const char *detail)
{
    struct badge_err source;
    (void)badge_fail(&source, BADGE_OK, 0, "Open Badges 2.0, Data Classes, %s", class);
    finding_add(c->findings, is_error, code, at, source.text, detail);
}

static bool has_type(const struct badge_json_value *object, const struct class *class)
{
    return reading_has_type(object, class->name) || (class->other && reading_has_type(object, class->other));
}

/* -- values -------------------------------------------------------------------------------------------------------- */

/* A date with a time and a zone by ISO 8601: the seconds may be left out. */
static bool read_date(struct badge_date *date, const struct badge_json_value *value)
{
    enum { MINUTE = 16, LONGEST = 60 }; /* 2017-10-01T00:00 */
    struct badge_text text;
    char whole[LONGEST];
    if (!badge_json_string(value, &text) || text.len > LONGEST - 3)
        return false;
    bool has_minutes = text.len > MINUTE && text.bytes[MINUTE - 3] == ':' &&
                       (text.bytes[MINUTE] == 'Z' || text.bytes[MINUTE] == '+' || text.bytes[MINUTE] == '-');
    if (has_minutes) {
        memcpy(whole, text.bytes, MINUTE);
        memcpy(whole + MINUTE, ":00", 3);
        memcpy(whole + MINUTE + 3, text.bytes + MINUTE, text.len - MINUTE);
        text = (struct badge_text){whole, text.len + 3};
    }
    return badge_date_parse(date, text.bytes, text.len) == BADGE_OK && date->is_standard;
}

/* An IRI, a blank node of the document, or a compact IRI: all have a colon after what names the scheme. */
static bool is_iri(struct badge_text text)
{
    return text_is_url(text) || core_text_skip(&text, "_:");
}

/* Checks the document that was given under the IRI, if one was, as if it stood here. */
static void check_document(const struct check *c, const struct step *at, enum kind class, const char *where,
                           struct badge_text iri, unsigned depth)
{
    const struct badge_json_value *value;
    struct badge_err err, detail;
    size_t i = 0;
    while (i < c->related->n && !core_text_equal(c->related->document[i].url, iri))
        i++;
    if (i == c->related->n)
        return;
    struct badge_text text = c->related->document[i].text;
    enum badge_status status = badge_json_parse(&value, c->findings->arena, text.bytes, text.len, &err);
    if (status == BADGE_ENOMEM)
        c->findings->failed = true;
    else if (status != BADGE_OK || !badge_json_is(value, BADGE_JSON_OBJECT)) {
        (void)badge_fail(&detail, BADGE_OK, 0, "the document of this URL is not a JSON object%s%s",
                         status != BADGE_OK ? ": " : "", status != BADGE_OK ? err.text : "");
        say(c, true, "wrong_type", at, where, detail.text);
    } else
        check_object(c, at, class, value, depth);
}

/* An item of the list of revoked assertions that the issuer of the assertion itself names, if the list was given. */
static void check_revoked(const struct check *c, const struct step *at, const struct badge_json_value *item)
{
    static const char *const way[] = {"revokedAssertions", "revocationList", "issuer", "badge"};
    const struct step *step = at->is_index ? at->up : at;
    const struct badge_json_value *id = badge_json_is(item, BADGE_JSON_OBJECT) ? reading_member(item, "id") : item;
    struct badge_text text;
    size_t i = 0;
    for (; i < ARRAY_LEN(way) && step && core_text_is(step->name, way[i]); i++)
        step = step->up;
    bool is_own = i == ARRAY_LEN(way) && !step && c->assertion.len > 0;
    if (is_own && badge_json_string(id, &text) && core_text_equal(text, c->assertion) &&
        !badge_json_is(badge_json_member(item, "revoked"), BADGE_JSON_FALSE))
        say(c, true, "listed_revoked", at, "RevocationList", "the list that was given names this assertion as revoked");
}

static void check_reference(const struct check *c, const struct step *at, enum kind kind, const char *class,
                            const struct badge_json_value *value, unsigned depth)
{
    const struct class *named = &classes[kind];
    struct badge_text iri;
    struct badge_err err;
    if (kind == REVOKED)
        check_revoked(c, at, value);
    if (badge_json_is(value, BADGE_JSON_OBJECT)) {
        check_object(c, at, kind, value, depth);
        return;
    }
    if (!named->may_be_iri || !badge_json_string(value, &iri)) {
        (void)badge_fail(&err, BADGE_OK, 0, "this must be an object of the class %s%s", named->name,
                         named->may_be_iri ? ", or the URL of one" : "");
        say(c, true, "wrong_type", at, class, err.text);
        return;
    }
    if (!is_iri(iri) && !(kind == REVOKED || kind == EVIDENCE || kind == CRITERIA))
        say(c, true, "not_a_url", at, class, "this must be a URL, such as https://… or urn:uuid:…");
    if (named->is_document)
        check_document(c, at, kind, class, iri, depth);
}

static void check_value(const struct check *c, const struct step *at, enum kind kind, const char *class,
                        const struct badge_json_value *value, unsigned depth)
{
    struct badge_text text;
    struct badge_date date;
    bool is_text = badge_json_string(value, &text);
    switch (kind) {
    case ANY:
        break;
    case TEXT:
        if (!is_text)
            say(c, true, "wrong_type", at, class, "this must be a text");
        break;
    case IRI:
        if (!is_text)
            say(c, true, "wrong_type", at, class, "this must be a text with a URL");
        else if (!is_iri(text))
            say(c, true, "not_a_url", at, class, "this must be a URL, such as https://… or urn:uuid:…");
        break;
    case BOOLEAN:
        if (!badge_json_is(value, BADGE_JSON_TRUE) && !badge_json_is(value, BADGE_JSON_FALSE))
            say(c, true, "wrong_type", at, class, "this must be true or false");
        break;
    case NUMBER:
        if (!badge_json_is(value, BADGE_JSON_NUMBER))
            say(c, true, "wrong_type", at, class, "this must be a number");
        break;
    case DATE:
        if (!read_date(&date, value))
            say(c, true, "date_not_standard", at, class,
                "this must be a date, a time and a zone, as 2026-01-31T12:00:00Z");
        break;
    default:
        check_reference(c, at, kind, class, value, depth);
    }
}

static void check_values(const struct check *c, const struct step *at, const struct property *property,
                         const char *class, const struct badge_json_value *value, unsigned depth)
{
    if (!badge_json_is(value, BADGE_JSON_ARRAY)) {
        check_value(c, at, property->kind, class, value, depth);
        return;
    }
    if (!(property->flags & MANY)) {
        say(c, true, "wrong_type", at, class, "this must be one value, not a list");
        return;
    }
    for (size_t i = 0; i < badge_json_count(value); i++) {
        struct step item = step_to_item(at, i);
        check_value(c, &item, property->kind, class, badge_json_at(value, i, NULL), depth);
    }
}

/* -- extensions ---------------------------------------------------------------------------------------------------- */

/* What the published schemas of extensions require: 1EdTech's page "Open Badges Extensions". */
static const struct extension {
    const char *name;
    struct {
        const char *name, *iri;
        enum kind kind;
        bool is_required;
    } member[3];
} extensions[] = {
    {"ExampleExtension", {{"exampleProperty", "http://schema.org/text", TEXT, false}}},
    {"ApplyLink", {{"url", "http://schema.org/url", IRI, true}}},
    {"GeoCoordinates",
     {{"description", "http://schema.org/description", TEXT, true}, {"geo", "http://schema.org/geo", ANY, true}}},
};

/* Whether a type ends in the extension's name: extensions:N, …/extensions#N, obi:extensions/#N. */
static bool is_extension(const struct badge_json_value *object, const char *name)
{
    const struct badge_json_value *type = reading_member(object, "type");
    bool is_list = badge_json_is(type, BADGE_JSON_ARRAY);
    size_t len = strlen(name);
    for (size_t i = 0; i < (is_list ? badge_json_count(type) : 1); i++) {
        struct badge_text text;
        if (badge_json_string(is_list ? badge_json_at(type, i, NULL) : type, &text) && text.len > len &&
            memcmp(text.bytes + text.len - len, name, len) == 0 && memchr(":#/", text.bytes[text.len - len - 1], 3))
            return true;
    }
    return false;
}

static void check_extension(const struct check *c, const struct step *at, const struct badge_json_value *object,
                            unsigned depth)
{
    struct badge_err class;
    for (size_t k = 0; k < ARRAY_LEN(extensions); k++) {
        const struct extension *extension = &extensions[k];
        if (!is_extension(object, extension->name))
            continue;
        (void)badge_fail(&class, BADGE_OK, 0, "extension %s", extension->name);
        for (size_t i = 0; i < ARRAY_LEN(extension->member) && extension->member[i].name; i++) {
            const char *name = extension->member[i].name, *iri = extension->member[i].iri;
            const struct badge_json_value *value = reading_member(object, name), *other = reading_member(object, iri);
            struct step step = step_to_member(at, !value && other ? iri : name);
            struct badge_err err;
            if (value || other) {
                check_value(c, &step, extension->member[i].kind, class.text, value ? value : other, depth);
                continue;
            }
            (void)badge_fail(&err, BADGE_OK, 0, "the extension %s needs the member \"%s\"", extension->name, name);
            if (extension->member[i].is_required)
                say(c, true, "missing", &step, class.text, err.text);
        }
    }
}

static void check_extensions(const struct check *c, const struct step *up, const struct badge_json_value *object,
                             unsigned depth)
{
    for (size_t i = 0; i < badge_json_count(object); i++) {
        struct step at = {.up = up};
        const struct badge_json_value *value = badge_json_at(object, i, &at.name);
        if (badge_json_is(value, BADGE_JSON_OBJECT) && reading_has_type(value, "Extension"))
            check_extension(c, &at, value, depth);
    }
}

/* -- objects ------------------------------------------------------------------------------------------------------- */

static void check_type(const struct check *c, const struct step *up, const struct class *class,
                       const struct badge_json_value *object)
{
    struct step at = step_to_member(up, "type");
    struct badge_err err;
    if (!class->needs_type || has_type(object, class))
        return;
    (void)badge_fail(&err, BADGE_OK, 0, "the type must include \"%s\"%s%s%s", class->name, class->other ? " or \"" : "",
                     class->other ? class->other : "", class->other ? "\"" : "");
    say(c, true, reading_member(object, "type") ? "wrong_class" : "missing", &at, class->name, err.text);
}

static void check_property(const struct check *c, const struct step *up, const struct class *class,
                           const struct property *property, const struct badge_json_value *object, unsigned depth)
{
    bool is_older = property->kind == VERIFICATION && !reading_member(object, "verification");
    const struct badge_json_value *value = reading_member(object, is_older ? "verify" : property->name);
    struct step at = step_to_member(up, is_older && value ? "verify" : property->name);
    struct badge_err err;
    if (value) {
        check_values(c, &at, property, class->name, value, depth);
        return;
    }
    (void)badge_fail(&err, BADGE_OK, 0, "%s needs the member \"%s\"", class->name, property->name);
    if (property->flags & (REQUIRED | ADVISED))
        say(c, property->flags & REQUIRED, "missing", &at, class->name, err.text);
}

/* Of a revoked assertion only the id need be left. */
static bool is_revoked(const struct badge_json_value *object)
{
    return badge_json_is(badge_json_member(object, "revoked"), BADGE_JSON_TRUE);
}

static void check_object(const struct check *c, const struct step *at, enum kind class,
                         const struct badge_json_value *object, unsigned depth)
{
    const struct class *of = &classes[class];
    if (depth == MAX_DEPTH) {
        say(c, false, "not_checked", at, of->name, "it is too deeply nested to be checked wholly");
        return;
    }
    check_type(c, at, of, object);
    for (size_t i = 0; i < MAX_PROPERTIES && of->property[i].name; i++)
        if (!(class == ASSERTION && is_revoked(object)) || i == 0)
            check_property(c, at, of, &of->property[i], object, depth + 1);
    check_extensions(c, at, object, depth + 1);
}

static void check_recipient(const struct check *c, const struct badge_json_value *assertion)
{
    const struct badge_json_value *recipient = reading_member(assertion, "recipient");
    struct step up = step_to_member(NULL, "recipient"), at = step_to_member(&up, "identity");
    struct badge_text text, rest;
    if (!badge_json_is(recipient, BADGE_JSON_OBJECT) ||
        !badge_json_string(reading_member(recipient, "identity"), &text))
        return;
    bool is_hashed = badge_json_is(badge_json_member(recipient, "hashed"), BADGE_JSON_TRUE);
    rest = text;
    size_t digits = core_text_skip(&rest, "sha256$") ? 64 : core_text_skip(&rest, "md5$") ? 32 : 0, n = 0;
    while (n < rest.len && rest.bytes[n] != '\0' && strchr("0123456789abcdefABCDEF", rest.bytes[n]))
        n++;
    if (is_hashed && (digits == 0 || n != digits || rest.len != digits))
        say(c, true, "wrong_value", &at, "IdentityObject",
            "a hashed identity must be sha256$ and 64 hexadecimal digits, or md5$ and 32");
    if (!is_hashed && digits > 0 && badge_json_is(badge_json_member(recipient, "hashed"), BADGE_JSON_FALSE))
        say(c, false, "wrong_value", &at, "IdentityObject", "this looks like a hash, and \"hashed\" is false");
}

static void check_period(const struct check *c, const struct badge_json_value *assertion)
{
    struct badge_date from, until;
    struct step at = step_to_member(NULL, "expires");
    if (read_date(&from, reading_member(assertion, "issuedOn")) &&
        read_date(&until, reading_member(assertion, "expires")) && until.ends_s < from.begins_s)
        say(c, true, "period_empty", &at, "Assertion", "the assertion ends before it begins");
}

/* What the document says it is; of several classes the first. */
static enum kind class_of(const struct badge_json_value *document)
{
    for (enum kind kind = ASSERTION; kind <= KEY; kind++)
        if (classes[kind].is_document && has_type(document, &classes[kind]))
            return kind;
    return reading_is_assertion(document) ? ASSERTION : ANY;
}

static void check_context(const struct check *c, const struct badge_json_value *document)
{
    struct step at = step_to_member(NULL, "@context");
    if (!reading_member(document, "@context"))
        say(c, true, "missing", &at, "JSON-LD", "the document needs \"@context\": https://w3id.org/openbadges/v2");
}

static void say_no_class(const struct check *c, const struct badge_json_value *document)
{
    const struct badge_json_value *type = badge_json_member(document, "type");
    struct step at = step_to_member(NULL, "type");
    static const char detail[] = "the type must include a class of Open Badges 2.0: Assertion, BadgeClass, Issuer, "
                                 "Profile, Endorsement, RevocationList, CryptographicKey or AlignmentObject";
    bool is_empty = badge_json_is(type, BADGE_JSON_ARRAY) && badge_json_count(type) == 0;
    say(c, true, !type ? "missing" : is_empty ? "missing_item" : "wrong_class", &at, "type", detail);
}

void openbadges2_check(struct findings *findings, const struct badge_json_value *document,
                       const struct related *related)
{
    struct check c = {.findings = findings, .related = related};
    enum kind class = class_of(document);
    if (class == ASSERTION)
        (void)badge_json_string(reading_member(document, "id"), &c.assertion);
    if (class == ANY) {
        say_no_class(&c, document);
        return;
    }
    check_context(&c, document);
    check_object(&c, NULL, class, document, 0);
    if (class == ASSERTION) {
        check_recipient(&c, document);
        check_period(&c, document);
    }
}

bool openbadges2_is_document(const struct badge_json_value *object)
{
    const struct badge_json_value *context = badge_json_member(object, "@context");
    bool is_list = badge_json_is(context, BADGE_JSON_ARRAY);
    for (size_t i = 0; i < (is_list ? badge_json_count(context) : 1); i++) {
        const struct badge_json_value *one = is_list ? badge_json_at(context, i, NULL) : context;
        if (badge_json_equals(one, "https://w3id.org/openbadges/v2") ||
            (badge_json_is(one, BADGE_JSON_OBJECT) &&
             badge_json_equals(badge_json_member(one, "obi"), "https://w3id.org/openbadges#")))
            return true;
    }
    return false;
}
