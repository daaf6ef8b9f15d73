/*
 * An anchor from the sealed batch to a mined transaction: fees, replacements, nonces, persistence before sending,
 * crashes and stops at any moment.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/metrics.h"
#include "support/fake_chain.h"

static void an_anchor_goes_from_sealed_to_final(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 3; i++)
        disk_seal(i * 100);
    start_anchor(60000);
    run_until(all_final);
    static const enum store_anchor_state expected[] = {STORE_ANCHOR_SIGNED, STORE_ANCHOR_SENT, STORE_ANCHOR_MINED,
                                                       STORE_ANCHOR_FINAL};
    assert_int_equal(disk.n_history, 4);
    assert_memory_equal(disk.history, expected, sizeof expected);
    assert_int_equal(n_anchored(), 3);
    assert_int_equal(chain.n_sent, 2 * 3); /* to both providers */
    for (uint32_t i = 0; i < 3; i++) {
        const struct store_anchor *anchor = &disk.batch[i].anchor;
        assert_int_equal(anchor->nonce, i);
        assert_int_equal(anchor->sequence, 9);
        assert_int_equal(anchor->gas_used, 55000);
        assert_int_equal(anchor->block_time_s, 1700000000 + (int64_t)anchor->block_number);
        assert_int_equal(disk.attempt[i][0].gas_limit, 61600);
        assert_int_equal(disk.attempt[i][0].max_fee_wei, 3 * GWEI);
        assert_int_equal(disk.attempt[i][0].max_priority_fee_wei, GWEI);
    }
    struct anchor_health health;
    anchor_health(t.anchor, &health);
    assert_true(health.connected);
    assert_null(health.code);
    assert_true(health.finalized < health.head && health.finalized + 3 >= health.head);
    assert_int_equal(health.n_providers, 2);
    assert_string_equal(health.provider[1].url, "http://second");
    assert_true(health.provider[0].healthy && health.provider[1].healthy);
}

static void legacy_pricing(void **state)
{
    (void)state;
    disk_seal(5);
    chain.legacy = true;
    chain.tip_wei = 30 * GWEI;
    start_anchor(60000);
    run_until(all_final);
    assert_int_equal(disk.attempt[0][0].max_fee_wei, 30 * GWEI);
    assert_true(disk.attempt[0][0].raw[0] >= 0xc0);
}

static bool five_attempts(void)
{
    return disk.n_attempts[0] == 5;
}

static void a_stuck_transaction_is_replaced_and_any_attempt_may_be_mined(void **state)
{
    (void)state;
    disk_seal(5);
    disk_seal(6);
    chain.mining = false;
    start_anchor(20);
    run_until(five_attempts);
    for (size_t i = 1; i < 5; i++) {
        const struct store_attempt *a = &disk.attempt[0][i - 1], *b = &disk.attempt[0][i];
        assert_int_equal(b->nonce, a->nonce);
        assert_int_equal(b->gas_limit, a->gas_limit);
        assert_true(b->max_fee_wei > a->max_fee_wei + a->max_fee_wei / 10);
        assert_true(b->max_priority_fee_wei > a->max_priority_fee_wei + a->max_priority_fee_wei / 10);
    }
    assert_int_equal(disk.n_attempts[1], 0); /* one transaction in flight at a time */
    chain.mining = true;
    run_until(all_final);
    assert_memory_equal(disk.batch[0].anchor.transaction.b, disk.attempt[0][0].transaction.b, 32);
    assert_int_equal(n_anchored(), 2);
}

static void fees_stay_below_the_cap(void **state)
{
    (void)state;
    disk_seal(5);
    chain.mining = false;
    chain.base_fee_wei = 90 * GWEI; /* 181 gwei for the first attempt, 203 for a replacement */
    start_anchor(20);
    run_until(first_sent);
    run_until(tried_for_a_while);
    assert_int_equal(disk.n_attempts[0], 1);
    for (size_t i = 0; i < disk.n_attempts[0]; i++)
        assert_true(disk.attempt[0][i].max_fee_wei <= 200 * GWEI);
    assert_int_equal(disk.batch[0].anchor.state, STORE_ANCHOR_SENT); /* still waiting */
    chain.mining = true;
    run_until(all_final);
}

