/*
 * Public addresses, by two lists of those that are not. client.c checks each address that it is about to connect to,
 * after the name was resolved: so a name that resolves differently the second time (DNS rebinding) does not help.
 */
#include "net/public.h"
#include "core/compiler.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct prefix {
    uint8_t network[4];
    uint8_t bits;
};

static const struct prefix not_public_4[] = {
    {{0, 0, 0, 0}, 8},      {{10, 0, 0, 0}, 8},     {{100, 64, 0, 0}, 10}, {{127, 0, 0, 0}, 8},
    {{169, 254, 0, 0}, 16}, {{172, 16, 0, 0}, 12},  {{192, 0, 0, 0}, 24},  {{192, 0, 2, 0}, 24},
    {{192, 88, 99, 0}, 24}, {{192, 168, 0, 0}, 16}, {{198, 18, 0, 0}, 15}, {{198, 51, 100, 0}, 24},
    {{203, 0, 113, 0}, 24}, {{224, 0, 0, 0}, 4},    {{240, 0, 0, 0}, 4},
};

/* Within 2000::/3; outside of it nothing is public. */
static const struct prefix not_public_6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23}, /* protocol assignments, Teredo among them */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x20, 0x02, 0x00, 0x00}, 16}, /* 6to4 */
    {{0x3f, 0xff, 0x00, 0x00}, 20}, /* documentation */
};

static bool has_prefix(const uint8_t *address, const struct prefix *prefix, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned whole = prefix[i].bits / 8, left = prefix[i].bits % 8;
        if (memcmp(address, prefix[i].network, whole) == 0 &&
            (left == 0 || (address[whole] ^ prefix[i].network[whole]) >> (8 - left) == 0))
            return true;
    }
    return false;
}

bool net_address_is_public(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        return !has_prefix((const uint8_t *)&v4.sin_addr, not_public_4, ARRAY_LEN(not_public_4));
    }
    if (address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof v6);
        const uint8_t *bytes = v6.sin6_addr.s6_addr;
        return bytes[0] >> 5 == 1 && !has_prefix(bytes, not_public_6, ARRAY_LEN(not_public_6));
    }
    return false;
}
