/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_port and https_port. A port that could only be opened as something it was not meant to be
 * (TLS towards clients, the PROXY protocol) is not opened, with a warning: nobody gets in by it.
 * Runs in the master.
 */
#include "base/must.h"
#include "conf/parsers.h"
#include "conf/values.h"

/* What an option of Squid means here. */
enum effect {
	/* of struct port */
	SET_ACCEL, SET_INTERCEPT, SET_TPROXY, SET_BUMP, SET_VHOST, SET_NO_VHOST, SET_VPORT,
	SET_DIRECT, SET_IGNORE_CC, SET_PROXY_HEADER,
	SET_ORIGIN,			/* no effect, which is told */
	HARMLESS,			/* has no effect here and changes nothing for anybody */
	TLS_ONLY,			/* has a meaning only with TLS */
};

static const struct option {
	const char	*name;
	enum effect	 effect;
} flags[] = {
	{ "accel", SET_ACCEL }, { "accelerator", SET_ACCEL }, { "transparent", SET_INTERCEPT },
	    { "intercept", SET_INTERCEPT }, { "tproxy", SET_TPROXY },
	{ "ssl-bump", SET_BUMP },
	{ "sslBump", SET_BUMP },
	{ "vhost", SET_VHOST },
	{ "allow-direct", SET_DIRECT },
	{ "require-proxy-header", SET_PROXY_HEADER }, { "no-vhost", SET_NO_VHOST },
	{ "vport", SET_VPORT },
	    { "act-as-origin", SET_ORIGIN },
	{ "ignore-cc", SET_IGNORE_CC }, { "no-connection-auth", HARMLESS },
	{ "connection-auth", HARMLESS },
	    { "ftp-track-dirs", HARMLESS },
	{ "worker-queues", HARMLESS }, { "ipv4", HARMLESS }, { "ipv6", HARMLESS },
	{ "tls", TLS_ONLY },
	    { "ssl", TLS_ONLY }, { "tls-no-npn", TLS_ONLY },
	{ "generate-host-certificates", TLS_ONLY },
};

/* Options with a value that have no effect here. */
static const struct option	 valued[] = {
	{ "protocol", HARMLESS }, { "connection-auth", HARMLESS },
	    { "disable-pmtu-discovery", HARMLESS }, { "urlgroup", HARMLESS },
	{ "cert", TLS_ONLY }, { "key", TLS_ONLY }, { "version", TLS_ONLY }, { "options", TLS_ONLY },
	    { "cipher", TLS_ONLY }, { "clientca", TLS_ONLY },
	{ "cafile", TLS_ONLY },
	{ "capath", TLS_ONLY },
	{ "crlfile", TLS_ONLY },
	{ "dhparams", TLS_ONLY },
	{ "sslflags", TLS_ONLY },
	{ "sslcontext", TLS_ONLY }, { "generate-host-certificates", TLS_ONLY },
	    { "dynamic_cert_mem_cache_size", TLS_ONLY },
	{ "tls-cert", TLS_ONLY }, { "tls-key", TLS_ONLY }, { "tls-min-version", TLS_ONLY },
	    { "tls-options", TLS_ONLY },
	{ "tls-cipher", TLS_ONLY }, { "tls-clientca", TLS_ONLY }, { "tls-cafile", TLS_ONLY },
	    { "tls-capath", TLS_ONLY },
	{ "tls-crlfile", TLS_ONLY }, { "tls-dh", TLS_ONLY }, { "tls-flags", TLS_ONLY },
	    { "tls-context", TLS_ONLY },
	{ "tls-default-ca", TLS_ONLY }, { "tls-dhparams", TLS_ONLY },
};

/* What was seen on one line, for the checks between options. */
struct seen {
	bool	 tls, cert, no_vhost, as_origin, scheme;
};

static const struct option *
find(const struct option *list, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_is(name, list[i].name))
			return &list[i];
	return NULL;
}

