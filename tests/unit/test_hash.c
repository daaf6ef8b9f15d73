/*
 * SHA-256, SHA-384, HMAC and keccak-256 against published answers, and against others' hashes of the same bytes. Built
 * twice: over nettle and over portable C.
 */
#include "support/test.h"

#include <string.h>

#include "badge/hash.h"
#include "badge/text.h"
#include "support/vectors.h"

static void assert_hash(const struct badge_hash *hash, const char *hex)
{
    char text[BADGE_HEX_LEN + 1];
    badge_hex_encode(text, hash->b, sizeof hash->b);
    assert_string_equal(text, hex);
}

static void assert_sha256(const void *data, size_t len, const char *hex)
{
    struct badge_hash hash;
    badge_sha256(&hash, data, len);
    assert_hash(&hash, hex);
}

static void assert_keccak(const void *data, size_t len, const char *hex)
{
    struct badge_hash hash;
    badge_keccak256(&hash, data, len);
    assert_hash(&hash, hex);
}

/* The examples that NIST publishes for FIPS 180-4. */
static void sha256_examples(void **state)
{
    (void)state;
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static const char four_blocks[] = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                                      "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
    assert_sha256(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_sha256("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_sha256(two_blocks, 56, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_sha256(four_blocks, 112, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");

    struct badge_sha256 ctx;
    struct badge_hash hash;
    char a[1000];
    memset(a, 'a', sizeof a);
    badge_sha256_init(&ctx);
    for (int i = 0; i < 1000; i++)
        badge_sha256_update(&ctx, a, sizeof a);
    badge_sha256_final(&ctx, &hash);
    assert_hash(&hash, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Round the lengths where padding takes a block of its own. Bytes i * 7 + 3; hashed by Python's hashlib and cast. */
static void lengths_at_block_ends(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        const char *sha256, *keccak256;
    } known[] = {
        {0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
         "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"},
        {1, "084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5",
         "69c322e3248a5dfc29d73c5b0553b0185a35cd5bb6386747517ef7e53b15e287"},
        {55, "e7313d333c272e639f790978283f9eb392e843d0f29b7016828bb1daa4aac70b",
         "152cc5298108a3ec3a26e0c5aead9c2770c184a6bdf87eb087716b185c8e2238"},
        {56, "4324d65f3c103567f5589c710bc08f8523f929a9272e3af36fc968e52abc6c27",
         "515efa1a7d43f655443dff20ec3f7e75e2af9ec2415ca813d21d0918a0e70fa2"},
        {63, "81c80242132f230c3bd41b3e63bbcff16107339549214a99614ff26664625055",
         "48d8e506b57c81c8257a8e1da7f04610191ef05bf96fa9dc4fb9bca39bbed2c6"},
        {64, "39e3d7b6b5d075d37d053ad89b24b41bef4f3c29760c84447cab3f3be1882241",
         "0251cf13aa5b18f1cbda7cddbe85f3dc536fc93df590c2d20ca9b28af1ed2c39"},
        {65, "aacca6ff74fdbb296d165a45cecfa04e5127bc008770fbbdd48006f2d2fae95e",
         "b3ee368701a0d7056be60b0a489e173d9dc8621640d734693858e846d30c3f65"},
        {119, "9ce7368e4daf32341631b492e80359dc9f594b48453cd0dd5bf0b19279cc177e",
         "6bd3dba8f28ba838e19fdee3665bd85c803c09083865f1a6819593d399eb8239"},
        {120, "7836b787757e95e58b3ca5aec90b1b004e8deba1e50e9675af9cabf1a13a04b5",
         "cc8611360eac70a3fb46383305cb0c4896daadba8605f33f12f224d8c31073c2"},
        {135, "357ebb96ceaad098f322cd545ff898c7948507845a63c727fcf6b27ff37ceac4",
         "00ef96af9cf4b24c7f269d922294444a197d0a33638c2e56634c57e892103a8f"},
        {136, "cafc3beeb530a50bb73465c4593bac4fd06a74a4f5203ec651e858aa03024be7",
         "742061bcad767ed4c4f5883b1dcb1aad11afdcc140dc469d953759b127b9f9ed"},
        {137, "c9eb70663c864e694427f52c8119b3540200d9d3ef2921bfbc6efa11e48bb17b",
         "e3371f61e770abf254c34239c3b0099ad90594507415bc81dd0a10b9692bbf2a"},
        {271, "9eb71254dca673f0b8edee654d336d2f12e028604ae24896950fd4ac5410f434",
         "4401c4afbe16ff911bdbf2d38e556e5b861f3fdf0f9d4306b1c46f6ae4f73584"},
        {272, "4d7f90b8f5b501760a5b8864a557e1b8df45d4c01cf54fd7f97ff5b98ca45c9a",
         "ac141fd7b0a0ffcd2e967254d508da3ec616596493c36fa304425647d90e6de5"},
        {273, "f1ed23fb22a4aba7c2aa16df87ffb235b10261bac0fef2b6228d6a57ceebc1e0",
         "16192ea86793083e47731cb3c970600f04768414d92bc0540e54ce8607a0fce0"},
        {1000, "1e9bc38cbf860b9ec31918b065f9b52476c549a782e0e7990bed8ce3868d2371",
         "80cdc8dd52cbb3dbaea8f383209893fa2bb52efbd5aedbb4b26dcfe307fcdc9b"},
    };
    uint8_t bytes[1000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + 3);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_sha256(bytes, known[i].len, known[i].sha256);
        assert_keccak(bytes, known[i].len, known[i].keccak256);
    }
}

/* The same bytes, hashed by Python's hashlib; "abc" is FIPS 180-4's example. */
static void sha384_at_block_ends(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        const char *sha384;
    } known[] = {
        {0, "38b060a751ac96384cd9327eb1b1e36a21fdb71114be0743"
            "4c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"},
        {1, "8a6c69af6fb6247635f837958446fb8f10e39bd5fbc244f7"
            "e635176339a3be614f6394247f01dbe1126c178c7bd48cb5"},
        {111, "341388a9dc2275074e90cf394323761919761c805fd9e370"
              "977c9966a0e8c81a52135f02577670b0071638a4a26dbc31"},
        {112, "619cc5d06138526d70659eccf602d197e63e1050e22039a7"
              "feb40a30a5b2b08fb03729e291df12f8c576e6f1cd8af22a"},
        {113, "484a92d02b61b620ccae687fce4cd073eb995294a777d5de"
              "b5356bc8c1e2ce984f63f16420058ac5da666fda410a4feb"},
        {127, "f8234ab81f5f9641c656680825a9bbb3c2616bcc80b65d5e"
              "479a4d96742e1b8742330c9e8256ef5f03caa932487044ca"},
        {128, "e8480e9c4dd90f88104a79cbaccec48edbd798a142b4f241"
              "d726dc252f1502350e824c7d18dadd59d7d716919fb8f9bf"},
        {129, "430173387764874661acba1e914e50f6d0fbac534809e859"
              "b1da4396fad3d5f24c25c6a2d02486d8fbda3994713d981a"},
        {239, "fc75ded15c6080ff96ac03391fc1302ca180128e4b6a4a2f"
              "17782f2ec016fc3f79b48b5fed3305fb7fdff9fd29434525"},
        {240, "4c4bc5dae174dd68cb5a62e066e01e339e4980e4a35531b7"
              "32dcf88e9c579e66f7c0d044779e2eda8a597684ca7cffd6"},
        {255, "15f3347894a150a64eb82a7044bb5ec8b1d33488716fce49"
              "32ba73beb97eabd1ad796bc0a569129ba98120ae1ed7edce"},
        {256, "23f0634552ba15289fa02c8a37e3a391e79e230dca05db03"
              "a7696630c5ba3a3352d1624f52832e4d6183c0eb70198e9a"},
        {1000, "94c38db521ca733b8904c2d14b6e82d33dcfcc26e1318c57"
               "9dbee1fc2f472019034e792263b9d46e90e700de2f6e7e91"},
    };
    uint8_t bytes[1000], hash[BADGE_SHA384_LEN];
    char hex[2 * sizeof hash + 1];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + 3);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        badge_sha384(hash, known[i].len == 0 ? NULL : bytes, known[i].len);
        badge_hex_encode(hex, hash, sizeof hash);
        assert_string_equal(hex, known[i].sha384);
    }
    badge_sha384(hash, "abc", 3);
    badge_hex_encode(hex, hash, sizeof hash);
    assert_string_equal(hex, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
                             "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
}

