/*
 * Which addresses belong to the public internet. For URLs from strangers: they must not make a node connect to hosts
 * that only its own network can reach (SSRF).
 */
#ifndef NET_PUBLIC_H
#define NET_PUBLIC_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * False for addresses that are not globally reachable by the registries of special addresses (RFC 6890): loopback,
 * private, link-local, unique-local, shared (CGNAT), multicast, reserved and documentation addresses, and IPv6
 * addresses with an IPv4 address in them (mapped, translated, 6to4, Teredo); and for other address families.
 */
bool net_address_is_public(const struct sockaddr *address);

#endif
