/*
 * What can happen to an anchor on the chain, and how the node reports the chain's state: reorgs, receipts that vanish
 * or are wrong, reverts, roots that are already anchored or spoiled, providers that are wrong or unreachable.
 */
#include "support/test.h"

#include <string.h>

#include "support/anchor_fixture.h"

static bool block_is_on_the_chain(void)
{
    const struct store_anchor *anchor = &fake_store_batch(1)->anchor;
    struct badge_hash there = fake_chain_block_hash(anchor->block_number);
    return first_is_mined() && badge_hash_compare(&anchor->block_hash, &there) == 0;
}

static void a_new_block_of_the_anchor_is_persisted(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_chain_finality(false);
    start_anchor(60000);
    fake_clock_run_until(first_is_mined);
    fake_chain_reorg(5);
    assert_false(block_is_on_the_chain());
    fake_clock_run_until(block_is_on_the_chain);
    fake_chain_finality(true);
    run_until_final();
    assert_int_equal(fake_store_batch(1)->n_attempts, 1);
}

static bool gone_is_sent_again(void)
{
    return first_is_sent() && fake_chain_has_in_pool(&fake_store_batch(1)->attempt[0].transaction); /* the same bytes */
}

static void a_transaction_is_sent_again_if_its_receipt_vanishes(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_store_seal(6);
    fake_chain_finality(false);
    start_anchor(60000);
    fake_clock_run_until(first_is_mined);
    fake_chain_reorg_to_empty(5);
    fake_chain_include(false);
    fake_clock_run_until(gone_is_sent_again);
    fake_chain_include(true);
    fake_chain_finality(true);
    run_until_final();
    assert_int_equal(fake_store_batch(1)->n_attempts, 1);
    assert_int_equal(fake_chain_n_anchored(), 2);
}

static void a_receipt_of_another_transaction_is_ignored(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_providers_lie(FAKE_OTHER_RECEIPT);
    fake_chain_include(false);
    start_anchor(60000);
    fake_clock_run_until(first_is_sent);
    fake_clock_run_for(A_WHILE_MS);
    assert_int_equal(fake_store_batch(1)->n_attempts, 1);
    assert_int_equal(fake_store_batch(1)->anchor.state, STORE_ANCHOR_SENT);
    fake_providers_lie(FAKE_HONEST);
    fake_chain_include(true);
    run_until_final();
    assert_int_equal(fake_store_batch(1)->n_attempts, 1);
}

static void final_is_recorded_without_new_blocks(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_chain_finality(false);
    start_anchor(60000);
    fake_clock_run_until(first_is_mined);
    fake_chain_freeze(true);
    fake_clock_run_for(A_WHILE_MS);
    fake_store_fail(1);
    fake_chain_finality(true);
    fake_chain_mine(3);
    run_until_final();
}

/* Before that a reorg may still let the same transaction succeed: here its block is the first that is not final. */
static void a_revert_counts_once_it_is_final(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_chain_include(false);
    start_anchor(600000);
    fake_clock_run_until(first_is_sent);
    fake_chain_freeze(true);
    fake_chain_include(true);
    fake_chain_revert(1);
    fake_chain_mine(2);
    fake_clock_run_for(A_WHILE_MS);
    assert_true(first_is_sent());
    assert_int_equal(fake_store_batch(1)->n_attempts, 1);
    fake_chain_freeze(false);
    run_until_final();
    assert_int_equal(fake_store_batch(1)->n_attempts, 2);
}

static void a_reverted_transaction_is_signed_with_a_new_nonce(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_chain_revert(1);
    start_anchor(60000);
    run_until_final();
    assert_int_equal(fake_store_batch(1)->n_attempts, 2);
    assert_int_equal(fake_store_batch(1)->attempt[1].nonce, 1);
    assert_int_equal(fake_chain_n_anchored(), 1);
}

