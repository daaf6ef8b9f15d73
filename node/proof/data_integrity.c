/*
 * What Data Integrity proofs sign. The inquiry calls it once for each proof of a credential.
 *
 * Invariant: what a proof signs is computed from the document as it was read, without the members `proof` and
 * `proofValue` and nothing else; a proof of which any part is not understood signs nothing.
 */
#include "proof/data_integrity.h"

#include <string.h>

#include "badge/text.h"
#include "core/compiler.h"
#include "core/format.h"
#include "core/json_tree.h"
#include "core/text.h"
#include "proof/hidden.h"
#include "proof/multibase.h"
#include "proof/own_terms.h"

struct suite {
    const char *name;
    bool is_type; /* the name is that of a `type`, else of a cryptosuite of DataIntegrityProof */
    bool is_rdf, is_ecdsa;
};

static const struct suite suites[] = {
    {"eddsa-rdfc-2022", false, true, false},     {"eddsa-jcs-2022", false, false, false},
    {"ecdsa-rdfc-2019", false, true, true},      {"ecdsa-jcs-2019", false, false, true},
    {"Ed25519Signature2020", true, true, false},
};

struct reader {
    struct data_integrity *out;
    struct secured *secured;
    const struct suite *suite;
    const struct badge_json_value *proof, *previous;
    bool no_memory;
};

static bool refuse(struct reader *r, const char *code, const char *detail)
{
    r->out->code = code;
    (void)core_format(r->out->detail, sizeof r->out->detail, "%s", detail);
    return false;
}

static bool refuse_memory(struct reader *r)
{
    r->no_memory = true;
    return false;
}

/* -- the members of a proof ---------------------------------------------------------------------------------------- */

static bool read_suite(struct reader *r)
{
    const struct badge_json_value *type = badge_json_member(r->proof, "type"),
                                  *named = badge_json_member(r->proof, "cryptosuite");
    bool is_type = !badge_json_equals(type, "DataIntegrityProof");
    struct badge_text name;
    if (!badge_json_string(is_type ? type : named, &name))
        return refuse(r, "proof_malformed", "it does not say by which suite it is");
    (void)core_format(r->out->suite, sizeof r->out->suite, "%.*s", (int)(name.len < 100 ? name.len : 100), name.bytes);
    for (size_t i = 0; i < ARRAY_LEN(suites); i++)
        if (suites[i].is_type == is_type && core_text_is(name, suites[i].name))
            r->suite = &suites[i];
    return r->suite || refuse(r, "proof_suite_unknown", "its suite is not known here");
}

static bool read_date(struct reader *r, bool *has, struct badge_date *date, const char *name)
{
    const struct badge_json_value *member = badge_json_member(r->proof, name);
    struct badge_text text;
    *has = member;
    return !member || (badge_json_string(member, &text) && badge_date_parse(date, text.bytes, text.len) == BADGE_OK) ||
           refuse(r, "proof_malformed", "a date of it can't be read");
}

static bool read_value(struct reader *r)
{
    struct badge_text text;
    uint8_t bytes[BADGE_SIGNATURE_MAX_LEN];
    size_t len = 0;
    if (!badge_json_string(badge_json_member(r->proof, "proofValue"), &text) ||
        !multibase_decode(bytes, &len, sizeof bytes, &r->out->is_base64url, text))
        return refuse(r, "proof_malformed", "its proofValue can't be read");
    if (len != 64 && !(r->suite->is_ecdsa && len == 96))
        return refuse(r, "proof_malformed", "its proofValue is not of the length of a signature of its suite");
    r->out->algorithm = !r->suite->is_ecdsa ? BADGE_SIGNATURE_ED25519
                        : len == 64         ? BADGE_SIGNATURE_ES256
                                            : BADGE_SIGNATURE_ES384;
    char *copy = badge_arena_alloc(r->secured->arena, len);
    if (!copy)
        return refuse_memory(r);
    memcpy(copy, bytes, len);
    r->out->signature = (struct badge_text){copy, len};
    return true;
}

static bool read_members(struct reader *r)
{
    const struct badge_json_value *purpose = badge_json_member(r->proof, "proofPurpose");
    struct badge_date created, expires;
    if (!badge_json_is(r->proof, BADGE_JSON_OBJECT))
        return refuse(r, "proof_malformed", "it is not an object");
    (void)badge_json_string(badge_json_member(r->proof, "verificationMethod"), &r->out->method);
    if (!read_suite(r))
        return false;
    if (r->out->method.len == 0 || !memchr(r->out->method.bytes, ':', r->out->method.len))
        return refuse(r, "proof_malformed", "its verificationMethod is not a URL");
    if (!badge_json_is(purpose, BADGE_JSON_STRING))
        return refuse(r, "proof_malformed", "it does not say for which purpose it was made");
    if (!badge_json_equals(purpose, r->secured->is_presentation ? "authentication" : "assertionMethod"))
        return refuse(r, "proof_wrong_purpose",
                      r->secured->is_presentation ? "its proofPurpose is not authentication"
                                                  : "its proofPurpose is not assertionMethod");
    if (!read_date(r, &r->out->has_created, &created, "created") ||
        !read_date(r, &r->out->has_expires, &expires, "expires"))
        return false;
    if (r->out->has_created)
        r->out->created_s = created.begins_s;
    if (r->out->has_expires)
        r->out->expires_s = expires.ends_s;
    return read_value(r);
}

