/*
 * Which addresses are the public internet's. For what strangers name: a node must not be made to speak with what only
 * its own network reaches.
 */
#ifndef NET_PUBLIC_H
#define NET_PUBLIC_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * False for what the registries of special addresses (RFC 6890) say is not globally reachable: loopback, private,
 * link-local, unique-local, shared (CGNAT), multicast, reserved and documentation addresses, and all that carry an IPv4
 * address within an IPv6 one (mapped, translated, 6to4, Teredo); and for other families.
 */
bool net_address_is_public(const struct sockaddr *address);

#endif
