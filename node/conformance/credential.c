/*
 * The rules of VC Data Model 1.1 and 2.0 and of Data Integrity that hold for every credential, by their texts.
 */
#include <string.h>

#include "badge/text.h"
#include "conformance/model.h"
#include "conformance/profile.h"
#include "core/compiler.h"
#include "core/shape.h"
#include "core/text.h"

#define V1 "https://www.w3.org/2018/credentials/v1"
#define V2 "https://www.w3.org/ns/credentials/v2"

/* -- what is said -------------------------------------------------------------------------------------------------- */

const struct badge_json_value *model_member(const struct badge_json_value *object, const char *name)
{
    const struct badge_json_value *value = badge_json_member(object, name);
    return badge_json_is(value, BADGE_JSON_NULL) ? NULL : value;
}

void model_say(const struct model *m, const char *code, const struct step *at, const char *v2_section,
               const char *v1_section, const char *detail)
{
    struct badge_err source;
    (void)badge_fail(&source, BADGE_OK, 0, "VC Data Model %s, section %s", m->is_v1 ? "1.1" : "2.0",
                     m->is_v1 ? v1_section : v2_section);
    finding_add(m->findings, true, code, at, source.text, detail);
}

bool text_is_url(struct badge_text text)
{
    size_t n = 0;
    while (n < text.len &&
           ((text.bytes[n] >= 'a' && text.bytes[n] <= 'z') || (text.bytes[n] >= 'A' && text.bytes[n] <= 'Z') ||
            (n > 0 && ((text.bytes[n] >= '0' && text.bytes[n] <= '9') ||
                       (text.bytes[n] != '\0' && strchr("+-.", text.bytes[n]))))))
        n++;
    return n > 0 && n + 1 < text.len && text.bytes[n] == ':' && !memchr(text.bytes, ' ', text.len);
}

static bool is_url(const struct badge_json_value *value)
{
    struct badge_text text;
    return badge_json_string(value, &text) && text_is_url(text);
}

/* -- the credential's own members ---------------------------------------------------------------------------------- */

static void check_context(const struct model *m)
{
    const struct badge_json_value *context = model_member(m->credential, "@context");
    bool is_list = badge_json_is(context, BADGE_JSON_ARRAY);
    struct step at = step_to_member(NULL, "@context"), first = step_to_item(&at, 0);
    const struct badge_json_value *one = is_list ? badge_json_at(context, 0, NULL) : context;
    if (!context)
        model_say(m, "missing", &at, "4.3", "4.1", "a credential needs \"@context\", and " V2 " as its first item");
    else if (!badge_json_equals(one, m->is_v1 ? V1 : V2))
        model_say(m, "wrong_value", is_list ? &first : &at, "4.3", "4.1",
                  m->is_v1 ? "the first context must be " V1 : "the first context must be " V2);
    for (size_t i = 0; is_list && i < badge_json_count(context); i++) {
        struct step item = step_to_item(&at, i);
        one = badge_json_at(context, i, NULL);
        if (!is_url(one) && !badge_json_is(one, BADGE_JSON_OBJECT))
            model_say(m, "not_a_url", &item, "4.3", "4.1", "a context must be a URL or an object");
    }
    if (m->is_v1 && badge_json_includes(context, V2))
        model_say(m, "wrong_value", &at, "4.3", "4.1", "the contexts of VC Data Model 1.1 and 2.0 exclude each other");
}

static void check_type(const struct model *m)
{
    struct step at = step_to_member(NULL, "type");
    if (!model_member(m->credential, "type") && !model_member(m->credential, "@type"))
        model_say(m, "missing", &at, "4.5", "4.3", "a credential needs the member \"type\"");
    else if (!reading_has_type(m->credential, "VerifiableCredential"))
        model_say(m, "missing_item", &at, "4.5", "4.3", "the type must include \"VerifiableCredential\"");
}

static void check_id(const struct model *m, const char *name, const char *v2_section, const char *v1_section)
{
    const struct badge_json_value *value = model_member(m->credential, name);
    struct step at = step_to_member(NULL, name), below = step_to_member(&at, "id");
    bool is_object = badge_json_is(value, BADGE_JSON_OBJECT);
    const struct badge_json_value *id = is_object ? model_member(value, "id") : value;
    if (is_object && !id)
        model_say(m, "missing", &below, v2_section, v1_section,
                  "an object that stands for the issuer needs its \"id\"");
    else if (id && !badge_json_is(id, BADGE_JSON_STRING))
        model_say(m, "wrong_type", is_object ? &below : &at, v2_section, v1_section, "this must be one URL");
    else if (id && !is_url(id))
        model_say(m, "not_a_url", is_object ? &below : &at, v2_section, v1_section,
                  "this must be a URL, such as https://…, did:… or urn:uuid:…");
}

