/*
 * Revocations as transactions: many in one set, later requests in the next set, sets before batches, and each request
 * revoked in the end despite reverts, reorgs, crashes and failed writes.
 */
#include "support/test.h"

#include <string.h>

#include "anchor/job.h"
#include "support/anchor_fixture.h"

static void expect_all_revoked(void)
{
    for (size_t i = 0; i < fake_store_n_requests(); i++)
        assert_true(fake_chain_is_revoked(i));
}

static void a_thousand_revocations_in_four_transactions(void **state)
{
    (void)state;
    fake_store_revoke(1000);
    start_anchor(60000);
    run_until_final();
    expect_all_revoked();
    assert_int_equal(fake_chain_n_mined(), 4);
    assert_int_equal(fake_store_n_sets(), 4);
    static const uint32_t expected[] = {256, 256, 256, 232};
    for (uint32_t i = 0; i < 4; i++) {
        const struct store_anchor *anchor = &fake_store_set(i + 1)->anchor;
        assert_int_equal(fake_store_set(i + 1)->n_digests, expected[i]);
        assert_int_equal(anchor->state, STORE_ANCHOR_FINAL);
        assert_int_equal(anchor->nonce, i);
        assert_int_equal(anchor->sequence, expected[i]); /* the number of events in this transaction */
        assert_int_equal(fake_store_set(i + 1)->n_attempts, 1);
    }
}

/* The signed bytes contain exactly the contract call for these digests. */
static void the_call_has_all_digests(void **state)
{
    (void)state;
    uint8_t expected[BADGE_CALL_REVOKE_LEN(3)];
    fake_store_revoke(3);
    start_anchor(60000);
    run_until_final();
    size_t len = badge_call_revoke(expected, &fake_issuer, fake_store_request(0), 3, BADGE_REASON_UNSPECIFIED);
    const struct store_attempt *attempt = &fake_store_set(1)->attempt[0];
    assert_non_null(memmem(attempt->raw, attempt->raw_len, expected, len));
}

static void a_set_fits_into_a_block(void **state)
{
    (void)state;
    fake_chain_set_gas_limit(
        2 * (60000 + 100 * JOB_GAS_PER_DIGEST)); /* a private chain: half of the limit is enough for 100 digests */
    fake_store_revoke(150);
    start_anchor(60000);
    run_until_final();
    expect_all_revoked();
    assert_int_equal(fake_store_set(1)->n_digests, 100);
    assert_int_equal(fake_store_set(2)->n_digests, 50);
}

/* Otherwise a set that a hot key with a deliberately low balance can't pay would block the anchors behind it. */
static void a_set_costs_at_most_the_balance(void **state)
{
    (void)state;
    const uint64_t fee_wei = 2 * GWEI + 5 * GWEI; /* with the highest tip */
    fake_chain_set_balance((60000 + 10 * (uint64_t)JOB_GAS_PER_DIGEST) * fee_wei);
    fake_store_revoke(15);
    start_anchor(60000);
    run_until_final();
    expect_all_revoked();
    assert_int_equal(fake_store_set(1)->n_digests, 10);
    assert_int_equal(fake_store_set(2)->n_digests, 5);
}

/* By default an Ethereum node permanently rejects a transaction that may cost more than one ether. */
static void a_set_costs_at_most_the_fee_limit_of_nodes(void **state)
{
    (void)state;
    fake_chain_set_base_fee(100 * GWEI); /* the transaction offers 200, the cap */
    fake_store_revoke(100);
    start_anchor(60000);
    run_until_final();
    expect_all_revoked();
    const struct store_attempt *attempt = &fake_store_set(1)->attempt[0];
    assert_true(attempt->max_fee_wei * attempt->gas_limit <= GWEI * GWEI / 2);
    assert_int_equal(fake_store_set(1)->n_digests, 81);
    assert_int_equal(fake_store_set(2)->n_digests, 19);
}

