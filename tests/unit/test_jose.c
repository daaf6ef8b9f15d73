/* JWS headers, the keys that fit them, and the claims of a JWT against its credential. */
#include "support/vectors.h"

#include "proof/document.h"
#include "proof/jose.h"
#include "proof/multibase.h"

static struct badge_arena arena;

static struct badge_text text_of(const char *text)
{
    return (struct badge_text){text, strlen(text)};
}

static const struct badge_json_value *parse(const char *json)
{
    const struct badge_json_value *value;
    assert_int_equal(badge_json_parse(&value, &arena, json, strlen(json), NULL), BADGE_OK);
    return value;
}

static struct jose_signature read_compact(const char *token)
{
    struct jose_signature out;
    assert_int_equal(jose_read_compact(&out, &arena, text_of(token), NULL), BADGE_OK);
    assert_true(!out.code || out.detail[0]);
    return out;
}

/* Whether the signature holds by the key of a JWK. */
static bool holds_by(const struct jose_signature *signature, const struct badge_public_key *key,
                     const struct badge_json_value *jwk)
{
    bool holds = false;
    if (signature->code || jose_key_misfit(signature->algorithm, key, jwk))
        return false;
    assert_int_equal(
        badge_signature_verify(&holds, signature->algorithm, key, signature->message, signature->signature, NULL),
        BADGE_OK);
    return holds;
}

static bool holds(const char *token, const char *jwk_json)
{
    struct badge_public_key key;
    const struct badge_json_value *jwk = parse(jwk_json);
    struct jose_signature signature = read_compact(token);
    return badge_key_from_jwk(&key, jwk, NULL) == BADGE_OK && holds_by(&signature, &key, jwk);
}

/* The payload of a token that was read. */
static const struct badge_json_value *payload_of(const struct jose_signature *signature)
{
    const char *dot = memchr(signature->message.bytes, '.', signature->message.len);
    struct badge_text part = {dot + 1, signature->message.len - (size_t)(dot + 1 - signature->message.bytes)};
    char *json = badge_arena_alloc(&arena, part.len + 1);
    size_t len;
    const struct badge_json_value *out;
    assert_non_null(json);
    assert_true(multibase_base64url(json, &len, part.len, part));
    assert_int_equal(badge_json_parse(&out, &arena, json, len, NULL), BADGE_OK);
    return out;
}

/* A token of a header in plain text, with payload "{}" and a signature of three bytes. */
static char *token_of(const char *header)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t len = strlen(header), n = 0;
    char *out = badge_arena_alloc(&arena, len * 4 / 3 + 32);
    assert_non_null(out);
    for (size_t i = 0; i < len; i += 3) {
        uint32_t bits = (uint32_t)(uint8_t)header[i] << 16;
        bits |= i + 1 < len ? (uint32_t)(uint8_t)header[i + 1] << 8 : 0;
        bits |= i + 2 < len ? (uint8_t)header[i + 2] : 0;
        for (size_t j = 0; j < 4 && i + j <= len; j++)
            out[n++] = digits[bits >> (18 - 6 * j) & 63];
    }
    memcpy(out + n, ".e30.AAAA", sizeof ".e30.AAAA");
    return out;
}

/* -- vectors ------------------------------------------------------------------------------------------------------- */

static void badges_as_jwt(void **state)
{
    (void)state;
    json_t *root = vectors_json("formats/jwt.json"), *one;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, one)
    {
        const char *name = json_string_value(json_object_get(one, "name"));
        const char *claims = json_string_value(json_object_get(one, "claims"));
        const char *token = json_string_value(json_object_get(one, "jwt"));
        char *jwk = json_dumps(json_object_get(one, "publicKeyJwk"), 0), *changed = strdup(token);
        badge_arena_clear(&arena);
        if (!holds(token, jwk))
            fail_msg("%s: its signature does not hold", name);
        struct jose_signature signature = read_compact(token);
        struct badge_public_key key;
        if (signature.kid.len > 0) {
            assert_int_equal(signature.kid_form, JOSE_KID_DID_URL);
            assert_int_equal(badge_key_from_did(&key, signature.kid, NULL), BADGE_OK);
            assert_true(holds_by(&signature, &key, NULL));
        }
        const char *differs = jose_claim_differs(payload_of(&signature));
        const char *expected = strncmp(claims, "differ: ", 8) == 0 ? claims + 8 : NULL;
        if (!!differs != !!expected || (differs && strcmp(differs, expected) != 0))
            fail_msg("%s: %s", name, differs ? differs : "nothing differs");
        for (size_t at = 0; at < strlen(token); at += 61) { /* each changed character is found */
            badge_arena_clear(&arena);
            changed[at] = token[at] == 'A' ? 'B' : 'A';
            assert_false(holds(changed, jwk));
            changed[at] = token[at];
        }
        size_t last = strlen(token) - 1; /* the one with leftover bits too */
        for (int c = 'A'; c <= 'z'; c++) {
            badge_arena_clear(&arena);
            changed[last] = (char)c;
            assert_int_equal(holds(changed, jwk), c == token[last]);
        }
        free(changed);
        free(jwk);
    }
    assert_int_equal(i, 21);
    json_decref(root);
}

