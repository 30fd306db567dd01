/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completing what is stored in part (RFC 9111, 3.3 and 3.4): one gap is asked for with Range and
 * If-Range; what comes is put together with what is there, for the client, and for the store, where
 * one object with all of it takes the place of the parts. Worker.
 */
#include "acl/rules.h"
#include "base/clock.h"
#include "base/must.h"
#include "base/sb.h"
#include "cache/caching.h"
#include "cache/freshen.h"
#include "cache/partial.h"
#include "cache/storedhead.h"
#include "core/settings.h"
#include "core/shared.h"
#include "http/media.h"

/*
 * Putting parts together copies those that are stored: no more than so many times what is new (a
 * client that asks for byte after byte would make work without end), unless they are few, or the
 * whole comes of it, which happens once.
 */
enum { COPY_TIMES = 16, COPY_FREE = 256 * 1024 };

/*
 * A client waits while so much is copied that stands before its range, no more; an origin while so
 * much is sent that stands before the gap.
 */
enum { COPY_AHEAD = 64 << 20, STORED_FIRST = 1 << 20 };

/* What is known of the answer that is being made. */
struct made {
	struct parts		 have;
	struct byteranges	 asked;		/* none: the whole */
	struct extents		 all;		/* what is there with what comes */
	struct storedattr	 at;		/* of all */
};

static bool
is_whole(const struct made *m)
{
	return m->all.n == 1 && m->all.e[0].from == 0 && m->all.e[0].to == m->have.size;
}

enum step
complete_ask(struct caching *c)
{
	struct object	*o = caching_object(c);
	struct txn	*t = c->t;
	struct head	*h = arena_get(&t->arena, sizeof *h);

	if (h == NULL || !head_copy(h, &t->req, &t->arena))
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	condreq_plain(h);
	if (!partial_ask(h, &o->at, &c->gap, parts_size(o), &t->arena))
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	c->completing = c->whole = true;
	c->validating = c->refreshing = c->refreshed = false;
	t->fetch_req = h;
	t->stale_instead = false;
	t->cache_found = true;
	t->f.tag_result = cacheresult_of(&(struct cacheresult){ .how = CACHERESULT_FETCHED,
	    .waited = c->collapsed });
	t->cache_told = true;
	t->cache_words = (struct cachestatus){ .fwd = CACHESTATUS_PARTIAL };
	t->age = -1;
	return STEP_ROUTE;
}

/* What came helps nobody: the client's own request goes to the origin as it is. */
static enum step
ask_plainly(struct caching *c)
{
	struct txn	*t = c->t;

	complete_end(c);
	if (c->fill != NULL)
		fill_leave(&c->fill, true);
	find_forget(c);
	t->fetch_req = NULL;
	t->reply_body = NULL;
	t->has_reply = false;
	c->whole = c->refreshed = false;
	return STEP_ROUTE;
}

static void
drop_parts(struct caching *c)
{
	struct store_key	 k = object_store_key(&c->key);

	store_delete(shared.store, &k);
}

/* The answer is a part of the same representation; *p says which. */
static bool
is_of_it(struct caching *c, struct made *m, struct partial *p)
{
	struct object		*o = caching_object(c);
	struct txn		*t = c->t;
	struct storedattr	 at;
	struct cachectl		 cc;

	if (!partial_of(&t->reply, p) || t->reply_body == NULL || !parts_read(o, &m->have))
		return false;
	cachectl_parse(&cc, &t->reply);
	storedattr_fill(&at, &t->reply, &cc, t->s->cachepolicy, t->asked_s, clock_wall_s());
	return partial_combine(&o->at, m->have.size, &at, p->size);
}

/* It is what was asked for. */
static bool
is_the_rest(struct caching *c, struct made *m)
{
	struct extent	 gap;
	struct partial	 p;

	return is_of_it(c, m, &p) && p.first == c->gap.from && p.last + 1 == c->gap.to &&
	    parts_judge(&m->have, &c->t->req, &caching_object(c)->at, &m->asked,
	    &gap) == PARTS_REST;
}

/* Bytes of the parts before what the client asked for. */
static uint64_t
ahead(const struct made *m)
{
	uint64_t	 n = 0;

	for (unsigned i = 0; m->asked.n > 0 && i < m->have.there.n &&
	    m->have.there.e[i].from < m->asked.r[0].first; i++) {
		const struct extent	*e = &m->have.there.e[i];

		n += (e->to < m->asked.r[0].first ? e->to : m->asked.r[0].first) - e->from;
	}
	return n;
}

/* The parts are not reclaimed for what is made of them. */
static bool
fits_beside(uint64_t bytes)
{
	struct store_stats	 st;

	for (unsigned i = 0; i < store_dirs(shared.store); i++) {
		store_stat(shared.store, i, &st);
		if (st.on && bytes <= st.bytes / 2)
			return true;
	}
	return false;
}

