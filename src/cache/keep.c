/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping an answer (RFC 9111, 3): what is there whole already is stored at once, the rest while it
 * comes (fill.c). Under a URL whose answers vary stands a marker, and each answer under its own
 * key. Worker. Long: what is judged of an answer, its key and its head make one record.
 */
#include <openssl/rand.h>

#include "acl/need.h"
#include "acl/rules.h"
#include "base/clock.h"
#include "base/must.h"
#include "base/sb.h"
#include "cache/caching.h"
#include "cache/freshness.h"
#include "cache/partial.h"
#include "cache/storable.h"
#include "cache/storedhead.h"
#include "cache/urlref.h"
#include "cache/varykey.h"
#include "cache/varyreq.h"
#include "core/settings.h"
#include "core/shared.h"

/* bytes that most heads fit into: asked for at once instead of growing to them */
enum { HEAD_USUAL = 1024 };

/* What is needed to store an answer. */
struct kept {
	struct storedattr	 at;
	struct cachectl		 cc;
	uint8_t			 attr[STOREDATTR_MAX + PARTS_BYTES];
	struct sb		 head;
	struct store_meta	 meta;
	uint64_t		 total;		/* of what is stored */
	struct partial		 part;		/* of a 206 */
};

/* It came with 206. */
static bool
came_as_part(const struct kept *k)
{
	return k->part.size > 0;
}

/* ... and is less than the whole: who asks for "bytes=0-" gets all of it (RFC 9110, 15.3.7). */
static bool
is_part(const struct kept *k)
{
	return came_as_part(k) && k->total < k->part.size;
}

static enum storable
judge(struct caching *c, struct kept *k)
{
	struct txn		*t = c->t;
	struct storable_in	 in = { &t->req, &t->reply, &c->req_cc, &k->cc, &k->at, c->rule,
	    t->s->cachepolicy, t->req_body != NULL, t->logged_in };
	struct head		 plain;
	enum storable		 s;

	cachectl_parse(&k->cc, &t->reply);
	if (c->whole) {		/* what was asked for is not what the client asked for */
		if (!head_copy(&plain, &t->req, &t->arena))
			return STORABLE_METHOD;
		condreq_plain(&plain);
		in.req = &plain;
	}
	if (t->req.method == METHOD_POST) {	/* keep_post: it is what GET would get */
		plain.method = METHOD_GET;
		in.req_body = false;
	}
	s = storable_undated(&in);
	if (s != STORABLE_YES)
		return s;
	storedattr_fill(&k->at, &t->reply, &k->cc, t->s->cachepolicy, t->asked_s, clock_wall_s());
	caching_note_origin(t, &k->at);
	if (t->req.method == METHOD_POST && k->at.lifetime < 0)
		return STORABLE_NOT_EXPLICIT;
	return storable_dated(&in);
}

/* The body's length as far as it is known; false: no such body is kept. */
static bool
fits(const struct txn *t, struct kept *k)
{
	const struct settings	*s = t->s;

	k->total = t->reply_body == NULL ? 0 : t->reply_body->length;
	if (t->peer != NULL && t->peer->proxy_only)
		return false;
	if (t->reply.status == 206 && partial_of(&t->reply, &k->part)) {
		k->total = k->part.last - k->part.first + 1;
		return k->part.size >= s->minimum_object_size && k->total <= s->largest_object;
	}
	if (k->total == UINT64_MAX)
		return s->largest_object > 0;
	return k->total >= s->minimum_object_size && k->total <= s->largest_object;
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
	next = need_judge(t->s->store_miss, t, &r);
	*yes = next == STEP_GONE && r.kind == RULING_ALLOW;
	return next;
}

/*
 * Attributes: a part's, or those of what can be gone on with should it be cut short, say what part.
 * Returns their length.
 */
static size_t
write_attr(struct kept *k)
{
	struct extents	 there = { .n = 1, .e = { { k->part.first, k->part.last + 1 } } };
	size_t		 n;

	if (came_as_part(k))
		k->at.status = 200;
	n = storedattr_write(&k->at, k->attr);
	if (is_part(k))
		return n + parts_write(k->part.size, &there, k->attr + n);
	if (k->total != UINT64_MAX && storedattr_strong(&k->at))
		n += parts_write(k->total, NULL, k->attr + n);
	return n;
}

