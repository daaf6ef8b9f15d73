/* Signatures as badge_signature_verify() sees them: wycheproof's cases through our own door, and the bounds before it.
 */
#include "support/vectors.h"

#include <pthread.h>

#include "badge/signature.h"

static struct badge_text text_of(const void *bytes, size_t len)
{
    return (struct badge_text){len > 0 ? bytes : "", len};
}

static bool holds(enum badge_signature_algorithm algorithm, const struct badge_public_key *key,
                  struct badge_text message, struct badge_text signature)
{
    bool out = true;
    assert_int_equal(badge_signature_verify(&out, algorithm, key, message, signature, NULL), BADGE_OK);
    assert_true(!out || badge_signature_is_plausible(algorithm, key, signature));
    return out;
}

/* -- wycheproof ---------------------------------------------------------------------------------------------------- */

/* Takes a DER integer of at most len bytes, right-aligned; the shortest form only. */
static bool take_integer(uint8_t *out, size_t len, const uint8_t **at, const uint8_t *end)
{
    const uint8_t *der = *at;
    if (end - der < 3 || der[0] != 2 || der[1] == 0 || der[1] > 0x7f || end - der - 2 < der[1] || der[2] & 0x80)
        return false;
    size_t n = der[1], skip = der[2] == 0 && n > 1;
    if ((skip && !(der[3] & 0x80)) || n - skip > len)
        return false;
    memset(out, 0, len - (n - skip));
    memcpy(out + len - (n - skip), der + 2 + skip, n - skip);
    *at = der + 2 + n;
    return true;
}

/* JOSE has r and s side by side, most of wycheproof's files a sequence of both. */
static bool from_der(uint8_t *out, size_t len, const uint8_t *der, size_t der_len)
{
    if (der_len < 2 || der[0] != 0x30 || der[1] > 0x7f || (size_t)der[1] + 2 != der_len)
        return false;
    const uint8_t *at = der + 2, *end = der + der_len;
    return take_integer(out, len, &at, end) && take_integer(out + len, len, &at, end) && at == end;
}

/* The key of a group, made of its numbers. */
static void read_key(struct badge_public_key *out, enum badge_key_type type, const json_t *group)
{
    const json_t *key = json_object_get(group, "publicKey");
    const char *const member[] = {"uncompressed", "pk", "modulus"}, *found = NULL;
    size_t len, exponent_len;
    for (size_t i = 0; !found && i < 3; i++)
        found = json_string_value(json_object_get(key, member[i]));
    assert_non_null(found);
    uint8_t *bytes = vectors_hex(found, &len);
    size_t skip = type == BADGE_KEY_RSA && bytes[0] == 0;
    assert_true(len - skip <= sizeof out->bytes);
    *out = (struct badge_public_key){.type = type, .len = len - skip};
    memcpy(out->bytes, bytes + skip, out->len);
    free(bytes);
    if (type == BADGE_KEY_RSA) {
        bytes = vectors_hex(json_string_value(json_object_get(key, "publicExponent")), &exponent_len);
        for (size_t i = 0; i < exponent_len; i++)
            out->exponent = out->exponent << 8 | bytes[i];
        free(bytes);
    }
}

/* Half of the order of secp256k1: Bitcoin allows no s above it; JOSE (RFC 8812) does. */
static bool is_high(const uint8_t s[32])
{
    static const uint8_t half[32] = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                     0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4,
                                     0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};
    return memcmp(s, half, sizeof half) > 0;
}

struct file {
    const char *name;
    enum badge_signature_algorithm algorithm;
    enum badge_key_type type;
    size_t scalar_len; /* the file has DER; 0: bytes as they are */
    size_t n_cases;
};

