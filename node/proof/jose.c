/*
 * Reads JWS headers for the inquiry.
 *
 * Invariant: nothing of a header is passed over that could change what is verified, by which key or how: what is not
 * known and could is a code.
 */
#include "proof/jose.h"

#include <string.h>

#include "core/compiler.h"
#include "core/format.h"
#include "core/text.h"
#include "proof/multibase.h"

static const char malformed[] = "proof_malformed", unknown[] = "proof_suite_unknown";

/* The first finding stays. */
static void find(struct jose_signature *out, const char *code, const char *why)
{
    if (out->code)
        return;
    out->code = code;
    (void)core_format(out->detail, sizeof out->detail, "%s", why);
}

/* -- header -------------------------------------------------------------------------------------------------------- */

/* Of one signature; in a compact JWS only the first. Their names are disjoint. */
struct header {
    const struct badge_json_value *protected_, *other;
};

static const struct badge_json_value *member(const struct header *header, const char *name)
{
    const struct badge_json_value *found = badge_json_member(header->protected_, name);
    return found ? found : badge_json_member(header->other, name);
}

static bool has_name(const struct badge_json_value *object, struct badge_text name)
{
    for (size_t i = 0; i < badge_json_count(object); i++) {
        struct badge_text one;
        (void)badge_json_at(object, i, &one);
        if (core_text_equal(one, name))
            return true;
    }
    return false;
}

static bool is_disjoint(const struct header *header)
{
    for (size_t i = 0; i < badge_json_count(header->other); i++) {
        struct badge_text name;
        (void)badge_json_at(header->other, i, &name);
        if (has_name(header->protected_, name))
            return false;
    }
    return true;
}

/* RFC 7515 section 4.1.11: a list of names that are in the header, none of them the standard's own or twice. */
static bool is_critical_list(const struct header *header, const struct badge_json_value *crit)
{
    static const char *const standard[] = {"alg", "jku", "jwk",      "kid", "x5u", "x5c",
                                           "x5t", "typ", "x5t#S256", "cty", "crit"};
    size_t n = badge_json_count(crit);
    if (!badge_json_is(crit, BADGE_JSON_ARRAY) || n == 0 || n > 16)
        return false;
    for (size_t i = 0; i < n; i++) {
        struct badge_text name, earlier;
        if (!badge_json_string(badge_json_at(crit, i, NULL), &name) || !has_name(header->protected_, name))
            return false;
        for (size_t j = 0; j < ARRAY_LEN(standard); j++)
            if (core_text_is(name, standard[j]))
                return false;
        for (size_t j = 0; j < i; j++)
            if (badge_json_string(badge_json_at(crit, j, NULL), &earlier) && core_text_equal(earlier, name))
                return false;
    }
    return true;
}

static void check_extensions(struct jose_signature *out, const struct header *header)
{
    static const char *const never[][2] = {
        {"b64", "its payload is not encoded (b64)"},
        {"jku", "its key is behind an address (jku), which is not followed"},
        {"x5u", "its key is behind an address (x5u), which is not followed"},
        {"x5c", "its key is in a certificate (x5c), which is not read"},
    };
    const struct badge_json_value *crit = badge_json_member(header->protected_, "crit");
    if (badge_json_member(header->other, "crit") || (crit && !is_critical_list(header, crit)))
        find(out, malformed, "its crit is not a list of names of its protected header");
    for (size_t i = 0; i < ARRAY_LEN(never); i++)
        if (member(header, never[i][0]))
            find(out, unknown, never[i][1]);
    if (crit)
        find(out, unknown, "its header has a critical extension that is not known here");
}

