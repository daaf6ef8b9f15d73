/*
 * Transactions byte for byte: every legacy, EIP-155 and EIP-1559 one of the public vectors, unsigned and signed; the
 * example of EIP-155; two that Foundry's cast made; and the addresses of contracts.
 */
#include "support/test.h"

#include "badge/eth.h"
#include "support/vectors.h"

#define SAMPLE_KEY "4646464646464646464646464646464646464646464646464646464646464646"
#define MAX_RAW_LEN 4096
#define MAX_ACCESS 16
#define MAX_STORAGE_KEYS 64

static struct badge_key *key_from(const char *hex)
{
    uint8_t secret[32];
    struct badge_key *key = NULL;
    assert_int_equal(badge_hex_decode(secret, sizeof secret, hex, strlen(hex)), BADGE_OK);
    assert_int_equal(badge_key_from_bytes(&key, secret, NULL), BADGE_OK);
    return key;
}

static void assert_hex(const uint8_t *bytes, size_t len, const char *hex)
{
    static char text[2 * MAX_RAW_LEN + 1];
    assert_true(len <= MAX_RAW_LEN);
    badge_hex_encode(text, bytes, len);
    assert_string_equal(text, hex + (hex[0] == '0' && hex[1] == 'x' ? 2 : 0));
}

/* A buffer that is one byte too short is refused, and the documented overhead is enough. */
static void check(const struct badge_tx *tx, const struct badge_key *key, const char *unsigned_hex,
                  const char *signed_hex)
{
    static uint8_t bytes[MAX_RAW_LEN];
    size_t len, capacity = tx->data_len + BADGE_TX_OVERHEAD;
    struct badge_hash hash, expected;
    for (size_t i = 0; i < tx->n_access; i++)
        capacity += 40 + 33 * tx->access[i].n_storage_keys;
    assert_true(capacity <= sizeof bytes);
    assert_int_equal(badge_tx_unsigned(bytes, capacity, &len, tx), BADGE_OK);
    assert_hex(bytes, len, unsigned_hex);
    assert_int_equal(badge_tx_unsigned(bytes, len - 1, &len, tx), BADGE_ELIMIT);

    assert_int_equal(badge_tx_sign(bytes, capacity, &len, &hash, tx, key), BADGE_OK);
    assert_hex(bytes, len, signed_hex);
    badge_keccak256(&expected, bytes, len);
    assert_memory_equal(hash.b, expected.b, sizeof hash.b);
    assert_int_equal(badge_tx_sign(bytes, len - 1, &len, &hash, tx, key), BADGE_ELIMIT);
    assert_int_equal(badge_tx_sign(bytes, 0, &len, &hash, tx, key), BADGE_ELIMIT);
}

/* EIP-155, section "Example". */
static void test_eip155_example(void **state)
{
    (void)state;
    struct badge_key *key = key_from(SAMPLE_KEY);
    struct badge_tx tx = {
        .kind = BADGE_TX_EIP155,
        .chain_id = 1,
        .nonce = 9,
        .gas_limit = 21000,
        .max_fee_per_gas = badge_wei_from_u64(UINT64_C(20000000000)),
        .has_to = true,
        .value = badge_wei_from_u64(UINT64_C(1000000000000000000)),
    };
    memset(tx.to.b, 0x35, sizeof tx.to.b);
    check(&tx, key, "ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080018080",
          "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc"
          "2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb196"
          "6a3b6d83");
    badge_key_free(key);
}

/* EIP-2294's bound: the next chain id would leave v 65 bits. */
static void test_greatest_chain_id(void **state)
{
    (void)state;
    uint8_t bytes[BADGE_TX_OVERHEAD];
    size_t len;
    struct badge_hash hash;
    struct badge_key *key = key_from(SAMPLE_KEY);
    struct badge_tx tx = {.kind = BADGE_TX_EIP155, .chain_id = INT64_MAX - 36};
    assert_int_equal(badge_tx_sign(bytes, sizeof bytes, &len, &hash, &tx, key), BADGE_OK);
    tx.chain_id++;
    assert_int_equal(badge_tx_sign(bytes, sizeof bytes, &len, &hash, &tx, key), BADGE_ELIMIT);
    assert_int_equal(badge_tx_unsigned(bytes, sizeof bytes, &len, &tx), BADGE_ELIMIT);
    tx.kind = BADGE_TX_EIP1559;
    assert_int_equal(badge_tx_sign(bytes, sizeof bytes, &len, &hash, &tx, key), BADGE_OK);
    badge_key_free(key);
}

