/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of the resolver: order of addresses, packets taken apart. */
#include <string.h>

#include "net/dnsorder.h"
#include "net/dnsreply.h"
#include "test_net.h"

static const struct {
	const char	*in[4], *source[4], *out[4];	/* source "-": no route */
} orders[] = {
	/* RFC 6724, 10.2: destinations with the sources that were chosen for them. */
	{ { "198.51.100.121", "2001:db8:1::1" }, { "198.51.100.117", "2001:db8:1::2" },
	    { "2001:db8:1::1", "198.51.100.121" } },
	{ { "2001:db8:1::1", "198.51.100.121" }, { "fe80::1", "198.51.100.117" },
	    { "198.51.100.121", "2001:db8:1::1" } },
	{ { "2001:db8:1::1", "10.1.2.3" }, { "2001:db8:1::2", "10.1.2.4" },
	    { "2001:db8:1::1", "10.1.2.3" } },
	{ { "2001:db8:1::1", "fe80::1" }, { "2001:db8:1::2", "fe80::2" },
	    { "fe80::1", "2001:db8:1::1" } },
	{ { "2002:c633:6401::1", "2001:db8:1::1" }, { "2002:c633:6401::2", "2002:c633:6401::2" },
	    { "2002:c633:6401::1", "2001:db8:1::1" } },
	{ { "2002:c633:6401::1", "2001:db8:1::1" }, { "2002:c633:6401::2", "2001:db8:1::2" },
	    { "2001:db8:1::1", "2002:c633:6401::1" } },
	/* No route: last. */
	{ { "2001:db8:1::1", "192.0.2.1", "192.0.2.2" }, { "-", "10.0.0.1", "10.0.0.1" },
	    { "192.0.2.1", "192.0.2.2", "2001:db8:1::1" } },
	/* IPv4 keeps the server's order whatever prefix it shares. */
	{ { "192.0.2.1", "10.0.0.2" }, { "10.0.0.1", "10.0.0.1" }, { "192.0.2.1", "10.0.0.2" } },
	/* Longest prefix for IPv6. */
	{ { "2001:db8:2::1", "2001:db8:1::1" }, { "2001:db8:1::2", "2001:db8:1::2" },
	    { "2001:db8:1::1", "2001:db8:2::1" } },
	/* ULA against IPv4 when only a global source is there. */
	{ { "fd00::1", "192.0.2.1" }, { "2001:db8::1", "10.0.0.1" }, { "192.0.2.1", "fd00::1" } },
};

START_TEST(order_is_that_of_rfc_6724)
{
	struct addr	 a[4], source[4];
	bool		 have[4];
	size_t		 n = 0;
	char		 text[ADDR_TEXT];

	for (; n < 4 && orders[_i].in[n] != NULL; n++) {
		ck_assert(addr_parse(&a[n], span_of(orders[_i].in[n])));
		have[n] = strcmp(orders[_i].source[n], "-") != 0;
		ck_assert(!have[n] || addr_parse(&source[n], span_of(orders[_i].source[n])));
	}
	dnsorder_sort_with(a, source, have, n);
	for (size_t i = 0; i < n; i++)
		ck_assert_str_eq(addr_print(&a[i], text), orders[_i].out[i]);
}
END_TEST

#define HEAD(answers)	"\0\1\x81\x80\0\1\0" answers "\0\0\0\0"
#define QUESTION	"\1A\4Test\0\0\1\0\1"
#define FIXED(type, ttl, len)	"\0" type "\0\1\0\0\0" ttl "\0" len