/* Head and attributes as they will stand in the store. False: too large, or no memory. */
static bool
write_meta(struct caching *c, struct kept *k)
{
	struct txn	*t = c->t;
	uint64_t	 length = t->reply.status == 204 ? UINT64_MAX : k->total;
	struct head	 h;

	if (!head_copy(&h, &t->reply, &t->arena))
		return false;
	storedhead_strip(&h, &k->cc);
	if (came_as_part(k)) {
		partial_whole_head(&h);
		length = k->part.size;
	}
	sb_heap(&k->head, STORE_HEAD_MAX);
	sb_room(&k->head, HEAD_USUAL);
	if (!storedhead_date(&h, &k->at, &t->arena) ||
	    !storedhead_write(&k->head, &h, length))
		return false;
	k->meta = (struct store_meta){ .attr = span_at((char *)k->attr, write_attr(k)),
	    .head = sb_done(&k->head), .stored = (uint64_t)k->at.response_s,
	    .flags = is_part(k) ? OBJECT_PARTS : 0 };
	return true;
}

/* The marker names the list now, in front of the others. False: it cannot be stored. */
static bool
put_marker(struct caching *c, struct span names)
{
	struct store_key	 k = object_store_key(&c->primary);
	struct span		 old = c->marker != NULL ? c->marker->hit.attr : SPAN_NONE, lists,
	    first;
	struct store_meta	 m = { .flags = OBJECT_MARKER, .stored = (uint64_t)clock_wall_s() };
	struct sb		 b;
	uint64_t		 fresh;
	bool			 done;

	if (old.n > 0 && varykey_marker_open(old, &c->nonce, &lists) &&
	    varykey_marker_next(&lists, &first) && span_eq(first, names))
		return true;
	if (RAND_bytes((unsigned char *)&fresh, sizeof fresh) != 1)
		return false;
	sb_heap(&b, VARYKEY_MARKER_MAX);
	done = varykey_marker_add(&b, old, names, fresh);
	m.attr = sb_done(&b);
	done = done && varykey_marker_open(m.attr, &c->nonce, &lists) &&
	    store_put(shared.store, &k, &m, SPAN("")) == STORE_STORED;
	sb_free(&b);
	return done;
}

/*
 * The marker as it is now: another answer may have changed it since the look-up, and each such
 * change has a new number.
 */
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
	const struct head	*req = varyreq_head(c->t);
	struct span		 names;

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
	return req != NULL && put_marker(c, names) &&
	    varykey_make(&c->primary, c->nonce, names, req, &c->t->arena, &c->key);
}

/*
 * An answer that is older than the one that stands there does not take its place (RFC 9111, 4); one
 * asked for before its URL was made invalid may be what was.
 */
static bool
is_outdated(struct caching *c, const struct kept *k)
{
	struct store_key	 url = object_store_key(&c->primary),
	    key = object_store_key(&c->key);
	struct object	*o;
	bool		 old;

	if (store_barred(shared.store, &url, c->began))
		return true;
	/* also what came since the look-up */
	if (!store_maybe(shared.store, &key) || object_get(&c->key, &o) != STORE_HIT)
		return false;
	old = !object_is_marker(o) && storable_newer(&o->at, &k->at) != STORABLE_YES &&
	    !freshness_ahead(&o->at, clock_wall_s()) &&
	    (is_part(k) || !object_is_parts(o) ||
	    !partial_combine(&o->at, STORE_UNKNOWN, &k->at, STORE_UNKNOWN));
	object_free(&o);
	return old;
}

