/*
 * Network addresses of clients: from a socket, or from the X-Forwarded-For of a proxy that is trusted.
 */
#ifndef HTTP_IP_ADDRESS_H
#define HTTP_IP_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* IPv6 in network order; IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that one client has one form. */
struct ip_address {
    uint8_t b[16];
};

struct network {
    struct ip_address address;
    unsigned n_bits;
};

struct networks {
    struct network *list;
    size_t n;
};

/* All zeros for another family, and for NULL. */
void ip_address_from_socket(struct ip_address *out, const struct sockaddr *from);
/* "192.0.2.1", "2001:db8::1", also with a port as in "192.0.2.1:80" and "[2001:db8::1]:80". */
bool ip_address_parse(struct ip_address *out, const char *text, size_t len);
void ip_address_format(char out[INET6_ADDRSTRLEN], const struct ip_address *address);
/* Reduces it to what one client owns: an IPv4 address, or an IPv6 network of 64 bits. */
void ip_address_mask(struct ip_address *address);

/* An address, or one with a prefix length: "10.0.0.0/8". */
bool network_parse(struct network *out, const char *text);
bool networks_contain(const struct networks *networks, const struct ip_address *address);

/*
 * Reads one X-Forwarded-For; call it for each of a request, in their order. The client is the right-most address of all
 * of them that is not a trusted proxy, because anyone may have written what is left of it. If there is no such address,
 * or something that is not an address in its place, the client stays `peer`, the proxy itself.
 */
void ip_address_forwarded(struct ip_address *client, const struct ip_address *peer, const struct networks *trusted,
                          const char *list, size_t len);

#endif
