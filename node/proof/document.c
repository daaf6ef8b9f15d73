/*
 * Reads the documents of issuers for the inquiry: what they list for assertion, and what they state.
 *
 * Invariant: only what stands in the document of exactly that id, for assertion, is the issuer's; what can't be read
 * is never taken for "not listed".
 */
#include "proof/document.h"

#include <string.h>

#include "core/compiler.h"
#include "core/did.h"
#include "core/format.h"
#include "core/shape.h"
#include "core/text.h"

/* -- methods ------------------------------------------------------------------------------------------------------- */

static struct badge_text text_member(const struct badge_json_value *object, const char *name)
{
    struct badge_text text = {"", 0};
    (void)badge_json_string(badge_json_member(object, name), &text);
    return text;
}

static bool read_end(bool *has, int64_t *end_s, const struct badge_json_value *member)
{
    struct badge_text text;
    struct badge_date date;
    if (!member)
        return true;
    *has = badge_json_string(member, &text) && badge_date_parse(&date, text.bytes, text.len) == BADGE_OK;
    if (*has)
        *end_s = date.ends_s;
    return *has;
}

/* A document that publishes a private key says nothing of who signs with it. */
static bool has_secret(const struct badge_json_value *method)
{
    return badge_json_member(method, "secretKeyMultibase") || badge_json_member(method, "secretKeyJwk") ||
           badge_json_member(method, "privateKeyMultibase") || badge_json_member(method, "privateKeyJwk");
}

/* The key by the method's type (Controlled Identifiers sections 2.2.2, 2.2.3, and two older ones). */
static enum badge_status read_key(struct document_method *out)
{
    const struct badge_json_value *type = badge_json_member(out->json, "type"),
                                  *multibase = badge_json_member(out->json, "publicKeyMultibase"),
                                  *jwk = badge_json_member(out->json, "publicKeyJwk");
    bool is_base64url, is_2020 = badge_json_equals(type, "Ed25519VerificationKey2020");
    struct badge_text text;
    if (out->id.len == 0 || !badge_json_is(type, BADGE_JSON_STRING) || out->controller.len == 0 ||
        has_secret(out->json))
        return BADGE_ETYPE;
    if (is_2020 || badge_json_equals(type, "Multikey")) {
        if (!badge_json_string(multibase, &text))
            return BADGE_ETYPE;
        enum badge_status status = badge_key_from_multikey(&out->key, &is_base64url, text, NULL);
        return status == BADGE_OK && is_2020 && out->key.type != BADGE_KEY_ED25519 ? BADGE_ETYPE : status;
    }
    if (badge_json_equals(type, "JsonWebKey") || badge_json_equals(type, "JsonWebKey2020")) {
        out->jwk = jwk;
        return badge_key_from_jwk(&out->key, jwk, NULL);
    }
    if (badge_json_member(out->json, "blockchainAccountId") && !multibase && !jwk)
        return BADGE_EREFUSED;
    return BADGE_EUNSUPPORTED;
}

static void read_method(struct document_method *out, const struct badge_json_value *method)
{
    *out = (struct document_method){
        .json = method, .id = text_member(method, "id"), .controller = text_member(method, "controller")};
    bool is_read = read_end(&out->has_expires, &out->expires_s, badge_json_member(method, "expires"));
    is_read = read_end(&out->has_revoked, &out->revoked_s, badge_json_member(method, "revoked")) && is_read;
    out->has_unread_end = !is_read;
    out->status = read_key(out);
    if (out->status != BADGE_OK)
        out->key = (struct badge_public_key){0};
}

/* A method that is referred to and stands elsewhere: a did:key is its own document. */
static void read_reference(struct document_method *out, struct badge_text reference)
{
    const char *hash = memchr(reference.bytes, '#', reference.len);
    *out = (struct document_method){.id = reference, .controller = {"", 0}, .status = BADGE_ENOTFOUND};
    if (hash && badge_key_from_did(&out->key, reference, NULL) == BADGE_OK) {
        out->controller = (struct badge_text){reference.bytes, (size_t)(hash - reference.bytes)};
        out->status = BADGE_OK;
    }
}

/* Whether what this step of the walk found has been read already. */
static bool has_step(const struct issuer_document *document, const struct did_walk *walk)
{
    for (size_t i = 0; i < document->n_methods; i++)
        if (document->method[i].json == walk->method &&
            (walk->method || core_text_equal(document->method[i].id, walk->reference)))
            return true;
    return false;
}

/* errors    BADGE_ENOMEM */
static enum badge_status read_methods(struct issuer_document *out, struct badge_arena *arena, const char *list)
{
    struct did_walk walk = {.document = out->root, .id = out->id, .list = list, .reference = {"", 0}};
    size_t capacity = badge_json_count(badge_json_member(out->root, list)) +
                      badge_json_count(badge_json_member(out->root, "verificationMethod"));
    if (capacity > DOCUMENT_MAX_METHODS)
        capacity = DOCUMENT_MAX_METHODS;
    if (capacity == 0)
        return BADGE_OK;
    out->method = badge_arena_alloc(arena, capacity * sizeof *out->method);
    if (!out->method)
        return BADGE_ENOMEM;
    while (did_walk_next(&walk)) {
        if (has_step(out, &walk))
            continue;
        if (out->n_methods == capacity) {
            out->has_more = true;
            return BADGE_OK;
        }
        struct document_method *method = &out->method[out->n_methods++];
        if (walk.method)
            read_method(method, walk.method);
        else
            read_reference(method, walk.reference);
        out->n_keys += method->status == BADGE_OK;
    }
    out->has_more = walk.is_cut;
    return BADGE_OK;
}