/* -- canonical forms ----------------------------------------------------------------------------------------------- */

static bool is_p384(const struct reader *r)
{
    return r->out->algorithm == BADGE_SIGNATURE_ES384;
}

/* Whether a context of the document has an address without a version, where its publisher has since put another file:
 * what is not defined here may have been defined there when the credential was made. */
static bool names_moving_context(const struct badge_json_value *document)
{
    static const char *const moving[] = {"https://purl.imsglobal.org/spec/ob/v3p0/context.json",
                                         "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
                                         "https://purl.imsglobal.org/spec/clr/v2p0/context.json",
                                         "https://w3id.org/blockcerts/v2", "https://w3id.org/blockcerts/v3"};
    for (size_t i = 0; i < ARRAY_LEN(moving); i++)
        if (badge_json_includes(badge_json_member(document, "@context"), moving[i]))
            return true;
    return false;
}

/* An error of JSON-LD. where: "" or "in the proof: " */
static bool refuse_jsonld(struct reader *r, enum badge_status status, const struct badge_jsonld_err *err,
                          const char *where)
{
    static const char *const unsafe[] = {"undefined term", "undefined type", "relative IRI", "invalid language tag"};
    if (status == BADGE_ENOMEM || status == BADGE_ELIMIT)
        return refuse(r, "proof_too_large", "it takes more work or memory than is spent on a credential");
    if (status == BADGE_ENOTFOUND) {
        r->out->code = "context_unknown";
        (void)core_format(r->out->detail, sizeof r->out->detail, "its context %s is not known here", err->url);
        return false;
    }
    r->out->code = "proof_malformed";
    for (size_t i = 0; err->code && i < ARRAY_LEN(unsafe); i++)
        if (strcmp(err->code, unsafe[i]) == 0)
            r->out->code = i < 2 && names_moving_context(r->secured->plain) ? "context_unknown" : "context_unsafe";
    (void)core_format(r->out->detail, sizeof r->out->detail, "%s%s at %s%s%s", where,
                      err->code ? err->code : "it can't be read as JSON-LD", err->url[0] ? err->url : "",
                      err->url[0] ? " " : "", err->pointer[0] ? err->pointer : "its top");
    return false;
}

static bool canonicalize(struct reader *r, struct badge_text *out, const struct badge_rdf_dataset *dataset)
{
    struct badge_rdfc_result result;
    struct badge_err err;
    enum badge_rdfc_hash hash = is_p384(r) ? BADGE_RDFC_SHA384 : BADGE_RDFC_SHA256;
    enum badge_status status = badge_rdfc_canonicalize(&result, r->secured->arena, dataset, hash, r->secured->max_deep,
                                                       &err);
    if (status != BADGE_OK)
        return refuse(r, "proof_too_large", "its graph takes more work than is spent on a credential");
    *out = result.nquads;
    return true;
}

/* The document that the proof secures, as quads and canonical. */
static bool canonical_document(struct reader *r, struct badge_rdf_dataset *dataset)
{
    struct secured *s = r->secured;
    struct badge_jsonld_options options = {.direction = BADGE_DIRECTION_I18N};
    if (r->previous) {
        struct badge_jsonld_err err;
        const struct badge_json_value *chained = core_json_with(s->arena, s->plain, "proof", r->previous);
        if (!chained)
            return refuse_memory(r);
        enum badge_status status = badge_jsonld_to_rdf(dataset, s->arena, s->processor, chained, &options, &err);
        return status == BADGE_OK ? canonicalize(r, &r->out->canonical_document, dataset)
                                  : refuse_jsonld(r, status, &err, "");
    }
    if (!s->is_expanded)
        s->status = badge_jsonld_to_rdf(&s->dataset, s->arena, s->processor, s->plain, &options, &s->err);
    s->is_expanded = true;
    if (s->status != BADGE_OK)
        return refuse_jsonld(r, s->status, &s->err, "");
    *dataset = s->dataset;
    struct badge_text *nquads = &s->nquads[is_p384(r) ? BADGE_RDFC_SHA384 : BADGE_RDFC_SHA256];
    if (!nquads->bytes && !canonicalize(r, nquads, &s->dataset))
        return false;
    r->out->canonical_document = *nquads;
    return true;
}

