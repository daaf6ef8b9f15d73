/* What an issuer's document says of its keys, its accounts and its records, and where it says nothing. */
#include "support/vectors.h"

#include "core/web.h"
#include "proof/document.h"

#define ID "did:web:issuer.example"
#define MULTIKEY "z6MkqvCQLCvnRYU2WSFP4j97avePxKSx6Pb9xnPeKVuo9JGF"
#define OTHER "z6Mki3yjrvhM856NHiyGYMdEM5XJ5L7b3exKDY2YtfCpBHZW"
#define P256 "zDnaerHfeTcEPtWacJ8DNaMHKkazPmXsAL2MwfjByf9A8374b"
#define X25519 "z6LSdnDUG9VLps3SdBuugeNtPFjnnJiJ2eGA24jbxVuhwXNe"
#define JWK_P256                                                                                                       \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"one\",\"x\":\"gC-KN1m8viHzSFOlIH9exzfBYSjJh2cQaDtbv7R71wg\","         \
    "\"y\":\"hMQiSlTxLRVjn8dKHos1um7KDsPDENJRvLekugoXqSU\"}"
#define ACCOUNT "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
#define CONTRACT "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"

#define METHOD(id, type, rest) "{\"id\":\"" id "\",\"type\":\"" type "\",\"controller\":\"" ID "\"" rest "}"
#define MULTI(text) ",\"publicKeyMultibase\":\"" text "\""
#define KEY METHOD(ID "#key", "Multikey", MULTI(MULTIKEY))
#define ACCOUNT_METHOD(id, account)                                                                                    \
    METHOD(id, "EcdsaSecp256k1RecoveryMethod2020", ",\"blockchainAccountId\":\"" account "\"")
#define DOCUMENT(methods, assertion)                                                                                   \
    "{\"id\":\"" ID "\",\"verificationMethod\":[" methods "],\"assertionMethod\":[" assertion "]}"

static struct badge_arena arena;
static struct badge_public_key ed25519, other, p256;

static struct badge_text text_of(const char *text)
{
    return (struct badge_text){text, strlen(text)};
}

static struct issuer_document parse(const char *json)
{
    struct issuer_document out;
    badge_arena_clear(&arena);
    assert_int_equal(document_parse(&out, &arena, json, strlen(json), NULL), BADGE_OK);
    return out;
}

/* -- transport ----------------------------------------------------------------------------------------------------- */

static void media_types(void **state)
{
    (void)state;
    static const char *const good[] = {"application/json",
                                       "application/did+json",
                                       "application/did+ld+json",
                                       "application/ld+json",
                                       "application/jwk+json",
                                       "application/jwk-set+json",
                                       "Application/JSON; charset=utf-8",
                                       " application/json ;profile=\"https://www.w3.org/ns/did/v1\"",
                                       "application/json;"};
    static const char *const bad[] = {"",
                                      "text/html",
                                      "text/plain",
                                      "text/json",
                                      "application/octet-stream",
                                      "application/json+x",
                                      "application/jsonx",
                                      "application/jso",
                                      "application/vc+json",
                                      "image/svg+xml; application/json",
                                      "text/html, application/json",
                                      "application/json, text/html",
                                      "application/json; charset=utf-8, text/html",
                                      "; application/json"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!web_is_json(good[i], false))
            fail_msg("%s", good[i]);
        assert_false(web_is_json(good[i], true));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (web_is_json(bad[i], false))
            fail_msg("%s", bad[i]);
    assert_false(web_is_json(NULL, false));
}

/* -- keys ---------------------------------------------------------------------------------------------------------- */

