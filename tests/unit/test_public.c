/*
 * Which addresses are public, at both ends of each block that is not.
 */
#include "support/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "net/public.h"

static bool is_public(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return net_address_is_public((const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return net_address_is_public((const struct sockaddr *)&v6);
}

static void public_addresses(void **state)
{
    (void)state;
    static const char *const address[] = {
        "1.0.0.0",         "8.8.8.8",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0",       "169.253.255.255", "169.255.0.0",     "172.15.255.255", "172.32.0.0",
        "191.255.255.255", "192.0.1.0",       "192.0.3.0",       "192.167.255.255", "192.169.0.0",    "198.17.255.255",
        "198.20.0.0",      "203.0.112.255",   "203.0.114.0",     "223.255.255.255", "2000::",         "2001:200::",
        "2606:4700::1111", "2001:db7:ffff::", "2001:db9::",      "2003::",          "3ffe::",         "3fff:1000::",
    };
    for (size_t i = 0; i < sizeof address / sizeof *address; i++)
        if (!is_public(address[i]))
            fail_msg("%s", address[i]);
}

static void other_addresses(void **state)
{
    (void)state;
    static const char *const address[] = {
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.0",
        "169.254.169.254",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.0",
        "192.0.2.1",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.9",
        "203.0.113.255",
        "224.0.0.0",
        "239.255.255.255",
        "240.0.0.0",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:7f00:1::",
        "2001:1ff:ffff::",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "3fff::",
        "3fff:fff:ffff::",
        "fc00::1",
        "fdff:ffff::",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "4000::",
        "1fff:ffff::",
    };
    for (size_t i = 0; i < sizeof address / sizeof *address; i++)
        if (is_public(address[i]))
            fail_msg("%s", address[i]);
    const struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/run/socket"};
    assert_false(net_address_is_public((const struct sockaddr *)&local));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_addresses),
        cmocka_unit_test(other_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
