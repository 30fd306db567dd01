/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request targets and Host fields to structs, and back to text (RFC 9112, 3.2; RFC 3986, 3).
 * host.c makes hosts canonical. Paths and queries are passed on as received: their normalisation
 * is the origin's business.
 */
#include "http/target.h"

#include "base/must.h"
#include "base/sb.h"
#include "http/charclass.h"
#include "http/host.h"
#include "http/scan.h"

static const struct scheme {
	struct span	 name;
	uint16_t	 port;
} schemes[] = {
	[SCHEME_NONE]	= { { "", 0 }, 0 },
	[SCHEME_HTTP]	= { { "http", 4 }, 80 },
	[SCHEME_HTTPS]	= { { "https", 5 }, 443 },
	[SCHEME_FTP]	= { { "ftp", 3 }, 21 },
	[SCHEME_WS]	= { { "ws", 2 }, 80 },
	[SCHEME_WSS]	= { { "wss", 3 }, 443 },
	[SCHEME_OTHER]	= { { "", 0 }, 0 },
};

static const char *const texts[] = {
	[TARGET_OK]		= "nothing is wrong",
	[TARGET_BAD]		= "the request target is malformed",
	[TARGET_BAD_HOST]	= "the host is malformed",
	[TARGET_BAD_PORT]	= "the port is not a number from 1 to 65535",
	[TARGET_NO_PORT]	= "CONNECT without a port",
	[TARGET_NO_MEMORY]	= "the target needs more memory than one request may use",
};

const char *
target_text(enum target_result r)
{
	MUST(r < COUNT_OF(texts));
	return texts[r];
}

static enum target_result
take_host(struct target *t, enum host_result r, const struct host *h)
{
	switch (r) {
	case HOST_OK:
		t->host = h->text;
		t->is_addr = h->is_addr;
		t->addr = h->addr;
		return TARGET_OK;
	case HOST_NO_MEMORY:
		return TARGET_NO_MEMORY;
	case HOST_BAD:
		break;
	}
	return TARGET_BAD_HOST;
}

enum target_result
target_host(struct target *t, struct span raw, struct arena *a)
{
	struct host	 h;
	bool		 bare_v6 = raw.n > 0 && raw.p[0] != '[' && span_find(raw, ':') >= 0;

	return take_host(t, bare_v6 ? host_canonical_v6(&h, raw, a) : host_canonical(&h, raw, a),
	    &h);
}

/* Decimal, at most five digits: 0 and leading zeros beyond that are nobody's port. */
static bool
read_port(struct span s, uint16_t *out)
{
	uint64_t	 v;

	if (s.n > 5 || !span_u64(s, UINT16_MAX, &v) || v == 0)
		return false;
	*out = (uint16_t)v;
	return true;
}

/* "host[:port]"; `text` is without userinfo. An empty port is no port (RFC 3986, 3.2.3). */
static enum target_result
take_authority(struct target *t, struct span text, uint16_t default_port, struct arena *a)
{
	struct span		 raw = text, port = SPAN_NONE;
	struct host		 h;
	size_t			 at = 0;
	enum target_result	 r;

	if (text.n > 0 && text.p[0] == '[') {
		const char	*close = memchr(text.p, ']', text.n);

		if (close == NULL)
			return TARGET_BAD_HOST;
		at = (size_t)(close - text.p) + 1;
		if (at < text.n && text.p[at] != ':')
			return TARGET_BAD_HOST;
	} else {
		ptrdiff_t	 colon = span_find(text, ':');

		at = colon < 0 ? text.n : (size_t)colon;
	}
	raw.n = at;
	if (at < text.n)
		port = span_at(text.p + at + 1, text.n - at - 1);
	t->port_given = port.n > 0;
	t->port = default_port;
	if (t->port_given && !read_port(port, &t->port))
		return TARGET_BAD_PORT;
	r = take_host(t, host_canonical(&h, raw, a), &h);
	if (r == TARGET_OK && t->is_addr)
		t->addr.port = t->port;
	return r;
}

enum target_result
target_parse_host(struct target *t, struct span value, uint16_t default_port, struct arena *a)
{
	return take_authority(t, value, default_port, a);
}

static bool
all_of(struct span s, unsigned class)
{
	for (size_t i = 0; i < s.n; i++)
		if (!charclass_is((unsigned char)s.p[i], class))
			return false;
	return true;
}

static enum target_scheme
read_scheme(struct span s)
{
	for (unsigned i = SCHEME_HTTP; i < SCHEME_OTHER; i++)
		if (span_ieq(s, schemes[i].name))
			return (enum target_scheme)i;
	return SCHEME_OTHER;
}