/* cast mktx: a call with data, and a creation without a tip. */
static void test_cast(void **state)
{
    (void)state;
    static const char call_hex[] =
        "721139900000000000000000000000007e5f4552091a69125d5dfcb7b8c2659029395bdf00112233445566778899aabbccddeeff"
        "0123456789abcdef0123456789abcdef00000000000000000000000000000000000000000000000000000000000003e8";
    static const char raw_hex[] =
        "02f8d1827a6907843b9aca0084b2d05e0782ea60942b5ad5c4795c026514f8317c7a215e218dccd6cf80b8647211399000000000"
        "00000000000000007e5f4552091a69125d5dfcb7b8c2659029395bdf00112233445566778899aabbccddeeff0123456789abcdef"
        "0123456789abcdef00000000000000000000000000000000000000000000000000000000000003e8c080a0065acf299920ab55f9"
        "6c496521b342c2b0427f5efab3f1e7f13eae1427fb5eb8a0572c59f1cbf36030930c08c0e2ab6757e189817d5ebacabd032e7901"
        "cd817550";
    static const char create_hex[] = "02f85a827a69808084b2d05e07831e84808005856001600055c080a08a2d476844a53947aba6169b"
                                     "880be873f22e3c2850ca1d55af0ec18845e4833da07a6547f2def0533c594aa52c4e259d1ce6ded4"
                                     "e0b139cd0a7ebb9f309ecd0f73";
    struct badge_key *key = key_from(SAMPLE_KEY);
    struct badge_hash hash;
    uint8_t raw[1024];
    size_t len, data_len;
    uint8_t *data = vectors_hex(call_hex, &data_len);
    struct badge_tx tx = {
        .kind = BADGE_TX_EIP1559,
        .chain_id = 31337,
        .nonce = 7,
        .gas_limit = 60000,
        .max_fee_per_gas = badge_wei_from_u64(3000000007),
        .max_priority_fee_per_gas = badge_wei_from_u64(1000000000),
        .has_to = true,
        .data = data,
        .data_len = data_len,
    };
    assert_int_equal(badge_hex_decode(tx.to.b, 20, "2b5ad5c4795c026514f8317c7a215e218dccd6cf", 40), BADGE_OK);
    assert_int_equal(badge_tx_sign(raw, sizeof raw, &len, &hash, &tx, key), BADGE_OK);
    assert_hex(raw, len, raw_hex);

    tx.nonce = 0;
    tx.gas_limit = 2000000;
    tx.max_priority_fee_per_gas = badge_wei_from_u64(0);
    tx.has_to = false; /* the old value of tx.to must not matter */
    tx.value = badge_wei_from_u64(5);
    tx.data = (const uint8_t *)"\x60\x01\x60\x00\x55";
    tx.data_len = 5;
    assert_int_equal(badge_tx_sign(raw, sizeof raw, &len, &hash, &tx, key), BADGE_OK);
    assert_hex(raw, len, create_hex);
    free(data);
    badge_key_free(key);
}

static void test_create(void **state)
{
    (void)state;
    static const struct {
        uint64_t nonce;
        const char *address;
    } created[] = {{0, "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"},
                   {1, "343c43a37d37dff08ae8c4a11544c718abb4fcf8"},
                   {2, "f778b86fa74e846c4f0a1fbd1335fe81c00a0c91"}};
    struct badge_address sender, address;
    assert_int_equal(badge_hex_decode(sender.b, 20, "6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0", 40), BADGE_OK);
    for (size_t i = 0; i < sizeof created / sizeof *created; i++) {
        badge_create_address(&address, &sender, created[i].nonce);
        assert_hex(address.b, sizeof address.b, created[i].address);
    }
    badge_create_address(&address, &sender, UINT64_MAX);
}

