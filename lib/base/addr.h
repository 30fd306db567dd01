/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An IP address with a port, in one form for both families: IPv4 is kept as ::ffff:a.b.c.d, so an
 * IPv4-mapped IPv6 address and the IPv4 address are the same thing everywhere (rules, pools, logs).
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/span.h"

struct addr {
	uint8_t		 ip[16];	/* network order; IPv4 as ::ffff:a.b.c.d */
	uint16_t	 port;		/* host order; 0 when none */
	uint16_t	 scope;		/* interface index of a link-local address, else 0 */
};

enum { ADDR_TEXT = 64 };		/* room for "[v6%scope]:port" and its NUL */

bool		 addr_is_v4(const struct addr *a);
bool		 addr_is_any(const struct addr *a);		/* 0.0.0.0 or :: */
bool		 addr_is_loopback(const struct addr *a);	/* 127/8 or ::1 */
bool		 addr_same_ip(const struct addr *a, const struct addr *b);
bool		 addr_same(const struct addr *a, const struct addr *b);	/* and the same port */

static inline uint32_t
addr_v4(const struct addr *a)		/* host order; only when addr_is_v4 */
{
	return (uint32_t)a->ip[12] << 24 | (uint32_t)a->ip[13] << 16 |
	    (uint32_t)a->ip[14] << 8 | a->ip[15];
}

struct addr	 addr_from_v4(uint32_t host_order, uint16_t port);

/* False for another family than AF_INET and AF_INET6. */
bool		 addr_from_sock(struct addr *a, const struct sockaddr *sa);

/*
 * Fills *ss; returns the length. IPv4 becomes AF_INET.
 */
socklen_t	 addr_to_sock(const struct addr *a, struct sockaddr_storage *ss);

/*
 * A literal: dotted quad with four decimal parts, or IPv6 (RFC 4291, with an IPv4 tail allowed),
 * without brackets, port or prefix. Port is set to 0. False for anything else (also for "127.1",
 * octal, hex).
 */
bool		 addr_parse(struct addr *a, struct span text);

/* The address alone, IPv6 in RFC 5952 form without brackets; returns dst (ADDR_TEXT bytes). */
char		*addr_print(const struct addr *a, char *dst);

/* With port, IPv6 in brackets; returns dst (ADDR_TEXT bytes). */
char		*addr_print_port(const struct addr *a, char *dst);

/*
 * Keeps the first `bits` (0..128, counted on the 128-bit form; IPv4 /n is 96+n), clears the rest.
 */
void		 addr_mask(struct addr *a, unsigned bits);

/*
 * The IPv4 address that an IPv6 one carries inside: IPv4-compatible (::a.b.c.d, RFC 4291), NAT64
 * (64:ff9b::/96 and 64:ff9b:1::/48, RFC 6052 and 8215), translated (::ffff:0:0:0/96, RFC 2765),
 * 6to4 (2002::/16, RFC 3056), Teredo (2001::/32, RFC 4380, the client address, which is stored
 * inverted). False when it carries none. Mapped ones are IPv4 here already.
 */
bool		 addr_embedded_v4(const struct addr *a, struct addr *v4);

uint64_t	 addr_hash(const struct addr *a);		/* of the IP, without the port */

#endif
