/*
 * Revocations on the same way as anchors: many in one transaction, what comes meanwhile in the next, before any batch,
 * and each through every trouble to its end.
 */
#include "support/test.h"

#include "anchor/job.h"
#include "support/fake_chain.h"

static void expect_all_revoked(void)
{
    for (size_t i = 0; i < disk.n_requests; i++)
        assert_true(chain.revoked[i]);
}

static void a_thousand_in_four_transactions(void **state)
{
    (void)state;
    disk_revoke(1000);
    begin(60000);
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
        assert_int_equal(anchor->sequence, expected[i]); /* all by this transaction */
        assert_int_equal(disk.n_attempts[MAX_BATCHES + i], 1);
    }
}

/* The bytes that were signed are the contract's call over these digests, to the letter. */
static void carries_its_digests(void **state)
{
    (void)state;
    uint8_t expected[BADGE_CALL_REVOKE_LEN(3)];
    disk_revoke(3);
    begin(60000);
    run_until(all_final);
    size_t len = badge_call_revoke(expected, &issuer, disk.request, 3);
    const struct store_attempt *attempt = &disk.attempt[MAX_BATCHES][0];
    assert_non_null(memmem(attempt->raw, attempt->raw_len, expected, len));
}

static void a_block_has_room_for_it(void **state)
{
    (void)state;
    chain.gas_limit = 2 * (60000 + 100 * JOB_GAS_PER_DIGEST); /* a private chain's: half of it is for a hundred */
    disk_revoke(150);
    begin(60000);
    run_until(all_final);
    expect_all_revoked();
    assert_int_equal(disk.set[0].n_digests, 100);
    assert_int_equal(disk.set[1].n_digests, 50);
}

/* Else a hot key that is kept poor, as it should be, would stop the anchors behind a set that it can't pay. */
static void is_no_dearer_than_the_balance(void **state)
{
    (void)state;
    const uint64_t fee_wei = 2 * chain.base_fee_wei + 5 * GWEI; /* with the highest tip */
    chain.balance_wei = (60000 + 10 * (uint64_t)JOB_GAS_PER_DIGEST) * fee_wei;
    disk_revoke(15);
    begin(60000);
    run_until(all_final);
    expect_all_revoked();
    assert_int_equal(disk.set[0].n_digests, 10);
    assert_int_equal(disk.set[1].n_digests, 5);
}

/* A node refuses for good what may cost more than an ether, unless it is told otherwise. */
static void is_no_dearer_than_nodes_take(void **state)
{
    (void)state;
    chain.base_fee_wei = 100 * GWEI; /* so 200 are offered, the cap */
    disk_revoke(100);
    begin(60000);
    run_until(all_final);
    expect_all_revoked();
    const struct store_attempt *attempt = &disk.attempt[MAX_BATCHES][0];
    assert_true(attempt->max_fee_wei * attempt->gas_limit <= GWEI * GWEI / 2);
    assert_int_equal(disk.set[0].n_digests, 81);
    assert_int_equal(disk.set[1].n_digests, 19);
}

static void goes_before_batches(void **state)
{
    (void)state;
    disk_seal(5);
    disk_seal(6);
    disk_revoke(2);
    begin(60000);
    run_until(all_final);
    expect_all_revoked();
    assert_int_equal(disk.set[0].anchor.nonce, 0);
    assert_int_equal(disk.batch[0].anchor.nonce, 1);
    assert_int_equal(disk.batch[1].anchor.nonce, 2);
}

/* Or a day of revocations would be a day without an anchor. */
static void many_let_a_batch_pass(void **state)
{
    (void)state;
    chain.gas_limit = 2 * (60000 + 10 * JOB_GAS_PER_DIGEST); /* sets of ten */
    disk_seal(5);
    disk_seal(6);
    disk_revoke(120);
    begin(60000);
    run_until(all_final);
    expect_all_revoked();
    assert_int_equal(disk.n_sets, 12);
    assert_int_equal(disk.batch[0].anchor.nonce, 4);
    assert_int_equal(disk.batch[1].anchor.nonce, 9);
}

