/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages on their way out. Each turn gathers head, framing, data and, where the end is known
 * already, the last chunk into one writev, a chunk's closing CRLF included: readers may hand a
 * chunk out only when they have that. Long: written, spliced and sent from a file, one message's
 * bytes are counted by one state.
 */
#include "core/outflow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/sb.h"
#include "http/chunked.h"
#include "http/head.h"

/*
 * A long body is moved in stretches of GATHER_BYTES: each wake-up costs more than what it moves. A
 * sender that is slower than that is served every GATHER_MS, one that is silent for so long when
 * it says something.
 */
enum { GATHER_FROM = 512 * 1024, GATHER_BYTES = 128 * 1024, GATHER_MS = 10 };

/* A file's bytes go in stretches of STRETCH; after so many bytes others have their turn. */
enum { STRETCH = 1 << 20 };

enum { TURNS = 8, IOVS = BODY_SPANS + 5 };

static const char	 crlf[2] = { '\r', '\n' };

void
outflow_init(struct outflow *o, struct io *io, struct span head, struct body *body, bool chunked)
{
	/* line and pump are set where they are used: clearing them for every message would cost */
	o->io = io;
	o->body = body;
	o->chunked = chunked && body != NULL;
	o->tail_made = o->pumping = o->gathering = false;
	o->crlf = 0;
	o->head = head;
	o->line_at = o->line_n = 0;
	o->open = 0;
	o->tail = NULL;
	o->tail_left = SPAN_NONE;
	o->pump_n = 0;
	o->sent = 0;
	o->last = NULL;
	o->named = NULL;
	o->may_trail = NULL;
	o->most = UINT64_MAX;
}

static void
stop_gathering(struct outflow *o)
{
	if (!o->gathering)
		return;
	o->gathering = false;
	timer_stop(&o->nudge);
	io_gather(o->pump.from, 1);
}

static void
on_nudge(struct timer *t)
{
	struct outflow	*o = CONTAINER_OF(t, struct outflow, nudge);

	o->nudged = true;
	o->pump.from->ready |= IO_READ;		/* less than it waits for, but something */
	if (o->body->wake != NULL)
		o->body->wake(o->body->arg);
}

static void
start_gathering(struct outflow *o)
{
	if (o->pump.left == UINT64_MAX || o->pump.left < GATHER_FROM)
		return;
	o->gathering = true;
	o->nudged = false;
	timer_init(&o->nudge, on_nudge);
	io_gather(o->pump.from, GATHER_BYTES);
}

/*
 * The end is near, or the source has nothing more now. That it had nothing at all since the last
 * time says that it is silent, maybe for long: then its first byte wakes us.
 */
static void
keep_gathering(struct outflow *o)
{
	uint64_t	 read = outflow_spliced(o);
	bool		 silent = o->nudged && read == o->seen;

	o->nudged = false;
	o->seen = read;
	if (silent || o->pump.left < GATHER_BYTES * 2)
		stop_gathering(o);
	else if (!(o->pump.from->ready & IO_READ))
		timer_set(&o->nudge, GATHER_MS);
}

/* It was silent, and is not any more. */
static void
gather_again(struct outflow *o)
{
	if (outflow_spliced(o) - o->seen < GATHER_FROM)
		return;
	start_gathering(o);
	if (o->gathering)
		keep_gathering(o);
}

uint64_t
outflow_sent(const struct outflow *o)
{
	return o->sent + (o->pumping ? o->pump.moved : 0);
}

uint64_t
outflow_spliced(const struct outflow *o)
{
	return o->pumping ? o->pump.moved + o->pump.stuck : 0;
}

static void
announce(struct outflow *o, uint64_t n)
{
	size_t	 at = o->crlf;

	MUST(o->line_at == o->line_n && o->open == 0 && n > 0);
	memcpy(o->line, crlf + sizeof crlf - at, at);	/* of the chunk before */
	o->crlf = 0;
	o->line_n = (uint8_t)(at + chunked_line(n, o->line + at));
	o->line_at = 0;
	o->open = n;
}

/*
 * Trailers that would frame, route or authenticate do not pass (RFC 9110, 6.5.1), nor what is for
 * one hop only (7.6.1).
 */
static bool
may_trail(const struct outflow *o, const struct head_field *f)
{
	if (field_flags(f->id) & (FIELD_FRAMING | FIELD_HOP | FIELD_SECRET | FIELD_EARLY))
		return false;
	if (span_istarts(f->name, SPAN("X-Forwarded-")) ||
	    (o->named != NULL && head_connection_names(o->named, f->name)))
		return false;
	return o->may_trail == NULL || o->may_trail(o->trail_arg, f);
}

