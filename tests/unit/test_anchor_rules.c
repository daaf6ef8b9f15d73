/*
 * The pure functions of the anchor: state transitions, what a round does next, the meaning of provider errors, fees,
 * and what the signer refuses.
 */
#include "support/test.h"

#include <string.h>

#include "anchor/decide.h"
#include "anchor/state.h"
#include "chain/fee.h"
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

/* -- decisions ----------------------------------------------------------------------------------------------------- */

enum { SEALED, SIGNED, SENT, MINED, FINAL, SPOILED }; /* enum store_anchor_state */

static void when_the_checks_are_due(void **state)
{
    (void)state;
    assert_true(decide_check_is_due(TRUST_NOTHING, 0));
    assert_false(decide_check_is_due(TRUST_READING, 4999));
    assert_true(decide_check_is_due(TRUST_READING, 5000));
    assert_false(decide_check_is_due(TRUST_SENDING, 59999));
    assert_true(decide_check_is_due(TRUST_SENDING, 60000));
    assert_true(decide_check_is_due(TRUST_SENDING, UINT64_MAX));
}

static void what_a_round_does_with_a_job(void **state)
{
    (void)state;
    static const struct {
        int state;
        bool may_sign, watching, is_set, stopped;
        uint64_t publish_at_ms; /* it is 1000 */
        enum job_step step;
    } cases[] = {
        {SEALED, true, false, false, false, 0, JOB_SEND},
        {SEALED, true, false, false, false, 1000, JOB_SEND},
        {SEALED, true, false, false, false, 1001, JOB_HOLD}, /* a batch waits, and later ones wait for it */
        {SEALED, true, false, true, false, 1001, JOB_SKIP},  /* they do not wait for a set */
        {SEALED, false, true, false, false, 0, JOB_SKIP},    /* another is in flight, or nothing may be signed */
        {SEALED, true, true, false, true, 0, JOB_SKIP},
        {SIGNED, false, false, false, false, 1001, JOB_POLL}, /* a receipt is looked for in any case */
        {SENT, false, false, true, false, 0, JOB_POLL},
        {SENT, true, true, false, true, 0, JOB_SKIP},
        {MINED, true, true, false, false, 1001, JOB_WATCH},
        {MINED, true, false, false, false, 0, JOB_SKIP}, /* nothing can have changed */
        {FINAL, true, true, false, false, 0, JOB_SKIP},
        {SPOILED, true, true, false, false, 0, JOB_SKIP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct attempt_tracker tracker = {.stopped = cases[i].stopped, .publish_at_ms = cases[i].publish_at_ms};
        struct tx_job job = {.id = cases[i].is_set ? store_set_id(1) : store_batch_id(1),
                             .anchor = {.state = (enum store_anchor_state)cases[i].state},
                             .tracker = &tracker};
        if (decide_job_step(&job, cases[i].may_sign, cases[i].watching, 1000) != cases[i].step)
            fail_msg("case %zu", i);
    }
    struct tx_job fresh = {.id = store_set_id(1)}; /* without a tracker: never tried */
    assert_int_equal(decide_job_step(&fresh, true, false, 0), JOB_SEND);
    fresh.anchor.state = STORE_ANCHOR_SENT;
    assert_int_equal(decide_job_step(&fresh, false, false, 0), JOB_POLL);
}

static void whose_a_root_on_the_chain_is(void **state)
{
    (void)state;
    assert_int_equal(decide_root(0, 7), ROOT_ABSENT);
    assert_int_equal(decide_root(7, 7), ROOT_OURS);
    assert_int_equal(decide_root(6, 7), ROOT_SPOILED);
    assert_int_equal(decide_root(UINT64_C(0x100000007), 7), ROOT_SPOILED);
}

static void when_a_spoiled_batch_is_resealed(void **state)
{
    (void)state;
    struct attempt_tracker tracker = {0};
    struct tx_job job = {.id = store_batch_id(2), .tracker = &tracker};
    assert_true(decide_reseals_now(&job));
    job.replaces = 1; /* spoiled once more: first it waits */
    assert_false(decide_reseals_now(&job));
    tracker.spoiled_before = true;
    assert_true(decide_reseals_now(&job));
}

static void the_next_nonce(void **state)
{
    (void)state;
    static const struct {
        uint64_t count, ours, gap; /* gap 99: none */
        bool other_account;
        uint64_t nonce;
    } cases[] = {
        {5, 0, 99, false, 5},                       /* nothing signed here yet */
        {5, 5, 99, false, 5}, {5, 8, 99, false, 8}, /* the provider lags behind */
        {8, 5, 99, false, 8},                       /* the account was used elsewhere */
        {5, 8, 5, false, 5},                        /* fills the gap */
        {6, 8, 5, false, 8},                        /* the gap is filled already */
        {5, 8, 5, true, 8},
    };
    const struct badge_address account = {{1}}, other = {{2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct nonce_gap gap = {
            .found = cases[i].gap != 99, .account = cases[i].other_account ? other : account, .nonce = cases[i].gap};
        if (decide_nonce(cases[i].count, cases[i].ours, &account, &gap) != cases[i].nonce)
            fail_msg("case %zu", i);
    }
}

static void limits_of_gas(void **state)
{
    (void)state;
    assert_int_equal(fee_gas_limit(50000, 10000000, 30000000), 55000);
    assert_int_equal(fee_gas_limit(9999999, 10000000, 30000000), 10000000);
    assert_int_equal(fee_gas_limit(50000, 10000000, 52000), 52000);
    assert_int_equal(fee_gas_limit(50000, 10000000, 0), 55000);
    assert_int_equal(fee_gas_limit(UINT64_MAX, UINT64_MAX, 0), UINT64_MAX);
    assert_int_equal(decide_set_size(30000000, UINT64_MAX), STORE_MAX_SET); /* 498 would fit */
    assert_int_equal(decide_set_size(720000, UINT64_MAX), 10);              /* half a block */
    assert_int_equal(decide_set_size(0, UINT64_MAX), STORE_MAX_SET);        /* the block's limit is unknown */
    assert_int_equal(decide_set_size(0, 119999), 1);
    assert_int_equal(decide_set_size(30000000, 120000), 2); /* what the balance pays for */
    assert_int_equal(decide_set_size(1, 0), 1);             /* never none: then the funds are reported */
}

static void what_follows_a_broadcast(void **state)
{
    (void)state;
    for (int result = SEND_ACCEPTED; result <= SEND_UNANSWERED; result++) {
        const struct after_send after = decide_after_send((enum send_result)result);
        assert_int_equal(after.accepted, result == SEND_ACCEPTED);
        assert_int_equal(after.count_nonce, result == SEND_NONCE_USED);
        assert_int_equal(after.underpriced, result == SEND_UNDERPRICED);
        assert_int_equal(after.recheck, result == SEND_NO_FUNDS);
        assert_int_equal(after.no_progress, result == SEND_TRY_LATER || result == SEND_UNANSWERED);
        bool soon = result == SEND_NONCE_USED || result == SEND_UNANSWERED;
        assert_int_equal(after.retry_ms, result == SEND_REFUSED ? 60000 : soon ? 2000 : 10000);
    }
}

static void when_an_open_transaction_is_replaced(void **state)
{
    (void)state;
    static const struct {
        int state;
        uint64_t signed_at_ms; /* it is 5000, and a bump is due after 3000 */
        uint64_t refused_at;   /* the head is 20; 0: not underpriced */
        bool may_sign, has_key;
        enum open_step step;
    } cases[] = {
        {SENT, 2001, 0, true, true, OPEN_PUBLISH},
        {SENT, 2000, 0, true, true, OPEN_REPLACE},
        {SENT, 2000, 0, true, false, OPEN_ABANDON},
        {SENT, 2000, 0, false, true, OPEN_PUBLISH}, /* the signer does not answer */
        {SIGNED, 0, 0, true, true, OPEN_PUBLISH},   /* no provider has accepted it: that is not the fee */
        {SIGNED, 5000, 19, true, true, OPEN_REPLACE},
        {SENT, 5000, 19, true, false, OPEN_ABANDON},
        {SENT, 5000, 19, false, false, OPEN_PUBLISH},
        {SIGNED, 5000, 20, true, true, OPEN_PUBLISH}, /* no new block since */
        {SIGNED, 2001, 20, true, true, OPEN_PUBLISH},
        {SIGNED, 2000, 20, true, true, OPEN_REPLACE},
        {SIGNED, 5000, 21, true, true, OPEN_PUBLISH}, /* this provider is behind */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct attempt_tracker tracker = {.signed_at_ms = cases[i].signed_at_ms,
                                          .underpriced = cases[i].refused_at > 0,
                                          .refused_at = cases[i].refused_at};
        const struct tx_job job = {.anchor = {.state = (enum store_anchor_state)cases[i].state}, .tracker = &tracker};
        if (decide_open_step(&job, 3000, 20, cases[i].may_sign, cases[i].has_key, 5000) != cases[i].step)
            fail_msg("case %zu", i);
    }
}

static void fees_of_a_replacement(void **state)
{
    (void)state;
    struct fees out = {0, 0};
    const struct fee_caps caps = {100, 10};
    const struct fees last = {40, 4}, high = {90, 4}, market = {50, 5};
    assert_int_equal(decide_bump(&out, STORE_MAX_ATTEMPTS, &caps, &last, &market, false), BUMP_USED_UP);
    assert_int_equal(decide_bump(&out, 1, &caps, &high, &market, false), BUMP_AT_CAP);
    assert_int_equal(out.max_fee_wei, 0);
    assert_int_equal(decide_bump(&out, STORE_MAX_ATTEMPTS - 1, &caps, &last, &market, false), BUMP);
    assert_int_equal(out.max_fee_wei, 50);
}

static void what_a_receipt_means_for_a_mined_job(void **state)
{
    (void)state;
    const struct store_anchor known = {.block_number = 10, .block_hash = {{1}}};
    struct tx_receipt seen = {.block_number = 10, .block_hash = {{1}}, .succeeded = true};
    assert_int_equal(decide_mined_step(&known, &seen, 0), MINED_WAIT);
    assert_int_equal(decide_mined_step(&known, &seen, 9), MINED_WAIT);
    assert_int_equal(decide_mined_step(&known, &seen, 10), MINED_FINAL);
    seen.succeeded = false;
    assert_int_equal(decide_mined_step(&known, &seen, 10), MINED_READ);
    seen = (struct tx_receipt){.block_number = 10, .block_hash = {{2}}, .succeeded = true};
    assert_int_equal(decide_mined_step(&known, &seen, 10), MINED_READ); /* reorganized into another block */
}

static void pauses_between_rounds(void **state)
{
    (void)state;
    static const struct {
        bool idle;
        unsigned n_idle_rounds;
        uint64_t block_time_ms, least_ms; /* and up to a quarter more */
    } cases[] = {
        {false, 0, 2000, 1000}, {false, 1, 2000, 2000}, {false, 9, 2000, 2000},  {true, 0, 2000, 2000},
        {false, 0, 0, 1000},    {false, 0, 100, 500},   {false, 0, 60000, 2000}, {true, 0, 60000, 4000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (uint64_t random = 0; random < 500; random += 7) {
            uint64_t ms = decide_pause_ms(cases[i].idle, cases[i].n_idle_rounds, cases[i].block_time_ms, random);
            if (ms < cases[i].least_ms || ms > cases[i].least_ms * 5 / 4)
                fail_msg("case %zu: %llu", i, (unsigned long long)ms);
        }
}

static void finality_is_late_by_the_pace_of_the_chain(void **state)
{
    (void)state;
    const uint64_t minute_ms = 60000, hour_ms = 60 * minute_ms;
    assert_int_equal(decide_finality_late_ms(0), hour_ms);
    assert_int_equal(decide_finality_late_ms(6 * minute_ms), hour_ms); /* Ethereum */
    assert_int_equal(decide_finality_late_ms(15 * minute_ms), hour_ms);
    assert_int_equal(decide_finality_late_ms(50 * minute_ms), 200 * minute_ms);
    assert_int_equal(decide_finality_late_ms(3 * hour_ms), 12 * hour_ms);
    assert_int_equal(decide_finality_late_ms(72 * hour_ms), 12 * hour_ms); /* it had stopped */
    assert_int_equal(decide_finality_late_ms(UINT64_MAX), 12 * hour_ms);
}

/* -- errors and fees ----------------------------------------------------------------------------------------------- */

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
    const struct rpc_reply reply = {.status = status, .http_status = http_status, .error_code = code, .error_data = ""};
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
    const struct rpc_reply reverted = {
        .status = BADGE_EREFUSED, .http_status = 200, .error_code = -32603, .error_data = "0x7c214f04"};
    assert_false(rpc_reply_is_transient(&reverted));
    assert_true(rpc_reply_is_refusal(&reverted));
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

/* What is asked for a price, and what is made of the answer; NULL: refused. */
static void suggestions(void **state)
{
    (void)state;
    static const struct {
        uint64_t base_fee; /* UINT64_MAX: none */
        const char *tip, *price;
        uint64_t wei;
    } rows[] = {{10, "0x2", NULL, 2},
                {10, "0x0", NULL, 0},
                {10, NULL, "0xd", 3},
                {10, NULL, "0x7", 0},
                {0, NULL, "0x0", 0},
                {10, NULL, NULL, GWEI},
                {10, "0xffffffffffffffffffff", NULL, UINT64_MAX},
                {UINT64_MAX, NULL, "0x7", 7},
                {UINT64_MAX, NULL, "0x0", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct block head = {.has_base_fee = rows[i].base_fee != UINT64_MAX, .base_fee_wei = rows[i].base_fee};
        const char *method, *text = NULL;
        unsigned n_refused = 0;
        while ((method = fee_method(&head, n_refused))) {
            text = strcmp(method, "eth_gasPrice") == 0 ? rows[i].price : rows[i].tip;
            if (text)
                break;
            n_refused++;
        }
        uint64_t wei;
        json_t *result = text ? json_string(text) : NULL;
        assert_int_equal(fee_suggested(&wei, &head, n_refused, result), BADGE_OK);
        json_decref(result);
        if (wei != rows[i].wei)
            fail_msg("row %zu: %llu", i, (unsigned long long)wei);
    }
    const struct block legacy = {.number = 1}, london = {.has_base_fee = true};
    const struct fee_caps caps = {100, 10};
    uint64_t wei;
    json_t *number = json_integer(3);
    assert_int_equal(fee_suggested(&wei, &legacy, 1, NULL), BADGE_ETYPE);
    assert_int_equal(fee_suggested(&wei, &london, 0, number), BADGE_ETYPE);
    json_decref(number);
    assert_int_equal(fee_of(&caps, &legacy, 50).max_priority_fee_wei, 50);
    assert_int_equal(fee_of(&caps, &london, 50).max_priority_fee_wei, 10);
    assert_int_equal(fee_of(&caps, &london, 0).max_fee_wei, 0);
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
        cmocka_unit_test(when_the_checks_are_due),
        cmocka_unit_test(what_a_round_does_with_a_job),
        cmocka_unit_test(whose_a_root_on_the_chain_is),
        cmocka_unit_test(when_a_spoiled_batch_is_resealed),
        cmocka_unit_test(the_next_nonce),
        cmocka_unit_test(limits_of_gas),
        cmocka_unit_test(what_follows_a_broadcast),
        cmocka_unit_test(when_an_open_transaction_is_replaced),
        cmocka_unit_test(fees_of_a_replacement),
        cmocka_unit_test(what_a_receipt_means_for_a_mined_job),
        cmocka_unit_test(pauses_between_rounds),
        cmocka_unit_test(finality_is_late_by_the_pace_of_the_chain),
        cmocka_unit_test(provider_errors_are_classified),
        cmocka_unit_test(transient_errors),
        cmocka_unit_test(suggestions),
        cmocka_unit_test(market_fees),
        cmocka_unit_test(replacements),
        cmocka_unit_test(the_signer_enforces_limits),
        cmocka_unit_test(the_signer_signs_revocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