/* Whether an algorithm makes nothing that anybody else could verify: none at all, or a code with a shared secret. */
static bool is_unsigned(struct badge_text alg)
{
    static const char *const names[] = {"HS256", "HS384", "HS512"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (core_text_is(alg, names[i]))
            return true;
    return alg.len == 4 && (alg.bytes[0] | 0x20) == 'n' && (alg.bytes[1] | 0x20) == 'o' &&
           (alg.bytes[2] | 0x20) == 'n' && (alg.bytes[3] | 0x20) == 'e';
}

static const struct {
    const char *name;
    enum badge_signature_algorithm algorithm;
} algorithms[] = {
    {"EdDSA", BADGE_SIGNATURE_ED25519}, {"Ed25519", BADGE_SIGNATURE_ED25519}, /* RFC 8037, RFC 9864 */
    {"ES256", BADGE_SIGNATURE_ES256},   {"ES384", BADGE_SIGNATURE_ES384},     {"ES256K", BADGE_SIGNATURE_ES256K},
    {"RS256", BADGE_SIGNATURE_RS256},   {"PS256", BADGE_SIGNATURE_PS256},
};

/* False: not one of them. */
static bool algorithm_named(enum badge_signature_algorithm *out, struct badge_text name)
{
    for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
        if (core_text_is(name, algorithms[i].name)) {
            *out = algorithms[i].algorithm;
            return true;
        }
    }
    return false;
}

static void read_algorithm(struct jose_signature *out, const struct header *header)
{
    struct badge_text alg;
    const struct badge_json_value *value = member(header, "alg");
    if (!badge_json_string(value, &alg)) {
        find(out, malformed, "its header has no alg");
        return;
    }
    (void)core_format(out->suite, sizeof out->suite, "%.*s", (int)(alg.len < 40 ? alg.len : 40), alg.bytes);
    if (is_unsigned(alg))
        find(out, malformed, "its alg makes no signature that others could verify");
    else if (!badge_json_member(header->protected_, "alg"))
        find(out, unknown, "its alg is not in the protected header");
    else if (!algorithm_named(&out->algorithm, alg))
        find(out, unknown, "its alg is not known here");
}

static void read_kid(struct jose_signature *out, const struct header *header)
{
    const struct badge_json_value *kid = member(header, "kid");
    struct badge_text rest;
    out->kid = (struct badge_text){"", 0};
    if (!kid)
        return;
    if (!badge_json_string(kid, &out->kid) || out->kid.len == 0) {
        find(out, malformed, "its kid is not a text");
        return;
    }
    rest = out->kid;
    if (core_text_skip(&rest, "did:"))
        out->kid_form = JOSE_KID_DID_URL;
    else if (core_text_skip(&rest, "https://"))
        out->kid_form = JOSE_KID_URL;
    else
        out->kid_form = *out->kid.bytes == '#' ? JOSE_KID_FRAGMENT : JOSE_KID_BARE;
}

static void read_jwk(struct jose_signature *out, const struct header *header)
{
    out->jwk = member(header, "jwk");
    if (!out->jwk)
        return;
    struct badge_err err;
    enum badge_status status = badge_key_from_jwk(&out->key, out->jwk, &err);
    if (status != BADGE_OK)
        find(out, status == BADGE_EUNSUPPORTED ? unknown : malformed, err.text);
    else if (!out->code && jose_key_misfit(out->algorithm, &out->key, out->jwk))
        find(out, malformed, jose_key_misfit(out->algorithm, &out->key, out->jwk));
}

/* Both headers, once they are JSON objects or absent. */
static void read_header(struct jose_signature *out, const struct header *header)
{
    const struct badge_json_value *typ = member(header, "typ");
    if (!is_disjoint(header))
        find(out, malformed, "a name is in both of its headers");
    if (typ && !badge_json_string(typ, &out->typ))
        find(out, malformed, "its typ is not a text");
    read_algorithm(out, header);
    check_extensions(out, header);
    read_kid(out, header);
    read_jwk(out, header);
}

/* -- parts --------------------------------------------------------------------------------------------------------- */

/* Decodes a part; *bytes NULL: it is not base64url, or longer. errors    BADGE_ENOMEM */
static enum badge_status decode(struct badge_text *out, struct badge_arena *arena, struct badge_text part,
                                size_t max_len)
{
    *out = (struct badge_text){NULL, 0};
    if (part.len > max_len / 3 * 4 + 4)
        return BADGE_OK;
    char *bytes = badge_arena_alloc(arena, part.len + 1);
    if (!bytes)
        return BADGE_ENOMEM;
    if (multibase_base64url(bytes, &out->len, max_len, part))
        out->bytes = bytes;
    return BADGE_OK;
}

