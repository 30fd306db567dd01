/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store step of the cache: what the origin's answer does to the store; and the end of a
 * transaction, whose fetch may go on. The lookup step is in storedlook.c, the parts of both are in
 * find, collapse, serve, refresh, complete, keep, behind, purge. Worker.
 */
#include "cache/stored.h"

#include "base/must.h"
#include "cache/caching.h"
#include "cache/fetchrule.h"
#include "cache/storeid.h"
#include "core/settings.h"
#include "core/shared.h"

void
stored_start(void)
{
	if (shared.store != NULL)
		follow_init();
}

bool
stored_busy(void)
{
	return fill_busy() || behind_count() > 0;
}

void
stored_abort_all(void)
{
	rest_abort_all();
	behind_abort_all();
	fill_stop_all();
}

/* ---- store ---- */

static enum step
onwards(struct txn *t)
{
	if (t->cache != NULL)
		collapse_leave(t->cache);	/* whoever waits for our answer goes on */
	return STEP_RULES;
}

enum step
stored_keep(struct txn *t)
{
	struct caching	*c = t->cache;
	enum step	 next = STEP_GONE;

	if (t->stale_instead && t->f.why != WHY_NOTHING)
		return refresh_failed(c);
	if (shared.store == NULL || t->dry)
		return STEP_RULES;
	/* whose Host is only a client's word makes nobody's answers invalid */
	if (!method_safe(t->req.method) && !t->redirected && t->host_kept.n == 0)
		purge_by_answer(t);
	if (c == NULL && (t->req.method != METHOD_POST || (c = keep_post(t)) == NULL))
		return onwards(t);
	if (!c->refreshed) {
		c->refreshed = true;
		if (c->completing)
			next = complete_answer(c);
		else if (c->refreshing)
			next = refresh_answer(c);
		if (next == STEP_GONE && t->reply.status == 206)
			next = complete_by_part(c);
		if (next != STEP_GONE)
			return next;
		if (t->req.method == METHOD_HEAD && c->stores)
			refresh_by_head(c);
	}
	return keep_answer(c, &next) ? onwards(t) : next;
}

enum step
stored_lend(struct txn *t)
{
	return rest_lend(t->cache);
}

enum step
stored_behind(struct txn *t)
{
	if (t->cache->rest != NULL)
		rest_over(t->cache->rest);
	else
		behind_end(t->cache->behind);
	return STEP_GONE;
}

/* ---- the end ---- */

/* The rest of what is coming is worth having though its client is done with it, or gone. */
static bool
goes_on(struct caching *c)
{
	const struct settings		*s = c->t->s;
	struct fetchrule_abort		 q = { s->quick_abort_min, s->quick_abort_max,
	    (unsigned)s->quick_abort_pct };
	struct body			*b = fill_body(c->fill);

	return c->behind != NULL || fill_followed(c->fill) ||
	    fetchrule_go_on(&q, fill_length(c->fill), b->length, true,
	    storedlook_range_limit(c->t) == UINT64_MAX);
}

void
stored_release(struct txn *t)
{
	struct caching	*c = t->cache;

	if (c == NULL)
		return;
	storeid_cancel(t);
	object_cancel(&c->wait);
	object_free(&c->arrived);
	collapse_leave(c);
	rest_leave(c);
	if (c->fill != NULL || c->serving || c->join != NULL)
		t->reply_body = NULL;
	complete_end(c);
	if (c->fill != NULL)
		fill_leave(&c->fill, goes_on(c));
	serve_end(c);
	if (c->drop)
		store_delete(shared.store, &caching_object(c)->hit.key);
	c->drop = false;
	for (unsigned i = 0; i < c->n_found; i++)
		object_unpin(c->found[i]);
}

void
stored_forget(struct txn *t)
{
	if (t->cache == NULL)
		return;
	find_forget(t->cache);
	t->cache = NULL;
}
