/*
 * Reads the claims of a credential that verification needs: issuer, period of validity, status. Intake needs the
 * issuer, the verdict all of them.
 *
 * Invariant: a member that would decide and can't be read is a fault of that member, never the same as an absent one;
 * of two members that limit the period the narrower limit counts; and a fault of one member never takes another down.
 */
#include "core/claims.h"

#include "core/compiler.h"
#include "core/format.h"
#include "core/text.h"

/* The first fault of a member stays. */
static void wrong_shape(struct badge_err *err, const char *name, const char *what)
{
    if (err->status == BADGE_OK)
        (void)badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET,
                         "the credential's %s is not %s; its issuer has to correct it", name, what);
}

static void hide(struct badge_err *err, const char *why)
{
    if (err->status != BADGE_EREFUSED)
        (void)badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "%s", why);
}

/* -- dates --------------------------------------------------------------------------------------------------------- */

const struct claims_date claims_date[CLAIMS_N_DATES] = {
    {"validFrom", false, CLAIMS_ANYWHERE},
    {"issuanceDate", false, CLAIMS_ANYWHERE},
    {"issuedOn", false, CLAIMS_OPEN_BADGES_2},
    {"validUntil", true, CLAIMS_ANYWHERE},
    {"expirationDate", true, CLAIMS_ANYWHERE},
    {"expires", true, CLAIMS_ANYWHERE},
    {"nbf", false, CLAIMS_TOKEN},
    {"exp", true, CLAIMS_TOKEN},
};

/* Seconds since 1970, as RFC 7519 section 2 has them and Open Badges 1.x. A fraction narrows the interval. */
static bool read_seconds(struct badge_date *out, double number)
{
    if (number < -1e15 || number > 1e15)
        return false;
    int64_t whole = (int64_t)number, below = whole - ((double)whole > number);
    out->ends_s = below;
    out->begins_s = below + ((double)below < number);
    return true;
}

bool claims_date_read(struct badge_date *out, const struct claims_date *date, const struct badge_json_value *member)
{
    struct badge_text text;
    double number;
    if (badge_json_number(member, &number)) {
        out->is_standard = date->where == CLAIMS_TOKEN && number < CLAIMS_MILLISECONDS_FROM;
        return read_seconds(out, number);
    }
    return date->where != CLAIMS_TOKEN && badge_json_string(member, &text) &&
           badge_date_parse(out, text.bytes, text.len) == BADGE_OK;
}

/* Narrows the period of validity at its beginning or its end. */
static void narrow(struct badge_claims *claims, bool is_end, int64_t time_s)
{
    bool *has = is_end ? &claims->has_not_after : &claims->has_not_before;
    int64_t *limit_s = is_end ? &claims->not_after_s : &claims->not_before_s;
    if (!*has || (is_end ? time_s < *limit_s : time_s > *limit_s))
        *limit_s = time_s;
    *has = true;
}

static bool is_token(const struct badge_layer *layer)
{
    return layer->kind == BADGE_LAYER_TOKEN || layer->kind == BADGE_LAYER_JWS;
}

static bool is_assertion(const struct badge_json_value *object)
{
    return reading_is_assertion(object) || reading_has_type(object, "Assertion");
}

bool claims_has_date(const struct badge_layer *layer, const struct claims_date *date)
{
    unsigned places = CLAIMS_ANYWHERE | (is_token(layer) ? (unsigned)CLAIMS_TOKEN : 0);
    if (layer->kind == BADGE_LAYER_OPENATTESTATION || is_assertion(layer->object))
        places |= CLAIMS_OPEN_BADGES_2;
    return date->where & places && reading_member(layer->object, date->name);
}

static void read_dates(struct badge_claims *out, const struct badge_layer *layer)
{
    for (size_t i = 0; i < CLAIMS_N_DATES; i++) {
        const struct claims_date *date = &claims_date[i];
        const struct badge_json_value *member = reading_member(layer->object, date->name);
        struct badge_date read;
        if (!claims_has_date(layer, date))
            continue;
        if (claims_date_read(&read, date, member))
            narrow(out, date->is_end, date->is_end ? read.ends_s : read.begins_s);
        else
            wrong_shape(&out->period_err, date->name,
                        date->where == CLAIMS_TOKEN ? "a number of seconds since 1970" : "a date that can be read");
    }
}

