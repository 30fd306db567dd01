/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies out of the store. At each place in the body the bytes come from the first of these that has them: memory (the object's buffer, a piece that was
 * read), the file itself by sendfile, a read that does not wait, a thread's read that may. Pages that were given to a socket stay what they were when
 * their segment is used again, because emptying it takes its pages out of the page cache (lib/store/README.md); so a pin need last no longer than the
 * call. Worker; read_piece on the threads that read.
 */
#include "cache/storebody.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/must.h"
#include "core/shared.h"
#include "net/work.h"

enum {
	BODY_TAG = TAG4('s', 'b', 'o', 'd'),
	SPARE_MOST = 32,
	STALL_MS = 2000,	/* a client that takes nothing for so long has no segment kept for it */
	BUSY_MS = 20,		/* until what was not to be had is asked for again */
	ASK_MOST = 100,		/* times in a row */
	CHECK_MOST = 128 * 1024,	/* bytes that are compared in the loop's thread */
	RECENT = 256, RECENT_MS = 1000,
	TEXT_MOST = 65536,
};

struct storebody_read {
	struct work_job		 job;
	struct storebody	*b;		/* NULL: nobody wants it any more */
	struct store_hit	 hit;		/* for finding the extent, if it is not held */
	struct store_follow	 follow;
	bool			 growing, held;
	struct store_extent	 extent;
	struct storebody_piece	 piece;
	size_t			 want;
	enum store_got		 how;
};

/* ---- pieces ---- */

static char	*spare[SPARE_MOST];
static unsigned	 spare_n;

static void
piece_take(struct storebody_piece *p, uint64_t from)
{
	MUST(p->p == NULL);
	p->p = (spare_n > 0) ? spare[--spare_n] : mem_alloc(STOREBODY_PIECE);
	p->from = from;
	p->n = 0;
}

static void
piece_drop(struct storebody_piece *p)
{
	if (p->p == NULL)
		return;
	if (spare_n < SPARE_MOST)
		spare[spare_n++] = p->p;
	else
		free(p->p);
	p->p = NULL;
}

static inline bool
piece_has(const struct storebody_piece *p, uint64_t pos)
{
	return p->p != NULL && pos >= p->from && pos - p->from < p->n;
}

/* ---- extents ---- */

/*
 * Ends of runs that were seen in the page cache less than RECENT_MS ago. What is sent all the time is not asked for each time: it is not
 * what the system evicts.
 */
static struct recent {
	uint64_t	 end, from, ms;
	int		 fd;
}		 recent[RECENT];

static bool
resident(const struct store_extent *e, uint64_t pos)
{
	uint64_t	 from = e->at + (pos - e->pos), end = e->at + e->len;
	struct recent	*r = &recent[(end / 64 + (uint64_t)e->fd) % RECENT];

	if (r->end == end && r->fd == e->fd && r->from <= from && clock_ms() - r->ms < RECENT_MS)
		return true;
	if (!store_resident(e, pos, e->pos + e->len - pos))
		return false;
	*r = (struct recent){ end, from, clock_ms(), e->fd };
	return true;
}

static void
let_go(struct storebody *b)
{
	if (!b->held)
		return;
	b->held = b->ready = false;
	store_extent_done(shared.store, &b->extent);
}

static inline bool
covers(const struct store_extent *e, uint64_t pos)
{
	return pos >= e->pos && pos - e->pos < e->len;
}

static void		 found(void *arg, struct object *o);

/* What the key has now is the same body, so that reading can go on in it. */
static bool
go_on_with(struct storebody *b, struct object *n)
{
	if (n->hit.body_id != b->o->hit.body_id || object_is_marker(n) || b->pos > n->hit.total ||
	    (b->to != STORE_UNKNOWN && b->to > n->hit.total)) {
		object_free(&n);
		return false;
	}
	if (b->to == STORE_UNKNOWN)
		b->to = n->hit.total;
	object_free(&b->own);
	b->own = b->o = n;
	return true;
}

