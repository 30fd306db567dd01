/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explain: in a process of its own, next to the running proxy or without one. It may wait for DNS.
 */
#include "proc/explainmode.h"

#include <stdio.h>
#include <string.h>

#include "acl/explain.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "core/lookup.h"
#include "core/naming.h"
#include "core/settings.h"

static int
bad(const char *what, const char *value)
{
	fprintf(stderr, "sepia: -k explain: %s: %s\n", what, value);
	return EXPLAIN_ERROR;
}

/* The request as a client would send it, parsed by the parser that a client's goes through. */
static bool
make_head(struct txn *t, const char *method, const char *url)
{
	const struct head_limits	 limits = { 65536, 65536, 16 };
	struct span			 text;

	text = arena_printf(&t->arena, "%s %s HTTP/1.1\r\nHost: sepia.invalid\r\n\r\n",
	    method, url);
	return text.p != NULL && head_parse_request(&t->req, text.p, text.n, 0, &limits,
	    &t->arena) == HEAD_DONE;
}

static bool
make_target(struct txn *t)
{
	bool	 connect = t->req.method == METHOD_CONNECT;

	if (target_parse(&t->target, t->req.target, connect, &t->arena) != TARGET_OK ||
	    (t->target.form != TARGET_ABSOLUTE && t->target.form != TARGET_AUTHORITY) ||
	    t->target.host.n == 0 || naming_complete(t->s, &t->target, &t->arena) != TARGET_OK)
		return false;
	t->f.method = t->req.method_text;
	t->f.url = target_url(&t->target, &t->arena);
	t->f.host = t->target.host;
	t->f.target_port = t->target.port;
	t->f.version = 11;
	if (!connect)
		t->path_only = t->target.path;
	return t->f.url.p != NULL;
}

static int
make_request(struct txn *t, const struct options *o)
{
	const char	*method = o->method;

	/* "host:port" is what a browser asks CONNECT for. */
	if (method == NULL)
		method = strstr(o->url, "://") == NULL ? "CONNECT" : "GET";
	if (!make_head(t, method, o->url))
		return bad("no request can be made of", o->url);
	if (!make_target(t))
		return bad("not a URL (or, for CONNECT, host:port)", o->url);
	t->f.client = addr_from_v4(0x7f000001, 0);
	if (o->src != NULL && !addr_parse(&t->f.client, span_of(o->src)))
		return bad("--src: not an address", o->src);
	t->f.user = span_of(o->user);
	t->f.started = clock_wall_us();
	if (t->s->n_ports > 0) {
		t->port = &t->s->ports[0];
		t->f.port_name = span_of(t->port->name);
		t->f.local = t->port->addr;
	}
	explain_prepare(t);
	return EXPLAIN_ALLOWED;
}

static int
verdict(const struct ruling *r)
{
	switch (r->kind) {
	case RULING_ALLOW:
		return EXPLAIN_ALLOWED;
	case RULING_DENY:
		return EXPLAIN_REFUSED;
	case RULING_NEED:
		break;
	}
	return EXPLAIN_LOGIN;
}

static int
judge(const struct rules *rules, struct txn *t, const char *title)
{
	struct ruling	 r;

	if (rules == NULL)
		return EXPLAIN_ALLOWED;
	if (rules->n == 0)
		return rules->if_empty ? EXPLAIN_ALLOWED : EXPLAIN_REFUSED;
	printf("%s\n", title);
	explain_rules(rules, t, stdout, &r);
	return verdict(&r);
}

/*
 * Each address by itself, as it would be tried; the request gets through if one of them may be
 * connected to.
 */
static int
judge_destinations(struct txn *t)
{
	const struct addr	*list = t->target.is_addr ? &t->target.addr : t->host_addrs.addrs;
	unsigned		 n = t->target.is_addr ? 1 : t->host_addrs.n;
	int			 best = EXPLAIN_REFUSED, one;
	char			 title[ADDR_TEXT + 64], text[ADDR_TEXT];

	if (n == 0) {
		printf("destination_access: the addresses of %.*s are not known\n",
		    SPAN_ARG(t->target.host));
		return EXPLAIN_ALLOWED;
	}
	for (unsigned i = 0; i < n; i++) {
		struct addr	 a = list[i];

		a.port = t->target.port;
		t->candidate = &a;
		snprintf(title, sizeof title, "destination_access, for %s:",
		    addr_print_port(&a, text));
		one = judge(t->s->destination_access, t, title);
		t->candidate = NULL;
		if (one == EXPLAIN_ALLOWED)
			best = one;
	}
	return best;
}

/*
 * The helper is not asked: it may note who asked what. Its rules do not refuse anybody, those
 * behind it do.
 */
static int
judge_rewriting(struct txn *t)
{
	const struct url_rewrite	*x = &t->s->rewrite;

	if (x->helper.program != NULL &&
	    judge(x->helper.access, t, "url_rewrite_access:") == EXPLAIN_ALLOWED)
		printf("url_rewrite_program is asked, and may send this elsewhere "
		    "(what follows is for the address as it is)\n");
	return judge(x->adapted, t, "adapted_http_access:");
}

/*
 * In the order of the steps. Routing lists change the way, not the verdict, unless they leave none.
 */
static int
explain(struct txn *t)
{
	int		 r = judge(t->s->http_access, t, "http_access:"), always, never;
	struct facts	 decided = t->f;

	if (r != EXPLAIN_ALLOWED)
		return r;
	r = judge_rewriting(t);
	if (r != EXPLAIN_ALLOWED)
		return r;
	r = judge(t->s->miss_access, t, "miss_access:");
	if (r != EXPLAIN_ALLOWED)
		return r;
	always = judge(t->s->always_direct, t, "always_direct:");
	never = judge(t->s->never_direct, t, "never_direct:");
	if (always != EXPLAIN_ALLOWED && never == EXPLAIN_ALLOWED && t->s->n_peers == 0) {
		printf("never_direct forbids a direct connection, and there is no cache_peer\n");
		return EXPLAIN_REFUSED;
	}
	if (always != EXPLAIN_ALLOWED && t->s->n_peers > 0)
		printf("(by a cache_peer destination_access is not asked)\n");
	if (!t->target.is_addr)
		lookup_fetch(t, LOOKUP_HOST_ADDRS);
	r = judge_destinations(t);
	if (r == EXPLAIN_ALLOWED) {		/* the rule that let it in, not the last list's */
		t->f.rule = decided.rule;
		t->f.rule_file = decided.rule_file;
		t->f.rule_line = decided.rule_line;
	}
	return r;
}

static int
run(const struct settings *s, const struct options *o)
{
	static const char *const	 words[] = { "allowed", "error", "refused",
	    "a login is asked for" };
	struct txn			*t = txn_new(s);
	int				 r;

	r = make_request(t, o);
	if (r == EXPLAIN_ALLOWED) {
		r = explain(t);
		printf("verdict: %s", words[r]);
		if (t->f.rule.n > 0)
			printf(" by %.*s:%u: %.*s", SPAN_ARG(t->f.rule_file),
			    (unsigned)t->f.rule_line, SPAN_ARG(t->f.rule));
		putchar('\n');
	}
	txn_free(&t);
	return r;
}

int
explainmode_run(const struct options *o)
{
	struct settings	*s;
	struct diag	 d;
	int		 r;

	diag_init(&d);
	s = conf_load(o->config, 1, &d);
	if (s == NULL)
		diag_print(&d, stderr);
	diag_free(&d);
	if (s == NULL)
		return EXPLAIN_ERROR;
	r = run(s, o);
	conf_free(&s);
	return r;
}
