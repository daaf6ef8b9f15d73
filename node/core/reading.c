/*
 * Opens the wrappers round a credential, layer by layer. The digester calls it once the digest is known.
 *
 * Invariant: a wrapper is opened only if all its members are known and it has exactly one credential. Whatever else
 * might have a credential inside makes the reading hidden, so that its claims count as unknown and not as absent.
 */
#include "core/reading.h"

#include <string.h>

#include "core/compiler.h"
#include "core/json_tree.h"
#include "core/kind.h"
#include "core/shape.h"
#include "core/text.h"
#include "core/text_form.h"

struct reader {
    struct badge_reading *out;
    struct badge_arena *arena;
    bool no_memory; /* for a payload */
};

static void open_value(struct reader *r, const struct badge_json_value *value);
static void open_object(struct reader *r, const struct badge_json_value *object);
static bool open_text(struct reader *r, struct badge_text text);
static bool open_bytes(struct reader *r, struct badge_text bytes);

static void hide(struct reader *r, const char *why)
{
    if (!r->out->hidden)
        r->out->hidden = why;
}

static void hide_no_memory(struct reader *r)
{
    hide(r, "it is too large to be read");
}

static bool push(struct reader *r, enum badge_layer_kind kind, const struct badge_json_value *object)
{
    struct badge_reading *out = r->out;
    if (out->n_layers == BADGE_MAX_LAYERS) {
        hide(r, "it is within more wrappers than are opened");
        return false;
    }
    out->layer[out->n_layers++] = (struct badge_layer){.kind = kind, .object = object};
    return true;
}

static const char more_in_text[] = "a token seems to be in it, with something else";
static const char more_forms[] = "it has more forms inside than can be looked up in the registry";

/* Adds the digest of something opened inside, which a revocation may name. */
static void add_inner(struct reader *r, struct badge_text canonical)
{
    if (r->out->n_inner == BADGE_MAX_INNER)
        hide(r, more_forms);
    else
        badge_sha256(&r->out->inner[r->out->n_inner++], canonical.bytes, canonical.len);
}

static void add_inner_json(struct reader *r, const struct badge_json_value *value)
{
    struct badge_text canonical;
    if (badge_json_canonicalize(&canonical, r->arena, value, NULL) == BADGE_OK)
        add_inner(r, canonical);
    else
        hide_no_memory(r);
}

/* -- the wrappers -------------------------------------------------------------------------------------------------- */

/* The only element of a list, or what stands there instead of a list; NULL: none, or several. */
static const struct badge_json_value *only_one(const struct badge_json_value *value)
{
    if (!badge_json_is(value, BADGE_JSON_ARRAY))
        return badge_json_is(value, BADGE_JSON_NULL) ? NULL : value;
    return badge_json_count(value) == 1 ? badge_json_at(value, 0, NULL) : NULL;
}

static void open_only(struct reader *r, const struct badge_json_value *list)
{
    const struct badge_json_value *one = only_one(list);
    if (one)
        open_value(r, one);
    else
        hide(r, "it has not exactly one credential inside");
}

static const char unknown_members[] = "its wrapper has members that are not known";

#define JWT_CLAIMS "iss", "sub", "aud", "jti", "nbf", "exp", "iat", "nonce", "cnf"

static void open_presentation(struct reader *r, const struct badge_json_value *object)
{
    static const char *const known[] = {"@context",   "id",        "type",           "@id",
                                        "@type",      "holder",    "proof",          "verifiableCredential",
                                        "issuer",     "validFrom", "validUntil",     "issuanceDate",
                                        "expires",    "issued",    "expirationDate", "credentialStatus",
                                        "termsOfUse", "name",      "description",    "presentation_submission",
                                        JWT_CLAIMS};
    if (!shape_only_members(object, known, ARRAY_LEN(known)))
        hide(r, unknown_members);
    else
        open_only(r, badge_json_member(object, "verifiableCredential"));
}