static void check_case(const struct file *file, const struct badge_public_key *key, const json_t *test)
{
    size_t message_len, signature_len;
    uint8_t *message = vectors_hex(json_string_value(json_object_get(test, "msg")), &message_len);
    uint8_t *signature = vectors_hex(json_string_value(json_object_get(test, "sig")), &signature_len);
    const char *result = json_string_value(json_object_get(test, "result"));
    uint8_t pair[2 * 48];
    bool readable = true;
    if (file->scalar_len > 0) {
        readable = from_der(pair, file->scalar_len, signature, signature_len);
        signature_len = 2 * file->scalar_len;
    }
    bool good = readable && holds(file->algorithm, key, text_of(message, message_len),
                                  text_of(file->scalar_len > 0 ? pair : signature, signature_len));
    bool expected = strcmp(result, "valid") == 0;
    if (strstr(file->name, "bitcoin") && good && is_high(pair + 32))
        expected = true;
    if (strcmp(result, "acceptable") != 0 && good != expected)
        fail_msg("%s: case %lld (%s) is %s", file->name, json_integer_value(json_object_get(test, "tcId")),
                 json_string_value(json_object_get(test, "comment")), good ? "good" : "not good");
    free(message);
    free(signature);
}

static void all_of_wycheproof(void **state)
{
    (void)state;
    static const struct file files[] = {
        {"ed25519_test", BADGE_SIGNATURE_ED25519, BADGE_KEY_ED25519, 0, 151},
        {"ecdsa_secp256r1_sha256_p1363_test", BADGE_SIGNATURE_ES256, BADGE_KEY_P256, 0, 262},
        {"ecdsa_secp256r1_sha256_test", BADGE_SIGNATURE_ES256, BADGE_KEY_P256, 32, 484},
        {"ecdsa_secp384r1_sha384_p1363_test", BADGE_SIGNATURE_ES384, BADGE_KEY_P384, 0, 280},
        {"ecdsa_secp384r1_sha384_test", BADGE_SIGNATURE_ES384, BADGE_KEY_P384, 48, 504},
        {"ecdsa_secp256k1_sha256_p1363_test", BADGE_SIGNATURE_ES256K, BADGE_KEY_SECP256K1, 0, 252},
        {"ecdsa_secp256k1_sha256_test", BADGE_SIGNATURE_ES256K, BADGE_KEY_SECP256K1, 32, 476},
        {"ecdsa_secp256k1_sha256_bitcoin_test", BADGE_SIGNATURE_ES256K, BADGE_KEY_SECP256K1, 32, 463},
        {"rsa_signature_2048_sha256_test", BADGE_SIGNATURE_RS256, BADGE_KEY_RSA, 0, 259},
        {"rsa_signature_3072_sha256_test", BADGE_SIGNATURE_RS256, BADGE_KEY_RSA, 0, 259},
        {"rsa_signature_4096_sha256_test", BADGE_SIGNATURE_RS256, BADGE_KEY_RSA, 0, 258},
        {"rsa_pss_2048_sha256_mgf1_32_test", BADGE_SIGNATURE_PS256, BADGE_KEY_RSA, 0, 108},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char name[128];
        snprintf(name, sizeof name, "wycheproof/%s.json.gz", files[i].name);
        json_t *root = vectors_json(name), *group, *test;
        size_t g, t, n = 0;
        json_array_foreach(json_object_get(root, "testGroups"), g, group)
        {
            struct badge_public_key key;
            read_key(&key, files[i].type, group);
            json_array_foreach(json_object_get(group, "tests"), t, test)
            {
                check_case(&files[i], &key, test);
                n++;
            }
        }
        assert_int_equal(n, files[i].n_cases);
        json_decref(root);
    }
}

/* -- bounds -------------------------------------------------------------------------------------------------------- */

/* RFC 8032 section 7.1, test 3. */
static const char ed25519_key[] = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
static const char ed25519_signature[] = "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                                        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a";
static const char ed25519_message[] = "af82";

