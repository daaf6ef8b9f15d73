/*
 * Checks a value by the rules of rules_table.c, and says what is wrong where.
 *
 * A value that must have one of several forms is tried against each in silence; what is reported is what is wrong with
 * the form that it comes closest to. A form that fits is gone through once more, aloud, for the rules that decide
 * nothing between forms: dates and classes. The number of steps is bounded.
 */
#include <string.h>

#include "badge/text.h"
#include "conformance/rules.h"
#include "core/compiler.h"
#include "core/json_tree.h"

#define MAX_STEPS 200000
#define OTHER_FORM 1000 /* of another type: as wrong as many errors */
#define BAD_NAME 3      /* a member's name no map of languages has */

struct check {
    struct findings *findings;
    const char *standard, *class;
    const struct step *at;
    unsigned steps; /* left */
    bool is_silent, is_v1;
};

static unsigned check_value(struct check *c, unsigned schema, const struct badge_json_value *value);

/* -- what is said -------------------------------------------------------------------------------------------------- */

static unsigned say(struct check *c, const char *code, const struct step *at, const char *detail)
{
    struct badge_err source;
    if (!c->is_silent) {
        (void)badge_fail(&source, BADGE_OK, 0, "%s, data model, %s", c->standard, c->class);
        finding_add(c->findings, true, code, at, source.text, detail);
    }
    return 1;
}

static const char *const type_name[] = {"null",   "true or false", "a number", "an integer",
                                        "a text", "a list",        "an object"};

static unsigned type_of(const struct badge_json_value *value)
{
    static const unsigned type[] = {
        [BADGE_JSON_NULL] = RULES_NULL,     [BADGE_JSON_FALSE] = RULES_BOOLEAN, [BADGE_JSON_TRUE] = RULES_BOOLEAN,
        [BADGE_JSON_NUMBER] = RULES_NUMBER, [BADGE_JSON_STRING] = RULES_STRING, [BADGE_JSON_ARRAY] = RULES_ARRAY,
        [BADGE_JSON_OBJECT] = RULES_OBJECT};
    unsigned found = type[value->type];
    if (found != RULES_NUMBER)
        return found;
    double number = value->as.number;
    bool is_whole = number > -9007199254740992.0 && number < 9007199254740992.0 && (double)(int64_t)number == number;
    return is_whole ? found | RULES_INTEGER : found;
}

/* "a text, a list or an object": the types of a set. */
static void name_types(struct badge_err *out, unsigned types)
{
    struct badge_err before;
    out->text[0] = '\0';
    for (unsigned i = 0; i < ARRAY_LEN(type_name); i++) {
        if (!(types & 1U << i))
            continue;
        before = *out;
        (void)badge_fail(out, BADGE_OK, 0, "%s%s%s", before.text,
                         before.text[0] == '\0' ? ""
                         : types >> i == 1      ? " or "
                                                : ", ",
                         type_name[i]);
    }
}

static unsigned say_type(struct check *c, unsigned types, const struct badge_json_value *value)
{
    struct badge_err names, is, err;
    if (c->is_silent)
        return OTHER_FORM;
    if (types == 0) {
        (void)say(c, "unknown_member", c->at, "the standard has no such member here");
        return OTHER_FORM;
    }
    name_types(&names, types);
    name_types(&is, type_of(value) & ~(unsigned)RULES_INTEGER);
    (void)badge_fail(&err, BADGE_OK, 0, "this is %s, and must be %s", is.text, names.text);
    (void)say(c, "wrong_type", c->at, err.text);
    return OTHER_FORM;
}

/* "A", "B" or "C": the first few of the texts. */
static void name_texts(struct badge_err *out, const uint16_t *text, size_t n)
{
    enum { SHOWN = 5 };
    struct badge_err before;
    out->text[0] = '\0';
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        before = *out;
        (void)badge_fail(out, BADGE_OK, 0, "%s%s\"%s\"", before.text,
                         i == 0       ? ""
                         : i + 1 == n ? " or "
                                      : ", ",
                         rules_text[text[i]]);
    }
    before = *out;
    if (n > SHOWN)
        (void)badge_fail(out, BADGE_OK, 0, "%s or another of the %zu that the standard lists", before.text, n);
}

/* -- rules of texts ------------------------------------------------------------------------------------------------ */

