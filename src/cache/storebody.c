/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored bodies as bodies. At each place the bytes come from the first of these that has them: framing of parts, memory (the object's buffer, a
 * piece that was read), the file itself by sendfile, a read that does not wait, a thread's read that may. Worker.
 */
#include "cache/storebody.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cache/storebody_inner.h"
#include "core/shared.h"

enum {
	STALL_MS = 2000,	/* a client that takes nothing for so long has no segment kept for it */
	WANT_MS = 200,		/* what it has not read yet is said to be wanted so often */
	BUSY_MS = 20,		/* until what was not to be had is asked for again */
	TEXT_MOST = 65536,
};

void
storebody_wake(struct storebody *b)
{
	if (b->body.wake != NULL)
		b->body.wake(b->body.arg);
}

/* What is not sent of the head's record is copied, so that it need not be found again; then nothing is kept for this client. */
static void
keep_rest(struct storebody *b)
{
	uint64_t	 from = b->pos, to = (b->o->inlined < b->to) ? b->o->inlined : b->to;
	size_t		 got = 0;

	if (b->now.p != NULL || b->reading != NULL || storebody_is_lost(b, from))
		return;
	if (b->o->checked && from < b->o->hit.body.n)
		from = b->o->hit.body.n;
	if (from >= to || to - from > PIECE_BYTES || storebody_hold(b, from) != STORE_HIT)
		return;
	piece_take(&b->now, from);
	if (store_read(shared.store, &b->extent, from, b->now.p, (size_t)(to - from), STORE_NOWAIT, &got) == STORE_HIT)
		b->now.n = got;
	if (got == 0)
		piece_drop(&b->now);
}

static void	 on_time(struct timer *t);

static void
set_timer(struct storebody *b, uint64_t ms)
{
	if (b->timer.cb == NULL)
		timer_init(&b->timer, on_time);
	timer_set(&b->timer, ms);
}

/* What a client that takes its time has not read yet is not to be reclaimed under it, nor given up as nobody followed. */
static void
want_rest(struct storebody *b)
{
	uint64_t	 to = b->to, length;

	b->wanted_ms = clock_ms();
	if (b->o->growing && b->follows)
		store_follow_stay(shared.store, &b->o->follow);
	if (b->o->growing && (store_follow_look(shared.store, &b->o->follow, false, &length) != STORE_GROWING || length < to))
		to = length;
	if (b->pos < to)
		store_want(shared.store, &b->o->hit, b->pos, to);
}

/* No segment is kept for a client that takes nothing. */
static void
stall(struct storebody *b)
{
	if (b->o->pinned)
		keep_rest(b);
	storebody_let_go(b);
	object_unpin(b->o);
}

static void
on_time(struct timer *t)
{
	struct storebody	*b = CONTAINER_OF(t, struct storebody, timer);

	OBJ_OK(b, STOREBODY_TAG);
	if (b->asking) {
		b->asking = false;
		storebody_wake(b);
		return;
	}
	want_rest(b);
	if (clock_ms() - b->moved_ms >= STALL_MS)
		stall(b);
	if (b->pos < b->to)
		set_timer(b, WANT_MS);
}

void
storebody_ask_later(struct storebody *b)
{
	b->asking = true;
	set_timer(b, BUSY_MS);
}

/* The consumer looks: it goes on. */
static void
mind_time(struct storebody *b)
{
	b->moved_ms = clock_ms();
	if (b->asking)
		return;
	if (!timer_is_set(&b->timer))
		set_timer(b, WANT_MS);
	else if (clock_ms() - b->wanted_ms >= WANT_MS)
		want_rest(b);
}

/* Behind what is in memory the file goes on. */
static bool
file_follows(struct storebody *b, uint64_t pos)
{
	return pos < b->to && !b->o->growing && b->reading == NULL && b->finding == NULL && !b->asking && !piece_has(&b->now, pos) &&
	    !piece_has(&b->ahead, pos) && storebody_sendable(b, pos);
}

static enum body_state
peek(struct body *body, const struct span **v, unsigned *n)
{
	struct storebody	*b = CONTAINER_OF(body, struct storebody, body);
	struct span		 have;

	OBJ_OK(b, STOREBODY_TAG);
	body->follows = false;
	*v = b->spans;
	*n = 0;
	if (b->failed)
		return BODY_FAILED;
	if (b->text_at < b->text.n)
		b->spans[(*n)++] = span_at(b->text.p + b->text_at, b->text.n - b->text_at);
	have = storebody_memory(b);
	if (have.n == 0 && *n == 0 && b->pos < b->to) {
		storebody_bring(b);
		if (b->failed)
			return BODY_FAILED;
		have = storebody_memory(b);
	}
	if (have.n > 0)
		b->spans[(*n)++] = have;
	if (b->ended && b->pos + have.n == b->to)
		return BODY_LAST;
	body->follows = *n > 0 && file_follows(b, b->pos + have.n);
	mind_time(b);
	return BODY_MORE;
}

