/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parse step. Strict: what could be understood in two ways is refused, with the reason, and the
 * connection is closed. With an absolute target the received Host is judged for its form only: the
 * target is what counts (RFC 9112, 3.2.2). Runs in a worker.
 */
#include "client/clienthead.h"

#include <errno.h>

#include "base/clock.h"
#include "client/client.h"
#include "client/origdst.h"
#include "core/naming.h"
#include "http/tokens.h"

enum {
	BODY_ROOM	= 4096,		/* buffer kept free behind a head, for the body */
	METHOD_MOST	= 1024,		/* no method is longer */
};

static enum step __attribute__((cold))
refuse(struct txn *t, enum why w, const char *detail)
{
	t->close_client = true;
	return txn_fail(t, w, "%s", detail);
}

/* What the log shows of a request that could not be understood, as Squid writes it. */
static void
name_error(struct txn *t, const char *what)
{
	if (t->f.url.n == 0)
		t->f.url = span_of(what);
	if (t->f.method.n == 0)
		t->f.method = SPAN("NONE");
}

/* Longer than any method there is: it is what made the first line too long (RFC 9112, 3). */
static bool
method_long(const struct client *c)
{
	struct span	 in = buf_span(&c->conn.in);

	return in.n > METHOD_MOST && memchr(in.p, ' ', METHOD_MOST) == NULL;
}

static enum step
bad_head(struct txn *t, enum head_result r)
{
	name_error(t, "error:invalid-request");
	switch (r) {
	case HEAD_START_LONG:
		if (method_long(t->client))
			return refuse(t, WHY_METHOD_UNKNOWN, "the method is too long");
		return refuse(t, WHY_TARGET_LONG, head_text(r));
	case HEAD_LONG:
	case HEAD_MANY_FIELDS:
		return refuse(t, WHY_HEAD_LONG, head_text(r));
	case HEAD_VERSION_UNKNOWN:
		return refuse(t, WHY_VERSION_UNKNOWN, head_text(r));
	case HEAD_NO_MEMORY:
		return refuse(t, WHY_NO_MEMORY, head_text(r));
	default:
		return refuse(t, WHY_BAD_REQUEST, head_text(r));
	}
}

/*
 * The peer left before its head was whole. Nothing at all is no request: nothing is logged as one.
 */
static enum step
left(struct txn *t, enum io_result r)
{
	name_error(t, "error:transaction-end-before-headers");
	t->close_client = true;
	t->f.why = WHY_CLIENT_GONE;
	t->f.aborted = 1;
	t->f.why_detail = arena_span(&t->arena,
	    span_of(r == IO_FAIL ? strerror(errno) : "the connection was closed"));
	return STEP_LOG;
}

/* Makes room for more of the head; false: it is at its limit. */
static bool
grow(struct client *c, const struct settings *s)
{
	struct buf	*b = &c->conn.in;
	uint64_t	 most = s->request_header_max_size + BODY_ROOM,
	    want = b->cap == 0 ? BUF_SMALL : b->cap * 4;

	if (b->cap >= most && b->cap >= BUF_SMALL)
		return false;
	if (want > most && most > BUF_LARGE)
		want = most;
	buf_need(b, want < 1 << 20 ? (uint32_t)want : 1 << 20);
	return b->cap < 1 << 20 || buf_used(b) < b->cap;
}

static struct head_limits
limits(const struct settings *s)
{
	return (struct head_limits){
		.head = s->request_header_max_size,
		.start_line = s->request_line_max < s->request_header_max_size ?
		s->request_line_max : s->request_header_max_size,
		.fields = (uint16_t)(s->header_fields_max < 65535 ? s->header_fields_max : 65535),
	};
}

/* Reads and parses until the head is whole. HEAD_MORE: wait. */
static enum head_result
read_head(struct txn *t, enum io_result *io)
{
	struct client		*c = t->client;
	struct buf		*b = &c->conn.in;
	struct head_limits	 lim = limits(t->s);

	for (;;) {
		enum head_result	 r;
		size_t			 space, got;

		if (buf_used(b) > c->head_seen) {
			r = head_parse_request(&t->req, b->p + b->from, buf_used(b), c->head_seen,
			    &lim, &t->arena);
			if (r != HEAD_MORE)
				return r;
			c->head_seen = buf_used(b);
		}
		space = b->p == NULL ? 0 : buf_space(b);
		if (space == 0 && !grow(c, t->s))
			return HEAD_LONG;
		if (space == 0)
			space = buf_space(b);
		*io = io_read(&c->conn.io, b->p + b->to, space, &got);
		if (*io != IO_OK)
			return HEAD_MORE;
		b->to += (uint32_t)got;
		c->conn.bytes_in += got;
	}
}

/*
 * What stands byte for byte in an absolute target that was judged need not be judged again: nearly
 * every request.
 */
