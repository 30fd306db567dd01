/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client connections. A connection works on one request at a time: what a client pipelines waits in
 * its socket or buffer, so answers are in order by construction. Idle connections hold no buffer.
 * Runs in a worker. Long: the whole life of a connection in one place.
 */
#include "client/client.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/msg.h"
#include "client/clienthead.h"
#include "client/listen.h"
#include "client/origdst.h"
#include "core/presence.h"
#include "core/shared.h"
#include "shm/board.h"

enum {
	/* a refused client that is silent for so long has read the refusal, */
	LINGER_MS = 2000,
	LINGER_MOST_MS = 30000,		/* ... or will not read it before it has sent all it has */
	LINGER_TURN = 256 * 1024,	/* bytes, before others have their turn */
	/* half_closed_clients off: time for an answer that is nearly there */
	HALF_CLOSED_MS = 1000,
	SPARE_MOST = 64,		/* when descriptors are short: so many at a time, */
	SPARE_SERVED_MS = 1000,		/* ... after so long without a next request, */
	SPARE_SILENT_MS = 5000,		/* ... or without a whole one at all */
};

static struct list	 all = { &all, &all };
static uint64_t		 last_number;

static void	 on_event(struct io *io, unsigned events);
static void	 on_time(struct timer *t);
static void	 on_again(struct task *t);
static void	 on_spare(struct task *t);

static struct task	 sparing;

void
client_start(const struct settings *s, const int *listen_fds, size_t n)
{
	task_init(&sparing, on_spare);
	listen_start(s, listen_fds, n);
}

void
client_stop_accepting(void)
{
	listen_stop();
}

void
client_drain(void)
{
	shared.draining = true;
}

unsigned
client_busy(void)
{
	return presence_count();
}

void
client_allow(struct client *c, uint64_t ms)
{
	uint64_t	 used = clock_ms() - c->began_ms, most = c->s->client_lifetime_ms;

	if (c->half_closed && !c->s->half_closed_clients && c->t != NULL &&
	    c->t->step != STEP_REPLY && ms > HALF_CLOSED_MS)
		ms = HALF_CLOSED_MS;
	most = used < most ? most - used : 0;
	timer_set(&c->timer, ms < most ? ms : most);
}

/* Frees the connection; whoever owned it must not touch it again. */
static void
end(struct client *c, bool reset)
{
	OBJ_OK(c, CLIENT_TAG);
	MUST(c->t == NULL);
	timer_stop(&c->timer);
	task_drop(&c->again);
	list_remove(&c->node);
	inflow_end(&c->in);
	buf_drop(&c->conn.in);
	buf_drop(&c->out_head);
	if (reset)
		io_reset(&c->conn.io);
	else
		io_close(&c->conn.io);
	presence_leave(&c->peer);
	free(c->conn.tag);
	OBJ_GONE(c);
	free(c);
}

bool
client_new(int fd, const struct addr *peer, const struct port *port, const struct settings *s)
{
	struct client		*c = mem_zero(sizeof *c);
	struct sockaddr_storage	 ss;
	socklen_t		 n = sizeof ss;

	/* the first request is usually there already */
	if (!io_open(&c->conn.io, fd, IO_READ | IO_WRITE, on_event)) {
		free(c);
		return false;
	}
	c->tag = CLIENT_TAG;
	c->s = s;
	c->port = port;
	c->peer = *peer;
	c->local = port->addr;
	if (addr_is_any(&port->addr) && getsockname(fd, (struct sockaddr *)&ss, &n) == 0)
		addr_from_sock(&c->local, (struct sockaddr *)&ss);
	if (port->intercept && origdst_get(fd, peer, &c->local, port, &c->original))
		c->local = c->original;		/* for rules and logs it is what the client sees
						 * (Squid) */
	c->number = ++last_number;
	c->began_ms = c->waits_ms = clock_ms();
	c->began_wall_us = clock_wall_us();
	timer_init(&c->timer, on_time);
	task_init(&c->again, on_again);
	list_add(&all, &c->node);
	presence_enter(peer);
	c->crowded = s->client_ip_max_connections != UINT64_MAX &&
	    presence_of(peer) > s->client_ip_max_connections;
	client_allow(c, s->request_start_timeout_ms);
	task_later(&c->again);
	return true;
}