static void waits_for_what_is_in_flight(void **state)
{
    (void)state;
    disk_seal(5);
    disk_seal(6);
    chain.mining = false;
    begin(60000);
    run_until(first_sent);
    disk_revoke(300); /* in two requests, as it were */
    disk_revoke(1);
    run_until(tried_for_long);
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

static void is_bumped_with_the_same_call(void **state)
{
    (void)state;
    uint8_t expected[BADGE_CALL_REVOKE_LEN(2)];
    disk_revoke(2);
    chain.mining = false;
    begin(20);
    run_until(three_attempts);
    disk_revoke(5); /* must not slip into a replacement */
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

static void what_is_revoked_already_is_no_trouble(void **state)
{
    (void)state;
    disk_revoke(4);
    chain.revoked[1] = chain.revoked[2] = true;
    begin(60000);
    run_until(all_final);
    assert_int_equal(disk.set[0].anchor.sequence, 2);
    disk_revoke(1);
    chain.revoked[4] = true; /* now no event at all */
    run_until(all_final);
    assert_int_equal(disk.set[1].anchor.sequence, 0);
}

/* The store takes out what the issuer has restored since it was requested; the rest goes, and batches behind it. */
static void what_was_restored_is_not_sent(void **state)
{
    (void)state;
    uint8_t expected[BADGE_CALL_REVOKE_LEN(3)];
    disk_revoke(5);
    disk.n_spared = 2;
    disk.n_failures = 2; /* the gathering and, at the second try, the look */
    begin(60000);
    run_until(all_final);
    assert_int_equal(disk.n_attempts[MAX_BATCHES], 1);
    size_t len = badge_call_revoke(expected, &issuer, disk.request, 3);
    const struct store_attempt *attempt = &disk.attempt[MAX_BATCHES][0];
    assert_non_null(memmem(attempt->raw, attempt->raw_len, expected, len));
    assert_false(chain.revoked[3] || chain.revoked[4]);
}

static void a_set_without_digests_is_none(void **state)
{
    (void)state;
    disk_revoke(5);
    disk_seal(5);
    disk.n_spared = 5;
    begin(60000);
    run_until(all_final);
    assert_int_equal(disk.set[0].anchor.state, STORE_ANCHOR_SPOILED);
    assert_int_equal(disk.n_attempts[MAX_BATCHES], 0);
    assert_int_equal(chain.n_mined, 1);
}

static bool batch_final_and_tried_for_long(void)
{
    return disk.batch[0].anchor.state == STORE_ANCHOR_FINAL && uv_now(&t.loop) - t.began_ms > 100;
}

/* A request from before the start is not sent before it is known what has become of it; anchors go on. */
static void what_is_unseen_waits(void **state)
{
    (void)state;
    disk_revoke(2);
    chain.n_calls = 0;
    disk.n_gathered = 2;
    disk.n_sets = 1;
    disk.set[0] = (struct store_set){.number = STORE_SET | 1, .n_digests = 2, .is_unseen = true};
    disk_seal(5);
    begin(60000);
    run_until(batch_final_and_tried_for_long);
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

static void a_block_that_vanishes(void **state)
{
    (void)state;
    disk_revoke(7);
    chain.no_finality = true;
    begin(60000);
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

static void a_revert_is_signed_anew(void **state)
{
    (void)state;
    disk_revoke(2);
    chain.include_failed = 1;
    begin(60000);
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

/* Three reverts: somebody has to look; batches go on. */
static void one_that_is_stopped_stops_no_batch(void **state)
{
    (void)state;
    disk_revoke(2);
    chain.include_failed = 3;
    begin(60000);
    disk_seal(5);
    run_until(batch_is_final);
    assert_int_equal(disk.set[0].anchor.state, STORE_ANCHOR_SEALED);
    struct anchor_health health;
    anchor_health(t.anchor, &health);
    assert_false(health.connected);
    assert_string_equal(health.code, "anchor_stopped");
    assert_non_null(strstr(health.why, "revocation set 1"));
    end();
    begin(60000); /* the restart that it asks for */
    run_until(all_final);
    expect_all_revoked();
}

static bool first_set_sent(void)
{
    return disk.n_sets > 0 && disk.set[0].anchor.state == STORE_ANCHOR_SENT;
}

static void a_receipt_with_more_than_that_is_not_believed(void **state)
{
    (void)state;
    disk_revoke(2);
    chain.overdone = true;
    begin(60000);
    run_until(first_set_sent);
    run_until(tried_for_long);
    assert_int_equal(disk.set[0].anchor.state, STORE_ANCHOR_SENT);
    chain.overdone = false;
    run_until(all_final);
}

static bool no_failures_left(void)
{
    return disk.n_failures == 0;
}

static void nothing_is_sent_that_is_not_on_disk(void **state)
{
    (void)state;
    disk_revoke(2);
    disk.n_failures = 2; /* the set, then the set again */
    begin(60000);
    run_until(no_failures_left);
    assert_int_equal(chain.n_sent, 0);
    assert_int_equal(disk.n_sets, 0);
    run_until(all_final);
    expect_all_revoked();
    assert_int_equal(disk.n_attempts[MAX_BATCHES], 1);
}

static void after_a_crash_the_same_bytes(void **state)
{
    (void)state;
    disk_revoke(2);
    begin(60000);
    run_until(something_sent);
    end();
    chain.n_sent = chain.n_pool = 0; /* as if it had died between the disk and the wire */
    disk.set[0].anchor.state = STORE_ANCHOR_SIGNED;
    disk_revoke(3);
    begin(60000);
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

/* The deepest block that was final may be a set's. */
static void says_broken_of_a_set(void **state)
{
    (void)state;
    struct anchor_health health;
    disk_revoke(1);
    begin(60000);
    run_until(all_final);
    end();
    disk.set[0].anchor.block_hash.b[0] ^= 1;
    disk_revoke(1);
    begin(60000);
    run_until(is_broken);
    run_until(tried_for_long);
    anchor_health(t.anchor, &health);
    assert_string_equal(health.code, "broken");
    assert_int_equal(disk.n_sets, 1);
}

static void two_revocations(void)
{
    disk_revoke(2);
}

static void closed_at_any_moment(void **state)
{
    (void)state;
    close_after_each_call(30, two_revocations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_thousand_in_four_transactions),
        TEST(carries_its_digests),
        TEST(a_block_has_room_for_it),
        TEST(is_no_dearer_than_the_balance),
        TEST(is_no_dearer_than_nodes_take),
        TEST(goes_before_batches),
        TEST(many_let_a_batch_pass),
        TEST(waits_for_what_is_in_flight),
        TEST(is_bumped_with_the_same_call),
        TEST(what_is_revoked_already_is_no_trouble),
        TEST(what_was_restored_is_not_sent),
        TEST(a_set_without_digests_is_none),
        TEST(what_is_unseen_waits),
        TEST(a_block_that_vanishes),
        TEST(a_revert_is_signed_anew),
        TEST(one_that_is_stopped_stops_no_batch),
        TEST(a_receipt_with_more_than_that_is_not_believed),
        TEST(nothing_is_sent_that_is_not_on_disk),
        TEST(after_a_crash_the_same_bytes),
        TEST(says_broken_of_a_set),
        TEST(closed_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
