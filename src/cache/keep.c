/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping an answer (RFC 9111, 3): what is there whole already is stored at once, the rest while it comes (fill.c). Under a URL whose answers
 * vary stands a marker, and each answer under its own key. Worker.
 */
#include <openssl/rand.h>

#include "acl/need.h"
#include "acl/rules.h"
#include "base/clock.h"
#include "base/must.h"
#include "base/sb.h"
#include "cache/caching.h"
#include "cache/storable.h"
#include "cache/storedhead.h"
#include "cache/varykey.h"
#include "core/settings.h"
#include "core/shared.h"

/* What is needed to store an answer. */
struct kept {
	struct storedattr	 at;
	struct cachectl		 cc;
	uint8_t			 attr[STOREDATTR_MAX];
	struct sb		 head;
	struct store_meta	 meta;
	uint64_t		 total;
};

static enum storable
judge(struct caching *c, struct kept *k)
{
	struct txn		*t = c->t;
	struct storable_in	 in = { &t->req, &t->reply, &c->req_cc, &k->cc, &k->at, c->rule, t->s->cachepolicy, t->req_body != NULL };
	struct head		 plain;

	cachectl_parse(&k->cc, &t->reply);
	storedattr_fill(&k->at, &t->reply, &k->cc, t->s->cachepolicy, t->asked_s, clock_wall_s());
	if (c->whole) {		/* what was asked for is not what the client asked for */
		if (!head_copy(&plain, &t->req, &t->arena))
			return STORABLE_METHOD;
		condreq_plain(&plain);
		in.req = &plain;
	}
	return storable_head(&in);
}

/* The body's length as far as it is known; false: no such body is kept. */
static bool
fits(const struct txn *t, uint64_t *total)
{
	const struct settings	*s = t->s;

	*total = t->reply_body == NULL ? 0 : t->reply_body->length;
	if (t->reply.status == 206 || (t->peer != NULL && t->peer->proxy_only))
		return false;
	if (*total == UINT64_MAX)
		return s->largest_object > 0;
	return *total >= s->minimum_object_size && *total <= s->largest_object;
}

/* STEP_GONE: judged, *yes says how. */
static enum step
ask_rules(struct txn *t, bool *yes)
{
	struct ruling	 r;
	enum step	 next;

	*yes = true;
	if (t->s->store_miss->n == 0)
		return STEP_GONE;
	rules_judge(t->s->store_miss, t, true, &r);
	while (r.kind == RULING_NEED && !t->behind && (r.need != NEED_USER || t->auth == AUTH_UNASKED)) {
		next = need_fetch(t, r.need);
		if (next != STEP_GONE)
			return next;
		rules_judge(t->s->store_miss, t, true, &r);
	}
	if (r.kind == RULING_NEED)
		rules_judge(t->s->store_miss, t, false, &r);
	*yes = r.kind == RULING_ALLOW;
	return STEP_GONE;
}

/* Head and attributes as they will stand in the store. False: too large, or no memory. */
static bool
write_meta(struct caching *c, struct kept *k)
{
	struct txn	*t = c->t;
	struct head	 h;

	if (!head_copy(&h, &t->reply, &t->arena))
		return false;
	storedhead_strip(&h, &k->cc);
	sb_heap(&k->head, STORE_HEAD_MAX);
	if (!storedhead_date(&h, &k->at, &t->arena) ||
	    !storedhead_write(&k->head, &h, t->reply.status == 204 ? UINT64_MAX : k->total))
		return false;
	k->meta = (struct store_meta){ .attr = span_at((char *)k->attr, storedattr_write(&k->at, k->attr)),
	    .head = sb_done(&k->head), .stored = (uint64_t)k->at.response_s };
	return true;
}

/* The marker names the list now, in front of the others. False: it cannot be stored. */
static bool
put_marker(struct caching *c, struct span names)
{
	struct store_key	 k = object_store_key(&c->primary);
	struct span		 old = c->marker != NULL ? c->marker->hit.attr : SPAN_NONE, lists, first;
	struct store_meta	 m = { .flags = OBJECT_MARKER, .stored = (uint64_t)clock_wall_s() };
	struct sb		 b;
	uint64_t		 fresh;
	bool			 done;

	if (old.n > 0 && varykey_marker_open(old, &c->nonce, &lists) && varykey_marker_next(&lists, &first) && span_eq(first, names))
		return true;
	if (RAND_bytes((unsigned char *)&fresh, sizeof fresh) != 1)
		return false;
	sb_heap(&b, VARYKEY_MARKER_MAX);
	done = varykey_marker_add(&b, old, names, fresh);
	m.attr = sb_done(&b);
	done = done && varykey_marker_open(m.attr, &c->nonce, &lists) && store_put(shared.store, &k, &m, SPAN("")) == STORE_STORED;
	sb_free(&b);
	return done;
}

