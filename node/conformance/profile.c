/*
 * Which rules a document has to keep, by what it says it is.
 */
#include "conformance/profile.h"

#include <string.h>

#include "badge/text.h"
#include "conformance/rules.h"
#include "core/shape.h"
#include "core/text.h"

/* Whether a context of the document begins so. */
static bool has_context(const struct badge_json_value *object, const char *prefix)
{
    const struct badge_json_value *context = badge_json_member(object, "@context");
    struct badge_text text;
    bool found = badge_json_string(context, &text) && core_text_skip(&text, prefix);
    for (size_t i = 0; badge_json_is(context, BADGE_JSON_ARRAY) && i < badge_json_count(context) && !found; i++)
        found = badge_json_string(badge_json_at(context, i, NULL), &text) && core_text_skip(&text, prefix);
    return found;
}

static const char *profile_of(const struct badge_json_value *object, bool is_v1)
{
    if (has_context(object, "https://w3id.org/blockcerts/v3") || reading_has_type(object, "BlockcertsCredential"))
        return "blockcerts-3";
    if (reading_is_assertion(object) || reading_has_type(object, "Assertion"))
        return "ob-2.0";
    if (reading_has_type(object, "ClrCredential") || has_context(object, "https://purl.imsglobal.org/spec/clr/v2p0/"))
        return "clr-2.0";
    if (reading_has_type(object, "EuropeanDigitalCredential"))
        return "europass";
    if (reading_has_type(object, "OpenBadgeCredential") || reading_has_type(object, "AchievementCredential") ||
        reading_has_type(object, "EndorsementCredential") ||
        has_context(object, "https://purl.imsglobal.org/spec/ob/v3p0/"))
        return "ob-3.0";
    return is_v1 ? "vc-1.1" : "vc-2.0";
}

/* The innermost object, if it is or says it is a credential; NULL: there is none to be checked. */
static const struct badge_json_value *credential_of(const struct badge_reading *reading)
{
    const struct badge_layer *layer = &reading->layer[reading->n_layers - 1];
    const struct badge_json_value *inside = badge_json_member(layer->object, "vc");
    bool is_one = layer->kind == BADGE_LAYER_CREDENTIAL || layer->kind == BADGE_LAYER_DOCUMENT;
    if (reading->hidden || !is_one || !layer->object)
        return NULL;
    if (badge_json_is(inside, BADGE_JSON_OBJECT) && !badge_json_member(layer->object, "credentialSubject"))
        return NULL;
    return shape_is_credential(layer->object) || badge_json_member(layer->object, "credentialSubject") ? layer->object
                                                                                                       : NULL;
}

static void check(struct findings *findings, const struct badge_json_value *credential)
{
    const char *profile = findings->out->profile;
    bool is_v1 = has_context(credential, "https://www.w3.org/2018/credentials/v1");
    if (strcmp(profile, "ob-2.0") == 0) {
        assertion_check(findings, credential);
        return;
    }
    if (strcmp(profile, "clr-2.0") == 0)
        rules_check(findings, RULES_CLR_CREDENTIAL, credential, is_v1);
    else if (strcmp(profile, "ob-3.0") == 0)
        rules_check(findings,
                    reading_has_type(credential, "EndorsementCredential") ? RULES_ENDORSEMENT_CREDENTIAL
                                                                          : RULES_ACHIEVEMENT_CREDENTIAL,
                    credential, is_v1);
    credential_check(findings, credential, is_v1);
}

enum badge_status badge_conformance_read(struct badge_conformance *out, struct badge_arena *arena,
                                         const struct badge_reading *reading, struct badge_err *err)
{
    const struct badge_json_value *credential = credential_of(reading);
    struct findings findings = {.out = out, .arena = arena};
    out->profile = "none";
    out->n_errors = out->n_warnings = 0;
    out->has_eu = false;
    if (!credential)
        return BADGE_OK;
    out->profile = profile_of(credential, has_context(credential, "https://www.w3.org/2018/credentials/"));
    check(&findings, credential);
    if (strcmp(out->profile, "clr-2.0") != 0)
        eu_check(&findings, credential);
    return findings.failed ? badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "no memory for what was found") : BADGE_OK;
}
