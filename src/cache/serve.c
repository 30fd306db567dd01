/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers from stored responses: whole, in parts, 304, 416 (RFC 9111, 4; RFC 9110, 13 and 14). The
 * step that follows is RULES, as for what came from an origin. Worker.
 */
#include <openssl/rand.h>

#include "base/must.h"
#include "cache/byterange.h"
#include "cache/caching.h"
#include "cache/precond.h"
#include "core/settings.h"
#include "http/media.h"

enum { BOUNDARY_BYTES = 12 };

bool
serve_head(struct caching *c, struct head *h)
{
	static const struct head_limits	 lim = { STORE_HEAD_MAX, STORE_HEAD_MAX, 4096 };
	struct object			*o = caching_object(c);

	if (o->parsed.fields != NULL)
		return head_copy(h, &o->parsed, &c->t->arena);
	if (head_parse_reply(h, o->head.p, o->head.n, 0, &lim, &c->t->arena) != HEAD_DONE ||
	    h->status < 200)
		return false;
	object_keep_head(o, h);
	return true;
}

static void
put_words(struct caching *c, const struct cacheresult *how)
{
	struct txn		*t = c->t;
	struct freshness	 f = c->verdict.fresh;

	t->cache_told = true;
	t->cache_words = (struct cachestatus){ .fwd = CACHESTATUS_HIT,
	    .has_ttl = f.basis != FRESHNESS_NONE, .ttl = f.lifetime - f.age,
	    .collapsed = how->how == CACHERESULT_FOLLOWED, .from_store = true };
	t->age = f.age;
	switch (how->how) {
	case CACHERESULT_CONFIRMED:
		t->cache_words.fwd = reuse_forward(c->verdict.why);
		t->cache_words.fwd_status = 304;
		break;
	case CACHERESULT_STALE_FOR_ERROR:
		t->cache_words.fwd = CACHESTATUS_STALE;
		t->cache_words.fwd_status = (unsigned)t->f.origin_status;
		break;
	case CACHERESULT_FOLLOWED:
		t->cache_words.fwd = c->lacked != CACHESTATUS_HIT ? c->lacked :
		    CACHESTATUS_URI_MISS;
		break;
	default:
		break;
	}
}

static void
result(struct caching *c, const struct object *o, struct cacheresult r, enum precond p)
{
	r.basis = c->verdict.fresh.basis;
	r.in_memory = !o->cold && !o->growing;
	r.offline = c->verdict.why == REUSE_BY_OFFLINE;
	r.not_modified = p == PRECOND_NOT_MODIFIED;
	r.by_tag = head_get(&c->t->req, FIELD_IF_NONE_MATCH) != NULL;
	c->t->f.tag_result = cacheresult_of(&r);
}

/*
 * What grows may end early, and what is long may be damaged where that shows only later; n bytes
 * from `from` on are the body (STORE_UNKNOWN: all that come).
 */
static struct body *
lasts(struct caching *c, struct object *o, uint64_t from, uint64_t n)
{
	struct rest_what	 w = { .from = from, .to = n == STORE_UNKNOWN ? n : from + n };

	c->serving = true;
	if (!o->growing && o->hit.total == o->inlined)
		return &c->body.body;
	w.size = parts_size(o);
	return rest_body(c, &c->body.body, &o->at, &w);
}

static struct body *
whole(struct caching *c, struct object *o)
{
	storebody_whole(&c->body, o);
	return lasts(c, o, 0, o->hit.total);
}

/* p: of what is stored in part; NULL: it is the whole. Answers NULL where there is no memory. */
static struct body *
parts(struct caching *c, struct object *o, const struct byteranges *ranges, uint64_t size,
    const struct parts *p)
{
	struct txn	*t = c->t;
	uint8_t		 random[BOUNDARY_BYTES];
	uint64_t	 length;

	if (RAND_bytes(random, sizeof random) != 1 ||
	    !rangereply_head(&t->reply, ranges, size, random, &t->arena, &c->parts, &length))
		return NULL;
	if (p != NULL)
		c->parts.there = &p->there;
	storebody_parts(&c->body, o, &c->parts, length);
	storebody_only(&c->body);
	c->serving = true;
	return ranges->n == 1 ? lasts(c, o, ranges->r[0].first, length) : &c->body.body;
}

