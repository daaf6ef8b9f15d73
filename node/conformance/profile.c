/*
 * Which rules a document has to keep, by what it says it is.
 */
#include "conformance/profile.h"

#include <string.h>

#include "badge/text.h"
#include "conformance/rules.h"
#include "core/json_tree.h"
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

/* A document of Open Badges 2.0 that is not, for all its context, a credential of another standard. */
static bool is_openbadges2(const struct badge_json_value *object)
{
    return openbadges2_is_document(object) && !reading_member(object, "credentialSubject") &&
           !reading_has_type(object, "VerifiableCredential");
}

static const char *profile_of(const struct badge_json_value *object, bool is_v1)
{
    if (has_context(object, "https://w3id.org/blockcerts/v3") || reading_has_type(object, "BlockcertsCredential"))
        return "blockcerts-3";
    if (reading_is_assertion(object) || reading_has_type(object, "Assertion") || is_openbadges2(object))
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
    bool is_one = layer->kind == BADGE_LAYER_CREDENTIAL || layer->kind == BADGE_LAYER_DOCUMENT ||
                  layer->kind == BADGE_LAYER_TOKEN || layer->kind == BADGE_LAYER_JWS;
    bool is_alone = reading->n_layers == 1 &&
                    (layer->kind == BADGE_LAYER_DOCUMENT || layer->kind == BADGE_LAYER_RECORD);
    if (is_alone && is_openbadges2(layer->object)) /* a BadgeClass, a profile, …: an inline context hides nothing */
        return layer->object;
    if (reading->hidden || !is_one || shape_is_record(layer->object))
        return NULL;
    return shape_is_credential(layer->object) || reading_member(layer->object, "credentialSubject") ? layer->object
                                                                                                    : NULL;
}

/* The credential with a member that it lacks; NULL: out of memory. */
static const struct badge_json_value *with(struct badge_arena *arena, const struct badge_json_value *credential,
                                           const char *name, const struct badge_json_value *value)
{
    return credential && value && !badge_json_member(credential, name) ? core_json_with(arena, credential, name, value)
                                                                       : credential;
}

/* The credential with a date that it lacks, from one in seconds. */
static const struct badge_json_value *with_date(struct badge_arena *arena, const struct badge_json_value *credential,
                                                const char *name, const struct badge_json_value *seconds)
{
    double number;
    if (!badge_json_number(seconds, &number) || number < 0 || number > 253402300799.0) /* 9999-12-31 */
        return credential;
    char *text = badge_arena_alloc(arena, BADGE_TIME_LEN + 1);
    if (!text)
        return NULL;
    badge_time_format(text, (int64_t)number);
    struct badge_json_value *value = core_json_string(arena, (struct badge_text){text, strlen(text)});
    return value ? with(arena, credential, name, value) : NULL;
}

/*
 * VC Data Model 1.1, section 6.3.1: beside `vc` the token's own claims stand for members that the credential leaves
 * out. NULL: out of memory.
 */
static const struct badge_json_value *complete(struct badge_arena *arena, const struct badge_reading *reading,
                                               const struct badge_json_value *credential)
{
    const struct badge_layer *around = reading->n_layers > 1 ? &reading->layer[reading->n_layers - 2] : NULL;
    if (!around || badge_json_member(around->object, "vc") != credential)
        return credential;
    const struct badge_json_value *claims = around->object;
    credential = with(arena, credential, "issuer", badge_json_member(claims, "iss"));
    credential = with(arena, credential, "id", badge_json_member(claims, "jti"));
    credential = with_date(arena, credential, "issuanceDate", badge_json_member(claims, "nbf"));
    return with_date(arena, credential, "expirationDate", badge_json_member(claims, "exp"));
}

static void check(struct findings *findings, const struct badge_json_value *credential, const struct related *related)
{
    const char *profile = findings->out->profile;
    bool is_v1 = has_context(credential, "https://www.w3.org/2018/credentials/v1");
    if (strcmp(profile, "ob-2.0") == 0) {
        openbadges2_check(findings, credential, related);
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
    if (strcmp(profile, "europass") == 0)
        europass_check(findings, credential);
    else if (strcmp(profile, "blockcerts-3") == 0)
        blockcerts_check(findings, credential);
}

enum badge_status badge_conformance_read_with(struct badge_conformance *out, struct badge_arena *arena,
                                              const struct badge_reading *reading,
                                              const struct badge_related_document *document, size_t n,
                                              struct badge_err *err)
{
    const struct badge_json_value *credential = credential_of(reading);
    struct findings findings = {.out = out, .arena = arena};
    const struct related related = {.document = document, .n = n};
    out->profile = "none";
    out->n_errors = out->n_warnings = 0;
    out->has_eu = false;
    if (!credential)
        return BADGE_OK;
    credential = complete(arena, reading, credential);
    if (!credential)
        return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "no memory for the credential");
    out->profile = profile_of(credential, has_context(credential, "https://www.w3.org/2018/credentials/"));
    check(&findings, credential, &related);
    bool awards = shape_is_credential(credential) || reading_member(credential, "credentialSubject");
    if (awards && strcmp(out->profile, "clr-2.0") != 0)
        eu_check(&findings, credential);
    return findings.failed ? badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "no memory for what was found") : BADGE_OK;
}

enum badge_status badge_conformance_read(struct badge_conformance *out, struct badge_arena *arena,
                                         const struct badge_reading *reading, struct badge_err *err)
{
    return badge_conformance_read_with(out, arena, reading, NULL, 0, err);
}