/*
 * store_miss (when there is an answer), and whether so many bytes may be stored, and copied. A
 * missing fact is a no.
 */
static bool
may_store(struct caching *c, struct made *m)
{
	struct txn		*t = c->t;
	struct ruling		 r = { .kind = RULING_ALLOW };
	uint64_t		 old = extents_total(&m->have.there);

	m->all = m->have.there;
	if (!c->stores || (t->peer != NULL && t->peer->proxy_only) ||
	    !extents_add(&m->all, c->gap.from, c->gap.to) ||
	    extents_total(&m->all) > t->s->largest_object)
		return false;
	if (!fits_beside(old + extents_total(&m->all)) || ahead(m) > COPY_AHEAD ||
	    (old > COPY_FREE && !is_whole(m) && old / COPY_TIMES > c->gap.to - c->gap.from))
		return false;
	if (t->has_reply && t->s->store_miss->n > 0)
		rules_judge(t->s->store_miss, t, false, &r);
	return r.kind == RULING_ALLOW;
}

/*
 * An origin would wait for a slow client to take what is stored before the gap, as nothing is
 * stored that it could read later.
 */
static bool
makes_wait(struct caching *c, struct made *m)
{
	uint64_t	 from = m->asked.n > 0 ? m->asked.r[0].first : 0;

	return c->gap.from > from + STORED_FIRST && !may_store(c, m);
}

enum parts_have
complete_judge(struct caching *c)
{
	struct object		*o = caching_object(c);
	enum parts_have		 how;
	struct made		 m;

	if (!parts_read(o, &m.have) || !storebody_there(o, o->hit.total)) {
		c->damaged = true;
		return PARTS_FEW;
	}
	how = parts_judge(&m.have, &c->t->req, &o->at, &m.asked, &c->gap);
	return how == PARTS_REST && makes_wait(c, &m) ? PARTS_FEW : how;
}

/* Into the store goes all that is there with what comes. The fill takes the join. */
static bool
fill_all(struct caching *c, struct made *m, struct object **own)
{
	struct store_meta	 meta = { .stored = (uint64_t)m->at.response_s,
	    .flags = is_whole(m) ? 0 : OBJECT_PARTS };
	uint8_t			 attr[STOREDATTR_MAX + PARTS_BYTES];
	struct fill_what	 w = { .source = joinbody_source(c->join), .key = c->key,
	    .primary = c->primary, .began = c->began, .total = extents_total(&m->all),
	    .most = c->t->s->largest_object, .cut_least = extents_total(&m->have.there) + 1 };
	struct sb		 head;
	size_t			 n = storedattr_write(&m->at, attr);

	n += parts_write(m->have.size, is_whole(m) ? NULL : &m->all, attr + n);
	sb_heap(&head, STORE_HEAD_MAX);
	if (storedhead_write(&head, &c->head, m->have.size)) {
		meta.attr = span_at((char *)attr, n);
		meta.head = sb_done(&head);
		w.meta = meta;
		if (keep_claim(c, &w)) {
			joinbody_keep(c->join, own);
			joinbody_aim(c->join, &m->all, &m->have.there, &c->gap);
			c->fill = fill_new(&w);
		}
	}
	sb_free(&head);
	if (c->fill != NULL)
		c->join = NULL;
	return c->fill != NULL;
}

static bool
store_all(struct caching *c, struct made *m)
{
	struct object	*own;
	bool		 done;

	if (object_get(&c->key, &own) != STORE_HIT)
		return false;
	done = own->hit.body_id == caching_object(c)->hit.body_id && fill_all(c, m, &own);
	object_free(&own);
	return done;
}

static void
dress(struct caching *c, struct body *b)
{
	struct txn	*t = c->t;

	t->reply_body = b;
	t->reply_framing = (struct framing){ FRAMING_LENGTH, b->length };
	if (t->s->n_logs > 0)
		t->f.mime = media_type(head_value(&t->reply, FIELD_CONTENT_TYPE));
}

/*
 * What is being stored holds the range that the client asked for. Its old parts stay where they
 * are: heads borrow from them.
 */
static bool
serve_range(struct caching *c)
{
	struct store_follow	 f;
	struct object		*o;

	if (!fill_follow(c->fill, &f) || object_follow(&f, &o) != STORE_HIT)
		return false;
	MUST(c->n_found == 1);
	c->found[1] = c->found[0];
	c->found[0] = o;
	c->n_found = 2;
	if (!serve_fit(c))
		return false;
	fill_leave(&c->fill, true);
	return true;
}