/* Looks the object up once more: it was let go, or is no longer growing. STORE_WOULD_BLOCK: found will come. */
static enum store_got
find_again(struct storebody *b)
{
	struct object	*n;

	switch (object_get(&b->o->key, &n)) {
	case STORE_HIT:
		return go_on_with(b, n) ? STORE_HIT : STORE_MISS;
	case STORE_WOULD_BLOCK:
		b->finding = object_read(&b->o->key, found, b);
		return (b->finding != NULL) ? STORE_WOULD_BLOCK : STORE_MISS;
	case STORE_MISS:
		break;
	}
	return STORE_MISS;
}

/* The place is in the head's record, and that was let go. */
static inline bool
is_lost(const struct storebody *b, uint64_t pos)
{
	return pos < b->o->inlined && !b->o->pinned && !(b->held && covers(&b->extent, pos));
}

/* The extent that has pos is held on STORE_HIT. */
static enum store_got
hold(struct storebody *b, uint64_t pos)
{
	enum store_got	 got;

	MUST(!is_lost(b, pos));
	if (b->held && covers(&b->extent, pos))
		return STORE_HIT;
	let_go(b);
	got = store_extent(shared.store, &b->o->hit, pos, STORE_NOWAIT, &b->extent);
	b->held = (got == STORE_HIT);
	return got;
}

/* ... and its bytes are what was stored. */
static enum store_got
hold_checked(struct storebody *b, uint64_t pos)
{
	enum store_got	 got = hold(b, pos);

	if (got != STORE_HIT || b->extent.checked)
		return got;
	if (b->extent.len > CHECK_MOST)
		return STORE_WOULD_BLOCK;
	got = store_check(shared.store, &b->extent, STORE_NOWAIT);
	if (got == STORE_HIT && pos < b->o->inlined)
		b->o->checked = true;
	return got;
}

/* The extent can be given to sendfile from pos on. */
static bool
sendable(struct storebody *b, uint64_t pos)
{
	if (is_lost(b, pos))
		return false;
	switch (hold_checked(b, pos)) {
	case STORE_HIT:
		break;
	case STORE_WOULD_BLOCK:
		return false;
	case STORE_MISS:
		b->failed = true;
		return false;
	}
	if (!b->ready)
		b->ready = resident(&b->extent, pos);
	return b->ready;
}

/* ---- what a thread reads ---- */

static void
read_piece(struct work_job *j)
{
	struct storebody_read	*r = CONTAINER_OF(j, struct storebody_read, job);
	uint64_t		 pos = r->piece.from;

	if (r->growing) {
		r->how = store_follow_read(shared.store, &r->follow, pos, r->piece.p, r->want, STORE_BLOCK, &r->piece.n);
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
		r->how = store_read(shared.store, &r->extent, pos, r->piece.p, r->want, STORE_BLOCK, &r->piece.n);
}

static void
wake(struct storebody *b)
{
	if (b->body.wake != NULL)
		b->body.wake(b->body.arg);
}

static void
read_free(struct storebody_read *r)
{
	if (r->held)
		store_extent_done(shared.store, &r->extent);
	piece_drop(&r->piece);
	free(r);
}

static void		 read_ahead(struct storebody *b);

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
	OBJ_OK(b, BODY_TAG);
	b->reading = NULL;
	first = (b->now.p == NULL);
	if (j->ran && r->how == STORE_HIT && r->piece.n > 0) {
		*(first ? &b->now : &b->ahead) = r->piece;
		r->piece.p = NULL;
	} else if (first && (!r->growing || b->asked++ == ASK_MOST)) {
		b->failed = true;	/* of what was read ahead it turns out when it is wanted, of what grows at the next look */
	}
	if (r->held && !b->held) {
		b->extent = r->extent;
		b->held = true;
		r->held = false;
	}
	read_free(r);
	if (!first)
		return;
	read_ahead(b);
	wake(b);
}

static void		 on_stall(struct timer *t);

