/*
 * Issuers named by DIDs: which ids are read, where a did:web's document lies, and what a document must say before it
 * binds an account. What is near to right is refused.
 */
#include "support/vectors.h"

#include "badge/did.h"

/* EIP-55's own example. */
#define ACCOUNT "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
#define LOWER "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
#define MISTYPED "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAEd"
#define OTHER "0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359"
#define DID "did:web:issuer.example"

static struct badge_address account;

static struct badge_text text_of(const char *text)
{
    return (struct badge_text){text, strlen(text)};
}

static void pkh(void **state)
{
    (void)state;
    assert_true(badge_did_pkh_names(text_of("did:pkh:eip155:1:" ACCOUNT), 1, &account));
    assert_true(badge_did_pkh_names(text_of("did:pkh:eip155:31337:" LOWER), 31337, &account));
    assert_true(badge_did_pkh_names(text_of("did:pkh:eip155:0:" LOWER), 0, &account));
    assert_true(badge_did_pkh_names(text_of("did:pkh:eip155:18446744073709551615:" LOWER), UINT64_MAX, &account));
    static const char *const other[] = {
        "did:pkh:eip155:1:" OTHER,
        "did:pkh:eip155:1:" MISTYPED,
        "did:pkh:eip155:2:" ACCOUNT,
        "did:pkh:eip155:01:" ACCOUNT,
        "did:pkh:eip155:18446744073709551617:" ACCOUNT, /* beyond 64 bits */
        "did:pkh:eip155:1x:" ACCOUNT,
        "did:pkh:eip155:/:" ACCOUNT,
        "did:pkh:eip155::" ACCOUNT,
        "did:pkh:eip155:" ACCOUNT,
        "did:pkh:" ACCOUNT,
        "did:pkh:eip155:1:" ACCOUNT " ",
        "did:pkh:eip155:1:" ACCOUNT "#key",
        "did:pkh:eip155:1:" ACCOUNT "0",
        "did:pkh:eip155:1:",
        "did:pkh:eip155:1",
        "did:pkh:solana:1:" ACCOUNT,
        "did:pkh:EIP155:1:" ACCOUNT,
        "DID:pkh:eip155:1:" ACCOUNT,
        "eip155:1:" ACCOUNT,
        "",
    };
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        assert_false(badge_did_pkh_names(text_of(other[i]), 1, &account));
}

static void web_urls(void **state)
{
    (void)state;
    static const struct {
        const char *did, *url;
    } good[] = {
        {DID, "https://issuer.example/.well-known/did.json"},
        {"did:web:localhost", "https://localhost/.well-known/did.json"},
        {"did:web:localhost%3A8443", "https://localhost:8443/.well-known/did.json"},
        {"did:web:localhost%3a443", "https://localhost:443/.well-known/did.json"},
        {"did:web:Example.COM%3A65535:u:bob", "https://example.com:65535/u/bob/did.json"},
        {"did:web:ISSUER.example:Alice", "https://issuer.example/Alice/did.json"},
        {"did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"},
        {"did:web:a.example:%C3%A9_x-1.0", "https://a.example/%C3%A9_x-1.0/did.json"},
        {"did:web:xn--bcher-kva.example", "https://xn--bcher-kva.example/.well-known/did.json"},
        {"did:web:1.2.3.4.example", "https://1.2.3.4.example/.well-known/did.json"},
    };
    static const char *const bad[] = {
        "did:web:",
        "did:web",
        "did:key:issuer.example",
        "DID:web:issuer.example",
        " did:web:issuer.example",
        "did:web:issuer.example ",
        "did:web:issuer.example#key",
        "did:web:issuer.example?x",
        "did:web:issuer.example/x",
        "did:web:issuer.example\\x",
        "did:web:user@issuer.example",
        "did:web:issuer.example%40evil.example",
        "did:web:issuer.example%2Fx",
        "did:web:issuer.example%23",
        "did:web:127.0.0.1",
        "did:web:127.1",
        "did:web:2130706433",
        "did:web:0x7f000001",
        "did:web:127.0.0.0x1",
        "did:web:[%3A%3A1]",
        "did:web:::1",
        "did:web:issuer.example.",
        "did:web:.example",
        "did:web:issuer..example",
        "did:web:-issuer.example",
        "did:web:issuer-.example",
        "did:web:iss_uer.example",
        "did:web:iss\xc3\xbc.example",
        "did:web:issuer.example:8443:",
        "did:web:issuer.example:",
        "did:web:issuer.example::x",
        "did:web:issuer.example:.",
        "did:web:issuer.example:..",
        "did:web:issuer.example:x:..:y",
        "did:web:issuer.example:%2e%2E",
        "did:web:issuer.example:.%2e",
        "did:web:issuer.example:%",
        "did:web:issuer.example:%4",
        "did:web:issuer.example:%zz",
        "did:web:issuer.example:a/b",
        "did:web:issuer.example:a b",
        "did:web:issuer.example:a?b",
        "did:web:issuer.example%3A",
        "did:web:issuer.example%3A0",
        "did:web:issuer.example%3A0443",
        "did:web:issuer.example%3A25",
        "did:web:issuer.example%3A1023",
        "did:web:issuer.example%3A65536",
        "did:web:issuer.example%3A99999999999",
        "did:web:issuer.example%3A8443%3A1",
        "did:web:issuer.example%3A84a3",
    };
    char url[BADGE_DID_URL_LEN], longest[1024] = "did:web:a.example:";
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(badge_did_web_url(url, text_of(good[i].did)));
        assert_string_equal(url, good[i].url);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (badge_did_web_url(url, text_of(bad[i])))
            fail_msg("%s", bad[i]);
    assert_false(badge_did_web_url(url, (struct badge_text){"did:web:issuer.example\0", 23}));

    /* Every length around the limit: the URL is complete, or refused. */
    for (size_t len = strlen(longest); len + 1 < sizeof longest; len++) {
        longest[len] = 'x';
        bool fits = strlen("https://a.example/") + len + 1 - strlen("did:web:a.example:") + strlen("/did.json") <
                    BADGE_DID_URL_LEN;
        assert_int_equal(badge_did_web_url(url, text_of(longest)), fits);
        assert_true(!fits || strcmp(url + strlen(url) - 9, "/did.json") == 0);
    }
    char host[300] = DID;
    memset(host + 8, 'a', 64);
    memcpy(host + 72, ".example", sizeof ".example");
    assert_false(badge_did_web_url(url, text_of(host)));
    assert_false(badge_did_web_url(url, (struct badge_text){host, 72}));
    host[8] = '.';
    host[9] = 'a';
    assert_false(badge_did_web_url(url, text_of(host)));
}