static void check_subject(const struct model *m)
{
    const struct badge_json_value *subject = model_member(m->credential, "credentialSubject");
    bool is_list = badge_json_is(subject, BADGE_JSON_ARRAY);
    struct step at = step_to_member(NULL, "credentialSubject");
    if (!subject)
        model_say(m, "missing", &at, "4.8", "4.4", "a credential needs the member \"credentialSubject\"");
    else if (is_list && badge_json_count(subject) == 0)
        model_say(m, "missing_item", &at, "4.8", "4.4", "the list of subjects must not be empty");
    for (size_t i = 0; i < (is_list ? badge_json_count(subject) : subject ? 1 : 0); i++) {
        const struct badge_json_value *one = is_list ? badge_json_at(subject, i, NULL) : subject;
        struct step item = step_to_item(&at, i);
        if (!badge_json_is(one, BADGE_JSON_OBJECT) || badge_json_count(one) == 0)
            model_say(m, "wrong_type", is_list ? &item : &at, "4.8", "4.4", "a subject must be an object with claims");
        struct step id = step_to_member(is_list ? &item : &at, "id");
        if (model_member(one, "id") && !is_url(model_member(one, "id")))
            model_say(m, "not_a_url", &id, "4.4", "4.2",
                      "the id of a subject must be a URL, such as did:… or urn:uuid:…");
    }
}

/* -- names --------------------------------------------------------------------------------------------------------- */

/* A text, or an object with a text, its language and direction, or a list of these. */
static void check_language_value(const struct model *m, const struct step *at, const struct badge_json_value *value)
{
    static const char *const names[] = {"@value", "@language", "@direction"};
    if (badge_json_is(value, BADGE_JSON_STRING))
        return;
    if (!badge_json_is(value, BADGE_JSON_OBJECT)) {
        model_say(m, "wrong_type", at, "4.6 and 11.1", "4.2",
                  "this must be a text, or an object with \"@value\" and \"@language\"");
        return;
    }
    struct step text = step_to_member(at, "@value");
    if (!badge_json_is(badge_json_member(value, "@value"), BADGE_JSON_STRING))
        model_say(m, badge_json_member(value, "@value") ? "wrong_type" : "missing", &text, "4.6 and 11.1", "4.2",
                  "a text with a language needs the member \"@value\", a text");
    for (size_t i = 0; i < badge_json_count(value); i++) {
        struct step member = {.up = at};
        bool is_known = false;
        (void)badge_json_at(value, i, &member.name);
        for (size_t k = 0; k < ARRAY_LEN(names); k++)
            is_known = is_known || core_text_is(member.name, names[k]);
        if (!is_known)
            model_say(m, "unknown_member", &member, "4.6 and 11.1", "4.2",
                      "a text with a language has \"@value\", \"@language\" and \"@direction\" alone");
    }
}

static void check_language(const struct model *m, const struct step *up, const struct badge_json_value *object,
                           const char *name)
{
    const struct badge_json_value *value = model_member(object, name);
    struct step at = step_to_member(up, name);
    if (!badge_json_is(value, BADGE_JSON_ARRAY)) {
        if (value)
            check_language_value(m, &at, value);
        return;
    }
    for (size_t i = 0; i < badge_json_count(value); i++) {
        struct step item = step_to_item(&at, i);
        check_language_value(m, &item, badge_json_at(value, i, NULL));
    }
}

/* Where no schema of another standard says what a name is. */
static void check_names(const struct model *m)
{
    const struct badge_json_value *issuer = model_member(m->credential, "issuer");
    struct step at = step_to_member(NULL, "issuer");
    if (m->is_v1 || strcmp(m->findings->out->profile, "vc-2.0") != 0)
        return;
    check_language(m, NULL, m->credential, "name");
    check_language(m, NULL, m->credential, "description");
    check_language(m, &at, issuer, "name");
    check_language(m, &at, issuer, "description");
}

/* -- dates --------------------------------------------------------------------------------------------------------- */

/* VC Data Model 1.1 asks for an xsd:dateTime, which may be without a zone. */
static bool is_standard_in_v1(struct badge_text text)
{
    enum { LONGEST = 60 };
    char zoned[LONGEST + 1];
    struct badge_date date;
    if (text.len > LONGEST)
        return false;
    memcpy(zoned, text.bytes, text.len);
    zoned[text.len] = 'Z';
    return badge_date_parse(&date, zoned, text.len + 1) == BADGE_OK && date.is_standard;
}

