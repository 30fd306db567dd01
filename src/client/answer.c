/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reply step. The head is built anew from the fields that are to go out; framing, Connection,
 * Via and Date are this proxy's own (RFC 9110, 7.6; RFC 9112, 6). Runs in a worker.
 */
#include "client/answer.h"

#include <errno.h>

#include "acl/mangle.h"
#include "base/clock.h"
#include "base/sb.h"
#include "client/client.h"
#include "core/shared.h"
#include "core/via.h"
#include "http/authscheme.h"
#include "http/date.h"

enum { HEAD_EXTRA = 1360, DRAIN_MOST = 65536 };

/* How the body goes to this client. */
enum delimit { DELIMIT_NONE, DELIMIT_LENGTH, DELIMIT_CHUNKED, DELIMIT_CLOSE };

static enum delimit
delimiting(const struct txn *t)
{
	if (t->reply_body == NULL)
		return DELIMIT_NONE;
	if (t->reply_body->length != UINT64_MAX)
		return DELIMIT_LENGTH;
	return t->req.minor >= 1 ? DELIMIT_CHUNKED : DELIMIT_CLOSE;
}

/* A request body that was not read to its end: is the rest small enough to read it away? */
static bool
body_settled(const struct txn *t)
{
	const struct inflow	*in = &t->client->in;

	if (t->req_body == NULL || inflow_complete(in))
		return true;
	return in->fault == INFLOW_FINE && !t->expects_continue && in->kind == FRAMING_LENGTH &&
	    in->left <= DRAIN_MOST;
}

/*
 * What follows a CONNECT that was refused may be bytes for the tunnel, sent in good faith: they
 * must not be taken for a request (RFC 9931). A client that is asked for its password comes back on
 * the same connection.
 */
static bool
connect_refused(const struct txn *t)
{
	return t->req.method == METHOD_CONNECT &&
	    (t->reply.status != 407 || buf_used(&t->client->conn.in) > 0);
}

static bool
stays_open(const struct txn *t, enum delimit d)
{
	return !t->close_client && !connect_refused(t) && !shared.draining && d != DELIMIT_CLOSE &&
	    t->f.version >= 10 && body_settled(t);
}

static size_t
bound(const struct txn *t)
{
	const struct head_field	*f = t->reply.fields;
	size_t			 n = HEAD_EXTRA + mangle_room(&t->s->reply_header_access) +
	    t->reply.reason.n;

	for (unsigned i = t->reply.n; i > 0; i--, f++)
		n += f->name.n + f->value.n + 4;
	return n;
}

static void
put_status(struct sb *b, const struct head *h)
{
	char		*to = sb_more(b, sizeof "HTTP/1.1 200 " - 1 + h->reason.n + 2);
	unsigned	 status = h->status;

	if (to == NULL)
		return;
	to = mempcpy(to, "HTTP/1.1 ", 9);
	*to++ = (char)('0' + status / 100 % 10);
	*to++ = (char)('0' + status / 10 % 10);
	*to++ = (char)('0' + status % 10);
	*to++ = ' ';
	if (h->reason.n > 0)
		to = mempcpy(to, h->reason.p, h->reason.n);
	memcpy(to, "\r\n", 2);
}

/* What put_own writes, or what is for one hop. */
static const uint8_t	 ours[FIELD_COUNT] = {
	[FIELD_CONTENT_LENGTH] = 1, [FIELD_TRANSFER_ENCODING] = 1, [FIELD_CONNECTION] = 1, [FIELD_KEEP_ALIVE] = 1,
	[FIELD_PROXY_CONNECTION] = 1, [FIELD_UPGRADE] = 1,
	[FIELD_TRAILER] = 2,		/* goes with the coding (RFC 9112, 7.1.3) */
};

/* Without a body the length that a GET would have had may be told (RFC 9110, 8.6): HEAD and 304. */
static bool
told_length(const struct txn *t, enum delimit d, uint64_t *n)
{
	if (d == DELIMIT_LENGTH) {
		*n = t->reply_body->length;
		return true;
	}
	return d == DELIMIT_NONE && (t->req.method == METHOD_HEAD || t->reply.status == 304) &&
	    framing_length(&t->reply, n);
}

static void
put_framing(struct sb *b, const struct txn *t, enum delimit d)
{
	uint64_t	 n;

	if (told_length(t, d, &n)) {
		SB_LIT(b, "Content-Length: ");
		sb_u64(b, n);
		SB_LIT(b, "\r\n");
	} else if (d == DELIMIT_CHUNKED) {
		SB_LIT(b, "Transfer-Encoding: chunked\r\n");
	}
}

