/*
 * Reads the claims of a credential that verification needs: issuer, period of validity, status. Intake needs the
 * issuer, the verdict all of them.
 *
 * Invariant: a member that would decide and can't be read is an error, never the same as an absent one; and of two
 * members that limit the period, the narrower limit counts.
 */
#include "badge/digest.h"
#include "badge/text.h"
#include "core/compiler.h"
#include "core/text.h"

static enum badge_status wrong_shape(struct badge_err *err, const char *name, const char *what)
{
    return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "the credential's %s is not %s; its issuer has to correct it",
                      name, what);
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

static enum badge_status read_dates(struct badge_claims *out, const struct badge_json_value *credential,
                                    struct badge_err *err)
{
    static const struct {
        const char *name;
        bool is_end;
    } dates[] = {{"validFrom", false},
                 {"issuanceDate", false},
                 {"validUntil", true},
                 {"expirationDate", true},
                 {"expires", true}};
    for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
        const struct badge_json_value *member = badge_json_member(credential, dates[i].name);
        struct badge_text text;
        int64_t time_s;
        if (!member)
            continue;
        if (!badge_json_string(member, &text) || badge_time_parse(&time_s, text.bytes, text.len) != BADGE_OK)
            return wrong_shape(err, dates[i].name, "an RFC 3339 time with its offset");
        narrow(out, dates[i].is_end, time_s);
    }
    return BADGE_OK;
}

/* RFC 7519 section 2, NumericDate. A fraction narrows the interval. */
static enum badge_status read_numeric_dates(struct badge_claims *out, const struct badge_json_value *payload,
                                            struct badge_err *err)
{
    static const char *const names[] = {"nbf", "exp"};
    for (size_t i = 0; i < 2; i++) {
        const struct badge_json_value *member = badge_json_member(payload, names[i]);
        double number;
        if (!member)
            continue;
        if (!badge_json_number(member, &number) || number < -1e15 || number > 1e15)
            return wrong_shape(err, names[i], "a number of seconds since 1970");
        int64_t whole = (int64_t)number, below = whole - ((double)whole > number);
        bool is_end = i == 1;
        narrow(out, is_end, is_end ? below : below + ((double)below < number));
    }
    return BADGE_OK;
}

/* Reads one of the places that may name the issuer: all of them must name the same one. */
static enum badge_status read_issuer(struct badge_claims *out, const struct badge_json_value *issuer, const char *name,
                                     struct badge_err *err)
{
    struct badge_text id;
    if (!issuer)
        return BADGE_OK;
    if (!badge_json_string(issuer, &id) || id.len == 0)
        return wrong_shape(err, name, "an id");
    if (out->issuer.len > 0 && !core_text_equal(id, out->issuer))
        return wrong_shape(err, name, "the same in each place that names it");
    out->issuer = id;
    return BADGE_OK;
}

static enum badge_status read_credential(struct badge_claims *out, const struct badge_json_value *credential,
                                         struct badge_err *err)
{
    /* Its issuer and dates are inside the token in its id: it must not count as a credential without them. */
    if (badge_json_includes(badge_json_member(credential, "type"), "EnvelopedVerifiableCredential"))
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET,
                          "the credential is in an envelope, which is not supported; extract the token from its id and "
                          "use that");
    out->has_status = out->has_status || badge_json_member(credential, "credentialStatus");
    out->has_proof = out->has_proof || badge_json_member(credential, "proof");
    const struct badge_json_value *issuer = badge_json_member(credential, "issuer");
    if (badge_json_is(issuer, BADGE_JSON_OBJECT)) {
        issuer = badge_json_member(issuer, "id");
        if (!issuer)
            return wrong_shape(err, "issuer", "an object with an id");
    }
    enum badge_status status = read_dates(out, credential, err);
    return status != BADGE_OK ? status : read_issuer(out, issuer, "issuer", err);
}

/* The claims in a token beside those of its `vc`. */
static enum badge_status read_token(struct badge_claims *out, const struct badge_json_value *payload,
                                    struct badge_err *err)
{
    const struct badge_json_value *vc = badge_json_member(payload, "vc");
    if (vc && !badge_json_is(vc, BADGE_JSON_OBJECT))
        return wrong_shape(err, "vc", "an object");
    enum badge_status status = read_numeric_dates(out, payload, err);
    if (status == BADGE_OK)
        status = read_credential(out, vc, err);
    return status != BADGE_OK ? status : read_issuer(out, badge_json_member(payload, "iss"), "iss", err);
}

enum badge_status badge_claims_read(struct badge_claims *out, const struct badge_json_value *document,
                                    enum badge_label label, struct badge_err *err)
{
    bool token = label == BADGE_LABEL_COMPACT;
    *out = (struct badge_claims){.issuer = {"", 0}, .has_proof = token};
    if (!document)
        return BADGE_OK;
    if (!badge_json_is(document, BADGE_JSON_OBJECT))
        return badge_fail(
            err, BADGE_ETYPE, BADGE_NO_OFFSET,
            "the credential's claims can't be read: they are not well-formed JSON, compressed, or in a nested "
            "token");
    /* A token's payload is read as a credential even if it has a `vc`: neither may hide the other. */
    enum badge_status status = read_credential(out, document, err);
    return status == BADGE_OK && token ? read_token(out, document, err) : status;
}