/* A transaction for the request whose first bytes are about to be read. */
static void
begin(struct client *c)
{
	struct txn	*t = txn_new(c->s);

	MUST(c->t == NULL);
	c->t = t;
	c->state = CLIENT_BUSY;
	c->waits_ms = clock_ms();
	/* the end came with the request: no event will tell of it */
	if (c->conn.io.ready & IO_HUP)
		c->half_closed = true;
	c->head_seen = 0;
	t->client = c;
	t->conn = &c->conn;
	t->port = c->port;
	t->crowded = c->crowded;
	t->close_client = c->crowded;
	t->f.number = board_number(shared.board);
	if (t->f.number == 0)
		t->f.number = ++last_number;
	t->f.connection = c->number;
	t->f.worker = shared.worker;
	t->f.started = clock_wall_us();
	t->f.client = t->f.indirect = c->peer;
	t->f.local = c->local;
	t->f.port_name = span_of(c->port->name);
	txn_wake(t);
}

/* True: there is or may be something to read for a next request. */
static bool
anything(struct client *c)
{
	size_t	 got;

	if (buf_used(&c->conn.in) > 0)
		return true;
	if (!(c->conn.io.ready & IO_READ))
		return false;
	buf_need(&c->conn.in, BUF_SMALL);
	switch (io_read(&c->conn.io, c->conn.in.p, c->conn.in.cap, &got)) {
	case IO_OK:
		c->conn.in.from = 0;
		c->conn.in.to = (uint32_t)got;
		c->conn.bytes_in += got;
		return true;
	case IO_AGAIN:
		buf_drop(&c->conn.in);
		return false;
	case IO_EOF:
	case IO_FAIL:
		break;
	}
	c->half_closed = true;
	return false;
}

static void
idle(struct client *c)
{
	if (anything(c)) {
		begin(c);
		return;
	}
	if (c->half_closed)
		end(c, false);
}

/* waits_ms: since when. */
static void
linger_on(struct client *c)
{
	uint64_t	 spent = clock_ms() - c->waits_ms, left = spent < LINGER_MOST_MS ?
	    LINGER_MOST_MS - spent : 0;

	timer_set(&c->timer, left < LINGER_MS ? left : LINGER_MS);
}

static void
linger(struct client *c)
{
	char	 away[16384];
	size_t	 got, read = 0;

	while (read < LINGER_TURN) {
		switch (io_read(&c->conn.io, away, sizeof away, &got)) {
		case IO_OK:
			read += got;
			continue;
		case IO_AGAIN:
			if (read > 0)
				linger_on(c);
			return;
		case IO_EOF:
		case IO_FAIL:
			end(c, false);
			return;
		}
	}
	linger_on(c);
	task_later(&c->again);
}

/*
 * The answer is out and nothing more is wanted: lets the peer read it before the connection is
 * gone. What lies unread when a socket is closed makes a reset of it, and that can take the answer
 * away from a peer that is still sending (RFC 9112, 9.6).
 */
static void
close_gently(struct client *c, bool orderly)
{
	bool	 unread = (c->conn.io.ready & IO_READ) != 0, quiet = !unread &&
	    buf_used(&c->conn.in) == 0;

	if ((c->conn.io.ready & IO_ERR) ||
	    (!unread && (c->half_closed || (c->conn.io.ready & IO_HUP))) || (orderly && quiet)) {
		end(c, false);
		return;
	}
	c->state = CLIENT_LINGER;
	buf_drop(&c->conn.in);
	c->conn.in = (struct buf){ 0 };
	c->waits_ms = clock_ms();
	io_shut_write(&c->conn.io);
	linger_on(c);
	if (unread)
		task_later(&c->again);
}

static void
idle_again(struct client *c)
{
	c->state = CLIENT_IDLE;
	c->waits_ms = clock_ms();
	c->conn.in.floor = 0;
	buf_tidy(&c->conn.in);
	client_allow(c, shared.draining && c->s->client_idle_pconn_timeout_ms > 5000 ? 5000 :
	    c->s->client_idle_pconn_timeout_ms);
	if (buf_used(&c->conn.in) > 0 || c->conn.io.ready & IO_READ)
		task_later(&c->again);		/* pipelined: others first */
}

