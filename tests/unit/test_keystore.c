/*
 * Keystores: every v3 file of the public vectors opens to its key, other kinds are refused with a clear error, Python
 * and openssl(1) open what we write, and a hostile file neither opens nor costs much.
 */
#include "support/test.h"

#include <unistd.h>

#include "eth/keystore.h"
#include "support/vectors.h"

#define SECRET "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
/* Not text: a NUL, bytes that are not UTF-8, a newline. */
#define PASSPHRASE "\x00\xff\xfe\n\xc3 p\xc3\xa4ss"
#define PASSPHRASE_LEN (sizeof PASSPHRASE - 1)

static const struct eth_kdf_cost low_scrypt = {.kdf = BADGE_KDF_SCRYPT, .scrypt = {.n = 1024, .r = 8, .p = 2}};
static const struct eth_kdf_cost low_pbkdf2 = {.kdf = BADGE_KDF_PBKDF2, .rounds = 1000};

/* A file that opens with PASSPHRASE to SECRET; the tests below alter it. */
static char keystore[BADGE_KEYSTORE_MAX_LEN];
static size_t keystore_len;

static struct badge_key *sample_key(void)
{
    uint8_t secret[32];
    struct badge_key *key = NULL;
    assert_int_equal(badge_hex_decode(secret, sizeof secret, SECRET, 64), BADGE_OK);
    assert_int_equal(badge_key_from_bytes(&key, secret, NULL), BADGE_OK);
    return key;
}

static int write_sample(void **state)
{
    (void)state;
    struct badge_key *key = sample_key();
    const enum badge_status status = eth_keystore_write(keystore, &keystore_len, key, PASSPHRASE, PASSPHRASE_LEN,
                                                        &low_scrypt, NULL);
    badge_key_free(key);
    return status == BADGE_OK && strlen(keystore) == keystore_len ? 0 : -1;
}

static void assert_key(struct badge_key *key, const char *secret)
{
    char text[2 * 32 + 1];
    badge_hex_encode(text, key->secret, sizeof key->secret);
    assert_string_equal(text, secret);
    badge_key_free(key);
}

static void assert_opens(const char *json, const void *passphrase, size_t passphrase_len, const char *secret)
{
    struct badge_key *key = NULL;
    struct badge_err err = {0};
    if (badge_keystore_open(&key, json, strlen(json), passphrase, passphrase_len, &err) != BADGE_OK)
        fail_msg("%s\n%s", err.text, json);
    assert_key(key, secret);
}

static void assert_refused(const char *json, const void *passphrase, size_t passphrase_len, enum badge_status expected)
{
    struct badge_key *key = NULL;
    struct badge_err err = {0};
    const enum badge_status status = badge_keystore_open(&key, json, strlen(json), passphrase, passphrase_len, &err);
    if (status != expected)
        fail_msg("%s instead of %s: %s\n%s", badge_status_name(status), badge_status_name(expected), err.text, json);
    assert_null(key);
    assert_int_equal(err.status, expected);
    assert_true(err.text[0] != '\0' && strchr(err.text, '\n') == NULL);
}

static void test_round_trip(void **state)
{
    (void)state;
    const struct eth_kdf_cost *const costs[] = {&low_scrypt, &low_pbkdf2};
    struct badge_key *key = sample_key();
    for (size_t i = 0; i < 2; i++) {
        char json[BADGE_KEYSTORE_MAX_LEN], again[BADGE_KEYSTORE_MAX_LEN];
        size_t len, again_len;
        struct badge_address address, named;
        assert_int_equal(eth_keystore_write(json, &len, key, PASSPHRASE, PASSPHRASE_LEN, costs[i], NULL), BADGE_OK);
        assert_opens(json, PASSPHRASE, PASSPHRASE_LEN, SECRET);
        assert_refused(json, PASSPHRASE, PASSPHRASE_LEN - 1, BADGE_EPASSPHRASE);
        assert_refused(json, "", 0, BADGE_EPASSPHRASE);
        badge_key_address(&address, key);
        assert_int_equal(badge_keystore_address(&named, json, len, NULL), BADGE_OK);
        assert_memory_equal(named.b, address.b, sizeof named.b);

        /* Salt, IV and id are fresh each time. */
        assert_int_equal(eth_keystore_write(again, &again_len, key, "", 0, costs[i], NULL), BADGE_OK);
        static const char *const fresh[] = {"\"salt\":\"", "\"iv\":\"", "\"id\":\""};
        for (size_t k = 0; k < 3; k++)
            assert_memory_not_equal(strstr(json, fresh[k]), strstr(again, fresh[k]), strlen(fresh[k]) + 32);
        assert_opens(again, "", 0, SECRET);
    }
    badge_key_free(key);
}

