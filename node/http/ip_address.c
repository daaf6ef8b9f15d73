/*
 * Network addresses, read from headers that proxies append to and clients may have forged. Pure; the server calls it
 * for each connection, and for each request that comes through a trusted proxy.
 */
#include "http/ip_address.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/number.h"

static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};

static bool is_v4(const struct ip_address *address)
{
    return memcmp(address->b, v4_prefix, sizeof v4_prefix) == 0;
}

static void from_v4(struct ip_address *out, const struct in_addr *in)
{
    memcpy(out->b, v4_prefix, sizeof v4_prefix);
    memcpy(out->b + sizeof v4_prefix, in, sizeof *in);
}

void ip_address_from_socket(struct ip_address *out, const struct sockaddr *from)
{
    memset(out, 0, sizeof *out);
    if (from && from->sa_family == AF_INET)
        from_v4(out, &((const struct sockaddr_in *)(const void *)from)->sin_addr);
    else if (from && from->sa_family == AF_INET6)
        memcpy(out->b, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, sizeof out->b);
}

static bool is_port(const char *text, size_t len)
{
    uint64_t number;
    return len <= 5 && core_decimal_read(&number, text, len);
}

bool ip_address_parse(struct ip_address *out, const char *text, size_t len)
{
    char host[INET6_ADDRSTRLEN];
    const char *end = text + len, *colon = memchr(text, ':', len), *bracket = memchr(text, ']', len);
    if (len && text[0] == '[') {
        if (!bracket ||
            (bracket + 1 < end && (bracket[1] != ':' || !is_port(bracket + 2, (size_t)(end - bracket - 2)))))
            return false;
        text++;
        end = bracket;
    } else if (colon && !memchr(colon + 1, ':', (size_t)(end - colon - 1))) { /* a single one: IPv4 with a port */
        if (!is_port(colon + 1, (size_t)(end - colon - 1)))
            return false;
        end = colon;
    }
    len = (size_t)(end - text);
    if (len >= sizeof host || memchr(text, '\0', len))
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    struct in_addr v4;
    if (!bracket && inet_pton(AF_INET, host, &v4) == 1) {
        from_v4(out, &v4);
        return true;
    }
    return inet_pton(AF_INET6, host, out->b) == 1;
}

void ip_address_format(char out[INET6_ADDRSTRLEN], const struct ip_address *address)
{
    bool v4 = is_v4(address);
    (void)inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? address->b + sizeof v4_prefix : address->b, out, INET6_ADDRSTRLEN);
}

void ip_address_mask(struct ip_address *address)
{
    if (!is_v4(address))
        memset(address->b + 8, 0, 8);
}

bool network_parse(struct network *out, const char *text)
{
    size_t len = strcspn(text, "/");
    if (!ip_address_parse(&out->address, text, len) || strcspn(text, "[]") < len)
        return false;
    uint64_t most = is_v4(&out->address) ? 32 : 128, n_bits = most;
    if (text[len] == '/') {
        const char *digits = text + len + 1;
        if (!core_decimal_read(&n_bits, digits, strlen(digits)))
            return false;
    }
    if (n_bits > most)
        return false;
    out->n_bits = (unsigned)(n_bits + 128 - most);
    return true;
}

static bool network_contains(const struct network *network, const struct ip_address *address)
{
    size_t n_bytes = network->n_bits / 8;
    unsigned rest = network->n_bits % 8;
    if (memcmp(network->address.b, address->b, n_bytes) != 0)
        return false;
    return rest == 0 || ((network->address.b[n_bytes] ^ address->b[n_bytes]) >> (8 - rest)) == 0;
}

bool networks_contain(const struct networks *networks, const struct ip_address *address)
{
    for (size_t i = 0; i < networks->n; i++)
        if (network_contains(&networks->list[i], address))
            return true;
    return false;
}

/* From left to right: the last address that is not a trusted proxy counts; what is not an address discards all before
 * it. */
void ip_address_forwarded(struct ip_address *client, const struct ip_address *peer, const struct networks *trusted,
                          const char *list, size_t len)
{
    for (const char *s = list, *end = list + len; s <= end;) {
        const char *comma = memchr(s, ',', (size_t)(end - s)), *stop = comma ? comma : end, *next = stop + 1;
        while (s < stop && (*s == ' ' || *s == '\t'))
            s++;
        while (stop > s && (stop[-1] == ' ' || stop[-1] == '\t'))
            stop--;
        struct ip_address address;
        if (!ip_address_parse(&address, s, (size_t)(stop - s)))
            *client = *peer;
        else if (!networks_contain(trusted, &address))
            *client = address;
        s = next;
    }
}