static bool prepare_rdf(struct reader *r, const struct badge_json_value *options)
{
    struct secured *s = r->secured;
    struct badge_jsonld_options none = {.direction = BADGE_DIRECTION_I18N};
    const struct badge_json_value *context = badge_json_member(s->plain, "@context");
    struct badge_rdf_dataset document, of_options;
    struct badge_jsonld_err err;
    if (!context)
        return refuse(r, "context_unknown", "the credential has no context of its own");
    options = core_json_with(s->arena, options, "@context", context);
    if (!options)
        return refuse_memory(r);
    if (!canonical_document(r, &document))
        return false;
    enum badge_status status = badge_jsonld_to_rdf(&of_options, s->arena, s->processor, options, &none, &err);
    if (status != BADGE_OK)
        return refuse_jsonld(r, status, &err, "in the proof: ");
    r->out->hides = hidden_options(s->arena, &of_options, options, s->is_presentation) ||
                    (s->is_presentation ? own_terms_mislead(s->plain) : hidden_claims(s->arena, &document, s->plain));
    return canonicalize(r, &r->out->canonical_options, &of_options);
}

/* The i-th context; a context that is not in an array is the first. */
static const struct badge_json_value *context_at(const struct badge_json_value *context, size_t i)
{
    return badge_json_is(context, BADGE_JSON_ARRAY) ? badge_json_at(context, i, NULL) : i == 0 ? context : NULL;
}

static bool is_equal(const struct badge_json_value *a, const struct badge_json_value *b)
{
    struct badge_text text, other, name, other_name;
    double x, y;
    if (!a || !b || a->type != b->type || badge_json_count(a) != badge_json_count(b))
        return false;
    if (badge_json_string(a, &text) && badge_json_string(b, &other))
        return core_text_equal(text, other);
    if (badge_json_number(a, &x) && badge_json_number(b, &y))
        return x >= y && x <= y;
    for (size_t i = 0; i < badge_json_count(a); i++) {
        name = other_name = (struct badge_text){"", 0};
        const struct badge_json_value *one = badge_json_at(a, i, &name), *two = badge_json_at(b, i, &other_name);
        if (!core_text_equal(name, other_name) || !is_equal(one, two))
            return false;
    }
    return true;
}

/* VC-DI-EDDSA section 3.3.2: the document's contexts begin with the proof's, which are then hashed in their place. */
static bool begins_with(const struct badge_json_value *document, const struct badge_json_value *proof)
{
    const struct badge_json_value *one;
    for (size_t i = 0; (one = context_at(proof, i)); i++)
        if (!is_equal(one, context_at(document, i)))
            return false;
    return context_at(proof, 0);
}

static bool write_jcs(struct reader *r, struct badge_text *out, const struct badge_json_value *value)
{
    return badge_json_canonicalize(out, r->secured->arena, value, NULL) == BADGE_OK || refuse_memory(r);
}

static bool prepare_jcs(struct reader *r, const struct badge_json_value *options)
{
    struct badge_arena *arena = r->secured->arena;
    const struct badge_json_value *document = r->secured->plain, *context = badge_json_member(options, "@context");
    if (context && !begins_with(badge_json_member(document, "@context"), context))
        return refuse(r, "proof_broken",
                      "the credential does not begin with the contexts that the proof was made with");
    if (context)
        document = core_json_with(arena, document, "@context", context);
    if (document && r->previous)
        document = core_json_with(arena, document, "proof", r->previous);
    return document ? write_jcs(r, &r->out->canonical_document, document) &&
                          write_jcs(r, &r->out->canonical_options, options)
                    : refuse_memory(r);
}

/* -- hashes -------------------------------------------------------------------------------------------------------- */

static size_t put_hash(const struct reader *r, char *to, struct badge_text text)
{
    struct badge_hash hash;
    if (is_p384(r)) {
        badge_sha384((uint8_t *)to, text.bytes, text.len);
        return BADGE_SHA384_LEN;
    }
    badge_sha256(&hash, text.bytes, text.len);
    memcpy(to, hash.b, sizeof hash.b);
    return sizeof hash.b;
}

static bool make_message(struct reader *r)
{
    struct data_integrity *out = r->out;
    char *message = badge_arena_alloc(r->secured->arena, 2 * (size_t)BADGE_SHA384_LEN);
    if (!message)
        return refuse_memory(r);
    size_t len = put_hash(r, message, out->canonical_options);
    (void)put_hash(r, message + len, out->canonical_document);
    out->options_hash = (struct badge_text){message, len};
    out->document_hash = (struct badge_text){message + len, len};
    out->message = (struct badge_text){message, 2 * len};
    return true;
}

static bool prepare(struct reader *r)
{
    struct secured *s = r->secured;
    if (!s->plain)
        s->plain = core_json_without(s->arena, s->document, "proof");
    const struct badge_json_value *options = core_json_without(s->arena, r->proof, "proofValue");
    if (!s->plain || !options)
        return refuse_memory(r);
    return (r->suite->is_rdf ? prepare_rdf(r, options) : prepare_jcs(r, options)) && make_message(r);
}

enum badge_status data_integrity_read(struct data_integrity *out, struct secured *secured,
                                      const struct badge_json_value *proof, const struct badge_json_value *previous,
                                      struct badge_err *err)
{
    struct reader r = {.out = out, .secured = secured, .proof = proof, .previous = previous};
    memset(out, 0, sizeof *out);
    if (read_members(&r) && prepare(&r))
        return BADGE_OK;
    return r.no_memory ? badge_no_memory(err) : BADGE_OK;
}
