/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored bodies as bodies. At each place the bytes come from the first of these that has them:
 * framing of parts, memory (the object's buffer, a piece that was read), the file itself by
 * sendfile, a read that does not wait, a thread's read that may. Worker.
 */
#include "cache/storebody.h"

#include <stdlib.h>

#include "base/mem.h"
#include "cache/storebody_inner.h"
#include "core/shared.h"

enum {
	HOLD_MS = 2000,		/* no client has a segment kept for longer */
	BUSY_MS = 20,		/* until what was not to be had is asked for again */
	TEXT_MOST = 65536,
};

void
storebody_wake(struct storebody *b)
{
	if (b->body.wake != NULL)
		b->body.wake(b->body.arg);
}

static void	 on_time(struct timer *t);

static void
set_timer(struct storebody *b, uint64_t ms)
{
	if (b->timer.cb == NULL)
		timer_init(&b->timer, on_time);
	timer_set(&b->timer, ms);
}

/*
 * What this body will read yet; and that it does, so that what is fetched is not given up as nobody
 * followed.
 */
static void
note_place(struct storebody *b)
{
	if (b->ordered)
		store_reader_at(shared.store, &b->o->reader, b->pos);
	if (b->o->growing && b->follows)
		store_follow_stay(shared.store, &b->o->follow);
}

/*
 * Nothing is pinned any longer for a client that takes its time. A record that the disk would have
 * to be waited for is read by a thread, for the next time.
 */
static void
let_all_go(struct storebody *b)
{
	note_place(b);
	storebody_let_go(b);
	if (b->reading != NULL)
		return;
	object_detach(b->o, b->ordered ? b->pos : 0);
	if (b->o->pinned && b->now.p == NULL && !b->o->growing)
		storebody_read_now(b);
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
	let_all_go(b);
	if (b->pos < b->to)
		set_timer(b, HOLD_MS);
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
	if (!b->asking && !timer_is_set(&b->timer))
		set_timer(b, HOLD_MS);
}

/* Behind what is in memory the file goes on. */
static bool
file_follows(struct storebody *b, uint64_t pos)
{
	return pos < b->to && !b->o->growing && b->reading == NULL && !b->asking &&
	    !piece_has(&b->now, pos) && !piece_has(&b->ahead, pos) && storebody_sendable(b, pos);
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
	if (b->ended && !b->cut && b->pos + have.n == b->to)
		return BODY_LAST;
	body->follows = *n > 0 && file_follows(b, b->pos + have.n);
	mind_time(b);
	return BODY_MORE;
}

/*
 * Also for what stands in memory, unless that is all: the file's pages are sent as they are, what
 * is in memory would be copied.
 */
static int
file(struct body *body, uint64_t *at, uint64_t *n)
{
	struct storebody	*b = CONTAINER_OF(body, struct storebody, body);
	uint64_t		 end;

	OBJ_OK(b, STOREBODY_TAG);
	if (b->failed || b->text_at < b->text.n || storebody_memory(b).n == b->to - b->pos ||
	    !file_follows(b, b->pos))
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

/* All bytes were taken: what nobody else reads is not kept until the transaction ends. */
static void
finish(struct storebody *b)
{
	if (b->timer.cb != NULL)
		timer_stop(&b->timer);
	drop_run(b);
	storebody_let_go(b);
	if (b->only)
		object_unpin(b->o);
	else
		object_detach(b->o, b->ordered ? b->pos : 0);
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
	if (b->held && !storebody_covers(&b->extent, b->pos)) {
		storebody_let_go(b);
		note_place(b);
	} else if (b->o->growing && b->ordered) {
		store_reader_at(shared.store, &b->o->reader, b->pos);
	}
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
		b->failed = b->cut;
		if (b->cut)
			return;
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
	b->ordered = b->only = b->cut = b->gone = false;
	b->o = o;
	b->parts = NULL;
	b->text.n = b->text_at = 0;
	b->now.p = b->ahead.p = NULL;
	b->reading = NULL;
	b->waiter.woken = NULL;
	b->timer.cb = NULL;
	b->timer.due_ms = 0;
	if (o->hit.total > o->hit.base)
		(void)object_reserve(o);	/* what is not there fails when it is come to */
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
	b->ended = b->ordered = b->only = true;
	note_place(b);
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
	b->ordered = g->ranges.n == 1;
	b->follows = true;
	next_run(b);
}

void
storebody_only(struct storebody *b)
{
	OBJ_OK(b, STOREBODY_TAG);
	b->only = true;
	if (b->ordered)
		store_reader_narrow(shared.store, &b->o->reader, b->pos, b->to);
}

uint64_t
storebody_lag(const struct storebody *b, uint64_t most)
{
	OBJ_OK(b, STOREBODY_TAG);
	return b->gone ? store_reader_lag(shared.store, &b->o->reader, b->pos, most) : 0;
}

void
storebody_end(struct storebody *b)
{
	if (b->tag != STOREBODY_TAG)
		return;
	drop_run(b);
	if (b->waiter.woken != NULL)
		follow_drop(&b->waiter);
	if (b->timer.cb != NULL)
		timer_stop(&b->timer);
	storebody_let_go(b);
	if (b->parts != NULL)
		sb_free(&b->text);
	free(b->parts);
	b->parts = NULL;
	OBJ_GONE(b);
}

bool
storebody_there(struct object *o, uint64_t to)
{
	return to <= o->hit.total && object_reserve(o);
}
