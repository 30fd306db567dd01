/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunnels. Each direction is a pump and closes by itself: the end of one side is passed on as a FIN
 * while the other goes on. One timer serves idle time, lifetime and interim records; traffic only
 * notes the time. Runs in a worker. Long: how a tunnel is opened stands beside how it lives.
 */
#include "origin/tunnel.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "acl/notes.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/sb.h"
#include "core/peerload.h"
#include "core/presence.h"
#include "core/shared.h"
#include "origin/upstream.h"
#include "origin/xch.h"
#include "shm/board.h"

bool	 (*tunnel_record)(struct txn *t, struct logwait *w);

enum { TUNNEL_TAG = TAG4('T', 'U', 'N', '1') };

struct tunnel {
	uint32_t		 tag;
	bool			 up_done, down_done;	/* the end was passed on */
	/* nothing is moved any more: it is recorded, then the sides are told */
	bool			 over;
	bool			 reset;		/* ... by a RST */
	uint8_t			 aborted;
	/* bytes at the front of `down` that are this proxy's answer, not the origin's */
	uint8_t			 own;
	struct io		 client, origin;
	struct pump		 up, down;	/* client to origin, origin to client */
	struct timer		 timer;
	struct task		 again;
	struct list		 node;
	const struct settings	*s;
	const struct port	*port;
	const struct peer	*peer;		/* counted while it lasts (core/peerload.h) */
	void			*facts;		/* facts_pack */
	uint32_t		 n_facts, n_head;
	/* the request's head where a log format reads it; else NULL */
	char			*head;
	uint32_t		 began_s;
	uint32_t		 interims;
	/* last byte; next interim record (0: none, or it waits for room) */
	uint64_t		 active_ms, interim_ms;
	uint64_t		 ended_us;
	struct logwait		 wait;
};

static struct list	 all = { &all, &all };
static unsigned		 count;

unsigned
tunnel_count(void)
{
	return count;
}

static void
restore_head(const struct tunnel *n, struct txn *t)
{
	struct head_limits	 lim = { n->n_head + 1, n->n_head + 1, 65535 };

	if (n->head != NULL)
		head_parse_request(&t->req, n->head, n->n_head, 0, &lim, &t->arena);
	t->target.form = TARGET_AUTHORITY;
	t->target.host = t->f.host;
	t->target.port = (uint16_t)t->f.target_port;
	t->req.method_text = t->f.method;
	t->req.method = method_lookup(t->f.method);
}

/*
 * One record from the packed facts and the pumps' counts. False: the log has no room now: on_room.
 */
static bool
record(struct tunnel *n, unsigned interim)
{
	struct txn	*t = txn_new(n->s);
	bool		 ok;

	facts_unpack(n->facts, n->n_facts, &t->f);
	restore_head(n, t);
	t->port = n->port;
	t->auth = t->f.user.n > 0 ? AUTH_GOOD : AUTH_UNASKED;
	t->f.in += n->up.moved;
	t->f.origin_out += n->up.moved;
	t->f.out += n->down.moved;
	t->f.origin_in += n->down.moved > n->own ? n->down.moved - n->own : 0;
	t->f.ended = n->over ? n->ended_us : clock_wall_us();
	t->f.duration = t->f.ended - t->f.started;
	t->f.interim = interim;
	t->f.aborted = n->aborted;
	ok = tunnel_record == NULL || tunnel_record(t, &n->wait);
	txn_free(&t);
	return ok;
}

static void
discard(struct tunnel *n)
{
	MUST(!logwait_is_set(&n->wait));
	timer_stop(&n->timer);
	task_drop(&n->again);
	list_remove(&n->node);
	free(n->facts);
	free(n->head);
	OBJ_GONE(n);
	free(n);
}

static void
hang_up(struct tunnel *n)
{
	struct facts	 f;

	facts_unpack(n->facts, n->n_facts, &f);
	presence_leave(&f.client);
	peerload_leave(n->peer);
	pump_free(&n->up);
	pump_free(&n->down);
	if (n->reset) {
		io_reset(&n->client);
		io_reset(&n->origin);
	}
	io_close(&n->client);
	io_close(&n->origin);
	count--;
	board_count(shared.board, shared.slot, BOARD_TUNNELS_OPEN, (uint64_t)-1);
}

/* While the record waits, the death of this process must not look like the end of the tunnel. */
static void
abortive(struct tunnel *n, bool on)
{
	io_abortive(&n->client, on);
	io_abortive(&n->origin, on);
}

/* The record first: who sees the end of the tunnel can rely on it. */
static void
end(struct tunnel *n)
{
	bool	 waited = logwait_is_set(&n->wait);

	if (record(n, 0)) {
		if (waited)
			abortive(n, false);
		hang_up(n);
		discard(n);
		return;
	}
	pump_free(&n->up);
	pump_free(&n->down);
	abortive(n, true);
}

static void
finish(struct tunnel *n, bool reset)
{
	MUST(!n->over);
	n->over = true;
	n->reset = reset;
	n->ended_us = clock_wall_us();
	timer_stop(&n->timer);
	task_drop(&n->again);
	end(n);
}

