/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of the PAC file. Each is parsed into a host or a network and written anew, so that
 * nothing of the configuration reaches the script as it stands (src/admin/pacscript.c). Runs in the
 * master while the settings are compiled.
 */
#include "admin/pac.h"

#include <stdlib.h>

#include "admin/pacscript.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/sb.h"
#include "http/target.h"

enum { PAC_MAX = 16 << 20 };

struct build {
	const struct pac_input	*in;
	struct arena		*a;
	struct diag		*d;
	struct pacscript_domain		*domains;
	struct pacscript_net		*nets;
	size_t			 n_domains, cap_domains, n_nets, cap_nets, n_v6;
	struct sb		 chain;		/* "PROXY a:1; DIRECT" */
	/* the fallback is being added, which nobody wrote */
	bool			 own;
	bool			 failed;
};

static void
fail(struct build *b, const struct acl_word *w, const char *what)
{
	int	 n = (int)(w->text.n < 200 ? w->text.n : 200);

	b->failed = true;
	/* that this machine's name is no host name is no mistake of the file's */
	if (b->own)
		diag_warn(b->d, w->at, "no PAC file without a pac_proxy line: %s: \"%.*s\"", what,
		    n, w->text.p);
	else
		diag_error(b->d, w->at, "%s: \"%.*s\"", what, n, w->text.p);
}

static const char *
kind_of(struct span word)
{
	static const struct { const char *word, *kind; } kinds[] = {
		{ "PROXY", "PROXY" }, { "HTTP", "PROXY" }, { "HTTPS", "HTTPS" },
		{ "SOCKS", "SOCKS" }, { "SOCKS4", "SOCKS4" }, { "SOCKS5", "SOCKS5" },
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

	if (colon > 0 && (size_t)colon + 2 < text.n && text.p[colon + 1] == '/' &&
	    text.p[colon + 2] == '/') {
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
	struct pacscript_net	 net;
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
	struct pacscript_domain	 dom = { .what = PACSCRIPT_SELF };
	struct span	 name = w->text;
	struct target	 t;

	if (span_starts(name, SPAN("*."))) {
		dom.what = PACSCRIPT_BELOW;
		name = span_at(name.p + 2, name.n - 2);
	} else if (name.n > 1 && name.p[0] == '.') {
		dom.what = PACSCRIPT_SELF | PACSCRIPT_BELOW;
		name = span_at(name.p + 1, name.n - 1);
	}
	memset(&t, 0, sizeof t);
	if (target_host(&t, name, b->a) != TARGET_OK || t.host.n == 0 || t.is_addr ||
	    t.host.p[0] == '.') {
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
	return span_cmp(((const struct pacscript_domain *)a)->name,
	    ((const struct pacscript_domain *)b)->name);
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
		pacscript_write(&(struct pacscript){ b.domains, b.nets, b.n_domains, b.n_nets,
		    b.n_v6, sb_done(&b.chain) }, &out);
		if (sb_ok(&out) && sb_ok(&b.chain))
			text = arena_span(a, sb_done(&out));
		if (text.p == NULL)
			diag_error(d, (struct diag_place){ NULL, 0, 0 },
			    "the PAC file would be larger than 16 MB");
	}
	sb_free(&out);
	sb_free(&b.chain);
	free(b.domains);
	free(b.nets);
	return text;
}