static void an_existing_anchor_is_adopted(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_chain_add_anchor(&fake_store_batch(1)->root, 5, 8);
    start_anchor(60000);
    run_until_final();
    assert_int_equal(fake_chain_n_sent(), 0);
    assert_int_equal(fake_store_batch(1)->anchor.transaction.b[0], 0xee);
    assert_int_equal(fake_store_batch(1)->anchor.block_number, 8);
}

static bool second_final(void)
{
    return fake_store_batch(2)->anchor.state == STORE_ANCHOR_FINAL;
}

static void one_provider_cannot_spoil_a_batch(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_provider_lies(0, FAKE_SPOILS_ROOTS);
    start_anchor(60000);
    fake_clock_run_for(A_WHILE_MS);
    assert_int_equal(fake_store_n_batches(), 1);
    assert_int_equal(fake_store_batch(1)->anchor.state, STORE_ANCHOR_SEALED);
}

static void a_spoiled_batch_is_resealed(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_store_seal(6);
    fake_chain_add_anchor(&fake_store_batch(1)->root, 7, 8);
    start_anchor(60000);
    fake_store_fail(1); /* the first attempt: the disk is full */
    fake_clock_run_until(second_final);
    run_until_final();
    assert_int_equal(fake_store_batch(1)->anchor.state, STORE_ANCHOR_SPOILED);
    assert_int_equal(fake_store_batch(1)->n_attempts, 0);
    assert_int_equal(fake_store_n_batches(), 3);
    assert_int_equal(fake_store_batch(3)->replaces, 1);
    assert_int_equal(fake_store_batch(3)->tree_size, 5);
    assert_int_equal(fake_store_batch(3)->anchor.state, STORE_ANCHOR_FINAL);
}

static bool unreachable_for_long(void)
{
    return fake_provider_n_calls(0) >= 2 && fake_provider_n_calls(1) >= 1;
}

static void expect_code(const char *code)
{
    fake_store_seal(5);
    start_anchor(60000);
    fake_clock_run_until(strcmp(code, "chain_unreachable") == 0 ? unreachable_for_long : anchor_has_problem);
    struct anchor_health health = health_of_anchor();
    assert_false(health.connected);
    assert_string_equal(health.code, code);
    assert_true(strlen(health.why) > 20);
    assert_int_equal(fake_chain_n_sent(), 0);
}

/* On a rollup the contract stores block numbers of the layer below, which neither locate an event nor prove finality.
 */
static void block_numbers_of_a_rollup_are_not_trusted(void **state)
{
    fake_chain_set_block_number_offset(1000000);
    an_existing_anchor_is_adopted(state);
    assert_int_equal(anchor_fixture_teardown(state), 0);
    assert_int_equal(anchor_fixture_setup(state), 0);
    fake_chain_set_block_number_offset(1000000);
    a_spoiled_batch_is_resealed(state);
}

static bool is_spoiled(void)
{
    return fake_store_batch(1)->anchor.state == STORE_ANCHOR_SPOILED;
}

/* Finality of the other anchor comes from the chain, not from the block number that the contract stores. */
static void a_foreign_anchor_spoils_only_when_final(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_chain_set_head(1000);
    fake_chain_freeze(true);
    fake_chain_set_block_number_offset((uint64_t)-990); /* the contract stores 10 */
    fake_chain_add_anchor(&fake_store_batch(1)->root, 7, 1000);
    start_anchor(60000);
    fake_clock_run_for(A_WHILE_MS);
    assert_int_equal(fake_store_n_batches(), 1);
    fake_chain_freeze(false);
    fake_clock_run_until(is_spoiled);
    run_until_final();
}

static void reports_wrong_chain(void **state)
{
    (void)state;
    fake_chain_set_id(1);
    expect_code("wrong_chain");
}

static void reports_no_contract(void **state)
{
    (void)state;
    fake_chain_deploy(FAKE_NO_CONTRACT);
    expect_code("no_contract");
}

static void reports_wrong_contract(void **state)
{
    (void)state;
    fake_chain_deploy(FAKE_OTHER_CONTRACT);
    expect_code("wrong_contract");
}