/* EIP-1014, section "Examples". */
static void test_create2(void **state)
{
    (void)state;
    static const struct {
        const char *sender, *salt, *init_code, *address;
    } cases[] = {
        {"0000000000000000000000000000000000000000", "0000000000000000000000000000000000000000000000000000000000000000",
         "00", "4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38"},
        {"deadbeef00000000000000000000000000000000", "000000000000000000000000feed000000000000000000000000000000000000",
         "00", "d04116cdd17bebe565eb2422f2497e06cc1c9833"},
        {"00000000000000000000000000000000deadbeef", "00000000000000000000000000000000000000000000000000000000cafebabe",
         "deadbeef", "60f3f640a8508fc6a86d45df051962668e1e8ac7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct badge_address sender, address;
        struct badge_hash salt, init_code_hash;
        size_t len;
        uint8_t *init_code = vectors_hex(cases[i].init_code, &len);
        assert_int_equal(badge_hex_decode(sender.b, 20, cases[i].sender, 40), BADGE_OK);
        assert_int_equal(badge_hex_decode(salt.b, 32, cases[i].salt, 64), BADGE_OK);
        badge_keccak256(&init_code_hash, init_code, len);
        badge_create2_address(&address, &sender, &salt, &init_code_hash);
        assert_hex(address.b, sizeof address.b, cases[i].address);
        free(init_code);
    }
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static struct badge_wei wei_of(const json_t *object, const char *name)
{
    struct badge_wei out = {{0}};
    const char *text = text_of(object, name);
    if (text)
        assert_int_equal(badge_wei_parse_hex(&out, text, strlen(text)), BADGE_OK);
    return out;
}

static uint64_t u64_of(const json_t *object, const char *name)
{
    const struct badge_wei wei = wei_of(object, name);
    uint64_t out;
    assert_int_equal(badge_wei_to_u64(&out, &wei), BADGE_OK);
    return out;
}

static void read_prefixed(void *out, size_t len, const char *text)
{
    assert_non_null(text);
    assert_int_equal(badge_hex_decode(out, len, text + 2, strlen(text + 2)), BADGE_OK);
}

struct access_list {
    struct badge_tx_access entry[MAX_ACCESS];
    struct badge_hash key[MAX_STORAGE_KEYS];
};

static void read_access_list(struct badge_tx *tx, struct access_list *storage, const json_t *list)
{
    size_t n_keys = 0, i, k;
    json_t *entry, *key;
    assert_true(json_array_size(list) <= MAX_ACCESS);
    json_array_foreach(list, i, entry)
    {
        const json_t *keys = json_object_get(entry, "storageKeys");
        assert_true(n_keys + json_array_size(keys) <= MAX_STORAGE_KEYS);
        read_prefixed(storage->entry[i].address.b, 20, text_of(entry, "address"));
        storage->entry[i].storage_key = &storage->key[n_keys];
        storage->entry[i].n_storage_keys = json_array_size(keys);
        json_array_foreach(keys, k, key) read_prefixed(storage->key[n_keys++].b, 32, json_string_value(key));
    }
    tx->access = storage->entry;
    tx->n_access = json_array_size(list);
}

/* The number of comparisons by kind. */
struct tally {
    size_t legacy, eip155, london, with_access_list;
};

static void check_vector(struct tally *tally, const json_t *vector)
{
    const json_t *fields = json_object_get(vector, "transaction");
    struct badge_key *key = key_from(text_of(vector, "privateKey") + 2);
    struct access_list access_list;
    size_t data_len = 0;
    uint8_t *data = text_of(fields, "data") ? vectors_hex(text_of(fields, "data"), &data_len) : NULL;
    struct badge_tx tx = {
        .kind = BADGE_TX_LEGACY,
        .nonce = (uint64_t)json_integer_value(json_object_get(fields, "nonce")),
        .gas_limit = u64_of(fields, "gasLimit"),
        .max_fee_per_gas = wei_of(fields, "gasPrice"),
        .value = wei_of(fields, "value"),
        .data = data,
        .data_len = data_len,
    };
    tx.has_to = text_of(fields, "to") != NULL;
    if (tx.has_to)
        read_prefixed(tx.to.b, sizeof tx.to.b, text_of(fields, "to"));
    check(&tx, key, text_of(vector, "unsignedLegacy"), text_of(vector, "signedLegacy"));
    tally->legacy++;

    tx.chain_id = u64_of(fields, "chainId");
    if (text_of(vector, "unsignedEip155")[0] != '\0') { /* not defined without a chain id */
        tx.kind = BADGE_TX_EIP155;
        check(&tx, key, text_of(vector, "unsignedEip155"), text_of(vector, "signedEip155"));
        tally->eip155++;
    }

    tx.kind = BADGE_TX_EIP1559;
    tx.max_fee_per_gas = wei_of(fields, "maxFeePerGas");
    tx.max_priority_fee_per_gas = wei_of(fields, "maxPriorityFeePerGas");
    read_access_list(&tx, &access_list, json_object_get(fields, "accessList"));
    check(&tx, key, text_of(vector, "unsignedLondon"), text_of(vector, "signedLondon"));
    tally->london++;
    tally->with_access_list += tx.n_access > 0;
    free(data);
    badge_key_free(key);
}

static void test_vectors_transactions(void **state)
{
    (void)state;
    struct tally tally = {0};
    json_t *root = vectors_json("ethereum/transactions.json.gz"), *vector;
    size_t i, n_with_chain_id = 0;
    json_array_foreach(root, i, vector)
    {
        check_vector(&tally, vector);
        n_with_chain_id += json_object_get(json_object_get(vector, "transaction"), "chainId") != NULL;
    }
    print_message("%zu legacy, %zu EIP-155, %zu EIP-1559 (%zu with an access list), each unsigned and signed\n",
                  tally.legacy, tally.eip155, tally.london, tally.with_access_list);
    assert_int_equal(tally.legacy, 3200);
    assert_int_equal(tally.eip155, n_with_chain_id);
    assert_int_equal(tally.london, 3200);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eip155_example), cmocka_unit_test(test_greatest_chain_id),
        cmocka_unit_test(test_cast),           cmocka_unit_test(test_create),
        cmocka_unit_test(test_create2),        cmocka_unit_test(test_vectors_transactions),
    };
    return cmocka_run_group_tests_name("transaction", tests, NULL, NULL);
}
