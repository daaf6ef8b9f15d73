#include "support/anchor_fixture.h"

#include <string.h>

static uv_loop_t loop;
static struct anchor *anchor;

int anchor_fixture_setup(void **state)
{
    (void)state;
    uv_loop_init(&loop);
    fake_clock_start(&loop, FAKE_CHAIN_START_S);
    fake_store_reset();
    fake_chain_reset(&loop);
    return 0;
}

int anchor_fixture_teardown(void **state)
{
    (void)state;
    stop_anchor();
    fake_clock_stop();
    assert_int_equal(fake_store_n_early(), 0);
    return uv_loop_close(&loop);
}

static void start(uint64_t bump_after_ms, size_t n_providers)
{
    static const char *const urls[] = {"http://first/", "http://second/"};
    struct badge_key *key;
    assert_int_equal(badge_key_from_bytes(&key, fake_operator_key, NULL), BADGE_OK);
    const struct anchor_options options = {
        .loop = &loop,
        .rpc_url = urls,
        .n_rpc_urls = n_providers,
        .chain_id = 31337,
        .contract = fake_contract,
        .issuer = fake_issuer,
        .operator_key = key,
        .max_fee_wei = 200 * GWEI,
        .max_priority_fee_wei = 5 * GWEI,
        .bump_after_ms = bump_after_ms,
    };
    assert_int_equal(anchor_new(&anchor, &options, NULL), BADGE_OK);
}

void start_anchor(uint64_t bump_after_ms)
{
    start(bump_after_ms, 2);
}

void start_anchor_with_one_provider(void)
{
    start(60000, 1);
}

void stop_anchor(void)
{
    anchor_close(anchor);
    anchor = NULL;
    uv_run(&loop, UV_RUN_DEFAULT); /* until it has freed itself */
}

void accept_stale_store(void)
{
    anchor_accept_stale_store(anchor);
}

void wake_anchor(void)
{
    anchor_wake(anchor);
}

struct anchor_health health_of_anchor(void)
{
    struct anchor_health health;
    anchor_health(anchor, &health);
    return health;
}

void run_until_final(void)
{
    anchor_wake(anchor);
    fake_clock_run_until(fake_store_all_final);
}

bool first_is_sent(void)
{
    return fake_store_batch(1)->anchor.state == STORE_ANCHOR_SENT;
}

bool first_is_mined(void)
{
    return fake_store_batch(1)->anchor.state == STORE_ANCHOR_MINED;
}

bool first_is_final(void)
{
    return fake_store_batch(1)->anchor.state == STORE_ANCHOR_FINAL;
}

bool first_set_is_sent(void)
{
    return fake_store_set(1)->anchor.state == STORE_ANCHOR_SENT;
}

bool first_set_is_mined(void)
{
    return fake_store_set(1)->anchor.state == STORE_ANCHOR_MINED;
}

bool something_was_sent(void)
{
    return fake_chain_n_sent() > 0;
}

bool all_writes_have_failed(void)
{
    return fake_store_n_failing() == 0;
}

bool anchor_has_problem(void)
{
    struct anchor_health health = health_of_anchor();
    return !health.connected && strcmp(health.code, "chain_unreachable") != 0;
}

static unsigned n_calls_left;

static void count_call(void)
{
    if (n_calls_left > 0 && --n_calls_left == 0)
        anchor_close(anchor);
}

void stop_after_each_call(unsigned n_calls, void (*add_work)(void))
{
    for (unsigned n = 1; n < n_calls; n++) {
        fake_store_reset();
        fake_chain_reset(&loop);
        add_work();
        n_calls_left = n;
        fake_providers_on_reply(count_call);
        start_anchor(60000);
        uv_run(&loop, UV_RUN_DEFAULT); /* until it has freed itself; otherwise the leak check fails */
        start_anchor(60000);
        run_until_final();
        stop_anchor();
        assert_int_equal(fake_chain_nonce(), 1); /* one transaction, no matter after which call it was stopped */
    }
}