/* -- the issuer ---------------------------------------------------------------------------------------------------- */

/* Takes one of the places that may name the issuer: all of them must name the same one. */
static void take_issuer(struct badge_claims *out, const struct badge_json_value *id, const char *name)
{
    struct badge_text text;
    if (!id)
        return;
    if (!badge_json_string(id, &text) || text.len == 0)
        wrong_shape(&out->issuer_err, name, "an id");
    else if (out->issuer.len > 0 && !core_text_equal(text, out->issuer))
        wrong_shape(&out->issuer_err, name, "the same in each place that names it");
    else
        out->issuer = text;
}

const struct badge_json_value *claims_id(const struct badge_json_value *object)
{
    const struct badge_json_value *id = reading_member(object, "id");
    return id ? id : reading_member(object, "@id");
}

/* is_named: by the token that it stands in, so that an object without an id only describes the issuer. */
static void read_issuer(struct badge_claims *out, const struct badge_json_value *issuer, bool is_named)
{
    if (badge_json_is(issuer, BADGE_JSON_OBJECT)) {
        const struct badge_json_value *id = claims_id(issuer);
        if (!id && !is_named)
            wrong_shape(&out->issuer_err, "issuer", "an object with an id");
        take_issuer(out, id, "issuer");
    } else {
        take_issuer(out, issuer, "issuer");
    }
}

/* Open Badges 2.0: the badge names the issuer, or stands behind a URL that is not fetched. */
static void read_assertion(struct badge_claims *out, const struct badge_json_value *assertion)
{
    const struct badge_json_value *badge = reading_member(assertion, "badge");
    const struct badge_json_value *issuer = reading_member(badge, "issuer");
    const struct badge_json_value *revoked = reading_member(assertion, "revoked");
    if (badge && !badge_json_is(badge, BADGE_JSON_OBJECT) && !reading_member(assertion, "issuer") &&
        out->issuer_err.status == BADGE_OK)
        (void)badge_fail(&out->issuer_err, BADGE_ENOTFOUND, BADGE_NO_OFFSET,
                         "the badge is named by its address alone, which is not fetched");
    read_issuer(out, issuer, false);
    if (badge_json_is(revoked, BADGE_JSON_TRUE))
        out->is_revoked = true;
    else if (revoked && !badge_json_is(revoked, BADGE_JSON_FALSE))
        wrong_shape(&out->status_err, "revoked", "true or false");
    if (reading_member(issuer, "revocationList"))
        out->has_status = true;
}

/* -- OpenAttestation ----------------------------------------------------------------------------------------------- */

/* Whether the issuer keeps a contract or service in which the document may be revoked. */
static bool openattestation_status(const struct badge_json_value *issuer)
{
    const struct badge_json_value *revocation = reading_member(issuer, "revocation");
    const struct badge_json_value *type = reading_member(revocation, "type");
    return reading_member(issuer, "documentStore") || reading_member(issuer, "certificateStore") ||
           reading_member(issuer, "tokenRegistry") || (type && !badge_json_equals(type, "NONE"));
}

/* Version 2, unsalted: `issuers`, each with an id (a DID), or a domain that it claims. */
static void read_openattestation2(struct badge_claims *out, const struct badge_json_value *data)
{
    const struct badge_json_value *issuers = reading_member(data, "issuers");
    for (size_t i = 0; i < badge_json_count(issuers); i++) {
        const struct badge_json_value *one = badge_json_at(issuers, i, NULL);
        const struct badge_json_value *id = claims_id(one);
        if (!id)
            id = reading_member(reading_member(one, "identityProof"), "location");
        if (!id)
            wrong_shape(&out->issuer_err, "issuer", "an object with an id");
        take_issuer(out, id, "issuer");
    }
    out->has_proof = true;
}

bool claims_has_store(const struct badge_layer *layer)
{
    const struct badge_json_value *issuers = reading_member(layer->object, "issuers");
    const struct badge_json_value *proof = reading_member(reading_member(layer->object, "openAttestationMetadata"),
                                                          "proof");
    const struct badge_json_value *method = reading_member(proof, "method");
    const struct badge_json_value *type = reading_member(reading_member(proof, "revocation"), "type");
    for (size_t i = 0; layer->kind == BADGE_LAYER_OPENATTESTATION && i < badge_json_count(issuers); i++)
        if (openattestation_status(badge_json_at(issuers, i, NULL)))
            return true;
    return badge_json_equals(method, "DOCUMENT_STORE") || badge_json_equals(method, "TOKEN_REGISTRY") ||
           (type && !badge_json_equals(type, "NONE"));
}