/* A higher cap would not help, so the cap is not named. */
static void attempts_used_up_is_not_the_cap(void **state)
{
    (void)state;
    disk_seal(5);
    chain.mining = false;
    start_anchor(100);
    run_until(first_sent);
    for (size_t n = disk.n_attempts[0]; n < STORE_MAX_ATTEMPTS; n++)
        disk.attempt[0][n] = disk.attempt[0][n - 1];
    disk.n_attempts[0] = STORE_MAX_ATTEMPTS;
    FILE *captured = tmpfile();
    assert_non_null(captured);
    int stderr_before = dup(STDERR_FILENO);
    dup2(fileno(captured), STDERR_FILENO);
    run_until(tried_for_a_while);
    dup2(stderr_before, STDERR_FILENO);
    close(stderr_before);
    char log[4096] = "";
    assert_true(pread(fileno(captured), log, sizeof log - 1, 0) > 0);
    fclose(captured);
    const char *line = strstr(log, "maximum number of attempts");
    assert_non_null(line);
    assert_null(strstr(line + 1, "maximum number of attempts")); /* logged once */
    assert_null(strstr(log, "fee cap"));
    size_t len;
    char *metrics = metrics_text(&len);
    assert_non_null(strstr(metrics, "badged_anchor_at_fee_cap 0\n"));
    free(metrics);
    assert_int_equal(disk.batch[0].anchor.state, STORE_ANCHOR_SENT);
    chain.mining = true;
    run_until(all_final);
    assert_int_equal(disk.n_attempts[0], STORE_MAX_ATTEMPTS);
}

static void an_underpriced_replacement_is_bumped_at_once(void **state)
{
    (void)state;
    disk_seal(5);
    chain.refuse_send = "replacement transaction underpriced";
    chain.n_refuse_sends = 4; /* two providers, two attempts */
    start_anchor(60000);
    run_until(all_final);
    assert_int_equal(disk.n_attempts[0], 3);
    assert_int_equal(chain.sent[4].nonce, chain.sent[0].nonce);
    assert_true(chain.sent[4].max_fee_wei > chain.sent[0].max_fee_wei);
}

static bool signed_twice(void)
{
    return disk.n_attempts[0] == 2;
}

static bool first_refused(void)
{
    return chain.n_refuse_sends < 2 * 3;
}

static bool refused_three_times(void)
{
    return chain.n_refuse_sends == 0;
}

static void nonce_too_low_without_use_keeps_the_nonce(void **state)
{
    (void)state;
    disk_seal(5);
    chain.mining = false;
    chain.refuse_send = "nonce too low";
    chain.n_refuse_sends = 2 * 3;
    start_anchor(60000);
    run_until(refused_three_times);
    chain.mining = true;
    run_until(all_final);
    assert_int_equal(disk.n_attempts[0], 1);
}

static void a_nonce_used_by_another_transaction_is_dropped(void **state)
{
    (void)state;
    disk_seal(5);
    chain.mining = false;
    chain.refuse_send = "nonce too low";
    chain.n_refuse_sends = 2 * 3;
    start_anchor(60000);
    run_until(first_refused);
    chain.nonce = 1;
    run_until(signed_twice);
    assert_int_equal(chain.n_refuse_sends, 0); /* only after it was seen three times */
    chain.mining = true;
    run_until(all_final);
    assert_int_equal(disk.attempt[0][1].nonce, 1);
    assert_int_equal(n_anchored(), 1);
}

static bool signed_three_times(void)
{
    return disk.n_attempts[0] >= 3;
}

