/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validation (RFC 9111, 4.3): asking the origin whether what is stored is still good, and what its
 * answer, or that there is none, does to it and to the client's answer. Worker.
 */
#include "base/clock.h"
#include "base/must.h"
#include "base/sb.h"
#include "cache/caching.h"
#include "cache/freshen.h"
#include "cache/storedhead.h"
#include "core/settings.h"
#include "core/shared.h"

static void
say_forward(struct caching *c, enum cachestatus_fwd why)
{
	c->t->cache_told = true;
	c->t->cache_words = (struct cachestatus){ .fwd = why };
	c->t->age = -1;
}

/* A copy of the request that goes upstream in its place. NULL: no memory. */
static struct head *
copy_request(struct txn *t)
{
	struct head	*h = arena_get(&t->arena, sizeof *h);

	return h != NULL && head_copy(h, &t->req, &t->arena) ? h : NULL;
}

/*
 * A part that is stored is validated for the range that it answers: should it have changed, that
 * range is what the client wants.
 */
static bool
keep_range(struct caching *c, struct head *h)
{
	static const enum field_id	 fields[] = { FIELD_RANGE, FIELD_IF_RANGE };
	const struct head_field		*f;

	c->whole = !object_is_parts(caching_object(c));
	for (size_t i = 0; i < COUNT_OF(fields) && !c->whole; i++) {
		f = head_get(&c->t->req, fields[i]);
		if (f != NULL && !head_add(h, f->name, f->value, &c->t->arena))
			return false;
	}
	return true;
}

enum step
refresh_ask(struct caching *c)
{
	const struct storedattr	*at[CONDREQ_TAGS];
	struct txn		*t = c->t;
	struct head		*h = copy_request(t);

	if (h == NULL)
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	for (unsigned i = 0; i < c->n_found; i++)
		at[i] = &c->found[i]->at;
	c->validating = condreq_make(h, at, c->n_found, &t->arena);
	/* nothing to ask with: still, what is stored may have to stand in */
	if (!c->validating)
		condreq_plain(h);
	if (!keep_range(c, h))
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	c->refreshing = t->stale_instead = true;
	t->fetch_req = h;
	say_forward(c, reuse_forward(c->verdict.why));
	return STEP_ROUTE;
}

enum step
refresh_plain(struct caching *c)
{
	struct txn	*t = c->t;
	struct head	*h = copy_request(t);

	if (h == NULL)
		return txn_fail(t, WHY_NO_MEMORY, NULL);
	condreq_plain(h);
	c->validating = c->refreshing = c->refreshed = false;
	c->whole = true;
	t->fetch_req = h;
	t->stale_instead = false;
	return STEP_ROUTE;
}

static struct reuse_in
question(const struct caching *c)
{
	return (struct reuse_in){ &c->t->req, &c->req_cc, &caching_object(c)->at, c->rule,
	    c->t->s->cachepolicy, clock_wall_s() };
}

/* The merged head and its attributes over the same body. */
static void
write_back(struct caching *c, struct head *h)
{
	struct object		*o = caching_object(c);
	uint8_t			 attr[STORE_ATTR_MAX];
	struct span		 parts = object_is_parts(o) ? parts_text(o) : SPAN_NONE;
	struct store_meta	 m = { .stored = (uint64_t)o->at.response_s,
	    .flags = o->hit.flags };
	struct sb		 b;
	size_t			 n = storedattr_write(&o->at, attr);

	if (parts.n > sizeof attr - n)
		return;
	if (parts.n > 0)
		memcpy(attr + n, parts.p, parts.n);
	m.attr = span_at((char *)attr, n + parts.n);
	sb_heap(&b, STORE_HEAD_MAX);
	if (storedhead_write(&b, h, parts_size(o))) {
		m.head = sb_done(&b);
		store_update(shared.store, &o->hit, &m, STORE_NOWAIT);
	}
	sb_free(&b);
}

/* The n-th candidate is the one. */
static void
select_found(struct caching *c, int n)
{
	struct object	*o = c->found[n];

	c->found[n] = c->found[0];
	c->found[0] = o;
}

/*
 * Merges the update in t->reply into found[0], here and in the store. False: no memory, or what is
 * stored is no head.
 */
static bool
merge(struct caching *c)
{
	struct txn		*t = c->t;
	struct object		*o = caching_object(c);
	struct storedattr	 new;
	struct freshen_in	 in = { &c->head, &t->reply, &o->at, &t->req, c->rule,
	    t->s->cachepolicy, t->asked_s, clock_wall_s(), t->logged_in };
	struct head		 came;
	bool			 kept = false;

	if (!serve_head(c, &c->head) || !head_copy(&came, &t->reply, &t->arena))
		return false;
	switch (freshen_merge(&in, &t->arena, &new)) {
	case FRESHEN_NO_MEMORY:
		return false;
	case FRESHEN_DROP:
		c->drop = true;
		break;
	case FRESHEN_APART:
		break;
	case FRESHEN_KEPT:
		kept = true;
		break;
	}
	caching_note_origin(t, &new);
	o->at = new;
	o->as_read = false;
	if (kept)
		write_back(c, &c->head);
	return freshen_personal(&c->head, &came, &t->arena);
}