/* Whether what is stored in part has all that is asked for. */
static bool
holds(const struct parts *p, const struct byteranges *ranges)
{
	for (unsigned i = 0; i < ranges->n; i++)
		if (!extents_has(&p->there, ranges->r[i].first, ranges->r[i].last + 1))
			return false;
	return true;
}

/* The body for a GET, by its Range. False: it is not all there, or no memory. */
static bool
choose_body(struct caching *c, struct object *o)
{
	struct txn		*t = c->t;
	struct byteranges	 ranges;
	enum byterange_result	 r = BYTERANGE_WHOLE;
	uint64_t		 size = o->hit.total;
	struct parts		*p = NULL;

	if (object_is_parts(o)) {
		p = arena_get(&t->arena, sizeof *p);
		if (p == NULL || !parts_read(o, p))
			return false;
		size = p->size;
	}
	if (size != STORE_UNKNOWN)
		r = byterange_request(&t->req, &o->at, size, &ranges);
	switch (r) {
	case BYTERANGE_WHOLE:
		if (p != NULL)
			return false;
		t->reply_body = whole(c, o);
		return true;
	case BYTERANGE_PARTS:
		if (p != NULL && !holds(p, &ranges))
			return false;
		t->reply_body = parts(c, o, &ranges, size, p);
		return t->reply_body != NULL;
	case BYTERANGE_UNSATISFIABLE:
		body_memory(&t->page, SPAN(""));
		t->reply_body = &t->page.body;
		return rangereply_unsatisfiable(&t->reply, size, &t->arena);
	}
	NEVER("what a Range asks for");
}

static bool
has_content(const struct txn *t)
{
	return t->req.method != METHOD_HEAD && t->reply.status != 304 && t->reply.status != 204;
}

/* t->reply is the stored head: it becomes the answer to this request. False: no memory. */
static bool
fit(struct caching *c, struct object *o, enum precond p)
{
	struct txn	*t = c->t;

	t->reply_body = NULL;
	if (p == PRECOND_NOT_MODIFIED)
		precond_not_modified(&t->reply, &o->at);
	if (has_content(t) && !choose_body(c, o))
		return false;
	t->reply_framing = (struct framing){ FRAMING_NONE, 0 };
	if (t->reply_body != NULL && t->reply_body->length != UINT64_MAX)
		t->reply_framing = (struct framing){ FRAMING_LENGTH, t->reply_body->length };
	t->has_reply = true;
	t->reply_is_ours = false;
	if (t->s->n_logs > 0 && p != PRECOND_NOT_MODIFIED)
		t->f.mime = media_type(head_value(&t->reply, FIELD_CONTENT_TYPE));
	return true;
}

enum step
serve_object(struct caching *c, struct head *h, const struct cacheresult *how, enum precond p)
{
	struct txn	*t = c->t;
	struct object	*o = caching_object(c);

	MUST(p != PRECOND_FORWARD);
	if (h != &t->reply)
		t->reply = *h;
	put_words(c, how);
	result(c, o, *how, p);
	if (!fit(c, o, p))
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	return STEP_RULES;
}

bool
serve_fit(struct caching *c)
{
	return fit(c, caching_object(c), PRECOND_SEND);
}

bool
serve_part(struct caching *c)
{
	struct txn		*t = c->t;
	struct store_follow	 f;
	struct object		*o;
	struct head		 h, sent = t->reply;
	struct framing		 framing = t->reply_framing;
	struct body		*body = t->reply_body;
	enum precond		 p;
	enum store_got		 got = STORE_MISS;

	if (c->fill == NULL)
		got = object_get(&c->key, &o);
	else if (fill_follow(c->fill, &f))
		got = object_follow(&f, &o);
	if (got != STORE_HIT)
		return false;
	p = precond_judge(&t->req, &o->at);
	find_forget(c);
	c->found[0] = o;
	c->n_found = 1;
	/*
	 * of the received head, as this client's own answer: what is not stored of it (Set-Cookie,
	 * Age) is for it
	 */
	if (p == PRECOND_FORWARD || !head_copy(&h, &sent, &t->arena))
		return false;
	head_remove(&h, FIELD_TRAILER);
	t->reply = h;
	if (fit(c, o, p))
		return true;
	serve_end(c);
	t->reply = sent;
	t->reply_framing = framing;
	t->reply_body = body;
	return false;
}

void
serve_end(struct caching *c)
{
	if (!c->serving)
		return;
	c->serving = false;
	rest_leave(c);
	storebody_end(&c->body);
}
