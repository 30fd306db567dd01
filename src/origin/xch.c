/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request and its answer on a connection to an origin or a peer. Runs in a worker. Long because
 * both directions run at once over one state: who reads one half of it without the other misses
 * what ends it.
 */
#include "origin/xch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "acl/mangle.h"
#include "base/clock.h"
#include "base/mem.h"
#include "core/shared.h"
#include "http/authscheme.h"
#include "origin/upstream.h"
#include "origin/xchhead.h"
#include "shm/board.h"

enum { INTERIMS_MOST = 100 };	/* 1xx answers to one request */

enum { SILENCE_MS = 10000 };	/* detect_broken_pconn: as in Squid */

enum { SPARE = 32 };

static struct xch	*spare[SPARE];		/* kept for the next request */
static unsigned		 spares;

static void	 on_event(struct io *io, unsigned events);

/* The body's consumer, or the step that waits for the head. */
static void
tell(struct xch *x)
{
	struct txn	*t = x->t;

	if (x->state == XCH_BODY) {
		if (x->receiving && x->in.body.wake != NULL)
			x->in.body.wake(x->in.body.arg);
		return;
	}
	if ((t->step == STEP_FETCH || t->step == STEP_TUNNEL) && t->waiting)
		txn_wake(t);
}

static void
patience(struct xch *x)
{
	uint64_t	 most = x->s->read_timeout_ms;

	if (x->state == XCH_BODY && x->endless && most > SILENCE_MS)
		most = SILENCE_MS;
	timer_set(&x->timer, most);
}

/* Nothing is read because the client does not take what was: write_timeout is for that. */
static bool
client_is_slow(const struct xch *x)
{
	const struct txn	*t = x->t;

	if (x->state != XCH_BODY || t == NULL || (x->source.taken && !x->source.paced))
		return false;
	return (t->step == STEP_REPLY || t->step == STEP_LEND) && t->conn != NULL &&
	    !(t->conn->io.ready & IO_WRITE);
}

/*
 * Who is waited for is the client: the origin would take the rest of the request (RFC 9110,
 * 15.5.9). A client that waits for a 100 itself is not meant.
 */
static bool
client_stalls(const struct xch *x)
{
	const struct txn	*t = x->t;

	return x->sending && t->req_body != NULL && (x->c->conn.io.ready & IO_WRITE) &&
	    (t->req_body->taken > 0 || x->interims > 0 || !t->expects_continue);
}

static void
on_time(struct timer *timer)
{
	struct xch	*x = CONTAINER_OF(timer, struct xch, timer);

	OBJ_OK(x, XCH_TAG);
	if (client_is_slow(x)) {
		patience(x);
		return;
	}
	if (x->state == XCH_BODY) {
		if (x->receiving && !x->in.ended && x->endless) {
			x->in.ended = true;
		} else if (x->receiving && !x->in.ended) {
			x->in.fault = INFLOW_BROKEN;
			if (x->t != NULL && x->t->f.why == WHY_NOTHING)
				x->t->f.why = WHY_READ_TIMEOUT;
		}
	} else {
		x->fault = client_stalls(x) ? WHY_REQUEST_TIMEOUT : WHY_READ_TIMEOUT;
	}
	tell(x);
}

/*
 * The origin waits for the rest of a request that will not come: neither will the rest of its
 * answer.
 */
static void
give_up_answer(struct xch *x)
{
	if (x->state == XCH_BODY && x->receiving && !x->in.ended && x->in.fault == INFLOW_FINE)
		x->in.fault = INFLOW_BROKEN;
}

/*
 * Sends what can be sent of the request. Only what went out makes the origin's time begin anew: a
 * client that is silent is looked at in vain.
 */
static void
push(struct xch *x)
{
	struct body	*body = x->t->req_body;
	uint64_t	 before = outflow_sent(&x->out);

	switch (outflow_run(&x->out)) {
	case OUTFLOW_DONE:
		x->sending = false;
		x->sent_all = true;
		x->sent_us = clock_us();
		break;
	case OUTFLOW_SOURCE_FAILED:	/* the client's body: cut short, or malformed */
		x->sending = false;
		x->fault = WHY_BAD_BODY;
		give_up_answer(x);
		break;
	case OUTFLOW_OVER:
		x->sending = false;
		x->fault = WHY_BODY_LONG;
		break;
	case OUTFLOW_SINK_FAILED:	/* it may have answered before: reading tells */
		x->sending = false;
		x->sink_failed = true;
		break;
	case OUTFLOW_AGAIN:
		task_later(&x->again);
		break;
	case OUTFLOW_WAIT:
		break;
	}
	if (before == 0 || outflow_sent(&x->out) > before || !x->sending)
		patience(x);
	if (!x->sending && body != NULL)
		body->wake = NULL;
}

