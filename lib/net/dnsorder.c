/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Destination address selection (RFC 6724, 6). Rules 1, 2, 5, 6, 8, 9 (for IPv6, as resolvers do:
 * prefix lengths say nothing about IPv4 and would undo a server's rotation) and 10. Rules 3, 4 and
 * 7 need what the kernel does not tell cheaply.
 */
#include "net/dnsorder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"

struct policy {			/* RFC 6724, 2.1 */
	uint8_t		 prefix[16];
	uint8_t		 bits, precedence, label;
};

static const struct policy	 policies[] = {	/* longest prefix first */
	{ { [15] = 1 }, 128, 50, 0 },					/* ::1 */
	{ { [10] = 0xff, 0xff }, 96, 35, 4 },				/* ::ffff:0:0, IPv4 */
	{ { 0 }, 96, 1, 3 },						/* IPv4-compatible */
	{ { 0x20, 0x01 }, 32, 5, 5 },					/* Teredo */
	{ { 0x20, 0x02 }, 16, 30, 2 },					/* 6to4 */
	{ { 0x3f, 0xfe }, 16, 1, 12 },					/* 6bone */
	{ { 0xfe, 0xc0 }, 10, 1, 11 },					/* site-local */
	{ { 0xfc }, 7, 3, 13 },						/* ULA */
	{ { 0 }, 0, 40, 1 },
};

enum scope { LINK = 2, SITE = 5, GLOBAL = 14 };

struct rank {
	struct addr	 a;
	unsigned	 was;		/* its place before */
	bool		 usable, scope_fits, label_fits, v6;
	int		 precedence, scope;
	unsigned	 common;	/* leading bits shared with the source */
};

static unsigned
shared(const uint8_t *a, const uint8_t *b)
{
	for (unsigned i = 0; i < 16; i++)
		if (a[i] != b[i])
			return i * 8 + (unsigned)__builtin_clz((unsigned)(a[i] ^ b[i])) - 24;
	return 128;
}

static const struct policy *
policy(const struct addr *a)
{
	const struct policy	*p = policies;

	while (shared(a->ip, p->prefix) < p->bits)
		p++;
	return p;
}

static enum scope
scope(const struct addr *a)
{
	if (addr_is_loopback(a))
		return LINK;
	if (addr_is_v4(a))
		return addr_v4(a) >> 16 == 0xa9fe ? LINK : GLOBAL;	/* 169.254/16 */
	if (a->ip[0] == 0xff)
		return (enum scope)(a->ip[1] & 15);
	if (a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80)
		return LINK;
	if (a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0xc0)
		return SITE;
	return GLOBAL;
}

static int
compare(const void *pa, const void *pb)
{
	const struct rank	*a = pa, *b = pb;

	if (a->usable != b->usable)
		return a->usable ? -1 : 1;			/* rule 1 */
	if (a->scope_fits != b->scope_fits)
		return a->scope_fits ? -1 : 1;			/* rule 2 */
	if (a->label_fits != b->label_fits)
		return a->label_fits ? -1 : 1;			/* rule 5 */
	if (a->precedence != b->precedence)
		return a->precedence > b->precedence ? -1 : 1;	/* rule 6 */
	if (a->scope != b->scope)
		return a->scope < b->scope ? -1 : 1;		/* rule 8 */
	if (a->v6 && b->v6 && a->common != b->common)
		return a->common > b->common ? -1 : 1;		/* rule 9 */
	return a->was < b->was ? -1 : 1;			/* rule 10 */
}

bool
dnsorder_source(const struct addr *to, struct addr *source)
{
	struct sockaddr_storage	 ss;
	struct addr		 at = *to;
	socklen_t		 len;
	bool			 ok;
	int			 fd;

	at.port = 53;			/* any; nothing is sent */
	len = addr_to_sock(&at, &ss);
	fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	ok = connect(fd, (struct sockaddr *)&ss, len) == 0;
	len = sizeof ss;
	ok = ok && getsockname(fd, (struct sockaddr *)&ss, &len) == 0 &&
	    addr_from_sock(source, (struct sockaddr *)&ss);
	close(fd);
	return ok;
}

void
dnsorder_sort_with(struct addr *a, const struct addr *sources, const bool *have, size_t n)
{
	struct rank	 ranks[DNSORDER_MOST];

	MUST(n <= DNSORDER_MOST);
	for (size_t i = 0; i < n; i++) {
		const struct policy	*p = policy(&a[i]);
		struct rank		*r = &ranks[i];

		*r = (struct rank){ .a = a[i], .was = (unsigned)i, .usable = have[i],
		    .v6 = !addr_is_v4(&a[i]), .precedence = p->precedence, .scope = scope(&a[i]) };
		if (!have[i])
			continue;
		r->scope_fits = scope(&a[i]) == scope(&sources[i]);
		r->label_fits = p->label == policy(&sources[i])->label;
		r->common = shared(a[i].ip, sources[i].ip);
		/* RFC 6724, 2.2: of the prefix, not of the interface's part */
		if (r->common > 64)
			r->common = 64;
	}
	qsort(ranks, n, sizeof ranks[0], compare);
	for (size_t i = 0; i < n; i++)
		a[i] = ranks[i].a;
}

void
dnsorder_sort(struct addr *a, size_t n)
{
	struct addr	 sources[DNSORDER_MOST];
	bool		 have[DNSORDER_MOST];

	MUST(n <= DNSORDER_MOST);
	if (n < 2)
		return;
	for (size_t i = 0; i < n; i++)
		have[i] = dnsorder_source(&a[i], &sources[i]);
	dnsorder_sort_with(a, sources, have, n);
}
