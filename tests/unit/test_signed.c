/*
 * A remote signer's response is accepted only if it is the requested transaction. Signed by our own code and, as an
 * independent reference, by cast (foundry 1.7.1, `cast mktx` with the key 0x…01, chain 31337).
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "anchor/signed.h"
#include "badge/registry.h"
#include "badge/rlp.h"
#include "store/store.h"

#define CAST_EIP1559                                                                                                   \
    "02f8d5827a6982012c85012a05f200852e90edd00082f03c94bad6e0000000000000000000000000000000000080b864"                 \
    "9a3c01000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"                 \
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"                 \
    "00000007c001a0bedf970b138308d2d4425b455b2bcfcc54b8f2f32cb26dae5eb64eba9b0b690ba03d4db7938ed96794"                 \
    "a3f4c124b3adb396c3da71c68934dc4250ff0620101bcc29"
#define CAST_LEGACY                                                                                                    \
    "f8cd82012c852e90edd00082f03c94bad6e0000000000000000000000000000000000080b8649a3c0100000000000000"                 \
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"                 \
    "00000000000000000000000000000000000000000000000000000000000000000000000000000000000782f4f5a042c7"                 \
    "aae2dcc71d402f226ae0fbdbc7b6396c1f6cf0e6ea03eff6b2aa8e496560a0240b87363043d23dc4848ec35bf7b33f91"                 \
    "8e380dcc3f4756edcdeb3d3a18cad5"

static const uint8_t data[100] = {0x9a, 0x3c, 1, [99] = 7};
static struct badge_key *key;
static struct badge_address account;

static struct badge_tx transaction(enum badge_tx_kind kind)
{
    return (struct badge_tx){.kind = kind,
                             .chain_id = 31337,
                             .nonce = 300,
                             .gas_limit = 61500,
                             .max_fee_per_gas = badge_wei_from_u64(200000000000),
                             .max_priority_fee_per_gas = badge_wei_from_u64(5000000000),
                             .has_to = true,
                             .to = {{0xba, 0xd6, 0xe0}},
                             .data = data,
                             .data_len = sizeof data};
}

static enum badge_status check(const uint8_t *raw, size_t len, const struct badge_tx *tx, struct badge_err *err)
{
    struct badge_hash hash, again;
    enum badge_status status = signed_check(&hash, raw, len, tx, &account, err);
    if (status == BADGE_OK) {
        badge_keccak256(&again, raw, len);
        assert_memory_equal(&hash, &again, sizeof hash);
    }
    return status;
}

static size_t sign(uint8_t raw[512], const struct badge_tx *tx)
{
    struct badge_hash hash;
    size_t len;
    assert_int_equal(badge_tx_sign(raw, 512, &len, &hash, tx, key), BADGE_OK);
    return len;
}

static void the_requested_transaction(void **state)
{
    (void)state;
    static const enum badge_tx_kind kinds[] = {BADGE_TX_EIP1559, BADGE_TX_EIP155};
    for (unsigned i = 0; i < 2; i++) {
        uint8_t raw[512];
        struct badge_tx tx = transaction(kinds[i]);
        for (tx.nonce = 0; tx.nonce < 300; tx.nonce++) { /* various lengths of r and s, both parities */
            size_t len = sign(raw, &tx);
            assert_int_equal(check(raw, len, &tx, NULL), BADGE_OK);
        }
    }
}

/* Another transaction than the requested one: refused with the name of the field that differs. */
static void refused(enum badge_tx_kind kind, const struct badge_tx *theirs, const char *name)
{
    uint8_t raw[512];
    struct badge_err err = {.text = ""};
    struct badge_tx ours = transaction(kind);
    size_t len = sign(raw, theirs);
    assert_int_equal(check(raw, len, &ours, &err), BADGE_EMISMATCH);
    if (strstr(err.text, name) == NULL)
        fail_msg("`%s` lacks `%s`", err.text, name);
}

static void every_wrong_field(void **state)
{
    (void)state;
    static const uint8_t other_data[100] = {0x9a, 0x3c, 1, [99] = 8};
    static const struct badge_tx_access access = {.address = {{1}}};
    static const enum badge_tx_kind kinds[] = {BADGE_TX_EIP1559, BADGE_TX_EIP155};
    for (unsigned i = 0; i < 2; i++) {
        enum badge_tx_kind kind = kinds[i];
        struct badge_tx tx;
#define LIE(change, name)                                                                                              \
    tx = transaction(kind);                                                                                            \
    change;                                                                                                            \
    refused(kind, &tx, name)
        LIE(tx.nonce++, "nonce");
        LIE(tx.gas_limit++, "gas limit");
        LIE(tx.max_fee_per_gas.b[31]++, kind == BADGE_TX_EIP155 ? "gas price" : "fee");
        LIE(tx.to.b[19] = 1, "recipient");
        LIE(tx.has_to = false, "recipient");
        LIE(tx.value.b[31] = 1, "value");
        LIE(tx.data = other_data, "data");
        LIE(tx.data_len--, "data");
        LIE(tx.chain_id++, "chain id");
        LIE(tx.kind = BADGE_TX_LEGACY, kind == BADGE_TX_EIP155 ? "chain id" : "not a signed transaction");
        LIE(tx.kind = kinds[1 - i], kind == BADGE_TX_EIP155 ? "not a signed transaction" : "not a signed transaction");
    }
    struct badge_tx tx = transaction(BADGE_TX_EIP1559);
    tx.max_priority_fee_per_gas.b[31]++;
    refused(BADGE_TX_EIP1559, &tx, "tip");
    tx = transaction(BADGE_TX_EIP1559);
    tx.access = &access;
    tx.n_access = 1;
    refused(BADGE_TX_EIP1559, &tx, "access list");
}