/* Where the answer is from: in Squid's words, and where there is a cache in those of RFC 9211. */
static void
put_cache_words(struct sb *b, const struct txn *t)
{
	struct span	 name;

	if (t->cache_told && !t->reply_is_ours) {
		cachestatus_lines(b, &t->s->cachestatus, t->f.local.port, &t->cache_words,
		    t->cache_found, t->age);
		return;
	}
	name = span_of(t->s->visible_hostname);
	SB_LIT(b, "X-Cache: MISS from ");
	sb_span(b, name);
	sb_str(b, t->reply_is_ours ? "\r\nX-Cache-Lookup: NONE from " :
	    "\r\nX-Cache-Lookup: MISS from ");
	sb_span(b, name);
	sb_char(b, ':');
	sb_u64(b, t->f.local.port);
	SB_LIT(b, "\r\n");
}

/* Upgrade is there where it is the answer's to say. */
static void
put_connection(struct sb *b, const struct txn *t)
{
	struct span	 up = head_value(&t->reply, FIELD_UPGRADE);
	bool		 close = t->reply.status != 101 && t->f.persistent == 0;

	if (up.n > 0)
		head_put(b, SPAN("Upgrade"), up);
	if (up.n > 0)
		sb_str(b, close ? "Connection: close, Upgrade\r\n" : "Connection: Upgrade\r\n");
	else if (close)
		SB_LIT(b, "Connection: close\r\n");
	if (t->reply.status == 401 && !t->reply_is_ours &&
	    authscheme_offered(&t->reply, FIELD_WWW_AUTHENTICATE))
		SB_LIT(b, "Proxy-Support: Session-Based-Authentication\r\nConnection: Proxy-Support\r\n");	/* RFC 4559, 6 */
}

static void
put_own(struct sb *b, struct txn *t, enum delimit d)
{
	const struct head	*h = &t->reply;
	char			 date[DATE_TEXT];
	size_t			 own = b->n;

	if (head_get(h, FIELD_DATE) == NULL)
		head_put(b, SPAN("Date"), span_of(date_print(clock_wall_s(), date)));
	put_framing(b, t, d);
	if (h->status != 101)
		put_cache_words(b, t);
	if (t->s->via)
		via_put(b, t->s, t->reply_is_ours ? 11 : h->major * 10u + h->minor);
	mangle_own(t, h, b, own);
	put_connection(b, t);
}

static bool
build(struct txn *t, enum delimit d)
{
	struct client	*c = t->client;
	size_t		 n;
	struct sb	 b;

	if (t->reply_is_ours)		/* has not passed STEP_RULES */
		mangle_reply(t, &t->reply);
	n = bound(t);
	if (n > 1 << 20)
		return false;
	buf_drop(&c->out_head);
	buf_need(&c->out_head, buf_fit(n));
	sb_fixed(&b, c->out_head.p, c->out_head.cap);
	put_status(&b, &t->reply);
	head_put_fields(&b, &t->reply, ours, d == DELIMIT_CLOSE &&
	    t->reply_framing.kind == FRAMING_CHUNKED ? 1 | 2 : 1);
	if (t->interim) {
		size_t	 own = b.n;

		if (t->s->via)
			via_put(&b, t->s, t->reply.major * 10u + t->reply.minor);
		mangle_own(t, &t->reply, &b, own);
	} else {
		put_own(&b, t, d);
	}
	SB_LIT(&b, "\r\n");
	if (!sb_ok(&b))
		return false;
	c->out_head.to = (uint32_t)b.n;
	return true;
}

static void
more_body(void *arg)
{
	struct txn	*t = arg;

	if (t->step == STEP_REPLY && t->waiting)
		txn_wake(t);
}

/*
 * The next write completes the answer: whatever becomes of this process then, there is a record.
 * False: not yet, it has to wait.
 */
static bool
foresee(void *arg, uint64_t total)
{
	struct txn	*t = arg;
	uint64_t	 before = t->f.out;
	bool		 ready;

	if (txn_record == NULL)
		return true;
	t->f.out += total;
	ready = txn_record(t, true);
	t->f.out = before;
	return ready;
}

static bool
may_trail(void *arg, const struct head_field *f)
{
	return mangle_passes(arg, false, f);
}

