/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body's next bytes into memory: by a read that does not wait, by a thread's that may, and of
 * what still grows as far as it is there. Worker; read_piece on the threads that read.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "cache/storebody_inner.h"
#include "core/shared.h"
#include "net/work.h"

enum {
	/* times in a row for what is on its way from one place to another */
	ASK_MOST = 100,
	MISSED_MOST = 5,	/* ... for a chunk */
};

struct storebody_read {
	struct work_job		 job;
	struct storebody	*b;		/* NULL: nobody wants it any more */
	struct store_hit	 hit;		/* for finding the extent, if it is not held */
	struct store_follow	 follow;
	bool			 growing, held;
	struct store_extent	 extent;
	struct piece		 piece;
	size_t			 want;
	enum store_got		 how;
};

/* ---- threads ---- */

static void
read_piece(struct work_job *j)
{
	struct storebody_read	*r = CONTAINER_OF(j, struct storebody_read, job);
	uint64_t		 pos = r->piece.from;

	if (r->growing) {
		r->how = store_follow_read(shared.store, &r->follow, pos, r->piece.p, r->want,
		    STORE_BLOCK, &r->piece.n);
		return;
	}
	r->how = STORE_HIT;
	if (!r->held) {
		r->how = store_extent(shared.store, &r->hit, pos, STORE_BLOCK, &r->extent);
		r->held = (r->how == STORE_HIT);
	}
	if (r->how == STORE_HIT)
		r->how = store_check(shared.store, &r->extent, STORE_BLOCK);
	if (r->how == STORE_HIT)
		r->how = store_read(shared.store, &r->extent, pos, r->piece.p, r->want, STORE_BLOCK,
		    &r->piece.n);
}

static void
read_free(struct storebody_read *r)
{
	if (r->held)
		store_extent_done(shared.store, &r->extent);
	piece_drop(&r->piece);
	free(r);
}

/*
 * Bytes that are on their way from one place to another at this moment, or were damaged, or
 * dropped.
 */
static void
ask_again(struct storebody *b)
{
	if (b->asked++ == (b->o->growing ? ASK_MOST : MISSED_MOST)) {
		b->failed = true;
		return;
	}
	storebody_ask_later(b);
}

static void
was_read(struct work_job *j)
{
	struct storebody_read	*r = CONTAINER_OF(j, struct storebody_read, job);
	struct storebody	*b = r->b;
	bool			 first;

	if (b == NULL) {
		read_free(r);
		return;
	}
	OBJ_OK(b, STOREBODY_TAG);
	b->reading = NULL;
	first = (b->now.p == NULL);
	if (j->ran && r->how == STORE_HIT && r->piece.n > 0) {
		*(first ? &b->now : &b->ahead) = r->piece;
		r->piece.p = NULL;
		b->asked = 0;
	} else if (first) {	/* of what was read ahead it turns out when it is wanted */
		ask_again(b);
	}
	if (r->held && !b->held) {
		b->extent = r->extent;
		b->held = true;
		r->held = false;
	}
	read_free(r);
	if (!first)
		return;
	storebody_read_ahead(b);
	storebody_wake(b);
}

/*
 * A run's bytes from pos on, as many as a piece takes; the extent goes along. False: the threads
 * have too much to do already.
 */
static bool
read_on_thread(struct storebody *b, uint64_t pos)
{
	struct storebody_read	*r = mem_alloc(sizeof *r);
	uint64_t		 left = b->to - pos;

	MUST(b->reading == NULL);
	*r = (struct storebody_read){ .job = { .run = read_piece, .done = was_read }, .b = b,
	    .hit = b->o->hit, .growing = b->o->growing, .follow = b->o->follow,
	    .want = (left < PIECE_BYTES) ? (size_t)left : PIECE_BYTES };
	if (b->held && storebody_covers(&b->extent, pos)) {
		r->extent = b->extent;
		r->held = true;
		b->held = b->ready = false;
	}
	piece_take(&r->piece, pos);
	if (!object_work(&r->job)) {
		read_free(r);
		return false;
	}
	b->reading = r;
	return true;
}

void
storebody_read_now(struct storebody *b)
{
	if (!read_on_thread(b, b->pos))
		storebody_ask_later(b);
}

void
storebody_read_ahead(struct storebody *b)
{
	uint64_t	 from = b->now.from + b->now.n;

	if (b->now.p == NULL || b->ahead.p != NULL || b->reading != NULL || b->o->growing ||
	    from >= b->to)
		return;
	if (b->held && storebody_covers(&b->extent, from)) {
		if (b->extent.checked && store_resident(shared.store, &b->extent, from,
		    PIECE_BYTES))
			return;
	} else if (from < b->o->inlined) {
		return;
	}
	read_on_thread(b, from);
}