/* -- all of them --------------------------------------------------------------------------------------------------- */

/* Whether the i-th layer is a token with `iss`, or the credential in one (VCDM 1.1 section 6.3.1). */
static bool is_named_by_token(const struct badge_reading *reading, size_t i)
{
    const struct badge_layer *layer = &reading->layer[i], *token = layer;
    struct badge_text iss;
    if (layer->kind == BADGE_LAYER_CREDENTIAL && i > 0)
        token = layer - 1;
    return is_token(token) && badge_json_string(reading_member(token->object, "iss"), &iss);
}

/* Of one layer by itself. */
static void read_layer(struct badge_claims *out, const struct badge_reading *reading, size_t i)
{
    const struct badge_layer *layer = &reading->layer[i];
    const struct badge_json_value *object = layer->object;
    *out = (struct badge_claims){.issuer = {"", 0}, .has_proof = is_token(layer)};
    read_dates(out, layer);
    if (layer->kind == BADGE_LAYER_OPENATTESTATION)
        read_openattestation2(out, object);
    else
        read_issuer(out, reading_member(object, "issuer"), is_named_by_token(reading, i));
    if (is_assertion(object))
        read_assertion(out, object);
    if (is_token(layer))
        take_issuer(out, reading_member(object, "iss"), "iss");
    out->has_status = out->has_status || claims_has_store(layer) || reading_member(object, "credentialStatus");
    out->has_proof = out->has_proof || reading_member(object, "proof");
    out->is_record = layer->kind == BADGE_LAYER_RECORD;
}

static void take_fault(struct badge_err *to, const struct badge_err *from)
{
    if (to->status == BADGE_OK || (from->status == BADGE_EREFUSED && to->status != BADGE_EREFUSED))
        *to = *from;
}

static void add_layer(struct badge_claims *out, const struct badge_claims *one)
{
    if (one->has_not_before)
        narrow(out, false, one->not_before_s);
    if (one->has_not_after)
        narrow(out, true, one->not_after_s);
    if (out->issuer.len > 0 && one->issuer.len > 0 && !core_text_equal(out->issuer, one->issuer))
        hide(&out->issuer_err, "its wrapper names another issuer than the credential inside");
    if (one->issuer.len > 0)
        out->issuer = one->issuer;
    out->has_status = out->has_status || one->has_status;
    out->is_revoked = out->is_revoked || one->is_revoked;
    out->has_proof = out->has_proof || one->has_proof;
    out->is_record = out->is_record || one->is_record;
    if (one->issuer_err.status != BADGE_OK)
        take_fault(&out->issuer_err, &one->issuer_err);
    if (one->period_err.status != BADGE_OK)
        take_fault(&out->period_err, &one->period_err);
    if (one->status_err.status != BADGE_OK)
        take_fault(&out->status_err, &one->status_err);
}

void badge_claims_read(struct badge_claims *out, const struct badge_reading *reading)
{
    *out = (struct badge_claims){.issuer = {"", 0}};
    for (size_t i = 0; i < reading->n_layers; i++) {
        struct badge_claims one;
        read_layer(&one, reading, i);
        add_layer(out, &one);
    }
    enum badge_layer_kind last = reading->layer[reading->n_layers - 1].kind;
    out->is_opaque = !out->has_proof && (last == BADGE_LAYER_BYTES || last == BADGE_LAYER_TEXT ||
                                         last == BADGE_LAYER_ARRAY || last == BADGE_LAYER_DOCUMENT);
    if (reading->hidden) {
        hide(&out->issuer_err, reading->hidden);
        hide(&out->period_err, reading->hidden);
        hide(&out->status_err, reading->hidden);
    }
}

bool claims_only_recorded(const struct badge_claims *claims)
{
    return claims->is_record ||
           (claims->issuer.len == 0 && !claims->has_not_before && !claims->has_not_after && !claims->has_status);
}