/* True: the answer can be sent. */
static bool
start(struct txn *t)
{
	struct client	*c = t->client;
	enum delimit	 d = t->interim || t->reply.status == 101 ? DELIMIT_NONE : delimiting(t);

	if (!t->interim)
		t->f.persistent = stays_open(t, d);
	if (!build(t, d))
		return false;
	if (!t->interim) {
		t->f.status = t->reply.status;
		t->f.out_head = c->out_head.to;
		t->reset = d == DELIMIT_CLOSE && t->reset;
	}
	if (d != DELIMIT_NONE) {
		t->reply_body->wake = more_body;
		t->reply_body->arg = t;
	}
	outflow_init(&c->out, &c->conn.io, buf_span(&c->out_head), d == DELIMIT_NONE ? NULL :
	    t->reply_body, d == DELIMIT_CHUNKED);
	c->out.named = &t->reply;
	c->out.may_trail = may_trail;
	c->out.trail_arg = t;
	if (!t->interim)
		c->out.most = t->reply_max;
	if (!t->interim && t->reply.status != 101 && t->s->n_logs > 0) {
		c->out.last = foresee;
		c->out.arg = t;
	}
	if (d == DELIMIT_CLOSE) {
		c->by_close = true;
		io_abortive(&c->conn.io, true);
	}
	c->replying = true;
	return true;
}

static void
finish(struct txn *t)
{
	struct client	*c = t->client;

	outflow_end(&c->out);
	t->f.out += c->out.sent;
	c->conn.bytes_out += c->out.sent;
	buf_drop(&c->out_head);
	c->replying = false;
	if (t->reply_body != NULL)
		t->reply_body->wake = NULL;
}

/* The body failed after part of it was sent: only a broken connection says so (RFC 9112, 8). */
static enum step
cut(struct txn *t, enum why w)
{
	bool	 by_close = t->reply_body->length == UINT64_MAX && t->req.minor == 0;

	finish(t);
	t->f.truncated = 1;
	t->f.persistent = 0;
	t->close_client = true;
	t->reset = by_close;
	if (t->f.why == WHY_NOTHING)
		t->f.why = w;
	return STEP_LOG;
}

/* The body failed before a byte of the answer went out: the client gets a page that says why. */
static enum step
instead(struct txn *t, enum why w)
{
	finish(t);
	t->f.status = t->f.out_head = 0;
	t->f.persistent = 0;
	t->close_client = true;
	t->reply_body = NULL;
	return txn_fail(t, w, NULL);
}

static enum step
lost(struct txn *t, int error)
{
	finish(t);
	t->f.persistent = 0;
	t->close_client = true;
	t->f.aborted = 1;
	if (t->f.why == WHY_NOTHING) {
		t->f.why = WHY_CLIENT_GONE;
		t->f.why_detail = arena_span(&t->arena, span_of(strerror(error)));
	}
	return STEP_LOG;
}

static enum step
done(struct txn *t)
{
	finish(t);
	if (t->interim) {
		t->interim = false;
		client_allow(t->client, t->s->client_lifetime_ms);
		return STEP_FETCH;
	}
	if (t->reply.status == 101 && !t->reply_is_ours)
		return STEP_TUNNEL;
	return STEP_LOG;
}

enum step
answer_send(struct txn *t)
{
	struct client		*c = t->client;
	enum outflow_result	 r;

	if (t->no_reply) {
		t->close_client = true;
		return STEP_LOG;
	}
	if (!c->replying && !start(t)) {
		t->close_client = true;
		if (t->f.why == WHY_NOTHING)
			t->f.why = WHY_ORIGIN_HEAD_LONG;
		t->f.truncated = 1;
		return STEP_LOG;
	}
	r = outflow_run(&c->out);
	if (r == OUTFLOW_DONE)
		return done(t);
	if (txn_record != NULL)
		txn_record(t, false);
	switch (r) {
	case OUTFLOW_OVER:
		return c->out.sent == 0 ? instead(t, WHY_REPLY_LONG) : cut(t, WHY_REPLY_LONG);
	case OUTFLOW_SOURCE_FAILED:
		return c->out.sent == 0 ? instead(t, WHY_ORIGIN_TRUNCATED) :
		    cut(t, WHY_ORIGIN_TRUNCATED);
	case OUTFLOW_SINK_FAILED:
		return lost(t, errno);
	case OUTFLOW_AGAIN:
		task_later(&c->again);
		break;
	case OUTFLOW_WAIT:
	case OUTFLOW_DONE:
		break;
	}
	client_allow(c, c->conn.io.ready & IO_WRITE ? t->s->client_lifetime_ms :
	    t->s->write_timeout_ms);
	return STEP_WAIT;
}

void
answer_cancel(struct txn *t)
{
	if (t->client->replying)
		finish(t);
}