static void revocations_go_before_batches(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_store_seal(6);
    fake_store_revoke(2);
    start_anchor(60000);
    run_until_final();
    expect_all_revoked();
    assert_int_equal(fake_store_set(1)->anchor.nonce, 0);
    assert_int_equal(fake_store_batch(1)->anchor.nonce, 1);
    assert_int_equal(fake_store_batch(2)->anchor.nonce, 2);
}

/* Otherwise no batch would be anchored while many revocations are waiting. */
static void batches_are_not_starved(void **state)
{
    (void)state;
    fake_chain_set_gas_limit(2 * (60000 + 10 * JOB_GAS_PER_DIGEST)); /* sets of ten */
    fake_store_seal(5);
    fake_store_seal(6);
    fake_store_revoke(120);
    start_anchor(60000);
    run_until_final();
    expect_all_revoked();
    assert_int_equal(fake_store_n_sets(), 12);
    assert_int_equal(fake_store_batch(1)->anchor.nonce, 4);
    assert_int_equal(fake_store_batch(2)->anchor.nonce, 9);
}

static void a_set_waits_for_the_transaction_in_flight(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_store_seal(6);
    fake_chain_include(false);
    start_anchor(60000);
    fake_clock_run_until(first_is_sent);
    fake_store_revoke(300); /* as if in two requests */
    fake_store_revoke(1);
    fake_clock_run_for(A_WHILE_MS);
    assert_int_equal(fake_store_n_sets(), 0);
    fake_chain_include(true);
    run_until_final();
    expect_all_revoked();
    assert_int_equal(fake_store_batch(1)->anchor.nonce, 0);
    assert_int_equal(fake_store_set(1)->anchor.nonce, 1);
    assert_int_equal(fake_store_set(2)->anchor.nonce, 2);
    assert_int_equal(fake_store_batch(2)->anchor.nonce, 3);
    assert_int_equal(fake_store_set(2)->n_digests, 45);
}

static bool three_attempts(void)
{
    return fake_store_set(1)->n_attempts == 3;
}

static void a_replacement_has_the_same_call(void **state)
{
    (void)state;
    uint8_t expected[BADGE_CALL_REVOKE_LEN(2)];
    fake_store_revoke(2);
    fake_chain_include(false);
    start_anchor(20);
    fake_clock_run_until(three_attempts);
    fake_store_revoke(5); /* must not get into a replacement */
    size_t len = badge_call_revoke(expected, &fake_issuer, fake_store_request(0), 2, BADGE_REASON_UNSPECIFIED);
    for (size_t i = 0; i < 3; i++) {
        const struct store_attempt *attempt = &fake_store_set(1)->attempt[i];
        assert_int_equal(attempt->nonce, 0);
        assert_non_null(memmem(attempt->raw, attempt->raw_len, expected, len));
    }
    assert_int_equal(fake_store_n_sets(), 1);
    fake_chain_include(true);
    run_until_final();
    expect_all_revoked();
}

static void already_revoked_digests_are_skipped(void **state)
{
    (void)state;
    fake_store_revoke(4);
    fake_chain_add_revoked(1);
    fake_chain_add_revoked(2);
    start_anchor(60000);
    run_until_final();
    assert_int_equal(fake_store_set(1)->anchor.sequence, 2);
    fake_store_revoke(1);
    fake_chain_add_revoked(4); /* now no event at all */
    run_until_final();
    assert_int_equal(fake_store_set(2)->anchor.sequence, 0);
}