/* The nonce that another transaction used is free again after a reorg: later nonces would never be mined. */
static void a_nonce_gap_is_filled(void **state)
{
    (void)state;
    disk_seal(5);
    disk_seal(6);
    chain.mining = false;
    chain.refuse_send = "nonce too low";
    chain.n_refuse_sends = 2 * 3;
    start_anchor(50);
    run_until(first_refused);
    chain.nonce = 1;
    run_until(signed_twice);
    assert_int_equal(disk.attempt[0][1].nonce, 1);
    chain.nonce = 0;
    run_until(signed_three_times);
    chain.mining = true;
    run_until(all_final);
    uint64_t mined_nonce = disk.batch[0].anchor.nonce;
    assert_int_equal(mined_nonce, 0);
    assert_int_equal(n_anchored(), 2);
}

/* A transaction of the previous account with the same nonce, before the key rotation, does not fill the gap. */
static void a_nonce_gap_is_filled_after_a_key_rotation(void **state)
{
    (void)state;
    disk_seal(5);
    disk_seal(6);
    const struct badge_hash theirs = {{0xee}};
    disk.attempt[1][disk.n_attempts[1]++] = (struct store_attempt){.from = {{0x0d}}, .nonce = 0, .transaction = theirs};
    chain.mined[chain.n_mined++] = (struct mined){
        .hash = theirs, .root = disk.batch[1].root, .block = 8, .tree_size = 6};
    disk.batch[1].anchor = (struct store_anchor){
        .state = STORE_ANCHOR_MINED, .nonce = 0, .transaction = theirs, .block_number = 8, .block_hash = block_hash(8)};
    chain.mining = false;
    chain.no_finality = true;
    chain.refuse_send = "nonce too low";
    chain.n_refuse_sends = 2 * 3;
    start_anchor(50);
    run_until(first_refused);
    chain.nonce = 1;
    run_until(signed_twice);
    chain.nonce = 0;
    run_until(signed_three_times);
    chain.mining = true;
    chain.no_finality = false;
    run_until(all_final);
    assert_int_equal(disk.batch[0].anchor.nonce, 0);
}

static void the_same_bytes_are_sent_after_a_crash(void **state)
{
    (void)state;
    disk_seal(5);
    start_anchor(60000);
    run_until(something_sent);
    stop_anchor();
    chain.n_sent = chain.n_pool = 0; /* as if the node had died after the write and before sending */
    disk.batch[0].anchor.state = STORE_ANCHOR_SIGNED;
    start_anchor(60000);
    run_until(all_final);
    assert_int_equal(disk.n_attempts[0], 1);
    assert_int_equal(n_anchored(), 1);
}

static bool no_failures_left(void)
{
    return disk.n_failures == 0;
}

static void a_transaction_is_on_disk_before_it_is_sent(void **state)
{
    (void)state;
    disk_seal(5);
    disk.n_failures = 1;
    start_anchor(60000);
    run_until(no_failures_left);
    assert_int_equal(chain.n_sent, 0);
    run_until(all_final);
    assert_int_equal(disk.n_attempts[0], 1);
    assert_int_equal(n_anchored(), 1);
}

static void add_batch(void)
{
    disk_seal(5);
}

static void closing_after_any_call_is_safe(void **state)
{
    (void)state;
    close_after_each_call(40, add_batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_anchor_goes_from_sealed_to_final),
        TEST(legacy_pricing),
        TEST(a_stuck_transaction_is_replaced_and_any_attempt_may_be_mined),
        TEST(fees_stay_below_the_cap),
        TEST(attempts_used_up_is_not_the_cap),
        TEST(an_underpriced_replacement_is_bumped_at_once),
        TEST(nonce_too_low_without_use_keeps_the_nonce),
        TEST(a_nonce_used_by_another_transaction_is_dropped),
        TEST(a_nonce_gap_is_filled),
        TEST(a_nonce_gap_is_filled_after_a_key_rotation),
        TEST(the_same_bytes_are_sent_after_a_crash),
        TEST(a_transaction_is_on_disk_before_it_is_sent),
        TEST(closing_after_any_call_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
