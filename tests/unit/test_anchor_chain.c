/*
 * What the chain does to an anchor after that, and what the node says of the chain: blocks that are replaced, receipts
 * that vanish or lie, reverts, roots that are there already or spoiled, providers that are wrong or away.
 */
#include "support/test.h"

#include "support/fake_chain.h"

static bool first_refound(void)
{
    return first_mined() && disk.batch[0].anchor.block_hash.b[1] == chain.fork;
}

static void another_block_is_persisted_again(void **state)
{
    (void)state;
    disk_seal(5);
    chain.no_finality = true;
    begin(60000);
    run_until(first_mined);
    chain.fork++;
    run_until(first_refound);
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

static void a_receipt_that_vanishes(void **state)
{
    (void)state;
    disk_seal(5);
    disk_seal(6);
    chain.no_finality = true;
    begin(60000);
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

static void the_revert_of_another_transaction(void **state)
{
    (void)state;
    disk_seal(5);
    chain.mixed_up = true;
    chain.mining = false;
    begin(60000);
    run_until(first_sent);
    run_until(tried_for_long);
    assert_int_equal(disk.n_attempts[0], 1);
    assert_int_equal(disk.batch[0].anchor.state, STORE_ANCHOR_SENT);
    chain.mixed_up = false;
    chain.mining = true;
    run_until(all_final);
    assert_int_equal(disk.n_attempts[0], 1);
}

static void final_is_written_though_no_block_follows(void **state)
{
    (void)state;
    disk_seal(5);
    chain.no_finality = true;
    begin(60000);
    run_until(first_mined);
    chain.frozen = true;
    run_until(tried_for_long);
    disk.n_failures = 1;
    chain.no_finality = false;
    chain.head += 3;
    run_until(all_final);
}

static void a_revert_is_signed_anew(void **state)
{
    (void)state;
    disk_seal(5);
    chain.include_failed = 1;
    begin(60000);
    run_until(all_final);
    assert_int_equal(disk.n_attempts[0], 2);
    assert_int_equal(disk.attempt[0][1].nonce, 1);
    assert_int_equal(n_anchored(), 1);
}

static void ours_by_another_way_is_found(void **state)
{
    (void)state;
    disk_seal(5);
    chain.mined[chain.n_mined++] = (struct mined){
        .hash = {{0xee}}, .root = disk.batch[0].root, .block = 8, .tree_size = 5};
    begin(60000);
    run_until(all_final);
    assert_int_equal(chain.n_sent, 0);
    assert_int_equal(disk.batch[0].anchor.transaction.b[0], 0xee);
    assert_int_equal(disk.batch[0].anchor.block_number, 8);
}

static bool second_final(void)
{
    return disk.batch[1].anchor.state == STORE_ANCHOR_FINAL;
}

static void one_provider_alone_spoils_nothing(void **state)
{
    (void)state;
    disk_seal(5);
    chain.first_lies = true;
    begin(60000);
    run_until(tried_for_long);
    assert_int_equal(disk.n_batches, 1);
    assert_int_equal(disk.batch[0].anchor.state, STORE_ANCHOR_SEALED);
}

static void a_spoiled_root_is_sealed_anew(void **state)
{
    (void)state;
    disk_seal(5);
    disk_seal(6);
    chain.mined[chain.n_mined++] = (struct mined){
        .hash = {{0xee}}, .root = disk.batch[0].root, .block = 8, .tree_size = 7};
    begin(60000);
    disk.n_failures = 1; /* the first time the disk has no room */
    run_until(second_final);
    run_until(all_final);
    assert_int_equal(disk.batch[0].anchor.state, STORE_ANCHOR_SPOILED);
    assert_int_equal(disk.n_attempts[0], 0);
    assert_int_equal(disk.n_batches, 3);
    assert_int_equal(disk.batch[2].replaces, 1);
    assert_int_equal(disk.batch[2].tree_size, 5);
    assert_int_equal(disk.batch[2].anchor.state, STORE_ANCHOR_FINAL);
}

static bool has_code(void)
{
    struct anchor_health health;
    anchor_health(t.anchor, &health);
    return health.connected || strcmp(health.code, "chain_unreachable") != 0;
}

static bool unreachable_for_long(void)
{
    return chain.n_asked[0] >= 2 && chain.n_asked[1] >= 1;
}

static void expect_code(const char *code)
{
    struct anchor_health health;
    disk_seal(5);
    begin(60000);
    run_until(strcmp(code, "chain_unreachable") == 0 ? unreachable_for_long : has_code);
    anchor_health(t.anchor, &health);
    assert_false(health.connected);
    assert_string_equal(health.code, code);
    assert_true(strlen(health.why) > 20);
    assert_int_equal(chain.n_sent, 0);
}

/* The block number that the contract keeps is that of the chain below: neither does it find an event, nor is it final.
 */
static void on_a_rollup_too(void **state)
{
    chain.contract_ahead = 1000000;
    ours_by_another_way_is_found(state);
    assert_int_equal(close_all(state), 0);
    assert_int_equal(open_all(state), 0);
    chain.contract_ahead = 1000000;
    a_spoiled_root_is_sealed_anew(state);
}

static bool is_spoiled(void)
{
    return disk.batch[0].anchor.state == STORE_ANCHOR_SPOILED;
}

/* Whatever number the contract keeps, it is the chain that says whether the other anchor is final. */
static void what_is_not_final_spoils_nothing(void **state)
{
    (void)state;
    disk_seal(5);
    chain.head = 1000;
    chain.frozen = true;
    chain.contract_ahead = (uint64_t)-990; /* so it says 10 */
    chain.mined[chain.n_mined++] = (struct mined){
        .hash = {{0xee}}, .root = disk.batch[0].root, .block = 1000, .tree_size = 7};
    begin(60000);
    run_until(tried_for_long);
    assert_int_equal(disk.n_batches, 1);
    chain.frozen = false;
    run_until(is_spoiled);
    run_until(all_final);
}

static void says_wrong_chain(void **state)
{
    (void)state;
    chain.chain_id = 1;
    expect_code("wrong_chain");
}

static void says_no_contract(void **state)
{
    (void)state;
    chain.no_contract = true;
    expect_code("no_contract");
}

static void says_wrong_contract(void **state)
{
    (void)state;
    chain.wrong_contract = true;
    expect_code("wrong_contract");
}

static void says_not_operator(void **state)
{
    (void)state;
    chain.allowed = false;
    expect_code("not_operator");
    chain.allowed = true; /* looked at again by itself */
    run_until(all_final);
}

static void says_balance_too_low(void **state)
{
    (void)state;
    chain.balance_wei = 1000;
    expect_code("balance_too_low");
}

static void says_unreachable(void **state)
{
    (void)state;
    chain.unreachable[0] = chain.unreachable[1] = true;
    expect_code("chain_unreachable");
}

/* It must not seem mended only because nothing new was asked. */
static bool broken_for_long(void)
{
    struct anchor_health health;
    anchor_health(t.anchor, &health);
    assert_false(health.connected);
    return tried_for_long();
}

static void says_broken(void **state)
{
    (void)state;
    disk_seal(5);
    disk.batch[0].anchor = (struct store_anchor){.state = STORE_ANCHOR_FINAL, .block_number = 4};
    expect_code("broken");
    chain.frozen = true;
    run_until(broken_for_long);
    chain.frozen = false;
    end();
    expect_code("broken"); /* in its next life too */
    disk.batch[0].anchor.block_hash = block_hash(4);
    run_until(all_final); /* the block is back */
}

static void the_second_provider_takes_over(void **state)
{
    (void)state;
    disk_seal(5);
    chain.unreachable[0] = true;
    begin(60000);
    run_until(all_final);
    assert_true(chain.n_asked[1] > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(another_block_is_persisted_again),
        TEST(a_receipt_that_vanishes),
        TEST(a_revert_is_signed_anew),
        TEST(ours_by_another_way_is_found),
        TEST(one_provider_alone_spoils_nothing),
        TEST(a_spoiled_root_is_sealed_anew),
        TEST(on_a_rollup_too),
        TEST(what_is_not_final_spoils_nothing),
        TEST(says_wrong_chain),
        TEST(says_no_contract),
        TEST(says_wrong_contract),
        TEST(says_not_operator),
        TEST(says_balance_too_low),
        TEST(says_unreachable),
        TEST(says_broken),
        TEST(the_revert_of_another_transaction),
        TEST(final_is_written_though_no_block_follows),
        TEST(the_second_provider_takes_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
