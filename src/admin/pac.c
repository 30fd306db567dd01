/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the PAC file. Every value is parsed into a host or a network first and written anew, so that nothing of the configuration reaches the
 * script as it stands. The script is ES3 (browsers run PAC files in all kinds of engines), asks no name server, and finds a domain among
 * thousands by looking up its suffixes. Runs in the master while the settings are compiled.
 */
#include "admin/pac.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/sb.h"
#include "http/target.h"

enum { PAC_MAX = 16 << 20, SELF = 1, BELOW = 2 };

struct domain {
	struct span	 name;		/* canonical, without a dot in front */
	unsigned	 what;		/* SELF | BELOW */
};

struct net {
	struct addr	 addr;
	unsigned	 bits;		/* of 32 or 128 */
};

struct build {
	const struct pac_input	*in;
	struct arena		*a;
	struct diag		*d;
	struct domain		*domains;
	struct net		*nets;
	size_t			 n_domains, cap_domains, n_nets, cap_nets, n_v6;
	struct sb		 chain;		/* "PROXY a:1; DIRECT" */
	bool			 own;		/* the fallback is being added, which nobody wrote */
	bool			 failed;
};

static void
fail(struct build *b, const struct acl_word *w, const char *what)
{
	int	 n = (int)(w->text.n < 200 ? w->text.n : 200);

	b->failed = true;
	if (b->own)		/* that this machine's name is no host name is no mistake of the file's */
		diag_warn(b->d, w->at, "no PAC file without a pac_proxy line: %s: \"%.*s\"", what, n, w->text.p);
	else
		diag_error(b->d, w->at, "%s: \"%.*s\"", what, n, w->text.p);
}

static const char *
kind_of(struct span word)
{
	static const struct { const char *word, *kind; } kinds[] = {
		{ "PROXY", "PROXY" }, { "HTTP", "PROXY" }, { "HTTPS", "HTTPS" }, { "SOCKS", "SOCKS" }, { "SOCKS4", "SOCKS4" },
		{ "SOCKS5", "SOCKS5" },
	};

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (span_iis(word, kinds[i].word))
			return kinds[i].kind;
	return NULL;
}

static void
link_chain(struct build *b, const char *kind, struct span where)
{
	if (b->chain.n > 0)
		SB_LIT(&b->chain, "; ");
	sb_str(&b->chain, kind);
	if (where.n > 0)
		sb_char(&b->chain, ' ');
	sb_span(&b->chain, where);
}

static void
add_proxy(struct build *b, const char *kind, const struct acl_word *w)
{
	struct span	 text = w->text;
	struct target	 t;
	ptrdiff_t	 colon = span_find(text, ':');

	if (colon > 0 && (size_t)colon + 2 < text.n && text.p[colon + 1] == '/' && text.p[colon + 2] == '/') {
		kind = kind_of(span_at(text.p, (size_t)colon));
		text = span_at(text.p + colon + 3, text.n - (size_t)colon - 3);
		if (text.n > 0 && text.p[text.n - 1] == '/')
			text.n--;
		if (kind == NULL)
			return fail(b, w, "pac_proxy: no kind of proxy that browsers know");
	}
	memset(&t, 0, sizeof t);
	if (target_parse_host(&t, text, 0, b->a) != TARGET_OK || t.host.n == 0)
		return fail(b, w, "pac_proxy: not a host and port");
	if (!t.port_given || t.port == 0)
		return fail(b, w, "pac_proxy: the port is missing");
	t.form = TARGET_AUTHORITY;
	link_chain(b, kind == NULL ? "PROXY" : kind, target_authority(&t, true, b->a));
}

static void
add_proxies(struct build *b)
{
	const struct pac_input	*in = b->in;
	struct acl_word		 own = { .text = in->fallback, .at = { NULL, 0, 0 } };
	const char		*kind = NULL;

	for (size_t i = 0; i < in->n_proxies; i++) {
		const struct acl_word	*w = &in->proxies[i];

		if (kind == NULL && span_iis(w->text, "DIRECT")) {
			link_chain(b, "DIRECT", SPAN_NONE);
			continue;
		}
		if (kind == NULL && (kind = kind_of(w->text)) != NULL) {
			if (i + 1 == in->n_proxies)
				fail(b, w, "pac_proxy: a kind without a host and port behind it");
			continue;
		}
		add_proxy(b, kind, w);
		kind = NULL;
	}
	if (in->n_proxies > 0 || in->fallback.n == 0)
		return;
	b->own = true;
	add_proxy(b, NULL, &own);
	b->own = false;
}