static void key_of(struct badge_public_key *out, enum badge_key_type type, const char *hex)
{
    size_t len;
    uint8_t *bytes = vectors_hex(hex, &len);
    *out = (struct badge_public_key){.type = type, .len = len};
    memcpy(out->bytes, bytes, len);
    free(bytes);
}

static void ed25519_bounds(void **state)
{
    (void)state;
    static const char *const no_keys[] = {
        /* of small order */
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        /* not canonical */
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    struct badge_public_key good, bad;
    uint8_t changed[64];
    size_t len, message_len;
    uint8_t *signature = vectors_hex(ed25519_signature, &len), *message = vectors_hex(ed25519_message, &message_len);
    key_of(&good, BADGE_KEY_ED25519, ed25519_key);
    assert_true(holds(BADGE_SIGNATURE_ED25519, &good, text_of(message, message_len), text_of(signature, len)));
    assert_false(holds(BADGE_SIGNATURE_ED25519, &good, text_of(message, 1), text_of(signature, len)));
    for (size_t i = 0; i < sizeof no_keys / sizeof *no_keys; i++) {
        key_of(&bad, BADGE_KEY_ED25519, no_keys[i]);
        assert_false(badge_signature_is_plausible(BADGE_SIGNATURE_ED25519, &bad, text_of(signature, len)));
        memcpy(changed, signature, len); /* as R; those that are not canonical fail in the mathematics */
        memcpy(changed, bad.bytes, 32);
        assert_true(i >= 12 || !badge_signature_is_plausible(BADGE_SIGNATURE_ED25519, &good, text_of(changed, len)));
        assert_false(holds(BADGE_SIGNATURE_ED25519, &good, text_of(message, message_len), text_of(changed, len)));
    }
    static const char *const high_keys[] = {
        /* below the prime, and not of small order, though near to what is refused */
        "ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff007f",
        "ff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    for (size_t i = 0; i < sizeof high_keys / sizeof *high_keys; i++) {
        key_of(&bad, BADGE_KEY_ED25519, high_keys[i]);
        assert_true(badge_signature_is_plausible(BADGE_SIGNATURE_ED25519, &bad, text_of(signature, len)));
    }
    /* S is below the order. */
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                      0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    memcpy(changed, signature, 32);
    memcpy(changed + 32, order, 32);
    assert_false(badge_signature_is_plausible(BADGE_SIGNATURE_ED25519, &good, text_of(changed, len)));
    changed[32]--;
    assert_true(badge_signature_is_plausible(BADGE_SIGNATURE_ED25519, &good, text_of(changed, len)));
    for (size_t bit = 0; bit < len * 8; bit++) {
        memcpy(changed, signature, len);
        changed[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(holds(BADGE_SIGNATURE_ED25519, &good, text_of(message, message_len), text_of(changed, len)));
    }
    for (size_t shorter = 0; shorter < len; shorter++)
        assert_false(holds(BADGE_SIGNATURE_ED25519, &good, text_of(message, message_len), text_of(signature, shorter)));
    free(signature);
    free(message);
}

#define N256 "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define P256 "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
#define ONE "0000000000000000000000000000000000000000000000000000000000000001"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define N_LESS_1 "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"
#define G256 "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define G256_Y "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"

static bool plausible(enum badge_signature_algorithm algorithm, const struct badge_public_key *key, const char *hex)
{
    size_t len;
    uint8_t *signature = vectors_hex(hex, &len);
    bool out = badge_signature_is_plausible(algorithm, key, text_of(signature, len));
    free(signature);
    return out;
}

static void ecdsa_bounds(void **state)
{
    (void)state;
    struct badge_public_key key;
    static const char *const keys[] = {"02" G256, "03" G256, "04" G256 G256_Y, "02" ZERO};
    static const char *const no_keys[] = {"00",          "02",          "06" G256 G256_Y, "04" G256,      "02" P256,
                                          "04" P256 ONE, "04" ONE P256, "05" G256,        "02" G256 "00", "00" G256};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        key_of(&key, BADGE_KEY_P256, keys[i]);
        assert_true(plausible(BADGE_SIGNATURE_ES256, &key, ONE N_LESS_1));
        assert_false(plausible(BADGE_SIGNATURE_ES256, &key, ONE N256));
        assert_false(plausible(BADGE_SIGNATURE_ES256, &key, N256 ONE));
        assert_false(plausible(BADGE_SIGNATURE_ES256, &key, ZERO ONE));
        assert_false(plausible(BADGE_SIGNATURE_ES256, &key, ONE ZERO));
        assert_false(plausible(BADGE_SIGNATURE_ES256, &key, ONE ONE "00"));
        assert_false(plausible(BADGE_SIGNATURE_ES256, &key, ONE));
        assert_false(plausible(BADGE_SIGNATURE_ES256, &key, ""));
        assert_false(plausible(BADGE_SIGNATURE_ES384, &key, ONE ONE ONE));
        assert_false(plausible(BADGE_SIGNATURE_ES256K, &key, ONE ONE));
        assert_false(plausible(BADGE_SIGNATURE_ED25519, &key, ONE ONE));
        assert_false(plausible(BADGE_SIGNATURE_RS256, &key, ONE ONE));
    }
    for (size_t i = 0; i < sizeof no_keys / sizeof *no_keys; i++) {
        key_of(&key, BADGE_KEY_P256, no_keys[i]);
        assert_false(plausible(BADGE_SIGNATURE_ES256, &key, ONE ONE));
    }
    /* Within the bounds, and not on the curve: the mathematics says no. */
    uint8_t signature[64] = {[31] = 1, [63] = 1};
    key_of(&key, BADGE_KEY_P256, "04" G256 ONE);
    assert_false(holds(BADGE_SIGNATURE_ES256, &key, text_of("x", 1), text_of(signature, 64)));
    key_of(&key, BADGE_KEY_SECP256K1, "04" G256 ONE);
    assert_false(holds(BADGE_SIGNATURE_ES256K, &key, text_of("x", 1), text_of(signature, 64)));
}

static void rsa_bounds(void **state)
{
    (void)state;
    struct badge_public_key key = {.type = BADGE_KEY_RSA, .len = 256, .exponent = 65537};
    static const uint8_t signature[1025];
    memset(key.bytes, 0xd5, sizeof key.bytes);
    assert_true(badge_signature_is_plausible(BADGE_SIGNATURE_RS256, &key, text_of(signature, 256)));
    assert_true(badge_signature_is_plausible(BADGE_SIGNATURE_PS256, &key, text_of(signature, 256)));
    assert_false(badge_signature_is_plausible(BADGE_SIGNATURE_RS256, &key, text_of(signature, 255)));
    assert_false(badge_signature_is_plausible(BADGE_SIGNATURE_RS256, &key, text_of(signature, 257)));
    assert_false(badge_signature_is_plausible(BADGE_SIGNATURE_ES256, &key, text_of(signature, 64)));
    key.bytes[0] = 0x7f; /* 2047 bits */
    assert_false(badge_signature_is_plausible(BADGE_SIGNATURE_RS256, &key, text_of(signature, 256)));
    key.len = 257;
    key.bytes[0] = 1; /* 2049 bits */
    assert_true(badge_signature_is_plausible(BADGE_SIGNATURE_RS256, &key, text_of(signature, 257)));
    key.bytes[0] = 0;
    assert_false(badge_signature_is_plausible(BADGE_SIGNATURE_RS256, &key, text_of(signature, 257)));
    key.len = 1024;
    key.bytes[0] = 0xd5;
    assert_true(badge_signature_is_plausible(BADGE_SIGNATURE_RS256, &key, text_of(signature, 1024)));
    key.bytes[1023] = 0xd4;
    assert_false(badge_signature_is_plausible(BADGE_SIGNATURE_RS256, &key, text_of(signature, 1024)));
    key.len = 256;
    for (uint32_t exponent = 0; exponent < 8; exponent++) {
        key.exponent = exponent;
        assert_int_equal(badge_signature_is_plausible(BADGE_SIGNATURE_RS256, &key, text_of(signature, 256)),
                         exponent >= 3 && exponent % 2 == 1);
    }
}

/* -- threads ------------------------------------------------------------------------------------------------------- */

/* Appendix A.3 of RFC 7515. */
static const char es256_key[] = "047fcdce2770f6c45d4183cbee6fdb4b7b580733357be9ef13bacf6e3c7bd15445"
                                "c7f144cd1bbd9b7e872cdfedb9eeb9f4b3695d6ea90b24ad8a4623288588e5ad";
static const char es256_message[] =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
static const char es256_signature[] = "0ed1215379636c483c2f7f155807d402a3b228033af97c7e17819ac3169ea665"
                                      "c50a07d38c3c70e5d8f12daf084a5480a66590c5f293509a8f3f7f8a83a354d5";

struct worker {
    struct badge_public_key ed25519, es256;
    struct badge_text ed25519_message, ed25519_signature, es256_signature;
    int n_good;
};

static void *verify_many(void *context)
{
    struct worker *worker = context;
    for (int i = 0; i < 50; i++) {
        bool first = false, second = false;
        if (badge_signature_verify(&first, BADGE_SIGNATURE_ED25519, &worker->ed25519, worker->ed25519_message,
                                   worker->ed25519_signature, NULL) == BADGE_OK &&
            badge_signature_verify(&second, BADGE_SIGNATURE_ES256, &worker->es256,
                                   text_of(es256_message, strlen(es256_message)), worker->es256_signature,
                                   NULL) == BADGE_OK)
            worker->n_good += first && second;
    }
    return NULL;
}

/* Half of them have the point compressed. */
static void threads_verify_at_once(void **state)
{
    (void)state;
    struct worker worker[4];
    pthread_t thread[4];
    size_t len;
    uint8_t *signature = vectors_hex(ed25519_signature, &len), *message = vectors_hex(ed25519_message, &len),
            *second = vectors_hex(es256_signature, &len);
    for (size_t i = 0; i < 4; i++) {
        worker[i] = (struct worker){.ed25519_message = text_of(message, 2),
                                    .ed25519_signature = text_of(signature, 64),
                                    .es256_signature = text_of(second, 64)};
        key_of(&worker[i].ed25519, BADGE_KEY_ED25519, ed25519_key);
        key_of(&worker[i].es256, BADGE_KEY_P256, es256_key);
        if (i % 2 == 1) {
            worker[i].es256.bytes[0] = (uint8_t)(2 + (worker[i].es256.bytes[64] & 1));
            worker[i].es256.len = 33;
        }
        assert_int_equal(pthread_create(&thread[i], NULL, verify_many, &worker[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        assert_int_equal(worker[i].n_good, 50);
    }
    free(signature);
    free(message);
    free(second);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(badge_signature_algorithm_name(BADGE_SIGNATURE_ED25519), "EdDSA");
    assert_string_equal(badge_signature_algorithm_name(BADGE_SIGNATURE_ES256), "ES256");
    assert_string_equal(badge_signature_algorithm_name(BADGE_SIGNATURE_ES384), "ES384");
    assert_string_equal(badge_signature_algorithm_name(BADGE_SIGNATURE_ES256K), "ES256K");
    assert_string_equal(badge_signature_algorithm_name(BADGE_SIGNATURE_RS256), "RS256");
    assert_string_equal(badge_signature_algorithm_name(BADGE_SIGNATURE_PS256), "PS256");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_wycheproof), cmocka_unit_test(ed25519_bounds),         cmocka_unit_test(ecdsa_bounds),
        cmocka_unit_test(rsa_bounds),        cmocka_unit_test(threads_verify_at_once), cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