enum badge_status document_parse(struct issuer_document *out, struct badge_arena *arena, const char *bytes, size_t len,
                                 struct badge_err *err)
{
    *out = (struct issuer_document){.id = {"", 0}};
    if (len > BADGE_DID_MAX_DOCUMENT)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "it is longer than %zu bytes", BADGE_DID_MAX_DOCUMENT);
    enum badge_status status = badge_json_parse(&out->root, arena, bytes, len, err);
    if (status != BADGE_OK)
        return status;
    if (did_document_fault(&out->id, out->root) || out->id.len == 0)
        out->id = (struct badge_text){"", 0};
    else if (read_methods(out, arena, "assertionMethod") != BADGE_OK)
        return badge_no_memory(err);
    return BADGE_OK;
}

enum badge_status document_for_authentication(struct issuer_document *out, struct badge_arena *arena,
                                              const struct issuer_document *document, struct badge_err *err)
{
    *out = (struct issuer_document){.root = document->root, .id = document->id};
    if (out->id.len > 0 && badge_json_is(badge_json_member(out->root, "authentication"), BADGE_JSON_ARRAY) &&
        read_methods(out, arena, "authentication") != BADGE_OK)
        return badge_no_memory(err);
    return BADGE_OK;
}

/* -- what it lists ------------------------------------------------------------------------------------------------- */

/* What an answer is where nothing listed is what was asked for. */
static enum document_answer not_found(const struct issuer_document *document)
{
    if (document->has_more)
        return DOCUMENT_ELSEWHERE;
    return document->n_keys > 0 ? DOCUMENT_NOT_LISTED : DOCUMENT_LISTS_NONE;
}

static bool is_of(const struct issuer_document *document, struct badge_text issuer)
{
    return document->id.len > 0 && core_text_equal(document->id, issuer);
}

static enum document_answer answer_of(const struct document_method **out, const struct document_method *method)
{
    if (method->status == BADGE_ENOTFOUND)
        return DOCUMENT_ELSEWHERE;
    if (method->status != BADGE_OK)
        return DOCUMENT_UNREADABLE;
    *out = method;
    return DOCUMENT_LISTED;
}

typedef bool (*names)(const struct issuer_document *document, const struct document_method *method,
                      struct badge_text name);

static enum document_answer find(const struct document_method **out, const struct issuer_document *document,
                                 struct badge_text issuer, struct badge_text name, names is_named)
{
    const struct document_method *found = NULL;
    *out = NULL;
    if (!is_of(document, issuer))
        return DOCUMENT_OF_NOBODY;
    for (size_t i = 0; i < document->n_methods; i++) {
        if (!is_named(document, &document->method[i], name))
            continue;
        if (found)
            return DOCUMENT_UNREADABLE;
        found = &document->method[i];
    }
    return found ? answer_of(out, found) : not_found(document);
}

static bool has_id(const struct issuer_document *document, const struct document_method *method, struct badge_text id)
{
    return did_same_method(document->id, id, method->id) ||
           (!method->json && id.len > 0 && core_text_equal(id, method->id)); /* a reference to elsewhere */
}

static bool has_kid(const struct issuer_document *document, const struct document_method *method, struct badge_text kid)
{
    struct badge_text of_jwk = text_member(method->jwk, "kid"), id = method->id;
    if (has_id(document, method, kid) || (kid.len > 0 && core_text_equal(of_jwk, kid)) ||
        core_text_equal(kid, document->id))
        return true;
    /* bare: the fragment alone */
    return kid.len > 0 && id.len > kid.len && id.bytes[id.len - kid.len - 1] == '#' &&
           memcmp(id.bytes + id.len - kid.len, kid.bytes, kid.len) == 0 &&
           did_same_method(document->id, (struct badge_text){id.bytes + id.len - kid.len - 1, kid.len + 1}, id);
}

enum document_answer document_find_method(const struct document_method **out, const struct issuer_document *document,
                                          struct badge_text issuer, struct badge_text id)
{
    return find(out, document, issuer, id, has_id);
}

enum document_answer document_find_kid(const struct document_method **out, const struct issuer_document *document,
                                       struct badge_text issuer, struct badge_text kid)
{
    return find(out, document, issuer, kid, has_kid);
}

/* Of a key that is listed twice the entry counts that ends first. */
static bool ends_before(const struct document_method *a, const struct document_method *b)
{
    if (a->has_unread_end != b->has_unread_end)
        return a->has_unread_end;
    if (a->has_revoked != b->has_revoked)
        return a->has_revoked;
    if (a->has_revoked && a->revoked_s != b->revoked_s)
        return a->revoked_s < b->revoked_s;
    return a->has_expires && (!b->has_expires || a->expires_s < b->expires_s);
}

