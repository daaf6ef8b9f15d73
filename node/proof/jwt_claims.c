/*
 * The claims of a JWT against the credential in it. What is missing in one of them is for core/claims.c to take from
 * the other; here is only what contradicts.
 */
#include "core/claims.h"
#include "core/compiler.h"
#include "core/shape.h"
#include "core/text.h"
#include "proof/jose.h"

#define DAY_S 86400

static bool differs(const struct badge_json_value *claim, const struct badge_json_value *member)
{
    struct badge_text a, b;
    return badge_json_string(claim, &a) && badge_json_string(member, &b) && !core_text_equal(a, b);
}

/* An id as text, or the id of an object. */
static const struct badge_json_value *id_of(const struct badge_json_value *value)
{
    return badge_json_is(value, BADGE_JSON_OBJECT) ? claims_id(value) : value;
}

static bool issuer_differs(const struct badge_json_value *claim, const struct badge_json_value *credential)
{
    return differs(claim, id_of(reading_member(credential, "issuer")));
}

static bool id_differs(const struct badge_json_value *claim, const struct badge_json_value *credential)
{
    return differs(claim, claims_id(credential));
}

/* Of several subjects with ids one has to be the claim's. */
static bool subject_differs(const struct badge_json_value *claim, const struct badge_json_value *credential)
{
    const struct badge_json_value *subject = reading_member(credential, "credentialSubject");
    bool is_found = false, has_ids = false;
    if (!badge_json_is(subject, BADGE_JSON_ARRAY))
        return differs(claim, id_of(subject));
    for (size_t i = 0; i < badge_json_count(subject); i++) {
        const struct badge_json_value *id = id_of(badge_json_at(subject, i, NULL));
        has_ids = has_ids || id;
        is_found = is_found || (id && !differs(claim, id));
    }
    return has_ids && !is_found;
}

/* A date that leaves its zone or hour open is the same as any moment that it may mean. */
static bool is_moment(double seconds, const struct badge_date *date)
{
    int64_t whole = (int64_t)seconds, below = whole - ((double)whole > seconds);
    int64_t first = date->begins_s < date->ends_s ? date->begins_s : date->ends_s;
    int64_t last = date->begins_s < date->ends_s ? date->ends_s : date->begins_s;
    int64_t open_s = date->is_standard ? 0 : DAY_S;
    return below >= first - open_s && below <= last + open_s;
}

static bool date_differs(const struct badge_json_value *claim, const struct badge_json_value *credential,
                         const char *name)
{
    struct badge_text text;
    struct badge_date date;
    double seconds;
    return badge_json_number(claim, &seconds) && seconds > -CLAIMS_MILLISECONDS_FROM &&
           seconds < CLAIMS_MILLISECONDS_FROM && badge_json_string(reading_member(credential, name), &text) &&
           badge_date_parse(&date, text.bytes, text.len) == BADGE_OK && !is_moment(seconds, &date);
}

static bool begin_differs(const struct badge_json_value *claim, const struct badge_json_value *credential)
{
    return date_differs(claim, credential, "validFrom") || date_differs(claim, credential, "issuanceDate");
}

static bool end_differs(const struct badge_json_value *claim, const struct badge_json_value *credential)
{
    return date_differs(claim, credential, "validUntil") || date_differs(claim, credential, "expirationDate");
}

const char *jose_claim_differs(const struct badge_json_value *payload)
{
    static const struct {
        const char *claim;
        bool (*differs)(const struct badge_json_value *claim, const struct badge_json_value *credential);
    } table[] = {
        {"iss", issuer_differs}, {"jti", id_differs},      {"nbf", begin_differs},
        {"exp", end_differs},    {"sub", subject_differs},
    };
    const struct badge_json_value *vc = reading_member(payload, "vc");
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct badge_json_value *claim = reading_member(payload, table[i].claim);
        bool is_own_end = !vc && table[i].differs == end_differs;
        /* in `vc`, and in what libraries move from it to the top */
        if (claim && !is_own_end && (table[i].differs(claim, vc) || table[i].differs(claim, payload)))
            return table[i].claim;
    }
    return NULL;
}
