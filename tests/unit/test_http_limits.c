/*
 * Who a client is, and what one of them may take.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "http/limits.h"

#define SECOND_NS UINT64_C(1000000000)

static struct ip_address of(const char *text)
{
    struct ip_address address;
    if (!ip_address_parse(&address, text, strlen(text)))
        fail_msg("%s is an address", text);
    return address;
}

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *same_as;
    } good[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"192.0.2.1:8080", "192.0.2.1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"[::ffff:192.0.2.1]:1", "192.0.2.1"},
        {"2001:DB8::1", "2001:db8::1"},
        {"[2001:db8::1]", "2001:db8::1"},
        {"[2001:db8::1]:65535", "2001:db8::1"},
    };
    static const char *const bad[] = {"",           "unknown", "192.0.2",      "192.0.2.1:", "192.0.2.1:x",
                                      "[::1",       "[::1]x",  "[::1]:",       "::1]",       "[192.0.2.1]",
                                      "192.0.2.1 ", "_hidden", "[]",           ":80",        "1.2.3.4:123456",
                                      "0x7f.0.0.1", "127.1",   "fe80::1%eth0", "::1::",      "[::1]]"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct ip_address address = of(good[i].text);
        char text[INET6_ADDRSTRLEN];
        ip_address_format(text, &address);
        assert_string_equal(text, good[i].same_as);
    }
    struct ip_address address;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (ip_address_parse(&address, bad[i], strlen(bad[i])))
            fail_msg("\"%s\" is not an address", bad[i]);
    assert_false(ip_address_parse(&address, "192.0.2.1\0", 10));
}

static void networks(void **state)
{
    (void)state;
    static const struct {
        const char *network, *in, *out;
    } pairs[] = {
        {"192.0.2.1", "192.0.2.1", "192.0.2.2"},
        {"10.0.0.0/8", "10.255.3.4", "11.0.0.0"},
        {"172.16.0.0/12", "172.31.0.1", "172.32.0.1"},
        {"0.0.0.0/0", "8.8.8.8", "2001:db8::1"},
        {"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"},
        {"::1/128", "::1", "::2"},
    };
    static const char *const bad[] = {
        "", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/8x", "proxy", "10.0.0.0:80/8x", "[::1]"};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct network network;
        const struct networks one = {&network, 1};
        assert_true(network_parse(&network, pairs[i].network));
        struct ip_address in = of(pairs[i].in), out = of(pairs[i].out);
        if (!networks_contain(&one, &in) || networks_contain(&one, &out))
            fail_msg("%s", pairs[i].network);
    }
    struct network network;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (network_parse(&network, bad[i]))
            fail_msg("\"%s\" is not a network", bad[i]);
}

/* Lists in order of the request's headers; the client that comes out of them. */
static void forwarded(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second, *client;
    } cases[] = {
        {"192.0.2.7", NULL, "192.0.2.7"},
        {" 192.0.2.7\t", NULL, "192.0.2.7"},
        {"203.0.113.9, 192.0.2.7", NULL, "192.0.2.7"},           /* the left one may be invented */
        {"203.0.113.9, 192.0.2.7, 10.1.1.1", NULL, "192.0.2.7"}, /* through two of our proxies */
        {"203.0.113.9", "192.0.2.7", "192.0.2.7"},               /* a proxy that adds a header of its own */
        {"203.0.113.9", "10.1.1.1", "203.0.113.9"},
        {"10.2.2.2, 10.1.1.1", NULL, "10.0.0.1"}, /* only proxies: the one that spoke */
        {"203.0.113.9, unknown", NULL, "10.0.0.1"},
        {"203.0.113.9, unknown, 10.1.1.1", NULL, "10.0.0.1"},
        {"unknown, 192.0.2.7:4711", NULL, "192.0.2.7"},
        {"", NULL, "10.0.0.1"},
        {"192.0.2.7,", NULL, "10.0.0.1"},
        {",,,,", NULL, "10.0.0.1"},
        {"[2001:db8::7]:443", NULL, "2001:db8::7"},
    };
    struct network ten;
    assert_true(network_parse(&ten, "10.0.0.0/8"));
    const struct networks trusted = {&ten, 1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ip_address peer = of("10.0.0.1"), client = peer, expected = of(cases[i].client);
        ip_address_forwarded(&client, &peer, &trusted, cases[i].first, strlen(cases[i].first));
        if (cases[i].second)
            ip_address_forwarded(&client, &peer, &trusted, cases[i].second, strlen(cases[i].second));
        if (memcmp(&client, &expected, sizeof client) != 0)
            fail_msg("%s", cases[i].first);
    }
}

static struct limits *make(struct limits_options options)
{
    struct limits *limits = limits_new(&options);
    assert_non_null(limits);
    return limits;
}