static void
pass_trailers(const struct outflow *o, struct sb *b, struct span section)
{
	static const struct head_limits	 lim = { CHUNKED_TRAILER_MAX, CHUNKED_TRAILER_MAX, 100 };
	struct arena			 a;
	struct head			 h;

	arena_init(&a, 65536);
	if (head_parse_fields(&h, section.p, section.n, &lim, &a) == HEAD_DONE)
		for (unsigned i = 0; i < h.n; i++) {
			const struct head_field *f = &h.fields[i];

			if (may_trail(o, f))
				head_put(b, f->name, f->value);
		}
	arena_reset(&a);
}

static void
make_tail(struct outflow *o)
{
	struct sb	 b;

	o->tail_made = true;
	if (o->body->trailers.n == 0) {
		o->tail_left = SPAN("0\r\n\r\n");
		return;
	}
	sb_heap(&b, CHUNKED_TRAILER_MAX * 2);
	SB_LIT(&b, "0\r\n");
	{
		struct sb section;	/* the parser wants the empty line too */

		sb_heap(&section, CHUNKED_TRAILER_MAX + 4);
		sb_span(&section, o->body->trailers);
		SB_LIT(&section, "\r\n");
		pass_trailers(o, &b, sb_done(&section));
		sb_free(&section);
	}
	SB_LIT(&b, "\r\n");
	o->tail = b.p;
	o->tail_left = sb_done(&b);
}

struct gathered {
	struct iovec	 v[IOVS];
	int		 n;
	/* before, after: CRLFs that close chunks */
	size_t		 head, before, line, data, after, tail;
};

static size_t
total(const struct gathered *g)
{
	return g->head + g->before + g->line + g->data + g->after + g->tail;
}

static void
put_iov(struct gathered *g, const void *p, size_t n)
{
	if (n > 0)
		g->v[g->n++] = (struct iovec){ (void *)(uintptr_t)p, n };
}

static void
gather_data(struct outflow *o, struct gathered *g, const struct span *v, unsigned n)
{
	uint64_t	 room = o->chunked ? o->open : UINT64_MAX;

	for (unsigned i = 0; i < n && room > 0; i++) {
		size_t	 k = v[i].n < room ? v[i].n : (size_t)room;

		put_iov(g, v[i].p, k);
		g->data += k;
		room -= k;
	}
}

/* What can be sent now: of the body v, `all` bytes; state is its. */
static void
gather(struct outflow *o, struct gathered *g, const struct span *v, unsigned n, size_t all,
    enum body_state state)
{
	/* the rest of v is not cleared: it would cost more than what is put there */
	g->n = 0;
	g->data = g->after = g->tail = 0;
	g->head = o->head.n;
	put_iov(g, o->head.p, g->head);
	if (o->chunked && o->open == 0 && all > 0)
		announce(o, all);
	g->before = o->crlf;
	put_iov(g, crlf + sizeof crlf - o->crlf, g->before);
	g->line = (size_t)(o->line_n - o->line_at);
	put_iov(g, o->line + o->line_at, g->line);
	gather_data(o, g, v, n);
	if (o->chunked && g->data > 0 && g->data == o->open) {
		g->after = sizeof crlf;
		put_iov(g, crlf, g->after);
	}
	if (o->chunked && state == BODY_LAST && g->data == all && o->open == g->data) {
		if (!o->tail_made)
			make_tail(o);
		g->tail = o->tail_left.n;
		put_iov(g, o->tail_left.p, g->tail);
	}
}

static size_t
part(size_t *sent, size_t of)
{
	size_t	 k = *sent < of ? *sent : of;

	*sent -= k;
	return k;
}

/* k bytes of a chunk's data went out; behind the last of them a CRLF is due. */
static void
closed(struct outflow *o, uint64_t k)
{
	if (k == 0)
		return;
	o->open -= k;
	if (o->open == 0)
		o->crlf = sizeof crlf;
}

/* Notes what the kernel took; true: all that was gathered. */
static bool
settle(struct outflow *o, const struct gathered *g, size_t sent)
{
	size_t	 k;
	bool	 all = sent == total(g);

	o->sent += sent;
	/* as nearly always: head and data, nothing between them */
	if (all && !o->chunked) {
		o->head = span_at(o->head.p + g->head, 0);
		if (g->data > 0)
			o->body->ops->took(o->body, g->data);
		return true;
	}
	k = part(&sent, g->head);
	o->head.p += k;
	o->head.n -= k;
	o->crlf = (uint8_t)(o->crlf - part(&sent, g->before));
	o->line_at = (uint8_t)(o->line_at + part(&sent, g->line));
	k = part(&sent, g->data);
	if (k > 0)
		o->body->ops->took(o->body, k);
	if (o->chunked)
		closed(o, k);
	o->crlf = (uint8_t)(o->crlf - part(&sent, g->after));
	k = part(&sent, g->tail);
	o->tail_left.p += k;
	o->tail_left.n -= k;
	return all;
}