static char *public_key_file(const char *name)
{
    json_t *root = vectors_json(name);
    char *out = json_dumps(json_object_get(root, "publicKeyJwk"), 0);
    json_decref(root);
    return out;
}

/* All JOSE inputs of the working group's test suite. Media types are not a matter of the signature. */
static void vc_jose_cose(void **state)
{
    (void)state;
    static const struct {
        const char *file, *key;
        bool holds;
        const char *code;
    } cases[] = {
        {"credential-issuer-match-signed", "ed25519", true, NULL},
        {"credential-jose-bad-media-type", "ed25519", true, NULL},
        {"credential-jose-bad-signature", "ed25519", false, NULL},
        {"credential-jose-minimal", "p256", true, NULL},
        {"credential-jose-unknown-extensions", "p521", false, "proof_suite_unknown"},
        {"credential-jose-vc-vp-claims", "ed25519", true, NULL},
        {"presentation-jose-bad-credential", "ed25519", true, NULL},
        {"presentation-jose-bad-media-type", "ed25519", true, NULL},
        {"presentation-jose-multiple", "p384", true, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[128];
        snprintf(name, sizeof name, "vc-jose-cose/%s.txt", cases[i].file);
        size_t len;
        char *token = vectors_read(name, &len);
        while (len > 0 && token[len - 1] == '\n')
            token[--len] = '\0';
        snprintf(name, sizeof name, "vc-jose-cose/vm-%s.json", cases[i].key);
        char *jwk = public_key_file(name);
        badge_arena_clear(&arena);
        struct jose_signature signature = read_compact(token);
        if (cases[i].code) {
            assert_non_null(signature.code);
            assert_string_equal(signature.code, cases[i].code);
        } else if (signature.code) {
            fail_msg("%s: %s: %s", cases[i].file, signature.code, signature.detail);
        }
        if (holds(token, jwk) != cases[i].holds)
            fail_msg("%s", cases[i].file);
        free(token);
        free(jwk);
    }
}

/* -- wycheproof ---------------------------------------------------------------------------------------------------- */

/* By a key, or by that of a set which has the header's kid. */
static bool accepted(const char *token, const json_t *keys)
{
    char *json = json_dumps(keys, 0), url[256];
    struct issuer_document document;
    struct document_method method;
    badge_arena_clear(&arena);
    struct jose_signature signature = read_compact(token);
    snprintf(url, sizeof url, "https://issuer.example/keys#%.*s", (int)signature.kid.len, signature.kid.bytes);
    assert_int_equal(document_parse(&document, &arena, json, strlen(json), NULL), BADGE_OK);
    bool out = document_key_at_url(&method, &document, text_of(url), NULL) == BADGE_OK &&
               holds_by(&signature, &method.key, method.jwk);
    free(json);
    return out;
}

/* Whether there is a reason to refuse what wycheproof accepts: a secret that is shared proves nothing to others; an
 * algorithm is not verified here; a JWE is not a signature. */
static bool is_refused(const char *token, const char *group)
{
    static const char *const others[] = {"RS384", "RS512", "PS384", "PS512", "ES512"};
    struct jose_signature signature = read_compact(token);
    if (!signature.code)
        return false;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(signature.suite, others[i]) == 0)
            return strcmp(signature.code, "proof_suite_unknown") == 0;
    /* Some of the codes with a shared secret have white space in their base64url, and are accepted there. */
    return strcmp(signature.code, "proof_malformed") == 0 &&
           (strncmp(group, "jwe_", 4) == 0 || strncmp(signature.suite, "HS", 2) == 0 || signature.suite[0] == '\0');
}

