/*
 * The delay before the next try, by the number of failures and the server's Retry-After.
 */
#include "support/test.h"

#include "net/retry.h"

static void delays_double_up_to_the_maximum(void **state)
{
    (void)state;
    const struct net_retry_policy policy = {.first_ms = 500, .max_ms = 5000};
    static const uint64_t expected[] = {500, 500, 1000, 2000, 4000, 5000, 5000};
    for (unsigned n = 0; n < sizeof expected / sizeof *expected; n++)
        assert_int_equal(net_retry_delay_ms(&policy, n, 0, UINT64_MAX), expected[n]);
    assert_int_equal(net_retry_delay_ms(&policy, UINT32_MAX, 0, 0), 5000);
}

static void a_maximum_below_the_first_delay_wins(void **state)
{
    (void)state;
    const struct net_retry_policy policy = {.first_ms = 500, .max_ms = 300};
    assert_int_equal(net_retry_delay_ms(&policy, 1, 0, 0), 300);
}

static void jitter_adds_up_to_its_share(void **state)
{
    (void)state;
    const struct net_retry_policy policy = {.first_ms = 80, .max_ms = 2000, .jitter_percent = 50};
    for (unsigned n = 1; n <= 8; n++) {
        uint64_t least = net_retry_delay_ms(&policy, n, 0, 0), most = least;
        for (uint64_t random = 0; random < 2001; random++) {
            uint64_t ms = net_retry_delay_ms(&policy, n, 0, random);
            assert_true(ms >= least);
            most = ms > most ? ms : most;
        }
        assert_int_equal(least, n <= 5 ? 80u << (n - 1) : 2000);
        assert_int_equal(most, least + least / 2);
    }
}

static void the_longer_of_backoff_and_retry_after_counts(void **state)
{
    (void)state;
    const struct net_retry_policy policy = {.first_ms = 400, .max_ms = 30000, .max_retry_after_ms = 30000};
    assert_int_equal(net_retry_delay_ms(&policy, 1, 1000, 0), 1000);
    assert_int_equal(net_retry_delay_ms(&policy, 3, 1000, 0), 1600);
}

static void retry_after_has_a_maximum_of_its_own(void **state)
{
    (void)state;
    const struct net_retry_policy policy = {
        .first_ms = 500, .max_ms = 5000, .jitter_percent = 25, .max_retry_after_ms = 300000};
    assert_int_equal(net_retry_delay_ms(&policy, 1, 299000, 7), 299000);
    assert_int_equal(net_retry_delay_ms(&policy, 1, 86400000, 7), 300000);
    assert_int_equal(net_retry_delay_ms(&policy, 9, UINT64_MAX, 7), 300000);
}

static void retry_after_is_ignored_without_a_maximum(void **state)
{
    (void)state;
    const struct net_retry_policy policy = {.first_ms = 1000, .max_ms = 60000};
    assert_int_equal(net_retry_delay_ms(&policy, 1, 5000, 0), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_double_up_to_the_maximum),
        cmocka_unit_test(a_maximum_below_the_first_delay_wins),
        cmocka_unit_test(jitter_adds_up_to_its_share),
        cmocka_unit_test(the_longer_of_backoff_and_retry_after_counts),
        cmocka_unit_test(retry_after_has_a_maximum_of_its_own),
        cmocka_unit_test(retry_after_is_ignored_without_a_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