static bool check_date(const struct model *m, const char *name, const char *v1_section, struct badge_date *date)
{
    const struct badge_json_value *value = model_member(m->credential, name);
    struct step at = step_to_member(NULL, name);
    struct badge_text text;
    if (!value)
        return false;
    if (!badge_json_string(value, &text)) {
        model_say(m, "wrong_type", &at, "4.9", v1_section, "this must be a text with a date");
        return false;
    }
    bool is_read = badge_date_parse(date, text.bytes, text.len) == BADGE_OK;
    if ((!is_read || !date->is_standard) && !(m->is_v1 && is_standard_in_v1(text)))
        model_say(m, "date_not_standard", &at, "4.9", v1_section,
                  "this must be a date, a time and a zone, as 2026-01-31T12:00:00Z");
    return is_read;
}

static void check_period(const struct model *m)
{
    const char *begin = m->is_v1 ? "issuanceDate" : "validFrom", *end = m->is_v1 ? "expirationDate" : "validUntil";
    struct badge_date from, until;
    struct step at = step_to_member(NULL, end), other = step_to_member(NULL, begin);
    bool has_from = check_date(m, begin, "4.6", &from), has_until = check_date(m, end, "4.8", &until);
    if (m->is_v1 && !model_member(m->credential, begin))
        model_say(m, "missing", &other, "4.9", "4.6",
                  "a credential of VC Data Model 1.1 needs the member \"issuanceDate\"");
    if (has_from && has_until && until.ends_s < from.begins_s)
        model_say(m, "period_empty", &at, "4.9", "4.8", "the credential ends before it begins");
}

/* The dates of one version of the data model say nothing in the other, and verifiers differ in whether they count. */
static void check_version(const struct model *m)
{
    static const char *const names[][2] = {{"issuanceDate", "validFrom"}, {"expirationDate", "validUntil"}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *other = names[i][m->is_v1], *own = names[i][!m->is_v1];
        struct step at = step_to_member(NULL, other);
        struct badge_err err;
        if (!model_member(m->credential, other) || model_member(m->credential, own))
            continue;
        (void)badge_fail(&err, BADGE_OK, 0, "in this version of the data model the member is \"%s\"", own);
        finding_add(m->findings, false, "other_version", &at,
                    m->is_v1 ? "VC Data Model 1.1, section 4.6" : "VC Data Model 2.0, section 4.9", err.text);
    }
}

/* -- members that have a type -------------------------------------------------------------------------------------- */

static void check_typed(const struct model *m, const char *name, bool needs_id, const char *v2_section,
                        const char *v1_section)
{
    const struct badge_json_value *value = model_member(m->credential, name);
    bool is_list = badge_json_is(value, BADGE_JSON_ARRAY);
    struct step place = step_to_member(NULL, name);
    for (size_t i = 0; i < (is_list ? badge_json_count(value) : value ? 1 : 0); i++) {
        const struct badge_json_value *one = is_list ? badge_json_at(value, i, NULL) : value;
        struct step item = step_to_item(&place, i), *at = is_list ? &item : &place;
        struct step type = step_to_member(at, "type"), id = step_to_member(at, "id");
        if (!badge_json_is(one, BADGE_JSON_OBJECT)) {
            model_say(m, "wrong_type", at, v2_section, v1_section, "this must be an object with a type");
            continue;
        }
        if (!model_member(one, "type") && !model_member(one, "@type"))
            model_say(m, "missing", &type, v2_section, v1_section, "this object needs the member \"type\"");
        if (needs_id && !model_member(one, "id") && !model_member(one, "@id"))
            model_say(m, "missing", &id, v2_section, v1_section, "this object needs the member \"id\"");
    }
}

/* -- proofs -------------------------------------------------------------------------------------------------------- */

static void say_proof(const struct model *m, const char *code, const struct step *at, const char *detail)
{
    finding_add(m->findings, true, code, at, "Data Integrity 1.0, section 2.1", detail);
}

/* An error where 1EdTech's standards hold: they have the key retrieved from a URL. */
static void say_unreachable(const struct model *m, const struct step *at, const char *detail)
{
    const char *profile = m->findings->out->profile;
    bool is_error = strcmp(profile, "ob-3.0") == 0 || strcmp(profile, "clr-2.0") == 0;
    finding_add(m->findings, is_error, "key_unreachable", at,
                "Open Badges 3.0 and CLR 2.0, verification: retrieve the key", detail);
}

