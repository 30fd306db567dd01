/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rest of an answer whose bytes came from another's fetch, when that ends early (its worker
 * died, its origin broke off, it is not stored any more): a transaction without a client asks for
 * it in the ordinary way, from the lookup step on, with Range and If-Range, and the client reads on
 * from its answer if that is of the same representation (RFC 9110, 13.1.5; RFC 9111, 3.4). As it
 * goes the ordinary way, the first of many who miss the same rest fetches it and the others follow.
 * What cannot be proven the same is not sent: the client is cut. Worker.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/must.h"
#include "cache/caching.h"
#include "cache/partial.h"
#include "cache/stored.h"
#include "core/settings.h"
#include "core/shared.h"

enum {
	ASK_MOST = 8,			/* times that an answer is gone on with, ... */
	/*
	 * ... and without a byte in between: then not with others (who may leave) and not to be
	 * stored, at last past the store
	 */
	ASK_IN_VAIN = 2,
	ALIGN = 256 * 1024,		/* what is asked for begins at a multiple, ... */
	/* ... so far back that those who have come nearly as far can share it */
	SHARE_MOST = 768 * 1024,
	/* bytes sent already that are read once more in any case ... */
	SKIP_FREE = ALIGN + SHARE_MOST,
	SKIP_MOST = 64 << 20,		/* ... and where no less is still to come */
};

struct reading {
	struct lasting		 body;
	struct caching		*c;		/* the client's */
	struct storedattr	 at;
	/* bytes of the representation that body is; to may be STORE_UNKNOWN: all that follow */
	uint64_t		 from, to;
	uint64_t		 size;		/* of the representation, or STORE_UNKNOWN */
	uint64_t		 asked_at;	/* bytes taken when it was last asked for */
	unsigned		 asked, in_vain;
	/* the client of a fetch: its own failure counts only if it read from the store */
	bool			 by_fill;
	struct rest		*rest;
};

struct rest {
	struct list	 node;
	struct task	 task;		/* begins; ends */
	struct txn	*t;
	struct reading	*reader;	/* NULL: gone */
	bool		 begun, lent;
};

static struct list	 all = { &all, &all };

static uint64_t
place(const struct reading *g)
{
	return g->from + g->body.body.taken;
}

/* ---- asking ---- */

static bool
may_ask(const struct reading *g)
{
	if (g->asked == ASK_MOST ||
	    (g->in_vain == ASK_IN_VAIN && g->asked_at == g->body.body.taken))
		return false;
	return !g->by_fill || (g->c->fill != NULL && fill_fell_behind(g->c->fill));
}

/*
 * Range and If-Range, or neither where that is the whole. Of a body whose end is not known a byte
 * that was sent is asked for as well: were nothing missing, there would be no other byte to answer
 * with.
 */
static bool
put_range(struct head *h, const struct reading *g, struct arena *a)
{
	uint64_t		 from = place(g), lag = g->asked == 0 && g->c->serving ?
	    storebody_lag(&g->c->body, SHARE_MOST) : 0;
	struct extent		 gap = { 0, g->to };
	struct storedattr	 at = g->at;

	if (g->to == STORE_UNKNOWN && from > 0)
		from--;
	from -= lag < from ? lag : from;
	from -= from % ALIGN;
	gap.from = from > g->from ? from : g->from;
	condreq_plain(h);
	at.etag = arena_span(a, g->at.etag);	/* it outlives the client's */
	return (gap.from == 0 && g->to == g->size) || partial_ask(h, &at, &gap, g->size, a);
}

static bool
prepare(struct txn *t, const struct reading *g)
{
	const struct caching	*from = g->c;
	struct caching		*c;

	if (!behind_request(t, from->t) || !put_range(&t->req, g, &t->arena))
		return false;
	c = caching_new(t);
	if (c == NULL)
		return false;
	c->judged = true;
	c->alone = g->in_vain > 0;
	c->serves = g->in_vain < ASK_IN_VAIN;
	c->stores = from->stores && g->in_vain == 0;
	c->url = from->url.p == from->t->f.url.p ? t->f.url : arena_span(&t->arena, from->url);
	cachectl_parse(&c->req_cc, &t->req);
	t->cache = c;
	return c->url.p != NULL;
}