/* The marker as it is now: another answer may have changed it since the look-up, and each such change has a new number. */
static void
reread_marker(struct caching *c)
{
	struct object	*o;

	if (object_get(&c->primary, &o) != STORE_HIT)
		return;
	object_free(&c->marker);
	if (object_is_marker(o))
		c->marker = o;
	else
		object_free(&o);
}

/* Under which key it is to stand. False: under none. */
static bool
choose_key(struct caching *c)
{
	struct span	 names;

	switch (varykey_names(&c->t->reply, &c->t->arena, &names)) {
	case VARYKEY_NONE:
		if (c->marker == NULL) {
			c->key = c->primary;
			return true;
		}
		names = SPAN("");
		break;
	case VARYKEY_FIELDS:
		break;
	case VARYKEY_STAR:
	case VARYKEY_MALFORMED:
	case VARYKEY_NO_MEMORY:
		return false;
	}
	reread_marker(c);
	return put_marker(c, names) && varykey_make(&c->primary, c->nonce, names, &c->t->req, &c->t->arena, &c->key);
}

/* An answer that is older than the one that stands there does not take its place (RFC 9111, 4); one asked for before its URL was made invalid may be what was. */
static bool
is_outdated(struct caching *c, const struct kept *k)
{
	struct store_key	 url = object_store_key(&c->primary);
	struct object	*o;
	bool		 old;

	if (store_barred(shared.store, &url, c->began))
		return true;
	if (c->n_found == 0 || object_get(&c->key, &o) != STORE_HIT)
		return false;
	old = !object_is_marker(o) && storable_newer(&o->at, &k->at) != STORABLE_YES;
	object_free(&o);
	return old;
}

/* Everything is here already. */
static bool
is_here(struct body *b, struct span *all)
{
	const struct span	*v;
	unsigned		 n;

	*all = SPAN("");
	if (b == NULL)
		return true;
	if (b->ops->peek(b, &v, &n) != BODY_LAST || n > 1)
		return false;
	if (n == 1)
		*all = *v;
	return true;
}

/* A claim for the key, so that others can read along; the one on the way here if it is for this key. */
static void
claim(struct caching *c, struct fill_what *w)
{
	struct store_key	 k = object_store_key(&c->key);
	struct store_follow	 other;

	if (c->claimed && cachekey_eq(&c->claim_key, &c->key)) {
		w->claim = c->claim;
		w->follow = c->ours;
		w->claimed = true;
		c->claimed = false;
		return;
	}
	w->claimed = store_claim(shared.store, &k, &w->claim, &other) == STORE_CLAIMED;
	w->follow = other;
}

static bool
store_it(struct caching *c, struct kept *k)
{
	struct txn		*t = c->t;
	struct store_key	 key = object_store_key(&c->key);
	struct span		 all;
	struct fill_what	 w;

	if (is_here(t->reply_body, &all)) {
		if (all.n < t->s->minimum_object_size || all.n > t->s->largest_object)
			return false;
		return store_put(shared.store, &key, &k->meta, all) == STORE_STORED;
	}
	if (t->source == NULL || t->source->body != t->reply_body)
		return false;
	w = (struct fill_what){ .source = t->source, .key = c->key, .primary = c->primary, .began = c->began, .meta = k->meta, .total = k->total,
	    .least = t->s->minimum_object_size, .most = t->s->largest_object };
	claim(c, &w);
	c->fill = fill_new(&w);
	if (c->fill == NULL)
		return false;
	t->reply_body = fill_body(c->fill);
	return true;
}

/* A part, or 304: made of what is coming now. */
static void
serve_asked(struct caching *c)
{
	struct txn	*t = c->t;

	if (!c->whole || !t->cache_words.stored || t->behind)
		return;
	if (head_get(&t->req, FIELD_RANGE) == NULL && head_get(&t->req, FIELD_IF_NONE_MATCH) == NULL &&
	    head_get(&t->req, FIELD_IF_MODIFIED_SINCE) == NULL)
		return;
	if (serve_part(c) && c->fill != NULL)
		fill_leave(&c->fill, true);
}

bool
keep_answer(struct caching *c, enum step *next)
{
	struct txn	*t = c->t;
	struct kept	 k = { .total = 0 };
	bool		 allowed = false;

	if (!c->stores || judge(c, &k) != STORABLE_YES || !fits(t, &k.total))
		return true;
	*next = ask_rules(t, &allowed);
	if (*next != STEP_GONE)
		return false;
	if (allowed && choose_key(c) && !is_outdated(c, &k) && write_meta(c, &k))
		t->cache_words.stored = store_it(c, &k);
	sb_free(&k.head);
	serve_asked(c);
	return true;
}