static void check_method(const struct model *m, const struct step *at, const struct badge_json_value *method)
{
    struct badge_text text;
    if (badge_json_is(method, BADGE_JSON_OBJECT))
        method = model_member(method, "id");
    if (!badge_json_string(method, &text))
        return;
    if (!text_is_url(text))
        say_proof(m, "not_a_url", at,
                  "the verification method must be a URL: did:key:… or https://…, with the key's fragment");
    else if (core_text_skip(&text, "did:example:"))
        say_unreachable(m, at, "did:example is for examples in texts: no verifier finds a key by it");
    else if (!core_text_skip(&text, "did:") && !core_text_skip(&text, "https:") && !core_text_skip(&text, "http:") &&
             !core_text_skip(&text, "urn:") && !core_text_skip(&text, "ecdsa-koblitz-pubkey:"))
        say_unreachable(m, at, "no verifier finds a key by a URL of this scheme: use a DID or https");
}

static void check_proof(const struct model *m, const struct step *at, const struct badge_json_value *proof)
{
    struct step type = step_to_member(at, "type"), purpose = step_to_member(at, "proofPurpose"),
                suite = step_to_member(at, "cryptosuite"), value = step_to_member(at, "proofValue"),
                method = step_to_member(at, "verificationMethod");
    if (!badge_json_is(proof, BADGE_JSON_OBJECT)) {
        say_proof(m, "wrong_type", at, "a proof must be an object");
        return;
    }
    if (!model_member(proof, "type"))
        say_proof(m, "missing", &type, "a proof needs the member \"type\"");
    if (!model_member(proof, "proofValue") && !model_member(proof, "jws"))
        say_proof(m, "missing", &value, "a proof needs the member \"proofValue\": without it nothing is signed");
    if (!badge_json_equals(model_member(proof, "type"), "DataIntegrityProof")) {
        check_method(m, &method, model_member(proof, "verificationMethod"));
        return;
    }
    if (!model_member(proof, "proofPurpose"))
        say_proof(m, "missing", &purpose, "a proof needs the member \"proofPurpose\"");
    if (!badge_json_is(model_member(proof, "cryptosuite"), BADGE_JSON_STRING))
        say_proof(m, "missing", &suite, "a DataIntegrityProof needs the member \"cryptosuite\"");
    check_method(m, &method, model_member(proof, "verificationMethod"));
}

static void check_proofs(const struct model *m)
{
    const struct badge_json_value *proof = model_member(m->credential, "proof");
    struct step at = step_to_member(NULL, "proof");
    if (!badge_json_is(proof, BADGE_JSON_ARRAY)) {
        if (proof)
            check_proof(m, &at, proof);
        return;
    }
    for (size_t i = 0; i < badge_json_count(proof); i++) {
        struct step item = step_to_item(&at, i);
        check_proof(m, &item, badge_json_at(proof, i, NULL));
    }
}

/* -- the whole ----------------------------------------------------------------------------------------------------- */

void credential_check(struct findings *findings, const struct badge_json_value *credential, bool is_v1)
{
    const struct model m = {.findings = findings, .credential = credential, .is_v1 = is_v1};
    struct step issuer = step_to_member(NULL, "issuer");
    check_context(&m);
    check_type(&m);
    check_id(&m, "id", "4.4", "4.2");
    if (!model_member(credential, "issuer"))
        model_say(&m, "missing", &issuer, "4.7", "4.5", "a credential needs the member \"issuer\"");
    check_id(&m, "issuer", "4.7", "4.5");
    check_subject(&m);
    check_period(&m);
    check_version(&m);
    check_names(&m);
    check_typed(&m, "credentialStatus", is_v1, "4.10", "4.9");
    status_entries_check(&m);
    if (!is_v1)
        related_resources_check(&m);
    check_typed(&m, "credentialSchema", true, "4.11", "5.4");
    check_typed(&m, "refreshService", is_v1, "5.4", "5.5");
    check_typed(&m, "termsOfUse", false, "5.5", "5.6");
    check_typed(&m, "evidence", false, "5.6", "5.7");
    check_proofs(&m);
    if (is_v1 && (strcmp(findings->out->profile, "ob-3.0") == 0 || strcmp(findings->out->profile, "clr-2.0") == 0))
        finding_add(findings, false, "older_version", NULL, "Open Badges 3.0 and CLR 2.0, property @context",
                    "this is of VC Data Model 1.1; the current version of the standard is of 2.0");
}
