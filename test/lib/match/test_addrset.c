/* SPDX-License-Identifier: Apache-2.0 */
/* Address sets: values as text, borders, and random sets against a naive list. */
#include "test_match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/addrset.h"

static struct addr
addr(const char *text)
{
	struct addr	 a;

	ck_assert_msg(addr_parse(&a, span_of(text)), "%s", text);
	return a;
}

enum outcome { ADDED, WARNED, HOST, WRONG };

START_TEST(texts)
{
	static const struct {
		const char	*text;
		enum outcome	 outcome;
		const char	*in, *out;	/* addresses, separated by spaces */
	} cases[] = {
		{ "10.0.0.1", ADDED, "10.0.0.1 ::ffff:10.0.0.1", "10.0.0.0 10.0.0.2 ::a00:1 ::1" },
		{ "10.0.0.0/8", ADDED, "10.0.0.0 10.255.255.255", "9.255.255.255 11.0.0.0 ::" },
		{ "10.1.2.3/8", WARNED, "10.0.0.0 10.255.255.255", "11.0.0.0" },
		{ "10.0.0.0/255.255.0.0", ADDED, "10.0.255.255", "10.1.0.0" },
		{ "10.0.0.0/0.0.0.0", WARNED, "0.0.0.0 255.255.255.255", "::1 2001:db8::1" },
		{ "10.0.0.0/255.0.255.0", WRONG, "", "" },
		{ "10.0.0.0/33", WRONG, "", "" }, { "10.0.0.0/", WRONG, "", "" },
		{ "10.0.0.0/x", WRONG, "", "" }, { "10.0.0.0/-1", WRONG, "", "" },
		{ "10.0.0.5-10.0.0.9", ADDED, "10.0.0.5 10.0.0.9", "10.0.0.4 10.0.0.10" },
		{ "10.0.0.9-10.0.0.5", WRONG, "", "" }, { "10.0.0.1-::1", WRONG, "", "" },
		{ "10.0.0.1-x", WRONG, "", "" }, { "10.0.0.1-", WRONG, "", "" },
		{ "10.0.0.0-10.0.3.0/24", ADDED, "10.0.0.0 10.0.3.255", "10.0.4.0" },
		{ "10.1", WRONG, "", "" }, { "192.168/16", WRONG, "", "" },
		{ "1234", WRONG, "", "" }, { "010.0.0.1", WRONG, "", "" },
		{ "256.1.1.1", WRONG, "", "" },
		{ "2001:db8::/32", ADDED, "2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
		    "2001:db9:: 2001:db7:ffff::" },
		{ "2001:db8::/ffff:ffff::", ADDED, "2001:db8:1::", "2001:db9::" },
		{ "[2001:db8::1]", ADDED, "2001:db8::1", "2001:db8::2" },
		{ "2001:db8::1-2001:db8::ff", ADDED, "2001:db8::80", "2001:db8::100" },
		{ "2001:db8::/129", WRONG, "", "" }, { "fe80::g", WRONG, "", "" },
		{ "::/0", ADDED, "10.0.0.1 ::1", "" }, { "all", ADDED, "10.0.0.1 ::1 ::", "" },
		{ "0/0", WARNED, "10.0.0.1 ::1", "" }, { "0.0.0.0/0", WARNED, "::1", "" },
		{ "ipv4", ADDED, "0.0.0.0 255.255.255.255", ":: ::1 ::1:0:0:0 2001:db8::1" },
		{ "ipv6", ADDED,
		    ":: ::1 ::fffe:ffff:ffff ::1:0:0:0 2001:db8::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    "0.0.0.0 1.2.3.4 255.255.255.255" },
		{ "www.example.com", HOST, "", "" }, { "host-1.example.com", HOST, "", "" },
		{ "1-2.example.com", HOST, "", "" }, { "a-b", HOST, "", "" },
		{ "cafe-beef.example", HOST, "", "" }, { "1-a.com", HOST, "", "" },
		{ "10.0.0.1-static.example.net", HOST, "", "" }, { "10.1-10.2", WRONG, "", "" },
		{ "host/24", WRONG, "", "" }, { ".example.com", WRONG, "", "" },
		{ "", WRONG, "", "" }, { "a b", WRONG, "", "" }, { "-", WRONG, "", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addrset	*s = addrset_new();
		struct span	 host, list, one;
		const char	*why;
		bool		 ok = addrset_add_text(s, span_of(cases[i].text), &host, &why);
		enum outcome	 got = ok ? (why == NULL ? ADDED : WARNED) :
		    (host.p != NULL ? HOST : WRONG);

		ck_assert_msg(got == cases[i].outcome, "%s: %d (%s)", cases[i].text, got,
		    why == NULL ? "" : why);
		ck_assert((got == HOST || got == ADDED) == (why == NULL));
		addrset_seal(s);
		for (unsigned k = 0; k < 2; k++) {
			list = span_of(k == 0 ? cases[i].in : cases[i].out);
			while (span_cut(&list, ' ', &one)) {
				char		 text[80];
				struct addr	 a;

				if (one.n == 0)
					continue;
				a = addr(span_copy(one, text, sizeof(text)));
				ck_assert_msg(addrset_has(s, &a) == (k == 0), "%s: %s",
				    cases[i].text, text);
			}
		}
		addrset_free(&s);
	}
}
END_TEST

START_TEST(empty)
{
	struct addrset	*s = addrset_new();
	struct addr	 a = addr("1.2.3.4");

	addrset_seal(s);
	ck_assert(!addrset_has(s, &a));
	ck_assert_uint_eq(addrset_count(s), 0);
	addrset_free(&s);
	addrset_free(&s);
}
END_TEST

START_TEST(joins)
{
	struct addrset	*s = addrset_new();
	struct span	 host;
	const char	*why;

	static const char *const	 nets[] = { "10.0.0.0/9", "10.128.0.0/9", "10.1.0.0/16",
	    "12.0.0.0/8", "11.0.0.0-11.255.255.255", "14.0.0.0/8" };

	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
		ck_assert(addrset_add_text(s, span_of(nets[i]), &host, &why));
	addrset_seal(s);
	ck_assert_uint_eq(addrset_count(s), 2);
	addrset_free(&s);
}
END_TEST

struct naive {
	struct addr	 lo, hi;
};

/* Clustered: few values in the high bytes, so that prefixes are shared and borders are met. */
static struct addr
make_addr(uint64_t *seed)
{
	struct addr	 a = addr_from_v4(0, 0);

	if (draw(seed, 2) == 0) {
		memset(&a, 0, sizeof(a));
		a.ip[0] = (draw(seed, 8) == 0) ? (uint8_t)draw(seed, 256) : 0x20;
		a.ip[1] = (uint8_t)draw(seed, 3);
		a.ip[7] = (uint8_t)draw(seed, 4);
		a.ip[8] = (uint8_t)(draw(seed, 2) * 255);
	}
	a.ip[12] = (uint8_t)(draw(seed, 3) == 0 ? draw(seed, 256) : 10);
	a.ip[13] = (uint8_t)draw(seed, 3);
	a.ip[14] = (uint8_t)draw(seed, 256);
	a.ip[15] = (uint8_t)draw(seed, 256);
	return a;
}

static bool
naive_has(const struct naive *v, size_t n, const struct addr *a)
{
	for (size_t i = 0; i < n; i++) {
		if (memcmp(v[i].lo.ip, a->ip, 16) <= 0 && memcmp(a->ip, v[i].hi.ip, 16) <= 0)
			return true;
	}
	return false;
}

static struct naive
add_random(struct addrset *s, uint64_t *seed)
{
	struct naive	 r = { make_addr(seed), make_addr(seed) };
	unsigned	 bits = 128 - draw(seed, draw(seed, 8) == 0 ? 64 : 12);

	if (draw(seed, 16) != 0) {
		r.hi = r.lo;
		addr_mask(&r.lo, bits);
		for (unsigned i = bits; i < 128; i++)
			r.hi.ip[i / 8] |= (uint8_t)(0x80 >> i % 8);
		addrset_add(s, &r.hi, bits);
		return r;
	}
	memcpy(r.hi.ip, r.lo.ip, 14);
	if (memcmp(r.lo.ip, r.hi.ip, 16) > 0) {
		struct addr	 swap = r.lo;

		r.lo = r.hi;
		r.hi = swap;
	}
	addrset_add_range(s, &r.lo, &r.hi);
	return r;
}

START_TEST(against_a_list)
{
	uint64_t	 seed = (uint64_t)_i * 31 + 3;

	for (unsigned round = 0; round < 40; round++) {
		size_t		 n = draw(&seed, round % 4 == 0 ? 3000 : 40);
		struct naive	*v = calloc(n + 1, sizeof(*v));
		struct addrset	*s = addrset_new();

		for (size_t i = 0; i < n; i++)
			v[i] = add_random(s, &seed);
		addrset_seal(s);
		for (unsigned k = 0; k < 1000; k++) {
			struct addr	 a = make_addr(&seed);

			if (n > 0 && k % 4 != 0)
				a = (k & 1) ? v[draw(&seed, (uint32_t)n)].lo :
				    v[draw(&seed, (uint32_t)n)].hi;
			if (k % 3 == 0)		/* just beside a border */
				a.ip[15] = (uint8_t)(a.ip[15] + (k & 1 ? 1 : 255));
			ck_assert(addrset_has(s, &a) == naive_has(v, n, &a));
		}
		addrset_free(&s);
		free(v);
	}
}
END_TEST

TCase *
test_addrset(void)
{
	TCase	*t = tcase_create("addrset");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, texts);
	tcase_add_test(t, empty);
	tcase_add_test(t, joins);
	tcase_add_loop_test(t, against_a_list, 0, 4);
	return t;
}
