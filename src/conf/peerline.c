/* SPDX-License-Identifier: Apache-2.0 */
/* cache_peer and cache_peer_access. Runs in the master. */
#include <netdb.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "conf/parsers.h"
#include "conf/values.h"

enum { WEIGHT_MAX = 1 << 16, FAIL_LIMIT = 10 };

/* Options that set a bool of struct peer. */
static const struct {
	const char	*name;
	size_t		 at;
} flags[] = {
	{ "round-robin", offsetof(struct peer, round_robin) },
	{ "weighted-round-robin", offsetof(struct peer, round_robin) },
	{ "default", offsetof(struct peer, is_default) },
	{ "no-query", offsetof(struct peer, no_query) },
	{ "originserver", offsetof(struct peer, originserver) },
	{ "proxy-only", offsetof(struct peer,
	    proxy_only) },
	{ "allow-miss", offsetof(struct peer, allow_miss) },
	{ "sourcehash", offsetof(struct peer, sourcehash) },
	{ "userhash", offsetof(struct peer, userhash) }, { "carp", offsetof(struct peer, carp) },
	    { "no-tproxy", offsetof(struct peer, no_tproxy) },
};

/* ICP, HTCP, digests, netdb and multicast are not there: without them these choose nothing. */
static const char *const	 idle[] = {
	"no-digest", "no-netdb-exchange", "no-delay", "background-ping", "closest-only",
	    "multicast-responder", "multicast-siblings",
	"htcp", "htcp-oldsquid", "front-end-https", "connection-auth", "no-connection-auth",
	    "auth-no-keytab",
};
static const char *const	 idle_valued[] = {
	"ttl", "basetime", "digest-url", "carp-key", "htcp", "front-end-https", "connection-auth",
	    "standby", "monitorurl", "monitorsize", "monitorinterval",
	"monitortimeout", "idle",
};

struct peer_line {
	struct args	*a;
	struct peer	*p;
	bool		 tls;
};

static bool
listed(const char *const *list, size_t n, struct span w)
{
	for (size_t i = 0; i < n; i++)
		if (span_is(w, list[i]))
			return true;
	return false;
}

static const char *
base64(struct loader *l, const char *text)
{
	size_t	 n = strlen(text);
	char	*out = loader_get(l, (n + 2) / 3 * 4 + 1);

	EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)text, (int)n);
	return out;
}

/* Squid writes the user name %-escaped. */
static char *
unescape(struct loader *l, struct span s)
{
	char	*out = loader_get(l, s.n + 1);
	size_t	 n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char	 hex[3] = { 0 }, *end;

		if (s.p[i] == '%' && i + 2 < s.n) {
			long	 v;

			memcpy(hex, s.p + i + 1, 2);
			v = strtol(hex, &end, 16);
			if (end == hex + 2 && v > 0) {
				out[n++] = (char)v;
				i += 2;
				continue;
			}
		}
		out[n++] = s.p[i];
	}
	return out;
}

static bool
login(struct peer_line *pl, struct span v)
{
	struct peer	*p = pl->p;

	if (span_is(v, "PASS"))
		p->auth = PEER_AUTH_PASS;
	else if (span_is(v, "PASSTHRU"))
		p->auth = PEER_AUTH_PASSTHRU;
	else if (span_starts(v, SPAN("*:"))) {
		p->auth = PEER_AUTH_STAR;
		p->login = loader_str(pl->a->l, span_at(v.p + 2, v.n - 2));
	} else if (span_starts(v, SPAN("NEGOTIATE")))
		return args_error(pl->a,
		    "login=NEGOTIATE needs Kerberos, which is not there: this peer "
		    "would refuse every request");
	else if (span_find(v, ':') > 0) {
		p->auth = PEER_AUTH_FIXED;
		p->login = base64(pl->a->l, unescape(pl->a->l, v));
	} else
		return args_error(pl->a,
		    "login= needs user:password, PASS, PASSTHRU or *:password");
	return true;
}

static bool
number(struct peer_line *pl, struct span v, const char *what, uint64_t max, uint64_t *out)
{
	return span_u64(v, max, out) || args_error(pl->a, "%s needs a number up to %llu", what,
	    (unsigned long long)max);
}

static bool
valued(struct peer_line *pl, struct span w)
{
	struct peer	*p = pl->p;
	ptrdiff_t	 eq = span_find(w, '=');
	struct span	 v;
	uint64_t	 n;

	if (values_key(w, "name", &v))
		p->name = loader_str(pl->a->l, v);
	else if (values_key(w, "login", &v))
		return login(pl, v);
	else if (values_key(w, "forceddomain", &v))
		p->forceddomain = loader_str(pl->a->l, v);
	else if (values_key(w, "weight", &v)) {
		if (!number(pl, v, "weight=", WEIGHT_MAX, &n))
			return false;
		p->weight = (uint32_t)n;
	} else if (values_key(w, "max-conn", &v)) {
		if (!number(pl, v, "max-conn=", UINT32_MAX, &n))
			return false;
		p->max_conn = (uint32_t)n;
	} else if (values_key(w, "connect-timeout", &v)) {
		if (!number(pl, v, "connect-timeout=", 86400, &n))
			return false;
		p->connect_timeout_ms = n * 1000;
	} else if (values_key(w, "connect-fail-limit", &v))
		return number(pl, v, "connect-fail-limit=", 1000000, &p->connect_fail_limit);
	else if (span_starts(w, SPAN("tls-")) || span_starts(w, SPAN("ssl")))
		pl->tls = true;
	else if (eq < 0 || !listed(idle_valued, sizeof idle_valued / sizeof idle_valued[0],
	    span_at(w.p, (size_t)eq)))
		args_warn(pl->a, "unknown option '%.*s' of cache_peer: it has no effect",
		    SPAN_ARG(w));
	return true;
}