static void
add_failover(struct build *b)
{
	const struct acl_word	*w = &b->in->failover;

	if (w->text.n == 0 || span_iis(w->text, "none") || span_iis(w->text, "off"))
		return;
	if (span_iis(w->text, "direct") || span_iis(w->text, "on"))
		link_chain(b, "DIRECT", SPAN_NONE);
	else
		fail(b, w, "pac_failover is direct or none, not");
}

static struct span
without_brackets(struct span s)
{
	return s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']' ? span_at(s.p + 1, s.n - 2) : s;
}

/* "8" or "255.0.0.0" as the number of leading ones; false: neither. */
static bool
prefix_bits(struct span s, bool v4, unsigned *bits)
{
	struct addr	 mask;
	uint64_t	 n;
	uint32_t	 m;

	if (span_u64(s, v4 ? 32 : 128, &n)) {
		*bits = (unsigned)n;
		return true;
	}
	if (!v4 || !addr_parse(&mask, s) || !addr_is_v4(&mask))
		return false;
	m = addr_v4(&mask);
	for (*bits = 0; *bits < 32 && (m & 0x80000000U >> *bits) != 0; (*bits)++)
		;
	return *bits == 32 || (m << *bits) == 0;
}

/* False: it is no address. */
static bool
add_net(struct build *b, const struct acl_word *w)
{
	struct span	 rest = w->text, head;
	struct net	 net;
	bool		 v4;

	span_cut(&rest, '/', &head);
	if (!addr_parse(&net.addr, without_brackets(head))) {
		if (rest.p != NULL)
			fail(b, w, "pac_direct: not a network");
		return rest.p != NULL;
	}
	v4 = addr_is_v4(&net.addr);
	net.bits = v4 ? 32 : 128;
	if (rest.p != NULL && !prefix_bits(rest, v4, &net.bits)) {
		fail(b, w, "pac_direct: not a network");
		return true;
	}
	addr_mask(&net.addr, v4 ? net.bits + 96 : net.bits);
	b->n_v6 += !v4;
	b->nets = mem_room(b->nets, b->n_nets, &b->cap_nets, sizeof *b->nets);
	b->nets[b->n_nets++] = net;
	return true;
}

static void
add_domain(struct build *b, const struct acl_word *w)
{
	struct domain	 dom = { .what = SELF };
	struct span	 name = w->text;
	struct target	 t;

	if (span_starts(name, SPAN("*."))) {
		dom.what = BELOW;
		name = span_at(name.p + 2, name.n - 2);
	} else if (name.n > 1 && name.p[0] == '.') {
		dom.what = SELF | BELOW;
		name = span_at(name.p + 1, name.n - 1);
	}
	memset(&t, 0, sizeof t);
	if (target_host(&t, name, b->a) != TARGET_OK || t.host.n == 0 || t.is_addr || t.host.p[0] == '.') {
		fail(b, w, "pac_direct: not a domain, host, address or network");
		return;
	}
	dom.name = t.host;
	b->domains = mem_room(b->domains, b->n_domains, &b->cap_domains, sizeof *b->domains);
	b->domains[b->n_domains++] = dom;
}

static int
by_name(const void *a, const void *b)
{
	return span_cmp(((const struct domain *)a)->name, ((const struct domain *)b)->name);
}

/* Sorted, each once. */
static void
tidy_domains(struct build *b)
{
	size_t	 n = 0;

	if (b->n_domains > 1)
		qsort(b->domains, b->n_domains, sizeof *b->domains, by_name);
	for (size_t i = 0; i < b->n_domains; i++) {
		if (n > 0 && span_eq(b->domains[n - 1].name, b->domains[i].name))
			b->domains[n - 1].what |= b->domains[i].what;
		else
			b->domains[n++] = b->domains[i];
	}
	b->n_domains = n;
}

/* In double quotes; canonical hosts have nothing to escape, and if they had, it would be here. */
static void
put_string(struct sb *out, struct span s)
{
	sb_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char	 c = (unsigned char)s.p[i];

		if (c < ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c == '\'')
			sb_printf(out, "\\x%02x", c);
		else
			sb_char(out, s.p[i]);
	}
	sb_char(out, '"');
}