/* A part of what is stored (and was asked for anew) is worth less than that. */
static bool
is_known(const struct caching *c, const struct kept *k)
{
	const struct object	*o = caching_object(c);

	return is_part(k) && o != NULL && !c->refreshing && !c->damaged &&
	    partial_combine(&o->at, parts_size(o), &k->at, k->part.size);
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

/* The one on the way here if it is for this key. */
bool
keep_claim(struct caching *c, struct fill_what *w)
{
	struct store_key	 k = object_store_key(&c->key);
	struct store_follow	 other;

	if (c->claimed && cachekey_eq(&c->claim_key, &c->key)) {
		w->claim = c->claim;
		w->follow = c->ours;
		w->claimed = true;
		c->claimed = false;
		return true;
	}
	w->claimed = store_claim(shared.store, &k, &w->claim, &other) == STORE_CLAIMED;
	w->follow = other;
	return w->claimed;
}

/* After how many bytes the beginning of an answer is worth being kept; 0: never. */
static uint64_t
cut_least(const struct caching *c, const struct kept *k)
{
	if (k->total == UINT64_MAX || !storedattr_strong(&k->at) ||
	    (c->n_found > 0 && !object_is_parts(c->found[0])))
		return 0;
	return 1;
}

static bool
store_it(struct caching *c, struct kept *k)
{
	struct txn		*t = c->t;
	struct store_key	 key = object_store_key(&c->key);
	struct span		 all;
	struct fill_what	 w;

	if (is_here(t->reply_body, &all)) {
		if (came_as_part(k) ? all.n != k->total : all.n < t->s->minimum_object_size ||
		    all.n > t->s->largest_object)
			return false;
		return store_put(shared.store, &key, &k->meta, all) == STORE_STORED;
	}
	if (t->source == NULL || t->source->body != t->reply_body)
		return false;
	w = (struct fill_what){ .source = t->source, .key = c->key, .primary = c->primary,
	    .began = c->began, .meta = k->meta, .total = k->total,
	    .least = is_part(k) ? 0 : t->s->minimum_object_size, .most = t->s->largest_object,
	    .cut_least = cut_least(c, k) };
	(void)keep_claim(c, &w);
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

	if (!c->whole || !t->cache_words.stored || c->behind != NULL || t->req.method != METHOD_GET)
		return;
	if (head_get(&t->req, FIELD_RANGE) == NULL &&
	    head_get(&t->req, FIELD_IF_NONE_MATCH) == NULL &&
	    head_get(&t->req, FIELD_IF_MODIFIED_SINCE) == NULL)
		return;
	if (serve_part(c) && c->fill != NULL)
		fill_leave(&c->fill, true);
}

/* Content-Location says that the answer to a POST is what is at its URL now (RFC 9110, 8.7). */
static bool
is_at_target(struct txn *t)
{
	const struct head_field	*f = head_get(&t->reply, FIELD_CONTENT_LOCATION);
	struct target		 other;

	return t->reply.status == 200 && f != NULL && head_next(&t->reply, f) == NULL &&
	    urlref_resolve(&t->target, f->value, &t->arena, &other) &&
	    span_eq(target_url(&other, &t->arena), t->f.url);
}

/* A client that reads behind may find that what it reads ended early. */
static void
let_last(struct caching *c, const struct kept *k)
{
	struct rest_what	 w = { .to = k->total, .size = k->total, .by_fill = true };

	if (c->fill == NULL || c->t->reply_body != fill_body(c->fill))
		return;
	if (is_part(k))
		w = (struct rest_what){ .from = k->part.first, .to = k->part.last + 1,
		    .size = k->part.size, .by_fill = true };
	c->t->reply_body = rest_body(c, c->t->reply_body, &k->at, &w);
}

struct caching *
keep_post(struct txn *t)
{
	struct ruling	 r = { .kind = RULING_ALLOW };
	struct caching	*c;

	if (t->target.scheme != SCHEME_HTTP || t->redirected || t->host_kept.n > 0 ||
	    !is_at_target(t))
		return NULL;
	if (t->s->cache->n > 0)
		rules_judge(t->s->cache, t, false, &r);
	c = r.kind == RULING_ALLOW ? caching_new(t) : NULL;
	if (c == NULL)
		return NULL;
	c->url = t->f.url;
	c->stores = c->whole = c->alone = c->refreshed = true;
	c->rule = refreshpat_match(t->s->refresh, c->url);
	c->began = store_moment(shared.store);
	cachectl_parse(&c->req_cc, &t->req);
	cachekey_primary(c->url, &c->primary);
	t->cache = c;
	return c;
}

/*
 * A newer answer that is not kept: what is stored is no longer what the origin says, and served
 * again it would set the client back (RFC 9111, 4: the most recent one). A failure says nothing of
 * it, nor does what is for one client alone.
 */
static void
give_way(struct caching *c, enum storable s)
{
	struct object	*o = caching_object(c);
	unsigned	 status = c->t->reply.status;

	if (o == NULL || o->growing || c->t->req.method != METHOD_GET ||
	    s == STORABLE_AUTHORIZATION || s == STORABLE_REQUEST_BODY)
		return;
	if ((status >= 200 && status < 400 && status != 206 && status != 304) || status == 404 ||
	    status == 410)
		store_delete(shared.store, &o->hit.key);
}

bool
keep_answer(struct caching *c, enum step *next)
{
	struct txn	*t = c->t;
	struct kept	 k = { .total = 0 };
	bool		 allowed = false;
	enum storable	 s;

	if (!c->stores)
		return true;
	s = judge(c, &k);
	if (s != STORABLE_YES || !fits(t, &k)) {
		give_way(c, s);
		return true;
	}
	*next = ask_rules(t, &allowed);
	if (*next != STEP_GONE)
		return false;
	if (!allowed)
		give_way(c, s);
	else if (!is_known(c, &k) && choose_key(c) && !is_outdated(c, &k) && write_meta(c, &k))
		t->cache_words.stored = store_it(c, &k);
	sb_free(&k.head);
	serve_asked(c);
	let_last(c, &k);
	return true;
}
