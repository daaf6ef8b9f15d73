/*
 * What can happen to an anchor on the chain, and how the node reports the chain's state: reorgs, receipts that vanish
 * or are wrong, reverts, roots that are already anchored or spoiled, providers that are wrong or unreachable.
 */
#include "support/test.h"

#include "support/fake_chain.h"

static bool first_mined_in_new_block(void)
{
    return first_mined() && disk.batch[0].anchor.block_hash.b[1] == chain.fork;
}

static void a_new_block_of_the_anchor_is_persisted(void **state)
{
    (void)state;
    disk_seal(5);
    chain.no_finality = true;
    start_anchor(60000);
    run_until(first_mined);
    chain.fork++;
    run_until(first_mined_in_new_block);
    chain.no_finality = false;
    run_until(all_final);
    assert_int_equal(disk.n_attempts[0], 1);
}

static bool gone_is_sent_again(void)
{
    for (unsigned i = 0; i < chain.n_pool; i++) /* the same bytes */
        if (badge_hash_compare(&chain.pool[i], &disk.attempt[0][0].transaction) == 0)
            return disk.batch[0].anchor.state == STORE_ANCHOR_SENT;
    return false;
}

static void a_transaction_is_sent_again_if_its_receipt_vanishes(void **state)
{
    (void)state;
    disk_seal(5);
    disk_seal(6);
    chain.no_finality = true;
    start_anchor(60000);
    run_until(first_mined);
    chain.fork++;
    chain.n_mined = 0;
    chain.nonce = 0;
    chain.n_pool = 0;
    chain.mining = false;
    run_until(gone_is_sent_again);
    chain.mining = true;
    chain.no_finality = false;
    run_until(all_final);
    assert_int_equal(disk.n_attempts[0], 1);
    assert_int_equal(n_anchored(), 2);
}

static void a_receipt_of_another_transaction_is_ignored(void **state)
{
    (void)state;
    disk_seal(5);
    chain.wrong_receipt = true;
    chain.mining = false;
    start_anchor(60000);
    run_until(first_sent);
    run_until(tried_for_a_while);
    assert_int_equal(disk.n_attempts[0], 1);
    assert_int_equal(disk.batch[0].anchor.state, STORE_ANCHOR_SENT);
    chain.wrong_receipt = false;
    chain.mining = true;
    run_until(all_final);
    assert_int_equal(disk.n_attempts[0], 1);
}

static void final_is_recorded_without_new_blocks(void **state)
{
    (void)state;
    disk_seal(5);
    chain.no_finality = true;
    start_anchor(60000);
    run_until(first_mined);
    chain.frozen = true;
    run_until(tried_for_a_while);
    disk.n_failures = 1;
    chain.no_finality = false;
    chain.head += 3;
    run_until(all_final);
}

static void a_reverted_transaction_is_signed_with_a_new_nonce(void **state)
{
    (void)state;
    disk_seal(5);
    chain.include_failed = 1;
    start_anchor(60000);
    run_until(all_final);
    assert_int_equal(disk.n_attempts[0], 2);
    assert_int_equal(disk.attempt[0][1].nonce, 1);
    assert_int_equal(n_anchored(), 1);
}

static void an_existing_anchor_is_adopted(void **state)
{
    (void)state;
    disk_seal(5);
    chain.mined[chain.n_mined++] = (struct mined){
        .hash = {{0xee}}, .root = disk.batch[0].root, .block = 8, .tree_size = 5};
    start_anchor(60000);
    run_until(all_final);
    assert_int_equal(chain.n_sent, 0);
    assert_int_equal(disk.batch[0].anchor.transaction.b[0], 0xee);
    assert_int_equal(disk.batch[0].anchor.block_number, 8);
}

static bool second_final(void)
{
    return disk.batch[1].anchor.state == STORE_ANCHOR_FINAL;
}

static void one_provider_cannot_spoil_a_batch(void **state)
{
    (void)state;
    disk_seal(5);
    chain.first_reports_spoiled = true;
    start_anchor(60000);
    run_until(tried_for_a_while);
    assert_int_equal(disk.n_batches, 1);
    assert_int_equal(disk.batch[0].anchor.state, STORE_ANCHOR_SEALED);
}

static void a_spoiled_batch_is_resealed(void **state)
{
    (void)state;
    disk_seal(5);
    disk_seal(6);
    chain.mined[chain.n_mined++] = (struct mined){
        .hash = {{0xee}}, .root = disk.batch[0].root, .block = 8, .tree_size = 7};
    start_anchor(60000);
    disk.n_failures = 1; /* the first attempt: the disk is full */
    run_until(second_final);
    run_until(all_final);
    assert_int_equal(disk.batch[0].anchor.state, STORE_ANCHOR_SPOILED);
    assert_int_equal(disk.n_attempts[0], 0);
    assert_int_equal(disk.n_batches, 3);
    assert_int_equal(disk.batch[2].replaces, 1);
    assert_int_equal(disk.batch[2].tree_size, 5);
    assert_int_equal(disk.batch[2].anchor.state, STORE_ANCHOR_FINAL);
}