/* The scheme in front of "://". */
static enum target_result
take_scheme(struct target *t, struct span s, struct arena *a)
{
	char	*lower;

	if (span_eq(s, schemes[SCHEME_HTTP].name)) {	/* as nearly always */
		t->scheme = SCHEME_HTTP;
		t->scheme_text = schemes[SCHEME_HTTP].name;
		return TARGET_OK;
	}
	if (s.n == 0 || !charclass_is((unsigned char)s.p[0], CHAR_ALPHA) || !all_of(s, CHAR_SCHEME))
		return TARGET_BAD;
	t->scheme = read_scheme(s);
	t->scheme_text = schemes[t->scheme].name;
	if (t->scheme != SCHEME_OTHER)
		return TARGET_OK;
	lower = arena_get(a, s.n);
	if (lower == NULL)
		return TARGET_NO_MEMORY;
	for (size_t i = 0; i < s.n; i++)
		lower[i] = ascii_lower(s.p[i]);
	t->scheme_text = span_at(lower, s.n);
	return TARGET_OK;
}

/* Path and query, without the fragment; "/" in front where there is none. */
static enum target_result
take_path(struct target *t, struct span s, struct arena *a)
{
	ptrdiff_t	 hash = span_find(s, '#');
	char		*p;

	if (hash >= 0) {
		s.n = (size_t)hash;
		t->fragment = true;
	}
	if (scan_visible(s.p, s.p + s.n) != s.p + s.n)
		return TARGET_BAD;
	t->path_absent = s.n == 0;
	if (s.n == 0) {
		t->path = SPAN("/");
		return TARGET_OK;
	}
	t->path = s;
	if (s.p[0] == '/')
		return TARGET_OK;
	p = arena_get(a, s.n + 1);
	if (p == NULL)
		return TARGET_NO_MEMORY;
	p[0] = '/';
	memcpy(p + 1, s.p, s.n);
	t->path = span_at(p, s.n + 1);
	return TARGET_OK;
}

static bool
ends_authority(char c)
{
	return c == '/' || c == '?' || c == '#';
}

static enum target_result
parse_absolute(struct target *t, struct span raw, struct arena *a)
{
	ptrdiff_t		 colon = span_find(raw, ':');
	struct span		 authority, rest;
	const char		*at;
	enum target_result	 r;

	if (colon < 0 || raw.n - (size_t)colon < 3 || memcmp(raw.p + colon, "://", 3) != 0)
		return TARGET_BAD;
	t->form = TARGET_ABSOLUTE;
	r = take_scheme(t, span_at(raw.p, (size_t)colon), a);
	if (r != TARGET_OK)
		return r;
	rest = span_at(raw.p + colon + 3, raw.n - (size_t)colon - 3);
	authority = span_at(rest.p, 0);
	while (authority.n < rest.n && !ends_authority(authority.p[authority.n]))
		authority.n++;
	rest = span_at(rest.p + authority.n, rest.n - authority.n);
	at = authority.n == 0 ? NULL : memrchr(authority.p, '@', authority.n);
	if (at != NULL) {
		t->userinfo = span_at(authority.p, (size_t)(at - authority.p));
		authority = span_at(at + 1, authority.n - t->userinfo.n - 1);
		if (!all_of(t->userinfo, CHAR_USERINFO))
			return TARGET_BAD;
	}
	r = take_authority(t, authority, schemes[t->scheme].port, a);
	return r == TARGET_OK ? take_path(t, rest, a) : r;
}

static enum target_result
parse_connect(struct target *t, struct span raw, struct arena *a)
{
	enum target_result	 r;

	t->form = TARGET_AUTHORITY;
	if (memchr(raw.p, '/', raw.n) != NULL || memchr(raw.p, '@', raw.n) != NULL)
		return TARGET_BAD;
	r = take_authority(t, raw, 0, a);
	return r == TARGET_OK && !t->port_given ? TARGET_NO_PORT : r;
}

enum target_result
target_parse(struct target *t, struct span raw, bool connect, struct arena *a)
{
	*t = (struct target){ .form = TARGET_ORIGIN };
	if (raw.n == 0)
		return TARGET_BAD;
	if (connect)
		return parse_connect(t, raw, a);
	if (raw.p[0] == '/')
		return take_path(t, raw, a);
	if (raw.n == 1 && raw.p[0] == '*') {
		t->form = TARGET_ASTERISK;
		t->path = raw;
		return TARGET_OK;
	}
	return parse_absolute(t, raw, a);
}

static void
recall(struct target *t, const struct target_known *k, struct span raw)
{
	*t = (struct target){ .form = TARGET_ABSOLUTE, .scheme = SCHEME_HTTP,
	    .scheme_text = schemes[SCHEME_HTTP].name, .is_addr = k->is_addr, .addr = k->addr,
	    .port = k->port, .port_given = k->port_given, .plain = k->n };
	t->host = span_at(raw.p + t->scheme_text.n + 3, k->host_n);
}

/*
 * Only what is canonical as it stands: the host can then be found in the next target's own bytes,
 * and is its whole meaning.
 */