static unsigned check_enum(struct check *c, const uint16_t *text, size_t n, const struct badge_json_value *value)
{
    struct badge_err names, err;
    for (size_t i = 0; i < n; i++)
        if (badge_json_equals(value, rules_text[text[i]]) ||
            (c->is_v1 && strcmp(rules_text[text[i]], "https://www.w3.org/ns/credentials/v2") == 0 &&
             badge_json_equals(value, "https://www.w3.org/2018/credentials/v1")))
            return 0;
    if (c->is_silent)
        return 1;
    name_texts(&names, text, n);
    (void)badge_fail(&err, BADGE_OK, 0, "this must be %s", names.text);
    return say(c, "wrong_value", c->at, err.text);
}

static unsigned check_pattern(struct check *c, enum rules_pattern pattern, struct badge_text text)
{
    static const char *const detail[] = {
        [RULES_LANGUAGE] = "this must be a language as \"en\" or \"en-GB\"",
        [RULES_JWS] = "this must be a compact JWS",
        [RULES_EXTENSION] = "a value of one's own must begin with \"ext:\"",
        [RULES_LANGUAGE_TAG] = "this must be a language as \"en\", \"en-GB\" or \"zh-Hans-CN\"",
        [RULES_OB_CONTEXT] = "this must be a context of Open Badges 3.0, such as "
                             "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        [RULES_CLR_CONTEXT] = "this must be a context of CLR 2.0, such as "
                              "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"};
    return rules_matches(pattern, text) ? 0 : say(c, "wrong_value", c->at, detail[pattern]);
}

/* A day alone: ten characters that are read as a date. */
static void check_format(struct check *c, enum rules_format format, struct badge_text text)
{
    struct badge_date date;
    bool is_read = badge_date_parse(&date, text.bytes, text.len) == BADGE_OK;
    if (format == RULES_DATE_TIME && !(is_read && date.is_standard))
        (void)say(c, "date_not_standard", c->at, "this must be a date, a time and a zone, as 2026-01-31T12:00:00Z");
    if (format == RULES_DATE && !(is_read && text.len == 10))
        (void)say(c, "date_not_standard", c->at, "this must be a day, as 2001-01-31");
}

/* -- rules of objects ---------------------------------------------------------------------------------------------- */

/* Checks a value one step further; of it all that counts above is how many errors it has. */
static unsigned check_step(struct check *c, struct step step, unsigned schema, const struct badge_json_value *value)
{
    const struct step *at = c->at;
    const char *class = c->class;
    c->at = &step;
    unsigned errors = check_value(c, schema, value);
    c->at = at;
    c->class = class;
    return errors >= OTHER_FORM ? 1 : errors;
}

static unsigned check_required(struct check *c, const uint16_t *text, size_t n, const struct badge_json_value *value)
{
    unsigned errors = 0;
    for (size_t i = 0; i < n; i++) {
        const char *name = rules_text[text[i]];
        bool is_v1_date = c->is_v1 && strcmp(name, "validFrom") == 0;
        if (badge_json_member(value, name) || (is_v1_date && badge_json_member(value, "issuanceDate")))
            continue;
        struct step step = step_to_member(c->at, is_v1_date ? "issuanceDate" : name);
        struct badge_err err;
        if (!c->is_silent)
            (void)badge_fail(&err, BADGE_OK, 0, "%s needs the member \"%s\"", c->class,
                             is_v1_date ? "issuanceDate" : name);
        errors += c->is_silent ? 1 : say(c, "missing", &step, err.text);
    }
    return errors;
}

static int compare_name(const char *name, struct badge_text other)
{
    size_t i = 0;
    for (; i < other.len && name[i] == other.bytes[i] && name[i] != '\0'; i++)
        ;
    return i < other.len ? (uint8_t)name[i] - (uint8_t)other.bytes[i] : (uint8_t)name[i];
}

/* The n names ascend, and so do the members of an object. */
static unsigned check_properties(struct check *c, const uint16_t *rule, size_t n, const struct badge_json_value *value)
{
    unsigned errors = 0, others = rule[0];
    const uint16_t *pair = rule + 1, *end = pair + 2 * n;
    const struct badge_json_value *child = value->as.child;
    for (size_t i = 0; i < value->len; i++, child += 2) {
        struct step step = {.up = c->at, .name = {child->as.text, child->len}};
        int order = 1;
        for (; pair < end; pair += 2) {
            order = compare_name(rules_text[pair[0]], step.name);
            if (order >= 0)
                break;
        }
        unsigned schema = pair < end && order == 0 ? pair[1] : others;
        if (schema != RULES_NO_SCHEMA)
            errors += check_step(c, step, schema, child + 1);
    }
    return errors;
}