static bool
repeats_target(const struct txn *t, struct span host)
{
	size_t		 at = t->target.scheme_text.n + 3;
	struct span	 raw = t->req.target;

	return t->target.form == TARGET_ABSOLUTE && t->target.userinfo.p == NULL &&
	    raw.n > at + host.n && raw.p[at + host.n] == '/' &&
	    memcmp(raw.p + at, host.p, host.n) == 0;
}

/* Exactly one valid Host in HTTP/1.1, at most one in HTTP/1.0 (RFC 9112, 3.2). */
static enum step
check_host(struct txn *t, struct target *host)
{
	const struct head_field	*f = head_get(&t->req, FIELD_HOST);

	memset(host, 0, sizeof *host);
	if (f == NULL) {
		if (t->req.minor >= 1)
			return refuse(t, WHY_BAD_HOST, "there is no Host field");
		return STEP_ACCESS;
	}
	if (head_next(&t->req, f) != NULL)
		return refuse(t, WHY_BAD_HOST, "there is more than one Host field");
	if (f->value.n == 0 || repeats_target(t, f->value))
		return STEP_ACCESS;
	switch (target_parse_host(host, f->value, 80, &t->arena)) {
	case TARGET_OK:
		return STEP_ACCESS;
	case TARGET_NO_MEMORY:
		return refuse(t, WHY_NO_MEMORY, "the request needs too much memory");
	default:
		return refuse(t, WHY_BAD_HOST, "the Host field is malformed");
	}
}

/* Requests to an accelerator or intercepting port: the URL is made from Host. */
static enum step
adopt_host(struct txn *t, const struct target *host)
{
	struct target	*g = &t->target;
	struct span	 name = t->port->accel && !t->port->vhost ? SPAN_NONE : host->host;

	if (t->client->original.port != 0) {
		if (!origdst_adopt(t, &t->client->original, host))
			return refuse(t, WHY_NO_MEMORY, "the request needs too much memory");
	} else if (name.n == 0 && t->port->defaultsite != NULL) {
		struct target	 site;

		if (target_parse_host(&site, span_of(t->port->defaultsite), 80,
		    &t->arena) != TARGET_OK)
			return refuse(t, WHY_BAD_HOST, "defaultsite= is no host");
		g->host = site.host;
		g->is_addr = site.is_addr;
		g->addr = site.addr;
		g->port = site.port;
	} else if (name.n == 0) {
		t->f.url = t->req.target;
		return refuse(t, WHY_BAD_HOST, "the request names no host");
	} else {
		g->host = name;
		g->is_addr = host->is_addr;
		g->addr = host->addr;
		g->port = host->port_given ? host->port : t->port->intercept ||
		    t->port->addr.port == 443 ? 80 : host->port;
	}
	if (t->port->vport != 0)
		g->port = t->port->vport < 0 ? t->f.local.port : (uint16_t)t->port->vport;
	g->addr.port = g->port;
	g->scheme = SCHEME_HTTP;
	g->scheme_text = SPAN("http");
	g->path_absent |= g->form == TARGET_ASTERISK;	/* its URI has no path (RFC 9112, 3.3) */
	if (g->path_absent)
		g->path = SPAN("/");
	g->form = TARGET_ABSOLUTE;
	g->plain = 0;			/* what was written is not what is meant */
	return STEP_ACCESS;
}

/* What the configuration says about the host. */
static enum step
settle_host(struct txn *t)
{
	enum target_result	 r = t->redirected ? TARGET_OK :
	    naming_complete(t->s, &t->target, &t->arena);
	const char		*fault = naming_fault(t->s, &t->target);

	if (r != TARGET_OK || fault != NULL) {
		t->f.url = target_url(&t->target, &t->arena);
		return r == TARGET_NO_MEMORY ?
		    refuse(t, WHY_NO_MEMORY, "the request needs too much memory") :
		    refuse(t, WHY_BAD_TARGET, fault != NULL ? fault : target_text(r));
	}
	if (!t->port->accel && !t->port->intercept && t->target.form == TARGET_ABSOLUTE)
		t->for_us = naming_is_self(t->s, &t->target);
	return STEP_ACCESS;
}

/* The canonical target, for rules, connection and log. */
static enum step
note_url(struct txn *t)
{
	t->f.url = target_is_canonical(&t->target, t->req.target) ? t->req.target :
	    target_url(&t->target, &t->arena);
	t->f.host = t->target.host;
	t->f.target_port = t->target.port;
	return t->f.url.p != NULL ? STEP_ACCESS :
	    refuse(t, WHY_NO_MEMORY, "the request needs too much memory");
}

