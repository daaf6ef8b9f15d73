/*
 * What readiness says while a job waits: always why.
 */
#include "support/test.h"

#include <string.h>

#include "support/anchor_fixture.h"

#define MINUTE_MS (60 * 1000)

static const char *wanted; /* NULL: ready */

static bool code_is_wanted(void)
{
    struct anchor_health health = health_of_anchor();
    return wanted ? !health.connected && strcmp(health.code, wanted) == 0 : health.connected;
}

static void run_until_code(const char *code)
{
    wanted = code;
    fake_clock_run_until(code_is_wanted);
}

/* It is the reason for the whole time. */
static void assert_code_for(const char *code, uint64_t ms)
{
    wanted = code;
    for (uint64_t passed_ms = 0; passed_ms < ms; passed_ms += 1000) {
        fake_clock_run_for(1000);
        assert_true(code_is_wanted());
    }
}

static void the_fee_cap_is_a_reason(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_chain_set_base_fee(150 * GWEI);
    fake_chain_include(false);
    start_anchor(60000);
    run_until_code("fee_cap");
    assert_code_for("fee_cap", 5 * MINUTE_MS);
    assert_non_null(strstr(health_of_anchor().why, "batch 1"));
    fake_chain_include(true);
    run_until_code(NULL);
    run_until_final();
}

static void a_final_block_that_does_not_move_is_a_reason(void **state)
{
    (void)state;
    fake_store_seal(5);
    start_anchor(60000);
    fake_chain_hold_final();
    fake_clock_run_until(first_is_mined);
    fake_clock_run_for(50 * MINUTE_MS);
    assert_true(health_of_anchor().connected);
    run_until_code("no_finality");
    assert_non_null(strstr(health_of_anchor().why, "60 minutes"));
    fake_chain_finalize_head();
    run_until_final();
    run_until_code(NULL);
}

/* As on a rollup that finalizes with each proof: an hour is not late there, four times its longest pause is. */
static void a_chain_that_finalizes_seldom_is_waited_for_longer(void **state)
{
    (void)state;
    start_anchor(60000);
    fake_chain_hold_final();
    fake_clock_run_for(50 * MINUTE_MS);
    fake_chain_hold_final();
    fake_store_seal(5);
    wake_anchor();
    fake_clock_run_until(first_is_mined);
    assert_code_for(NULL, 190 * MINUTE_MS);
    run_until_code("no_finality");
    assert_non_null(strstr(health_of_anchor().why, "200 minutes"));
    fake_chain_finalize_head();
    run_until_final();
    run_until_code(NULL);
}

static void a_final_block_before_the_registry_is_a_reason(void **state)
{
    (void)state;
    fake_chain_deploy_at(10);
    fake_chain_freeze(true); /* at block 10 */
    start_anchor(60000);
    run_until_code("no_finality");
    assert_non_null(strstr(health_of_anchor().why, "older than the registry"));
    assert_code_for("no_finality", 15000);
    fake_chain_freeze(false);
    run_until_code(NULL);
}

static void a_provider_that_refuses_to_send_is_a_reason(void **state)
{
    (void)state;
    fake_chain_refuse("internal error", 400);
    fake_chain_refuse_with(-32603);
    fake_store_seal(5);
    start_anchor(60000);
    run_until_code("not_sent");
    assert_true(fake_clock_ms() < 2 * MINUTE_MS);
    assert_code_for("not_sent", 3 * MINUTE_MS);
    fake_chain_refuse("", 0);
    run_until_final();
    run_until_code(NULL);
}

static void a_provider_behind_a_final_block_is_out_of_sync(void **state)
{
    (void)state;
    const struct store_anchor anchor = {
        .state = STORE_ANCHOR_FINAL, .block_number = 100, .block_hash = fake_chain_block_hash(100)};
    fake_store_set_final_block(100);
    fake_store_seal(5);
    fake_store_put_anchor(fake_store_batch(1), &anchor);
    start_anchor_with_one_provider();
    fake_clock_run_for(1000); /* it has answered, with block 10 */
    assert_code_for("out_of_sync", MINUTE_MS);
    fake_chain_set_head(110);
    run_until_code(NULL);
    fake_chain_set_head(10);
    fake_chain_freeze(true);
    run_until_code("out_of_sync");
    assert_code_for("out_of_sync", MINUTE_MS);
}

static void a_transaction_that_no_block_takes_is_a_reason(void **state)
{
    (void)state;
    fake_store_seal(5);
    fake_chain_include(false);
    start_anchor(20 * MINUTE_MS);
    fake_clock_run_for(9 * MINUTE_MS);
    assert_true(health_of_anchor().connected);
    run_until_code("not_mined");
    assert_true(fake_clock_ms() < 11 * MINUTE_MS);
    fake_chain_include(true);
    run_until_final();
    run_until_code(NULL);
}