static void at_once(void **state)
{
    (void)state;
    struct limits *limits = make((struct limits_options){.max_per_client = {2, 1}});
    struct ip_address one = of("192.0.2.1"), other = of("192.0.2.2");
    struct ip_address host = of("2001:db8::1"), neighbour = of("2001:db8::2"), stranger = of("2001:db8:0:1::1");
    assert_true(limits_enter(limits, LIMITS_CONNECTIONS, &one));
    assert_true(limits_enter(limits, LIMITS_CONNECTIONS, &one));
    assert_false(limits_enter(limits, LIMITS_CONNECTIONS, &one));
    assert_true(limits_enter(limits, LIMITS_CONNECTIONS, &other));
    limits_leave(limits, LIMITS_CONNECTIONS, &one);
    assert_true(limits_enter(limits, LIMITS_CONNECTIONS, &one));
    assert_true(limits_enter(limits, LIMITS_CONNECTIONS, &host));
    assert_true(limits_enter(limits, LIMITS_CONNECTIONS, &neighbour));
    assert_false(limits_enter(limits, LIMITS_CONNECTIONS, &host)); /* one network, one client */
    assert_true(limits_enter(limits, LIMITS_CONNECTIONS, &stranger));
    assert_true(limits_enter(limits, LIMITS_STREAMS, &host)); /* counted by themselves */
    assert_false(limits_enter(limits, LIMITS_STREAMS, &neighbour));
    assert_true(limits_enter(limits, LIMITS_STREAMS, &one));
    limits_leave(limits, LIMITS_CONNECTIONS, &one);
    limits_leave(limits, LIMITS_CONNECTIONS, &one);
    limits_leave(limits, LIMITS_CONNECTIONS, &other);
    limits_leave(limits, LIMITS_CONNECTIONS, &host);
    limits_leave(limits, LIMITS_CONNECTIONS, &neighbour);
    limits_leave(limits, LIMITS_CONNECTIONS, &stranger);
    assert_false(limits_enter(limits, LIMITS_STREAMS, &one)); /* without a connection too it is remembered */
    limits_leave(limits, LIMITS_STREAMS, &one);
    limits_leave(limits, LIMITS_STREAMS, &host);
    limits_free(limits); /* asserts that nothing is left */
}

static void rates(void **state)
{
    (void)state;
    struct limits *limits = make((struct limits_options){.rate_per_client = 10, .rate_per_token = 1});
    struct ip_address one = of("192.0.2.1"), other = of("192.0.2.2");
    uint64_t now = 77 * SECOND_NS;
    for (unsigned i = 0; i < 10 * LIMITS_BURST_S; i++)
        assert_int_equal(limits_client(limits, &one, now), 0);
    assert_int_equal(limits_client(limits, &one, now), 1);
    assert_int_equal(limits_client(limits, &other, now), 0);
    assert_int_equal(limits_client(limits, &one, now + SECOND_NS / 10), 0); /* one came back */
    assert_int_equal(limits_client(limits, &one, now + SECOND_NS / 10), 1);
    now += 1000 * SECOND_NS; /* all came back, and no more */
    for (unsigned i = 0; i < 10 * LIMITS_BURST_S; i++)
        assert_int_equal(limits_client(limits, &one, now), 0);
    assert_int_equal(limits_client(limits, &one, now), 1);

    for (unsigned i = 0; i < LIMITS_BURST_S; i++)
        assert_int_equal(limits_token(limits, "badged_a", 8, now), 0);
    assert_int_equal(limits_token(limits, "badged_a", 8, now), 1);
    assert_int_equal(limits_token(limits, "badged_b", 8, now), 0);
    limits_free(limits);
}

/* A flood of other addresses replaces clients with few requests, never the one with the most. */
static void a_flood_frees_nobody(void **state)
{
    (void)state;
    struct limits *limits = make((struct limits_options){.rate_per_client = 1});
    struct ip_address one = of("192.0.2.1"), other = of("10.0.0.0");
    for (unsigned i = 0; i < LIMITS_BURST_S; i++)
        assert_int_equal(limits_client(limits, &one, SECOND_NS), 0);
    for (unsigned i = 0; i < 300000; i++) {
        memcpy(other.b + 12, &i, sizeof i);
        (void)!limits_client(limits, &other, SECOND_NS);
    }
    assert_int_equal(limits_client(limits, &one, SECOND_NS), 1);
    limits_free(limits);
}

static void no_bounds(void **state)
{
    (void)state;
    struct limits *limits = make((struct limits_options){0});
    struct ip_address one = of("192.0.2.1");
    for (unsigned i = 0; i < 100000; i++)
        if (!limits_enter(limits, LIMITS_CONNECTIONS, &one) || limits_client(limits, &one, 1) ||
            limits_token(limits, "a", 1, 1))
            fail();
    limits_leave(limits, LIMITS_CONNECTIONS, &one);
    limits_free(limits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses), cmocka_unit_test(networks), cmocka_unit_test(forwarded),
        cmocka_unit_test(at_once),   cmocka_unit_test(rates),    cmocka_unit_test(a_flood_frees_nobody),
        cmocka_unit_test(no_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
