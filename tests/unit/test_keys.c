/* Keys from Multikey, JWK, did:key and did:jwk, and the texts that they are written in. */
#include "support/vectors.h"

#include "badge/signature.h"
#include "proof/multibase.h"

static struct badge_text text_of(const char *text)
{
    return (struct badge_text){text, strlen(text)};
}

/* -- texts --------------------------------------------------------------------------------------------------------- */

static bool decodes(const char *text, const char *bytes, size_t len, bool is_base64url)
{
    char out[64];
    size_t n;
    bool seen;
    return multibase_decode(out, &n, sizeof out, &seen, text_of(text)) && n == len && memcmp(out, bytes, len) == 0 &&
           seen == is_base64url;
}

static void texts_are_decoded(void **state)
{
    (void)state;
    assert_true(decodes("z", "", 0, false));
    assert_true(decodes("z1", "\0", 1, false));
    assert_true(decodes("z11", "\0\0", 2, false));
    assert_true(decodes("z2", "\1", 1, false));
    assert_true(decodes("z5Q", "\xff", 1, false));
    assert_true(decodes("zStV1DL6CwTryKyV", "hello world", 11, false)); /* draft-msporny-base58 */
    assert_true(decodes("z2NEpo7TZRRrLZSi2U", "Hello World!", 12, false));
    assert_true(decodes("z111233QC4", "\0\0\0\x28\x7f\xb4\xcd", 7, false));
    assert_true(decodes("z7YXq9H", "\001\000\000\000\000", 5, false));
    assert_true(decodes("zVmdYfPM", "\377\000\000\000\000", 5, false));
    assert_true(decodes("zjpXCZedGfVR", "\001\000\000\000\000\000\000\000\000", 9, false));
    assert_true(decodes("z117YXq9H", "\000\000\001\000\000\000\000", 7, false));
    assert_true(decodes("u", "", 0, true));
    assert_true(decodes("uZg", "f", 1, true));
    assert_true(decodes("uZm8", "fo", 2, true));
    assert_true(decodes("uZm9v", "foo", 3, true));
    assert_true(decodes("u-_8", "\xfb\xff", 2, true));
}

static void other_texts_are_not(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "Z5Q",     "5Q",    "z0",    "zO",        "zI",  "zl",   "z5Q ",
                                      "z 5Q", "z5Q=",    "uZg=",  "uZg==", "uZh",       "uZ",  "uZm9", "uZm9vZ",
                                      "u+/8", "uZm9v\n", "mZm9v", "f00",   "z\xc3\xa9", "u Zg"};
    char out[64];
    size_t len;
    bool is_base64url;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (multibase_decode(out, &len, sizeof out, &is_base64url, text_of(bad[i])))
            fail_msg("%s", bad[i]);
    assert_false(multibase_decode(out, &len, sizeof out, &is_base64url, (struct badge_text){"z5\0", 3}));
    assert_false(multibase_base64url(out, &len, sizeof out, (struct badge_text){"Zm\0v", 4}));
}

