/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of src and dst ACLs as text, with Squid's meaning where it is safe: what Squid would guess
 * at (an address of two numbers, a mask with holes) is a mistake here, because a guess about who
 * may pass is worse than a message.
 */
#include "match/addrset.h"

enum verdict { IS_NET, IS_NAME, IS_WRONG };

struct net {
	struct addr	 lo, hi;	/* hi is lo where no range is written */
	unsigned	 bits;		/* of the 128-bit form */
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Something that a person meant as an address: has a colon, or no letter. */
static bool
looks_numeric(struct span t)
{
	if (span_find(t, ':') >= 0)
		return true;
	for (size_t i = 0; i < t.n; i++) {
		if (!is_digit(t.p[i]) && t.p[i] != '.' && t.p[i] != '-')
			return false;
	}
	return t.n > 0;
}

static bool
looks_like_host(struct span t)
{
	if (t.n == 0 || t.n > 253 || t.p[0] == '.' || t.p[0] == '-')
		return false;
	for (size_t i = 0; i < t.n; i++) {
		char	 c = ascii_lower(t.p[i]);

		if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' && c != '.' && c != '_')
			return false;
	}
	return true;
}

static struct span
without_brackets(struct span t)
{
	if (t.n > 2 && t.p[0] == '[' && t.p[t.n - 1] == ']')
		return span_at(t.p + 1, t.n - 2);
	return t;
}

static enum verdict
take_addr(struct addr *a, struct span t, const char **why)
{
	if (addr_parse(a, without_brackets(t)))
		return IS_NET;
	if (!looks_numeric(t))
		return IS_NAME;
	*why = "not an address: IPv4 is four numbers of 0 to 255, IPv6 is in the form of RFC 4291";
	return IS_WRONG;
}

/* "24", "255.255.255.0", "ffff:ffff::". */
static bool
take_mask(struct net *n, struct span t, const char **why)
{
	bool		 v4 = addr_is_v4(&n->lo);
	uint64_t	 bits;
	struct addr	 mask;
	unsigned	 ones = 0;

	if (span_u64(t, v4 ? 32 : 128, &bits)) {
		n->bits = (unsigned)bits + (v4 ? 96 : 0);
		return true;
	}
	if (!addr_parse(&mask, t) || addr_is_v4(&mask) != v4) {
		*why = v4 ?
		    "the part after \"/\" is a number of bits (0 to 32) or a mask like 255.255.255.0" :
		    "the part after \"/\" is a number of bits (0 to 128)";
		return false;
	}
	for (unsigned i = v4 ? 96 : 0; i < 128; i++) {
		bool	 on = (mask.ip[i / 8] >> (7 - i % 8) & 1) != 0;

		if (on && ones != i - (v4 ? 96 : 0)) {
			*why = "a mask whose ones do not stand together";
			return false;
		}
		ones += on;
	}
	n->bits = ones + (v4 ? 96 : 0);
	return true;
}

/* Where the dash of a range is, or -1: host names have dashes too. */
static ptrdiff_t
find_dash(struct span t)
{
	ptrdiff_t	 at = span_find(t, '-');
	struct addr	 ignored;

	return (at > 0 && addr_parse(&ignored, without_brackets(span_at(t.p, (size_t)at)))) ? at :
	    -1;
}

static enum verdict
take_net(struct net *n, struct span text, const char **why)
{
	ptrdiff_t	 slash = span_find(text, '/'), dash;
	struct span	 body = (slash < 0) ? text : span_at(text.p, (size_t)slash);
	struct span	 to = SPAN_NONE;
	enum verdict	 v;

	dash = find_dash(body);
	if (dash >= 0) {
		to = span_at(body.p + dash + 1, body.n - (size_t)dash - 1);
		body.n = (size_t)dash;
	}
	if ((v = take_addr(&n->lo, body, why)) != IS_NET)
		return v;
	n->hi = n->lo;
	n->bits = 128;
	if (dash >= 0 && (v = take_addr(&n->hi, to, why)) != IS_NET) {
		/* 10.0.0.1-static.example.net is a name; 10.0.0.1-x is not. */
		if (v == IS_NAME && slash < 0 && span_find(to, '.') > 0)
			return IS_NAME;
		*why = "the end of the range is no address";
		return IS_WRONG;
	}
	if (addr_is_v4(&n->lo) != addr_is_v4(&n->hi)) {
		*why = "a range from an IPv4 to an IPv6 address";
		return IS_WRONG;
	}
	if (slash >= 0 && !take_mask(n, span_at(text.p + slash + 1, text.n - (size_t)slash - 1),
	    why))
		return IS_WRONG;
	return IS_NET;
}

static bool
has_host_bits(const struct addr *a, unsigned bits)
{
	struct addr	 net = *a;

	addr_mask(&net, bits);
	return !addr_same_ip(&net, a);
}

static bool
add_net(struct addrset *s, const struct net *n, const char **why)
{
	struct addr	 lo = n->lo, hi = n->hi;

	if (has_host_bits(&lo, n->bits))
		*why = "the mask covers only part of this address: the bits outside it are ignored";
	addr_mask(&lo, n->bits);
	for (unsigned i = n->bits; i < 128; i++)
		hi.ip[i / 8] |= (uint8_t)(0x80 >> i % 8);
	if (memcmp(lo.ip, hi.ip, sizeof(lo.ip)) > 0) {
		*why = "the range ends before it begins";
		return false;
	}
	addrset_add_range(s, &lo, &hi);
	return true;
}

/* ipv4, ipv6, all; and what Squid takes for "all" with a complaint. */
static bool
add_word(struct addrset *s, struct span t, const char **why)
{
	static const char *const	 old[] = {
		"0/0", "0.0.0.0/0", "0.0.0.0/0.0.0.0", "0.0.0.0-255.255.255.255",
		    "0.0.0.0-0.0.0.0/0"
	};
	struct addr			 v4 = addr_from_v4(0, 0),
	    v4_end = addr_from_v4(UINT32_MAX, 0);
	struct addr			 lo = { .port = 0 }, hi;

	if (span_iis(t, "all")) {
		addrset_add_all(s);
		return true;
	}
	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
		if (!span_is(t, old[i]))
			continue;
		*why = "taken for \"all\", IPv6 included; write all (or ipv4)";
		addrset_add_all(s);
		return true;
	}
	if (span_iis(t, "ipv4")) {
		addrset_add_range(s, &v4, &v4_end);
		return true;
	}
	if (!span_iis(t, "ipv6"))
		return false;
	hi = v4;			/* ::fffe:ffff:ffff, the last before the mapped ones */
	hi.ip[11] = 0xfe;
	memset(hi.ip + 12, 0xff, 4);
	addrset_add_range(s, &lo, &hi);
	lo = v4;
	memset(lo.ip + 10, 0, 6);
	lo.ip[9] = 1;			/* ::1:0:0:0 */
	memset(hi.ip, 0xff, sizeof(hi.ip));
	addrset_add_range(s, &lo, &hi);
	return true;
}

bool
addrset_add_text(struct addrset *s, struct span text, struct span *host, const char **why)
{
	struct net	 n;

	*host = SPAN_NONE;
	*why = NULL;
	if (add_word(s, text, why))
		return true;
	switch (take_net(&n, text, why)) {
	case IS_NET:
		return add_net(s, &n, why);
	case IS_WRONG:
		return false;
	case IS_NAME:
		break;
	}
	if (looks_like_host(text))
		*host = text;
	else
		*why = (text.n == 0) ? "an empty value" :
		    "neither an address nor a network nor a host name";
	return false;
}
