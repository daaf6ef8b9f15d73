/*
 * The contract's ABI: call data as Foundry's cast writes it, each selector and topic computed again from its
 * signature, answers in and out of range, the hash chain of anchors, and the built-in identity of the contract.
 */
#include "support/test.h"

#include <string.h>

#include "badge/eth.h"
#include "badge/registry.h"

#define A "7e5f4552091a69125d5dfcb7b8c2659029395bdf"
#define B "2b5ad5c4795c026514f8317c7a215e218dccd6cf"
#define R "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef"
#define PAD "000000000000000000000000"
#define U64_PAD "000000000000000000000000000000000000000000000000"

static struct badge_address a, b;
static struct badge_hash root;

static int read_constants(void **state)
{
    (void)state;
    return badge_hex_decode(a.b, 20, A, 40) == BADGE_OK && badge_hex_decode(b.b, 20, B, 40) == BADGE_OK &&
                   badge_hex_decode(root.b, 32, R, 64) == BADGE_OK
               ? 0
               : -1;
}

static void assert_call(const uint8_t *call, size_t len, const char *signature, const char *hex)
{
    char text[2 * BADGE_CALL_MAX_LEN + 1];
    assert_true(len <= BADGE_CALL_MAX_LEN);
    badge_hex_encode(text, call, len);
    assert_string_equal(text, hex);
    struct badge_hash hash;
    badge_keccak256(&hash, signature, strlen(signature));
    assert_memory_equal(call, hash.b, 4);
}

static void test_calls(void **state)
{
    (void)state;
    uint8_t call[BADGE_CALL_MAX_LEN];
    assert_call(call, badge_call_anchor(call, &a, &root, 1u << 24), "anchor(address,bytes32,uint64)",
                "72113990" PAD A R U64_PAD "0000000001000000");
    assert_call(call, badge_call_set_operator(call, &b, true), "setOperator(address,bool)",
                "558a7297" PAD B U64_PAD "0000000000000001");
    assert_call(call, badge_call_accredit(call, &a, &root, 1, 0x7fffffffffffffff),
                "accredit(address,bytes32,uint64,uint64)",
                "56a19730" PAD A R U64_PAD "0000000000000001" U64_PAD "7fffffffffffffff");
    assert_call(call, badge_call_accredit(call, &a, &root, 0, 0), "accredit(address,bytes32,uint64,uint64)",
                "56a19730" PAD A R U64_PAD "0000000000000000" U64_PAD "0000000000000000");
    assert_call(call, badge_call_anchor_of(call, &a, &root), "anchorOf(address,bytes32)", "ecbe7ca5" PAD A R);
    assert_call(call, badge_call_log_of(call, &a), "logOf(address)", "3a41d43f" PAD A);
    assert_call(call, badge_call_withdrawn_at(call, &a, &root), "withdrawnAt(address,bytes32)", "e0466e2d" PAD A R);
    assert_call(call, badge_call_revoked_at(call, &a, &root), "revokedAt(address,bytes32)", "02673e5c" PAD A R);
    assert_call(call, badge_call_is_operator(call, &a, &b), "isOperator(address,address)", "b6363cf2" PAD A PAD B);
    assert_call(call, badge_call_accredited_by(call, &a, &b, &root), "accreditedBy(address,address,bytes32)",
                "0a194bbd" PAD A PAD B R);
}

#define S "7777777777777777777777777777777777777777777777777777777777777777"

static void test_calls_with_lists(void **state)
{
    (void)state;
    struct badge_hash list[2] = {root};
    uint8_t call[BADGE_CALL_MAX_LEN];
    memset(list[1].b, 0x77, sizeof list[1].b);
    assert_call(call, badge_call_withdraw(call, &root), "withdraw(bytes32)", "8e19899e" R);
    assert_call(call, badge_call_restore(call, &list[1], 1), "restore(bytes32[])",
                "f2ed5292" U64_PAD "0000000000000020" U64_PAD "0000000000000001" S);
    assert_int_equal(badge_call_restore(call, list, 1), BADGE_CALL_RESTORE_LEN(1));
    assert_call(call, badge_call_revoke(call, &a, list, 2, BADGE_REASON_HOLDER), "revoke(address,bytes32[],uint8)",
                "55980888" PAD A U64_PAD "0000000000000060" U64_PAD "0000000000000005" U64_PAD "0000000000000002" R S);
    assert_int_equal(badge_call_revoke(call, &a, list, 2, BADGE_REASON_HOLDER), BADGE_CALL_REVOKE_LEN(2));
}