/* No text writes beyond its place; those just within it are read. */
static void lengths_are_bounded(void **state)
{
    (void)state;
    static char text[MULTIBASE_MAX_LEN + 8], out[2 * MULTIBASE_MAX_LEN];
    size_t len;
    bool is_base64url;
    memset(text, 'z', sizeof text);
    assert_true(
        multibase_decode(out, &len, sizeof out, &is_base64url, (struct badge_text){text, MULTIBASE_MAX_LEN + 1}));
    assert_int_equal(len, 1125); /* 1536 · log(58) / log(256), rounded up */
    for (size_t capacity = 0; capacity < 1125; capacity += 7)
        assert_false(
            multibase_decode(out, &len, capacity, &is_base64url, (struct badge_text){text, MULTIBASE_MAX_LEN + 1}));
    assert_false(
        multibase_decode(out, &len, sizeof out, &is_base64url, (struct badge_text){text, MULTIBASE_MAX_LEN + 2}));
    memset(text + 1, '1', sizeof text - 1);
    assert_true(multibase_decode(out, &len, 5, &is_base64url, (struct badge_text){text, 6}));
    assert_int_equal(len, 5);
    assert_false(multibase_decode(out, &len, 4, &is_base64url, (struct badge_text){text, 6}));
    for (size_t n = 0; n < 12; n++) {
        bool is_whole = n % 4 != 1;
        size_t wanted = n / 4 * 3 + n % 4 * 3 / 4;
        assert_int_equal(multibase_base64url(out, &len, wanted, (struct badge_text){"AAAAAAAAAAAA", n}), is_whole);
        assert_true(!is_whole || len == wanted);
        assert_true(wanted == 0 || !multibase_base64url(out, &len, wanted - 1, (struct badge_text){"AAAAAAAAAAAA", n}));
    }
}

/* -- keys ---------------------------------------------------------------------------------------------------------- */

static struct badge_arena arena;

static enum badge_status from_jwk(struct badge_public_key *out, const char *json)
{
    const struct badge_json_value *jwk;
    struct badge_err err = {.status = BADGE_OK};
    badge_arena_clear(&arena);
    assert_int_equal(badge_json_parse(&jwk, &arena, json, strlen(json), NULL), BADGE_OK);
    enum badge_status status = badge_key_from_jwk(out, jwk, &err);
    assert_int_equal(status, err.status);
    assert_int_equal(status == BADGE_OK, out->type != BADGE_KEY_NONE);
    return status;
}

static void did_keys_of_the_vectors(void **state)
{
    (void)state;
    json_t *root = vectors_json("formats/did-key.json"), *one;
    size_t i, n_read = 0;
    json_array_foreach(json_object_get(root, "cases"), i, one)
    {
        const char *name = json_string_value(json_object_get(one, "key")),
                   *did = json_string_value(json_object_get(one, "did")),
                   *method = json_string_value(json_object_get(one, "verificationMethod"));
        struct badge_public_key key, of_method, of_jwk;
        char *jwk = json_dumps(json_object_get(one, "publicKeyJwk"), 0);
        bool is_known = strcmp(name, "X25519") != 0 && strcmp(name, "P-521") != 0;
        enum badge_status expected = is_known ? BADGE_OK : BADGE_EUNSUPPORTED;
        assert_int_equal(badge_key_from_did(&key, text_of(did), NULL), expected);
        assert_int_equal(badge_key_from_did(&of_method, text_of(method), NULL), expected);
        assert_int_equal(from_jwk(&of_jwk, jwk), expected);
        assert_int_equal(badge_key_equal(&key, &of_jwk), is_known);
        assert_int_equal(badge_key_equal(&key, &of_method), is_known);
        n_read += is_known;
        free(jwk);
    }
    assert_int_equal(n_read, 5);
    json_decref(root);
}

#define MULTIKEY "z6MkqvCQLCvnRYU2WSFP4j97avePxKSx6Pb9xnPeKVuo9JGF"
#define OTHER "z6Mki3yjrvhM856NHiyGYMdEM5XJ5L7b3exKDY2YtfCpBHZW"
#define ED25519_X "qlcem1k_F3LZc60aWOlYY3MtRSKavzR42ibgUmyWyng"