/* The public writer, at its full cost. */
static void test_standard_cost(void **state)
{
    (void)state;
    struct badge_key *key = sample_key();
    char json[BADGE_KEYSTORE_MAX_LEN];
    size_t len;
    assert_int_equal(badge_keystore_write(json, &len, key, "pass", 4, BADGE_KDF_SCRYPT, NULL), BADGE_OK);
    assert_non_null(strstr(json, "\"n\":262144,\"p\":1,\"r\":8,"));
    assert_opens(json, "pass", 4, SECRET);
    assert_int_equal(badge_keystore_write(json, &len, key, "pass", 4, BADGE_KDF_PBKDF2, NULL), BADGE_OK);
    assert_non_null(strstr(json, "\"c\":600000,"));
    assert_opens(json, "pass", 4, SECRET);
    badge_key_free(key);
}

static void test_oracle(void **state)
{
    (void)state;
    const struct eth_kdf_cost *const costs[] = {&low_scrypt, &low_pbkdf2};
    struct badge_key *key = sample_key();
    for (size_t i = 0; i < 2; i++) {
        char json[BADGE_KEYSTORE_MAX_LEN], path[] = "/tmp/badge-keystore-XXXXXX", passphrase[2 * PASSPHRASE_LEN + 1];
        char command[512], answer[128] = "";
        size_t len;
        assert_int_equal(eth_keystore_write(json, &len, key, PASSPHRASE, PASSPHRASE_LEN, costs[i], NULL), BADGE_OK);
        const int file = mkstemp(path);
        assert_true(file >= 0);
        assert_int_equal(write(file, json, len), len);
        close(file);
        badge_hex_encode(passphrase, PASSPHRASE, PASSPHRASE_LEN);
        snprintf(command, sizeof command, "python3 '%s/support/keystore_oracle.py' %s %s", TESTS_DIR, path, passphrase);
        FILE *oracle = popen(command, "r");
        assert_non_null(oracle);
        const char *line = fgets(answer, sizeof answer, oracle);
        assert_int_equal(pclose(oracle), 0);
        unlink(path);
        assert_non_null(line);
        assert_string_equal(answer, SECRET "\n");
    }
    badge_key_free(key);
}