static void
take_flag(struct port *p, const struct option *o, struct seen *seen)
{
	switch (o->effect) {
	case SET_INTERCEPT:
		p->intercept = true;
		break;
	case SET_TPROXY:
		p->tproxy = true;
		break;
	case SET_BUMP:
		p->ssl_bump = true;
		break;
	case SET_ACCEL:
	case SET_VHOST:
		p->accel = p->vhost = true;
		break;
	case SET_NO_VHOST:
		p->vhost = false;
		seen->no_vhost = true;
		break;
	case SET_VPORT:
		p->vport = -1;
		break;
	case SET_DIRECT:
		p->allow_direct = true;
		break;
	case SET_IGNORE_CC:
		p->ignore_cc = true;
		break;
	case SET_PROXY_HEADER:
		p->proxy_protocol = true;
		break;
	case SET_ORIGIN:
		seen->as_origin = true;
		break;
	case TLS_ONLY:
		seen->tls = true;
		break;
	case HARMLESS:
		break;
	}
}

/* tcpkeepalive[=idle,interval,timeout], seconds. */
static bool
keepalive(struct args *a, struct port *p, struct span v)
{
	uint32_t	*const to[] = { &p->ka_idle_s, &p->ka_interval_s, &p->ka_timeout_s };
	struct span	 one;
	uint64_t	 n;

	p->keepalive = true;
	for (size_t i = 0; span_cut(&v, ',', &one); i++) {
		if (i == COUNT_OF(to) || !span_u64(one, 86400, &n))
			return args_error(a, "tcpkeepalive takes up to three times in seconds: "
			    "idle,interval,timeout");
		*to[i] = (uint32_t)n;
	}
	return true;
}

static bool
take_valued(struct args *a, struct port *p, struct span w, struct seen *seen)
{
	ptrdiff_t		 eq = span_find(w, '=');
	const struct option	*o;
	struct span		 v;

	if (values_key(w, "name", &v)) {
		if (v.n == 0)
			return args_error(a, "name= needs a name");
		p->name = loader_str(a->l, v);
		return true;
	}
	if (values_key(w, "defaultsite", &v)) {
		p->defaultsite = loader_str(a->l, v);
		return true;
	}
	if (values_key(w, "tcpkeepalive", &v))
		return keepalive(a, p, v);
	if (values_key(w, "protocol", &v) && !span_iis(v, "http") &&
	    !span_istarts(v, SPAN("http/")))
		seen->scheme = true;
	if (values_key(w, "vport", &v)) {
		uint16_t	 port;

		if (!values_port(v, false, &port))
			return args_error(a, "vport= needs a port");
		p->vport = port;
		return true;
	}
	o = eq < 0 ? NULL : find(valued, COUNT_OF(valued), span_at(w.p, (size_t)eq));
	if (o == NULL)
		return args_error(a, "unknown option '%.*s' of %s", SPAN_ARG(w), a->row->name);
	seen->tls |= o->effect == TLS_ONLY;
	if (values_key(w, "cert", &v) || values_key(w, "tls-cert", &v))
		seen->cert = true;
	if ((values_key(w, "key", &v) || values_key(w, "tls-key", &v)) && !seen->cert)
		return args_error(a, "the certificate (cert=) must stand before its key");
	return true;
}

static bool
options(struct args *a, struct port *p, struct seen *seen)
{
	for (; args_more(a); args_next(a)) {
		struct span		 w = args_peek(a).text;
		const struct option	*o = find(flags, COUNT_OF(flags), w);

		if (span_is(w, "tcpkeepalive"))
			p->keepalive = true;
		else if (o != NULL)
			take_flag(p, o, seen);
		else if (!take_valued(a, p, w, seen))
			return false;
	}
	return true;
}

/* Squid refuses the same combinations. */
static bool
consistent(struct args *a, const struct port *p, const struct seen *seen)
{
	if (p->accel + p->intercept + p->tproxy > 1)
		diag_error(a->l->d, a->at,
		    "accel, intercept and tproxy cannot be mixed on one port");
	else if (p->defaultsite != NULL && !p->accel)
		diag_error(a->l->d, a->at, "defaultsite= needs accel");
	else if ((p->vport != 0 || seen->no_vhost) && !p->accel)
		diag_error(a->l->d, a->at, "%s needs accel", seen->no_vhost ? "no-vhost" : "vport");
	else
		return true;
	return false;
}