static void wycheproof(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t n, n_accepted;
    } files[] = {{"json_web_signature", 401, 16}, {"json_web_key", 26, 1}, {"json_web_crypto", 83, 2}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char name[128];
        snprintf(name, sizeof name, "wycheproof/%s_test.json.gz", files[i].name);
        json_t *root = vectors_json(name), *group, *test;
        size_t g, t, n = 0, n_accepted = 0;
        json_array_foreach(json_object_get(root, "testGroups"), g, group)
        {
            const char *comment = json_string_value(json_object_get(group, "comment"));
            const json_t *keys = json_object_get(group, "public");
            if (!keys)
                keys = json_object_get(group, "private");
            json_array_foreach(json_object_get(group, "tests"), t, test)
            {
                const json_t *jws = json_object_get(test, "jws");
                if (!jws)
                    jws = json_object_get(test, "jwe");
                /* One of each has the JSON serialization in the place of a token. */
                char *token = json_is_string(jws) ? strdup(json_string_value(jws)) : json_dumps(jws, 0);
                bool is_valid = strcmp(json_string_value(json_object_get(test, "result")), "valid") == 0;
                bool is_accepted = accepted(token, keys);
                if (is_accepted != is_valid && (is_accepted || !is_refused(token, comment)))
                    fail_msg("%s: case %lld (%s)", name, json_integer_value(json_object_get(test, "tcId")),
                             json_string_value(json_object_get(test, "comment")));
                n++;
                n_accepted += is_accepted;
                free(token);
            }
        }
        assert_int_equal(n, files[i].n);
        assert_int_equal(n_accepted, files[i].n_accepted);
        json_decref(root);
    }
}

/* -- headers ------------------------------------------------------------------------------------------------------- */

#define JWK                                                                                                            \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"gC-KN1m8viHzSFOlIH9exzfBYSjJh2cQaDtbv7R71wg\","                         \
    "\"y\":\"hMQiSlTxLRVjn8dKHos1um7KDsPDENJRvLekugoXqSU\"}"

#define WITH_JWK(alg) "{\"alg\":\"" alg "\",\"jwk\":" JWK "}"

static void headers_that_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *header, *kid;
        enum jose_kid form;
        enum badge_signature_algorithm algorithm;
    } cases[] = {
        {"{\"alg\":\"ES256\"}", "", JOSE_KID_NONE, BADGE_SIGNATURE_ES256},
        {"{\"alg\":\"ES384\",\"kid\":\"did:web:issuer.example#1\"}", "did:web:issuer.example#1", JOSE_KID_DID_URL,
         BADGE_SIGNATURE_ES384},
        {"{\"kid\":\"https://issuer.example/1\",\"alg\":\"EdDSA\",\"typ\":\"vc+jwt\",\"cty\":\"vc\"}",
         "https://issuer.example/1", JOSE_KID_URL, BADGE_SIGNATURE_ED25519},
        {"{\"kid\":\"#1\",\"alg\":\"Ed25519\",\"x5t\":\"AA\",\"iat\":1}", "#1", JOSE_KID_FRAGMENT,
         BADGE_SIGNATURE_ED25519},
        {"{\"kid\":\"http://issuer.example/1\",\"alg\":\"RS256\"}", "http://issuer.example/1", JOSE_KID_BARE,
         BADGE_SIGNATURE_RS256},
        {"{\"kid\":\"key-1\",\"alg\":\"PS256\"}", "key-1", JOSE_KID_BARE, BADGE_SIGNATURE_PS256},
        {"{\"alg\":\"ES256K\",\"typ\":\"JWT\"}", "", JOSE_KID_NONE, BADGE_SIGNATURE_ES256K},
        {WITH_JWK("ES256"), "", JOSE_KID_NONE, BADGE_SIGNATURE_ES256},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *token = token_of(cases[i].header);
        struct jose_signature signature = read_compact(token);
        if (signature.code)
            fail_msg("%s: %s", cases[i].header, signature.detail);
        assert_int_equal(signature.kid_form, cases[i].form);
        assert_int_equal(signature.algorithm, cases[i].algorithm);
        assert_int_equal(signature.kid.len, strlen(cases[i].kid));
        assert_memory_equal(signature.kid.bytes, cases[i].kid, signature.kid.len);
        assert_int_equal(signature.message.len, strlen(token) - 5);
        assert_int_equal(signature.signature.len, 3);
        assert_int_equal(!!signature.jwk, signature.key.type == BADGE_KEY_P256);
    }
}