/* What the signer signs is told apart by this: nothing else may pass, not even another encoding of the same. */
static void test_is_revoke(void **state)
{
    (void)state;
    struct badge_hash list[3] = {root, root, root};
    uint8_t call[BADGE_CALL_REVOKE_LEN(3)];
    size_t len = badge_call_revoke(call, &a, list, 3, BADGE_REASON_ERROR), issuer_begin = 4 + 12, issuer_end = 4 + 32;
    size_t reason_at = 4 + 3 * 32 - 1;
    assert_int_equal(badge_call_is_revoke(call, len), 3);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(badge_call_is_revoke(call, cut), 0);
    for (size_t i = 0; i < BADGE_CALL_REVOKE_LEN(0); i++) {
        call[i] ^= 1;
        assert_int_equal(badge_call_is_revoke(call, len),
                         (i >= issuer_begin && i < issuer_end) || i == reason_at ? 3 : 0);
        call[i] ^= 1;
    }
    assert_int_equal(badge_call_is_revoke(call, badge_call_revoke(call, &a, list, 0, BADGE_REASON_ERROR)), 0);
    assert_int_equal(badge_call_is_revoke(call, badge_call_anchor(call, &a, &root, 1)), 0);
}

static void test_errors(void **state)
{
    (void)state;
    static const char *const names[] = {"NotOperator", "EmptyTree",        "TreeTooLarge", "AlreadyAnchored",
                                        "NotAnchored", "AlreadyWithdrawn", "EmptyPeriod"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char signature[32];
        struct badge_hash hash;
        const size_t len = strlen(names[i]);
        memcpy(signature, names[i], len);
        memcpy(signature + len, "()", 2);
        badge_keccak256(&hash, signature, len + 2);
        assert_string_equal(badge_registry_error(hash.b, 4), names[i]);
        for (size_t cut = 0; cut < 4; cut++)
            assert_null(badge_registry_error(hash.b, cut));
        assert_null(badge_registry_error(hash.b, 36));
        hash.b[3] ^= 1;
        assert_null(badge_registry_error(hash.b, 4));
    }
    assert_null(badge_registry_error(NULL, 0));
}

static void test_topics(void **state)
{
    (void)state;
    static const char *const signatures[] = {
        "Anchored(address,bytes32,address,uint64,uint64)",
        "Withdrawn(address,bytes32)",
        "Revoked(address,bytes32,address,uint8)",
        "Restored(address,bytes32)",
        "OperatorChanged(address,address,bool)",
        "ProfileChanged(address,string)",
        "Accredited(address,address,bytes32,uint64,uint64)",
    };
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        char name[32] = {0};
        struct badge_hash expected, topic;
        memcpy(name, signatures[i], strcspn(signatures[i], "("));
        badge_keccak256(&expected, signatures[i], strlen(signatures[i]));
        assert_true(badge_registry_topic(&topic, name));
        assert_memory_equal(topic.b, expected.b, sizeof expected.b);
    }
    struct badge_hash unused;
    assert_false(badge_registry_topic(&unused, "anchored"));
    assert_false(badge_registry_topic(&unused, ""));
}

static void test_answers(void **state)
{
    (void)state;
    uint8_t words[128] = {0};
    uint64_t value[4];
    for (size_t i = 0; i < 4; i++)
        memset(words + 32 * i + 24, 0x10 + (int)i, 8);
    assert_int_equal(badge_answer_u64s(value, 4, words, sizeof words), BADGE_OK);
    for (size_t i = 0; i < 4; i++)
        assert_true(value[i] == UINT64_C(0x0101010101010101) * (0x10 + i));
    for (size_t len = 0; len < sizeof words; len++)
        assert_int_equal(badge_answer_u64s(value, 4, words, len), BADGE_ETYPE);
    assert_int_equal(badge_answer_u64s(value, 3, words, sizeof words), BADGE_ETYPE);
    for (size_t i = 0; i < sizeof words; i++) {
        if (i % 32 >= 24)
            continue;
        words[i] = 1;
        assert_int_equal(badge_answer_u64s(value, 4, words, sizeof words), BADGE_ETYPE);
        words[i] = 0;
    }

    uint8_t word[32] = {0};
    bool answer = true;
    assert_int_equal(badge_answer_bool(&answer, word, 32), BADGE_OK);
    assert_false(answer);
    word[31] = 1;
    assert_int_equal(badge_answer_bool(&answer, word, 32), BADGE_OK);
    assert_true(answer);
    word[31] = 2;
    assert_int_equal(badge_answer_bool(&answer, word, 32), BADGE_ETYPE);
    word[31] = 1;
    word[0] = 1;
    assert_int_equal(badge_answer_bool(&answer, word, 32), BADGE_ETYPE);
    assert_int_equal(badge_answer_bool(&answer, NULL, 0), BADGE_ETYPE); /* what eth_call answers where no code is */
}