/* The client's event goes on after this: who waits for the answer is told later. */
static void
on_upload(void *arg)
{
	struct xch	*x = arg;

	OBJ_OK(x, XCH_TAG);
	if (!x->sending)
		return;
	push(x);
	if (x->fault != WHY_NOTHING || x->sink_failed)
		task_later(&x->again);
}

static void
on_again(struct task *task)
{
	struct xch	*x = CONTAINER_OF(task, struct xch, again);

	OBJ_OK(x, XCH_TAG);
	if (x->sending)
		push(x);
	if (x->fault != WHY_NOTHING || x->sink_failed)
		tell(x);
}

static void
on_event(struct io *io, unsigned events)
{
	struct oconn	*c = CONTAINER_OF(io, struct oconn, conn.io);
	struct xch	*x = c->x;

	OBJ_OK(c, OCONN_TAG);
	OBJ_OK(x, XCH_TAG);
	if (x->sending && (events & IO_WRITE))
		push(x);
	if (events & (IO_READ | IO_HUP | IO_ERR) || x->fault != WHY_NOTHING) {
		patience(x);
		tell(x);
	}
}

struct xch *
xch_new(struct txn *t)
{
	struct xch	*x = spares > 0 ? spare[--spares] : mem_alloc(sizeof *x);

	memset(x, 0, sizeof *x);
	x->tag = XCH_TAG;
	x->t = t;
	x->s = t->s;
	x->before_in = t->f.origin_in;
	x->before_out = t->f.origin_out;
	timer_init(&x->timer, on_time);
	task_init(&x->again, on_again);
	return x;
}

static bool
may_repeat(const struct xch *x)
{
	const struct txn	*t = x->t;

	return method_idempotent(t->req.method) && (t->req_body == NULL || t->req_body->taken == 0);
}

/*
 * A request that cannot be repeated does not go out on a connection that the origin may just be
 * closing, unless its client logged in there.
 */
static struct oconn *
reuse(struct xch *x)
{
	struct txn	*t = x->t;

	if (x->fresh_only || !t->s->server_persistent_connections)
		return NULL;
	return pool_take(t, !method_idempotent(t->req.method) || t->req_body != NULL, reach_allowed,
	    on_event);
}

/*
 * The connection will be logged in by this request, or is: others must not get it, nor what comes
 * over it. Nor what is answered to a login by login=.
 */
static void
judge_login(struct xch *x)
{
	struct txn	*t = x->t;
	bool		 passed = t->peer != NULL &&
	    (t->peer->auth == PEER_AUTH_PASS || t->peer->auth == PEER_AUTH_PASSTHRU);

	if (authscheme_of_connection(head_value(&t->req, FIELD_AUTHORIZATION)) ||
	    (passed && authscheme_of_connection(head_value(&t->req, FIELD_PROXY_AUTHORIZATION))))
		pool_own(t, x->c);
	t->logged_in = x->c->owner != 0 || upstream_names_client(t);
}

static void
use(struct xch *x, struct oconn *c)
{
	struct txn	*t = x->t;

	x->c = c;
	c->x = x;
	t->f.origin = c->addr;
	t->f.outgoing = c->local;
	t->f.reused = c->uses++ > 0;
	board_count(shared.board, shared.slot, t->f.reused ? BOARD_ORIGIN_REUSED :
	    BOARD_ORIGIN_CONNECTIONS, 1);
}

static enum xch_answer
fail(struct xch *x, enum why w, const char *detail)
{
	txn_fail(x->t, w, detail == NULL ? NULL : "%s", detail);
	return XCH_FAILED;
}

static enum xch_answer
reach(struct xch *x)
{
	switch (reach_run(&x->reach, x->t)) {
	case REACH_WAIT:
		return XCH_WAIT;
	case REACH_FAILED:
		return XCH_FAILED;
	case REACH_DONE:
		break;
	}
	use(x, pool_new(x->t, &x->reach.io, &x->reach.addr, on_event));
	x->reach.state = REACH_START;
	return XCH_REPLY;		/* of this stage */
}

/* A connection: XCH_REPLY when x->c is there. */
static enum xch_answer
connect_it(struct xch *x)
{
	struct oconn	*c;

	if (x->state == XCH_NEW && (c = reuse(x)) != NULL) {
		use(x, c);
		return XCH_REPLY;
	}
	x->state = XCH_REACH;
	return reach(x);
}

static bool
may_trail(void *arg, const struct head_field *f)
{
	return mangle_passes(arg, true, f);
}