static unsigned check_names(struct check *c, unsigned schema, const struct badge_json_value *value)
{
    unsigned errors = 0;
    for (size_t i = 0; i < badge_json_count(value); i++) {
        struct step step = {.up = c->at};
        (void)badge_json_at(value, i, &step.name);
        const uint16_t *rule = rules_code + schema;
        const struct step *at = c->at;
        c->at = &step;
        for (; *rule == RULES_PATTERN; rule += 2)
            if (!rules_matches((enum rules_pattern)rule[1], step.name))
                errors += BAD_NAME * say(c, "wrong_value", c->at,
                                         "the members here are named by their languages, as \"en\" or \"en-GB\"");
        c->at = at;
        BADGE_ASSERT(*rule == RULES_END); /* a rule of names is a pattern alone */
    }
    return errors;
}

/* Only of a single text: of a list the schema asks it. */
static void check_kind(struct check *c, const uint16_t *text, size_t n, const struct badge_json_value *value)
{
    const struct badge_json_value *type = badge_json_member(value, "type");
    struct step step = step_to_member(c->at, "type");
    struct badge_err names, err;
    if (c->is_silent || !badge_json_is(type, BADGE_JSON_STRING))
        return;
    for (size_t i = 0; i < n; i++)
        if (badge_json_equals(type, rules_text[text[i]]))
            return;
    name_texts(&names, text, n);
    (void)badge_fail(&err, BADGE_OK, 0, "the type must include %s", names.text);
    (void)say(c, "wrong_class", &step, err.text);
}

/* -- rules of lists ------------------------------------------------------------------------------------------------ */

static unsigned check_items(struct check *c, const uint16_t *schema, size_t n, unsigned others,
                            const struct badge_json_value *value)
{
    unsigned errors = 0;
    for (size_t i = 0; i < value->len; i++) {
        unsigned one = i < n ? schema[i] : others;
        if (one != RULES_NO_SCHEMA)
            errors += check_step(c, step_to_item(c->at, i), one, value->as.child + i);
    }
    return errors;
}

static unsigned check_contains(struct check *c, unsigned schema, const struct badge_json_value *value)
{
    bool was_silent = c->is_silent, found = false;
    struct badge_err names, err;
    c->is_silent = true;
    for (size_t i = 0; i < value->len && !found; i++)
        found = check_step(c, step_to_item(c->at, i), schema, value->as.child + i) == 0;
    c->is_silent = was_silent;
    if (found || c->is_silent)
        return !found;
    const uint16_t *rule = rules_code + schema;
    (void)badge_fail(&names, BADGE_OK, 0, "an item that the standard requires here");
    if (*rule == RULES_ENUM)
        name_texts(&names, rule + 2, rule[1]);
    (void)badge_fail(&err, BADGE_OK, 0, "the list must contain %s", names.text);
    return say(c, "missing_item", c->at, err.text);
}

/* -- forms --------------------------------------------------------------------------------------------------------- */

/* The types that a schema allows; all of them if it does not say. */
static unsigned types_of(unsigned schema, unsigned depth)
{
    const uint16_t *rule = rules_code + schema;
    unsigned types = 0;
    if (*rule == RULES_CLASS)
        rule += 2;
    if (*rule == RULES_TYPE)
        return rule[1];
    if (*rule == RULES_REF && depth > 0)
        return types_of(rule[1], depth - 1);
    if (*rule == RULES_ENUM || *rule == RULES_PATTERN || *rule == RULES_FORMAT)
        return RULES_STRING;
    if ((*rule == RULES_ONE_OF || *rule == RULES_ANY_OF || *rule == RULES_ALL_OF) && depth > 0) {
        for (size_t i = 0; i < rule[1]; i++)
            types |= types_of(rule[2 + i], depth - 1);
        return types;
    }
    return RULES_NULL | RULES_BOOLEAN | RULES_NUMBER | RULES_STRING | RULES_ARRAY | RULES_OBJECT;
}

/* The only form that allows a value of the type; n: several do, or none. */
static size_t only_form(const uint16_t *schema, size_t n, unsigned type)
{
    size_t found = n;
    for (size_t i = 0; i < n; i++) {
        if (!(types_of(schema[i], 8) & type))
            continue;
        if (found < n)
            return n;
        found = i;
    }
    return found;
}