static void
ask_later(struct storebody *b, uint64_t ms)
{
	if (b->stall.cb == NULL)
		timer_init(&b->stall, on_stall);
	timer_set(&b->stall, ms);
}

/* A run's bytes from pos on, as many as a piece takes; the extent goes along. False: the threads have too much to do already. */
static bool
read_on_thread(struct storebody *b, uint64_t pos)
{
	struct storebody_read	*r = mem_alloc(sizeof *r);
	uint64_t		 left = b->to - pos;

	MUST(b->reading == NULL);
	*r = (struct storebody_read){ .job = { .run = read_piece, .done = was_read }, .b = b, .hit = b->o->hit, .growing = b->o->growing,
	    .follow = b->o->follow, .want = (left < STOREBODY_PIECE) ? (size_t)left : STOREBODY_PIECE };
	if (b->held && covers(&b->extent, pos)) {
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

static void
read_at_pos(struct storebody *b)
{
	if (read_on_thread(b, b->pos))
		return;
	b->asking = true;
	ask_later(b, BUSY_MS);
}

/* A disk that had to be waited for once reads on while the piece is sent. */
static void
read_ahead(struct storebody *b)
{
	uint64_t	 from = b->now.from + b->now.n;

	if (b->now.p == NULL || b->ahead.p != NULL || b->reading != NULL || b->o->growing || from >= b->to)
		return;
	if (b->held && covers(&b->extent, from)) {
		if (b->extent.checked && store_resident(&b->extent, from, STOREBODY_PIECE))
			return;
	} else if (from < b->o->inlined) {
		return;
	}
	read_on_thread(b, from);
}

/* ---- what grows ---- */

static void		 bring(struct storebody *b);

static void
woken(struct follow_waiter *w)
{
	wake(CONTAINER_OF(w, struct storebody, waiter));
}

static void
wait_to_grow(struct storebody *b)
{
	if (b->waiter.woken == NULL)
		follow_waiter(&b->waiter, woken);
	follow_wait(&b->waiter);
}

/* It does not grow any more: complete, if the key has the same body. */
static void
has_ended(struct storebody *b)
{
	switch (find_again(b)) {
	case STORE_HIT:
		if (b->pos < b->to)
			bring(b);
		break;
	case STORE_WOULD_BLOCK:
		break;
	case STORE_MISS:
		b->failed = true;
		break;
	}
}

/* Bytes that are on their way from one place to another at this moment. */
static void
ask_again(struct storebody *b)
{
	if (b->asked++ == ASK_MOST) {
		b->failed = true;
		return;
	}
	b->asking = true;
	ask_later(b, BUSY_MS);
}

static void
read_grown(struct storebody *b)
{
	uint64_t	 left = b->to - b->pos, length;
	enum store_got	 got;

	piece_take(&b->now, b->pos);
	got = store_follow_read(shared.store, &b->o->follow, b->pos, b->now.p, (left < STOREBODY_PIECE) ? (size_t)left : STOREBODY_PIECE,
	    STORE_NOWAIT, &b->now.n);
	if (got == STORE_HIT && b->now.n > 0) {
		b->asked = 0;
		return;
	}
	piece_drop(&b->now);
	if (got == STORE_WOULD_BLOCK)
		read_at_pos(b);
	else if (got == STORE_MISS && store_follow_look(shared.store, &b->o->follow, false, &length) == STORE_ENDED)
		has_ended(b);
	else
		ask_again(b);
}

static void
bring_grown(struct storebody *b)
{
	uint64_t	 length;
	enum store_way	 way = store_follow_look(shared.store, &b->o->follow, false, &length);

	if (way != STORE_ENDED && length <= b->pos)
		way = store_follow_look(shared.store, &b->o->follow, true, &length);
	if (way == STORE_ENDED)
		has_ended(b);
	else if (length <= b->pos)
		wait_to_grow(b);
	else
		read_grown(b);
}

/* ---- what is complete ---- */

static void
found(void *arg, struct object *o)
{
	struct storebody	*b = arg;

	OBJ_OK(b, BODY_TAG);
	b->finding = NULL;
	if (o == NULL || !go_on_with(b, o))
		b->failed = true;
	wake(b);
}

static void
read_now(struct storebody *b)
{
	uint64_t	 left = b->to - b->pos;
	enum store_got	 got;

	piece_take(&b->now, b->pos);
	got = store_read(shared.store, &b->extent, b->pos, b->now.p, (left < STOREBODY_PIECE) ? (size_t)left : STOREBODY_PIECE, STORE_NOWAIT,
	    &b->now.n);
	if (got == STORE_HIT && b->now.n > 0)
		return;
	piece_drop(&b->now);
	if (got == STORE_WOULD_BLOCK)
		read_at_pos(b);
	else
		b->failed = true;
}

static struct span
in_memory(const struct storebody *b)
{
	const struct object	*o = b->o;
	struct span		 s = span_at(NULL, 0);

	if (piece_has(&b->now, b->pos))
		s = span_at(b->now.p + (b->pos - b->now.from), b->now.n - (size_t)(b->pos - b->now.from));
	else if (o->checked && b->pos < o->hit.body.n)
		s = span_at(o->hit.body.p + b->pos, o->hit.body.n - (size_t)b->pos);
	if (s.n > b->to - b->pos)
		s.n = (size_t)(b->to - b->pos);
	return s;
}

static void
bring_stored(struct storebody *b)
{
	switch (hold_checked(b, b->pos)) {
	case STORE_HIT:
		if (in_memory(b).n == 0)	/* the object's own bytes are known to be right only now */
			read_now(b);
		break;
	case STORE_WOULD_BLOCK:
		read_at_pos(b);
		break;
	case STORE_MISS:
		b->failed = true;
		break;
	}
}

/* Nothing is in memory at pos: it is after this, or wake will come, or the body has failed. */
static void
bring(struct storebody *b)
{
	if (b->reading != NULL || b->finding != NULL || b->asking)
		return;
	if (b->o->growing)
		bring_grown(b);
	else if (!is_lost(b, b->pos))
		bring_stored(b);
	else if (find_again(b) == STORE_MISS)
		b->failed = true;
	else if (b->finding == NULL && in_memory(b).n == 0)
		bring_stored(b);
}

/* ---- the body ---- */

/* What is not sent of the head's record is copied, so that it need not be found again; then nothing is kept for this client. */
static void
keep_rest(struct storebody *b)
{
	uint64_t	 from = b->pos, to = (b->o->inlined < b->to) ? b->o->inlined : b->to;
	size_t		 got = 0;

	if (b->now.p != NULL || b->reading != NULL || is_lost(b, from))
		return;
	if (b->o->checked && from < b->o->hit.body.n)
		from = b->o->hit.body.n;
	if (from >= to || to - from > STOREBODY_PIECE || hold_checked(b, from) != STORE_HIT)
		return;
	piece_take(&b->now, from);
	if (store_read(shared.store, &b->extent, from, b->now.p, (size_t)(to - from), STORE_NOWAIT, &got) == STORE_HIT)
		b->now.n = got;
	if (got == 0)
		piece_drop(&b->now);
}

static void
on_stall(struct timer *t)
{
	struct storebody	*b = CONTAINER_OF(t, struct storebody, stall);

	OBJ_OK(b, BODY_TAG);
	if (b->asking) {
		b->asking = false;
		wake(b);
		return;
	}
	if (b->o->pinned)
		keep_rest(b);
	let_go(b);
	object_unpin(b->o);
}

static void
mind_stall(struct storebody *b)
{
	if ((b->held || b->o->pinned) && !b->asking)
		ask_later(b, STALL_MS);
}

/* Behind what is in memory the file goes on. */
static bool
file_follows(struct storebody *b, uint64_t pos)
{
	return pos < b->to && !b->o->growing && b->reading == NULL && b->finding == NULL && !b->asking && !piece_has(&b->now, pos) &&
	    !piece_has(&b->ahead, pos) && sendable(b, pos);
}

static enum body_state
peek(struct body *body, const struct span **v, unsigned *n)
{
	struct storebody	*b = CONTAINER_OF(body, struct storebody, body);
	struct span		 have;

	OBJ_OK(b, BODY_TAG);
	body->follows = false;
	*v = b->spans;
	*n = 0;
	if (b->failed)
		return BODY_FAILED;
	if (b->text_at < b->text.n)
		b->spans[(*n)++] = span_at(b->text.p + b->text_at, b->text.n - b->text_at);
	have = in_memory(b);
	if (have.n == 0 && *n == 0 && b->pos < b->to) {
		bring(b);
		if (b->failed)
			return BODY_FAILED;
		have = in_memory(b);
	}
	if (have.n > 0)
		b->spans[(*n)++] = have;
	if (b->ended && b->pos + have.n == b->to)
		return BODY_LAST;
	body->follows = *n > 0 && file_follows(b, b->pos + have.n);
	mind_stall(b);
	return BODY_MORE;
}

static int
file(struct body *body, uint64_t *at, uint64_t *n)
{
	struct storebody	*b = CONTAINER_OF(body, struct storebody, body);
	uint64_t		 end;

	OBJ_OK(b, BODY_TAG);
	if (b->failed || b->text_at < b->text.n || in_memory(b).n > 0 || !file_follows(b, b->pos))
		return -1;
	end = b->extent.pos + b->extent.len;
	*at = b->extent.at + (b->pos - b->extent.pos);
	*n = ((end < b->to) ? end : b->to) - b->pos;
	mind_stall(b);
	return b->extent.fd;
}

/* What belongs to the run that is over. */
static void
drop_run(struct storebody *b)
{
	if (b->reading != NULL)
		b->reading->b = NULL;
	b->reading = NULL;
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
	if (b->stall.cb != NULL)
		timer_stop(&b->stall);
	drop_run(b);
	let_go(b);
	object_unpin(b->o);
}

static void
drop_taken(struct storebody *b)
{
	if (b->now.p != NULL && !piece_has(&b->now, b->pos) && b->pos >= b->now.from) {
		piece_drop(&b->now);
		b->now = b->ahead;
		b->ahead.p = NULL;
		read_ahead(b);
	}
	if (b->held && !covers(&b->extent, b->pos))
		let_go(b);
}

static void
took(struct body *body, size_t bytes)
{
	struct storebody	*b = CONTAINER_OF(body, struct storebody, body);
	size_t			 text = b->text.n - b->text_at;

	OBJ_OK(b, BODY_TAG);
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
	b->tag = BODY_TAG;
	b->failed = b->held = b->ready = b->asking = false;
	b->asked = 0;
	b->o = o;
	b->own = NULL;
	b->parts = NULL;
	b->text.n = b->text_at = 0;
	b->now.p = b->ahead.p = NULL;
	b->reading = NULL;
	b->finding = NULL;
	b->waiter.woken = NULL;
	b->stall.cb = NULL;
	b->stall.due_ms = 0;
}

void
storebody_whole(struct storebody *b, struct object *o)
{
	storebody_from(b, o, 0);
}

void
storebody_from(struct storebody *b, struct object *o, uint64_t from)
{
	begin(b, o, o->hit.total == STORE_UNKNOWN ? STORE_UNKNOWN : o->hit.total - from);
	b->pos = from;
	b->to = o->hit.total;
	b->ended = true;
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
	next_run(b);
}

void
storebody_skip(struct storebody *b, uint64_t n)
{
	OBJ_OK(b, BODY_TAG);
	MUST(b->parts == NULL && b->pos == 0 && n <= b->to);
	b->pos = b->body.taken = n;
}

void
storebody_end(struct storebody *b)
{
	if (b->tag != BODY_TAG)
		return;
	drop_run(b);
	object_cancel(&b->finding);
	if (b->waiter.woken != NULL)
		follow_drop(&b->waiter);
	if (b->stall.cb != NULL)
		timer_stop(&b->stall);
	let_go(b);
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