enum document_answer document_find_key(const struct document_method **out, const struct issuer_document *document,
                                       struct badge_text issuer, const struct badge_public_key *key)
{
    enum document_answer otherwise = not_found(document);
    const struct document_method *found = NULL;
    *out = NULL;
    if (!is_of(document, issuer))
        return DOCUMENT_OF_NOBODY;
    for (size_t i = 0; i < document->n_methods; i++) {
        const struct document_method *method = &document->method[i];
        if (method->status == BADGE_OK && badge_key_equal(&method->key, key) && (!found || ends_before(method, found)))
            found = method;
        if (method->status == BADGE_ENOTFOUND)
            otherwise = DOCUMENT_ELSEWHERE;
        else if (method->status != BADGE_OK && method->status != BADGE_EREFUSED && otherwise != DOCUMENT_ELSEWHERE)
            otherwise = DOCUMENT_UNREADABLE;
    }
    return found ? answer_of(out, found) : otherwise;
}

/* -- the key at a URL ---------------------------------------------------------------------------------------------- */

static enum badge_status take_jwk(struct document_method *out, const struct badge_json_value *jwk,
                                  struct badge_err *err)
{
    *out = (struct document_method){.id = text_member(jwk, "kid"), .controller = {"", 0}, .json = jwk, .jwk = jwk};
    return out->status = badge_key_from_jwk(&out->key, jwk, err);
}

static enum badge_status find_in_set(struct document_method *out, const struct badge_json_value *keys,
                                     struct badge_text url, struct badge_err *err)
{
    const char *hash = memchr(url.bytes, '#', url.len);
    struct badge_text fragment = {hash ? hash + 1 : "", hash ? url.len - (size_t)(hash + 1 - url.bytes) : 0};
    const struct badge_json_value *found = NULL;
    size_t n = badge_json_count(keys);
    if (!badge_json_is(keys, BADGE_JSON_ARRAY) || n > DOCUMENT_MAX_METHODS)
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "its keys are not a list of JWKs");
    for (size_t i = 0; i < n; i++) {
        const struct badge_json_value *jwk = badge_json_at(keys, i, NULL);
        struct badge_text kid = text_member(jwk, "kid");
        if (take_jwk(out, jwk, NULL) == BADGE_ETYPE)
            return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "a key of the set is malformed, or not public");
        if (n > 1 && (kid.len == 0 || (!core_text_equal(kid, url) && !core_text_equal(kid, fragment))))
            continue;
        if (found)
            return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "two keys of the set have the same kid");
        found = jwk;
    }
    if (!found)
        return badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "the set has no key of this kid");
    return take_jwk(out, found, err);
}

enum badge_status document_key_at_url(struct document_method *out, const struct issuer_document *document,
                                      struct badge_text url, struct badge_err *err)
{
    const struct badge_json_value *keys = badge_json_member(document->root, "keys");
    const struct document_method *method;
    *out = (struct document_method){.status = BADGE_ENOTFOUND};
    if (document->n_methods > 0) {
        if (document_find_method(&method, document, document->id, url) != DOCUMENT_LISTED)
            return badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "the document lists no such key for assertion");
        *out = *method;
        return BADGE_OK;
    }
    if (keys)
        return find_in_set(out, keys, url, err);
    return take_jwk(out, document->root, err);
}

/* -- what it states ------------------------------------------------------------------------------------------------ */

size_t document_accounts(struct document_account *out, size_t capacity, const struct issuer_document *document,
                         struct badge_text issuer)
{
    size_t n = 0;
    for (size_t i = 0; i < document->n_methods && n < capacity && is_of(document, issuer); i++)
        if (did_method_account(&out[n].chain_id, &out[n].account, document->method[i].json))
            n++;
    return n;
}

static bool read_registry(struct document_registry *out, const struct badge_json_value *endpoint)
{
    struct badge_text since = text_member(endpoint, "since");
    struct badge_date date;
    if (!did_chain_read(&out->chain_id, text_member(endpoint, "chain")) ||
        !did_address_read(&out->contract, text_member(endpoint, "contract")) ||
        !did_address_read(&out->account, text_member(endpoint, "account")) ||
        badge_date_parse(&date, since.bytes, since.len) != BADGE_OK)
        return false;
    out->since_s = date.begins_s;
    return true;
}

bool document_registry(struct document_registry *out, const struct issuer_document *document, struct badge_text issuer)
{
    const struct badge_json_value *services = badge_json_member(document->root, "service");
    if (!is_of(document, issuer) || !badge_json_is(services, BADGE_JSON_ARRAY))
        return false;
    for (size_t i = 0; i < badge_json_count(services); i++) {
        const struct badge_json_value *service = badge_json_at(services, i, NULL);
        if (badge_json_includes(badge_json_member(service, "type"), "BadgeRegistry") &&
            read_registry(out, badge_json_member(service, "serviceEndpoint")))
            return true;
    }
    return false;
}