static void open_graph(struct reader *r, const struct badge_json_value *object)
{
    static const char *const known[] = {"@context", "@graph", "@id", "id", JWT_CLAIMS};
    if (!shape_only_members(object, known, ARRAY_LEN(known)))
        hide(r, unknown_members);
    else
        open_only(r, badge_json_member(object, "@graph"));
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* RFC 2397: the bytes of a data: URL. False: it is none, or out of memory. */
static bool read_data_url(struct badge_text *out, struct badge_arena *arena, struct badge_text url)
{
    if (!core_text_skip(&url, "data:"))
        return false;
    const char *comma = memchr(url.bytes, ',', url.len);
    if (!comma)
        return false;
    struct badge_text media = {url.bytes, (size_t)(comma - url.bytes)};
    struct badge_text data = {comma + 1, url.len - media.len - 1};
    char *bytes = badge_arena_alloc(arena, data.len + 1);
    size_t n = 0;
    if (!bytes)
        return false;
    for (size_t i = 0; i < data.len; i++) {
        int high = data.bytes[i] == '%' && i + 2 < data.len ? hex_digit(data.bytes[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(data.bytes[i + 2]) : -1;
        bytes[n] = data.bytes[i];
        if (low >= 0) {
            bytes[n] = (char)(high << 4 | low);
            i += 2;
        }
        n++;
    }
    *out = (struct badge_text){bytes, n};
    if (media.len < 7 || memcmp(media.bytes + media.len - 7, ";base64", 7) != 0)
        return true;
    for (size_t i = 0; i < n; i++)
        bytes[i] = bytes[i] == '+' ? '-' : bytes[i] == '/' ? '_' : bytes[i];
    char *decoded = badge_arena_alloc(arena, n + 1);
    if (!decoded)
        return false;
    *out = (struct badge_text){decoded, text_form_base64url(decoded, bytes, n)};
    return true;
}

static void open_envelope(struct reader *r, const struct badge_json_value *object)
{
    static const char *const known[] = {"@context", "id", "type", "@id", "@type", JWT_CLAIMS};
    const struct badge_json_value *id = badge_json_member(object, "id");
    struct badge_text url, data;
    if (!shape_only_members(object, known, ARRAY_LEN(known)))
        hide(r, unknown_members);
    else if (!badge_json_string(id ? id : badge_json_member(object, "@id"), &url) ||
             !read_data_url(&data, r->arena, url) || !open_bytes(r, data))
        hide(r, "its envelope can't be opened");
}

#define CONTENT_MEMBERS                                                                                                \
    "credential", "credentials", "verifiableCredential", "presentation", "verifiablePresentation",                     \
        "verifiableCredentials", "compactJwsString", "jwt"

/* The one member of a request or an answer of an issuing API that has the credential; NULL: it is not one. */
static const struct badge_json_value *request_content(const struct badge_json_value *object)
{
    static const char *const content[] = {CONTENT_MEMBERS};
    const struct badge_json_value *found = NULL;
    for (size_t i = 0; i < ARRAY_LEN(content); i++) {
        const struct badge_json_value *member = reading_member(object, content[i]);
        if (!member || (badge_json_is(member, BADGE_JSON_ARRAY) && badge_json_count(member) == 0))
            continue;
        if (found)
            return NULL;
        found = member;
    }
    return found;
}

static bool is_request(const struct badge_json_value *object)
{
    return request_content(object) && !badge_json_member(object, "type") && !badge_json_member(object, "@type");
}

static void open_request(struct reader *r, const struct badge_json_value *object)
{
    static const char *const known[] = {CONTENT_MEMBERS,   "options",
                                        "format",          "credential_configuration_id",
                                        "c_nonce",         "c_nonce_expires_in",
                                        "notification_id", "transaction_id",
                                        "@context",        JWT_CLAIMS};
    static const char *const allowed[] = {
        "challenge",          "domain",       "created", "type", "cryptosuite", "mandatoryPointers", "proofPurpose",
        "verificationMethod", "credentialId", "checks"};
    const struct badge_json_value *options = badge_json_member(object, "options");
    if (!shape_only_members(object, known, ARRAY_LEN(known)) ||
        (options && !shape_only_members(options, allowed, ARRAY_LEN(allowed)) && shape_may_hide(options, NULL, 0)))
        hide(r, unknown_members);
    else
        open_only(r, request_content(object));
}

/* -- OpenAttestation 2: "salt:type:value" ----------------------------------------------------------------------------
 */

static const struct badge_json_value *unsalt_text(struct reader *r, struct badge_text text)
{
    static const struct {
        const char *type, *json;
    } literal[] = {{"null", "null"}, {"undefined", "null"}};
    const char *first = memchr(text.bytes, ':', text.len);
    const char *end = text.bytes + text.len;
    const char *second = first ? memchr(first + 1, ':', (size_t)(end - first - 1)) : NULL;
    const struct badge_json_value *value = NULL;
    if (!second)
        return NULL;
    struct badge_text type = {first + 1, (size_t)(second - first - 1)};
    struct badge_text rest = {second + 1, (size_t)(end - second - 1)};
    for (size_t i = 0; i < ARRAY_LEN(literal); i++)
        if (core_text_is(type, literal[i].type))
            rest = (struct badge_text){literal[i].json, 4};
    enum badge_status status = BADGE_ESYNTAX;
    if (!core_text_is(type, "string"))
        status = badge_json_parse(&value, r->arena, rest.bytes, rest.len, NULL);
    if (status == BADGE_ENOMEM)
        value = NULL;
    else if (status != BADGE_OK)
        value = core_json_string(r->arena, rest);
    if (!value)
        hide_no_memory(r);
    return value;
}

static const struct badge_json_value *unsalt(struct reader *r, const struct badge_json_value *value)
{
    struct badge_text text;
    if (badge_json_string(value, &text)) {
        const struct badge_json_value *plain = unsalt_text(r, text);
        return plain ? plain : value;
    }
    size_t n = badge_json_count(value);
    if (n == 0)
        return value;
    struct badge_json_value *copy = core_json_copy(r->arena, value);
    for (size_t i = 0; copy && i < n; i++) {
        const struct badge_json_value *child = unsalt(r, badge_json_at(value, i, NULL));
        if (!child)
            return NULL;
        core_json_set(copy, i, child);
    }
    return copy;
}

static void open_openattestation2(struct reader *r, const struct badge_json_value *object)
{
    static const char *const known[] = {"version", "schema", "data", "privacy", "signature", "proof"};
    const struct badge_json_value *privacy = badge_json_member(object, "privacy");
    const struct badge_json_value *data = unsalt(r, badge_json_member(object, "data"));
    if (!data) {
        hide_no_memory(r);
        data = object;
    }
    if (!push(r, BADGE_LAYER_OPENATTESTATION, data))
        return;
    if (!shape_only_members(object, known, ARRAY_LEN(known)))
        hide(r, unknown_members);
    if (badge_json_count(badge_json_member(privacy, "obfuscatedData")) > 0)
        hide(r, "members of it were removed by its holder");
}

/* -- tokens -------------------------------------------------------------------------------------------------------- */

/* The payload of a token or JWS, which is the credential, or has it as `vc`, or wraps it. */
static void open_payload(struct reader *r, const struct badge_json_value *payload)
{
    const struct badge_json_value *vc = reading_member(payload, "vc"), *vp = reading_member(payload, "vp");
    static const char *const known[] = {JWT_CLAIMS, "vp", "typ", "holder"};
    if (vc && vp) {
        hide(r, "it has not exactly one credential inside");
    } else if (vp && (!badge_json_is(vp, BADGE_JSON_OBJECT) || !shape_only_members(payload, known, ARRAY_LEN(known)))) {
        hide(r, unknown_members);
    } else if (vp) {
        open_object(r, vp);
    } else if (vc && !badge_json_is(vc, BADGE_JSON_OBJECT)) {
        hide(r, "its vc is not an object");
    } else if (vc) {
        if (shape_is_credential(vc) ||
            !(shape_is_envelope(vc) || shape_is_presentation(vc) || badge_json_member(vc, "@graph"))) {
            /* known to be a credential by where it stands, whatever its type */
            if (push(r, BADGE_LAYER_CREDENTIAL, vc))
                add_inner_json(r, vc);
        } else {
            open_object(r, vc);
        }
    } else if (shape_is_presentation(payload)) {
        open_presentation(r, payload);
    } else if (shape_is_envelope(payload)) {
        open_envelope(r, payload);
    } else if (badge_json_member(payload, "@graph")) {
        open_graph(r, payload);
    } else if (shape_is_jws(payload) || shape_is_openattestation2(payload)) {
        open_object(r, payload);
    } else if (shape_is_credential(payload)) {
        add_inner_json(r, payload);
    } else if (is_request(payload)) {
        open_request(r, payload);
    } else if (badge_json_member(payload, "@context") ? !shape_is_record(payload) : shape_may_hide(payload, NULL, 0)) {
        if (!reading_member(payload, "issuer") || badge_json_member(payload, "@context"))
            hide(r, "it is of no known type, so its claims may have other names");
    }
}

/* Whether a payload that is not a JSON object may have claims: as a nested token, or compressed (header `zip`), or not
 * encoded (header `b64` of RFC 7797). */
static bool hides_claims(struct reader *r, struct badge_text header, enum kind payload)
{
    const struct badge_json_value *document;
    if (payload == KIND_COMPACT || payload == KIND_SD_JWT || payload == KIND_JWE)
        return true;
    if (badge_json_parse(&document, r->arena, header.bytes, header.len, NULL) == BADGE_OK)
        return badge_json_member(document, "zip") || badge_json_member(document, "b64");
    /* A malformed header may say so; what is not JSON at all is not a header. */
    return kind_of(header.bytes, header.len) == KIND_JSON;
}

static bool decode_part(struct reader *r, struct badge_text *out, struct badge_text part)
{
    char *text = badge_arena_alloc(r->arena, part.len + 1);
    if (!text) {
        r->no_memory = true;
        hide_no_memory(r);
        return false;
    }
    *out = (struct badge_text){text, text_form_base64url(text, part.bytes, part.len)};
    return true;
}

/* Whether the text is base64: of any alphabet, padded, in lines. JSON never is: it has brackets. */
static bool is_encoded(struct badge_text text)
{
    static const char also[] = "+/= \t\r\n";
    uint8_t value;
    for (size_t i = 0; i < text.len; i++)
        if (!kind_is_base64url((uint8_t)text.bytes[i], &value) && !memchr(also, text.bytes[i], sizeof also - 1))
            return false;
    return true;
}

/* What a token begins with, where the rest of it is not one. */
static bool is_like_token(struct badge_text text)
{
    return text_form_has_token(text) || (core_text_skip(&text, "eyJ") && text.len > 40);
}

/* kind: of the layer; header and payload in base64url. */
static void open_signed(struct reader *r, enum badge_layer_kind kind, struct badge_text header64,
                        struct badge_text payload64)
{
    struct badge_text header, payload;
    const struct badge_json_value *object = NULL;
    if (!push(r, kind, NULL) || !decode_part(r, &header, header64) || !decode_part(r, &payload, payload64))
        return;
    enum kind inside = kind_of(payload.bytes, payload.len);
    if (!is_encoded(payload64) || (inside != KIND_JSON && hides_claims(r, header, inside))) {
        hide(r, "its payload is compressed, not encoded, or a nested token");
        return;
    }
    if (inside != KIND_JSON) {
        if (!open_bytes(r, payload) && is_like_token(payload))
            hide(r, more_in_text);
        return;
    }
    enum badge_status status = badge_json_parse(&object, r->arena, payload.bytes, payload.len, NULL);
    if (status == BADGE_ENOMEM) {
        r->no_memory = true;
        hide_no_memory(r);
    } else if (status != BADGE_OK) {
        hide(r, "its payload is not well-formed JSON");
    } else {
        r->out->layer[r->out->n_layers - 1].object = object;
        open_payload(r, object);
    }
}

static struct badge_text next_part(struct badge_text *rest)
{
    const char *dot = memchr(rest->bytes, '.', rest->len);
    struct badge_text part = {rest->bytes, dot ? (size_t)(dot - rest->bytes) : rest->len};
    rest->bytes += dot ? part.len + 1 : part.len;
    rest->len -= dot ? part.len + 1 : part.len;
    return part;
}

/* as_sent: the same token before it was tidied, or itself */
static void open_token(struct reader *r, struct badge_text token, struct badge_text as_sent)
{
    struct badge_text header = next_part(&token), payload = next_part(&token);
    size_t at = r->out->n_layers;
    open_signed(r, BADGE_LAYER_TOKEN, header, payload);
    if (at < r->out->n_layers)
        r->out->layer[at].token = as_sent;
}

/* The compact form of one signature, so that its digest is looked up too. */
static void add_compact(struct reader *r, struct badge_text header, struct badge_text payload,
                        const struct badge_json_value *signature)
{
    struct badge_text value;
    if (!badge_json_string(signature, &value))
        return;
    size_t len = header.len + payload.len + value.len + 2;
    if (r->out->n_inner == BADGE_MAX_INNER) {
        hide(r, more_forms);
        return;
    }
    char *compact = badge_arena_alloc(r->arena, len);
    if (!compact) {
        hide_no_memory(r);
        return;
    }
    memcpy(compact, header.bytes, header.len);
    compact[header.len] = '.';
    memcpy(compact + header.len + 1, payload.bytes, payload.len);
    compact[header.len + 1 + payload.len] = '.';
    memcpy(compact + header.len + payload.len + 2, value.bytes, value.len);
    add_inner(r, (struct badge_text){compact, len});
}

/* RFC 7515 section 7.2: one signature beside the payload, or several in a list. */
static void open_jws(struct reader *r, const struct badge_json_value *object)
{
    static const char *const known[] = {"payload", "protected", "header", "signature", "signatures"};
    static const char *const known_signature[] = {"protected", "header", "signature"};
    const struct badge_json_value *list = badge_json_member(object, "signatures");
    struct badge_text payload, header = {"", 0};
    size_t n = list ? badge_json_count(list) : 1;
    bool is_known = shape_only_members(object, known, ARRAY_LEN(known)) && n > 0 &&
                    (!list || (badge_json_is(list, BADGE_JSON_ARRAY) && !badge_json_member(object, "signature") &&
                               !badge_json_member(object, "protected")));
    (void)badge_json_string(badge_json_member(object, "payload"), &payload);
    for (size_t i = 0; is_known && i < n; i++) {
        const struct badge_json_value *one = list ? badge_json_at(list, i, NULL) : object;
        const struct badge_json_value *protected = badge_json_member(one, "protected");
        is_known = badge_json_is(one, BADGE_JSON_OBJECT) && (!protected || badge_json_string(protected, &header)) &&
                   (!list || shape_only_members(one, known_signature, ARRAY_LEN(known_signature)));
        if (is_known && protected)
            add_compact(r, header, payload, badge_json_member(one, "signature"));
    }
    if (!is_known) {
        if (push(r, BADGE_LAYER_JWS, NULL))
            hide(r, unknown_members);
        return;
    }
    size_t at = r->out->n_layers;
    open_signed(r, BADGE_LAYER_JWS, header, payload);
    if (at < r->out->n_layers)
        r->out->layer[at].jws = object;
}

/* -- each of them -------------------------------------------------------------------------------------------------- */

static void open_credential(struct reader *r, enum badge_layer_kind kind, const struct badge_json_value *object)
{
    bool is_inner = r->out->n_layers > 0;
    const struct badge_json_value *proof = badge_json_member(object, "proof");
    if (!push(r, kind, object))
        return;
    if (is_inner)
        add_inner_json(r, object);
    /* OpenAttestation 3 */
    if (badge_json_count(badge_json_member(badge_json_member(proof, "privacy"), "obfuscated")) > 0)
        hide(r, "members of it were removed by its holder");
}

static void open_document(struct reader *r, const struct badge_json_value *object)
{
    bool is_inner = r->out->n_layers > 0;
    if (!push(r, BADGE_LAYER_DOCUMENT, object))
        return;
    if (is_inner)
        add_inner_json(r, object);
    if (badge_json_member(object, "@context"))
        hide(r, "it is of no known type, so its claims may have other names");
    for (size_t i = 0; i < badge_json_count(object); i++) {
        struct badge_text name;
        const struct badge_json_value *member = badge_json_at(object, i, &name);
        if (shape_text_may_hide(name) || shape_may_hide(member, NULL, 0))
            hide(r, "a credential seems to be inside of something that is not known");
    }
}

static void open_object(struct reader *r, const struct badge_json_value *object)
{
    static const char *const endorsed[] = {"endorsement", "endorsementJwt"};
    if (shape_is_jws(object)) {
        open_jws(r, object);
    } else if (shape_is_presentation(object)) {
        if (push(r, BADGE_LAYER_PRESENTATION, object))
            open_presentation(r, object);
    } else if (shape_is_envelope(object)) {
        if (push(r, BADGE_LAYER_ENVELOPE, object))
            open_envelope(r, object);
    } else if (badge_json_member(object, "@graph")) {
        if (push(r, BADGE_LAYER_GRAPH, object))
            open_graph(r, object);
    } else if (shape_is_record(object)) {
        open_credential(r, BADGE_LAYER_RECORD, object);
        if (!shape_is_credential(object) && shape_may_hide(object, endorsed, ARRAY_LEN(endorsed)))
            hide(r, "a credential seems to be inside of something that is not known");
    } else if (shape_is_credential(object)) {
        open_credential(r, BADGE_LAYER_CREDENTIAL, object);
    } else if (shape_is_openattestation2(object)) {
        open_openattestation2(r, object);
    } else if (is_request(object)) {
        if (push(r, BADGE_LAYER_REQUEST, object))
            open_request(r, object);
    } else {
        open_document(r, object);
    }
}

static void open_value(struct reader *r, const struct badge_json_value *value)
{
    struct badge_text text;
    if (badge_json_is(value, BADGE_JSON_OBJECT))
        open_object(r, value);
    else if (!badge_json_string(value, &text) || !open_bytes(r, text))
        hide(r, "what its wrapper has inside can't be opened");
}

static void open_array(struct reader *r, const struct badge_json_value *array)
{
    const struct badge_json_value *one = badge_json_at(array, 0, NULL);
    if (!push(r, BADGE_LAYER_ARRAY, NULL))
        return;
    if (badge_json_count(array) == 1 && badge_json_is(one, BADGE_JSON_OBJECT))
        open_object(r, one);
    else if (badge_json_count(array) == 1 && shape_may_hide(one, NULL, 0))
        open_value(r, one);
    else if (shape_may_hide(array, NULL, 0))
        hide(r, "it has not exactly one credential inside");
}

/* Whether text that is not well-formed JSON was meant as JSON. */
static bool is_like_json(struct badge_text text)
{
    struct badge_text rest = text;
    if (!core_text_skip(&rest, "{") && !core_text_skip(&rest, "["))
        return false;
    rest = core_text_trim(rest);
    if (core_text_skip(&rest, "\\\"")) /* JSON within a JSON string */
        return true;
    return rest.len == 0 || (strchr("\"'{[/", *rest.bytes) ? *rest.bytes != '\0' : (uint8_t)*rest.bytes >= 0x80);
}

/* Whether the text is a token; hidden if there is no memory to say. */
static bool read_token(struct reader *r, struct badge_text *token, bool *padded, struct badge_text text)
{
    char *room = badge_arena_alloc(r->arena, text.len + 1);
    if (!room) {
        hide_no_memory(r);
        return false;
    }
    return text_form_token(token, padded, room, text);
}

/* Opens text that is a token or JSON. False: it is neither. */
static bool open_text(struct reader *r, struct badge_text text)
{
    const struct badge_json_value *value = NULL;
    struct badge_text token;
    bool padded = false;
    if (text.len > 0 && (*text.bytes == '{' || *text.bytes == '[')) {
        enum badge_status status = badge_json_parse(&value, r->arena, text.bytes, text.len, NULL);
        if (status == BADGE_OK && badge_json_is(value, BADGE_JSON_OBJECT))
            open_object(r, value);
        else if (status == BADGE_OK)
            open_array(r, value);
        else if (status == BADGE_ENOMEM)
            hide_no_memory(r);
        else if (is_like_json(text))
            hide(r, "it looks like JSON, but is not well-formed");
        else
            return false;
        return true;
    }
    if (read_token(r, &token, &padded, text)) {
        enum kind kind = kind_of(token.bytes, token.len);
        if (kind == KIND_SD_JWT || kind == KIND_JWE)
            hide(r, "an encrypted token or an SD-JWT is inside");
        if (kind == KIND_COMPACT) {
            if (r->out->n_layers == 1 && r->out->layer[0].kind == BADGE_LAYER_TEXT)
                r->out->has_padded_token = padded;
            add_inner(r, token);
            open_token(r, token, padded ? text : token);
        }
        if (kind != KIND_RAW)
            return true;
    }
    return false;
}

/* The same for bytes, which are read leniently. */
static bool open_bytes(struct reader *r, struct badge_text bytes)
{
    struct badge_text text;
    if (text_form_read(&text, r->arena, bytes))
        return open_text(r, text);
    hide_no_memory(r);
    return true;
}

/* -- the whole ----------------------------------------------------------------------------------------------------- */

static void finish(struct reader *r)
{
    struct badge_reading *out = r->out;
    if (!out->hidden && alias_hides(out->layer, out->n_layers))
        out->hidden = "terms of its own context may say the same under other names";
}

void reading_of_json(struct badge_reading *out, struct badge_arena *arena, const struct badge_json_value *document)
{
    struct reader r = {.out = out, .arena = arena};
    *out = (struct badge_reading){0};
    open_object(&r, document);
    finish(&r);
}

enum badge_status reading_of_token(struct badge_reading *out, struct badge_arena *arena, struct badge_text token)
{
    struct reader r = {.out = out, .arena = arena};
    *out = (struct badge_reading){0};
    open_token(&r, token, token);
    finish(&r);
    return r.no_memory ? BADGE_ENOMEM : BADGE_OK;
}

/* The bytes as the digester calls them: raw. */
static void read_raw(struct reader *r, struct badge_text bytes)
{
    struct badge_text text;
    if (!push(r, BADGE_LAYER_TEXT, NULL) || !text_form_begins(bytes.bytes, bytes.len))
        return;
    if (!text_form_read(&text, r->arena, bytes))
        hide_no_memory(r);
    else if (!open_text(r, text) && is_like_token(text))
        hide(r, more_in_text);
}

void reading_of_bytes(struct badge_reading *out, struct badge_arena *arena, struct badge_text bytes)
{
    struct reader r = {.out = out, .arena = arena};
    *out = (struct badge_reading){0};
    read_raw(&r, bytes);
    if (out->n_layers == 1 && !out->hidden)
        out->layer[0].kind = BADGE_LAYER_BYTES;
    finish(&r);
}

void reading_of_long(struct badge_reading *out, struct badge_arena *arena, struct badge_text first)
{
    struct badge_text text;
    *out = (struct badge_reading){.n_layers = 1, .layer = {{.kind = BADGE_LAYER_BYTES}}};
    if (!text_form_begins(first.bytes, first.len))
        return;
    if (!text_form_read(&text, arena, first) || is_like_json(text) || core_text_skip(&text, "eyJ"))
        out->hidden = "it is too large to be read";
}

const char *badge_layer_name(enum badge_layer_kind kind)
{
    static const char *const name[] = {
        [BADGE_LAYER_BYTES] = "bytes",
        [BADGE_LAYER_TEXT] = "text",
        [BADGE_LAYER_TOKEN] = "token",
        [BADGE_LAYER_JWS] = "jws",
        [BADGE_LAYER_PRESENTATION] = "presentation",
        [BADGE_LAYER_ENVELOPE] = "envelope",
        [BADGE_LAYER_REQUEST] = "request",
        [BADGE_LAYER_GRAPH] = "graph",
        [BADGE_LAYER_ARRAY] = "array",
        [BADGE_LAYER_OPENATTESTATION] = "openattestation",
        [BADGE_LAYER_CREDENTIAL] = "credential",
        [BADGE_LAYER_RECORD] = "record",
        [BADGE_LAYER_DOCUMENT] = "document",
    };
    BADGE_ASSERT((size_t)kind < ARRAY_LEN(name));
    return name[kind];
}

const char *badge_reading_refusal(const struct badge_reading *reading)
{
    const struct badge_layer *last = &reading->layer[reading->n_layers - 1];
    if (reading->has_padded_token)
        return "It is a token with base64 padding, or in base64 that is not base64url: RFC 7515 has neither, and its "
               "signature would not hold. Send the token as its issuer signed it.";
    if (last->kind == BADGE_LAYER_DOCUMENT && reading->layer[0].kind != BADGE_LAYER_TEXT)
        return "It is a JSON object, but of no type of credential that is known here; send the credential itself, or "
               "the document as application/octet-stream.";
    return NULL;
}