static bool
address(struct args *a, struct port *p)
{
	struct acl_word	 w = args_next(a);
	struct span	 host;
	bool		 literal;
	uint16_t	 n;

	if (!values_hostport(w.text, &host, &p->addr, &literal, &n)) {
		diag_error(a->l->d, w.at,
		    "'%.*s' is not a port, nor address:port (IPv6 in brackets)",
		    SPAN_ARG(w.text));
		return false;
	}
	if (host.n > 0 && !literal && !values_host_addr(host, &p->addr)) {
		diag_error(a->l->d, w.at,
		    "'%.*s' is no address, and a host name that does not resolve", SPAN_ARG(host));
		return false;
	}
	p->addr.port = n;
	p->v6_any = host.n == 0;
	return true;
}

static void
tell(struct args *a, const struct port *p, const struct seen *seen)
{
	if (p->tproxy)
		diag_warn(a->l->d, a->at,
		    "tproxy: connections are not taken over (intercept is there); the port "
		    "is one for browsers that know the proxy");
	if (seen->as_origin)
		diag_note(a->l->d, a->at,
		    "act-as-origin has no effect here: Date and Expires stay the server's");
	if (seen->scheme)
		diag_note(a->l->d, a->at,
		    "protocol= has no effect here: what comes in at this port is taken for http");
	if (p->ssl_bump)
		diag_note(a->l->d, a->at,
		    "ssl-bump: tunnels are passed on without a look inside; the "
		    "port is an ordinary one");
	else if (seen->tls)
		diag_note(a->l->d, a->at,
		    "TLS options have no effect on http_port without ssl-bump");
}

static const char *
port_name(struct loader *l, const struct port *p)
{
	char		 text[ADDR_TEXT];
	struct span	 s;

	if (p->v6_any)
		s = arena_printf(&l->s->arena, "[::]:%u", p->addr.port);
	else
		s = arena_printf(&l->s->arena, "%s", addr_print_port(&p->addr, text));
	MUST(s.p != NULL);
	return s.p;
}

static bool
twice(const struct settings *s, const struct port *p)
{
	for (size_t i = 0; i < s->n_ports; i++)
		if (addr_same(&s->ports[i].addr, &p->addr) && s->ports[i].v6_any == p->v6_any)
			return true;
	return false;
}

void
portline_http(struct args *a)
{
	struct port	 p = { .at = a->at }, *to;
	struct seen	 seen = { 0 };

	if (!address(a, &p) || !options(a, &p, &seen) || !consistent(a, &p, &seen))
		return;
	if (p.proxy_protocol) {
		diag_warn(a->l->d, a->at, "this port is not opened: the PROXY protocol "
		    "(require-proxy-header) is not spoken here, "
		    "and without it every client would look like the balancer in front");
		a->l->closed_ports++;
		return;
	}
	if (twice(a->l->s, &p)) {	/* Squid cannot bind it a second time, and goes on */
		diag_warn(a->l->d, a->at, "this port is there already: the line has no effect");
		return;
	}
	tell(a, &p, &seen);
	if (p.name == NULL)
		p.name = port_name(a->l, &p);
	p.index = (unsigned)a->l->s->n_ports;
	to = LOADER_ADD(a->l, a->l->s->ports, a->l->s->n_ports);
	*to = p;
}

void
portline_https(struct args *a)
{
	struct port	 p = { .at = a->at, .https = true };
	struct seen	 seen = { 0 };

	if (!address(a, &p) || !options(a, &p, &seen) || !consistent(a, &p, &seen))
		return;
	diag_warn(a->l->d, a->at, "this port is not opened: TLS is not spoken with clients");
	a->l->closed_ports++;
}

void
portline_finish(struct loader *l)
{
	if (l->s->n_ports > 0)
		return;
	if (l->closed_ports > 0)
		diag_error(l->d, (struct diag_place){ l->s->path, 0, 0 },
		    "no port is left to listen on: none of those in this file can be opened");
	else if (l->d->errors == 0)
		loader_text(l, "(default)", SPAN("http_port 3128\n"));
}