static unsigned check_forms(struct check *c, const uint16_t *schema, size_t n, bool is_one,
                            const struct badge_json_value *value)
{
    unsigned best_errors = UINT32_MAX, fitting = 0, types = 0, type = type_of(value);
    size_t best = 0, only = only_form(schema, n, type);
    bool was_silent = c->is_silent;
    const char *class = c->class;
    if (only < n) {
        best_errors = check_value(c, schema[only], value);
        c->class = class;
        return best_errors;
    }
    c->is_silent = true;
    for (size_t i = 0; i < n; i++) {
        unsigned errors = types_of(schema[i], 8) & type ? check_value(c, schema[i], value) : OTHER_FORM;
        c->class = class;
        fitting += errors == 0;
        if (errors < best_errors) {
            best_errors = errors;
            best = i;
        }
    }
    c->is_silent = was_silent;
    if (is_one && fitting > 1)
        return say(c, "ambiguous_form", c->at,
                   "this fits several of the forms that the standard allows, and must fit one alone");
    if (c->is_silent)
        return best_errors;
    if (best_errors < OTHER_FORM)
        (void)check_value(c, schema[best], value);
    c->class = class;
    for (size_t i = 0; i < n; i++)
        types |= types_of(schema[i], 8);
    return best_errors < OTHER_FORM ? best_errors : say_type(c, types, value);
}

/* -- a value ------------------------------------------------------------------------------------------------------- */

static struct badge_text text_of(const struct badge_json_value *string)
{
    return (struct badge_text){string->as.text, string->len};
}

/* The rule's errors; *length: its words. */
static unsigned check_rule(struct check *c, const uint16_t *rule, size_t *length, const struct badge_json_value *value)
{
    const bool is_text = value->type == BADGE_JSON_STRING, is_list = value->type == BADGE_JSON_ARRAY,
               is_object = value->type == BADGE_JSON_OBJECT;
    unsigned errors = 0;
    *length = 2;
    switch ((enum rules_op)rule[0]) {
    case RULES_END:
        break;
    case RULES_TYPE:
        return type_of(value) & rule[1] ? 0 : say_type(c, rule[1], value);
    case RULES_CLASS:
        c->class = rules_text[rule[1]];
        break;
    case RULES_REF:
        return check_value(c, rule[1], value);
    case RULES_PATTERN:
        return is_text ? check_pattern(c, (enum rules_pattern)rule[1], text_of(value)) : 0;
    case RULES_FORMAT:
        if (is_text)
            check_format(c, (enum rules_format)rule[1], text_of(value));
        break;
    case RULES_ENUM:
        *length = 2U + rule[1];
        return check_enum(c, rule + 2, rule[1], value);
    case RULES_REQUIRED:
        *length = 2U + rule[1];
        return is_object ? check_required(c, rule + 2, rule[1], value) : 0;
    case RULES_KIND:
        *length = 2U + rule[1];
        check_kind(c, rule + 2, rule[1], value);
        break;
    case RULES_PROPERTIES:
        *length = 3U + 2U * rule[1];
        return is_object ? check_properties(c, rule + 2, rule[1], value) : 0;
    case RULES_NAMES:
        return is_object ? check_names(c, rule[1], value) : 0;
    case RULES_MIN_ITEMS:
        if (is_list && value->len < rule[1])
            return say(c, "missing_item", c->at,
                       rule[1] == 1 ? "the list must not be empty" : "the list has too few items");
        break;
    case RULES_ITEMS:
        return is_list ? check_items(c, NULL, 0, rule[1], value) : 0;
    case RULES_TUPLE:
        *length = 3U + rule[1];
        return is_list ? check_items(c, rule + 3, rule[1], rule[2], value) : 0;
    case RULES_CONTAINS:
        return is_list ? check_contains(c, rule[1], value) : 0;
    case RULES_ALL_OF:
        *length = 2U + rule[1];
        for (size_t i = 0; i < rule[1]; i++)
            errors += check_value(c, rule[2 + i], value);
        return errors;
    case RULES_ANY_OF:
    case RULES_ONE_OF:
        *length = 2U + rule[1];
        return check_forms(c, rule + 2, rule[1], rule[0] == RULES_ONE_OF, value);
    }
    return errors;
}

static unsigned check_value(struct check *c, unsigned schema, const struct badge_json_value *value)
{
    unsigned errors = 0;
    size_t length;
    if (c->steps == 0)
        return 0;
    c->steps--;
    for (const uint16_t *rule = rules_code + schema; *rule != RULES_END && errors < OTHER_FORM; rule += length)
        errors += check_rule(c, rule, &length, value);
    return errors;
}

void rules_check(struct findings *findings, enum rules_root root, const struct badge_json_value *credential, bool is_v1)
{
    struct check c = {.findings = findings,
                      .standard = root == RULES_CLR_CREDENTIAL ? "CLR 2.0" : "Open Badges 3.0",
                      .class = "",
                      .steps = MAX_STEPS,
                      .is_v1 = is_v1};
    (void)check_value(&c, rules_roots[root], credential);
    if (c.steps == 0)
        finding_add(findings, false, "not_checked", NULL, c.standard,
                    "it is too large or too deeply nested to be checked wholly");
}