void
storebody_read_leave(struct storebody *b)
{
	if (b->reading != NULL)
		b->reading->b = NULL;
	b->reading = NULL;
}

/* ---- what grows ---- */

static void
woken(struct follow_waiter *w)
{
	storebody_wake(CONTAINER_OF(w, struct storebody, waiter));
}

static void
wait_to_grow(struct storebody *b)
{
	if (b->waiter.woken == NULL)
		follow_waiter(&b->waiter, woken);
	follow_wait(&b->waiter);
}

/* It does not grow any more: it is complete, or what came of it is kept, or it was given up. */
static void
has_ended(struct storebody *b)
{
	uint64_t	 total;

	b->gone = !store_reader_total(shared.store, &b->o->reader, &total);
	b->cut = !b->gone && b->to != STORE_UNKNOWN && b->to > total;
	b->failed = b->gone || (b->cut && (!b->ordered || b->pos >= total));
	if (b->gone)
		return;
	object_grown(b->o, total);
	if (b->cut || b->to == STORE_UNKNOWN)
		b->to = total;
	if (!b->failed && b->pos < b->to)
		storebody_bring(b);
}

static void
read_grown(struct storebody *b)
{
	uint64_t	 left = b->to - b->pos, length;
	enum store_got	 got;

	piece_take(&b->now, b->pos);
	got = store_follow_read(shared.store, &b->o->follow, b->pos, b->now.p,
	    (left < PIECE_BYTES) ? (size_t)left : PIECE_BYTES,
	    STORE_NOWAIT, &b->now.n);
	if (got == STORE_HIT && b->now.n > 0) {
		b->asked = 0;
		return;
	}
	piece_drop(&b->now);
	if (got == STORE_WOULD_BLOCK)
		storebody_read_now(b);
	else if (got == STORE_MISS && store_follow_look(shared.store, &b->o->follow, false,
	    &length) == STORE_ENDED)
		has_ended(b);
	else
		ask_again(b);
}

static void
bring_grown(struct storebody *b)
{
	uint64_t	 length;
	enum store_way	 way = store_follow_look(shared.store, &b->o->follow, false, &length);

	if (b->follows)
		store_follow_stay(shared.store, &b->o->follow);
	if (way != STORE_ENDED && length <= b->pos)
		way = store_follow_look(shared.store, &b->o->follow, true, &length);
	if (way == STORE_ENDED)
		has_ended(b);
	else if (length <= b->pos && way == STORE_STOPPED)
		b->failed = true;
	else if (length <= b->pos)
		wait_to_grow(b);
	else
		read_grown(b);
}

/* ---- what is complete ---- */

struct span
storebody_memory(const struct storebody *b)
{
	const struct object	*o = b->o;
	struct span		 s = span_at(NULL, 0);

	if (piece_has(&b->now, b->pos))
		s = piece_span(&b->now, b->pos);
	else if (piece_has(&o->rest, b->pos))
		s = piece_span(&o->rest, b->pos);
	else if (o->checked && b->pos < o->hit.body.n)
		s = span_at(o->hit.body.p + b->pos, o->hit.body.n - (size_t)b->pos);
	if (s.n > b->to - b->pos)
		s.n = (size_t)(b->to - b->pos);
	return s;
}

static void
read_now(struct storebody *b)
{
	uint64_t	 left = b->to - b->pos;
	enum store_got	 got;

	piece_take(&b->now, b->pos);
	got = store_read(shared.store, &b->extent, b->pos, b->now.p,
	    (left < PIECE_BYTES) ? (size_t)left : PIECE_BYTES, STORE_NOWAIT,
	    &b->now.n);
	if (got == STORE_HIT && b->now.n > 0) {
		b->asked = 0;
		return;
	}
	piece_drop(&b->now);
	if (got == STORE_WOULD_BLOCK)
		storebody_read_now(b);
	else
		b->failed = true;
}

static void
bring_stored(struct storebody *b)
{
	switch (storebody_hold(b, b->pos)) {
	case STORE_HIT:
		/* the object's own bytes are known to be right only now */
		if (storebody_memory(b).n == 0)
			read_now(b);
		break;
	case STORE_WOULD_BLOCK:
		storebody_read_now(b);
		break;
	case STORE_MISS:
		ask_again(b);
		break;
	}
}

void
storebody_bring(struct storebody *b)
{
	if (b->reading != NULL || b->asking)
		return;
	if (b->o->growing)
		bring_grown(b);
	else
		bring_stored(b);
}