static void
drain(struct client *c)
{
	if (!inflow_discard(&c->in))
		return;
	if (!inflow_complete(&c->in)) {
		close_gently(c, false);
		return;
	}
	inflow_end(&c->in);
	idle_again(c);
}

/*
 * The peer will send no more, or the connection broke, while a txn waits. True: the client is gone.
 */
static bool
gone(struct client *c, unsigned events)
{
	struct txn	*t = c->t;

	if (t->step == STEP_LOG)		/* answered: only its record waits for room */
		return true;
	if (events & IO_ERR) {
		txn_abort(t, WHY_CLIENT_GONE);
		return true;
	}
	if ((events & IO_HUP) && !c->half_closed) {
		c->half_closed = true;		/* what it sent before that is still answered */
		if (t->step != STEP_PARSE)
			client_allow(c, c->s->client_lifetime_ms);
	}
	return false;
}

static void
busy(struct client *c, unsigned events)
{
	struct txn	*t = c->t;

	if (gone(c, events) || !t->waiting)
		return;
	if (t->req_body != NULL && t->req_body->wake != NULL && (events & IO_READ)) {
		if (t->step == STEP_REPLY && (events & ~(unsigned)IO_READ))
			task_later(&c->again);
		t->req_body->wake(t->req_body->arg);	/* may end all of this */
		return;
	}
	if (t->step == STEP_PARSE || (t->step == STEP_REPLY && events != IO_READ))
		txn_wake(t);
}

static void
proceed(struct client *c, unsigned events)
{
	switch ((enum client_state)c->state) {
	case CLIENT_IDLE:
		idle(c);
		return;
	case CLIENT_BUSY:
		busy(c, events);
		return;
	case CLIENT_DRAIN:
		drain(c);
		return;
	case CLIENT_LINGER:
		linger(c);
		return;
	}
	NEVER("client_state");
}

static void
on_event(struct io *io, unsigned events)
{
	struct client	*c = CONTAINER_OF(io, struct client, conn.io);

	OBJ_OK(c, CLIENT_TAG);
	proceed(c, events);
}

static void
on_again(struct task *task)
{
	struct client	*c = CONTAINER_OF(task, struct client, again);

	OBJ_OK(c, CLIENT_TAG);
	proceed(c, 0);
}

static void
on_time(struct timer *timer)
{
	struct client	*c = CONTAINER_OF(timer, struct client, timer);
	struct txn	*t = c->t;

	OBJ_OK(c, CLIENT_TAG);
	if (c->state != CLIENT_BUSY) {
		end(c, c->state == CLIENT_LINGER);
		return;
	}
	if (t->step == STEP_LOG)		/* over: only its record waits for room */
		timer_set(&c->timer, LINGER_MS);
	else if (clock_ms() - c->began_ms >= c->s->client_lifetime_ms)
		txn_abort(t, WHY_LIFETIME);
	else if (t->step == STEP_PARSE)
		clienthead_late(t);
	else if (t->step == STEP_REPLY)
		txn_abort(t, WHY_WRITE_TIMEOUT);
	else if (c->half_closed && !c->s->half_closed_clients)
		txn_abort(t, WHY_CLIENT_GONE);
	else if (t->req_body != NULL && !inflow_complete(&c->in))
		txn_abort(t, WHY_REQUEST_TIMEOUT);
	else
		client_allow(c, c->s->client_lifetime_ms);
}

void
client_count(struct txn *t)
{
	const struct inflow	*in = &t->client->in;

	if (t->f.tunnel != 0)
		return;
	t->f.in = t->f.req_head;
	if (t->req_body == NULL)
		return;
	t->f.req_body = in->body.taken;
	t->f.in += in->received;
}