/* 1: the name itself is direct, 2: all below it, 3: both. The key's dot keeps names off the properties every object has. */
static void
put_domains(const struct build *b, struct sb *out)
{
	SB_LIT(out, "var domains = {");
	for (size_t i = 0; i < b->n_domains; i++) {
		struct span	 key = arena_printf(b->a, ".%.*s", SPAN_ARG(b->domains[i].name));

		sb_str(out, i == 0 ? "\n\t" : ",\n\t");
		put_string(out, key);
		sb_printf(out, ": %u", b->domains[i].what);
	}
	SB_LIT(out, "\n};\n");
}

/* [first part of the address as a number, what an address is divided by to get it] */
static void
put_nets4(const struct build *b, struct sb *out)
{
	const char	*sep = "\n\t";

	SB_LIT(out, "var nets4 = [");
	for (size_t i = 0; i < b->n_nets; i++) {
		const struct net	*n = &b->nets[i];
		uint64_t		 size = 1ULL << (32 - (n->bits > 32 ? 32 : n->bits));
		char			 text[ADDR_TEXT];

		if (!addr_is_v4(&n->addr))
			continue;
		sb_printf(out, "%s[%llu, %llu] /* %s/%u */", sep, (unsigned long long)(addr_v4(&n->addr) / size),
		    (unsigned long long)size, addr_print(&n->addr, text), n->bits);
		sep = ",\n\t";
	}
	SB_LIT(out, "\n];\n");
}

/* [bits, eight 16-bit groups] */
static void
put_nets6(const struct build *b, struct sb *out)
{
	const char	*sep = "\n\t";

	SB_LIT(out, "var nets6 = [");
	for (size_t i = 0; i < b->n_nets; i++) {
		const struct net	*n = &b->nets[i];

		if (addr_is_v4(&n->addr))
			continue;
		sb_printf(out, "%s[%u", sep, n->bits);
		for (unsigned k = 0; k < 16; k += 2)
			sb_printf(out, ", %u", n->addr.ip[k] * 256u + n->addr.ip[k + 1]);
		sb_char(out, ']');
		sep = ",\n\t";
	}
	SB_LIT(out, "\n];\n");
}

static const char	 domain_code[] =
	"\nfunction directName(host) {\n"
	"	var i, want = 1;\n"
	"	for (i = 0; i >= 0; want = 2) {\n"
	"		var has = domains[\".\" + host.substring(i)];\n"
	"		if (typeof has == \"number\" && (has & want))\n"
	"			return true;\n"
	"		i = host.indexOf(\".\", i);\n"
	"		if (i >= 0)\n"
	"			i++;\n"
	"	}\n"
	"	return false;\n"
	"}\n";

static const char	 ip4_code[] =
	"\n/* An IPv4 address as a number; -1: it is none. */\n"
	"function ip4(host) {\n"
	"	var m = /^(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})$/.exec(host), n = 0, i;\n"
	"	if (!m)\n"
	"		return -1;\n"
	"	for (i = 1; i <= 4; i++) {\n"
	"		if (m[i] > 255)\n"
	"			return -1;\n"
	"		n = n * 256 + (m[i] - 0);\n"
	"	}\n"
	"	return n;\n"
	"}\n"
	"\nfunction directNet4(n) {\n"
	"	var i;\n"
	"	for (i = 0; i < nets4.length; i++)\n"
	"		if (Math.floor(n / nets4[i][1]) == nets4[i][0])\n"
	"			return true;\n"
	"	return false;\n"
	"}\n";