/* The store drops digests that the issuer restored after the request; the others are sent, then the batches. */
static void restored_digests_are_not_sent(void **state)
{
    (void)state;
    uint8_t expected[BADGE_CALL_REVOKE_LEN(3)];
    fake_store_revoke(5);
    fake_store_restore(2);
    fake_store_fail(2); /* taking the set, and the prune at the second attempt */
    start_anchor(60000);
    run_until_final();
    assert_int_equal(fake_store_set(1)->n_attempts, 1);
    size_t len = badge_call_revoke(expected, &fake_issuer, fake_store_request(0), 3, BADGE_REASON_UNSPECIFIED);
    const struct store_attempt *attempt = &fake_store_set(1)->attempt[0];
    assert_non_null(memmem(attempt->raw, attempt->raw_len, expected, len));
    assert_false(fake_chain_is_revoked(3) || fake_chain_is_revoked(4));
}

static void an_emptied_set_is_dropped(void **state)
{
    (void)state;
    fake_store_revoke(5);
    fake_store_seal(5);
    fake_store_restore(5);
    start_anchor(60000);
    run_until_final();
    assert_int_equal(fake_store_set(1)->anchor.state, STORE_ANCHOR_SPOILED);
    assert_int_equal(fake_store_set(1)->n_attempts, 0);
    assert_int_equal(fake_chain_n_mined(), 1);
}

/* A request from before the start is sent only once its state on the chain is known; anchors continue. */
static void requests_from_before_the_start_wait(void **state)
{
    (void)state;
    fake_store_revoke_before_start(2);
    fake_store_seal(5);
    start_anchor(60000);
    fake_clock_run_until(first_is_final);
    fake_clock_run_for(A_WHILE_MS);
    assert_int_equal(fake_store_set(1)->n_attempts, 0);
    fake_store_see_sets();
    run_until_final();
    expect_all_revoked();
}

static bool first_set_sent_again(void)
{
    return first_set_is_sent() && fake_chain_has_in_pool(&fake_store_set(1)->attempt[0].transaction);
}

static void a_set_is_sent_again_after_a_reorg(void **state)
{
    (void)state;
    fake_store_revoke(7);
    fake_chain_finality(false);
    start_anchor(60000);
    fake_clock_run_until(first_set_is_mined);
    fake_chain_reorg_to_empty(5);
    fake_chain_include(false);
    fake_clock_run_until(first_set_sent_again);
    fake_chain_include(true);
    fake_chain_finality(true);
    run_until_final();
    expect_all_revoked();
    assert_int_equal(fake_store_set(1)->n_attempts, 1);
}

static void a_reverted_transaction_is_signed_with_a_new_nonce(void **state)
{
    (void)state;
    fake_store_revoke(2);
    fake_chain_revert(1);
    start_anchor(60000);
    run_until_final();
    expect_all_revoked();
    assert_int_equal(fake_store_set(1)->n_attempts, 2);
    assert_int_equal(fake_store_set(1)->attempt[1].nonce, 1);
    assert_int_equal(fake_store_n_sets(), 1);
}

/* After three reverts an operator has to act; batches continue. */
static void a_stopped_set_does_not_stop_batches(void **state)
{
    (void)state;
    fake_store_revoke(2);
    fake_chain_revert(3);
    start_anchor(60000);
    fake_store_seal(5);
    fake_clock_run_until(first_is_final);
    assert_int_equal(fake_store_set(1)->anchor.state, STORE_ANCHOR_SEALED);
    struct anchor_health health = health_of_anchor();
    assert_false(health.connected);
    assert_string_equal(health.code, "anchor_stopped");
    assert_non_null(strstr(health.why, "revocation set 1"));
    stop_anchor();
    start_anchor(60000); /* the restart that the message asks for */
    run_until_final();
    expect_all_revoked();
}

static void a_receipt_with_extra_events_is_ignored(void **state)
{
    (void)state;
    fake_store_revoke(2);
    fake_providers_lie(FAKE_TOO_MANY_EVENTS);
    start_anchor(60000);
    fake_clock_run_until(first_set_is_sent);
    fake_clock_run_for(A_WHILE_MS);
    assert_int_equal(fake_store_set(1)->anchor.state, STORE_ANCHOR_SENT);
    fake_providers_lie(FAKE_HONEST);
    run_until_final();
}