static void keccak_is_not_sha3(void **state)
{
    (void)state;
    assert_keccak(NULL, 0, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    assert_keccak("abc", 3, "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
    assert_keccak("Transfer(address,address,uint256)", 33,
                  "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
}

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void pieces_equal_the_whole(void **state)
{
    (void)state;
    static uint8_t bytes[700];
    for (int round = 0; round < 3000; round++) {
        struct badge_hash whole, pieces, continued;
        struct badge_sha256 ctx, copy;
        size_t len = random_next() % (sizeof bytes + 1);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)random_next();
        badge_sha256(&whole, bytes, len);
        badge_sha256_init(&ctx);
        for (size_t at = 0; at < len;) {
            size_t n = random_next() % (round % 2 == 0 ? 200 : 5);
            n = n < len - at ? n : len - at;
            badge_sha256_update(&ctx, bytes + at, n);
            at += n;
            copy = ctx; /* a copied state goes on by itself */
            badge_sha256_update(&copy, bytes + at, len - at);
            badge_sha256_final(&copy, &continued);
            assert_memory_equal(&continued, &whole, sizeof whole);
        }
        badge_sha256_final(&ctx, &pieces);
        assert_memory_equal(&pieces, &whole, sizeof whole);
    }
}

/* RFC 4231 section 4; case 5 is cut there to 16 bytes. */
static void hmac_examples(void **state)
{
    (void)state;
    uint8_t key[131], data[152];
    static const struct {
        size_t key_len;
        int key_byte; /* -1: key_text */
        const char *key_text;
        size_t data_len;
        int data_byte; /* -1: data_text */
        const char *data_text, *hex;
    } known[] = {
        {20, 0x0b, NULL, 8, -1, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {4, -1, "Jefe", 28, -1, "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {20, 0xaa, NULL, 50, 0xdd, NULL, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {25, -2, NULL, 50, 0xcd, NULL, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {20, 0x0c, NULL, 20, -1, "Test With Truncation", "a3b6167473100ee06e0c796c2955552b"},
        {131, 0xaa, NULL, 54, -1, "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {131, 0xaa, NULL, 152, -1,
         "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
         "hashed before being used by the HMAC algorithm.",
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct badge_hmac hmac;
        struct badge_hash out;
        char text[BADGE_HEX_LEN + 1];
        for (size_t k = 0; k < known[i].key_len; k++) {
            key[k] = (uint8_t)(known[i].key_byte == -1   ? known[i].key_text[k]
                               : known[i].key_byte == -2 ? (int)k + 1
                                                         : known[i].key_byte);
        }
        for (size_t k = 0; k < known[i].data_len; k++)
            data[k] = (uint8_t)(known[i].data_byte == -1 ? known[i].data_text[k] : known[i].data_byte);
        badge_hmac_init(&hmac, key, known[i].key_len);
        for (int twice = 0; twice < 2; twice++) { /* a key serves many messages */
            badge_hmac_sha256(&out, &hmac, data, known[i].data_len);
            badge_hex_encode(text, out.b, sizeof out.b);
            assert_memory_equal(text, known[i].hex, strlen(known[i].hex));
        }
    }
}

/* Round the block length, where a key begins to be hashed first. Bytes i * 5 + 1; by Python's hmac. */
static void hmac_key_lengths(void **state)
{
    (void)state;
    static const struct {
        size_t key_len;
        const char *hex;
    } known[] = {
        {0, "eb08c1f56d5ddee07f7bdf80468083da06b64cf4fac64fe3a90883df5feacae4"},
        {1, "1d72ed3e520cacc0facc9055c3538f33590a0a553693e74a545037b76b3511c8"},
        {63, "c6ebb4126dea47743263a38047181afa4d7a777bc02024a5f6a0712c62284b7f"},
        {64, "605b12a9c5ced11d3b5119d23e5cd775dbae682ac172243496ff453427df5eee"},
        {65, "c5adddadc50deb5417fdb80032afbbb269b9f7b7ad80022828304cb82f8de8ef"},
        {128, "be4dc7e07c73475e8f7c419620e72593c7b26305d744aca9c40f289cd95611bd"},
        {129, "454cf725642c6a798cf9e3b5111b0131132aead7718bfb013b19a98542344e40"},
    };
    uint8_t key[129];
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(i * 5 + 1);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct badge_hmac hmac;
        struct badge_hash out;
        badge_hmac_init(&hmac, key, known[i].key_len);
        badge_hmac_sha256(&out, &hmac, "message", 7);
        assert_hash(&out, known[i].hex);
    }
}

static void public_vectors(void **state)
{
    (void)state;
    json_t *cases = vectors_json("ethereum/hashes.json.gz"), *one;
    size_t i;
    assert_true(json_array_size(cases) > 100);
    json_array_foreach(cases, i, one)
    {
        size_t len;
        uint8_t *data = vectors_hex(json_string_value(json_object_get(one, "data")), &len);
        assert_sha256(data, len, json_string_value(json_object_get(one, "sha256")) + 2);
        assert_keccak(data, len, json_string_value(json_object_get(one, "keccak256")) + 2);
        free(data);
    }
    json_decref(cases);
}

static void secrets_and_order(void **state)
{
    (void)state;
    uint8_t a[40], b[40];
    memset(a, 0x5a, sizeof a);
    memcpy(b, a, sizeof b);
    assert_true(badge_equal_secret(a, b, sizeof a));
    assert_true(badge_equal_secret(a, b, 0));
    for (size_t i = 0; i < 8 * sizeof b; i++) {
        b[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_false(badge_equal_secret(a, b, sizeof a));
        b[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    badge_wipe(a, sizeof a - 1);
    for (size_t i = 0; i < sizeof a - 1; i++)
        assert_int_equal(a[i], 0);
    assert_int_equal(a[sizeof a - 1], 0x5a);

    struct badge_hash low = {{0}}, high = {{0}};
    high.b[31] = 1;
    low.b[0] = 0x7f;
    high.b[0] = 0x80;
    assert_true(badge_hash_compare(&low, &high) < 0);
    assert_true(badge_hash_compare(&high, &low) > 0);
    assert_int_equal(badge_hash_compare(&low, &low), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_examples),        cmocka_unit_test(lengths_at_block_ends),
        cmocka_unit_test(sha384_at_block_ends),   cmocka_unit_test(keccak_is_not_sha3),
        cmocka_unit_test(pieces_equal_the_whole), cmocka_unit_test(hmac_examples),
        cmocka_unit_test(hmac_key_lengths),       cmocka_unit_test(public_vectors),
        cmocka_unit_test(secrets_and_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