/* One direction: true if the tunnel goes on. */
static bool
move(struct tunnel *n, struct pump *p, bool *done)
{
	if (*done)
		return true;
	switch (pump_run(p)) {
	case PUMP_AGAIN:
		task_later(&n->again);
		return true;
	case PUMP_WAIT:
		return true;
	case PUMP_EOF:
	case PUMP_DONE:
		*done = true;
		pump_free(p);
		/* the last end is told by closing, after the record */
		if (!n->up_done || !n->down_done)
			io_shut_write(p->to);
		return true;
	case PUMP_READ_FAIL:
	case PUMP_WRITE_FAIL:
		return false;
	}
	NEVER("pump_result");
}

static void
go(struct tunnel *n)
{
	OBJ_OK(n, TUNNEL_TAG);
	if (n->over)
		return;
	n->active_ms = clock_ms();
	if (!move(n, &n->up, &n->up_done) || !move(n, &n->down, &n->down_done)) {
		n->aborted = 1;
		finish(n, true);
		return;
	}
	if (n->up_done && n->down_done)
		finish(n, false);
}

/*
 * A side that has said all it had to say broke: nobody reads from it any more, so nobody would find
 * out.
 */
static void
broke(struct tunnel *n)
{
	OBJ_OK(n, TUNNEL_TAG);
	if (n->over)
		return;
	n->aborted = 1;
	finish(n, true);
}

static void
on_client(struct io *io, unsigned events)
{
	struct tunnel	*n = CONTAINER_OF(io, struct tunnel, client);

	if ((events & IO_ERR) && n->up_done)
		broke(n);
	else
		go(n);
}

static void
on_origin(struct io *io, unsigned events)
{
	struct tunnel	*n = CONTAINER_OF(io, struct tunnel, origin);

	if ((events & IO_ERR) && n->down_done)
		broke(n);
	else
		go(n);
}

static void
on_again(struct task *t)
{
	go(CONTAINER_OF(t, struct tunnel, again));
}

static uint64_t
sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Sets the timer to whatever comes first; false: something is over. */
static bool
schedule(struct tunnel *n)
{
	uint64_t	 now = clock_ms(), idle = n->active_ms + n->s->tunnel_idle_timeout_ms;
	uint64_t	 life = n->s->client_lifetime_ms, end = (uint64_t)n->began_s * 1000;

	end = life > UINT64_MAX - end ? UINT64_MAX : end + life;
	if (now >= idle || now >= end)
		return false;
	end = sooner(end, idle);
	if (n->interim_ms != 0)
		end = sooner(end, n->interim_ms);
	timer_set(&n->timer, end > now ? end - now : 1);
	return true;
}

static void
live_on(struct tunnel *n)
{
	if (schedule(n))
		return;
	n->aborted = 2;
	finish(n, false);
}

static void
record_interim(struct tunnel *n)
{
	n->interim_ms = 0;
	if (!record(n, n->interims + 1))
		return;
	n->interims++;
	n->interim_ms = clock_ms() + n->s->interim_interval_ms;
}

static void
on_time(struct timer *timer)
{
	struct tunnel	*n = CONTAINER_OF(timer, struct tunnel, timer);

	OBJ_OK(n, TUNNEL_TAG);
	if (n->interim_ms != 0 && clock_ms() >= n->interim_ms)
		record_interim(n);
	live_on(n);
}

static void
on_room(struct logwait *w)
{
	struct tunnel	*n = CONTAINER_OF(w, struct tunnel, wait);

	OBJ_OK(n, TUNNEL_TAG);
	if (n->over) {
		end(n);
		return;
	}
	record_interim(n);
	live_on(n);
}

/* Formats that print header fields of the request will want them at the end. */
static void
keep_head(struct tunnel *n, const struct txn *t)
{
	if (!t->s->log_wants_heads || t->conn == NULL || t->conn->in.floor < t->req.length)
		return;
	n->head = mem_alloc(t->req.length);
	memcpy(n->head, t->conn->in.p + (t->conn->in.floor - t->req.length), t->req.length);
	n->n_head = (uint32_t)t->req.length;
}

static struct tunnel *
make(struct txn *t)
{
	struct tunnel	*n = mem_zero(sizeof *n);
	size_t		 size;

	n->tag = TUNNEL_TAG;
	n->s = t->s;
	n->port = t->port;
	n->peer = t->peer;
	peerload_take(n->peer);
	t->f.tunnel = 1;
	t->f.persistent = 0;
	notes_add(t);
	n->facts = facts_pack(&t->f, &size);
	n->n_facts = (uint32_t)size;
	keep_head(n, t);
	n->began_s = (uint32_t)(clock_ms() / 1000);
	n->active_ms = clock_ms();
	if (t->s->interim_interval_ms != 0)
		n->interim_ms = clock_ms() + t->s->interim_interval_ms;
	timer_init(&n->timer, on_time);
	task_init(&n->again, on_again);
	n->wait.room = on_room;
	list_add(&all, &n->node);
	count++;
	board_count(shared.board, shared.slot, BOARD_TUNNELS, 1);
	board_count(shared.board, shared.slot, BOARD_TUNNELS_OPEN, 1);
	return n;
}

