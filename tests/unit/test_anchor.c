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
#include "support/anchor_fixture.h"

static void an_anchor_goes_from_sealed_to_final(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 3; i++)
        fake_store_seal(i * 100);
    start_anchor(60000);
    run_until_final();
    static const enum store_anchor_state expected[] = {STORE_ANCHOR_SIGNED, STORE_ANCHOR_SENT, STORE_ANCHOR_MINED,
                                                       STORE_ANCHOR_FINAL};
    assert_int_equal(fake_store_batch(1)->n_history, 4);
    assert_memory_equal(fake_store_batch(1)->history, expected, sizeof expected);
    assert_int_equal(fake_chain_n_anchored(), 3);
    assert_int_equal(fake_chain_n_sent(), 2 * 3); /* to both providers */
    for (uint32_t i = 0; i < 3; i++) {
        const struct store_anchor *anchor = &fake_store_batch(i + 1)->anchor;
        assert_int_equal(anchor->nonce, i);
        assert_int_equal(anchor->sequence, i + 1);
        assert_int_equal(anchor->gas_used, 55000);
        assert_int_equal(anchor->block_time_s, 1700000000 + (int64_t)anchor->block_number);
        assert_in_range(anchor->changed_at_s, anchor->block_time_s + 2, anchor->block_time_s + 10);
        assert_int_equal(fake_store_batch(i + 1)->attempt[0].gas_limit, 61600);
        assert_int_equal(fake_store_batch(i + 1)->attempt[0].max_fee_wei, 3 * GWEI);
        assert_int_equal(fake_store_batch(i + 1)->attempt[0].max_priority_fee_wei, GWEI);
    }
    struct anchor_health health = health_of_anchor();
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
    fake_store_seal(5);
    fake_chain_set_legacy(30 * GWEI);
    start_anchor(60000);
    run_until_final();
    assert_int_equal(fake_store_batch(1)->attempt[0].max_fee_wei, 30 * GWEI);
    assert_true(fake_store_batch(1)->attempt[0].raw[0] >= 0xc0);
}

static bool five_attempts(void)
{
    return fake_store_batch(1)->n_attempts == 5;
}

static void a_stuck_transaction_is_replaced_and_any_attempt_may_be_mined(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_store_seal(6);
    fake_chain_include(false);
    start_anchor(20);
    fake_clock_run_until(five_attempts);
    for (size_t i = 1; i < 5; i++) {
        const struct store_attempt *a = &fake_store_batch(1)->attempt[i - 1], *b = &fake_store_batch(1)->attempt[i];
        assert_int_equal(b->nonce, a->nonce);
        assert_int_equal(b->gas_limit, a->gas_limit);
        assert_true(b->max_fee_wei > a->max_fee_wei + a->max_fee_wei / 10);
        assert_true(b->max_priority_fee_wei > a->max_priority_fee_wei + a->max_priority_fee_wei / 10);
    }
    assert_int_equal(fake_store_batch(2)->n_attempts, 0); /* one transaction in flight at a time */
    fake_chain_include(true);
    run_until_final();
    assert_memory_equal(fake_store_batch(1)->anchor.transaction.b, fake_store_batch(1)->attempt[0].transaction.b, 32);
    assert_int_equal(fake_chain_n_anchored(), 2);
}

static void fees_stay_below_the_cap(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_chain_include(false);
    fake_chain_set_base_fee(90 * GWEI); /* 181 gwei for the first attempt, 203 for a replacement */
    start_anchor(20);
    fake_clock_run_until(first_is_sent);
    fake_clock_run_for(A_WHILE_MS);
    assert_int_equal(fake_store_batch(1)->n_attempts, 1);
    for (size_t i = 0; i < fake_store_batch(1)->n_attempts; i++)
        assert_true(fake_store_batch(1)->attempt[i].max_fee_wei <= 200 * GWEI);
    assert_int_equal(fake_store_batch(1)->anchor.state, STORE_ANCHOR_SENT); /* still waiting */
    fake_chain_include(true);
    run_until_final();
}