static void a_transaction_is_on_disk_before_it_is_sent(void **state)
{
    (void)state;
    fake_store_revoke(2);
    fake_store_fail(2); /* the set, then the set again */
    start_anchor(60000);
    fake_clock_run_until(all_writes_have_failed);
    assert_int_equal(fake_chain_n_sent(), 0);
    assert_int_equal(fake_store_n_sets(), 0);
    run_until_final();
    expect_all_revoked();
    assert_int_equal(fake_store_set(1)->n_attempts, 1);
}

static void the_same_bytes_are_sent_after_a_crash(void **state)
{
    (void)state;
    fake_store_revoke(2);
    start_anchor(60000);
    fake_clock_run_until(something_was_sent);
    stop_anchor();
    fake_chain_forget_sent(); /* as if the node had died after the write and before sending */
    struct store_anchor anchor = fake_store_set(1)->anchor;
    anchor.state = STORE_ANCHOR_SIGNED;
    fake_store_put_anchor(fake_store_set(1), &anchor);
    fake_store_revoke(3);
    start_anchor(60000);
    run_until_final();
    expect_all_revoked();
    assert_int_equal(fake_store_set(1)->n_attempts, 1);
    assert_int_equal(fake_store_n_sets(), 2);
}

static bool is_broken(void)
{
    struct anchor_health health = health_of_anchor();
    return health.code && strcmp(health.code, "broken") == 0;
}

/* The latest final block may be that of a set. */
static void reports_broken_for_a_set(void **state)
{
    (void)state;
    fake_store_revoke(1);
    start_anchor(60000);
    run_until_final();
    stop_anchor();
    struct store_anchor anchor = fake_store_set(1)->anchor;
    anchor.block_hash.b[0] ^= 1;
    fake_store_put_anchor(fake_store_set(1), &anchor);
    fake_store_revoke(1);
    start_anchor(60000);
    fake_clock_run_until(is_broken);
    fake_clock_run_for(A_WHILE_MS);
    assert_true(is_broken());
    assert_int_equal(fake_store_n_sets(), 1);
}

static void add_two_revocations(void)
{
    fake_store_revoke(2);
}

static void closing_after_any_call_is_safe(void **state)
{
    (void)state;
    stop_after_each_call(30, add_two_revocations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ANCHOR_TEST(a_thousand_revocations_in_four_transactions),
        ANCHOR_TEST(the_call_has_all_digests),
        ANCHOR_TEST(a_set_fits_into_a_block),
        ANCHOR_TEST(a_set_costs_at_most_the_balance),
        ANCHOR_TEST(a_set_costs_at_most_the_fee_limit_of_nodes),
        ANCHOR_TEST(revocations_go_before_batches),
        ANCHOR_TEST(batches_are_not_starved),
        ANCHOR_TEST(a_set_waits_for_the_transaction_in_flight),
        ANCHOR_TEST(a_replacement_has_the_same_call),
        ANCHOR_TEST(already_revoked_digests_are_skipped),
        ANCHOR_TEST(restored_digests_are_not_sent),
        ANCHOR_TEST(an_emptied_set_is_dropped),
        ANCHOR_TEST(requests_from_before_the_start_wait),
        ANCHOR_TEST(a_set_is_sent_again_after_a_reorg),
        ANCHOR_TEST(a_reverted_transaction_is_signed_with_a_new_nonce),
        ANCHOR_TEST(a_stopped_set_does_not_stop_batches),
        ANCHOR_TEST(a_receipt_with_extra_events_is_ignored),
        ANCHOR_TEST(a_transaction_is_on_disk_before_it_is_sent),
        ANCHOR_TEST(the_same_bytes_are_sent_after_a_crash),
        ANCHOR_TEST(reports_broken_for_a_set),
        ANCHOR_TEST(closing_after_any_call_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