static void methods_by_id(void **state)
{
    (void)state;
    static const struct {
        const char *document, *id;
        enum document_answer answer;
    } cases[] = {
        {DOCUMENT(KEY, "\"" ID "#key\""), ID "#key", DOCUMENT_LISTED},
        {DOCUMENT(KEY, "\"#key\""), ID "#key", DOCUMENT_LISTED},
        {DOCUMENT(KEY, "\"#key\",\"" ID "#key\",\"#key\""), "#key", DOCUMENT_LISTED},
        {DOCUMENT(METHOD("#key", "Multikey", MULTI(MULTIKEY)), "\"" ID "#key\""), ID "#key", DOCUMENT_LISTED},
        {DOCUMENT("", KEY), ID "#key", DOCUMENT_LISTED},
        {"{\"id\":\"" ID "\",\"assertionMethod\":[" KEY "]}", ID "#key", DOCUMENT_LISTED},
        {DOCUMENT("", METHOD(ID "#key", "Ed25519VerificationKey2020", MULTI(MULTIKEY))), ID "#key", DOCUMENT_LISTED},
        {DOCUMENT("", METHOD(ID "#key", "JsonWebKey", ",\"publicKeyJwk\":" JWK_P256)), ID "#key", DOCUMENT_LISTED},
        {DOCUMENT("", METHOD(ID "#key", "JsonWebKey2020", ",\"publicKeyJwk\":" JWK_P256)), ID "#key", DOCUMENT_LISTED},
        {DOCUMENT("", "\"did:key:" MULTIKEY "#" MULTIKEY "\""), "did:key:" MULTIKEY "#" MULTIKEY, DOCUMENT_LISTED},

        {DOCUMENT(KEY, "\"#key\""), ID "#other", DOCUMENT_NOT_LISTED},
        {DOCUMENT(KEY, "\"#key\""), ID, DOCUMENT_NOT_LISTED},
        {DOCUMENT(KEY, "\"#key\""), "", DOCUMENT_NOT_LISTED},
        {DOCUMENT(KEY, "\"#key\""), "#", DOCUMENT_NOT_LISTED},
        {DOCUMENT(KEY, "\"#key\""), "key", DOCUMENT_NOT_LISTED},
        {DOCUMENT(KEY, "\"#key\""), ID "#KEY", DOCUMENT_NOT_LISTED},
        {DOCUMENT(KEY, "\"#key\""), "did:web:issuer.example2#key", DOCUMENT_NOT_LISTED},
        {DOCUMENT(KEY, "\"#key\""), "did:web:Issuer.example#key", DOCUMENT_NOT_LISTED},
        {DOCUMENT(KEY "," METHOD(ID "#second", "Multikey", MULTI(OTHER)), "\"#key\""), ID "#second",
         DOCUMENT_NOT_LISTED}, /* for another purpose */

        {DOCUMENT(KEY, ""), ID "#key", DOCUMENT_LISTS_NONE},
        {"{\"id\":\"" ID "\"}", ID "#key", DOCUMENT_LISTS_NONE},
        {"{\"id\":\"" ID "\",\"authentication\":[" KEY "]}", ID "#key", DOCUMENT_LISTS_NONE},
        {DOCUMENT("", "null,3,[],\"\",true"), ID "#key", DOCUMENT_LISTS_NONE},
        {DOCUMENT("", ACCOUNT_METHOD("#account", "eip155:1:" ACCOUNT)), ID "#key", DOCUMENT_LISTS_NONE},
        {DOCUMENT("", METHOD("#unread", "Multikey", MULTI(X25519))), ID "#key", DOCUMENT_LISTS_NONE},

        {DOCUMENT("", METHOD(ID "#key", "Multikey", MULTI(X25519))), ID "#key", DOCUMENT_UNREADABLE},
        {DOCUMENT("", METHOD(ID "#key", "Ed25519VerificationKey2018", MULTI(MULTIKEY))), ID "#key",
         DOCUMENT_UNREADABLE},
        {DOCUMENT("", METHOD(ID "#key", "Ed25519VerificationKey2020", MULTI(P256))), ID "#key", DOCUMENT_UNREADABLE},
        {DOCUMENT("", METHOD(ID "#key", "Multikey", ",\"publicKeyJwk\":" JWK_P256)), ID "#key", DOCUMENT_UNREADABLE},
        {DOCUMENT("", METHOD(ID "#key", "JsonWebKey", MULTI(MULTIKEY))), ID "#key", DOCUMENT_UNREADABLE},
        {DOCUMENT("", METHOD(ID "#key", "Multikey", MULTI(MULTIKEY) ",\"secretKeyMultibase\":\"z3\"")), ID "#key",
         DOCUMENT_UNREADABLE},
        {DOCUMENT("", METHOD(ID "#key", "Multikey", MULTI(MULTIKEY) ",\"privateKeyMultibase\":\"z3\"")), ID "#key",
         DOCUMENT_UNREADABLE},
        {DOCUMENT("", METHOD(ID "#key", "JsonWebKey", ",\"publicKeyJwk\":" JWK_P256 ",\"privateKeyJwk\":{}")),
         ID "#key", DOCUMENT_UNREADABLE},
        {DOCUMENT("", METHOD(ID "#key", "JsonWebKey", ",\"publicKeyJwk\":" JWK_P256 ",\"secretKeyJwk\":{}")), ID "#key",
         DOCUMENT_UNREADABLE},
        {DOCUMENT("", "{\"id\":\"#key\",\"type\":\"Multikey\"" MULTI(MULTIKEY) "}"), ID "#key", DOCUMENT_UNREADABLE},
        {DOCUMENT("", "{\"id\":\"#key\",\"type\":[\"Multikey\"],\"controller\":\"" ID "\"" MULTI(MULTIKEY) "}"),
         ID "#key", DOCUMENT_UNREADABLE},
        {DOCUMENT("", "{\"type\":\"Multikey\",\"controller\":\"" ID "\"" MULTI(MULTIKEY) "}"), ID "#key",
         DOCUMENT_LISTS_NONE},
        {DOCUMENT(KEY "," METHOD("#key", "Multikey", MULTI(OTHER)), "\"#key\""), ID "#key", DOCUMENT_UNREADABLE},
        {DOCUMENT("", KEY "," METHOD("#key", "Multikey", MULTI(OTHER))), ID "#key", DOCUMENT_UNREADABLE},

        {DOCUMENT("", "\"#key\""), ID "#key", DOCUMENT_ELSEWHERE},
        {DOCUMENT(KEY, "\"#key\",\"did:web:more.example#key\""), "did:web:more.example#key", DOCUMENT_ELSEWHERE},
        /* A method with another's id is not that one, even here. */
        {DOCUMENT(METHOD("did:web:evil.example#key", "Multikey", MULTI(MULTIKEY)), "\"did:web:evil.example#key\""),
         "did:web:evil.example#key", DOCUMENT_ELSEWHERE},

        {"{}", ID "#key", DOCUMENT_OF_NOBODY},
        {"[]", ID "#key", DOCUMENT_OF_NOBODY},
        {"\"" ID "\"", ID "#key", DOCUMENT_OF_NOBODY},
        {"{\"assertionMethod\":[" KEY "]}", ID "#key", DOCUMENT_OF_NOBODY},
        {"{\"id\":\"did:web:Issuer.example\",\"assertionMethod\":[" KEY "]}", ID "#key", DOCUMENT_OF_NOBODY},
        {"{\"id\":\"did:web:evil.example\",\"assertionMethod\":[" KEY "]}", ID "#key", DOCUMENT_OF_NOBODY},
        {"{\"id\":[\"" ID "\"],\"assertionMethod\":[" KEY "]}", ID "#key", DOCUMENT_OF_NOBODY},
        {"{\"id\":\"" ID "\",\"assertionMethod\":" KEY "}", ID "#key", DOCUMENT_OF_NOBODY},
        {"{\"id\":\"" ID "\",\"verificationMethod\":{},\"assertionMethod\":[" KEY "]}", ID "#key", DOCUMENT_OF_NOBODY},
        {"{\"id\":\"https://issuer.example\",\"type\":\"Profile\",\"name\":\"College\"}", ID "#key",
         DOCUMENT_OF_NOBODY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct document_method *method;
        struct issuer_document document = parse(cases[i].document);
        enum document_answer answer = document_find_method(&method, &document, text_of(ID), text_of(cases[i].id));
        if (answer != cases[i].answer)
            fail_msg("%s, %s: %d", cases[i].document, cases[i].id, answer);
        assert_int_equal(!!method, answer == DOCUMENT_LISTED);
        if (method)
            assert_true(badge_key_equal(&method->key, method->key.type == BADGE_KEY_P256 ? &p256 : &ed25519));
        if (method && method->jwk)
            assert_true(badge_json_equals(badge_json_member(method->jwk, "kid"), "one"));
    }
}

static void documents_at_urls(void **state)
{
    (void)state;
    static const char json[] =
        "{\"id\":\"https://issuer.example/id\",\"verificationMethod\":[{\"id\":\"https://issuer.example/"
        "id#1\",\"type\":"
        "\"Multikey\",\"controller\":\"https://issuer.example/id\"" MULTI(
            MULTIKEY) "},{\"id\":\"https://issuer.example/"
                      "keys/2\",\"type\":\"Multikey\",\"controller\":\"https://issuer.example/id\"" MULTI(
                          OTHER) "}],"
                                 "\"assertionMethod\":[\"#1\",\"https://issuer.example/keys/2\"]}";
    struct issuer_document document = parse(json);
    struct badge_text issuer = text_of("https://issuer.example/id");
    const struct document_method *method;
    assert_int_equal(document_find_method(&method, &document, issuer, text_of("https://issuer.example/id#1")),
                     DOCUMENT_LISTED);
    assert_true(badge_key_equal(&method->key, &ed25519));
    assert_int_equal(document_find_method(&method, &document, issuer, text_of("https://issuer.example/keys/2")),
                     DOCUMENT_LISTED);
    assert_true(badge_key_equal(&method->key, &other));
    assert_int_equal(document_find_method(&method, &document, issuer, text_of("https://issuer.example/keys/3")),
                     DOCUMENT_NOT_LISTED);
    assert_int_equal(document_find_method(&method, &document, text_of("https://issuer.example"), text_of("#1")),
                     DOCUMENT_OF_NOBODY);
}

static void methods_by_kid(void **state)
{
    (void)state;
    static const struct {
        const char *document, *kid;
        enum document_answer answer;
    } cases[] = {
        {DOCUMENT("", KEY), ID "#key", DOCUMENT_LISTED},
        {DOCUMENT("", KEY), "#key", DOCUMENT_LISTED},
        {DOCUMENT("", KEY), "key", DOCUMENT_LISTED},
        {DOCUMENT("", KEY), ID, DOCUMENT_LISTED},
        {DOCUMENT("", METHOD("#k", "JsonWebKey", ",\"publicKeyJwk\":" JWK_P256)), "one", DOCUMENT_LISTED},
        {DOCUMENT("", KEY), "ey", DOCUMENT_NOT_LISTED},
        {DOCUMENT("", KEY), "kez", DOCUMENT_NOT_LISTED},
        {DOCUMENT("", KEY), "Key", DOCUMENT_NOT_LISTED},
        {DOCUMENT("", KEY), "", DOCUMENT_NOT_LISTED},
        {DOCUMENT("", KEY), "did:web:issuer.exampl", DOCUMENT_NOT_LISTED},
        {DOCUMENT("", KEY "," METHOD("#k", "JsonWebKey", ",\"publicKeyJwk\":" JWK_P256)), ID, DOCUMENT_UNREADABLE},
        {DOCUMENT("", METHOD("#one", "Multikey", MULTI(MULTIKEY)) "," METHOD("#k", "JsonWebKey",
                                                                             ",\"publicKeyJwk\":" JWK_P256)),
         "one", DOCUMENT_UNREADABLE},
        {DOCUMENT("", METHOD("did:web:evil.example#key", "Multikey", MULTI(MULTIKEY))), "key", DOCUMENT_NOT_LISTED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct document_method *method;
        struct issuer_document document = parse(cases[i].document);
        enum document_answer answer = document_find_kid(&method, &document, text_of(ID), text_of(cases[i].kid));
        if (answer != cases[i].answer)
            fail_msg("%s, %s: %d", cases[i].document, cases[i].kid, answer);
    }
}

static void methods_by_key(void **state)
{
    (void)state;
    static const struct {
        const char *document;
        enum document_answer answer;
    } cases[] = {
        {DOCUMENT(KEY, "\"#key\""), DOCUMENT_LISTED},
        {DOCUMENT(KEY, "\"did:web:more.example#key\",\"#key\""), DOCUMENT_LISTED},
        {DOCUMENT("", "\"did:key:" MULTIKEY "#" MULTIKEY "\""), DOCUMENT_LISTED},
        {DOCUMENT("", METHOD("#a", "Multikey", MULTI(OTHER)) "," KEY), DOCUMENT_LISTED},
        {DOCUMENT(KEY, ""), DOCUMENT_LISTS_NONE},
        {DOCUMENT(KEY, METHOD("#a", "Multikey", MULTI(OTHER))), DOCUMENT_NOT_LISTED},
        {DOCUMENT("", METHOD("#a", "Multikey", MULTI(OTHER)) "," ACCOUNT_METHOD("#b", "eip155:1:" ACCOUNT)),
         DOCUMENT_NOT_LISTED},
        {DOCUMENT("", METHOD("#a", "Multikey", MULTI(OTHER)) "," METHOD("#b", "Multikey", MULTI(X25519))),
         DOCUMENT_UNREADABLE},
        {DOCUMENT("", METHOD("#a", "Multikey", MULTI(OTHER)) "," METHOD(
                          "#b", "Old2019",
                          ",\"publicKeyJwk\":" JWK_P256 ",\"blockchainAccountId\":\"eip155:1:" ACCOUNT "\"")),
         DOCUMENT_UNREADABLE},
        {DOCUMENT("", METHOD("#a", "Multikey", MULTI(OTHER)) "," METHOD("#b", "Old2018", ",\"publicKeyBase58\":\"z\"")),
         DOCUMENT_UNREADABLE},
        {DOCUMENT("", METHOD("#a", "Multikey", MULTI(OTHER)) ",\"did:web:more.example#key\""), DOCUMENT_ELSEWHERE},
        {"{\"id\":\"did:web:evil.example\",\"assertionMethod\":[" KEY "]}", DOCUMENT_OF_NOBODY},
        {"[" KEY "]", DOCUMENT_OF_NOBODY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct document_method *method;
        struct issuer_document document = parse(cases[i].document);
        enum document_answer answer = document_find_key(&method, &document, text_of(ID), &ed25519);
        if (answer != cases[i].answer)
            fail_msg("%s: %d", cases[i].document, answer);
        assert_int_equal(!!method, answer == DOCUMENT_LISTED);
    }
    /* A compressed point where the document has a JWK. */
    const struct document_method *method;
    struct issuer_document document = parse(DOCUMENT("", METHOD("#key", "JsonWebKey", ",\"publicKeyJwk\":" JWK_P256)));
    assert_int_equal(document_find_key(&method, &document, text_of(ID), &p256), DOCUMENT_LISTED);
    /* A key that is listed twice, and revoked in one of the two. */
    document = parse(DOCUMENT(
        "", KEY "," METHOD("#b", "Multikey", MULTI(MULTIKEY) ",\"revoked\":\"2026-01-01T00:00:00Z\"") "," METHOD(
                "#c", "Multikey", MULTI(MULTIKEY) ",\"expires\":\"2025-01-01T00:00:00Z\"")));
    assert_int_equal(document_find_key(&method, &document, text_of(ID), &ed25519), DOCUMENT_LISTED);
    assert_true(method->has_revoked);
}

static void ends_of_keys(void **state)
{
    (void)state;
    static const struct {
        const char *rest;
        bool has_expires, has_revoked, has_unread_end;
        int64_t expires_s, revoked_s;
    } cases[] = {
        {"", false, false, false, 0, 0},
        {",\"expires\":\"1970-01-01T00:00:10Z\"", true, false, false, 10, 0},
        {",\"revoked\":\"1970-01-01T01:00:10+01:00\"", false, true, false, 0, 10},
        {",\"expires\":\"1970-01-01T00:00:10Z\",\"revoked\":\"1970-01-01T00:00:07Z\"", true, true, false, 10, 7},
        {",\"revoked\":true", false, false, true, 0, 0},
        {",\"revoked\":null", false, false, true, 0, 0},
        {",\"expires\":\"never\"", false, false, true, 0, 0},
        {",\"expires\":\"never\",\"revoked\":\"1970-01-01T00:00:07Z\"", false, true, true, 0, 7},
        {",\"expires\":10", false, false, true, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[1024];
        const struct document_method *method;
        snprintf(json, sizeof json, DOCUMENT("", METHOD("#key", "Multikey", MULTI(MULTIKEY) "%s")), cases[i].rest);
        struct issuer_document document = parse(json);
        assert_int_equal(document_find_method(&method, &document, text_of(ID), text_of("#key")), DOCUMENT_LISTED);
        assert_int_equal(method->has_expires, cases[i].has_expires);
        assert_int_equal(method->has_revoked, cases[i].has_revoked);
        assert_int_equal(method->has_unread_end, cases[i].has_unread_end);
        assert_int_equal(method->expires_s, cases[i].expires_s);
        assert_int_equal(method->revoked_s, cases[i].revoked_s);
    }
}

/* -- the key at a URL ---------------------------------------------------------------------------------------------- */

#define URL "https://issuer.example/keys"
#define JWK_ED25519(kid)                                                                                               \
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"qlcem1k_F3LZc60aWOlYY3MtRSKavzR42ibgUmyWyng\"" kid "}"
#define KID(kid) ",\"kid\":\"" kid "\""

static void keys_at_urls(void **state)
{
    (void)state;
    static const struct {
        const char *document, *url;
        enum badge_status status;
    } cases[] = {
        {JWK_ED25519(""), URL, BADGE_OK},
        {JWK_ED25519(KID("another")), URL "#one", BADGE_OK}, /* the address says which */
        {"{\"keys\":[" JWK_ED25519("") "]}", URL, BADGE_OK},
        {"{\"keys\":[" JWK_P256 "," JWK_ED25519(KID("two")) "]}", URL "#two", BADGE_OK},
        {"{\"keys\":[" JWK_P256 "," JWK_ED25519(KID(URL "#2")) "]}", URL "#2", BADGE_OK},
        {"{\"id\":\"" ID "\",\"assertionMethod\":[" KEY "]}", ID "#key", BADGE_OK},
        {"{\"keys\":[" JWK_P256 "," JWK_ED25519(KID("two")) "]}", URL, BADGE_ENOTFOUND},
        {"{\"keys\":[" JWK_P256 "," JWK_ED25519("") "]}", URL "#", BADGE_ENOTFOUND},
        {"{\"keys\":[]}", URL, BADGE_ENOTFOUND},
        {"{\"keys\":[" JWK_ED25519(KID("two")) "," JWK_ED25519(KID("two")) "]}", URL "#two", BADGE_ETYPE},
        {"{\"keys\":[" JWK_ED25519(KID("two")) ",{\"kty\":\"oct\",\"k\":\"AA\"}]}", URL "#two", BADGE_ETYPE},
        {"{\"keys\":[" JWK_ED25519(KID("two")) ",{\"kty\":\"EC\",\"crv\":\"P-521\"}]}", URL "#two", BADGE_OK},
        {"{\"keys\":{}}", URL, BADGE_ETYPE},
        {"{\"keys\":[1]}", URL, BADGE_ETYPE},
        {"{\"kty\":\"OKP\",\"crv\":\"X25519\"}", URL, BADGE_EUNSUPPORTED},
        {"{\"id\":\"" ID "\",\"assertionMethod\":[" KEY "]}", ID "#other", BADGE_ENOTFOUND},
        {"{\"id\":\"" ID "\",\"verificationMethod\":[" KEY "]}", ID "#key", BADGE_ETYPE},
        {"{}", URL, BADGE_ETYPE},
        {"[]", URL, BADGE_ETYPE},
        {"null", URL, BADGE_ETYPE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct document_method method;
        struct issuer_document document = parse(cases[i].document);
        enum badge_status status = document_key_at_url(&method, &document, text_of(cases[i].url), NULL);
        if (status != cases[i].status)
            fail_msg("%s, %s: %d", cases[i].document, cases[i].url, status);
        assert_true(status != BADGE_OK || badge_key_equal(&method.key, &ed25519));
    }
}

/* -- statements ---------------------------------------------------------------------------------------------------- */

static void accounts(void **state)
{
    (void)state;
    struct document_account out[2];
    struct issuer_document document = parse(DOCUMENT(
        ACCOUNT_METHOD("#a", "eip155:100:" ACCOUNT) "," ACCOUNT_METHOD("#b", "eip155:1:" CONTRACT) "," ACCOUNT_METHOD(
            "#c", "eip155:7:" ACCOUNT),
        "\"#a\"," KEY ",\"#b\"," ACCOUNT_METHOD("#d", "solana:1:x") "," ACCOUNT_METHOD("#e", "eip155:01:" ACCOUNT)));
    assert_int_equal(document_accounts(out, 2, &document, text_of(ID)), 2);
    assert_int_equal(out[0].chain_id, 100);
    assert_int_equal(out[0].account.b[0], 0x5a);
    assert_int_equal(out[1].chain_id, 1);
    assert_int_equal(out[1].account.b[0], 0xfb);
    assert_int_equal(document_accounts(out, 1, &document, text_of(ID)), 1);
    assert_int_equal(document_accounts(out, 2, &document, text_of("did:web:evil.example")), 0);
}

#define SERVICE(type, endpoint) "{\"id\":\"#records\",\"type\":" type ",\"serviceEndpoint\":" endpoint "}"
#define ENDPOINT(chain, contract, account, since)                                                                      \
    "{\"chain\":\"" chain "\",\"contract\":\"" contract "\",\"account\":\"" account "\",\"since\":\"" since "\"}"
#define GOOD ENDPOINT("eip155:100", CONTRACT, ACCOUNT, "1970-01-01T00:00:10Z")
#define SERVICES(list) "{\"id\":\"" ID "\",\"service\":" list "}"

static void registries(void **state)
{
    (void)state;
    static const struct {
        const char *document;
        bool states_it;
    } cases[] = {
        {SERVICES("[" SERVICE("\"BadgeRegistry\"", GOOD) "]"), true},
        {SERVICES("[" SERVICE("[\"Other\",\"BadgeRegistry\"]", GOOD) "]"), true},
        {SERVICES("[1," SERVICE("\"LinkedDomains\"", "\"https://issuer.example\"") "," SERVICE("\"BadgeRegistry\"",
                                                                                               GOOD) "]"),
         true},
        {SERVICES("[" SERVICE("\"BadgeRegistry\"", "{}") "," SERVICE("\"BadgeRegistry\"", GOOD) "]"), true},
        {SERVICES("[]"), false},
        {SERVICES(SERVICE("\"BadgeRegistry\"", GOOD)), false},
        {SERVICES("[" SERVICE("\"badgeRegistry\"", GOOD) "]"), false},
        {SERVICES("[" SERVICE("\"BadgeRegistry\"", "\"https://issuer.example\"") "]"), false},
        {SERVICES("[" SERVICE("\"BadgeRegistry\"", ENDPOINT("100", CONTRACT, ACCOUNT, "1970-01-01T00:00:10Z")) "]"),
         false},
        {SERVICES(
             "[" SERVICE("\"BadgeRegistry\"", ENDPOINT("eip155:0100", CONTRACT, ACCOUNT, "1970-01-01T00:00:10Z")) "]"),
         false},
        {SERVICES(
             "[" SERVICE("\"BadgeRegistry\"", ENDPOINT("eip155:100", "0x00", ACCOUNT, "1970-01-01T00:00:10Z")) "]"),
         false},
        {SERVICES("[" SERVICE("\"BadgeRegistry\"", ENDPOINT("eip155:100", CONTRACT, ACCOUNT, "soon")) "]"), false},
        {SERVICES("[" SERVICE("\"BadgeRegistry\"", ENDPOINT("eip155:100", CONTRACT, ACCOUNT, "")) "]"), false},
        {"{\"id\":\"did:web:evil.example\",\"service\":[" SERVICE("\"BadgeRegistry\"", GOOD) "]}", false},
        {"[]", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct document_registry out;
        struct issuer_document document = parse(cases[i].document);
        if (document_registry(&out, &document, text_of(ID)) != cases[i].states_it)
            fail_msg("%s", cases[i].document);
        if (cases[i].states_it) {
            assert_int_equal(out.chain_id, 100);
            assert_int_equal(out.contract.b[0], 0xfb);
            assert_int_equal(out.account.b[0], 0x5a);
            assert_int_equal(out.since_s, 10);
        }
    }
}

/* -- bounds -------------------------------------------------------------------------------------------------------- */

static void bounds(void **state)
{
    (void)state;
    static char json[BADGE_DID_MAX_DOCUMENT + 64];
    struct issuer_document document;
    const struct document_method *method;
    static const char *const bad[] = {"", "<html>", "{\"id\":1,\"id\":2}", "{} x", "\xef\xbb\xbf{}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_not_equal(document_parse(&document, &arena, bad[i], strlen(bad[i]), NULL), BADGE_OK);

    memset(json, ' ', sizeof json);
    memcpy(json, "{}", 2);
    assert_int_equal(document_parse(&document, &arena, json, BADGE_DID_MAX_DOCUMENT, NULL), BADGE_OK);
    assert_int_equal(document_parse(&document, &arena, json, BADGE_DID_MAX_DOCUMENT + 1, NULL), BADGE_ELIMIT);

    /* As many references as fit, each to as many methods as fit: read at once; none of them is said not to be listed.
     */
    size_t len = (size_t)snprintf(json, sizeof json, "{\"id\":\"" ID "\",\"assertionMethod\":[" KEY);
    while (len < BADGE_DID_MAX_DOCUMENT / 2)
        len += (size_t)snprintf(json + len, sizeof json - len, ",\"#%zu\"", len);
    len += (size_t)snprintf(json + len, sizeof json - len, "],\"verificationMethod\":[{}");
    while (len < BADGE_DID_MAX_DOCUMENT - 32)
        len += (size_t)snprintf(json + len, sizeof json - len, ",{\"id\":\"#x\"}");
    len += (size_t)snprintf(json + len, sizeof json - len, "]}");
    badge_arena_clear(&arena);
    assert_int_equal(document_parse(&document, &arena, json, len, NULL), BADGE_OK);
    assert_int_equal(document.n_methods, DOCUMENT_MAX_METHODS);
    assert_true(document.has_more);
    assert_int_equal(document_find_key(&method, &document, text_of(ID), &ed25519), DOCUMENT_LISTED);
    assert_int_equal(document_find_key(&method, &document, text_of(ID), &other), DOCUMENT_ELSEWHERE);
    assert_int_equal(document_find_method(&method, &document, text_of(ID), text_of("#none")), DOCUMENT_ELSEWHERE);
}

static int begin(void **state)
{
    bool is_base64url;
    (void)state;
    badge_arena_init(&arena, 8 << 20);
    assert_int_equal(badge_key_from_multikey(&ed25519, &is_base64url, text_of(MULTIKEY), NULL), BADGE_OK);
    assert_int_equal(badge_key_from_multikey(&other, &is_base64url, text_of(OTHER), NULL), BADGE_OK);
    assert_int_equal(badge_key_from_multikey(&p256, &is_base64url, text_of(P256), NULL), BADGE_OK);
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
        cmocka_unit_test(media_types),    cmocka_unit_test(methods_by_id),  cmocka_unit_test(documents_at_urls),
        cmocka_unit_test(methods_by_kid), cmocka_unit_test(methods_by_key), cmocka_unit_test(ends_of_keys),
        cmocka_unit_test(keys_at_urls),   cmocka_unit_test(accounts),       cmocka_unit_test(registries),
        cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