static bool has_other_code(void)
{
    struct anchor_health health;
    anchor_health(t.anchor, &health);
    return health.connected || strcmp(health.code, "chain_unreachable") != 0;
}

static bool unreachable_for_long(void)
{
    return chain.n_calls_to[0] >= 2 && chain.n_calls_to[1] >= 1;
}

static void expect_code(const char *code)
{
    struct anchor_health health;
    disk_seal(5);
    start_anchor(60000);
    run_until(strcmp(code, "chain_unreachable") == 0 ? unreachable_for_long : has_other_code);
    anchor_health(t.anchor, &health);
    assert_false(health.connected);
    assert_string_equal(health.code, code);
    assert_true(strlen(health.why) > 20);
    assert_int_equal(chain.n_sent, 0);
}

/* On a rollup the contract stores block numbers of the layer below, which neither locate an event nor prove finality.
 */
static void block_numbers_of_a_rollup_are_not_trusted(void **state)
{
    chain.block_number_offset = 1000000;
    an_existing_anchor_is_adopted(state);
    assert_int_equal(close_all(state), 0);
    assert_int_equal(open_all(state), 0);
    chain.block_number_offset = 1000000;
    a_spoiled_batch_is_resealed(state);
}

static bool is_spoiled(void)
{
    return disk.batch[0].anchor.state == STORE_ANCHOR_SPOILED;
}

/* Finality of the other anchor comes from the chain, not from the block number that the contract stores. */
static void a_foreign_anchor_spoils_only_when_final(void **state)
{
    (void)state;
    disk_seal(5);
    chain.head = 1000;
    chain.frozen = true;
    chain.block_number_offset = (uint64_t)-990; /* the contract stores 10 */
    chain.mined[chain.n_mined++] = (struct mined){
        .hash = {{0xee}}, .root = disk.batch[0].root, .block = 1000, .tree_size = 7};
    start_anchor(60000);
    run_until(tried_for_a_while);
    assert_int_equal(disk.n_batches, 1);
    chain.frozen = false;
    run_until(is_spoiled);
    run_until(all_final);
}

static void reports_wrong_chain(void **state)
{
    (void)state;
    chain.chain_id = 1;
    expect_code("wrong_chain");
}

static void reports_no_contract(void **state)
{
    (void)state;
    chain.no_contract = true;
    expect_code("no_contract");
}

static void reports_wrong_contract(void **state)
{
    (void)state;
    chain.wrong_contract = true;
    expect_code("wrong_contract");
}

static void reports_not_operator(void **state)
{
    (void)state;
    chain.is_operator = false;
    expect_code("not_operator");
    chain.is_operator = true; /* checked again without a restart */
    run_until(all_final);
}

static void reports_balance_too_low(void **state)
{
    (void)state;
    chain.balance_wei = 1000;
    expect_code("balance_too_low");
}

static void reports_unreachable(void **state)
{
    (void)state;
    chain.unreachable[0] = chain.unreachable[1] = true;
    expect_code("chain_unreachable");
}

/* It must not count as recovered only because nothing was checked since. */
static bool still_broken(void)
{
    struct anchor_health health;
    anchor_health(t.anchor, &health);
    assert_false(health.connected);
    return tried_for_a_while();
}

static void reports_broken(void **state)
{
    (void)state;
    disk_seal(5);
    disk.batch[0].anchor = (struct store_anchor){.state = STORE_ANCHOR_FINAL, .block_number = 4};
    expect_code("broken");
    chain.frozen = true;
    run_until(still_broken);
    chain.frozen = false;
    stop_anchor();
    expect_code("broken"); /* after a restart too */
    disk.batch[0].anchor.block_hash = block_hash(4);
    run_until(all_final); /* the block is back */
}

static void the_second_provider_takes_over(void **state)
{
    (void)state;
    disk_seal(5);
    chain.unreachable[0] = true;
    start_anchor(60000);
    run_until(all_final);
    assert_true(chain.n_calls_to[1] > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_block_of_the_anchor_is_persisted),
        TEST(a_transaction_is_sent_again_if_its_receipt_vanishes),
        TEST(a_reverted_transaction_is_signed_with_a_new_nonce),
        TEST(an_existing_anchor_is_adopted),
        TEST(one_provider_cannot_spoil_a_batch),
        TEST(a_spoiled_batch_is_resealed),
        TEST(block_numbers_of_a_rollup_are_not_trusted),
        TEST(a_foreign_anchor_spoils_only_when_final),
        TEST(reports_wrong_chain),
        TEST(reports_no_contract),
        TEST(reports_wrong_contract),
        TEST(reports_not_operator),
        TEST(reports_balance_too_low),
        TEST(reports_unreachable),
        TEST(reports_broken),
        TEST(a_receipt_of_another_transaction_is_ignored),
        TEST(final_is_recorded_without_new_blocks),
        TEST(the_second_provider_takes_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