static void headers_that_are_not(void **state)
{
    (void)state;
    static const char *const malformed[] = {
        "{}",
        "[]",
        "x",
        "",
        "{\"alg\":1}",
        "{\"alg\":\"none\"}",
        "{\"alg\":\"NoNe\"}",
        "{\"alg\":\"HS256\"}",
        "{\"alg\":\"HS512\",\"kid\":\"1\"}",
        "{\"alg\":\"ES256\",\"alg\":\"ES256\"}",
        "{\"alg\":\"ES256\"} ,",
        "{\"alg\":\"ES256\",\"kid\":1}",
        "{\"alg\":\"ES256\",\"kid\":\"\"}",
        "{\"alg\":\"ES256\",\"typ\":{}}",
        "{\"alg\":\"ES256\",\"crit\":[]}",
        "{\"alg\":\"ES256\",\"crit\":\"exp\"}",
        "{\"alg\":\"ES256\",\"crit\":[\"exp\"]}",
        "{\"alg\":\"ES256\",\"crit\":[\"alg\"]}",
        "{\"alg\":\"ES256\",\"crit\":[\"exp\",\"exp\"],\"exp\":1}",
        "{\"alg\":\"ES256\",\"crit\":[1]}",
        WITH_JWK("ES384"),
        WITH_JWK("EdDSA"),
        "{\"alg\":\"ES256\",\"jwk\":\"x\"}",
        "{\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}}",
    };
    static const char *const unknown[] = {
        "{\"alg\":\"ES512\"}",
        "{\"alg\":\"RS512\"}",
        "{\"alg\":\"es256\"}",
        "{\"alg\":\"\"}",
        "{\"alg\":\"bone\"}",
        "{\"alg\":\"nine\"}",
        "{\"alg\":\"nope\"}",
        "{\"alg\":\"nona\"}",
        "{\"alg\":\"nonesuch\"}",
        "{\"alg\":\"ES256\",\"crit\":[\"a\",\"b\"],\"a\":1,\"b\":2}",
        "{\"alg\":\"ES256\",\"crit\":[\"exp\"],\"exp\":1}",
        "{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":false}",
        "{\"alg\":\"ES256\",\"b64\":true}",
        "{\"alg\":\"ES256\",\"jku\":\"https://issuer.example/keys\"}",
        "{\"alg\":\"ES256\",\"x5u\":\"https://issuer.example/keys\"}",
        "{\"alg\":\"ES256\",\"x5c\":[\"AA==\"]}",
        "{\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-521\"}}",
    };
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        struct jose_signature signature = read_compact(token_of(malformed[i]));
        if (!signature.code || strcmp(signature.code, "proof_malformed") != 0)
            fail_msg("%s: %s", malformed[i], signature.code ? signature.code : "good");
    }
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        struct jose_signature signature = read_compact(token_of(unknown[i]));
        if (!signature.code || strcmp(signature.code, "proof_suite_unknown") != 0)
            fail_msg("%s: %s", unknown[i], signature.code ? signature.code : "good");
    }
}

#define HEADER "eyJhbGciOiJFUzI1NiJ9" /* {"alg":"ES256"} */

static void parts_are_strict(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        ".",
        "..",
        HEADER,
        HEADER ".e30",
        HEADER ".e30.",
        HEADER ".e30.AAAA.",
        HEADER ".e30.AAAA.AAAA",
        HEADER ".e30.AAA=",
        HEADER ".e30=.AAAA",
        HEADER "=.e30.AAAA",
        HEADER ".e30.AAAA ",
        " " HEADER ".e30.AAAA",
        HEADER ".e3 0.AAAA",
        HEADER ".e31.AAAA", /* leftover bits */
        HEADER ".e30.AAB",
        HEADER ".e30.A",
        HEADER ".e30.AA+A",
        HEADER ".e30.AA/A",
        HEADER ".e30.AAAA~",
        "eyJhbGciOiJFUzI1NiJ8.e30.AAAA",
    };
    struct jose_signature good = read_compact(HEADER ".e30.AAAA"), empty = read_compact(HEADER "..AAAA");
    assert_null(good.code);
    assert_null(empty.code);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct jose_signature signature = read_compact(bad[i]);
        if (!signature.code || strcmp(signature.code, "proof_malformed") != 0)
            fail_msg("%s", bad[i]);
    }
    /* A header, a signature too long. */
    static char longest[40000] = HEADER ".e30.";
    memset(longest + strlen(longest), 'A', 1368);
    assert_non_null(read_compact(longest).code);
    longest[strlen(longest) - 4] = '\0';
    assert_null(read_compact(longest).code);
    memset(longest, 'A', 30000);
    memcpy(longest + 30000, ".e30.AAAA", sizeof ".e30.AAAA");
    assert_non_null(read_compact(longest).code);
}