/* A higher cap would not help, so the cap is not named. */
static void attempts_used_up_is_not_the_cap(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_chain_include(false);
    start_anchor(100);
    fake_clock_run_until(first_is_sent);
    const struct fake_job *batch = fake_store_batch(1);
    while (batch->n_attempts < STORE_MAX_ATTEMPTS)
        fake_store_put_attempt(batch, &batch->attempt[batch->n_attempts - 1]);
    FILE *captured = tmpfile();
    assert_non_null(captured);
    int stderr_before = dup(STDERR_FILENO);
    dup2(fileno(captured), STDERR_FILENO);
    fake_clock_run_for(A_WHILE_MS);
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
    assert_int_equal(fake_store_batch(1)->anchor.state, STORE_ANCHOR_SENT);
    fake_chain_include(true);
    run_until_final();
    assert_int_equal(fake_store_batch(1)->n_attempts, STORE_MAX_ATTEMPTS);
}

static void an_underpriced_replacement_is_bumped_with_the_next_block(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_chain_refuse("replacement transaction underpriced", 4); /* two providers, two attempts */
    start_anchor(60000);
    fake_clock_run_until(first_is_sent);
    assert_true(fake_chain_sent(2)->block > fake_chain_sent(0)->block);
    assert_true(fake_chain_sent(4)->block > fake_chain_sent(2)->block);
    run_until_final();
    assert_int_equal(fake_store_batch(1)->n_attempts, 3);
    assert_int_equal(fake_chain_sent(4)->nonce, fake_chain_sent(0)->nonce);
    assert_true(fake_chain_sent(4)->max_fee_wei > fake_chain_sent(0)->max_fee_wei);
}

static void an_underpriced_replacement_waits_where_no_block_comes(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_chain_freeze(true);
    fake_chain_refuse("replacement transaction underpriced", 1000);
    start_anchor(20000);
    fake_clock_run_for(19000);
    assert_int_equal(fake_store_batch(1)->n_attempts, 1); /* the same bytes were sent again */
    assert_true(fake_chain_n_sent() >= 4);
    fake_clock_run_for(40000);
    assert_in_range(fake_store_batch(1)->n_attempts, 2, 3);
    fake_chain_refuse("", 0);
    fake_chain_freeze(false);
    run_until_final();
    assert_int_equal(fake_chain_n_anchored(), 1);
}

static bool signed_twice(void)
{
    return fake_store_batch(1)->n_attempts == 2;
}

static bool first_refused(void)
{
    return fake_chain_n_refusing() < 2 * 3;
}

static bool refused_three_times(void)
{
    return fake_chain_n_refusing() == 0;
}

static void nonce_too_low_without_use_keeps_the_nonce(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_chain_include(false);
    fake_chain_refuse("nonce too low", 2 * 3);
    start_anchor(60000);
    fake_clock_run_until(refused_three_times);
    fake_chain_include(true);
    run_until_final();
    assert_int_equal(fake_store_batch(1)->n_attempts, 1);
}

static void a_nonce_used_by_another_transaction_is_dropped(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_chain_include(false);
    fake_chain_refuse("nonce too low", 2 * 3);
    start_anchor(60000);
    fake_clock_run_until(first_refused);
    fake_chain_set_nonce(1);
    fake_clock_run_until(signed_twice);
    assert_int_equal(fake_chain_n_refusing(), 0); /* only after it was seen three times */
    fake_chain_include(true);
    run_until_final();
    assert_int_equal(fake_store_batch(1)->attempt[1].nonce, 1);
    assert_int_equal(fake_chain_n_anchored(), 1);
}

static bool signed_three_times(void)
{
    return fake_store_batch(1)->n_attempts >= 3;
}

/* The nonce that another transaction used is free again after a reorg: later nonces would never be mined. */
static void a_nonce_gap_is_filled(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_store_seal(6);
    fake_chain_include(false);
    fake_chain_refuse("nonce too low", 2 * 3);
    start_anchor(50);
    fake_clock_run_until(first_refused);
    fake_chain_set_nonce(1);
    fake_clock_run_until(signed_twice);
    assert_int_equal(fake_store_batch(1)->attempt[1].nonce, 1);
    fake_chain_set_nonce(0);
    fake_clock_run_until(signed_three_times);
    fake_chain_include(true);
    run_until_final();
    uint64_t mined_nonce = fake_store_batch(1)->anchor.nonce;
    assert_int_equal(mined_nonce, 0);
    assert_int_equal(fake_chain_n_anchored(), 2);
}

