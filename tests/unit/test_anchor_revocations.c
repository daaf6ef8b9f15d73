/*
 * Revocations as transactions: many in one set, later requests in the next set, sets before batches, and each request
 * revoked in the end despite reverts, reorgs, crashes and failed writes.
 */
#include "support/test.h"

#include "anchor/job.h"
#include "support/fake_chain.h"

static void expect_all_revoked(void)
{
    for (size_t i = 0; i < disk.n_requests; i++)
        assert_true(chain.revoked[i]);
}

static void a_thousand_revocations_in_four_transactions(void **state)
{
    (void)state;
    disk_revoke(1000);
    start_anchor(60000);
    run_until(all_final);
    expect_all_revoked();
    assert_int_equal(chain.n_mined, 4);
    assert_int_equal(disk.n_sets, 4);
    static const uint32_t expected[] = {256, 256, 256, 232};
    for (uint32_t i = 0; i < 4; i++) {
        const struct store_anchor *anchor = &disk.set[i].anchor;
        assert_int_equal(disk.set[i].n_digests, expected[i]);
        assert_int_equal(anchor->state, STORE_ANCHOR_FINAL);
        assert_int_equal(anchor->nonce, i);
        assert_int_equal(anchor->sequence, expected[i]); /* the number of events in this transaction */
        assert_int_equal(disk.n_attempts[MAX_BATCHES + i], 1);
    }
}

/* The signed bytes contain exactly the contract call for these digests. */
static void the_call_has_all_digests(void **state)
{
    (void)state;
    uint8_t expected[BADGE_CALL_REVOKE_LEN(3)];
    disk_revoke(3);
    start_anchor(60000);
    run_until(all_final);
    size_t len = badge_call_revoke(expected, &issuer, disk.request, 3);
    const struct store_attempt *attempt = &disk.attempt[MAX_BATCHES][0];
    assert_non_null(memmem(attempt->raw, attempt->raw_len, expected, len));
}

static void a_set_fits_into_a_block(void **state)
{
    (void)state;
    chain.gas_limit = 2 * (60000 +
                           100 * JOB_GAS_PER_DIGEST); /* a private chain: half of the limit is enough for 100 digests */
    disk_revoke(150);
    start_anchor(60000);
    run_until(all_final);
    expect_all_revoked();
    assert_int_equal(disk.set[0].n_digests, 100);
    assert_int_equal(disk.set[1].n_digests, 50);
}

/* Otherwise a set that a hot key with a deliberately low balance can't pay would block the anchors behind it. */
static void a_set_costs_at_most_the_balance(void **state)
{
    (void)state;
    const uint64_t fee_wei = 2 * chain.base_fee_wei + 5 * GWEI; /* with the highest tip */
    chain.balance_wei = (60000 + 10 * (uint64_t)JOB_GAS_PER_DIGEST) * fee_wei;
    disk_revoke(15);
    start_anchor(60000);
    run_until(all_final);
    expect_all_revoked();
    assert_int_equal(disk.set[0].n_digests, 10);
    assert_int_equal(disk.set[1].n_digests, 5);
}

/* By default an Ethereum node permanently rejects a transaction that may cost more than one ether. */
static void a_set_costs_at_most_the_fee_limit_of_nodes(void **state)
{
    (void)state;
    chain.base_fee_wei = 100 * GWEI; /* the transaction offers 200, the cap */
    disk_revoke(100);
    start_anchor(60000);
    run_until(all_final);
    expect_all_revoked();
    const struct store_attempt *attempt = &disk.attempt[MAX_BATCHES][0];
    assert_true(attempt->max_fee_wei * attempt->gas_limit <= GWEI * GWEI / 2);
    assert_int_equal(disk.set[0].n_digests, 81);
    assert_int_equal(disk.set[1].n_digests, 19);
}

static void revocations_go_before_batches(void **state)
{
    (void)state;
    disk_seal(5);
    disk_seal(6);
    disk_revoke(2);
    start_anchor(60000);
    run_until(all_final);
    expect_all_revoked();
    assert_int_equal(disk.set[0].anchor.nonce, 0);
    assert_int_equal(disk.batch[0].anchor.nonce, 1);
    assert_int_equal(disk.batch[1].anchor.nonce, 2);
}

/* Otherwise no batch would be anchored while many revocations are waiting. */
static void batches_are_not_starved(void **state)
{
    (void)state;
    chain.gas_limit = 2 * (60000 + 10 * JOB_GAS_PER_DIGEST); /* sets of ten */
    disk_seal(5);
    disk_seal(6);
    disk_revoke(120);
    start_anchor(60000);
    run_until(all_final);
    expect_all_revoked();
    assert_int_equal(disk.n_sets, 12);
    assert_int_equal(disk.batch[0].anchor.nonce, 4);
    assert_int_equal(disk.batch[1].anchor.nonce, 9);
}