/* -- a store that the chain is ahead of -- */

static const struct badge_hash lost_root = {{0x10, 0x57}};

static void an_empty_store_is_compared_with_the_chain(void **state)
{
    (void)state;
    fake_chain_add_anchor_of_operator(&lost_root);
    fake_chain_mine(5000);
    fake_chain_limit_events(1000, 0);
    fake_store_seal(5);
    start_anchor(60000);
    run_until_code("store_older_than_chain");
    assert_non_null(strstr(health_of_anchor().why, "1 anchors"));
    assert_code_for("store_older_than_chain", 2 * MINUTE_MS);
    assert_int_equal(fake_chain_n_sent(), 0);
    accept_stale_store();
    run_until_final();
}

static void without_events_an_empty_store_waits_for_the_operator(void **state)
{
    (void)state;
    fake_chain_add_anchor_of_operator(&lost_root);
    fake_chain_mine(50);
    fake_chain_limit_events(0, 40); /* pruned below */
    fake_store_seal(5);
    start_anchor(60000);
    run_until_code("store_older_than_chain");
    assert_non_null(strstr(health_of_anchor().why, "no provider has"));
    assert_code_for("store_older_than_chain", 2 * MINUTE_MS);
    assert_int_equal(fake_chain_n_sent(), 0);
}

/* -- and providers that lie about it, or fail -- */

static void a_provider_that_hides_an_anchor_clears_nothing(void **state)
{
    (void)state;
    fake_chain_add_anchor_of_operator(&lost_root);
    fake_provider_lies(0, FAKE_HIDES_ANCHORS);
    fake_store_seal(5);
    start_anchor(60000);
    run_until_code("store_older_than_chain");
    assert_non_null(strstr(health_of_anchor().why, "providers disagree"));
    assert_code_for("store_older_than_chain", 2 * MINUTE_MS);
    fake_provider_lies(0, FAKE_HONEST);
    fake_clock_run_for(2 * MINUTE_MS);
    assert_non_null(strstr(health_of_anchor().why, "1 anchors"));
    assert_int_equal(fake_chain_n_sent(), 0);
}

static void the_contract_counts_what_the_only_provider_hides(void **state)
{
    (void)state;
    fake_chain_add_anchor_of_operator(&lost_root);
    fake_provider_lies(0, FAKE_HIDES_ANCHORS);
    fake_store_seal(5);
    start_anchor_with_one_provider();
    run_until_code("store_older_than_chain");
    assert_non_null(strstr(health_of_anchor().why, "do not return"));
    assert_code_for("store_older_than_chain", 2 * MINUTE_MS);
    assert_int_equal(fake_chain_n_sent(), 0);
}

static void assert_hiding_the_nonce_clears_nothing(unsigned provider)
{
    fake_chain_add_anchor_of_operator(&lost_root);
    fake_provider_lies(provider, FAKE_HIDES_NONCE);
    fake_store_seal(5);
    start_anchor(60000);
    run_until_code("store_older_than_chain");
    assert_non_null(strstr(health_of_anchor().why, "1 anchors"));
    assert_int_equal(fake_chain_n_sent(), 0);
}

static void a_provider_that_hides_the_nonce_clears_nothing(void **state)
{
    (void)state;
    assert_hiding_the_nonce_clears_nothing(0);
}

static void the_other_provider_that_hides_the_nonce_clears_nothing(void **state)
{
    (void)state;
    assert_hiding_the_nonce_clears_nothing(1);
}

/* The block with the other node's anchor is only at one of the providers yet. */
static void a_provider_that_is_behind_is_waited_for(void **state)
{
    (void)state;
    fake_chain_include(false);
    fake_store_seal(5);
    start_anchor(60000);
    fake_clock_run_until(first_is_sent);
    fake_provider_lies(1, FAKE_IS_BEHIND);
    fake_chain_forget_sent();
    fake_chain_add_anchor_of_operator(&lost_root);
    fake_chain_freeze(true);
    fake_clock_run_for(A_WHILE_MS);
    assert_int_equal(fake_store_batch(1)->anchor.state, STORE_ANCHOR_SEALED);
    assert_int_equal(fake_store_batch(1)->n_attempts, 1);
    fake_chain_freeze(false);
    run_until_code("store_older_than_chain");
    assert_int_equal(fake_store_batch(1)->n_attempts, 1);
}

static bool a_search_has_failed(void)
{
    return fake_providers_n_lost() == 2; /* by each of them */
}