static void
free_rest(struct rest *r)
{
	stored_release(r->t);
	stored_forget(r->t);
	txn_free(&r->t);
	task_drop(&r->task);
	list_remove(&r->node);
	free(r);
}

static void
on_task(struct task *task)
{
	struct rest	*r = CONTAINER_OF(task, struct rest, task);

	if (r->begun) {
		txn_abort(r->t, WHY_CLIENT_GONE);
	} else if (r->reader == NULL) {
		free_rest(r);
	} else {
		r->begun = true;
		txn_begin(r->t, STEP_LOOKUP);
	}
}

static bool
ask(struct reading *g)
{
	struct txn	*client = g->c->t;
	struct rest	*r = mem_zero(sizeof *r);

	g->in_vain = g->asked > 0 && g->asked_at == g->body.body.taken ? g->in_vain + 1 : 0;
	r->t = txn_new(client->s);
	r->t->behind = true;
	task_init(&r->task, on_task);
	list_push(&all, &r->node);
	if (!prepare(r->t, g)) {
		free_rest(r);
		return false;
	}
	r->t->cache->rest = r;
	r->t->conn = client->conn;		/* whose silence is not the origin's */
	r->t->external = client->external;	/* what helpers said of it: not asked again */
	r->t->f.origin_in = client->f.origin_in;	/* goes on counting */
	r->t->f.origin_out = client->f.origin_out;
	r->reader = g;
	g->rest = r;
	g->asked++;
	g->asked_at = g->body.body.taken;
	client->lender = r->t;
	task_later(&r->task);
	return true;
}

/*
 * What was read came to an early end. One that was asked for ends first, so that its bytes are
 * counted.
 */
static bool
lost(struct lasting *l)
{
	struct reading	*g = CONTAINER_OF(l, struct reading, body);

	if (!may_ask(g))
		return false;
	if (g->rest == NULL)
		return ask(g);
	task_later(&g->rest->task);
	return true;
}

/* ---- the answer ---- */

/* Where the answer begins and ends, if it is of the same representation. */
static bool
is_of_it(const struct reading *g, struct txn *t, struct partial *p)
{
	uint64_t		 size = STORE_UNKNOWN;
	struct storedattr	 at;
	struct cachectl		 cc;

	if (t->reply_body == NULL)
		return false;
	if (partial_of(&t->reply, p))
		size = p->size;
	else if (t->reply.status == 200)
		*p = (struct partial){ .size = size = t->reply_body->length };
	else
		return false;
	cachectl_parse(&cc, &t->reply);
	storedattr_fill(&at, &t->reply, &cc, t->s->cachepolicy, t->asked_s, clock_wall_s());
	return partial_combine(&g->at, g->size, &at, size);
}

/* A whole that is stored, or being stored, need not be passed over. */
static void
skip_stored(struct caching *c, uint64_t at)
{
	storebody_end(&c->body);
	storebody_from(&c->body, caching_object(c), at);
	c->body.follows = true;
}

static bool
is_sensible(uint64_t skip, uint64_t left)
{
	return skip <= SKIP_FREE || (skip <= SKIP_MOST && skip <= left);
}

static void
note_origin(struct txn *t, const struct txn *lender)
{
	if (lender->f.route == ROUTE_NONE)
		return;
	t->f.route = lender->f.route;
	t->f.origin = lender->f.origin;
	t->f.outgoing = lender->f.outgoing;
	t->f.peer = lender->f.peer.n > 0 ? arena_span(&t->arena, lender->f.peer) : SPAN_NONE;
	t->f.reused = lender->f.reused;
	t->f.tries += lender->f.tries;
	if (t->f.tag_result == RESULT_CF_HIT)
		t->f.tag_result = RESULT_CF_MISS;
}