static const char	 ip6_code[] =
	"\n/* An IPv6 address as eight numbers; null: it is none. */\n"
	"function ip6(host) {\n"
	"	var at = host.indexOf(\"%\"), v4, halves, left, right, all, i;\n"
	"	if (at >= 0)\n"
	"		host = host.substring(0, at);\n"
	"	at = host.lastIndexOf(\":\");\n"
	"	if (at < 0)\n"
	"		return null;\n"
	"	v4 = ip4(host.substring(at + 1));\n"
	"	if (v4 >= 0)\n"
	"		host = host.substring(0, at + 1) + Math.floor(v4 / 65536).toString(16) + \":\" + (v4 % 65536).toString(16);\n"
	"	halves = host.split(\"::\");\n"
	"	left = halves[0] == \"\" ? [] : halves[0].split(\":\");\n"
	"	right = halves.length < 2 || halves[1] == \"\" ? [] : halves[1].split(\":\");\n"
	"	if (halves.length > 2 || (halves.length < 2 ? left.length != 8 : left.length + right.length > 7))\n"
	"		return null;\n"
	"	while (left.length + right.length < 8)\n"
	"		left[left.length] = \"0\";\n"
	"	all = left.concat(right);\n"
	"	for (i = 0; i < 8; i++) {\n"
	"		if (!/^[0-9a-f]{1,4}$/.test(all[i]))\n"
	"			return null;\n"
	"		all[i] = parseInt(all[i], 16);\n"
	"	}\n"
	"	return all;\n"
	"}\n"
	"\nfunction inNet6(a, net) {\n"
	"	var i, left = net[0], part;\n"
	"	for (i = 0; left > 0; i++, left -= 16) {\n"
	"		part = left >= 16 ? 1 : Math.pow(2, 16 - left);\n"
	"		if (Math.floor(a[i] / part) != Math.floor(net[i + 1] / part))\n"
	"			return false;\n"
	"	}\n"
	"	return true;\n"
	"}\n"
	"\nfunction directNet6(a) {\n"
	"	var i;\n"
	"	for (i = 0; i < nets6.length; i++)\n"
	"		if (inNet6(a, nets6[i]))\n"
	"			return true;\n"
	"	return false;\n"
	"}\n";

/* What is there of a host: names without a dot and loopback first. */
static void
put_main(const struct build *b, struct sb *out)
{
	SB_LIT(out, "\nfunction FindProxyForURL(url, host) {\n"
	    "	host = host.toLowerCase();\n"
	    "	if (host.charAt(0) == \"[\")\n"
	    "		host = host.substring(1, host.length - 1);\n"
	    "	if (host.charAt(host.length - 1) == \".\")\n"
	    "		host = host.substring(0, host.length - 1);\n"
	    "	if (host.indexOf(\".\") < 0 && host.indexOf(\":\") < 0)\n"
	    "		return \"DIRECT\";	/* a plain name of this network, localhost */\n"
	    "	if (/\\.localhost$/.test(host) || /^127\\.\\d+\\.\\d+\\.\\d+$/.test(host) || host == \"::1\")\n"
	    "		return \"DIRECT\";\n");
	if (b->n_domains > 0)
		SB_LIT(out, "	if (directName(host))\n		return \"DIRECT\";\n");
	if (b->n_nets > b->n_v6)
		SB_LIT(out, "	var n = ip4(host);\n	if (n >= 0 && directNet4(n))\n		return \"DIRECT\";\n");
	if (b->n_v6 > 0)
		SB_LIT(out, "	var a = ip6(host);\n	if (a && directNet6(a))\n		return \"DIRECT\";\n");
	SB_LIT(out, "	return ");
	put_string(out, sb_done(&b->chain));
	SB_LIT(out, ";\n}\n");
}

static void
put_all(const struct build *b, struct sb *out)
{
	SB_LIT(out, "// Proxy auto-configuration, made by Sepia from its configuration.\n\n");
	if (b->n_domains > 0) {
		put_domains(b, out);
		sb_str(out, domain_code);
	}
	if (b->n_nets > 0)
		put_nets4(b, out);
	if (b->n_v6 > 0)
		put_nets6(b, out);
	if (b->n_nets > 0)
		sb_str(out, ip4_code);
	if (b->n_v6 > 0)
		sb_str(out, ip6_code);
	put_main(b, out);
}

struct span
pac_build(const struct pac_input *in, struct arena *a, struct diag *d)
{
	struct build	 b = { .in = in, .a = a, .d = d };
	struct span	 text = SPAN_NONE;
	struct sb	 out;

	sb_heap(&b.chain, 65536);
	sb_heap(&out, PAC_MAX);
	add_proxies(&b);
	if (b.chain.n > 0)
		add_failover(&b);
	for (size_t i = 0; i < in->n_direct; i++)
		if (!add_net(&b, &in->direct[i]))
			add_domain(&b, &in->direct[i]);
	tidy_domains(&b);
	if (!b.failed && b.chain.n > 0) {
		put_all(&b, &out);
		if (sb_ok(&out) && sb_ok(&b.chain))
			text = arena_span(a, sb_done(&out));
		if (text.p == NULL)
			diag_error(d, (struct diag_place){ NULL, 0, 0 }, "the PAC file would be larger than 16 MB");
	}
	sb_free(&out);
	sb_free(&b.chain);
	free(b.domains);
	free(b.nets);
	return text;
}