/* The other node's anchor is above the blocks in which the search goes on. */
static void a_transaction_during_a_search_is_looked_for_too(void **state)
{
    (void)state;
    static const struct badge_hash of_another_account = {{0x20}};
    fake_chain_add_anchor(&of_another_account, 3, 5);
    fake_chain_set_nonce(3);
    fake_providers_lie(FAKE_LOSES_EVENTS);
    fake_store_seal(5);
    start_anchor(60000);
    fake_clock_run_until(a_search_has_failed);
    fake_chain_add_anchor_of_operator(&lost_root);
    fake_providers_lie(FAKE_HONEST);
    run_until_code("store_older_than_chain");
    assert_non_null(strstr(health_of_anchor().why, "1 anchors"));
    assert_int_equal(fake_chain_n_sent(), 0);
}

static void a_provider_that_invents_an_anchor_stops_only_what_is_new(void **state)
{
    (void)state;
    fake_chain_add_anchor(&lost_root, 3, 5); /* of another account */
    fake_chain_set_nonce(3);
    fake_provider_lies(1, FAKE_INVENTS_ANCHORS);
    fake_store_seal(5);
    start_anchor(60000);
    run_until_code("store_older_than_chain");
    assert_non_null(strstr(health_of_anchor().why, "providers disagree"));
    fake_provider_lies(1, FAKE_HONEST);
    run_until_final();
    run_until_code(NULL);
}

static void a_provider_without_events_leaves_it_to_the_other(void **state)
{
    (void)state;
    fake_chain_add_anchor(&lost_root, 3, 5);
    fake_chain_set_nonce(3);
    fake_provider_lies(0, FAKE_NO_EVENTS);
    fake_store_seal(5);
    start_anchor(60000);
    run_until_final();
    stop_anchor();

    fake_chain_add_anchor_of_operator(&(struct badge_hash){{0x10, 0x58}});
    fake_store_seal(6);
    start_anchor(60000);
    run_until_code("store_older_than_chain");
    assert_non_null(strstr(health_of_anchor().why, "1 anchors"));
}

static void an_empty_store_is_cleared_where_the_issuer_has_no_anchors(void **state)
{
    (void)state;
    fake_chain_set_nonce(3); /* the account was used, but not for anchors */
    fake_chain_limit_events(1, UINT64_MAX);
    fake_store_seal(5);
    start_anchor(60000);
    run_until_final();
}

static void the_anchor_of_another_node_with_the_key_is_noticed_before_the_next_signature(void **state)
{
    (void)state;
    fake_store_seal(5);
    start_anchor(60000);
    run_until_final();
    fake_chain_add_anchor_of_operator(&lost_root);
    fake_store_seal(6);
    wake_anchor();
    run_until_code("store_older_than_chain");
    assert_non_null(strstr(health_of_anchor().why, "don't share the key"));
    assert_int_equal(fake_store_batch(2)->n_attempts, 0);
}

/* The other node was faster; its anchor has the nonce that this node has signed with. */
static void the_other_node_says_so_too(void **state)
{
    (void)state;
    fake_chain_include(false);
    fake_store_seal(5);
    start_anchor(60000);
    fake_clock_run_until(first_is_sent);
    fake_chain_forget_sent(); /* the pools drop what can't be mined any more */
    fake_chain_add_anchor_of_operator(&lost_root);
    run_until_code("store_older_than_chain");
    assert_int_equal(fake_store_batch(1)->n_attempts, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ANCHOR_TEST(the_fee_cap_is_a_reason),
        ANCHOR_TEST(a_final_block_that_does_not_move_is_a_reason),
        ANCHOR_TEST(a_chain_that_finalizes_seldom_is_waited_for_longer),
        ANCHOR_TEST(a_final_block_before_the_registry_is_a_reason),
        ANCHOR_TEST(a_provider_that_refuses_to_send_is_a_reason),
        ANCHOR_TEST(a_provider_behind_a_final_block_is_out_of_sync),
        ANCHOR_TEST(a_transaction_that_no_block_takes_is_a_reason),
        ANCHOR_TEST(an_empty_store_is_compared_with_the_chain),
        ANCHOR_TEST(without_events_an_empty_store_waits_for_the_operator),
        ANCHOR_TEST(a_provider_that_hides_an_anchor_clears_nothing),
        ANCHOR_TEST(the_contract_counts_what_the_only_provider_hides),
        ANCHOR_TEST(a_provider_that_hides_the_nonce_clears_nothing),
        ANCHOR_TEST(the_other_provider_that_hides_the_nonce_clears_nothing),
        ANCHOR_TEST(a_provider_that_is_behind_is_waited_for),
        ANCHOR_TEST(a_transaction_during_a_search_is_looked_for_too),
        ANCHOR_TEST(a_provider_that_invents_an_anchor_stops_only_what_is_new),
        ANCHOR_TEST(a_provider_without_events_leaves_it_to_the_other),
        ANCHOR_TEST(an_empty_store_is_cleared_where_the_issuer_has_no_anchors),
        ANCHOR_TEST(the_anchor_of_another_node_with_the_key_is_noticed_before_the_next_signature),
        ANCHOR_TEST(the_other_node_says_so_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