/* The client reads on from it. */
static bool
lend(struct rest *r)
{
	struct reading	*g = r->reader;
	struct txn	*t = r->t;
	struct partial	 p;
	uint64_t	 at = place(g), to, left;

	if (!is_of_it(g, t, &p))
		return false;
	to = t->reply.status == 200 ? p.size : p.last + 1;
	if (p.first > at || (g->to == STORE_UNKNOWN ? to != p.size : to < g->to))
		return false;
	left = g->to != STORE_UNKNOWN ? g->to - at : to != STORE_UNKNOWN ? to - at : UINT64_MAX;
	if (t->reply.status == 200 && t->cache->serving) {
		skip_stored(t->cache, at);
		p.first = at;
	}
	if (!is_sensible(at - p.first, left))
		return false;
	note_origin(g->c->t, t);
	g->c->t->f.why = WHY_NOTHING;		/* that of what was read before */
	lasting_go_on(&g->body, t->reply_body, at - p.first, left);
	return true;
}

enum step
rest_lend(struct caching *c)
{
	struct rest	*r = c->rest;

	if (r == NULL || r->reader == NULL)
		return STEP_BEHIND;
	if (r->lent || lend(r)) {
		r->lent = true;
		return STEP_WAIT;
	}
	/* another answer would not say anything else */
	if (!reuse_is_failure(c->t->reply.status))
		r->reader->asked = ASK_MOST;
	return STEP_BEHIND;
}

/* Of why the client is cut. */
static struct span
detail(const struct txn *t, struct arena *a)
{
	if (t->f.why != WHY_NOTHING)
		return arena_printf(a, "its rest was not to be had: %s", why_row(t->f.why)->name);
	if (t->has_reply)
		return arena_printf(a,
		    "its rest was not to be had: the answer (%u) does not go with it",
		    t->reply.status);
	return SPAN_NONE;
}

void
rest_over(struct rest *r)
{
	struct reading	*g = r->reader;

	if (g != NULL) {
		g->c->t->f.origin_in = r->t->f.origin_in;
		g->c->t->f.origin_out = r->t->f.origin_out;
		g->c->t->f.why_detail = may_ask(g) ? SPAN_NONE : detail(r->t, &g->c->t->arena);
		g->c->t->lender = NULL;
		g->rest = NULL;
	}
	free_rest(r);
	if (g != NULL && (!may_ask(g) || !ask(g)))
		lasting_fail(&g->body);
}

bool
rest_too_far(const struct rest *r, uint64_t length)
{
	return r->reader != NULL && place(r->reader) > length &&
	    place(r->reader) - length > SKIP_MOST;
}

/* ---- the client's body ---- */

struct body *
rest_body(struct caching *c, struct body *b, const struct storedattr *at, const struct rest_what *w)
{
	struct reading	*g;

	if (c->t->behind || !storedattr_strong(at))
		return b;
	g = arena_zero(&c->t->arena, sizeof *g);
	if (g == NULL)
		return b;
	rest_leave(c);
	g->c = c;
	g->at = *at;
	g->at.etag = arena_span(&c->t->arena, at->etag);
	g->from = w->from;
	g->to = w->to;
	g->size = w->size;
	g->by_fill = w->by_fill;
	lasting_init(&g->body, b, lost);
	c->reading = g;
	return &g->body.body;
}

void
rest_leave(struct caching *c)
{
	struct reading	*g = c->reading;

	if (g == NULL)
		return;
	c->reading = NULL;
	lasting_end(&g->body);
	if (g->rest == NULL)
		return;
	c->t->lender = NULL;
	g->rest->reader = NULL;
	g->rest->t->conn = NULL;
	g->rest->t->external = NULL;
	task_later(&g->rest->task);
	g->rest = NULL;
}

void
rest_abort_all(void)
{
	while (!list_empty(&all)) {
		struct rest *r = CONTAINER_OF(all.next, struct rest, node);

		if (r->reader != NULL)
			rest_leave(r->reader->c);
		if (r->begun)
			txn_abort(r->t, WHY_SHUTTING_DOWN);
		else
			free_rest(r);
	}
}