static void a_set_waits_for_the_transaction_in_flight(void **state)
{
    (void)state;
    disk_seal(5);
    disk_seal(6);
    chain.mining = false;
    start_anchor(60000);
    run_until(first_sent);
    disk_revoke(300); /* as if in two requests */
    disk_revoke(1);
    run_until(tried_for_a_while);
    assert_int_equal(disk.n_sets, 0);
    chain.mining = true;
    run_until(all_final);
    expect_all_revoked();
    assert_int_equal(disk.batch[0].anchor.nonce, 0);
    assert_int_equal(disk.set[0].anchor.nonce, 1);
    assert_int_equal(disk.set[1].anchor.nonce, 2);
    assert_int_equal(disk.batch[1].anchor.nonce, 3);
    assert_int_equal(disk.set[1].n_digests, 45);
}

static bool three_attempts(void)
{
    return disk.n_attempts[MAX_BATCHES] == 3;
}

static void a_replacement_has_the_same_call(void **state)
{
    (void)state;
    uint8_t expected[BADGE_CALL_REVOKE_LEN(2)];
    disk_revoke(2);
    chain.mining = false;
    start_anchor(20);
    run_until(three_attempts);
    disk_revoke(5); /* must not get into a replacement */
    size_t len = badge_call_revoke(expected, &issuer, disk.request, 2);
    for (size_t i = 0; i < 3; i++) {
        const struct store_attempt *attempt = &disk.attempt[MAX_BATCHES][i];
        assert_int_equal(attempt->nonce, 0);
        assert_non_null(memmem(attempt->raw, attempt->raw_len, expected, len));
    }
    assert_int_equal(disk.n_sets, 1);
    chain.mining = true;
    run_until(all_final);
    expect_all_revoked();
}

static void already_revoked_digests_are_skipped(void **state)
{
    (void)state;
    disk_revoke(4);
    chain.revoked[1] = chain.revoked[2] = true;
    start_anchor(60000);
    run_until(all_final);
    assert_int_equal(disk.set[0].anchor.sequence, 2);
    disk_revoke(1);
    chain.revoked[4] = true; /* now no event at all */
    run_until(all_final);
    assert_int_equal(disk.set[1].anchor.sequence, 0);
}

/* The store drops digests that the issuer restored after the request; the others are sent, then the batches. */
static void restored_digests_are_not_sent(void **state)
{
    (void)state;
    uint8_t expected[BADGE_CALL_REVOKE_LEN(3)];
    disk_revoke(5);
    disk.n_restored = 2;
    disk.n_failures = 2; /* taking the set, and the prune at the second attempt */
    start_anchor(60000);
    run_until(all_final);
    assert_int_equal(disk.n_attempts[MAX_BATCHES], 1);
    size_t len = badge_call_revoke(expected, &issuer, disk.request, 3);
    const struct store_attempt *attempt = &disk.attempt[MAX_BATCHES][0];
    assert_non_null(memmem(attempt->raw, attempt->raw_len, expected, len));
    assert_false(chain.revoked[3] || chain.revoked[4]);
}

static void an_emptied_set_is_dropped(void **state)
{
    (void)state;
    disk_revoke(5);
    disk_seal(5);
    disk.n_restored = 5;
    start_anchor(60000);
    run_until(all_final);
    assert_int_equal(disk.set[0].anchor.state, STORE_ANCHOR_SPOILED);
    assert_int_equal(disk.n_attempts[MAX_BATCHES], 0);
    assert_int_equal(chain.n_mined, 1);
}

static bool batch_final_and_tried_for_a_while(void)
{
    return disk.batch[0].anchor.state == STORE_ANCHOR_FINAL && uv_now(&t.loop) - t.began_ms > 100;
}

/* A request from before the start is sent only once its state on the chain is known; anchors continue. */
static void requests_from_before_the_start_wait(void **state)
{
    (void)state;
    disk_revoke(2);
    chain.n_calls = 0;
    disk.n_taken = 2;
    disk.n_sets = 1;
    disk.set[0] = (struct store_set){.number = 1, .n_digests = 2, .is_unseen = true};
    disk_seal(5);
    start_anchor(60000);
    run_until(batch_final_and_tried_for_a_while);
    assert_int_equal(disk.n_attempts[MAX_BATCHES], 0);
    pthread_mutex_lock(&turn);
    disk.set[0].is_unseen = false;
    pthread_mutex_unlock(&turn);
    run_until(all_final);
    expect_all_revoked();
}

static bool first_set_mined(void)
{
    return disk.n_sets > 0 && disk.set[0].anchor.state == STORE_ANCHOR_MINED;
}

static bool first_set_sent_again(void)
{
    return disk.set[0].anchor.state == STORE_ANCHOR_SENT && chain.n_pool > 0;
}

static void a_set_is_sent_again_after_a_reorg(void **state)
{
    (void)state;
    disk_revoke(7);
    chain.no_finality = true;
    start_anchor(60000);
    run_until(first_set_mined);
    chain.fork++;
    chain.n_mined = 0;
    chain.nonce = 0;
    chain.mining = false;
    memset(chain.revoked, 0, sizeof chain.revoked);
    run_until(first_set_sent_again);
    chain.mining = true;
    chain.no_finality = false;
    run_until(all_final);
    expect_all_revoked();
    assert_int_equal(disk.n_attempts[MAX_BATCHES], 1);
}

