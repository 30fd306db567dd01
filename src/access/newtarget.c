/* SPDX-License-Identifier: Apache-2.0 */
/* A request's target replaced by a helper's. Runs in a worker. */
#include "access/newtarget.h"

#include <openssl/evp.h>

#include "base/mem.h"
#include "core/lookup.h"
#include "core/naming.h"
#include "core/settings.h"
#include "http/charclass.h"

enum { LOGIN_MOST = 512 };

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* As RFC 3986 (appendix C) has it for URLs that came through other hands. */
static struct span
clean(struct txn *t, struct span url)
{
	static const char	 digits[] = "0123456789ABCDEF";
	char			*p = arena_get(&t->arena, url.n * 3 + 4);
	size_t			 n = 0;

	if (p == NULL)
		return SPAN_NONE;
	for (size_t i = 0; i < url.n; i++) {
		unsigned char	 c = (unsigned char)url.p[i];

		if (is_blank((char)c))
			continue;
		if (c < 0x80) {
			p[n++] = (char)c;
			continue;
		}
		p[n++] = '%';
		p[n++] = digits[c >> 4];
		p[n++] = digits[c & 15];
	}
	return span_at(p, n);
}

static enum step
no_memory(struct txn *t)
{
	return txn_fail(t, WHY_NO_MEMORY, "the new address needs too much memory");
}

static enum step
refuse(struct txn *t, const char *fault)
{
	return txn_fail(t, WHY_REWRITE_FAILED, "the new address: %s", fault);
}

/* url lies in memory that has room for ":443". */
static enum target_result
parse(struct txn *t, struct span url, struct target *g)
{
	bool			 connect = t->target.form == TARGET_AUTHORITY;
	enum target_result	 r = target_parse(g, url, connect, &t->arena);

	if (r == TARGET_NO_PORT && url.p[url.n - 1] != ':') {
		memcpy((char *)(uintptr_t)url.p + url.n, ":443", 4);
		r = target_parse(g, span_at(url.p, url.n + 4), connect, &t->arena);
	}
	if (r == TARGET_OK && !connect && g->form != TARGET_ABSOLUTE)
		return TARGET_BAD;
	return r;
}

static enum step
judge(struct txn *t, struct span url, struct target *g)
{
	enum target_result	 r;
	const char		*fault;

	if (url.n > t->s->request_line_max)
		return refuse(t, "it is longer than request_line_max");
	r = parse(t, url, g);
	if (r == TARGET_OK)
		r = naming_complete(t->s, g, &t->arena);
	if (r == TARGET_NO_MEMORY)
		return no_memory(t);
	fault = r != TARGET_OK ? target_text(r) : naming_fault(t->s, g);
	if (fault != NULL)
		return refuse(t, fault);
	if (g->form == TARGET_ABSOLUTE && g->scheme != SCHEME_HTTP)
		return txn_fail(t, WHY_SCHEME_UNKNOWN,
		    "url_rewrite_program: the scheme is %.*s",
		    (int)(g->scheme_text.n < 40 ? g->scheme_text.n : 40), g->scheme_text.p);
	return STEP_GONE;
}

/*
 * What the client called the server: of an accelerator the Host field, which was judged when it
 * came; else the address it asked for, as a received Host counts for nothing then.
 */
static struct span
host_before(struct txn *t)
{
	struct span	 value = head_value(&t->req, FIELD_HOST);
	struct target	 h;

	if (t->port != NULL && (t->port->accel || t->port->intercept) && value.n > 0) {
		h = (struct target){ .form = TARGET_ABSOLUTE, .scheme = SCHEME_HTTP };
		if (target_parse_host(&h, value, 80, &t->arena) == TARGET_OK)
			return target_authority(&h, false, &t->arena);
	}
	return target_authority(&t->target, false, &t->arena);
}

static bool
keep_host(struct txn *t, const struct target *g)
{
	struct span	 old, new;

	if (t->s->rewrite.host_header || g->form != TARGET_ABSOLUTE)
		return true;
	old = host_before(t);
	new = target_authority(g, false, &t->arena);
	if (!span_eq(old, new))
		t->host_kept = old;
	return old.p != NULL && new.p != NULL;
}

static size_t
unescape(struct span s, unsigned char *to)
{
	size_t	 n = 0;

	for (size_t i = 0; i < s.n; i++) {
		bool	 escaped = s.p[i] == '%' && i + 2 < s.n;
		int	 high = escaped ? charclass_hex[(unsigned char)s.p[i + 1]] : -1,
			 low = escaped ? charclass_hex[(unsigned char)s.p[i + 2]] : -1;

		to[n++] = (unsigned char)(high >= 0 && low >= 0 ? high << 4 | low : s.p[i]);
		if (high >= 0 && low >= 0)
			i += 2;
	}
	return n;
}

/*
 * user:password@ of the new address is a login there, unless the client has one (Squid), or is told
 * what it asked with (RFC 9110, 9.3.8).
 */
static bool
add_login(struct txn *t, struct span userinfo)
{
	unsigned char	 plain[LOGIN_MOST], coded[LOGIN_MOST * 2];
	struct span	 value;
	int		 n;

	if (userinfo.n == 0 || userinfo.n > sizeof plain || t->req.method == METHOD_TRACE ||
	    head_get(&t->req, FIELD_AUTHORIZATION) != NULL)
		return true;
	n = EVP_EncodeBlock(coded, plain, (int)unescape(userinfo, plain));
	value = arena_printf(&t->arena, "Basic %.*s", n, (const char *)coded);
	mem_wipe(plain, sizeof plain);
	mem_wipe(coded, sizeof coded);
	return value.p != NULL &&
	    head_add(&t->req, SPAN("Authorization"), value, &t->arena);
}

/* What was looked up for the old target is nothing to the new one. */
static void
forget_lookups(struct txn *t)
{
	lookup_cancel(t);
	memset(&t->host_addrs, 0, sizeof t->host_addrs);
	memset(&t->host_name, 0, sizeof t->host_name);
	t->redirected = false;
}

enum step
newtarget_set(struct txn *t, struct span url)
{
	struct target	 g;
	struct span	 text = clean(t, url), whole;
	enum step	 next;

	if (text.p == NULL)
		return no_memory(t);
	if (span_eq(text, t->f.url))
		return STEP_GONE;
	next = judge(t, text, &g);
	if (next != STEP_GONE)
		return next;
	whole = target_url(&g, &t->arena);
	if (whole.p == NULL)
		return no_memory(t);
	if (span_eq(whole, t->f.url) && g.userinfo.n == 0)
		return STEP_GONE;
	if (!keep_host(t, &g) || !add_login(t, g.userinfo))
		return no_memory(t);
	t->f.url_asked = t->f.url;
	t->f.url = whole;
	t->f.host = g.host;
	t->f.target_port = g.port;
	g.fragment = false;
	t->target = g;
	t->for_us = g.form == TARGET_ABSOLUTE && naming_is_self(t->s, &t->target);
	forget_lookups(t);
	return STEP_GONE;
}
