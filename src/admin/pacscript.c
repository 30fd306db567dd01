/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of the PAC file. ES3, since browsers run PAC files in all kinds of engines; asks no name
 * server; finds a domain among thousands by looking up its suffixes. Only functions that the values
 * need are in it. Runs in the master.
 */
#include "admin/pacscript.h"

/* In double quotes; canonical hosts have nothing to escape, and if they had, it would be here. */
static void
put_string(struct sb *out, const char *front, struct span s)
{
	sb_char(out, '"');
	sb_str(out, front);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char	 c = (unsigned char)s.p[i];

		if (c < ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' ||
		    c == '&' || c == '\'')
			sb_printf(out, "\\x%02x", c);
		else
			sb_char(out, s.p[i]);
	}
	sb_char(out, '"');
}

/*
 * 1: the name itself is direct, 2: all below it, 3: both. The key's dot keeps names off the
 * properties every object has.
 */
static void
put_domains(const struct pacscript *p, struct sb *out)
{
	SB_LIT(out, "var domains = {");
	for (size_t i = 0; i < p->n_domains; i++) {
		sb_str(out, i == 0 ? "\n\t" : ",\n\t");
		put_string(out, ".", p->domains[i].name);
		sb_printf(out, ": %u", p->domains[i].what);
	}
	SB_LIT(out, "\n};\n");
}

/* [first part of the address as a number, what an address is divided by to get it] */
static void
put_nets4(const struct pacscript *p, struct sb *out)
{
	const char	*sep = "\n\t";

	SB_LIT(out, "var nets4 = [");
	for (size_t i = 0; i < p->n_nets; i++) {
		const struct pacscript_net	*n = &p->nets[i];
		uint64_t		 size = 1ULL << (32 - (n->bits > 32 ? 32 : n->bits));
		char			 text[ADDR_TEXT];

		if (!addr_is_v4(&n->addr))
			continue;
		sb_printf(out, "%s[%llu, %llu] /* %s/%u */", sep,
		    (unsigned long long)(addr_v4(&n->addr) / size), (unsigned long long)size,
		    addr_print(&n->addr, text), n->bits);
		sep = ",\n\t";
	}
	SB_LIT(out, "\n];\n");
}

/* [bits, eight 16-bit groups] */
static void
put_nets6(const struct pacscript *p, struct sb *out)
{
	const char	*sep = "\n\t";

	SB_LIT(out, "var nets6 = [");
	for (size_t i = 0; i < p->n_nets; i++) {
		const struct pacscript_net	*n = &p->nets[i];

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
put_main(const struct pacscript *p, struct sb *out)
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
	if (p->n_domains > 0)
		SB_LIT(out, "	if (directName(host))\n		return \"DIRECT\";\n");
	if (p->n_nets > p->n_v6)
		SB_LIT(out,
		    "	var n = ip4(host);\n	if (n >= 0 && directNet4(n))\n		return \"DIRECT\";\n");
	if (p->n_v6 > 0)
		SB_LIT(out,
		    "	var a = ip6(host);\n	if (a && directNet6(a))\n		return \"DIRECT\";\n");
	SB_LIT(out, "	return ");
	put_string(out, "", p->chain);
	SB_LIT(out, ";\n}\n");
}

void
pacscript_write(const struct pacscript *p, struct sb *out)
{
	SB_LIT(out, "// Proxy auto-configuration, made by Sepia from its configuration.\n\n");
	if (p->n_domains > 0) {
		put_domains(p, out);
		sb_str(out, domain_code);
	}
	if (p->n_nets > 0)
		put_nets4(p, out);
	if (p->n_v6 > 0)
		put_nets6(p, out);
	if (p->n_nets > 0)
		sb_str(out, ip4_code);
	if (p->n_v6 > 0)
		sb_str(out, ip6_code);
	put_main(p, out);
}