static void
tell_board(const struct txn *t)
{
	struct board	*b = shared.board;
	unsigned	 slot = shared.slot;
	const char	*word;

	board_count(b, slot, BOARD_REQUESTS, 1);
	board_count(b, slot, BOARD_CLIENT_IN, t->f.in);
	board_count(b, slot, BOARD_CLIENT_OUT, t->f.out);
	board_count(b, slot, BOARD_ORIGIN_IN, t->f.origin_in);
	board_count(b, slot, BOARD_ORIGIN_OUT, t->f.origin_out);
	if (t->f.why == WHY_NOTHING)
		return;
	word = why_row((enum why)t->f.why)->word;
	board_count(b, slot, word != NULL && strncmp(word, "DENIED", 6) == 0 ? BOARD_DENIED :
	    BOARD_FAILED, 1);
}

/* The tunnel has the socket and the presence. */
static void
leave_to_tunnel(struct client *c)
{
	timer_stop(&c->timer);
	task_drop(&c->again);
	list_remove(&c->node);
	inflow_end(&c->in);
	buf_drop(&c->conn.in);
	free(c->conn.tag);
	OBJ_GONE(c);
	free(c);
}

enum step
client_next(struct txn *t)
{
	struct client	*c = t->client;
	bool		 keep = t->f.persistent != 0 && !t->close_client, reset = t->reset;
	bool		 answered = t->f.status != 0 && t->f.why != WHY_CLIENT_GONE &&
	    t->f.aborted == 0 && t->f.truncated == 0, handed = t->handed_over;
	bool		 body = t->req_body != NULL && !inflow_complete(&c->in);
	bool		 orderly = t->f.why == WHY_NOTHING && !body;

	OBJ_OK(c, CLIENT_TAG);
	tell_board(t);
	if (c->by_close && answered)
		io_abortive(&c->conn.io, false);
	if (c->replying)
		outflow_end(&c->out);
	c->replying = false;
	buf_drop(&c->out_head);
	c->t = NULL;
	c->requests++;
	if (t->req_body != NULL)
		t->req_body->wake = NULL;
	txn_free(&t);
	if (handed) {
		leave_to_tunnel(c);
		return STEP_GONE;
	}
	if (!keep) {
		if (answered && !reset)
			close_gently(c, orderly);
		else
			end(c, reset);
		return STEP_GONE;
	}
	if (body) {
		c->state = CLIENT_DRAIN;
		client_allow(c, c->s->request_timeout_ms);
		task_later(&c->again);
		return STEP_GONE;
	}
	inflow_end(&c->in);
	idle_again(c);
	return STEP_GONE;
}

static bool
waits(const struct client *c)
{
	return c->state == CLIENT_IDLE && !(c->conn.io.ready & IO_READ) &&
	    buf_used(&c->conn.in) == 0;
}

void
client_close_idle(void)
{
	LIST_EACH(&all, n) {
		struct client *c = CONTAINER_OF(n, struct client, node);

		if (waits(c))
			end(c, false);
	}
}

/* True: it gave its descriptor, or is about to. */
static bool
spare(struct client *c)
{
	uint64_t	 waited_ms = clock_ms() - c->waits_ms;

	if (waits(c) && waited_ms >= (c->requests > 0 ? SPARE_SERVED_MS : SPARE_SILENT_MS)) {
		end(c, false);
		return true;
	}
	if (c->state == CLIENT_LINGER && waited_ms >= SPARE_SERVED_MS) {
		end(c, true);
		return true;
	}
	if (c->state == CLIENT_BUSY && c->t->step == STEP_PARSE && c->t->waiting &&
	    waited_ms >= SPARE_SILENT_MS) {
		clienthead_late(c->t);
		return true;
	}
	return false;
}

static void
on_spare(struct task *task)
{
	unsigned	 n_spared = 0;

	(void)task;
	LIST_EACH(&all, n) {
		if (n_spared == SPARE_MOST)
			return;
		n_spared += spare(CONTAINER_OF(n, struct client, node));
	}
}

void
client_spare(void)
{
	task_later(&sparing);		/* who is short may be at work for one of them */
}

void
client_abort_all(void)
{
	listen_stop();
	LIST_EACH(&all, n) {
		struct client *c = CONTAINER_OF(n, struct client, node);

		if (c->state == CLIENT_BUSY) {
			/* of those only the record waits */
			if (c->t->waiting && c->t->step != STEP_LOG) {
				c->t->reset = c->t->f.status != 0;
				txn_abort(c->t, WHY_SHUTTING_DOWN);
			}
		} else {
			end(c, false);
		}
	}
}