static const char not_base64url[] = "a part of it is not base64url without padding, or too long";

/* A protected header as JSON; *header NULL: it is not one, and out says so. errors    BADGE_ENOMEM */
static enum badge_status read_protected(struct jose_signature *out, const struct badge_json_value **header,
                                        struct badge_arena *arena, struct badge_text part)
{
    struct badge_text json;
    *header = NULL;
    enum badge_status status = decode(&json, arena, part, JOSE_MAX_HEADER);
    if (status != BADGE_OK || !json.bytes) {
        find(out, malformed, not_base64url);
        return status;
    }
    status = badge_json_parse(header, arena, json.bytes, json.len, NULL);
    if (status != BADGE_OK || !badge_json_is(*header, BADGE_JSON_OBJECT)) {
        *header = NULL;
        find(out, malformed, "its header is not a JSON object");
    }
    return status == BADGE_ENOMEM ? status : BADGE_OK;
}

static enum badge_status read_signature(struct jose_signature *out, struct badge_arena *arena, struct badge_text part)
{
    enum badge_status status = decode(&out->signature, arena, part, BADGE_SIGNATURE_MAX_LEN);
    if (!out->signature.bytes || out->signature.len == 0) {
        out->signature = (struct badge_text){"", 0};
        find(out, malformed, part.len > 0 ? not_base64url : "it has no signature");
    }
    return status;
}

static void begin(struct jose_signature *out)
{
    const struct badge_text none = {"", 0};
    *out = (struct jose_signature){.typ = none, .kid = none, .message = none, .signature = none};
}

static bool is_base64url(struct badge_text text)
{
    size_t len;
    return multibase_base64url(NULL, &len, SIZE_MAX, text);
}

/* -- compact ------------------------------------------------------------------------------------------------------- */

enum badge_status jose_read_compact(struct jose_signature *out, struct badge_arena *arena, struct badge_text token,
                                    struct badge_err *err)
{
    struct badge_text part[3];
    struct header header = {0};
    const char *at = token.bytes, *end = token.bytes + token.len;
    begin(out);
    for (size_t i = 0; i < ARRAY_LEN(part); i++) {
        const char *dot = at && at < end ? memchr(at, '.', (size_t)(end - at)) : NULL;
        if ((i < ARRAY_LEN(part) - 1) != !!dot) {
            find(out, malformed, "it does not have three parts");
            return BADGE_OK;
        }
        part[i] = (struct badge_text){at, (size_t)((dot ? dot : end) - at)};
        at = dot ? dot + 1 : end;
    }
    out->message = (struct badge_text){token.bytes, part[0].len + 1 + part[1].len};
    if (!is_base64url(part[1]))
        find(out, malformed, not_base64url);
    if (read_signature(out, arena, part[2]) != BADGE_OK ||
        read_protected(out, &header.protected_, arena, part[0]) != BADGE_OK)
        return badge_no_memory(err);
    if (header.protected_)
        read_header(out, &header);
    return BADGE_OK;
}

/* -- JSON ---------------------------------------------------------------------------------------------------------- */

static enum badge_status join(struct badge_text *out, struct badge_arena *arena, struct badge_text header,
                              struct badge_text payload)
{
    char *bytes = badge_arena_alloc(arena, header.len + 1 + payload.len);
    if (!bytes)
        return BADGE_ENOMEM;
    memcpy(bytes, header.bytes, header.len);
    bytes[header.len] = '.';
    memcpy(bytes + header.len + 1, payload.bytes, payload.len);
    *out = (struct badge_text){bytes, header.len + 1 + payload.len};
    return BADGE_OK;
}