static enum xch_answer
start_sending(struct xch *x, bool (*make_head)(struct txn *t, struct buf *b))
{
	struct txn	*t = x->t;

	if (!make_head(t, &x->head))
		return fail(x, WHY_HEAD_LONG, "the request for the server is too large");
	judge_login(x);
	outflow_init(&x->out, &x->c->conn.io, buf_span(&x->head), t->req_body,
	    t->req_framing.kind == FRAMING_CHUNKED);
	x->out.named = &t->req;
	x->out.may_trail = may_trail;
	x->out.trail_arg = t;
	x->out.most = t->s->request_body_max_size;
	if (t->req_body != NULL) {
		t->req_body->wake = on_upload;
		t->req_body->arg = x;
	}
	x->sending = true;
	x->state = XCH_HEAD;
	x->head_seen = 0;
	x->sent_us = clock_us();
	t->asked_s = clock_wall_s();
	push(x);
	return XCH_REPLY;
}

/* Closes what failed before any answer; true: another connection may be tried. */
static bool
start_over(struct xch *x)
{
	if (!x->t->f.reused || x->fresh_only || x->heard || !may_repeat(x))
		return false;
	outflow_end(&x->out);
	x->gone_out += x->out.sent;
	pool_close(&x->c);
	buf_drop(&x->head);
	x->fresh_only = true;
	x->sending = x->sent_all = x->sink_failed = false;
	x->state = XCH_NEW;
	timer_stop(&x->timer);
	return true;
}

static enum xch_answer
no_answer(struct xch *x, enum io_result r, int error)
{
	if (x->heard)
		return fail(x, WHY_ORIGIN_TRUNCATED,
		    "the connection ended inside the head of the answer");
	if (r == IO_EOF)
		return fail(x, x->sink_failed ? WHY_ORIGIN_WRITE : WHY_ORIGIN_CLOSED, NULL);
	return fail(x, WHY_ORIGIN_RESET, strerror(error));
}

static enum xch_answer
bad_answer(struct xch *x, enum head_result r)
{
	bool	 large = r == HEAD_LONG || r == HEAD_MANY_FIELDS || r == HEAD_START_LONG;

	return fail(x, r == HEAD_NO_MEMORY ? WHY_NO_MEMORY : large ? WHY_ORIGIN_HEAD_LONG :
	    WHY_ORIGIN_MALFORMED, head_text(r));
}

/* Its owner has what it wants of the body. */
static void
end_source(struct source *source)
{
	struct xch	*x = CONTAINER_OF(source, struct xch, source);

	OBJ_OK(x, XCH_TAG);
	if (x->t != NULL)
		x->t->x = NULL;
	xch_end(&x);
}

static void
offer_source(struct xch *x)
{
	x->source = (struct source){ .body = &x->in.body, .end = end_source };
	x->t->source = &x->source;
}

/* A whole head is in t->reply: what follows it? */
static enum xch_answer
take_head(struct xch *x)
{
	struct txn		*t = x->t;
	struct buf		*b = &x->c->conn.in;
	const char		*wrong;

	b->from += (uint32_t)t->reply.length;
	b->floor = b->from;
	t->f.origin_status = t->reply.status;
	if (t->reply.status < 200 && t->reply.status != 101)
		return ++x->interims <= INTERIMS_MOST ? XCH_REPLY :
		    fail(x, WHY_ORIGIN_MALFORMED, "it sends interim answers without end");
	wrong = xchhead_wrong(t, x->sent_all);
	if (wrong != NULL)
		return fail(x, WHY_ORIGIN_MALFORMED, wrong);
	x->keep = framing_persistent(&t->reply) && t->reply_framing.kind != FRAMING_CLOSE;
	x->endless = t->s->detect_broken_pconn && t->reply_framing.kind == FRAMING_CLOSE &&
	    framing_persistent(&t->reply);
	x->state = XCH_BODY;
	if (x->endless)
		patience(x);
	if (t->reply_framing.kind == FRAMING_UPGRADED) {
		timer_stop(&x->timer);
		return XCH_REPLY;
	}
	inflow_init(&x->in, &x->c->conn, &t->reply_framing);
	x->receiving = true;
	t->reply_body = t->reply_framing.kind == FRAMING_NONE ? NULL : &x->in.body;
	if (t->reply_body == NULL)
		timer_stop(&x->timer);
	else if (x->sent_all && !x->endless)
		offer_source(x);
	return XCH_REPLY;
}