/* Also for what stands in memory, unless that is all: the file's pages are sent as they are, what is in memory would be copied. */
static int
file(struct body *body, uint64_t *at, uint64_t *n)
{
	struct storebody	*b = CONTAINER_OF(body, struct storebody, body);
	uint64_t		 end;

	OBJ_OK(b, STOREBODY_TAG);
	if (b->failed || b->text_at < b->text.n || storebody_memory(b).n == b->to - b->pos || !file_follows(b, b->pos))
		return -1;
	end = b->extent.pos + b->extent.len;
	*at = b->extent.at + (b->pos - b->extent.pos);
	*n = ((end < b->to) ? end : b->to) - b->pos;
	mind_time(b);
	return b->extent.fd;
}

/* What belongs to the run that is over. */
static void
drop_run(struct storebody *b)
{
	storebody_read_leave(b);
	piece_drop(&b->now);
	piece_drop(&b->ahead);
}

/* The next run, with the framing in front of it. */
static void
next_run(struct storebody *b)
{
	struct byterange	 r;

	drop_run(b);
	sb_clear(&b->text);
	b->text_at = 0;
	if (rangereply_next(b->parts, &b->text, &r)) {
		b->pos = r.first;
		b->to = r.last + 1;
		b->ended = b->parts->ranges.n == 1;
	} else {
		b->ended = true;
	}
	if (!sb_ok(&b->text))
		b->failed = true;
}

/* All bytes were taken: nothing is kept until the transaction ends. */
static void
finish(struct storebody *b)
{
	if (b->timer.cb != NULL)
		timer_stop(&b->timer);
	drop_run(b);
	storebody_let_go(b);
	object_unpin(b->o);
}

static void
drop_taken(struct storebody *b)
{
	if (b->now.p != NULL && !piece_has(&b->now, b->pos) && b->pos >= b->now.from) {
		piece_drop(&b->now);
		b->now = b->ahead;
		b->ahead.p = NULL;
		storebody_read_ahead(b);
	}
	if (b->held && !storebody_covers(&b->extent, b->pos))
		storebody_let_go(b);
}

static void
took(struct body *body, size_t bytes)
{
	struct storebody	*b = CONTAINER_OF(body, struct storebody, body);
	size_t			 text = b->text.n - b->text_at;

	OBJ_OK(b, STOREBODY_TAG);
	text = (bytes < text) ? bytes : text;
	body->taken += bytes;
	b->text_at += text;
	MUST(bytes - text <= b->to - b->pos);
	b->pos += bytes - text;
	if (b->pos == b->to && b->text_at == b->text.n) {
		if (b->ended) {
			finish(b);
			return;
		}
		next_run(b);
	}
	drop_taken(b);
}

static struct io *
raw(struct body *body, uint64_t *n)
{
	(void)body;
	*n = 0;
	return NULL;
}

static void
took_raw(struct body *body, uint64_t bytes, bool ended, bool failed)
{
	(void)body, (void)bytes, (void)ended, (void)failed;
	NEVER("what is stored is not spliced");
}

static void
stop(struct body *body)
{
	storebody_end(CONTAINER_OF(body, struct storebody, body));
}

static const struct body_ops	 ops = { peek, took, raw, took_raw, stop, file };

static void
begin(struct storebody *b, struct object *o, uint64_t length)
{
	b->body = (struct body){ .ops = &ops, .length = length };
	b->tag = STOREBODY_TAG;
	b->failed = b->held = b->ready = b->asking = b->follows = false;
	b->asked = 0;
	b->o = o;
	b->own = NULL;
	b->parts = NULL;
	b->text.n = b->text_at = 0;
	b->now.p = b->ahead.p = NULL;
	b->reading = NULL;
	b->finding = NULL;
	b->waiter.woken = NULL;
	b->timer.cb = NULL;
	b->timer.due_ms = 0;
	b->wanted_ms = b->moved_ms = clock_ms();
}

void
storebody_whole(struct storebody *b, struct object *o)
{
	storebody_from(b, o, 0);
	b->follows = true;
}

void
storebody_from(struct storebody *b, struct object *o, uint64_t from)
{
	begin(b, o, o->hit.total == STORE_UNKNOWN ? STORE_UNKNOWN : o->hit.total - from);
	b->pos = from;
	b->to = o->hit.total;
	b->ended = true;
	if (from > 0)		/* who fell behind is slow */
		want_rest(b);
}

void
storebody_parts(struct storebody *b, struct object *o, const struct rangereply *g, uint64_t length)
{
	begin(b, o, length);
	b->parts = mem_alloc(sizeof *b->parts);
	*b->parts = *g;
	sb_heap(&b->text, TEXT_MOST);
	b->pos = b->to = 0;
	b->ended = false;
	b->follows = true;
	next_run(b);
}

void
storebody_end(struct storebody *b)
{
	if (b->tag != STOREBODY_TAG)
		return;
	drop_run(b);
	object_cancel(&b->finding);
	if (b->waiter.woken != NULL)
		follow_drop(&b->waiter);
	if (b->timer.cb != NULL)
		timer_stop(&b->timer);
	storebody_let_go(b);
	object_free(&b->own);
	if (b->parts != NULL)
		sb_free(&b->text);
	free(b->parts);
	b->parts = NULL;
	OBJ_GONE(b);
}

bool
storebody_there(const struct object *o, uint64_t from, uint64_t to)
{
	if (o->growing)
		return to <= o->hit.total;
	return store_maybe_range(shared.store, &o->hit, from, to);
}