/* A transaction of the previous account with the same nonce, before the key rotation, does not fill the gap. */
static void a_nonce_gap_is_filled_after_a_key_rotation(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_store_seal(6);
    const struct badge_hash theirs = {{0xee}};
    fake_store_put_attempt(fake_store_batch(2), &(struct store_attempt){.from = {{0x0d}}, .transaction = theirs});
    fake_chain_add_anchor(&fake_store_batch(2)->root, 6, 8);
    fake_store_put_anchor(fake_store_batch(2), &(struct store_anchor){.state = STORE_ANCHOR_MINED,
                                                                      .transaction = theirs,
                                                                      .block_number = 8,
                                                                      .block_hash = fake_chain_block_hash(8)});
    fake_chain_include(false);
    fake_chain_finality(false);
    fake_chain_refuse("nonce too low", 2 * 3);
    start_anchor(50);
    fake_clock_run_until(first_refused);
    fake_chain_set_nonce(1);
    fake_clock_run_until(signed_twice);
    fake_chain_set_nonce(0);
    fake_clock_run_until(signed_three_times);
    fake_chain_include(true);
    fake_chain_finality(true);
    run_until_final();
    assert_int_equal(fake_store_batch(1)->anchor.nonce, 0);
}

static void the_same_bytes_are_sent_after_a_crash(void **state)
{
    (void)state;
    fake_store_seal(5);
    start_anchor(60000);
    fake_clock_run_until(something_was_sent);
    stop_anchor();
    fake_chain_forget_sent(); /* as if the node had died after the write and before sending */
    struct store_anchor anchor = fake_store_batch(1)->anchor;
    anchor.state = STORE_ANCHOR_SIGNED;
    fake_store_put_anchor(fake_store_batch(1), &anchor);
    start_anchor(60000);
    run_until_final();
    assert_int_equal(fake_store_batch(1)->n_attempts, 1);
    assert_int_equal(fake_chain_n_anchored(), 1);
}

static void a_transaction_is_on_disk_before_it_is_sent(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_store_fail(1);
    start_anchor(60000);
    fake_clock_run_until(all_writes_have_failed);
    assert_int_equal(fake_chain_n_sent(), 0);
    run_until_final();
    assert_int_equal(fake_store_batch(1)->n_attempts, 1);
    assert_int_equal(fake_chain_n_anchored(), 1);
}

static void add_batch(void)
{
    fake_store_seal(5);
}

static void closing_after_any_call_is_safe(void **state)
{
    (void)state;
    stop_after_each_call(40, add_batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ANCHOR_TEST(an_anchor_goes_from_sealed_to_final),
        ANCHOR_TEST(legacy_pricing),
        ANCHOR_TEST(a_stuck_transaction_is_replaced_and_any_attempt_may_be_mined),
        ANCHOR_TEST(fees_stay_below_the_cap),
        ANCHOR_TEST(attempts_used_up_is_not_the_cap),
        ANCHOR_TEST(an_underpriced_replacement_is_bumped_with_the_next_block),
        ANCHOR_TEST(an_underpriced_replacement_waits_where_no_block_comes),
        ANCHOR_TEST(nonce_too_low_without_use_keeps_the_nonce),
        ANCHOR_TEST(a_nonce_used_by_another_transaction_is_dropped),
        ANCHOR_TEST(a_nonce_gap_is_filled),
        ANCHOR_TEST(a_nonce_gap_is_filled_after_a_key_rotation),
        ANCHOR_TEST(the_same_bytes_are_sent_after_a_crash),
        ANCHOR_TEST(a_transaction_is_on_disk_before_it_is_sent),
        ANCHOR_TEST(closing_after_any_call_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
