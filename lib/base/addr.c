/* SPDX-License-Identifier: Apache-2.0 */
/* IP addresses in one form for both families. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/hash.h"

static const uint8_t	 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

bool
addr_is_v4(const struct addr *a)
{
	return memcmp(a->ip, mapped, sizeof mapped) == 0;
}

bool
addr_is_any(const struct addr *a)
{
	static const uint8_t zero[16];

	return addr_is_v4(a) ? addr_v4(a) == 0 : memcmp(a->ip, zero, 16) == 0;
}

bool
addr_is_loopback(const struct addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	return addr_is_v4(a) ? a->ip[12] == 127 : memcmp(a->ip, one, 16) == 0;
}

bool
addr_same_ip(const struct addr *a, const struct addr *b)
{
	return memcmp(a->ip, b->ip, 16) == 0 && a->scope == b->scope;
}

bool
addr_same(const struct addr *a, const struct addr *b)
{
	return addr_same_ip(a, b) && a->port == b->port;
}

struct addr
addr_from_v4(uint32_t v4, uint16_t port)
{
	struct addr	 a = { .port = port };

	memcpy(a.ip, mapped, sizeof mapped);
	a.ip[12] = (uint8_t)(v4 >> 24);
	a.ip[13] = (uint8_t)(v4 >> 16);
	a.ip[14] = (uint8_t)(v4 >> 8);
	a.ip[15] = (uint8_t)v4;
	return a;
}

bool
addr_from_sock(struct addr *a, const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof in);
		*a = addr_from_v4(ntohl(in.sin_addr.s_addr), ntohs(in.sin_port));
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof in6);
		*a = (struct addr){ .port = ntohs(in6.sin6_port) };
		memcpy(a->ip, &in6.sin6_addr, 16);
		if (IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr))
			a->scope = (uint16_t)in6.sin6_scope_id;
		return true;
	}
	*a = (struct addr){ 0 };
	return false;
}

socklen_t
addr_to_sock(const struct addr *a, struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof *ss);
	if (addr_is_v4(a)) {
		struct sockaddr_in *in = (struct sockaddr_in *)(void *)ss;

		in->sin_family = AF_INET;
		in->sin_port = htons(a->port);
		in->sin_addr.s_addr = htonl(addr_v4(a));
		return sizeof *in;
	} else {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)ss;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(a->port);
		in6->sin6_scope_id = a->scope;
		memcpy(&in6->sin6_addr, a->ip, 16);
		return sizeof *in6;
	}
}

bool
addr_parse(struct addr *a, struct span text)
{
	char		 z[INET6_ADDRSTRLEN + 1];
	struct in_addr	 v4;

	if (text.n == 0 || text.n >= sizeof z || memchr(text.p, '\0', text.n) != NULL)
		return false;
	span_copy(text, z, sizeof z);
	if (inet_pton(AF_INET, z, &v4) == 1) {
		*a = addr_from_v4(ntohl(v4.s_addr), 0);
		return true;
	}
	*a = (struct addr){ 0 };
	return inet_pton(AF_INET6, z, a->ip) == 1;
}

static char *
put_part(char *p, unsigned v)
{
	if (v >= 100)
		*p++ = (char)('0' + v / 100);
	if (v >= 10)
		*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

/* IPv4 by hand: inet_ntop goes through sprintf, and this is done several times a request. */
char *
addr_print(const struct addr *a, char *dst)
{
	char	*p = dst;

	if (!addr_is_v4(a)) {
		inet_ntop(AF_INET6, a->ip, dst, ADDR_TEXT);
		return dst;
	}
	for (unsigned i = 12; i < 16; i++) {
		p = put_part(p, a->ip[i]);
		*p++ = i < 15 ? '.' : '\0';
	}
	return dst;
}

char *
addr_print_port(const struct addr *a, char *dst)
{
	char	 ip[ADDR_TEXT];

	addr_print(a, ip);
	snprintf(dst, ADDR_TEXT, addr_is_v4(a) ? "%.46s:%u" : "[%.46s]:%u", ip, a->port);
	return dst;
}

void
addr_mask(struct addr *a, unsigned bits)
{
	unsigned	 i;

	for (i = 0; i < 16; i++) {
		if (bits >= 8)
			bits -= 8;
		else {
			a->ip[i] &= (uint8_t)(0xff00u >> bits);
			bits = 0;
		}
	}
}

bool
addr_embedded_v4(const struct addr *a, struct addr *v4)
{
	static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b };
	static const uint8_t local64[6] = { 0, 0x64, 0xff, 0x9b, 0, 1 };
	static const uint8_t translated[12] = { [8] = 0xff, 0xff };	/* RFC 2765 */
	static const uint8_t zero[12];
	const uint8_t	*ip = a->ip;
	uint8_t		 at[4];

	if (addr_is_v4(a))
		return false;
	if (memcmp(ip, nat64, 12) == 0 || memcmp(ip, translated, 12) == 0) {
		memcpy(at, ip + 12, 4);
	} else if (memcmp(ip, local64, 6) == 0) {	/* RFC 8215 networks use /96 of it in
							 * practice */
		memcpy(at, ip + 12, 4);
	} else if (ip[0] == 0x20 && ip[1] == 0x02) {
		memcpy(at, ip + 2, 4);
	} else if (ip[0] == 0x20 && ip[1] == 0x01 && ip[2] == 0 && ip[3] == 0) {
		for (int i = 0; i < 4; i++)
			at[i] = (uint8_t)~ip[12 + i];
	} else if (memcmp(ip, zero, 12) == 0 && !addr_is_any(a) && !addr_is_loopback(a)) {
		memcpy(at, ip + 12, 4);
	} else {
		return false;
	}
	*v4 = addr_from_v4((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
	    at[3], a->port);
	return true;
}

uint64_t
addr_hash(const struct addr *a)
{
	return hash_bytes(a->ip, 16);
}