/* One member of `signatures`, or a flattened JWS. errors    BADGE_ENOMEM */
static enum badge_status read_one(struct jose_signature *out, struct badge_arena *arena,
                                  const struct badge_json_value *one, struct badge_text payload)
{
    const struct badge_json_value *protected_ = badge_json_member(one, "protected"),
                                  *signature = badge_json_member(one, "signature");
    struct header header = {.other = badge_json_member(one, "header")};
    struct badge_text encoded = {"", 0}, signature_text = {"", 0};
    begin(out);
    if ((protected_ && !badge_json_string(protected_, &encoded)) || !badge_json_string(signature, &signature_text) ||
        (header.other && !badge_json_is(header.other, BADGE_JSON_OBJECT))) {
        find(out, malformed, "a member of the JWS is not of its type");
        return BADGE_OK;
    }
    enum badge_status status = read_signature(out, arena, signature_text);
    if (status == BADGE_OK && encoded.len > 0)
        status = read_protected(out, &header.protected_, arena, encoded);
    if (status == BADGE_OK)
        status = join(&out->message, arena, encoded, payload);
    if (status == BADGE_OK && (header.protected_ || encoded.len == 0))
        read_header(out, &header);
    return status;
}

enum badge_status jose_read_json(struct jose_signature out[JOSE_MAX_SIGNATURES], size_t *n, struct badge_arena *arena,
                                 const struct badge_json_value *jws, struct badge_err *err)
{
    const struct badge_json_value *list = badge_json_member(jws, "signatures");
    struct badge_text payload;
    bool is_flattened = badge_json_member(jws, "signature") || badge_json_member(jws, "protected") ||
                        badge_json_member(jws, "header");
    *n = 1;
    begin(&out[0]);
    if (!badge_json_string(badge_json_member(jws, "payload"), &payload) || !is_base64url(payload)) {
        find(&out[0], malformed, "its payload is not base64url without padding");
        return BADGE_OK;
    }
    if (list && (is_flattened || !badge_json_is(list, BADGE_JSON_ARRAY) || badge_json_count(list) == 0)) {
        find(&out[0], malformed, "it is neither a general nor a flattened JWS");
        return BADGE_OK;
    }
    if (list && badge_json_count(list) > JOSE_MAX_SIGNATURES)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "it has more than %d signatures", JOSE_MAX_SIGNATURES);
    *n = list ? badge_json_count(list) : 1;
    for (size_t i = 0; i < *n; i++)
        if (read_one(&out[i], arena, list ? badge_json_at(list, i, NULL) : jws, payload) != BADGE_OK)
            return badge_no_memory(err);
    return BADGE_OK;
}

/* -- algorithms and keys ------------------------------------------------------------------------------------------- */

bool jose_algorithm_of(enum badge_signature_algorithm *out, const struct badge_public_key *key)
{
    static const enum badge_signature_algorithm of[] = {
        [BADGE_KEY_ED25519] = BADGE_SIGNATURE_ED25519,
        [BADGE_KEY_P256] = BADGE_SIGNATURE_ES256,
        [BADGE_KEY_P384] = BADGE_SIGNATURE_ES384,
        [BADGE_KEY_SECP256K1] = BADGE_SIGNATURE_ES256K,
    };
    if (key->type == BADGE_KEY_NONE || key->type == BADGE_KEY_RSA)
        return false;
    *out = of[key->type];
    return true;
}

const char *jose_key_misfit(enum badge_signature_algorithm algorithm, const struct badge_public_key *key,
                            const struct badge_json_value *jwk)
{
    enum badge_signature_algorithm own;
    const struct badge_json_value *alg = badge_json_member(jwk, "alg");
    struct badge_text name;
    bool is_rsa = algorithm == BADGE_SIGNATURE_RS256 || algorithm == BADGE_SIGNATURE_PS256;
    if (is_rsa ? key->type != BADGE_KEY_RSA : !jose_algorithm_of(&own, key) || own != algorithm)
        return "its key is not one of its algorithm";
    if (alg && (!badge_json_string(alg, &name) || !algorithm_named(&own, name) || own != algorithm))
        return "its key is for another algorithm, as its JWK says";
    return NULL;
}