static void reports_not_operator(void **state)
{
    (void)state;
    fake_chain_set_operator(false);
    expect_code("not_operator");
    fake_chain_set_operator(true); /* checked again without a restart */
    run_until_final();
}

static void reports_balance_too_low(void **state)
{
    (void)state;
    fake_chain_set_balance(1000);
    expect_code("balance_too_low");
}

static void reports_unreachable(void **state)
{
    (void)state;
    fake_providers_lie(FAKE_UNREACHABLE);
    expect_code("chain_unreachable");
}

static uint64_t broken_until_ms;

/* It must not count as recovered only because nothing was checked since. */
static bool still_broken(void)
{
    assert_false(health_of_anchor().connected);
    return fake_clock_ms() >= broken_until_ms;
}

static void reports_broken(void **state)
{
    (void)state;
    struct store_anchor anchor = {.state = STORE_ANCHOR_FINAL, .block_number = 4};
    fake_store_seal(5);
    fake_store_put_anchor(fake_store_batch(1), &anchor);
    expect_code("broken");
    fake_chain_freeze(true);
    broken_until_ms = fake_clock_ms() + A_WHILE_MS;
    fake_clock_run_until(still_broken);
    fake_chain_freeze(false);
    stop_anchor();
    expect_code("broken"); /* after a restart too */
    anchor.block_hash = fake_chain_block_hash(4);
    fake_store_put_anchor(fake_store_batch(1), &anchor);
    run_until_final(); /* the block is back */
}

static void the_second_provider_takes_over(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_provider_lies(0, FAKE_UNREACHABLE);
    start_anchor(60000);
    run_until_final();
    assert_true(fake_provider_n_calls(1) > 10);
}

static void where_blocks_come_on_demand_the_last_one_becomes_final(void **state)
{
    (void)state;
    fake_chain_on_demand(true);
    fake_store_seal(5);
    fake_store_revoke(3);
    start_anchor(60000);
    fake_clock_run_until(fake_store_all_final); /* no more blocks come than these two */
    assert_int_equal(fake_chain_nonce(), 2);
}

static void a_block_that_becomes_final_without_a_new_head_is_seen(void **state)
{
    (void)state;
    fake_chain_on_demand(false);
    fake_store_seal(5);
    start_anchor(60000);
    fake_clock_run_until(first_is_mined);
    fake_clock_run_for(A_WHILE_MS);
    assert_true(first_is_mined());
    fake_chain_finalize_head();
    fake_clock_run_until(first_is_final);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ANCHOR_TEST(a_new_block_of_the_anchor_is_persisted),
        ANCHOR_TEST(a_transaction_is_sent_again_if_its_receipt_vanishes),
        ANCHOR_TEST(a_revert_counts_once_it_is_final),
        ANCHOR_TEST(a_reverted_transaction_is_signed_with_a_new_nonce),
        ANCHOR_TEST(an_existing_anchor_is_adopted),
        ANCHOR_TEST(one_provider_cannot_spoil_a_batch),
        ANCHOR_TEST(a_spoiled_batch_is_resealed),
        ANCHOR_TEST(block_numbers_of_a_rollup_are_not_trusted),
        ANCHOR_TEST(a_foreign_anchor_spoils_only_when_final),
        ANCHOR_TEST(reports_wrong_chain),
        ANCHOR_TEST(reports_no_contract),
        ANCHOR_TEST(reports_wrong_contract),
        ANCHOR_TEST(reports_not_operator),
        ANCHOR_TEST(reports_balance_too_low),
        ANCHOR_TEST(reports_unreachable),
        ANCHOR_TEST(reports_broken),
        ANCHOR_TEST(a_receipt_of_another_transaction_is_ignored),
        ANCHOR_TEST(final_is_recorded_without_new_blocks),
        ANCHOR_TEST(where_blocks_come_on_demand_the_last_one_becomes_final),
        ANCHOR_TEST(a_block_that_becomes_final_without_a_new_head_is_seen),
        ANCHOR_TEST(the_second_provider_takes_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