/* Nothing is stored: the client gets what it asked for from both. */
static bool
serve_joined(struct caching *c, const struct made *m)
{
	static const uint8_t	 unused[12];		/* a single range has no boundary */
	struct extents		 yield = { .n = 1, .e = { { 0, m->have.size } } };
	struct txn		*t = c->t;
	uint64_t		 length;

	if (m->asked.n > 0) {
		yield.e[0] = (struct extent){ m->asked.r[0].first, m->asked.r[0].last + 1 };
		if (!rangereply_head(&t->reply, &m->asked, m->have.size, unused, &t->arena,
		    &c->parts, &length))
			return false;
	}
	joinbody_aim(c->join, &yield, &m->have.there, &c->gap);
	joinbody_source(c->join)->paced = true;
	dress(c, joinbody_source(c->join)->body);
	return true;
}

static void
put_words(struct caching *c, const struct made *m)
{
	struct freshness	 f = freshness_of(&m->at, c->rule, c->t->s->cachepolicy,
	    clock_wall_s());
	struct txn		*t = c->t;

	t->cache_words = (struct cachestatus){ .fwd = CACHESTATUS_PARTIAL,
	    .stored = c->fill != NULL };
	if (t->reply.status != 206)
		t->cache_words.fwd_status = 206;
	t->age = f.age;
}

static enum step
join(struct caching *c, struct made *m)
{
	struct txn		*t = c->t;
	struct object		*o = caching_object(c);
	struct freshen_in	 in = { &c->head, &t->reply, &o->at, &t->req, c->rule,
	    t->s->cachepolicy, t->asked_s, clock_wall_s(), t->logged_in };
	struct joinbody_what	 w = { .origin = t->reply_body, .old = o };
	struct head		 came;
	enum freshen		 how;
	bool			 stored;

	if (!serve_head(c, &c->head))
		return ask_plainly(c);
	if (!head_copy(&came, &t->reply, &t->arena))
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	how = freshen_merge(&in, &t->arena, &m->at);
	caching_note_origin(t, &m->at);
	if (how == FRESHEN_NO_MEMORY)
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	if (how == FRESHEN_DROP)
		drop_parts(c);
	if (t->source != NULL && t->source->body == t->reply_body)
		w.source = t->source;
	stored = how == FRESHEN_KEPT && w.source != NULL && may_store(c, m);
	c->join = joinbody_new(&w);
	stored = stored && store_all(c, m);
	if (!freshen_personal(&c->head, &came, &t->arena))
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	t->reply = c->head;
	if (stored && m->asked.n == 0)
		dress(c, rest_body(c, fill_body(c->fill), &m->at,
		    &(struct rest_what){ 0, m->have.size, m->have.size, true }));
	else if (stored && !serve_range(c)) {
		c->stores = false;
		return ask_plainly(c);
	} else if (!stored && !serve_joined(c, m))
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	put_words(c, m);
	collapse_leave(c);
	return STEP_RULES;
}

enum step
complete_answer(struct caching *c)
{
	struct txn	*t = c->t;
	struct made	 m;

	c->completing = false;
	switch (t->reply.status) {
	case 206:
		if (is_the_rest(c, &m))
			return join(c, &m);
		/* FALLTHROUGH */
	case 304:
	case 416:
		drop_parts(c);
		return ask_plainly(c);
	case 200:		/* it has changed */
		drop_parts(c);
		break;
	default:
		if (reuse_is_failure(t->reply.status))
			c->stores = false;	/* what is stored may be of use yet */
		break;
	}
	return STEP_GONE;
}

/*
 * Parts that were still growing at the look-up may stand there by now: what came is put to them,
 * not in their place.
 */
static void
look_again(struct caching *c)
{
	struct object	*o;

	if (!c->stores || c->n_found > 0 || object_get(&c->key, &o) != STORE_HIT)
		return;
	if (!object_is_parts(o)) {
		object_free(&o);
		return;
	}
	c->found[c->n_found++] = o;
}

enum step
complete_by_part(struct caching *c)
{
	struct object	*o;
	struct txn	*t = c->t;
	struct made	 m;
	struct partial	 p;

	look_again(c);
	o = caching_object(c);
	if (c->behind != NULL || c->whole || c->damaged || c->n_found != 1 || o->growing ||
	    !object_is_parts(o) || !is_of_it(c, &m, &p) ||
	    byterange_request(&t->req, &o->at, m.have.size, &m.asked) != BYTERANGE_PARTS ||
	    m.asked.n != 1 || m.asked.r[0].first != p.first || m.asked.r[0].last != p.last)
		return STEP_GONE;
	c->gap = (struct extent){ p.first, p.last + 1 };
	return may_store(c, &m) ? join(c, &m) : STEP_GONE;
}

void
complete_end(struct caching *c)
{
	struct source	*s;

	if (c->join == NULL)
		return;
	s = joinbody_source(c->join);
	c->join = NULL;
	s->end(s);
}