static void web_urls_of_the_vectors(void **state)
{
    (void)state;
    json_t *root = vectors_json("formats/did-web.json"), *one;
    char url[BADGE_DID_URL_LEN];
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, one)
    {
        const char *did = json_string_value(json_object_get(one, "did")),
                   *expected = json_string_value(json_object_get(one, "url"));
        if (badge_did_web_url(url, text_of(did)) != !!expected || (expected && strcmp(url, expected) != 0))
            fail_msg("%s", did);
    }
    assert_int_equal(i, 7);
    json_decref(root);
}

static enum badge_status names(bool *named, const char *document)
{
    return badge_did_document_names(named, text_of(DID), document, strlen(document), 5, &account, NULL);
}

#define METHOD(id, account)                                                                                            \
    "{\"id\":\"" id "\",\"type\":\"EcdsaSecp256k1RecoveryMethod2020\",\"controller\":\"" DID                           \
    "\",\"blockchainAccountId\":\"" account "\"}"
#define KEY METHOD(DID "#key", "eip155:5:" ACCOUNT)
#define DOCUMENT(methods, assertion)                                                                                   \
    "{\"id\":\"" DID "\",\"verificationMethod\":[" methods "],\"assertionMethod\":[" assertion "]}"

static void documents_that_name(void **state)
{
    (void)state;
    static const char *const good[] = {
        DOCUMENT(KEY, "\"" DID "#key\""),
        DOCUMENT(KEY, "\"#key\""),
        DOCUMENT(METHOD("#key", "eip155:5:" LOWER), "\"" DID "#key\""),
        DOCUMENT("", KEY),
        DOCUMENT("null,3," METHOD(DID "#a", "eip155:5:" OTHER) "," KEY, "{},[],\"" DID "#a\",\"" DID "#key\""),
        "{\"id\":\"" DID "\",\"assertionMethod\":[" KEY "]}",
        "{\"@context\":\"https://www.w3.org/ns/did/v1\",\"assertionMethod\":[" KEY "],\"id\":\"did:web:issuer\\u002e"
        "example\"}",
    };
    bool named;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(names(&named, good[i]), BADGE_OK);
        if (!named)
            fail_msg("%s", good[i]);
    }
}