static enum step
confirmed(struct caching *c)
{
	const struct storedattr	*at[CONDREQ_TAGS];
	struct txn		*t = c->t;
	int			 n;

	for (unsigned i = 0; i < c->n_found; i++)
		at[i] = &c->found[i]->at;
	n = freshen_select(at, c->n_found, &t->reply, clock_wall_s());
	if (n < 0) {		/* it answers nothing that was asked (RFC 9111, 4.3.4) */
		find_forget(c);
		return refresh_plain(c);
	}
	select_found(c, n);
	if (!merge(c))
		return refresh_plain(c);
	c->verdict.fresh = freshness_of(&caching_object(c)->at, c->rule, t->s->cachepolicy,
	    clock_wall_s());
	if (c->behind != NULL)
		return STEP_BEHIND;
	return serve_object(c, &c->head, &(struct cacheresult){ .how = CACHERESULT_CONFIRMED },
	    precond_judge(&t->req, &caching_object(c)->at));
}

static void
clear_failure(struct txn *t)
{
	t->f.why = WHY_NOTHING;
	t->f.why_detail = SPAN_NONE;
}

/* The stored answer instead. STEP_GONE: it cannot be read. */
static enum step
send_stale(struct caching *c)
{
	struct reuse_in	 in = question(c);

	if (!serve_head(c, &c->head))
		return STEP_GONE;
	clear_failure(c->t);
	c->verdict.fresh = freshness_of(in.at, in.rule, in.policy, in.now_s);
	return serve_object(c, &c->head,
	    &(struct cacheresult){ .how = CACHERESULT_STALE_FOR_ERROR },
	    precond_judge(&c->t->req, in.at));
}

static enum step
errored(struct caching *c)
{
	struct txn	*t = c->t;
	struct reuse_in	 in = question(c);
	enum step	 next = STEP_GONE;

	if (c->behind == NULL && reuse_failed(&in, REUSE_ERROR_STATUS) == REUSE_SEND_STALE)
		next = send_stale(c);
	if (next != STEP_GONE)
		return next;
	t->f.tag_result = RESULT_REFRESH_FAIL_ERR;
	c->stores = false;	/* what is stored may be of use yet */
	return STEP_GONE;
}

enum step
refresh_answer(struct caching *c)
{
	struct txn	*t = c->t;

	t->stale_instead = false;
	if (t->reply.status == 304 && c->validating)
		return confirmed(c);
	if (reuse_is_failure(t->reply.status))
		return errored(c);
	t->f.tag_result = RESULT_REFRESH_MODIFIED;
	return STEP_GONE;
}

enum step
refresh_failed(struct caching *c)
{
	struct txn	*t = c->t;
	struct reuse_in	 in = question(c);
	enum step	 next = STEP_GONE;

	t->stale_instead = false;
	if (c->behind != NULL)
		return STEP_BEHIND;
	if (t->f.why == WHY_DESTINATION_DENIED)		/* our rules say no, not the network */
		return STEP_ERROR;
	t->f.tag_result = RESULT_REFRESH_FAIL_ERR;
	switch (reuse_failed(&in, REUSE_UNREACHABLE)) {
	case REUSE_SEND_STALE:
		next = send_stale(c);
		break;
	case REUSE_GATEWAY_TIMEOUT:
		clear_failure(t);
		return txn_fail(t, WHY_VALIDATION_FAILED, NULL);
	case REUSE_PASS_ERROR:
		break;
	}
	return next == STEP_GONE ? STEP_ERROR : next;
}

void
refresh_by_head(struct caching *c)
{
	struct object	*o = caching_object(c);
	struct txn	*t = c->t;
	struct head	 sent = t->reply;

	if (o == NULL || o->growing)
		return;
	switch (freshen_by_head(&o->at, parts_size(o), &t->reply, clock_wall_s())) {
	case FRESHEN_HEAD_IGNORED:
		return;
	case FRESHEN_HEAD_INVALIDATES:
		store_delete(shared.store, &o->hit.key);
		return;
	case FRESHEN_HEAD_UPDATES:
		break;
	}
	if (head_copy(&t->reply, &sent, &t->arena)) {	/* merging strips it */
		(void)merge(c);
		c->drop = c->drop && (store_delete(shared.store, &o->hit.key), false);
	}
	t->reply = sent;
}
