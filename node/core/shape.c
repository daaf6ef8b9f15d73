/*
 * Recognizes what a JSON object is from its type and its members, and whether a credential may be somewhere inside.
 *
 * Invariant: what is not known to be harmless may hide a credential.
 */
#include "core/shape.h"

#include <string.h>

#include "core/compiler.h"
#include "core/text.h"
#include "core/text_form.h"

/* -- members ------------------------------------------------------------------------------------------------------- */

const struct badge_json_value *reading_member(const struct badge_json_value *object, const char *name)
{
    const struct badge_json_value *value = badge_json_member(object, name);
    return badge_json_is(value, BADGE_JSON_NULL) || badge_json_equals(value, "") ? NULL : value;
}

bool reading_has_type(const struct badge_json_value *object, const char *type)
{
    return badge_json_includes(badge_json_member(object, "type"), type) ||
           badge_json_includes(badge_json_member(object, "@type"), type);
}

bool reading_is_assertion(const struct badge_json_value *object)
{
    return reading_member(object, "badge") &&
           (reading_member(object, "recipient") || reading_member(object, "verify") ||
            reading_member(object, "verification"));
}

static bool has_any_type(const struct badge_json_value *object, const char *const *type, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (reading_has_type(object, type[i]))
            return true;
    return false;
}

static bool is_named(struct badge_text name, const char *const *known, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (core_text_is(name, known[i]))
            return true;
    return false;
}

bool shape_only_members(const struct badge_json_value *object, const char *const *known, size_t n)
{
    for (size_t i = 0; i < badge_json_count(object); i++) {
        struct badge_text name;
        (void)badge_json_at(object, i, &name);
        if (!is_named(name, known, n))
            return false;
    }
    return true;
}

/* -- what an object is --------------------------------------------------------------------------------------------- */

bool shape_is_credential(const struct badge_json_value *object)
{
    static const char *const type[] = {"VerifiableCredential",     "OpenBadgeCredential", "AchievementCredential",
                                       "EndorsementCredential",    "ClrCredential",       "Assertion",
                                       "EuropeanDigitalCredential"};
    return has_any_type(object, type, ARRAY_LEN(type)) || reading_is_assertion(object);
}

static bool is_did_document(const struct badge_json_value *object)
{
    struct badge_text id;
    return badge_json_string(badge_json_member(object, "id"), &id) && core_text_skip(&id, "did:") &&
           !reading_member(object, "type") &&
           (badge_json_member(object, "verificationMethod") || badge_json_member(object, "authentication") ||
            badge_json_member(object, "assertionMethod") || badge_json_member(object, "service"));
}

/* What a node records beside credentials: nothing is said of its validity. */
bool shape_is_record(const struct badge_json_value *object)
{
    static const char *const list[] = {"BitstringStatusListCredential", "StatusList2021Credential",
                                       "RevocationList2020Credential"};
    static const char *const record[] = {"Achievement",           "Profile",        "BadgePathway",
                                         "BitstringStatusList",   "StatusList2021", "RevocationList2020",
                                         "1EdTechRevocationList", "RevocationList"};
    static const char *const strong[] = {
        "OpenBadgeCredential", "AchievementCredential",    "EndorsementCredential", "ClrCredential",
        "Assertion",           "EuropeanDigitalCredential"};
    if (has_any_type(object, strong, ARRAY_LEN(strong)) || reading_is_assertion(object))
        return false;
    return has_any_type(object, list, ARRAY_LEN(list)) ||
           (has_any_type(object, record, ARRAY_LEN(record)) && !shape_is_credential(object)) || is_did_document(object);
}

bool shape_is_jws(const struct badge_json_value *object)
{
    return badge_json_is(badge_json_member(object, "payload"), BADGE_JSON_STRING) &&
           (badge_json_member(object, "signatures") || badge_json_member(object, "signature"));
}

bool shape_is_presentation(const struct badge_json_value *object)
{
    return reading_has_type(object, "VerifiablePresentation");
}

bool shape_is_envelope(const struct badge_json_value *object)
{
    return reading_has_type(object, "EnvelopedVerifiableCredential") ||
           reading_has_type(object, "EnvelopedVerifiablePresentation");
}

bool shape_is_openattestation2(const struct badge_json_value *object)
{
    const struct badge_json_value *signature = badge_json_member(object, "signature");
    return badge_json_is(badge_json_member(object, "data"), BADGE_JSON_OBJECT) &&
           (badge_json_equals(badge_json_member(signature, "type"), "SHA3MerkleProof") ||
            (badge_json_member(object, "schema") && (signature || badge_json_member(object, "privacy"))));
}

/* -- whether a credential may be inside ------------------------------------------------------------------------------
 */

static bool contains(struct badge_text text, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.len; i++)
        if (text.bytes[i] == word[0] && memcmp(text.bytes + i, word, n) == 0)
            return true;
    return false;
}

bool shape_text_may_hide(struct badge_text text)
{
    struct badge_text rest = text;
    if (text_form_has_token(text))
        return true;
    if (core_text_skip(&rest, "eyJ")) /* base64 of {" */
        return text.len > 40;
    return contains(text, "VerifiableCredential") || contains(text, "credentialSubject");
}

/* Anything that looks like a credential, a wrapper of one, or a token; skip: members that may have some. */
bool shape_may_hide(const struct badge_json_value *value, const char *const *skip, size_t n_skip)
{
    struct badge_text text;
    if (badge_json_string(value, &text))
        return shape_text_may_hide(text);
    if (badge_json_is(value, BADGE_JSON_OBJECT)) {
        bool is_dated = badge_json_member(value, "validUntil") || badge_json_member(value, "expirationDate") ||
                        badge_json_member(value, "validFrom") || badge_json_member(value, "issuanceDate") ||
                        badge_json_member(value, "expires");
        if (shape_is_credential(value) || shape_is_jws(value) || shape_is_presentation(value) ||
            shape_is_envelope(value) || shape_is_openattestation2(value) ||
            badge_json_member(value, "credentialSubject") || badge_json_member(value, "credentialStatus") ||
            (badge_json_member(value, "issuer") && is_dated))
            return true;
    }
    for (size_t i = 0; i < badge_json_count(value); i++) {
        struct badge_text name = {"", 0};
        bool is_array = badge_json_is(value, BADGE_JSON_ARRAY);
        const struct badge_json_value *child = badge_json_at(value, i, is_array ? NULL : &name);
        if (!is_array && (is_named(name, skip, n_skip)))
            continue;
        if ((!is_array && shape_text_may_hide(name)) || shape_may_hide(child, NULL, 0))
            return true;
    }
    return false;
}
