/*
 * The pure functions of the anchor: state transitions, the meaning of provider errors, fees, and what the signer
 * refuses.
 */
#include "support/test.h"

#include <string.h>

#include "anchor/anchor_internal.h"
#include "anchor/fee.h"
#include "chain/send_error.h"

#define GWEI UINT64_C(1000000000)

static void every_state_and_event(void **state)
{
    (void)state;
    /* by state: SIGNED ACCEPTED MINED GONE DROPPED FINAL; a dot where the event is impossible */
    static const char *const expected[ANCHOR_N_STATES] = {"1.3...", "123.0.", "1.3.0.", "..3204", "......", "......"};
    for (unsigned s = 0; s < ANCHOR_N_STATES; s++)
        for (unsigned e = 0; e < ANCHOR_N_EVENTS; e++) {
            enum store_anchor_state next;
            bool allowed = state_next(&next, (enum store_anchor_state)s, (enum anchor_event)e);
            char found = allowed ? (char)('0' + next) : '.';
            assert_int_equal(found, expected[s][e]);
        }
}

static void provider_errors_are_classified(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum send_result meaning;
    } cases[] = {
        {"already known", SEND_ACCEPTED},                /* geth */
        {"transaction already imported", SEND_ACCEPTED}, /* anvil */
        {"AlreadyKnown", SEND_ACCEPTED},                 /* nethermind */
        {"known transaction: 0x12", SEND_ACCEPTED},
        {"unknown transaction type", SEND_TRY_LATER},
        {"nonce too low: next nonce 5, tx nonce 4", SEND_NONCE_USED},
        {"OldNonce", SEND_NONCE_USED},
        {"NONCE_TOO_LOW", SEND_NONCE_USED},
        {"replacement transaction underpriced", SEND_UNDERPRICED},
        {"max fee per gas less than block base fee: address 0x", SEND_UNDERPRICED},
        {"FeeTooLow, MaxFeePerGas too low", SEND_UNDERPRICED},
        {"insufficient funds for gas * price + value: balance 0, tx cost 1", SEND_NO_FUNDS},
        {"Insufficient funds for gas * price + value", SEND_NO_FUNDS},
        {"Upfront cost exceeds account balance", SEND_NO_FUNDS},
        {"exceeds block gas limit", SEND_REFUSED},
        {"invalid sender", SEND_REFUSED},
        {"invalid chain id for signer: have 1 want 2", SEND_REFUSED},
        {"intrinsic gas too low", SEND_REFUSED},
        {"txpool is full", SEND_TRY_LATER},
        {"", SEND_TRY_LATER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (send_error_classify(cases[i].text) != cases[i].meaning)
            fail_msg("%s: %s", cases[i].text, send_result_name(send_error_classify(cases[i].text)));
    char longest[5000];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(send_error_classify(longest), SEND_TRY_LATER);
}

static bool is_transient(enum badge_status status, long http_status, int64_t code)
{
    const struct rpc_reply reply = {.status = status, .http_status = http_status, .error_code = code};
    return rpc_reply_is_transient(&reply);
}

static void transient_errors(void **state)
{
    (void)state;
    static const int64_t final[] = {-32000, -32001, -32002, -32003, -32601, -32602, 3};
    for (size_t i = 0; i < sizeof final / sizeof *final; i++) {
        assert_false(is_transient(BADGE_EREFUSED, 200, final[i]));
        assert_false(is_transient(BADGE_EREFUSED, 500, final[i])); /* the error object takes precedence */
        assert_true(is_transient(BADGE_EREFUSED, 429, final[i]));
    }
    assert_true(is_transient(BADGE_EREFUSED, 200, -32005));
    assert_true(is_transient(BADGE_EREFUSED, 200, -32603));
    static const long again[] = {0, 408, 425, 429, 500, 502, 503, 504, 599},
                      never[] = {200, 301, 400, 401, 403, 404, 600};
    for (size_t i = 0; i < sizeof again / sizeof *again; i++)
        assert_true(is_transient(BADGE_EIO, again[i], 0));
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        assert_false(is_transient(BADGE_EIO, never[i], 0));
    assert_false(is_transient(BADGE_OK, 200, 0));
}

static void market_fees(void **state)
{
    (void)state;
    const struct fee_caps caps = {200 * GWEI, 5 * GWEI};
    struct fees fees = fee_market(&caps, 10 * GWEI, 2 * GWEI);
    assert_int_equal(fees.max_fee_wei, 22 * GWEI);
    assert_int_equal(fees.max_priority_fee_wei, 2 * GWEI);
    fees = fee_market(&caps, 1000 * GWEI, UINT64_MAX);
    assert_int_equal(fees.max_fee_wei, 200 * GWEI);
    assert_int_equal(fees.max_priority_fee_wei, 5 * GWEI);
    fees = fee_market(&caps, UINT64_MAX, UINT64_MAX);
    assert_int_equal(fees.max_fee_wei, 200 * GWEI);
    const struct fee_caps narrow = {GWEI, 5 * GWEI}; /* the tip never exceeds the total fee */
    fees = fee_market(&narrow, 10 * GWEI, 4 * GWEI);
    assert_int_equal(fees.max_fee_wei, GWEI);
    assert_int_equal(fees.max_priority_fee_wei, GWEI);
    fees = fee_market_legacy(&caps, 30 * GWEI);
    assert_int_equal(fees.max_fee_wei, 30 * GWEI);
    assert_int_equal(fees.max_priority_fee_wei, 30 * GWEI);
}

static void replacements(void **state)
{
    (void)state;
    const struct fee_caps caps = {200 * GWEI, 5 * GWEI};
    const struct fees market = {10, 1};
    /* floor(x * 1125 / 1000) + 1 on both; strictly more than the 10 % that geth requires */
    for (uint64_t x = 1; x < 3000; x++) {
        const struct fees last = {x, x};
        struct fees out;
        assert_true(fee_bump(&out, &caps, &last, &(struct fees){0, 0}, false));
        assert_int_equal(out.max_fee_wei, x * 1125 / 1000 + 1);
        assert_int_equal(out.max_priority_fee_wei, x * 1125 / 1000 + 1);
        assert_true(out.max_fee_wei * 100 > last.max_fee_wei * 110);
    }
    struct fees out, last = {8, 8};
    assert_true(fee_bump(&out, &caps, &last, &market, false));
    assert_int_equal(out.max_fee_wei, 10);
    assert_int_equal(out.max_priority_fee_wei, 10);

    /* a cap on either field prevents it and leaves *out unchanged */
    struct fees untouched = {7, 7};
    last = (struct fees){190 * GWEI, GWEI};
    assert_false(fee_bump(&untouched, &caps, &last, &market, false));
    last = (struct fees){20 * GWEI, 5 * GWEI};
    assert_false(fee_bump(&untouched, &caps, &last, &market, false));
    assert_int_equal(untouched.max_fee_wei, 7);
    last = (struct fees){20 * GWEI, 20 * GWEI}; /* legacy: one price; the cap of the tip does not apply */
    assert_true(fee_bump(&out, &caps, &last, &market, true));
    last = (struct fees){UINT64_MAX, UINT64_MAX};
    assert_false(fee_bump(&untouched, &caps, &last, &market, false));
}

static void the_signer_enforces_limits(void **state)
{
    (void)state;
    const uint8_t secret[32] = {[31] = 1};
    struct badge_key *key;
    assert_int_equal(badge_key_from_bytes(&key, secret, NULL), BADGE_OK);
    const struct fee_caps caps = {100, 10};
    const struct badge_address contract = {{1, 2, 3}};
    struct signer signer;
    signer_init(&signer, key, 31337, &contract, &caps);
    uint8_t data[BADGE_CALL_MAX_LEN], other[BADGE_CALL_MAX_LEN];
    size_t data_len = badge_call_anchor(data, &contract, &(struct badge_hash){{7}}, 5);
    struct store_attempt out;
    struct badge_err err;
    const struct signer_call good = {
        .nonce = 3, .gas_limit = 60000, .fees = {100, 10}, .data = data, .data_len = data_len};
    assert_int_equal(signer_sign(&out, &signer, &good, &err), BADGE_OK);
    assert_int_equal(out.nonce, 3);
    assert_int_equal(out.raw[0], 2); /* EIP-1559 */
    struct badge_hash hash;
    badge_keccak256(&hash, out.raw, out.raw_len);
    assert_memory_equal(hash.b, out.transaction.b, 32);

    struct signer_call bad = good;
    bad.fees.max_fee_wei = 101;
    assert_int_equal(signer_sign(&out, &signer, &bad, &err), BADGE_EREFUSED);
    bad = good;
    bad.fees.max_priority_fee_wei = 11;
    assert_int_equal(signer_sign(&out, &signer, &bad, &err), BADGE_EREFUSED);
    bad = good;
    bad.fees = (struct fees){5, 6};
    assert_int_equal(signer_sign(&out, &signer, &bad, &err), BADGE_EREFUSED);
    bad = good;
    bad.gas_limit = SIGNER_MAX_GAS + 1;
    assert_int_equal(signer_sign(&out, &signer, &bad, &err), BADGE_EREFUSED);
    bad = good;
    bad.data = other;
    bad.data_len = badge_call_set_operator(other, &contract, true);
    assert_int_equal(signer_sign(&out, &signer, &bad, &err), BADGE_EREFUSED);
    memset(other, 0, sizeof other);
    bad.data_len = data_len;
    assert_int_equal(signer_sign(&out, &signer, &bad, &err), BADGE_EREFUSED);
    bad.data = data;
    bad.data_len = data_len - 1;
    assert_int_equal(signer_sign(&out, &signer, &bad, &err), BADGE_EREFUSED);
    bad = good;
    bad.legacy = true;
    bad.fees = (struct fees){100, 100};
    assert_int_equal(signer_sign(&out, &signer, &bad, &err), BADGE_OK);
    assert_true(out.raw[0] >= 0xc0); /* a list: legacy */
    signer_release(&signer);
}

/* For revoke the whole encoding and the number of digests are checked; the gas limit depends on the number. */
static void the_signer_signs_revocations(void **state)
{
    (void)state;
    const uint8_t secret[32] = {[31] = 1};
    struct badge_key *key;
    assert_int_equal(badge_key_from_bytes(&key, secret, NULL), BADGE_OK);
    const struct badge_address contract = {{1, 2, 3}}, issuer = {{4}};
    struct signer signer;
    signer_init(&signer, key, 31337, &contract, &(struct fee_caps){100, 10});
    static struct badge_hash digest[STORE_MAX_SET + 1];
    static uint8_t data[BADGE_CALL_REVOKE_LEN(STORE_MAX_SET + 1)];
    static struct store_attempt out;
    struct badge_err err;
    struct signer_call call = {.nonce = 3, .fees = {100, 10}, .data = data};
    call.data_len = badge_call_revoke(data, &issuer, digest, STORE_MAX_SET, BADGE_REASON_HOLDER);
    call.gas_limit = SIGNER_MAX_GAS + STORE_MAX_SET * SIGNER_MAX_GAS_OF_DIGEST;
    assert_int_equal(signer_sign(&out, &signer, &call, &err), BADGE_OK);
    assert_true(out.raw_len > call.data_len && out.raw_len <= STORE_MAX_RAW_LEN);
    call.gas_limit++;
    assert_int_equal(signer_sign(&out, &signer, &call, &err), BADGE_EREFUSED);
    call.gas_limit = 60000;
    call.data_len = badge_call_revoke(data, &issuer, digest, STORE_MAX_SET + 1, BADGE_REASON_HOLDER);
    assert_int_equal(signer_sign(&out, &signer, &call, &err), BADGE_EREFUSED);
    call.data_len = badge_call_restore(data, digest, 2); /* the issuer itself */
    assert_int_equal(signer_sign(&out, &signer, &call, &err), BADGE_EREFUSED);
    call.data_len = badge_call_withdraw(data, digest);
    assert_int_equal(signer_sign(&out, &signer, &call, &err), BADGE_EREFUSED);
    call.data_len = badge_call_revoke(data, &issuer, digest, 2, BADGE_REASON_HOLDER);
    data[4 + 32 + 31] ^= 0x20; /* the offset of the list is wrong */
    assert_int_equal(signer_sign(&out, &signer, &call, &err), BADGE_EREFUSED);
    signer_release(&signer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_and_event),
        cmocka_unit_test(provider_errors_are_classified),
        cmocka_unit_test(transient_errors),
        cmocka_unit_test(market_fees),
        cmocka_unit_test(replacements),
        cmocka_unit_test(the_signer_enforces_limits),
        cmocka_unit_test(the_signer_signs_revocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