static void
remember(struct target_known *k, const struct target *t, struct span raw)
{
	size_t	 n = raw.n - t->path.n;

	k->n = 0;
	if (t->scheme != SCHEME_HTTP || !target_is_canonical(t, raw) || n > sizeof k->text)
		return;
	memcpy(k->text, raw.p, n);
	k->n = (uint8_t)n;
	k->host_n = (uint8_t)t->host.n;
	k->is_addr = t->is_addr;
	k->addr = t->addr;
	k->port = t->port;
	k->port_given = t->port_given;
}

enum target_result
target_parse_next(struct target *t, struct span raw, struct target_known *k, struct arena *a)
{
	enum target_result	 r;

	/* a slash ends the authority: nothing of what was judged then goes on in what follows */
	if (k->n > 0 && raw.n > k->n && raw.p[k->n] == '/' && memcmp(raw.p, k->text, k->n) == 0) {
		recall(t, k, raw);
		return take_path(t, span_at(raw.p + k->n, raw.n - k->n), a);
	}
	r = target_parse(t, raw, false, a);
	if (r == TARGET_OK)
		remember(k, t, raw);
	return r;
}

static void
add_authority(struct sb *b, const struct target *t, bool with_port)
{
	bool		 v6 = t->is_addr && !addr_is_v4(&t->addr);
	uint16_t	 usual = schemes[t->scheme].port;

	if (t->scheme == SCHEME_NONE && t->form != TARGET_AUTHORITY)
		usual = schemes[SCHEME_HTTP].port;
	if (v6)
		sb_char(b, '[');
	sb_span(b, t->host);
	if (v6)
		sb_char(b, ']');
	if (t->port != 0 && (with_port || t->port != usual)) {
		sb_char(b, ':');
		sb_u64(b, t->port);
	}
}

enum { PORT_TEXT = 6 };		/* ":65535" */

/* Takes `what` off the front. */
static bool
begins(struct span *s, struct span what)
{
	if (s->n < what.n || memcmp(s->p, what.p, what.n) != 0)
		return false;
	*s = span_at(s->p + what.n, s->n - what.n);
	return true;
}

/* Takes ":port" off the front, written as a number is. */
static bool
begins_port(struct span *s, uint16_t port)
{
	unsigned	 v = 0;
	size_t		 at = 1;

	if (s->n < 2 || s->p[0] != ':' || s->p[1] == '0')
		return false;
	for (; at < s->n && v <= UINT16_MAX && charclass_is((unsigned char)s->p[at], CHAR_DIGIT);
	    at++)
		v = v * 10 + (unsigned)(s->p[at] - '0');
	*s = span_at(s->p + at, s->n - at);
	return v == port;
}

bool
target_is_canonical(const struct target *t, struct span raw)
{
	struct span	 rest = raw;
	bool		 v6 = t->is_addr && !addr_is_v4(&t->addr);

	if (t->plain > 0)
		return t->path.p == raw.p + t->plain && t->path.n == raw.n - t->plain;
	if (t->form != TARGET_ABSOLUTE || t->scheme == SCHEME_NONE || v6 ||
	    !begins(&rest, t->scheme_text) || !begins(&rest, SPAN("://")) ||
	    !begins(&rest, t->host))
		return false;
	if (t->port != schemes[t->scheme].port && !begins_port(&rest, t->port))
		return false;
	return rest.n == t->path.n && (rest.p == t->path.p || span_eq(rest, t->path));
}

struct span
target_authority(const struct target *t, bool with_port, struct arena *a)
{
	size_t		 room = t->host.n + 2 + PORT_TEXT;
	char		*p = arena_get(a, room);
	struct sb	 b;

	if (p == NULL)
		return SPAN_NONE;
	sb_fixed(&b, p, room);
	add_authority(&b, t, with_port);
	MUST(sb_ok(&b));
	return sb_done(&b);
}

struct span
target_url(const struct target *t, struct arena *a)
{
	struct span	 scheme = t->scheme == SCHEME_NONE ? schemes[SCHEME_HTTP].name :
	    t->scheme_text;
	size_t		 room = scheme.n + 3 + t->host.n + 2 + PORT_TEXT + t->path.n;
	struct sb	 b;
	char		*p;

	if (t->form == TARGET_AUTHORITY)
		return target_authority(t, true, a);
	if (t->host.n == 0)
		return t->path;
	p = arena_get(a, room);
	if (p == NULL)
		return SPAN_NONE;
	sb_fixed(&b, p, room);
	sb_span(&b, scheme);
	SB_LIT(&b, "://");
	add_authority(&b, t, false);
	if (t->form != TARGET_ASTERISK)		/* RFC 9112, 3.3: its URI has no path */
		sb_span(&b, t->path);
	MUST(sb_ok(&b));
	return sb_done(&b);
}