/* For a full set of revocations: with one digest replaced or one bit flipped it is another call. */
static void a_set_of_revocations(void **state)
{
    (void)state;
    static struct badge_hash digest[STORE_MAX_SET];
    static uint8_t call[BADGE_CALL_REVOKE_LEN(STORE_MAX_SET)], raw[STORE_MAX_RAW_LEN];
    struct badge_hash hash;
    struct badge_err err = {.text = ""};
    for (size_t i = 0; i < STORE_MAX_SET; i++)
        memset(digest[i].b, (int)i, sizeof digest[i].b);
    struct badge_tx tx = transaction(BADGE_TX_EIP1559);
    tx.data = call;
    tx.data_len = badge_call_revoke(call, &account, digest, STORE_MAX_SET, BADGE_REASON_HOLDER);
    tx.nonce = tx.gas_limit = UINT64_MAX;
    size_t len;
    assert_int_equal(badge_tx_sign(raw, sizeof raw, &len, &hash, &tx, key), BADGE_OK);
    assert_int_equal(check(raw, len, &tx, NULL), BADGE_OK);
    for (size_t i = 0; i < STORE_MAX_SET; i += 51) {
        call[BADGE_CALL_REVOKE_LEN(i)] ^= 1;
        assert_int_equal(check(raw, len, &tx, &err), BADGE_EMISMATCH);
        assert_non_null(strstr(err.text, "data"));
        call[BADGE_CALL_REVOKE_LEN(i)] ^= 1;
    }
    assert_int_equal(check(raw, len, &tx, NULL), BADGE_OK);
}

static void another_account(void **state)
{
    (void)state;
    struct badge_key *other, *ours = key;
    uint8_t raw[512];
    struct badge_err err;
    struct badge_tx tx = transaction(BADGE_TX_EIP1559);
    assert_int_equal(badge_key_from_bytes(&other, (const uint8_t[32]){[31] = 2}, NULL), BADGE_OK);
    key = other;
    size_t len = sign(raw, &tx);
    key = ours;
    badge_key_free(other);
    assert_int_equal(check(raw, len, &tx, &err), BADGE_EMISMATCH);
    assert_non_null(strstr(err.text, "signer"));
}

/* A flipped bit, a missing or an additional byte makes it invalid. */
static void every_flipped_bit(void **state)
{
    (void)state;
    static const enum badge_tx_kind kinds[] = {BADGE_TX_EIP1559, BADGE_TX_EIP155};
    for (unsigned i = 0; i < 2; i++) {
        uint8_t raw[512] = {0};
        struct badge_tx tx = transaction(kinds[i]);
        size_t len = sign(raw, &tx);
        for (size_t bit = 0; bit < len * 8; bit++) {
            raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(check(raw, len, &tx, NULL), BADGE_EMISMATCH);
            raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t cut = 0; cut < len; cut++)
            assert_int_equal(check(raw, cut, &tx, NULL), BADGE_EMISMATCH);
        assert_int_equal(check(raw, len + 1, &tx, NULL), BADGE_EMISMATCH);
        assert_int_equal(check(raw, len, &tx, NULL), BADGE_OK);
    }
}

/* The high s of the same signature recovers to the same account, but EIP-2 forbids it. */
static void no_high_s(void **state)
{
    (void)state;
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                      0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
    uint8_t raw[512];
    struct badge_err err;
    struct badge_tx tx = transaction(BADGE_TX_EIP1559);
    size_t len;
    do { /* a signature whose r and s have 32 bytes, so that they are at the end */
        tx.nonce++;
        len = sign(raw, &tx);
    } while (raw[len - 33] != 0xa0 || raw[len - 66] != 0xa0);
    uint8_t *s = raw + len - 32, *parity = raw + len - 67;
    int borrow = 0;
    for (int i = 31; i >= 0; i--) {
        int digit = order[i] - s[i] - borrow;
        borrow = digit < 0;
        s[i] = (uint8_t)(digit + 256 * borrow);
    }
    *parity = *parity == 0x80 ? 1 : 0x80;
    assert_int_equal(check(raw, len, &tx, &err), BADGE_EMISMATCH);
    assert_non_null(strstr(err.text, "high s"));
}

static void signed_by_cast(void **state)
{
    (void)state;
    static const char *const word[2] = {CAST_EIP1559, CAST_LEGACY};
    for (unsigned i = 0; i < 2; i++) {
        uint8_t raw[512];
        size_t len = strlen(word[i]) / 2;
        struct badge_err err = {.text = ""};
        struct badge_tx tx = transaction(i == 0 ? BADGE_TX_EIP1559 : BADGE_TX_EIP155);
        assert_int_equal(badge_hex_decode(raw, len, word[i], 2 * len), BADGE_OK);
        if (check(raw, len, &tx, &err) != BADGE_OK)
            fail_msg("%s", err.text);
    }
}

static int make_key(void **state)
{
    (void)state;
    if (badge_key_from_bytes(&key, (const uint8_t[32]){[31] = 1}, NULL) != BADGE_OK)
        return -1;
    badge_key_address(&account, key);
    return 0;
}

static int free_key(void **state)
{
    (void)state;
    badge_key_free(key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_requested_transaction),
        cmocka_unit_test(every_wrong_field),
        cmocka_unit_test(a_set_of_revocations),
        cmocka_unit_test(another_account),
        cmocka_unit_test(every_flipped_bit),
        cmocka_unit_test(no_high_s),
        cmocka_unit_test(signed_by_cast),
    };
    return cmocka_run_group_tests(tests, make_key, free_key);
}