/*
 * The sockets of t and its exchange become a tunnel. `hello` goes to the client first, then what
 * the origin sent already; what the client sent already goes to the origin.
 */
static enum step
hand_over(struct txn *t, struct io *origin, struct buf *early, struct span hello)
{
	struct tunnel	*n = make(t);
	struct sb	 first;
	bool		 whole;

	io_move(&n->client, &t->conn->io, on_client);
	io_move(&n->origin, origin, on_origin);
	pump_init(&n->up, &n->client, &n->origin, UINT64_MAX);
	pump_init(&n->down, &n->origin, &n->client, UINT64_MAX);
	pump_first(&n->up, buf_span(&t->conn->in));
	t->conn->in.from = t->conn->in.to;
	sb_heap(&first, PUMP_FIRST_MOST);
	sb_span(&first, hello);
	n->own = (uint8_t)hello.n;
	if (early != NULL)
		sb_span(&first, buf_span(early));
	whole = sb_ok(&first);
	if (whole)
		pump_first(&n->down, sb_done(&first));
	sb_free(&first);
	if (early != NULL)
		buf_drop(early);
	t->handed_over = true;
	/* more than a megabyte came with the head: a tunnel must not have a hole */
	if (!whole) {
		n->aborted = 1;
		finish(n, true);
		return STEP_NEXT;
	}
	schedule(n);
	task_later(&n->again);
	return STEP_NEXT;
}

static enum step
failed(struct txn *t)
{
	bool	 more = t->s->n_peers > 0 && t->f.tries < t->s->forward_max_tries && !t->has_reply;

	if (t->peer != NULL && t->peer->index < 64)
		t->peers_failed |= (uint64_t)1 << t->peer->index;
	else if (t->peer == NULL)
		t->direct_failed = true;
	if (t->x != NULL)
		xch_end(&t->x);
	if (!more || t->f.why == WHY_DESTINATION_DENIED)
		return STEP_ERROR;
	return STEP_ROUTE;
}

/* Bytes of the head that a CONNECT is answered with are the client's; facts hold them. */
static void
note_open(struct txn *t, struct span hello)
{
	t->f.status = 200;
	t->f.tag_result = RESULT_TUNNEL;
	t->f.out_head = hello.n;
	t->f.in = t->f.req_head;
}

static enum step
open_direct(struct txn *t)
{
	static const char	 hello[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	struct reach		*r = &t->x->reach;
	struct io		 io;
	enum step		 next;

	switch (reach_run(r, t)) {
	case REACH_WAIT:
		return STEP_WAIT;
	case REACH_FAILED:
		return failed(t);
	case REACH_DONE:
		break;
	}
	t->f.origin = r->addr;
	pool_local(r->io.fd, &t->f.outgoing);
	board_count(shared.board, shared.slot, BOARD_ORIGIN_CONNECTIONS, 1);
	io_move(&io, &r->io, on_origin);
	r->state = REACH_START;
	note_open(t, span_of(hello));
	next = hand_over(t, &io, NULL, span_of(hello));
	xch_end(&t->x);
	return next;
}

static enum step
take_exchange(struct txn *t, struct span hello)
{
	struct oconn	*c = t->x->c;
	enum step	 next = hand_over(t, &c->conn.io, &c->conn.in, hello);

	xch_end(&t->x);
	return next;
}

/*
 * Through a parent: it gets the CONNECT; 2xx opens the tunnel, anything else is its answer to the
 * client.
 */
static enum step
open_by_peer(struct txn *t)
{
	static const char	 hello[] = "HTTP/1.1 200 Connection established\r\n\r\n";

	for (;;) {
		switch (xch_run(t->x, upstream_connect)) {
		case XCH_WAIT:
			return STEP_WAIT;
		case XCH_FAILED:
			return failed(t);
		case XCH_REPLY:
			break;
		}
		if (t->x->state == XCH_BODY)
			break;
		xch_next_head(t->x);
	}
	if (t->reply_framing.kind == FRAMING_UPGRADED) {
		note_open(t, span_of(hello));
		return take_exchange(t, span_of(hello));
	}
	head_remove_hop(&t->reply);
	t->has_reply = true;
	t->close_client = true;
	return STEP_RULES;
}

enum step
tunnel_open(struct txn *t)
{
	if (t->x != NULL && t->x->state == XCH_BODY && t->reply_framing.kind == FRAMING_UPGRADED &&
	    t->req.method != METHOD_CONNECT)
		return take_exchange(t, SPAN_NONE);	/* 101 was sent */
	if (t->x == NULL)
		t->x = xch_new(t);
	if (t->peer != NULL && !t->peer->originserver)
		return open_by_peer(t);
	return open_direct(t);
}

void
tunnel_cancel(struct txn *t)
{
	if (t->x != NULL)
		xch_end(&t->x);
}

void
tunnel_abort_all(void)
{
	LIST_EACH(&all, l) {
		struct tunnel *n = CONTAINER_OF(l, struct tunnel, node);

		if (n->over)
			continue;
		n->aborted = 2;
		finish(n, true);
	}
}