static const struct {
	const char	*p;
	size_t		 n;
	enum dnsreply_type type;
	enum dns_result	 result;
	unsigned	 count, ttl;
	const char	*name;
} packets[] = {
#define P(lit) lit, sizeof(lit) - 1
	{ P(""), DNSREPLY_A, DNS_FAILED, 0, 0, "" },
	{ P(HEAD("\1")), DNSREPLY_A, DNS_FAILED, 0, 0, "" },
	{ P(HEAD("\0") QUESTION), DNSREPLY_A, DNS_NO_NAME, 0, 0, "" },
	{ P(HEAD("\1") QUESTION "\xc0\x0c" FIXED("\1", "\x3c", "\4") "\1\2\3\4"), DNSREPLY_A,
	    DNS_OK, 1, 60, "" },
	/* Owner in another case, spelt out. */
	{ P(HEAD("\1") QUESTION "\1a\4TEST\0" FIXED("\1", "\x3c", "\4") "\1\2\3\4"), DNSREPLY_A,
	    DNS_OK, 1, 60, "" },
	/* Another owner, another type, another length: not taken. */
	{ P(HEAD("\1") QUESTION "\1b\xc0\x0e" FIXED("\1", "\x3c", "\4") "\1\2\3\4"), DNSREPLY_A,
	    DNS_NO_NAME, 0, 0, "" },
	{ P(HEAD("\1") QUESTION "\xc0\x0c" FIXED("\x10", "\x3c", "\4") "\1\2\3\4"), DNSREPLY_A,
	    DNS_NO_NAME, 0, 0, "" },
	{ P(HEAD("\1") QUESTION "\xc0\x0c" FIXED("\1", "\x3c", "\3") "\1\2\3"), DNSREPLY_A,
	    DNS_NO_NAME, 0, 0, "" },
	/* CNAME behind what it leads to; the least TTL counts. */
	{ P(HEAD("\2") QUESTION "\1b\xc0\x0e" FIXED("\1", "\x3c", "\4") "\1\2\3\4"
	    "\xc0\x0c" FIXED("\5", "\x0a", "\4") "\1b\xc0\x0e"), DNSREPLY_A, DNS_OK, 1, 10, "" },
	/* A CNAME to itself. */
	{ P(HEAD("\1") QUESTION "\xc0\x0c" FIXED("\5", "\x0a", "\2") "\xc0\x0c"), DNSREPLY_A,
	    DNS_NO_NAME, 0, 0, "" },
	/* Pointers: to itself, forward, out of the packet. */
	{ P(HEAD("\1") QUESTION "\xc0\x18" FIXED("\1", "\x3c", "\4") "\1\2\3\4"), DNSREPLY_A,
	    DNS_FAILED, 0, 0, "" },
	{ P(HEAD("\1") QUESTION "\xc0\x1a" FIXED("\1", "\x3c", "\4") "\1\2\3\4"), DNSREPLY_A,
	    DNS_FAILED, 0, 0, "" },
	{ P(HEAD("\1") QUESTION "\xff\xff" FIXED("\1", "\x3c", "\4") "\1\2\3\4"), DNSREPLY_A,
	    DNS_FAILED, 0, 0, "" },
	/* Cut short; a second record that is not there spoils the first. */
	{ P(HEAD("\1") QUESTION "\xc0\x0c" FIXED("\1", "\x3c", "\4") "\1\2\3"), DNSREPLY_A,
	    DNS_FAILED, 0, 0, "" },
	{ P(HEAD("\2") QUESTION "\xc0\x0c" FIXED("\1", "\x3c", "\4") "\1\2\3\4"), DNSREPLY_A,
	    DNS_FAILED, 0, 0, "" },
	/* A mapped address as AAAA. */
	{ P(HEAD("\1") QUESTION "\xc0\x0c"
	    FIXED("\x1c", "\x3c", "\x10") "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1"), DNSREPLY_AAAA,
	    DNS_NO_NAME, 0, 0, "" },
	{ P(HEAD("\1") QUESTION "\xc0\x0c" FIXED("\x0c", "\x3c", "\7") "\4Host\xc0\x0e"),
	    DNSREPLY_PTR, DNS_OK, 0, 60, "host.test" },
	{ P(HEAD("\1") QUESTION "\xc0\x0c" FIXED("\x0c", "\x3c", "\7") "\4H st\xc0\x0e"),
	    DNSREPLY_PTR, DNS_NO_NAME, 0, 0, "" },
	{ P(HEAD("\1") QUESTION "\xc0\x0c" FIXED("\x0c", "\x3c", "\1") "\0"), DNSREPLY_PTR,
	    DNS_NO_NAME, 0, 0, "" },
};

START_TEST(packets_are_judged)
{
	struct dnsreply	 r;

	dnsreply_parse((const unsigned char *)packets[_i].p, packets[_i].n, packets[_i].type, &r);
	ck_assert_int_eq(r.result, packets[_i].result);
	ck_assert_uint_eq(r.n, packets[_i].count);
	ck_assert_uint_eq(r.ttl_s, packets[_i].ttl);
	ck_assert(span_is(span_at(r.name, r.name_n), packets[_i].name));
}
END_TEST

/* Whatever is cut off its end or turned in it, a packet does no harm (the sanitizers watch). */
START_TEST(damaged_packets_do_no_harm)
{
	struct dnsreply	 r;
	unsigned char	 copy[128];
	size_t		 n = packets[_i].n;

	for (size_t i = 0; i < n; i++) {
		dnsreply_parse((const unsigned char *)packets[_i].p, i, packets[_i].type, &r);
		memcpy(copy, packets[_i].p, n);
		copy[i] ^= 0xc0;
		dnsreply_parse(copy, n, packets[_i].type, &r);
		ck_assert_uint_le(r.n, DNSREPLY_ADDRS);
	}
}
END_TEST

/*
 * A name of so many pointers, each to the one before: 127, as many as a name has labels, is the
 * most.
 */
static const unsigned	 chains[] = { 1, 2, 126, 127, 128, 1000 };

START_TEST(pointers_have_an_end)
{
	/* and the high byte of the length */
	static const char	 begin[] = HEAD("\2") QUESTION "\xc0\x0c" FIXED("\x10", "\x3c", "");
	static const char	 last[] = FIXED("\1", "\x3c", "\4") "\1\2\3\4";
	unsigned char		 p[4096];
	size_t			 n = sizeof begin - 2, to = 12;
	unsigned		 inside = (chains[_i] - 1) * 2;
	struct dnsreply		 r;

	memcpy(p, begin, n);
	p[n++] = (unsigned char)(inside >> 8);
	p[n++] = (unsigned char)inside;
	/* all but the last stand in a TXT record, that is a name */
	for (unsigned i = 0; i < chains[_i]; i++) {
		p[n] = (unsigned char)(0xc0 | to >> 8);
		p[n + 1] = (unsigned char)to;
		to = n;
		n += 2;
	}
	memcpy(p + n, last, sizeof last - 1);
	n += sizeof last - 1;
	dnsreply_parse(p, n, DNSREPLY_A, &r);
	ck_assert_int_eq(r.result, chains[_i] <= 127 ? DNS_OK : DNS_FAILED);
}
END_TEST

Suite *
dnsparts_suite(void)
{
	Suite	*s = suite_create("dnsparts");
	TCase	*t = tcase_create("dnsparts");
	int	 n = (int)(sizeof packets / sizeof packets[0]);

	tcase_add_loop_test(t, order_is_that_of_rfc_6724, 0,
	    (int)(sizeof orders / sizeof orders[0]));
	tcase_add_loop_test(t, packets_are_judged, 0, n);
	tcase_add_loop_test(t, damaged_packets_do_no_harm, 0, n);
	tcase_add_loop_test(t, pointers_have_an_end, 0, (int)(sizeof chains / sizeof chains[0]));
	suite_add_tcase(s, t);
	return s;
}
