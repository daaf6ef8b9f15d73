/*
 * The rules of Open Badges 2.0, by its text: of an assertion, and of a BadgeClass and an issuer that are embedded in
 * it.
 */
#include "badge/text.h"
#include "conformance/profile.h"
#include "core/compiler.h"
#include "core/shape.h"

static void say(struct findings *findings, const char *code, const struct step *at, const char *class,
                const char *detail)
{
    struct badge_err source;
    (void)badge_fail(&source, BADGE_OK, 0, "Open Badges 2.0, Data Classes, %s", class);
    finding_add(findings, true, code, at, source.text, detail);
}

static void require(struct findings *findings, const struct step *up, const struct badge_json_value *object,
                    const char *class, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct step at = step_to_member(up, names[i]);
        struct badge_err err;
        if (reading_member(object, names[i]))
            continue;
        (void)badge_fail(&err, BADGE_OK, 0, "%s needs the member \"%s\"", class, names[i]);
        say(findings, "missing", &at, class, err.text);
    }
}

static void require_type(struct findings *findings, const struct step *up, const struct badge_json_value *object,
                         const char *class, const char *other)
{
    struct step at = step_to_member(up, "type");
    struct badge_err err;
    if (reading_has_type(object, class) || (other && reading_has_type(object, other)))
        return;
    (void)badge_fail(&err, BADGE_OK, 0, "the type must include \"%s\"", class);
    say(findings, reading_member(object, "type") ? "wrong_class" : "missing", &at, class, err.text);
}

static void check_issuer(struct findings *findings, const struct step *at, const struct badge_json_value *issuer)
{
    static const char *const names[] = {"id", "name", "url", "email"};
    if (!badge_json_is(issuer, BADGE_JSON_OBJECT))
        return;
    require_type(findings, at, issuer, "Issuer", "Profile");
    require(findings, at, issuer, "Profile", names, ARRAY_LEN(names));
}

static void check_badge(struct findings *findings, const struct badge_json_value *badge)
{
    static const char *const names[] = {"id", "name", "description", "image", "criteria", "issuer"};
    struct step at = step_to_member(NULL, "badge"), issuer = step_to_member(&at, "issuer");
    if (!badge_json_is(badge, BADGE_JSON_OBJECT))
        return;
    require_type(findings, &at, badge, "BadgeClass", NULL);
    require(findings, &at, badge, "BadgeClass", names, ARRAY_LEN(names));
    check_issuer(findings, &issuer, badge_json_member(badge, "issuer"));
}

static void check_recipient(struct findings *findings, const struct badge_json_value *recipient)
{
    static const char *const names[] = {"type", "identity", "hashed"};
    struct step at = step_to_member(NULL, "recipient"), hashed = step_to_member(&at, "hashed");
    if (!recipient)
        return;
    if (!badge_json_is(recipient, BADGE_JSON_OBJECT)) {
        say(findings, "wrong_type", &at, "IdentityObject", "the recipient must be an object");
        return;
    }
    require(findings, &at, recipient, "IdentityObject", names, ARRAY_LEN(names));
    const struct badge_json_value *value = badge_json_member(recipient, "hashed");
    if (value && !badge_json_is(value, BADGE_JSON_TRUE) && !badge_json_is(value, BADGE_JSON_FALSE))
        say(findings, "wrong_type", &hashed, "IdentityObject", "this must be true or false");
}

static void check_verification(struct findings *findings, const struct badge_json_value *assertion)
{
    const struct badge_json_value *own = reading_member(assertion, "verification"),
                                  *older = reading_member(assertion, "verify"), *value = own ? own : older;
    struct step at = step_to_member(NULL, own || !older ? "verification" : "verify"),
                type = step_to_member(&at, "type");
    if (!value)
        say(findings, "missing", &at, "Assertion", "Assertion needs the member \"verification\"");
    else if (!badge_json_is(value, BADGE_JSON_OBJECT))
        say(findings, "wrong_type", &at, "VerificationObject", "this must be an object");
    else if (!reading_member(value, "type"))
        say(findings, "missing", &type, "VerificationObject", "VerificationObject needs the member \"type\"");
}

static bool check_date(struct findings *findings, const struct badge_json_value *assertion, const char *name,
                       struct badge_date *date)
{
    const struct badge_json_value *value = reading_member(assertion, name);
    struct step at = step_to_member(NULL, name);
    struct badge_text text;
    if (!value)
        return false;
    bool is_read = badge_json_string(value, &text) && badge_date_parse(date, text.bytes, text.len) == BADGE_OK;
    if (!is_read || !date->is_standard)
        say(findings, "date_not_standard", &at, "Assertion",
            "this must be a date, a time and a zone, as 2026-01-31T12:00:00Z");
    return is_read;
}

void assertion_check(struct findings *findings, const struct badge_json_value *assertion)
{
    static const char *const names[] = {"@context", "id", "recipient", "badge", "issuedOn"};
    struct step expires = step_to_member(NULL, "expires");
    struct badge_date from, until;
    require_type(findings, NULL, assertion, "Assertion", NULL);
    require(findings, NULL, assertion, "Assertion", names, ARRAY_LEN(names));
    check_recipient(findings, reading_member(assertion, "recipient"));
    check_verification(findings, assertion);
    check_badge(findings, reading_member(assertion, "badge"));
    bool has_from = check_date(findings, assertion, "issuedOn", &from),
         has_until = check_date(findings, assertion, "expires", &until);
    if (has_from && has_until && until.ends_s < from.begins_s)
        say(findings, "period_empty", &expires, "Assertion", "the assertion ends before it begins");
}