/*
 * The stretch that is being spliced ends here; what it read is no longer in the source, sent or
 * not.
 */
static void
stop_pump(struct outflow *o, bool ended, bool failed)
{
	uint64_t	 moved = o->pump.moved, read = outflow_spliced(o);
	int		 error = errno;		/* the pump's, to be told */

	stop_gathering(o);
	o->pumping = false;
	o->sent += moved;
	if (o->chunked)
		closed(o, moved);
	pump_free(&o->pump);
	o->body->ops->took_raw(o->body, read, ended, failed);
	errno = error;
}

/* A time ran out for the source: it offers nothing to splice any more. */
static bool
given_up(const struct outflow *o)
{
	uint64_t	 n;

	return o->body->ops->raw(o->body, &n) == NULL;
}

static enum outflow_result
run_pump(struct outflow *o)
{
	enum pump_result	 r = pump_run(&o->pump);

	if (o->gathering)
		keep_gathering(o);
	else
		gather_again(o);
	if (r == PUMP_WAIT && !given_up(o))
		return OUTFLOW_WAIT;
	if (r == PUMP_AGAIN)
		return OUTFLOW_AGAIN;
	stop_pump(o, r == PUMP_EOF, r == PUMP_READ_FAIL);
	if (r == PUMP_WRITE_FAIL)
		return OUTFLOW_SINK_FAILED;
	return OUTFLOW_DONE;		/* of this stretch */
}

void
outflow_end(struct outflow *o)
{
	if (o->pumping)
		stop_pump(o, false, false);
	free(o->tail);
	o->tail = NULL;
}

/* Bytes of the body that may still go out: without the chunked coding as many as were announced. */
static uint64_t
due(const struct outflow *o)
{
	if (o->chunked || o->body->length == UINT64_MAX)
		return UINT64_MAX;
	return o->body->taken < o->body->length ? o->body->length - o->body->taken : 0;
}

/* Starts to splice if that is possible now; the framing in front was sent. */
static bool
start_pump(struct outflow *o)
{
	uint64_t	 n;
	struct io	*from;

	if (o->head.n > 0 || o->line_at < o->line_n || o->open > 0)
		return false;
	from = o->body->ops->raw(o->body, &n);
	if (from == NULL || (o->chunked && n == UINT64_MAX) || n > due(o))
		return false;
	if (o->most != UINT64_MAX && n > o->most - o->body->taken)
		return false;
	if (o->chunked) {
		size_t	 put;

		announce(o, n);
		if (io_write(o->io, o->line, o->line_n, &put) == IO_OK) {
			o->line_at = (uint8_t)put;
			o->sent += put;
		}
		if (o->line_at < o->line_n)
			return false;	/* the announced stretch then goes the ordinary way */
	}
	pump_init(&o->pump, from, o->io, n);
	o->pump_n = n;
	o->seen = 0;
	o->pumping = true;
	start_gathering(o);
	return true;
}

static size_t
bytes_in(const struct span *v, unsigned n)
{
	size_t	 all = 0;

	for (unsigned i = 0; i < n; i++)
		all += v[i].n;
	return all;
}

/* Nothing of what makes the body too long is sent, so that it cannot look complete. */
static bool
is_over(const struct outflow *o, uint64_t n)
{
	return n > o->most - o->body->taken;
}

/*
 * What the body has now. DONE: it may be sent. Of what was announced not a byte is missing in the
 * end, and none comes behind it: else the receiver would take the next message for the rest of this
 * one, or the rest for the next message (RFC 9112, 6.3 and 8).
 */
static enum outflow_result
look(struct outflow *o, const struct span **v, unsigned *n, size_t *all, enum body_state *state)
{
	uint64_t	 most;

	*state = o->body->ops->peek(o->body, v, n);
	*all = bytes_in(*v, *n);
	most = due(o);
	if (*all > 0 && is_over(o, *all))
		return OUTFLOW_OVER;
	if (*all > most)
		return OUTFLOW_SOURCE_FAILED;
	if (*state == BODY_LAST && most != UINT64_MAX && *all < most)
		*state = *all > 0 ? BODY_MORE : BODY_FAILED;
	return OUTFLOW_DONE;
}