/* By the form of the target: where the request goes, and whether it may be asked at this port. */
static enum step
judge_form(struct txn *t, struct target *host)
{
	bool	 redirected = t->client->original.port != 0;

	switch (t->target.form) {
	case TARGET_AUTHORITY:
		if (!t->port->accel && !redirected)
			break;
		t->f.url = target_url(&t->target, &t->arena);
		return refuse(t, WHY_TUNNEL_REFUSED, redirected ?
		    "CONNECT came over a connection that was meant for a server" :
		    "CONNECT came to an accelerator's port");
	case TARGET_ABSOLUTE:
		if (t->target.scheme != SCHEME_HTTP) {
			t->f.url = target_url(&t->target, &t->arena);
			t->f.host = t->target.host;
			return STEP_ACCESS;		/* judge_scheme */
		}
		if (!redirected && (!t->port->accel || t->port->vhost))
			break;
		/* the client has no say about where it goes */
		*host = t->target;
		return adopt_host(t, host);
	case TARGET_ASTERISK:
		if (t->req.method != METHOD_OPTIONS) {
			t->f.url = t->req.target;
			return refuse(t, WHY_BAD_TARGET, "\"*\" is for OPTIONS only");
		}
		/* FALLTHROUGH */
	case TARGET_ORIGIN:
		if (t->port->accel || t->port->intercept)
			return adopt_host(t, host);
		t->for_us = true;
		t->f.url = t->req.target;
		break;
	}
	return STEP_ACCESS;
}

static enum step
judge_target(struct txn *t)
{
	enum target_result	 r = t->req.method == METHOD_CONNECT ?
	    target_parse(&t->target, t->req.target, true, &t->arena) :
				    target_parse_next(&t->target, t->req.target, &t->client->known,
				    &t->arena);
	struct target		 host;
	enum step		 next;

	if (r != TARGET_OK) {
		t->f.url = t->req.target;
		return r == TARGET_NO_MEMORY ?
		    refuse(t, WHY_NO_MEMORY, "the request needs too much memory") :
		    refuse(t, WHY_BAD_TARGET, target_text(r));
	}
	next = t->target.fragment ?
	    refuse(t, WHY_BAD_TARGET,
	    "a fragment is no part of a request's target (RFC 9112, 3.2)") :
	    check_host(t, &host);
	if (next != STEP_ACCESS) {
		/* without userinfo: this is logged */
		t->f.url = target_url(&t->target, &t->arena);
		return next;
	}
	next = judge_form(t, &host);
	if (next != STEP_ACCESS ||
	    (t->target.form == TARGET_ABSOLUTE && t->target.scheme != SCHEME_HTTP))
		return next;
	if (t->target.form == TARGET_ABSOLUTE || t->target.form == TARGET_AUTHORITY)
		next = settle_host(t);
	return next == STEP_ACCESS && t->f.url.n == 0 ? note_url(t) : next;
}

static enum step
judge_framing(struct txn *t)
{
	struct client		*c = t->client;
	enum framing_result	 r = framing_request(&t->req, &t->req_framing);
	bool			 none;

	if (r != FRAMING_OK)
		return refuse(t, framing_status(r) == 501 ? WHY_BAD_CODING : WHY_BAD_FRAMING,
		    framing_text(r));
	none = t->req_framing.kind == FRAMING_NONE ||
	    (t->req_framing.kind == FRAMING_LENGTH && t->req_framing.length == 0);
	if (!none && (t->req.method == METHOD_CONNECT || t->req.method == METHOD_TRACE))
		return refuse(t, WHY_BAD_FRAMING, "this method has no body (RFC 9110, 9.3)");
	if (none)
		return STEP_ACCESS;
	if (!t->s->request_entities &&
	    (t->req.method == METHOD_GET || t->req.method == METHOD_HEAD))
		return refuse(t, WHY_BAD_FRAMING,
		    "a body of GET or HEAD is not wanted here (request_entities off)");
	if (t->req_framing.kind == FRAMING_LENGTH &&
	    t->req_framing.length > t->s->request_body_max_size)
		return refuse(t, WHY_BODY_LONG, "Content-Length is over request_body_max_size");
	inflow_init(&c->in, &c->conn, &t->req_framing);
	t->req_body = &c->in.body;
	return STEP_ACCESS;
}

/*
 * Behind the framing: the connection goes on after this, and a body must not become the next
 * request.
 */
static enum step
judge_scheme(struct txn *t)
{
	const struct target	*g = &t->target;

	if (g->form != TARGET_ABSOLUTE || g->scheme == SCHEME_HTTP)
		return STEP_ACCESS;
	return txn_fail(t, WHY_SCHEME_UNKNOWN, "the scheme is %.*s",
	    (int)(g->scheme_text.n < 40 ? g->scheme_text.n : 40), g->scheme_text.p);
}