static void multikeys(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum badge_status status;
        bool is_base64url;
    } cases[] = {
        {MULTIKEY, BADGE_OK, false},
        {"u7QGqVx6bWT8XctlzrRpY6Vhjcy1FIpq_NHjaJuBSbJbKeA", BADGE_OK, true},
        {"u7QGqVx6bWT8XctlzrRpY6Vhjcy1FIpq_NHjaJuBSbJbKeA=", BADGE_ETYPE, true},
        {"6MkqvCQLCvnRYU2WSFP4j97avePxKSx6Pb9xnPeKVuo9JGF", BADGE_ETYPE, false},
        {MULTIKEY "1", BADGE_EUNSUPPORTED, false}, /* another number, and so another prefix */
        {"z", BADGE_ETYPE, false},
        {"", BADGE_ETYPE, false},
        {"u7QE", BADGE_ETYPE, true},                                             /* ed01 and nothing */
        {"u7QGqVx6bWT8XctlzrRpY6Vhjcy1FIpq_NHjaJuBSbJbKeAA", BADGE_ETYPE, true}, /* 33 bytes */
        {"u7QEBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", BADGE_ETYPE, true},  /* of small order */
        {"ugCQCAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE", BADGE_OK, true},    /* P-256, x = 1 */
        {"ugCQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE", BADGE_ETYPE, true}, /* 04, compressed */
        {"u6QGqVx6bWT8XctlzrRpY6Vhjcy1FIpq_NHjaJuBSbJbKeA", BADGE_EUNSUPPORTED, true},
        {"uhSQwggEKAoIBAQAB", BADGE_ETYPE, true}, /* RSA, cut */
    };
    struct badge_public_key key;
    bool is_base64url;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum badge_status status = badge_key_from_multikey(&key, &is_base64url, text_of(cases[i].text), NULL);
        if (status != cases[i].status || (status == BADGE_OK && is_base64url != cases[i].is_base64url))
            fail_msg("%s: %d", cases[i].text, status);
        assert_int_equal(status == BADGE_OK, key.type != BADGE_KEY_NONE);
    }
}

/* An RSA key's multicodec and DER, whose tags and lengths are given in hexadecimal; $: a modulus of 256 bytes. */
static enum badge_status from_der(const char *der)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t bytes[600] = {0x85, 0x24};
    char text[900] = "u";
    size_t len = 2, n = 1;
    for (; *der; der += *der == '$' ? 1 : 2) {
        if (*der == '$') {
            memset(bytes + len, 0xd5, 256);
            len += 256;
        } else {
            const char pair[3] = {der[0], der[1], '\0'};
            bytes[len++] = (uint8_t)strtoul(pair, NULL, 16);
        }
    }
    for (size_t i = 0; i < len; i += 3) {
        uint32_t bits = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];
        for (size_t j = 0; j < 4 && i + j <= len; j++)
            text[n++] = digits[bits >> (18 - 6 * j) & 63];
    }
    struct badge_public_key key;
    bool is_base64url;
    text[n] = '\0';
    enum badge_status status = badge_key_from_multikey(&key, &is_base64url, text_of(text), NULL);
    assert_true(status != BADGE_OK || (key.len == 256 && key.bytes[0] == 0xd5));
    return status;
}