static void documents_that_do_not(void **state)
{
    (void)state;
    static const char *const other[] = {
        "{\"id\":\"" DID "\"}",
        DOCUMENT("", ""),
        DOCUMENT(KEY, ""),                  /* no power to assert */
        DOCUMENT(KEY, "\"" DID "#other\""), /* another's power */
        DOCUMENT(KEY, "\"" DID "\""),       /* no method */
        DOCUMENT(KEY, "\"#\",\"\",\"key\",\"#key \",\"#KEY\""),
        DOCUMENT(KEY, "\"did:web:issuer.example:more#key\""), /* another's document */
        DOCUMENT(METHOD("did:web:evil.example#key", "eip155:5:" ACCOUNT), "\"" DID "#key\""),
        DOCUMENT(METHOD("did:web:evil.example#key", "eip155:5:" ACCOUNT), "\"did:web:evil.example#key\""),
        DOCUMENT(METHOD(DID "#key", "eip155:1:" ACCOUNT), "\"#key\""), /* of another chain */
        DOCUMENT(METHOD(DID "#key", "eip155:05:" ACCOUNT), "\"#key\""),
        DOCUMENT(METHOD(DID "#key", "eip155:5:" OTHER), "\"#key\""),
        DOCUMENT(METHOD(DID "#key", "eip155:5:" MISTYPED), "\"#key\""),
        DOCUMENT(METHOD(DID "#key", ACCOUNT "@eip155:5"), "\"#key\""), /* before CAIP-10 had its form */
        DOCUMENT(METHOD(DID "#key", "eip155:5:" ACCOUNT "\\u0000"), "\"#key\""),
        "{\"id\":\"" DID "\",\"assertionMethod\":[{\"id\":\"#key\",\"blockchainAccountId\":\"eip155:5:" ACCOUNT "\"}]}",
        "{\"id\":\"" DID "\",\"authentication\":[" KEY "],\"keyAgreement\":[" KEY "]}",
        "{\"id\":\"" DID "\",\"alsoKnownAs\":[\"did:pkh:eip155:5:" ACCOUNT
        "\"],\"controller\":\"did:pkh:eip155:5:" ACCOUNT "\"}",
    };
    bool named;
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        assert_int_equal(names(&named, other[i]), BADGE_OK);
        if (named)
            fail_msg("%s", other[i]);
    }
}

static void no_documents_of_it(void **state)
{
    (void)state;
    static const struct {
        const char *document;
        enum badge_status status;
    } bad[] = {
        {"", BADGE_ESYNTAX},
        {"<html>", BADGE_ESYNTAX},
        {"[]", BADGE_ETYPE},
        {"null", BADGE_ETYPE},
        {"{}", BADGE_ETYPE},
        {"{\"id\":[\"" DID "\"],\"assertionMethod\":[" KEY "]}", BADGE_ETYPE},
        {"{\"id\":\"did:web:issuer.exampl\",\"assertionMethod\":[" KEY "]}", BADGE_ETYPE},
        {"{\"id\":\"did:web:issuer.example2\",\"assertionMethod\":[" KEY "]}", BADGE_ETYPE},
        {"{\"id\":\"did:web:Issuer.example\",\"assertionMethod\":[" KEY "]}", BADGE_ETYPE},
        {"{\"id\":\"" DID "\",\"assertionMethod\":" KEY "}", BADGE_ETYPE},
        {"{\"id\":\"" DID "\",\"verificationMethod\":" KEY ",\"assertionMethod\":[" KEY "]}", BADGE_ETYPE},
        {"{\"id\":\"did:web:evil\",\"id\":\"" DID "\",\"assertionMethod\":[" KEY "]}", BADGE_EDUPLICATE},
        {DOCUMENT("", KEY) "x", BADGE_ESYNTAX},
        {"\xef\xbb\xbf" DOCUMENT("", KEY), BADGE_EUTF8},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bool named = true;
        assert_int_equal(names(&named, bad[i].document), bad[i].status);
        assert_false(named);
    }
}

/* The bound itself is in order, and the densest JSON of that length has its memory. */
static void lengths(void **state)
{
    (void)state;
    static const char document[] = DOCUMENT("", KEY);
    static char padded[BADGE_DID_MAX_DOCUMENT + 1];
    bool named;
    memset(padded, ' ', sizeof padded);
    memcpy(padded, document, sizeof document - 1);
    assert_int_equal(badge_did_document_names(&named, text_of(DID), padded, sizeof padded - 1, 5, &account, NULL),
                     BADGE_OK);
    assert_true(named);
    assert_int_equal(badge_did_document_names(&named, text_of(DID), padded, sizeof padded, 5, &account, NULL),
                     BADGE_ELIMIT);
    assert_false(named);

    static const char head[] = "{\"id\":\"" DID "\",\"assertionMethod\":[\"#a\"],\"verificationMethod\":[";
    size_t len = sizeof head - 1;
    memcpy(padded, head, len);
    for (; len + 4 < BADGE_DID_MAX_DOCUMENT; len += 2)
        memcpy(padded + len, "1,", 2);
    memcpy(padded + len, "1]}", 3);
    assert_int_equal(badge_did_document_names(&named, text_of(DID), padded, len + 3, 5, &account, NULL), BADGE_OK);
    assert_false(named);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pkh),
        cmocka_unit_test(web_urls),
        cmocka_unit_test(web_urls_of_the_vectors),
        cmocka_unit_test(documents_that_name),
        cmocka_unit_test(documents_that_do_not),
        cmocka_unit_test(no_documents_of_it),
        cmocka_unit_test(lengths),
    };
    if (badge_address_parse(&account, ACCOUNT, BADGE_ADDRESS_LEN) != BADGE_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