static void a_reverted_transaction_is_signed_with_a_new_nonce(void **state)
{
    (void)state;
    disk_revoke(2);
    chain.include_failed = 1;
    start_anchor(60000);
    run_until(all_final);
    expect_all_revoked();
    assert_int_equal(disk.n_attempts[MAX_BATCHES], 2);
    assert_int_equal(disk.attempt[MAX_BATCHES][1].nonce, 1);
    assert_int_equal(disk.n_sets, 1);
}

static bool batch_is_final(void)
{
    return disk.batch[0].anchor.state == STORE_ANCHOR_FINAL;
}

/* After three reverts an operator has to act; batches continue. */
static void a_stopped_set_does_not_stop_batches(void **state)
{
    (void)state;
    disk_revoke(2);
    chain.include_failed = 3;
    start_anchor(60000);
    disk_seal(5);
    run_until(batch_is_final);
    assert_int_equal(disk.set[0].anchor.state, STORE_ANCHOR_SEALED);
    struct anchor_health health;
    anchor_health(t.anchor, &health);
    assert_false(health.connected);
    assert_string_equal(health.code, "anchor_stopped");
    assert_non_null(strstr(health.why, "revocation set 1"));
    stop_anchor();
    start_anchor(60000); /* the restart that the message asks for */
    run_until(all_final);
    expect_all_revoked();
}

static bool first_set_sent(void)
{
    return disk.n_sets > 0 && disk.set[0].anchor.state == STORE_ANCHOR_SENT;
}

static void a_receipt_with_extra_events_is_ignored(void **state)
{
    (void)state;
    disk_revoke(2);
    chain.extra_events = true;
    start_anchor(60000);
    run_until(first_set_sent);
    run_until(tried_for_a_while);
    assert_int_equal(disk.set[0].anchor.state, STORE_ANCHOR_SENT);
    chain.extra_events = false;
    run_until(all_final);
}

static bool no_failures_left(void)
{
    return disk.n_failures == 0;
}

static void a_transaction_is_on_disk_before_it_is_sent(void **state)
{
    (void)state;
    disk_revoke(2);
    disk.n_failures = 2; /* the set, then the set again */
    start_anchor(60000);
    run_until(no_failures_left);
    assert_int_equal(chain.n_sent, 0);
    assert_int_equal(disk.n_sets, 0);
    run_until(all_final);
    expect_all_revoked();
    assert_int_equal(disk.n_attempts[MAX_BATCHES], 1);
}

static void the_same_bytes_are_sent_after_a_crash(void **state)
{
    (void)state;
    disk_revoke(2);
    start_anchor(60000);
    run_until(something_sent);
    stop_anchor();
    chain.n_sent = chain.n_pool = 0; /* as if the node had died after the write and before sending */
    disk.set[0].anchor.state = STORE_ANCHOR_SIGNED;
    disk_revoke(3);
    start_anchor(60000);
    run_until(all_final);
    expect_all_revoked();
    assert_int_equal(disk.n_attempts[MAX_BATCHES], 1);
    assert_int_equal(disk.n_sets, 2);
}

static bool is_broken(void)
{
    struct anchor_health health;
    anchor_health(t.anchor, &health);
    return health.code != NULL && strcmp(health.code, "broken") == 0;
}

/* The latest final block may be that of a set. */
static void reports_broken_for_a_set(void **state)
{
    (void)state;
    struct anchor_health health;
    disk_revoke(1);
    start_anchor(60000);
    run_until(all_final);
    stop_anchor();
    disk.set[0].anchor.block_hash.b[0] ^= 1;
    disk_revoke(1);
    start_anchor(60000);
    run_until(is_broken);
    run_until(tried_for_a_while);
    anchor_health(t.anchor, &health);
    assert_string_equal(health.code, "broken");
    assert_int_equal(disk.n_sets, 1);
}

static void add_two_revocations(void)
{
    disk_revoke(2);
}

static void closing_after_any_call_is_safe(void **state)
{
    (void)state;
    close_after_each_call(30, add_two_revocations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_thousand_revocations_in_four_transactions),
        TEST(the_call_has_all_digests),
        TEST(a_set_fits_into_a_block),
        TEST(a_set_costs_at_most_the_balance),
        TEST(a_set_costs_at_most_the_fee_limit_of_nodes),
        TEST(revocations_go_before_batches),
        TEST(batches_are_not_starved),
        TEST(a_set_waits_for_the_transaction_in_flight),
        TEST(a_replacement_has_the_same_call),
        TEST(already_revoked_digests_are_skipped),
        TEST(restored_digests_are_not_sent),
        TEST(an_emptied_set_is_dropped),
        TEST(requests_from_before_the_start_wait),
        TEST(a_set_is_sent_again_after_a_reorg),
        TEST(a_reverted_transaction_is_signed_with_a_new_nonce),
        TEST(a_stopped_set_does_not_stop_batches),
        TEST(a_receipt_with_extra_events_is_ignored),
        TEST(a_transaction_is_on_disk_before_it_is_sent),
        TEST(the_same_bytes_are_sent_after_a_crash),
        TEST(reports_broken_for_a_set),
        TEST(closing_after_any_call_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