static void rsa_multikeys(void **state)
{
    (void)state;
    assert_int_equal(from_der("3082010a0282010100$0203010001"), BADGE_OK);
    assert_int_equal(from_der("308201080282010100$020103"), BADGE_OK);
    static const char *const bad[] = {
        "",
        "30",
        "3000",
        "3080",
        "308201",
        "3082010a",
        "3182010a0282010100$0203010001", /* other tags */
        "3082010a0382010100$0203010001",
        "3082010a0282010100$0303010001",
        "3082010a0282010100$020301000100", /* more after it */
        "3082010b0282010100$020301000100", /* more in it */
        "3082010b0282010100$0203010001",   /* less than it says */
        "308201050282010100$",             /* no exponent */
        "308201070282010100$0200",         /* an empty one */
        "30050200020103",                  /* an empty modulus */
        "308201090282010000$0203010001",   /* cut */
        "308201080282010100$020183",       /* negative */
        "3082010902820100$0203010001",     /* a negative modulus */
        "3083000109",
        "3083010a0282010100$0203010001", /* lengths in three bytes */
        "308300010a0282010100$0203010001",
        "30807f",
        "30817f", /* not the shortest form */
        "308200090203008001020103",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (from_der(bad[i]) == BADGE_OK)
            fail_msg("%s", bad[i]);
    /* Well-formed, and too short for a key. */
    assert_int_equal(from_der("3009020300800102020103"), BADGE_EUNSUPPORTED);
    assert_int_equal(from_der("30080203008001020103"), BADGE_EUNSUPPORTED);
}

#define JWK_ED25519 "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED25519_X "\"}"
#define P256_X "gC-KN1m8viHzSFOlIH9exzfBYSjJh2cQaDtbv7R71wg"
#define P256_Y "hMQiSlTxLRVjn8dKHos1um7KDsPDENJRvLekugoXqSU"
#define JWK_P256(more) "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"" more "}"

static void jwks(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum badge_status status;
    } cases[] = {
        {JWK_ED25519, BADGE_OK},
        {JWK_P256(""), BADGE_OK},
        {JWK_P256(",\"use\":\"sig\",\"key_ops\":[\"verify\"],\"alg\":\"ES256\",\"kid\":\"1\""), BADGE_OK},
        {JWK_P256(",\"use\":\"enc\""), BADGE_EUNSUPPORTED},
        {JWK_P256(",\"use\":[\"sig\"]"), BADGE_EUNSUPPORTED},
        {JWK_P256(",\"key_ops\":[\"deriveKey\"]"), BADGE_EUNSUPPORTED},
        {JWK_P256(",\"key_ops\":\"verify\""), BADGE_EUNSUPPORTED},
        {JWK_P256(",\"d\":\"AA\""), BADGE_ETYPE},
        {JWK_P256(",\"k\":null"), BADGE_ETYPE},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\"}", BADGE_ETYPE},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "=\",\"y\":\"" P256_Y "\"}", BADGE_ETYPE},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA" P256_X "\",\"y\":\"" P256_Y "\"}", BADGE_ETYPE},
        {"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"}", BADGE_ETYPE},
        {"{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"}", BADGE_EUNSUPPORTED},
        {"{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"}",
         BADGE_OK}, /* within bounds */
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"__________________________________________8\",\"y\":\"" P256_Y
         "\"}",
         BADGE_ETYPE},
        {"{\"kty\":\"EC\",\"crv\":\"p-256\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"}", BADGE_EUNSUPPORTED},
        {"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" ED25519_X "\"}", BADGE_EUNSUPPORTED},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}", BADGE_ETYPE},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", BADGE_ETYPE},
        /* leftover bits */
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"qlcem1k_F3LZc60aWOlYY3MtRSKavzR42ibgUmyWynh\"}", BADGE_ETYPE},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"gC-KN1m8viHzSFOlIH9exzfBYSjJh2cQaDtbv7R71wh\",\"y\":\"" P256_Y
         "\"}",
         BADGE_ETYPE},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X
         "\",\"y\":\"hMQiSlTxLRVjn8dKHos1um7KDsPDENJRvLekugoXqSV\"}",
         BADGE_ETYPE},
        {"{\"kty\":\"oct\",\"alg\":\"HS256\"}", BADGE_EUNSUPPORTED},
        {"{\"kty\":\"oct\",\"k\":\"AAAA\"}", BADGE_ETYPE},
        {"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", BADGE_EUNSUPPORTED},
        {"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQABAQABAQAB\"}", BADGE_ETYPE},
        {"{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}", BADGE_ETYPE},
        {"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQ\"}", BADGE_ETYPE},
        {"{\"kty\":\"RSA\",\"e\":\"AQAB\"}", BADGE_ETYPE},
        {"{}", BADGE_ETYPE},
        {"[]", BADGE_ETYPE},
        {"\"kty\"", BADGE_ETYPE},
        {"{\"kty\":1}", BADGE_ETYPE},
    };
    struct badge_public_key key;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum badge_status status = from_jwk(&key, cases[i].json);
        if (status != cases[i].status)
            fail_msg("%s: %d", cases[i].json, status);
    }
}