static void test_revocations(void **state)
{
    (void)state;
    uint8_t words[64] = {0};
    struct badge_revocation revocation = {7, BADGE_REASON_ERROR};
    enum badge_reason reason;
    assert_int_equal(badge_answer_revocation(&revocation, words, sizeof words), BADGE_OK);
    assert_true(revocation.time_s == 0 && revocation.reason == BADGE_REASON_UNSPECIFIED);
    words[31] = 9;
    for (unsigned number = 0; number < 256; number++) {
        words[63] = (uint8_t)number;
        assert_int_equal(badge_answer_revocation(&revocation, words, sizeof words), BADGE_OK);
        assert_true(revocation.time_s == 9 && revocation.reason == (number <= 5 ? number : 0));
        assert_int_equal(badge_answer_reason(&reason, words + 32, 32), BADGE_OK);
        assert_int_equal(reason, revocation.reason);
    }
    for (size_t i = 32; i < 63; i++) { /* no uint8 has anything there */
        words[i] = 1;
        assert_int_equal(badge_answer_revocation(&revocation, words, sizeof words), BADGE_ETYPE);
        assert_int_equal(badge_answer_reason(&reason, words + 32, 32), BADGE_ETYPE);
        words[i] = 0;
    }
    words[31] = 0; /* a reason without a revocation: no such contract */
    words[63] = 1;
    assert_int_equal(badge_answer_revocation(&revocation, words, sizeof words), BADGE_ETYPE);
    words[24] = 0x80; /* a time that no block has */
    assert_int_equal(badge_answer_revocation(&revocation, words, sizeof words), BADGE_ETYPE);
    assert_int_equal(badge_answer_revocation(&revocation, words, 32), BADGE_ETYPE); /* the earlier registry's answer */
    assert_int_equal(badge_answer_reason(&reason, words, 0), BADGE_ETYPE);          /* and the data of its event */
}

static void test_reasons(void **state)
{
    (void)state;
    static const char *const names[] = {"unspecified", "error", "replaced", "unmet", "annulled", "holder"};
    enum badge_reason reason;
    for (unsigned i = 0; i < BADGE_N_REASONS; i++) {
        assert_string_equal(badge_reason_name((enum badge_reason)i), names[i]);
        assert_true(badge_reason_parse(&reason, names[i]) && reason == i);
        assert_int_equal(badge_reason_of(i), i);
    }
    assert_false(badge_reason_parse(&reason, "Error"));
    assert_false(badge_reason_parse(&reason, ""));
    assert_int_equal(badge_reason_of(6), BADGE_REASON_UNSPECIFIED);
    assert_int_equal(badge_reason_of(UINT64_MAX), BADGE_REASON_UNSPECIFIED);
}

/* Expected heads: cast keccak over 24 + 32 + 8 bytes. */
static void test_log(void **state)
{
    (void)state;
    uint8_t words[64] = {0};
    struct badge_log_head log = {0}, read;
    badge_log_append(&log, &root, 1);
    char text[49];
    badge_hex_encode(text, log.head, sizeof log.head);
    assert_string_equal(text, "b8abbef373aa316c45c0b0f8681f89cfe30cf5bf441f98f6");
    badge_log_append(&log, &root, 1u << 24);
    badge_hex_encode(text, log.head, sizeof log.head);
    assert_string_equal(text, "446681ac52911198ee5dfb49c996559dae31519fc19f6ac4");
    assert_int_equal(log.count, 2);

    words[31] = 2;
    memcpy(words + 32, log.head, sizeof log.head);
    assert_int_equal(badge_answer_log(&read, words, sizeof words), BADGE_OK);
    assert_int_equal(read.count, 2);
    assert_memory_equal(read.head, log.head, sizeof log.head);
    assert_int_equal(badge_answer_log(&read, words, 63), BADGE_ETYPE);
    words[63] = 1; /* a bytes24 has nothing there */
    assert_int_equal(badge_answer_log(&read, words, sizeof words), BADGE_ETYPE);
    words[63] = 0;
    words[0] = 1;
    assert_int_equal(badge_answer_log(&read, words, sizeof words), BADGE_ETYPE);
}

/* The built-in address is where the proxy puts the built-in creation code with salt zero. */
static void test_identity(void **state)
{
    (void)state;
    char text[BADGE_ADDRESS_LEN + 1];
    badge_address_format(text, &badge_create2_proxy);
    assert_string_equal(text, "0x4e59b44847b379578588920cA78FbF26c0B4956C");
    struct badge_hash init_code_hash;
    const struct badge_hash no_salt = {{0}};
    struct badge_address address;
    struct badge_hash earlier;
    assert_int_equal(
        badge_hex_decode(earlier.b, 32, "7ad1fec88ce8cbc15a8c940c21cf6912c9248fe321f3a823efca30d2c5840f15", 64),
        BADGE_OK);
    assert_non_null(strstr(badge_registry_superseded(&earlier), "earlier development version"));
    assert_null(badge_registry_superseded(&badge_registry_code_hash));
    badge_keccak256(&init_code_hash, badge_registry_init_code, badge_registry_init_code_len);
    badge_create2_address(&address, &badge_create2_proxy, &no_salt, &init_code_hash);
    assert_memory_equal(address.b, badge_registry_address.b, sizeof address.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_revocations),      cmocka_unit_test(test_reasons),   cmocka_unit_test(test_calls),
        cmocka_unit_test(test_calls_with_lists), cmocka_unit_test(test_is_revoke), cmocka_unit_test(test_errors),
        cmocka_unit_test(test_topics),           cmocka_unit_test(test_answers),   cmocka_unit_test(test_log),
        cmocka_unit_test(test_identity),
    };
    return cmocka_run_group_tests_name("registry", tests, read_constants, NULL);
}