/* -- JSON ---------------------------------------------------------------------------------------------------------- */

static void json_serializations(void **state)
{
    (void)state;
    struct jose_signature out[JOSE_MAX_SIGNATURES];
    size_t n;
    static const struct {
        const char *json;
        size_t n, n_good;
    } cases[] = {
        {"{\"payload\":\"e30\",\"protected\":\"" HEADER "\",\"signature\":\"AAAA\"}", 1, 1},
        {"{\"payload\":\"e30\",\"protected\":\"" HEADER "\",\"header\":{\"kid\":\"1\"},\"signature\":\"AAAA\"}", 1, 1},
        {"{\"payload\":\"e30\",\"signatures\":[{\"protected\":\"" HEADER "\",\"signature\":\"AAAA\"}]}", 1, 1},
        {"{\"payload\":\"e30\",\"signatures\":[{\"protected\":\"" HEADER
         "\",\"signature\":\"AAAA\"},{\"header\":{\"alg\":\"ES256\"},\"signature\":\"AAAA\"},{\"protected\":\"" HEADER
         "\",\"header\":{\"kid\":\"1\"},\"signature\":\"AAAA\"}]}",
         3, 2},
        {"{\"payload\":\"e30\",\"signatures\":[]}", 1, 0},
        {"{\"payload\":\"e30\",\"signatures\":[1,{}]}", 2, 0},
        {"{\"payload\":\"e30\",\"signatures\":{\"protected\":\"" HEADER "\",\"signature\":\"AAAA\"}}", 1, 0},
        {"{\"payload\":\"e30\",\"signatures\":[{\"protected\":\"" HEADER
         "\",\"signature\":\"AAAA\"}],\"signature\":\"AAAA\"}",
         1, 0},
        {"{\"payload\":\"e30\",\"signatures\":[{\"protected\":\"" HEADER
         "\",\"signature\":\"AAAA\"}],\"protected\":\"" HEADER "\"}",
         1, 0},
        {"{\"payload\":\"e30\",\"signatures\":[{\"protected\":\"" HEADER "\",\"signature\":\"AAAA\"}],\"header\":{}}",
         1, 0},
        {"{\"payload\":\"\",\"signatures\":[1,2,3,4,5,6,7,8]}", 8, 0},
        {"{\"payload\":\"e30\",\"protected\":\"" HEADER "\",\"header\":{\"alg\":\"ES256\"},\"signature\":\"AAAA\"}", 1,
         0},
        {"{\"payload\":\"e30\",\"protected\":\"" HEADER
         "\",\"header\":{\"crit\":[\"a\"],\"a\":1},\"signature\":\"AAAA\"}",
         1, 0},
        {"{\"payload\":\"e30\",\"protected\":\"" HEADER "\",\"header\":[],\"signature\":\"AAAA\"}", 1, 0},
        {"{\"payload\":\"e30\",\"protected\":1,\"signature\":\"AAAA\"}", 1, 0},
        {"{\"payload\":\"e30\",\"protected\":\"" HEADER "\"}", 1, 0},
        {"{\"payload\":\"e30=\",\"protected\":\"" HEADER "\",\"signature\":\"AAAA\"}", 1, 0},
        {"{\"payload\":{},\"protected\":\"" HEADER "\",\"signature\":\"AAAA\"}", 1, 0},
        {"{\"protected\":\"" HEADER "\",\"signature\":\"AAAA\"}", 1, 0},
        {"{\"payload\":\"e30\",\"protected\":\"\",\"header\":{\"alg\":\"ES256\"},\"signature\":\"AAAA\"}", 1, 0},
        {"{}", 1, 0},
        {"[]", 1, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n_good = 0;
        assert_int_equal(jose_read_json(out, &n, &arena, parse(cases[i].json), NULL), BADGE_OK);
        for (size_t j = 0; j < n; j++) {
            n_good += !out[j].code;
            if (!out[j].code)
                assert_memory_equal(out[j].message.bytes, HEADER ".e30", sizeof HEADER + 3);
        }
        if (n != cases[i].n || n_good != cases[i].n_good)
            fail_msg("%s: %zu of %zu", cases[i].json, n_good, n);
    }
    assert_int_equal(
        jose_read_json(out, &n, &arena, parse("{\"payload\":\"\",\"signatures\":[1,2,3,4,5,6,7,8,9]}"), NULL),
        BADGE_ELIMIT);
    static const char *const unprotected[] = {
        "{\"payload\":\"e30\",\"protected\":\"\",\"header\":{\"alg\":\"ES256\"},\"signature\":\"AAAA\"}",
        "{\"payload\":\"e30\",\"header\":{\"alg\":\"ES256\"},\"signature\":\"AAAA\"}"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(jose_read_json(out, &n, &arena, parse(unprotected[i]), NULL), BADGE_OK);
        assert_string_equal(out[0].code, "proof_suite_unknown");
        assert_string_equal(out[0].suite, "ES256");
    }
    assert_int_equal(jose_read_json(out, &n, &arena, parse(cases[1].json), NULL), BADGE_OK);
    assert_int_equal(out[0].kid.len, 1);
    assert_int_equal(out[0].kid_form, JOSE_KID_BARE);
}

/* -- fit and claims ------------------------------------------------------------------------------------------------ */

static void keys_fit_algorithms(void **state)
{
    (void)state;
    static const enum badge_key_type of[] = {BADGE_KEY_ED25519,   BADGE_KEY_P256, BADGE_KEY_P384,
                                             BADGE_KEY_SECP256K1, BADGE_KEY_RSA,  BADGE_KEY_RSA};
    for (int algorithm = 0; algorithm < 6; algorithm++) {
        for (int type = BADGE_KEY_NONE; type <= BADGE_KEY_RSA; type++) {
            struct badge_public_key key = {.type = (enum badge_key_type)type};
            enum badge_signature_algorithm own;
            bool fits = !jose_key_misfit((enum badge_signature_algorithm)algorithm, &key, NULL);
            assert_int_equal(fits, of[algorithm] == key.type);
            if (jose_algorithm_of(&own, &key))
                assert_int_equal(of[own], key.type);
            else
                assert_true(key.type == BADGE_KEY_NONE || key.type == BADGE_KEY_RSA);
        }
    }
    struct badge_public_key rsa = {.type = BADGE_KEY_RSA}, ed25519 = {.type = BADGE_KEY_ED25519};
    assert_null(jose_key_misfit(BADGE_SIGNATURE_RS256, &rsa, parse("{\"alg\":\"RS256\"}")));
    assert_non_null(jose_key_misfit(BADGE_SIGNATURE_RS256, &rsa, parse("{\"alg\":\"PS256\"}")));
    assert_non_null(jose_key_misfit(BADGE_SIGNATURE_PS256, &rsa, parse("{\"alg\":\"RSA-OAEP\"}")));
    assert_non_null(jose_key_misfit(BADGE_SIGNATURE_PS256, &rsa, parse("{\"alg\":256}")));
    assert_null(jose_key_misfit(BADGE_SIGNATURE_ED25519, &ed25519, parse("{\"alg\":\"EdDSA\"}")));
    assert_null(jose_key_misfit(BADGE_SIGNATURE_ED25519, &ed25519, parse("{\"alg\":\"Ed25519\"}")));
}

static void claims_that_differ(void **state)
{
    (void)state;
    static const struct {
        const char *payload, *claim;
    } cases[] = {
        {"{}", NULL},
        {"{\"iss\":\"a\"}", NULL},
        {"{\"iss\":\"a\",\"issuer\":\"a\"}", NULL},
        {"{\"iss\":\"a\",\"issuer\":{\"id\":\"a\"}}", NULL},
        {"{\"iss\":\"a\",\"issuer\":{\"@id\":\"b\"}}", "iss"},
        {"{\"iss\":\"a\",\"issuer\":{\"name\":\"b\"}}", NULL},
        {"{\"iss\":\"a\",\"issuer\":\"b\"}", "iss"},
        {"{\"iss\":\"a\",\"vc\":{\"issuer\":\"b\"}}", "iss"},
        {"{\"iss\":\"a\",\"vc\":{\"issuer\":\"a\"},\"issuer\":{\"id\":\"b\"}}", "iss"},
        {"{\"iss\":\"a\",\"vc\":{},\"issuer\":{\"id\":\"b\"}}", "iss"},
        {"{\"iss\":null,\"issuer\":\"b\"}", NULL},
        {"{\"jti\":\"a\",\"id\":\"b\"}", "jti"},
        {"{\"jti\":\"a\",\"vc\":{\"id\":\"a\"}}", NULL},
        {"{\"nbf\":0,\"validFrom\":\"1970-01-01T00:00:00Z\"}", NULL},
        {"{\"nbf\":0.9,\"validFrom\":\"1970-01-01T00:00:00.2Z\"}", NULL},
        {"{\"nbf\":-0.5,\"validFrom\":\"1969-12-31T23:59:59Z\"}", NULL},
        {"{\"nbf\":1,\"validFrom\":\"1970-01-01T00:00:00Z\"}", "nbf"},
        {"{\"nbf\":-1,\"validFrom\":\"1970-01-01T00:00:00Z\"}", "nbf"},
        {"{\"nbf\":0,\"validFrom\":\"1970-01-01\"}", NULL},
        {"{\"nbf\":0,\"validFrom\":\"1970-01-01T10:00:00\"}", NULL}, /* somewhere it was that time */
        {"{\"nbf\":0,\"validFrom\":\"1970-01-04\"}", "nbf"},
        {"{\"nbf\":0,\"issuanceDate\":\"1970-01-01T00:00:01Z\"}", "nbf"},
        {"{\"nbf\":0,\"validFrom\":\"soon\"}", NULL},
        {"{\"nbf\":\"1\",\"validFrom\":\"1970-01-01T00:00:00Z\"}", NULL},
        {"{\"nbf\":1e300,\"validFrom\":\"1970-01-01T00:00:00Z\"}", NULL},
        {"{\"exp\":0,\"validUntil\":\"1970-01-01T00:00:01Z\"}", NULL}, /* the token's own end */
        {"{\"exp\":0,\"vc\":{\"expirationDate\":\"1970-01-01T00:00:01Z\"}}", "exp"},
        {"{\"exp\":0,\"vc\":{\"expirationDate\":\"1970-01-01T01:00:00+01:00\"}}", NULL},
        {"{\"exp\":0,\"vc\":{},\"expirationDate\":\"1970-01-01T00:00:01Z\"}", "exp"},
        {"{\"sub\":\"a\",\"credentialSubject\":{\"id\":\"b\"}}", "sub"},
        {"{\"sub\":\"a\",\"credentialSubject\":{\"id\":\"a\"}}", NULL},
        {"{\"sub\":\"a\",\"credentialSubject\":{}}", NULL},
        {"{\"sub\":\"a\",\"credentialSubject\":[{\"id\":\"b\"},{\"id\":\"a\"}]}", NULL},
        {"{\"sub\":\"a\",\"credentialSubject\":[{\"id\":\"b\"},{}]}", "sub"},
        {"{\"sub\":\"a\",\"credentialSubject\":[{},{}]}", NULL},
        {"{\"sub\":\"a\",\"vc\":{\"credentialSubject\":{\"id\":\"b\"}}}", "sub"},
        {"[]", NULL},
        {"1", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *claim = jose_claim_differs(parse(cases[i].payload));
        if (!!claim != !!cases[i].claim || (claim && strcmp(claim, cases[i].claim) != 0))
            fail_msg("%s: %s", cases[i].payload, claim ? claim : "nothing");
    }
}

static int begin(void **state)
{
    (void)state;
    badge_arena_init(&arena, 8 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    badge_arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(badges_as_jwt),        cmocka_unit_test(vc_jose_cose),
        cmocka_unit_test(wycheproof),           cmocka_unit_test(headers_that_are_read),
        cmocka_unit_test(headers_that_are_not), cmocka_unit_test(parts_are_strict),
        cmocka_unit_test(json_serializations),  cmocka_unit_test(keys_fit_algorithms),
        cmocka_unit_test(claims_that_differ),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