/* RSA's numbers: a modulus of n_quads times three bytes and the rest, an exponent. */
static enum badge_status from_rsa(struct badge_public_key *out, const char *first, size_t n_quads, const char *rest,
                                  const char *exponent)
{
    char json[2048] = "{\"kty\":\"RSA\",\"n\":\"";
    size_t len = strlen(json);
    len += (size_t)snprintf(json + len, sizeof json - len, "%s", first);
    for (size_t i = 0; i < n_quads; i++, len += 4)
        memcpy(json + len, "1dXV", 4);
    snprintf(json + len, sizeof json - len, "%s\",\"e\":\"%s\"}", rest, exponent);
    return from_jwk(out, json);
}

static void rsa_keys(void **state)
{
    (void)state;
    struct badge_public_key key;
    assert_int_equal(from_rsa(&key, "", 85, "1Q", "AQAB"), BADGE_OK); /* 256 bytes */
    assert_int_equal(key.len, 256);
    assert_int_equal(key.exponent, 65537);
    assert_int_equal(from_rsa(&key, "", 85, "1Q", "Aw"), BADGE_OK);
    assert_int_equal(key.exponent, 3);
    assert_int_equal(from_rsa(&key, "", 85, "1Q", "AAAAAAAD"), BADGE_OK); /* with zeros before it */
    assert_int_equal(key.exponent, 3);
    assert_int_equal(from_rsa(&key, "", 85, "1Q", "_____w"), BADGE_OK);
    assert_int_equal(key.exponent, UINT32_MAX);
    assert_int_equal(from_rsa(&key, "", 85, "1Q", "AQAAAAE"), BADGE_EUNSUPPORTED);
    assert_int_equal(from_rsa(&key, "", 85, "1Q", "Ag"), BADGE_ETYPE);
    assert_int_equal(from_rsa(&key, "", 85, "1A", "AQAB"), BADGE_ETYPE);            /* even */
    assert_int_equal(from_rsa(&key, "ANXV", 84, "1Q", "AQAB"), BADGE_EUNSUPPORTED); /* a zero and 2040 bits */
    assert_int_equal(from_rsa(&key, "ANXV", 85, "1Q", "AQAB"), BADGE_OK);
    assert_int_equal(key.len, 258);
    assert_int_equal(key.bytes[0], 0xd5);
    assert_int_equal(from_rsa(&key, "", 341, "1Q", "AQAB"), BADGE_OK); /* 8192 bits */
    assert_int_equal(key.len, BADGE_KEY_MAX_LEN);
    assert_int_equal(from_rsa(&key, "", 341, "1dU", "AQAB"), BADGE_EUNSUPPORTED);
    assert_int_equal(from_rsa(&key, "", 342, "", "AQAB"), BADGE_ETYPE);
}

/* JWK_ED25519 in base64url. */
#define JWK_TEXT                                                                                                       \
    "eyJrdHkiOiJPS1AiLCJjcnYiOiJFZDI1NTE5IiwieCI6InFsY2VtMWtfRjNMWmM2MGFXT2xZWTNNdFJTS2F2elI0MmliZ1VteVd5bmcifQ"