/* The head in front of a file's bytes; the kernel keeps them together. */
static enum outflow_result
send_head(struct outflow *o)
{
	struct iovec	 v = { (void *)(uintptr_t)o->head.p, o->head.n };
	size_t		 put;

	if (o->head.n == 0)
		return OUTFLOW_DONE;
	if (io_writev(o->io, &v, 1, true, &put) == IO_FAIL)
		return OUTFLOW_SINK_FAILED;
	o->sent += put;
	o->head.p += put;
	o->head.n -= put;
	return o->head.n == 0 ? OUTFLOW_DONE : OUTFLOW_WAIT;
}

static enum outflow_result
send_stretch(struct outflow *o, int fd, uint64_t at, uint64_t n, bool completes)
{
	int64_t	 from = (int64_t)at;
	size_t	 put;

	switch (io_sendfile(o->io, fd, &from, (size_t)n, &put)) {
	case IO_OK:
		break;
	case IO_AGAIN:
		return OUTFLOW_WAIT;
	case IO_EOF:
		return OUTFLOW_SOURCE_FAILED;
	case IO_FAIL:
		return errno == EIO ? OUTFLOW_SOURCE_FAILED : OUTFLOW_SINK_FAILED;
	}
	o->sent += put;
	o->body->ops->took(o->body, put);
	if (put < n)
		o->io->ready |= IO_WRITE;	/* or was it the file? asking once more tells */
	return completes && put == n ? OUTFLOW_DONE : OUTFLOW_AGAIN;
}

/* What comes next from a file, if it does. */
static bool
send_file(struct outflow *o, enum outflow_result *r)
{
	uint64_t	 at, n;
	int		 fd = o->body->ops->file(o->body, &at, &n);
	bool		 completes;

	if (fd < 0)
		return false;
	MUST(n > 0);
	if (is_over(o, n) || n > due(o)) {
		*r = is_over(o, n) ? OUTFLOW_OVER : OUTFLOW_SOURCE_FAILED;
		return true;
	}
	completes = n <= STRETCH && n == o->body->length - o->body->taken;
	if (completes && o->last != NULL && !o->last(o->arg, o->sent + o->head.n + n)) {
		*r = OUTFLOW_WAIT;
		return true;
	}
	*r = send_head(o);
	if (*r == OUTFLOW_DONE)
		*r = send_stretch(o, fd, at, n < STRETCH ? n : STRETCH, completes);
	return true;
}

static enum outflow_result
send_turn(struct outflow *o)
{
	const struct span	*v = NULL;
	unsigned		 n = 0;
	enum body_state		 state = BODY_LAST;
	struct gathered		 g;
	enum outflow_result	 r;
	size_t			 put, all = 0;

	if (o->body != NULL && start_pump(o))
		return OUTFLOW_AGAIN;
	if (o->body != NULL && !o->chunked && o->body->ops->file != NULL && send_file(o, &r))
		return r;
	if (o->body != NULL && (r = look(o, &v, &n, &all, &state)) != OUTFLOW_DONE)
		return r;
	gather(o, &g, v, n, all, state);
	if (g.n == 0) {
		if (state == BODY_FAILED || (state == BODY_LAST && o->open > 0))
			return OUTFLOW_SOURCE_FAILED;
		return state == BODY_LAST ? OUTFLOW_DONE : OUTFLOW_WAIT;
	}
	if (o->last != NULL && state == BODY_LAST && (!o->chunked || o->tail_made) &&
	    !o->last(o->arg, o->sent + total(&g)))
		return OUTFLOW_WAIT;
	if (io_writev(o->io, g.v, g.n, state == BODY_MORE && !o->chunked && o->body->follows,
	    &put) == IO_FAIL)
		return OUTFLOW_SINK_FAILED;
	if (!settle(o, &g, put))
		return OUTFLOW_WAIT;
	if (state == BODY_LAST && o->open == 0 && o->crlf == 0 && o->tail_left.n == 0 &&
	    (!o->chunked || o->tail_made))
		return OUTFLOW_DONE;
	return OUTFLOW_AGAIN;
}

enum outflow_result
outflow_run(struct outflow *o)
{
	enum outflow_result	 r;
	uint64_t		 before = outflow_sent(o);

	for (unsigned i = 0; i < TURNS && outflow_sent(o) - before < STRETCH; i++) {
		if (o->pumping) {
			r = run_pump(o);
			if (r != OUTFLOW_DONE)
				return r;
			continue;
		}
		r = send_turn(o);
		if (r != OUTFLOW_AGAIN)
			return r;
	}
	return OUTFLOW_AGAIN;
}
