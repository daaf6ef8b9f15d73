/*
 * Keys and signatures: every account of the public vectors, RFC 6979 signatures over secp256k1 as other
 * implementations publish them, recovery of the signer, and what is refused.
 */
#include "support/test.h"

#include <pthread.h>

#include "badge/eth.h"
#include "support/vectors.h"

#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
#define HALF_ORDER "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"

static void read_hex(uint8_t out[32], const char *hex)
{
    assert_int_equal(badge_hex_decode(out, 32, hex, strlen(hex)), BADGE_OK);
}

static struct badge_key *key_from(const char *hex)
{
    uint8_t secret[32];
    struct badge_key *key = NULL;
    read_hex(secret, hex);
    assert_int_equal(badge_key_from_bytes(&key, secret, NULL), BADGE_OK);
    return key;
}

static void assert_recovers(const struct badge_key *key, const struct badge_signature *signature,
                            const struct badge_hash *hash)
{
    struct badge_address expected, recovered;
    badge_key_address(&expected, key);
    assert_int_equal(badge_recover_address(&recovered, signature, hash), BADGE_OK);
    assert_memory_equal(recovered.b, expected.b, sizeof expected.b);
    uint8_t half_order[32];
    read_hex(half_order, HALF_ORDER);
    assert_true(memcmp(signature->s, half_order, sizeof half_order) <= 0);
}

/* Deterministic signatures of SHA-256 of a text, published by libraries of this curve since 2013. */
static void test_known_signatures(void **state)
{
    (void)state;
    static const struct {
        const char *key, *text, *r, *s;
    } cases[] = {
        {"0000000000000000000000000000000000000000000000000000000000000001", "Satoshi Nakamoto",
         "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
         "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"},
        {"0000000000000000000000000000000000000000000000000000000000000001",
         "All those moments will be lost in time, like tears in rain. Time to die...",
         "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b",
         "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21"},
        {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto",
         "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0",
         "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5"},
        {"f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181", "Alan Turing",
         "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c",
         "58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct badge_key *key = key_from(cases[i].key);
        struct badge_hash hash;
        struct badge_signature signature;
        uint8_t r[32], s[32];
        read_hex(r, cases[i].r);
        read_hex(s, cases[i].s);
        badge_sha256(&hash, cases[i].text, strlen(cases[i].text));
        badge_key_sign(&signature, key, &hash);
        assert_memory_equal(signature.r, r, sizeof r);
        assert_memory_equal(signature.s, s, sizeof s);
        assert_recovers(key, &signature, &hash);
        badge_key_free(key);
    }
}

static void test_refused_keys(void **state)
{
    (void)state;
    static const char *const refused[] = {"0000000000000000000000000000000000000000000000000000000000000000", ORDER,
                                          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        uint8_t secret[32];
        struct badge_key *key = NULL;
        struct badge_err err;
        read_hex(secret, refused[i]);
        assert_int_equal(badge_key_from_bytes(&key, secret, &err), BADGE_ETYPE);
        assert_null(key);
        assert_int_equal(err.status, BADGE_ETYPE);
    }
    badge_key_free(NULL);
}

static void test_refused_signatures(void **state)
{
    (void)state;
    struct badge_key *key = key_from("0000000000000000000000000000000000000000000000000000000000000001");
    struct badge_hash hash;
    struct badge_signature signature, wrong;
    struct badge_address own, recovered;
    badge_sha256(&hash, "a", 1);
    badge_key_sign(&signature, key, &hash);
    badge_key_address(&own, key);
    badge_key_free(key);

    static const uint8_t no_parities[] = {2, 3, 4, 27, 255};
    for (size_t i = 0; i < sizeof no_parities; i++) {
        wrong = signature;
        wrong.y_parity = no_parities[i];
        assert_int_equal(badge_recover_address(&recovered, &wrong, &hash), BADGE_EMISMATCH);
    }
    wrong = signature;
    memset(wrong.r, 0, sizeof wrong.r);
    assert_int_equal(badge_recover_address(&recovered, &wrong, &hash), BADGE_EMISMATCH);
    wrong = signature;
    read_hex(wrong.s, ORDER);
    assert_int_equal(badge_recover_address(&recovered, &wrong, &hash), BADGE_EMISMATCH);

    /* Any flipped bit gives another account, or none. */
    for (size_t bit = 0; bit < 256 + 256 + 256 + 1; bit++) {
        struct badge_hash other_hash = hash;
        wrong = signature;
        if (bit < 256)
            wrong.r[bit / 8] ^= (uint8_t)(1u << bit % 8);
        else if (bit < 512)
            wrong.s[bit / 8 - 32] ^= (uint8_t)(1u << bit % 8);
        else if (bit < 768)
            other_hash.b[bit / 8 - 64] ^= (uint8_t)(1u << bit % 8);
        else
            wrong.y_parity ^= 1;
        if (badge_recover_address(&recovered, &wrong, &other_hash) == BADGE_OK)
            assert_memory_not_equal(recovered.b, own.b, sizeof own.b);
    }
}

static void test_generated(void **state)
{
    (void)state;
    struct badge_key *key[8];
    struct badge_address address[8];
    for (size_t i = 0; i < 8; i++) {
        struct badge_hash hash;
        struct badge_signature signature;
        assert_int_equal(badge_key_generate(&key[i], NULL), BADGE_OK);
        badge_key_address(&address[i], key[i]);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(address[i].b, address[k].b, sizeof address[i].b);
        badge_sha256(&hash, &i, sizeof i);
        badge_key_sign(&signature, key[i], &hash);
        assert_recovers(key[i], &signature, &hash);
    }
    for (size_t i = 0; i < 8; i++)
        badge_key_free(key[i]);
}

static struct badge_key *shared_key;

static void *sign_often(void *out)
{
    struct badge_hash hash;
    badge_sha256(&hash, "one key, many threads", 21);
    for (int i = 0; i < 50; i++)
        badge_key_sign(out, shared_key, &hash);
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    pthread_t thread[4];
    struct badge_signature signature[4];
    shared_key = key_from("4646464646464646464646464646464646464646464646464646464646464646");
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, sign_often, &signature[i]), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    for (size_t i = 1; i < 4; i++)
        assert_memory_equal(&signature[i], &signature[0], sizeof signature[0]);
    badge_key_free(shared_key);
}

static void test_vectors_accounts(void **state)
{
    (void)state;
    json_t *root = vectors_json("ethereum/accounts.json.gz"), *entry;
    size_t i;
    json_array_foreach(root, i, entry)
    {
        struct badge_key *key = key_from(json_string_value(json_object_get(entry, "privateKey")) + 2);
        struct badge_address address;
        char text[BADGE_ADDRESS_LEN + 1];
        badge_key_address(&address, key);
        badge_address_format(text, &address);
        assert_string_equal(text, json_string_value(json_object_get(entry, "address")));
        badge_key_free(key);
    }
    print_message("%zu accounts\n", json_array_size(root));
    assert_int_equal(json_array_size(root), 259);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads), /* first: then the shared context is created under contention */
        cmocka_unit_test(test_known_signatures),
        cmocka_unit_test(test_refused_keys),
        cmocka_unit_test(test_refused_signatures),
        cmocka_unit_test(test_generated),
        cmocka_unit_test(test_vectors_accounts),
    };
    return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