static void dids(void **state)
{
    (void)state;
    static const struct {
        const char *did;
        enum badge_status status;
    } cases[] = {
        {"did:key:" MULTIKEY, BADGE_OK},
        {"did:key:" MULTIKEY "#" MULTIKEY, BADGE_OK},
        {"did:key:" MULTIKEY "#" OTHER, BADGE_ETYPE},
        {"did:key:" MULTIKEY "#", BADGE_ETYPE},
        {"did:key:" MULTIKEY "?a#" MULTIKEY, BADGE_ETYPE},
        {"did:key:" MULTIKEY "/a", BADGE_ETYPE},
        {"did:key:", BADGE_ETYPE},
        {"did:key:u7QGqVx6bWT8XctlzrRpY6Vhjcy1FIpq_NHjaJuBSbJbKeA", BADGE_ETYPE},
        {"did:key:z6LSdnDUG9VLps3SdBuugeNtPFjnnJiJ2eGA24jbxVuhwXNe", BADGE_EUNSUPPORTED},
        {"DID:key:" MULTIKEY, BADGE_EUNSUPPORTED},
        {"did:web:issuer.example", BADGE_EUNSUPPORTED},
        {MULTIKEY, BADGE_EUNSUPPORTED},
        {"", BADGE_EUNSUPPORTED},
        {"#", BADGE_EUNSUPPORTED},
        {"did:jwk:" JWK_TEXT, BADGE_OK},
        {"did:jwk:" JWK_TEXT "#0", BADGE_OK},
        {"did:jwk:" JWK_TEXT "#1", BADGE_ETYPE},
        {"did:jwk:" JWK_TEXT "#", BADGE_ETYPE},
        {"did:jwk:" JWK_TEXT "=", BADGE_ETYPE},
        {"did:jwk:" JWK_TEXT "eA", BADGE_ETYPE},
        {"did:jwk:e30", BADGE_ETYPE},
        {"did:jwk:", BADGE_ETYPE},
    };
    struct badge_public_key key, expected;
    assert_int_equal(from_jwk(&expected, JWK_ED25519), BADGE_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum badge_status status = badge_key_from_did(&key, text_of(cases[i].did), NULL);
        if (status != cases[i].status || badge_key_equal(&key, &expected) != (status == BADGE_OK))
            fail_msg("%s: %d", cases[i].did, status);
    }
    static char longest[16384] = "did:jwk:";
    memset(longest + 8, 'e', sizeof longest - 9);
    assert_int_equal(badge_key_from_did(&key, text_of(longest), NULL), BADGE_ETYPE);
    memcpy(longest, "did:key:z", 9);
    assert_int_equal(badge_key_from_did(&key, text_of(longest), NULL), BADGE_ETYPE);
}

static void keys_are_compared(void **state)
{
    (void)state;
    struct badge_public_key whole, compressed, none = {0};
    assert_int_equal(from_jwk(&whole, JWK_P256("")), BADGE_OK);
    compressed = whole;
    compressed.len = 33;
    compressed.bytes[0] = (uint8_t)(2 + (whole.bytes[64] & 1));
    assert_true(badge_key_equal(&whole, &compressed));
    assert_true(badge_key_equal(&compressed, &whole));
    assert_true(badge_key_equal(&compressed, &compressed));
    compressed.bytes[0] ^= 1;
    assert_false(badge_key_equal(&whole, &compressed));
    assert_false(badge_key_equal(&compressed, &whole));
    compressed.bytes[0] ^= 1;
    compressed.bytes[32] ^= 1;
    assert_false(badge_key_equal(&whole, &compressed));
    compressed.bytes[32] ^= 1;
    compressed.type = BADGE_KEY_SECP256K1;
    assert_false(badge_key_equal(&whole, &compressed));
    assert_false(badge_key_equal(&none, &none));
    struct badge_public_key rsa = {.type = BADGE_KEY_RSA, .len = 256, .bytes = {1}, .exponent = 3}, other = rsa;
    assert_true(badge_key_equal(&rsa, &other));
    other.exponent = 5;
    assert_false(badge_key_equal(&rsa, &other));
}

static int begin(void **state)
{
    (void)state;
    badge_arena_init(&arena, 1 << 20);
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
        cmocka_unit_test(texts_are_decoded),
        cmocka_unit_test(other_texts_are_not),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(did_keys_of_the_vectors),
        cmocka_unit_test(multikeys),
        cmocka_unit_test(rsa_multikeys),
        cmocka_unit_test(jwks),
        cmocka_unit_test(rsa_keys),
        cmocka_unit_test(dids),
        cmocka_unit_test(keys_are_compared),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