static enum xch_answer
receive(struct xch *x)
{
	enum io_result		 io = IO_OK;
	enum head_result	 r;
	int			 error;

	if (x->fault == WHY_BAD_BODY) {
		x->t->close_client = true;
		return fail(x, WHY_BAD_BODY, "the body of the request ended early or is malformed");
	}
	if (x->fault == WHY_BODY_LONG) {
		x->t->close_client = true;
		return fail(x, WHY_BODY_LONG, "it grew over request_body_max_size");
	}
	r = xchhead_read(x, &io);
	error = errno;
	if (r == HEAD_DONE)
		return take_head(x);
	if (r != HEAD_MORE)
		return bad_answer(x, r);
	if (x->fault == WHY_REQUEST_TIMEOUT)
		x->t->close_client = true;
	if (x->fault != WHY_NOTHING)
		return fail(x, x->fault, NULL);
	if (io == IO_AGAIN)
		return XCH_WAIT;
	if (start_over(x))
		return XCH_FAILED;
	return no_answer(x, io, error);
}

enum xch_answer
xch_run(struct xch *x, bool (*make_head)(struct txn *t, struct buf *b))
{
	OBJ_OK(x, XCH_TAG);
	for (;;) {
		enum xch_answer	 r;

		switch ((enum xch_state)x->state) {
		case XCH_NEW:
		case XCH_REACH:
			r = connect_it(x);
			if (r == XCH_REPLY)
				r = start_sending(x, make_head);
			if (r != XCH_REPLY)
				return r;
			break;
		case XCH_HEAD:
			r = receive(x);
			if (r == XCH_FAILED && x->state == XCH_NEW)
				break;		/* started over */
			return r;
		case XCH_BODY:
			return XCH_REPLY;
		}
	}
}

void
xch_next_head(struct xch *x)
{
	x->head_seen = 0;
	x->c->conn.in.floor = 0;
	patience(x);
}

/* Both sides said all they had to say, and nothing else. */
static bool
reusable(const struct xch *x)
{
	return x->state == XCH_BODY && x->keep && x->sent_all && !x->sink_failed &&
	    x->fault == WHY_NOTHING && x->receiving && inflow_complete(&x->in) && x->in.n == 0 &&
	    x->s->server_persistent_connections;
}

void
xch_count(const struct xch *x)
{
	struct facts	*f = &x->t->f;

	f->origin_in = x->before_in + x->head_in + (x->receiving ? x->in.received : 0);
	f->origin_out = x->before_out + x->gone_out + (x->c != NULL ? outflow_sent(&x->out) : 0);
}

/* t->reply's spans are in it until the request is logged. */
static void
leave_head(struct xch *x)
{
	struct txn	*t = x->t;

	buf_drop(&t->reply_buf);
	t->reply_buf = x->c->conn.in;
	x->c->conn.in = (struct buf){ 0 };
}

/*
 * The connection is given back, or closed; what it holds of the answer goes to the transaction, if
 * there is one.
 */
static void
leave_connection(struct xch *x)
{
	bool	 keep = reusable(x) && buf_used(&x->in.big) == 0 && buf_used(&x->c->conn.in) == 0;

	/* not inflow_end: bytes that nobody asked for must not come over the head */
	buf_drop(&x->in.big);
	if (x->t != NULL)
		leave_head(x);
	else
		buf_drop(&x->c->conn.in);
	if (keep)
		pool_keep(x->s, &x->c);
	else
		pool_close(&x->c);
}

static void
leave_txn(struct xch *x)
{
	struct txn	*t = x->t;

	reach_cancel(&x->reach);
	t->reach = NULL;
	if (t->req_body != NULL)
		t->req_body->wake = NULL;
	xch_count(x);
	if (x->c != NULL)
		pool_place(t, x->c);
	if (t->reply_body == &x->in.body)
		t->reply_body = NULL;
	t->source = NULL;
}

void
xch_end(struct xch **xp)
{
	struct xch	*x = *xp;

	OBJ_OK(x, XCH_TAG);
	*xp = NULL;
	timer_stop(&x->timer);
	task_drop(&x->again);
	outflow_end(&x->out);
	if (x->t != NULL)
		leave_txn(x);
	if (x->c != NULL)
		leave_connection(x);
	buf_drop(&x->head);
	OBJ_GONE(x);
	if (spares < SPARE)
		spare[spares++] = x;
	else
		free(x);
}

void
xch_part(struct xch **xp)
{
	struct xch	*x = *xp;

	OBJ_OK(x, XCH_TAG);
	if (!x->source.taken) {
		xch_end(xp);
		return;
	}
	*xp = NULL;
	leave_txn(x);
	inflow_leave(&x->in);
	leave_head(x);
	x->t = NULL;
}