/* RFC 7914 section 12, and the border between OpenSSL and our own. */
static void test_scrypt(void **state)
{
    (void)state;
    static const struct {
        const char *passphrase, *salt;
        struct eth_scrypt_cost cost;
        const char *out;
    } cases[] = {
        {"",
         "",
         {16, 1, 1},
         "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3"
         "6"
         "28cf35e20c38d18906"},
        {"password",
         "NaCl",
         {1024, 8, 16},
         "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83e"
         "e"
         "6d8360cbdfa2cc0640"},
        {"pleaseletmein",
         "SodiumChloride",
         {16384, 8, 1},
         "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651"
         "e"
         "40dfcf017b45575887"},
        /* The largest n that OpenSSL takes with r = 1, and the smallest that it refuses; both from Python. */
        {"password",
         "NaCl",
         {1 << 15, 1, 2},
         "f6419158ef3dbe1f028ee1d42fc1dc41890944e1bdbcb6fb729e9d1fbb67aac2"
         "02174ff637919b8ef8fd8837e9b915065b3c09f813b6c092392d1b4eba5f7e7d"},
        {"password",
         "NaCl",
         {1 << 16, 1, 2},
         "6a435edd142c70a0ab85918b9bdb943b3be223de0e644e309890c9e8100c88d9"
         "839fa9058b08cd239ecaad64c6726efa82fea2a0db6fe71676140c2903398709"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t out[64];
        char text[2 * sizeof out + 1];
        assert_int_equal(eth_scrypt(out, sizeof out, cases[i].passphrase, strlen(cases[i].passphrase),
                                    (const uint8_t *)cases[i].salt, strlen(cases[i].salt), &cases[i].cost),
                         BADGE_OK);
        badge_hex_encode(text, out, sizeof out);
        assert_string_equal(text, cases[i].out);
    }
}

/* The sample with its first `from` replaced; static memory, good until the next call. */
static const char *altered(const char *from, const char *to)
{
    static char out[2 * BADGE_KEYSTORE_MAX_LEN];
    const char *at = strstr(keystore, from);
    assert_non_null(at);
    snprintf(out, sizeof out, "%.*s%s%s", (int)(at - keystore), keystore, to, at + strlen(from));
    return out;
}

static void test_other_encodings(void **state)
{
    (void)state;
    static const char *const forms[][2] = {
        {"\"crypto\"", "\"Crypto\""},
        {"\"crypto\"", "\"CRYPTO\""},
        {"\"version\":3", "\"version\":3.0,\"x-wallet\":{\"version\":1}"},
        {"\"address\":\"", "\"address\":\"0x"},
        {"\"address\":", "\"label\":"},
        {"\"dklen\":32", "\"dklen\":64"}, /* only the first 32 bytes are used */
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        assert_opens(altered(forms[i][0], forms[i][1]), PASSPHRASE, PASSPHRASE_LEN, SECRET);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        enum badge_status expected;
    } cases[] = {
        {"\"version\":3", "\"version\":1", BADGE_EUNSUPPORTED},
        {"\"version\":3", "\"version\":\"three\"", BADGE_EUNSUPPORTED},
        {"\"crypto\"", "\"encrypted\"", BADGE_EUNSUPPORTED},
        {"aes-128-ctr", "aes-128-cbc", BADGE_EUNSUPPORTED},
        {"\"kdf\":\"scrypt\"", "\"kdf\":\"argon2id\"", BADGE_EUNSUPPORTED},
        {"\"n\":1024", "\"n\":1023", BADGE_ESYNTAX},
        {"\"n\":1024", "\"n\":1", BADGE_ESYNTAX},
        {"\"n\":1024", "\"n\":-1024", BADGE_ESYNTAX},
        {"\"n\":1024", "\"n\":\"1024\"", BADGE_ESYNTAX},
        {"\"r\":8", "\"r\":0", BADGE_ESYNTAX},
        {"\"p\":2", "\"p\":0", BADGE_ESYNTAX},
        {"\"dklen\":32", "\"dklen\":31", BADGE_ESYNTAX},
        {"\"salt\":\"", "\"salt\":\"0", BADGE_ESYNTAX},
        {"\"salt\":\"", "\"salt\":\"zz", BADGE_ESYNTAX},
        {"\"iv\":\"", "\"iv\":\"00", BADGE_ESYNTAX},
        {"\"ciphertext\":\"", "\"ciphertext\":\"00", BADGE_ESYNTAX},
        {"\"mac\":\"", "\"mac\":\"00", BADGE_ESYNTAX},
        {"\"mac\"", "\"MAC\"", BADGE_ESYNTAX},
        {"\"address\":\"", "\"address\":\"00", BADGE_ESYNTAX},
        {"\"address\":\"", "\"address\":7,\"a\":\"", BADGE_ESYNTAX},
        {"\"version\":3", "\"version\":3,\"version\":3", BADGE_EDUPLICATE},
        {"}", "", BADGE_ESYNTAX},
        /* too expensive: memory, then time */
        {"\"n\":1024", "\"n\":2097152", BADGE_ELIMIT},
        {"\"n\":1024", "\"n\":4503599627370496", BADGE_ELIMIT},
        {"\"r\":8", "\"r\":9007199254740991", BADGE_ELIMIT},
        {"\"p\":2", "\"p\":9007199254740991", BADGE_ELIMIT},
        {"\"n\":1024,\"p\":2", "\"n\":2,\"p\":4097", BADGE_ELIMIT},
        {"\"n\":1024,\"p\":2", "\"n\":1048576,\"p\":5", BADGE_ELIMIT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(altered(cases[i].from, cases[i].to), PASSPHRASE, PASSPHRASE_LEN, cases[i].expected);
    assert_refused("[]", "", 0, BADGE_ESYNTAX);
    assert_refused("", "", 0, BADGE_ESYNTAX);

    char pbkdf2[BADGE_KEYSTORE_MAX_LEN], *at;
    size_t len;
    struct badge_key *key = sample_key();
    assert_int_equal(eth_keystore_write(pbkdf2, &len, key, "", 0, &low_pbkdf2, NULL), BADGE_OK);
    badge_key_free(key);
    at = strstr(pbkdf2, "sha256");
    memcpy(at, "sha512", 6);
    assert_refused(pbkdf2, "", 0, BADGE_EUNSUPPORTED);
    memcpy(at, "sha256", 6);
    at = strstr(pbkdf2, "\"c\":1000,");
    memcpy(at, "\"c\":2e07,", 9);
    assert_refused(pbkdf2, "", 0, BADGE_ELIMIT);

    static char large[70000];
    memset(large, ' ', sizeof large - 1);
    assert_refused(large, "", 0, BADGE_ELIMIT);
    assert_refused(keystore, large, sizeof large - 1, BADGE_ELIMIT);
}

/* A changed digit anywhere in the ciphertext, MAC, salt or address is detected. */
static void test_altered_digits(void **state)
{
    (void)state;
    static const struct {
        const char *member;
        enum badge_status expected;
    } cases[] = {{"\"ciphertext\":\"", BADGE_EPASSPHRASE},
                 {"\"mac\":\"", BADGE_EPASSPHRASE},
                 {"\"salt\":\"", BADGE_EPASSPHRASE},
                 {"\"iv\":\"", BADGE_EMISMATCH}, /* the MAC does not cover it; the address does */
                 {"\"address\":\"", BADGE_EMISMATCH}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[BADGE_KEYSTORE_MAX_LEN];
        memcpy(json, keystore, keystore_len + 1);
        char *digit = strstr(json, cases[i].member) + strlen(cases[i].member);
        *digit = *digit == '0' ? '1' : '0';
        assert_refused(json, PASSPHRASE, PASSPHRASE_LEN, cases[i].expected);
    }
}

static void test_address(void **state)
{
    (void)state;
    struct badge_address address;
    const char *without = altered("\"address\":", "\"label\":");
    assert_int_equal(badge_keystore_address(&address, without, strlen(without), NULL), BADGE_ENOTFOUND);
    static const char bad[] = "{\"version\":3,\"address\":\"0x\"}";
    assert_int_equal(badge_keystore_address(&address, bad, strlen(bad), NULL), BADGE_ESYNTAX);
    assert_int_equal(badge_keystore_address(&address, "{\"address\":\"0x\"}", 16, NULL), BADGE_EUNSUPPORTED);
    assert_int_equal(badge_keystore_address(&address, "7", 1, NULL), BADGE_ESYNTAX);
    assert_int_equal(badge_keystore_address(&address, keystore, keystore_len / 2, NULL), BADGE_ESYNTAX);
}

static void test_vectors_basic(void **state)
{
    (void)state;
    json_t *root = vectors_json("keystore/basic_tests.json"), *entry;
    const char *name;
    json_object_foreach(root, name, entry)
    {
        char *json = json_dumps(json_object_get(entry, "json"), JSON_COMPACT);
        const char *password = json_string_value(json_object_get(entry, "password"));
        assert_opens(json, password, strlen(password), json_string_value(json_object_get(entry, "priv")));
        free(json);
    }
    print_message("%zu keystores\n", json_object_size(root));
    assert_true(json_object_size(root) >= 5);
    json_decref(root);
}

/* These vectors have the address, not the key. */
static void test_vectors_wallets(void **state)
{
    (void)state;
    json_t *root = vectors_json("ethereum/wallets.json.gz"), *entry;
    size_t i, n_opened = 0, n_refused = 0;
    json_array_foreach(root, i, entry)
    {
        const char *content = json_string_value(json_object_get(entry, "content"));
        size_t len;
        uint8_t *password = vectors_hex(json_string_value(json_object_get(entry, "password")), &len);
        if (strcmp(json_string_value(json_object_get(entry, "type")), "keystore") == 0) {
            struct badge_key *key = NULL;
            struct badge_err err;
            struct badge_address address;
            char text[BADGE_ADDRESS_LEN + 1];
            if (badge_keystore_open(&key, content, strlen(content), (const char *)password, len, &err) != BADGE_OK)
                fail_msg("%s: %s", json_string_value(json_object_get(entry, "name")), err.text);
            badge_key_address(&address, key);
            badge_address_format(text, &address);
            assert_string_equal(text, json_string_value(json_object_get(entry, "address")));
            badge_key_free(key);
            n_opened++;
        } else {
            assert_refused(content, password, len, BADGE_EUNSUPPORTED);
            n_refused++;
        }
        free(password);
    }
    print_message("%zu keystores opened, %zu files of other kinds refused\n", n_opened, n_refused);
    assert_true(n_opened >= 7 && n_refused >= 2);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scrypt),        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_oracle),        cmocka_unit_test(test_other_encodings),
        cmocka_unit_test(test_refusals),      cmocka_unit_test(test_altered_digits),
        cmocka_unit_test(test_address),       cmocka_unit_test(test_standard_cost),
        cmocka_unit_test(test_vectors_basic), cmocka_unit_test(test_vectors_wallets),
    };
    return cmocka_run_group_tests_name("keystore", tests, write_sample, NULL);
}