static bool
options(struct peer_line *pl)
{
	struct args	*a = pl->a;

	for (; args_more(a); args_next(a)) {
		struct span	 w = args_peek(a).text;
		bool		 known = listed(idle, sizeof idle / sizeof idle[0], w);

		for (size_t i = 0; i < sizeof flags / sizeof flags[0] && !known; i++)
			if (span_is(w, flags[i].name)) {
				*((bool *)(void *)((char *)pl->p + flags[i].at)) = true;
				known = true;
			}
		if (span_is(w, "tls") || span_is(w, "ssl"))
			known = pl->tls = true;
		if (!known && !valued(pl, w))
			return false;
	}
	return true;
}

static bool
port_word(struct args *a, bool zero_ok, uint16_t *out)
{
	struct acl_word	 w = args_next(a);
	char		 text[32];
	struct servent	*e;

	if (values_port(w.text, zero_ok, out))
		return true;
	e = w.text.n < sizeof text ?
	    getservbyname(span_copy(w.text, text, sizeof text), "tcp") : NULL;
	if (e != NULL) {
		*out = ntohs((uint16_t)e->s_port);
		return true;
	}
	diag_error(a->l->d, w.at, "'%.*s' is not a port", SPAN_ARG(w.text));
	return false;
}

static bool
basics(struct args *a, struct peer *p)
{
	struct acl_word	 host = args_next(a), type = args_next(a);
	uint16_t	 icp;

	if (type.text.n == 0)
		return args_error(a,
		    "cache_peer needs a host, a type, an HTTP port and an ICP port");
	p->host = p->name = loader_str(a->l, host.text);
	p->parent = span_iis(type.text, "parent");
	if (!p->parent && !span_iis(type.text, "sibling") && !span_iis(type.text, "multicast")) {
		diag_error(a->l->d, type.at,
		    "'%.*s' is no type of a peer: parent, sibling or multicast",
		    SPAN_ARG(type.text));
		return false;
	}
	return port_word(a, false, &p->port) && port_word(a, true, &icp);
}

static struct peer *
find(const struct settings *s, struct span name)
{
	for (size_t i = 0; i < s->n_peers; i++)
		if (span_iis(name, s->peers[i].name))
			return &s->peers[i];
	return NULL;
}

void
peerline_peer(struct args *a)
{
	struct peer		 p = { .weight = 1, .connect_fail_limit = FAIL_LIMIT }, *to;
	struct peer_line	 pl = { a, &p, false };

	if (!basics(a, &p) || !options(&pl))
		return;
	if (find(a->l->s, span_of(p.name)) != NULL) {
		diag_error(a->l->d, a->at,
		    "there is a peer %s already: give this one another name=",
		    p.name);
		return;
	}
	if (pl.tls)
		diag_warn(a->l->d, a->at, "peer %s is never used: TLS is not spoken with peers",
		    p.name);
	else if (!p.parent)
		diag_note(a->l->d, a->at,
		    "peer %s is never used: a sibling is asked by ICP or HTCP, "
		    "which are not spoken here", p.name);
	p.parent &= !pl.tls;
	p.access = rules_new("cache_peer_access", false, true);
	p.index = (unsigned)a->l->s->n_peers;
	to = LOADER_ADD(a->l, a->l->s->peers, a->l->s->n_peers);
	*to = p;
}

void
peerline_access(struct args *a)
{
	struct acl_word		 name = args_next(a);
	struct peer		*p = find(a->l->s, name.text);
	const struct acl_word	*w;
	size_t			 n;
	bool			 allow;

	if (p == NULL) {
		diag_warn(a->l->d, name.at,
		    "there is no cache_peer named '%.*s' above this line: it has no effect",
		    SPAN_ARG(name.text));
		miscline_named(a);
		return;
	}
	allow = args_take(a, "allow");
	if (!allow && !args_take(a, "deny")) {
		args_error(a, "cache_peer_access %s needs 'allow' or 'deny', and ACLs", p->name);
		return;
	}
	w = args_list(a, &n);
	if (n == 0)
		args_error(a, "cache_peer_access needs at least one ACL ('all' for every request)");
	else
		rules_add(p->access, a->l->s->acls, allow, w, n, a->at, a->l->d);
}

void
peerline_finish(struct loader *l)
{
	for (size_t i = 0; i < l->s->n_peers; i++) {
		struct peer	*p = &l->s->peers[i];

		if (p->connect_timeout_ms == 0)
			p->connect_timeout_ms = l->s->peer_connect_timeout_ms;
		rules_lint(p->access, l->d);
	}
}