/* RFC 9110, 10.1.1. */
static enum step
judge_expect(struct txn *t)
{
	const struct head_field	*f = head_get(&t->req, FIELD_EXPECT);

	if (f == NULL || t->req.minor == 0)
		return STEP_ACCESS;
	for (; f != NULL; f = head_next(&t->req, f)) {
		struct span	 rest = f->value, item;

		while (tokens_next(&rest, &item)) {
			if (!span_iis(item, "100-continue"))
				return refuse(t, WHY_BAD_EXPECTATION, "only 100-continue is known");
			t->expects_continue = t->req_body != NULL;
		}
	}
	return STEP_ACCESS;
}

static bool
all_digits(struct span s)
{
	while (s.n > 0 && s.p[s.n - 1] >= '0' && s.p[s.n - 1] <= '9')
		s.n--;
	return s.n == 0;
}

/*
 * RFC 9110, 7.6.2: for TRACE and OPTIONS. What is more than can be counted here is lowered to that.
 */
static enum step
judge_max_forwards(struct txn *t)
{
	struct span	 v = head_value(&t->req, FIELD_MAX_FORWARDS);
	uint64_t	 n;

	if (v.p == NULL || (t->req.method != METHOD_TRACE && t->req.method != METHOD_OPTIONS))
		return STEP_ACCESS;
	if (v.n == 0 || !all_digits(v))
		return refuse(t, WHY_BAD_REQUEST, "Max-Forwards is not a number");
	if (!span_u64(v, UINT32_MAX - 1, &n))
		n = UINT32_MAX - 1;
	t->max_forwards = (uint32_t)n;
	return STEP_ACCESS;
}

/* A proxy of this name in Via has seen the request before (RFC 9110, 7.6.3). */
static bool
looped(const struct txn *t)
{
	const struct head_field	*f;

	for (f = head_get(&t->req, FIELD_VIA); f != NULL; f = head_next(&t->req, f)) {
		struct span	 rest = f->value, item, word;

		while (span_cut(&rest, ',', &item)) {
			item = span_trim(item);
			if (!span_cut(&item, ' ', &word))
				continue;
			item = span_trim(item);
			if (span_cut(&item, ' ', &word) && span_iis(word, t->s->unique_hostname))
				return true;
		}
	}
	return false;
}

static void
note_facts(struct txn *t)
{
	struct client	*c = t->client;

	t->f.method = t->req.method_text;
	t->f.version = t->req.major * 10u + t->req.minor;
	t->f.req_head = t->req.length;
	t->f.head_time = clock_wall_us() - t->f.started;
	c->conn.in.from += (uint32_t)t->req.length;
	/* the head's spans stay valid until the request is logged */
	c->conn.in.floor = c->conn.in.from;
}

static enum step
judge(struct txn *t)
{
	enum step	 next;

	next = judge_target(t);
	if (next == STEP_ACCESS)
		next = judge_framing(t);
	if (next == STEP_ACCESS)
		next = judge_expect(t);
	if (next == STEP_ACCESS)
		next = judge_max_forwards(t);
	if (next == STEP_ACCESS)
		next = judge_scheme(t);
	if (next != STEP_ACCESS)
		return next;
	if (t->s->via && head_get(&t->req, FIELD_VIA) != NULL && looped(t))
		return refuse(t, WHY_LOOP, "Via names this proxy");
	return t->for_us ? STEP_LOCAL : STEP_ACCESS;
}

enum step
clienthead_parse(struct txn *t)
{
	struct client		*c = t->client;
	bool			 first = c->head_seen == 0;
	enum io_result		 io = IO_OK;
	enum head_result	 r;

	OBJ_OK(c, CLIENT_TAG);
	if (t->f.why != WHY_NOTHING)		/* clienthead_late */
		return STEP_ERROR;
	r = read_head(t, &io);
	if (r == HEAD_MORE) {
		/* else it goes on as it was: so long for the whole head */
		if (io == IO_AGAIN && first)
			client_allow(c, t->s->request_timeout_ms);
		if (io == IO_AGAIN)
			return STEP_WAIT;
		c->half_closed = true;
		return left(t, io);
	}
	if (r != HEAD_DONE) {
		t->f.req_head = buf_used(&c->conn.in);
		return bad_head(t, r);
	}
	note_facts(t);
	/*
	 * RFC 9112, 9.3: a proxy keeps no connection with an HTTP/1.0 client, whatever its fields
	 * say
	 */
	if (!t->s->client_persistent_connections || t->req.minor == 0 ||
	    !framing_persistent(&t->req))
		t->close_client = true;
	client_allow(c, t->s->client_lifetime_ms);
	return judge(t);
}

void
clienthead_late(struct txn *t)
{
	struct client	*c = t->client;

	name_error(t, "error:request-timeout");
	t->f.req_head = buf_used(&c->conn.in);
	t->close_client = true;
	txn_fail(t, WHY_REQUEST_TIMEOUT, NULL);
	client_allow(c, 10000);
	txn_wake(t);		/* parse sees the failure that is recorded */
}
